// What pages do better where scripts run. Everything works without this file; each part looks for its own mark in the page.

/** A form marked data-once is sent once: the second press of a button does nothing. The server keeps to that anyway. */
function sendOnce(form) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
  });
}

/** Copy the text of the element named by data-copy; the button says when it is done. */
function copyButton(button) {
  if (!navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
    button.textContent = button.dataset.done;
    button.setAttribute("aria-live", "polite");
  });
}

/** Show the Japanese year (和暦) beside a year typed in the common era. */
function showEra(date) {
  const year = date.querySelector("input[name$=_year]");
  if (!year || date.querySelector("select")) return;
  const shown = document.createElement("span");
  shown.className = "wareki";
  const format = new Intl.DateTimeFormat("ja-JP-u-ca-japanese", { era: "long", year: "numeric" });
  const update = () => {
    const [, month, day] = [...date.querySelectorAll("input")].map((input) => Number(input.value));
    const number = Number(year.value.normalize("NFKC"));
    shown.textContent = number >= 1874 && number <= 2100 ? `（${format.format(new Date(number, (month || 12) - 1, day || 28))}）` : "";
  };
  date.addEventListener("input", update);
  date.append(shown);
  update();
}

/** A form marked data-estimate is worked out anew while one types: the server answers with the panel that stands below it. */
function estimateAsTyped(form) {
  let wait, asked = 0;
  const renew = async () => {
    const mine = ++asked;
    const answer = await fetch(form.dataset.estimate, { method: "POST", body: new URLSearchParams(new FormData(form)) }).catch(() => null);
    const panel = document.getElementById("estimate");
    if (!answer?.ok || mine !== asked || !panel) return;
    const open = panel.querySelector("details")?.open;
    panel.innerHTML = await answer.text();
    const fresh = panel.querySelector("details");
    if (fresh && open) fresh.open = true;
  };
  form.addEventListener("input", () => {
    clearTimeout(wait);
    wait = setTimeout(renew, 300);
  });
}

/** The page names what is wrong first: take the reader there. */
function focusFirst(summary) {
  summary.focus();
}

/** A page that comes back from the browser's memory may be sent again. */
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));

/** Find the marks: when the page is there, and when another has been put in its place. */
function prepare() {
  document.querySelectorAll("form[data-once]").forEach(sendOnce);
  document.querySelectorAll("[data-copy]").forEach(copyButton);
  document.querySelectorAll("form[data-estimate]").forEach(estimateAsTyped);
  document.querySelectorAll("[data-wareki]").forEach(showEra);
  document.querySelectorAll("[data-focus]").forEach(focusFirst);
}

prepare();
document.addEventListener("kusei:page", prepare);
