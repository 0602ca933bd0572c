// Passkeys. A form marked data-passkey (get: sign in, create: register) asks for options, lets the browser answer them, and posts
// the answer. Without scripts or passkeys the form stays hidden; the other ways to sign in are on the same page.

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) => buffer && btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

/** Options as the server writes them (WebAuthn's JSON) to what the browser takes. */
function understood(options) {
  const keys = (list) => (list || []).map((key) => ({ ...key, id: bytes(key.id) }));
  const read = { ...options, challenge: bytes(options.challenge) };
  if (options.user) read.user = { ...options.user, id: bytes(options.user.id) };
  if (options.excludeCredentials) read.excludeCredentials = keys(options.excludeCredentials);
  if (options.allowCredentials) read.allowCredentials = keys(options.allowCredentials);
  return read;
}

/** What the browser answered, as WebAuthn's JSON. */
function written(credential) {
  const { response } = credential;
  const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  return JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: {},
    response: Object.fromEntries(parts.filter((part) => response[part]).map((part) => [part, text(response[part])])),
  });
}

/** Post the form's fields and more to an address; the answer as an object. Throws the words of a problem. */
async function post(form, address, more = {}) {
  const fields = new URLSearchParams(new FormData(form));
  Object.entries(more).forEach(([name, value]) => fields.set(name, value));
  const answer = await fetch(address, { method: "POST", body: fields, redirect: "error" });
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(said.problem || form.dataset.failed);
  return said;
}

async function run(form) {
  const publicKey = understood(await post(form, form.dataset.options));
  const credential = await navigator.credentials[form.dataset.passkey]({ publicKey });
  return (await post(form, form.action, { answer: written(credential) })).next;
}

function prepare(form) {
  form.hidden = false;
  const problem = form.querySelector("[role=alert]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    problem.textContent = "";
    try {
      window.location.assign(await run(form));
    } catch (error) {
      problem.textContent = error instanceof DOMException || error instanceof TypeError ? form.dataset.failed : error.message;
      button.disabled = false;
    }
  });
}

if (window.PublicKeyCredential) document.querySelectorAll("form[data-passkey]").forEach(prepare);
