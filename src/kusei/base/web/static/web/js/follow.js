// A form marked data-follow is sent, and the page it leads to shown, in one round trip instead of two: on a slow line every page comes
// twice as fast. Without this file the browser posts and is redirected as ever. When the line is down, what was typed stays.

/** Post the form as the button would; the server answers with the page that the redirect would have led to. */
async function send(form, button) {
  const fields = new FormData(form, button);
  const body = form.enctype === "multipart/form-data" ? fields : new URLSearchParams(fields);
  const answer = await fetch(form.action, { method: "POST", body, headers: { "X-Kusei-Follow": "1", Accept: "text/html" } });
  const place = answer.headers.get("X-Kusei-Location");
  return { html: await answer.text(), url: place ? new URL(place, location.href).href : answer.url };
}

/** Put the page in place of this one, as if the browser had gone there. */
function show({ html, url }) {
  const page = new DOMParser().parseFromString(html, "text/html");
  document.title = page.title;
  document.documentElement.lang = page.documentElement.lang;
  document.body.replaceWith(document.adoptNode(page.body));
  if (url !== location.href) {
    history.replaceState({ followed: true }, "");
    history.pushState({ followed: true }, "", url);
  }
  scrollTo({ top: 0, behavior: "instant" });
  document.getElementById("main")?.focus({ preventScroll: true });
  document.dispatchEvent(new Event("kusei:page"));
}

/** The line is down: say so beside the button and let it be pressed again. */
function lost(form) {
  delete form.dataset.sent;
  const told = form.querySelector("[data-lost]") ?? form.appendChild(document.createElement("p"));
  told.dataset.lost = "";
  told.className = "error";
  told.setAttribute("role", "alert");
  told.textContent = document.body.dataset.lost;
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (event.defaultPrevented || !form.matches("form[data-follow]")) return;
  event.preventDefault();
  form.setAttribute("aria-busy", "true");
  try {
    show(await send(form, event.submitter));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    lost(form);
  } finally {
    form.removeAttribute("aria-busy");
  }
});

// Pages shown this way are fetched anew when one goes back to them; jumps within a page have no state and are left alone.
addEventListener("popstate", (event) => {
  if (event.state?.followed) location.reload();
});
