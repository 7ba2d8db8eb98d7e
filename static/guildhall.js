// Comforts only: every act works without this file.

// Focus goes to the list of problems, so that it is read first.
document.getElementById("problems")?.focus();

// Where the tabs are one strip, the one that is open is in sight.
for (const tab of document.querySelectorAll(".mast ul [aria-current]")) {
  const strip = tab.closest("ul");
  strip.scrollLeft = tab.offsetLeft - (strip.clientWidth - tab.offsetWidth) / 2;
}

// A half-written form outlives a closed page; passwords, files and ballots are never kept.
// <form data-draft="name"> opts in; what the server sent back with problems wins over the draft.
const kept = (field) => field.name && field.autocomplete !== "one-time-code" && !["password", "file", "hidden", "submit"].includes(field.type);
for (const form of document.querySelectorAll("form[data-draft]")) {
  const place = `draft:${location.pathname}:${form.dataset.draft}`;
  const fields = () => [...form.elements].filter(kept);
  const ticks = (field) => field.type === "radio" || field.type === "checkbox";
  try {
    const draft = JSON.parse(sessionStorage.getItem(place) ?? "null");
    if (draft && !document.getElementById("problems")) {
      for (const field of fields()) {
        if (ticks(field)) field.checked = draft.some(([name, value]) => name === field.name && value === field.value);
        else field.value = draft.find(([name]) => name === field.name)?.[1] ?? field.value;
      }
    }
    form.addEventListener("input", () => {
      const now = fields().filter((field) => !ticks(field) || field.checked).map((field) => [field.name, field.value]);
      sessionStorage.setItem(place, JSON.stringify(now));
    });
    form.addEventListener("submit", () => sessionStorage.removeItem(place));
  } catch {
    // Storage may be full or refused; the form still works.
  }
}

// One click, one post. The key in the form would catch the second one anyway. Forms marked
// data-file are answered by a file while the page stays, so they can be sent again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || "file" in form.dataset) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  event.submitter?.setAttribute("aria-busy", "true");
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
});

// <time datetime=".." data-countdown>in 21 hours</time> stays true while the page is open.
const words = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "always" });
const say = (left) => {
  const size = Math.abs(left);
  if (size >= 172800) return words.format(Math.trunc(left / 86400), "day");
  if (size >= 5400) return words.format(Math.trunc(left / 3600), "hour");
  if (size >= 90) return words.format(Math.trunc(left / 60), "minute");
  return words.format(Math.trunc(left), "second");
};
const clocks = [...document.querySelectorAll("time[data-countdown]")];
const tick = () => {
  for (const clock of clocks) {
    const end = Date.parse(clock.dateTime);
    if (end) clock.textContent = say((end - Date.now()) / 1000);
  }
};
if (clocks.length) {
  tick();
  setInterval(tick, 10000);
}

// <a data-again href="..">Look again</a>: what goes on without the reader is looked at every three
// seconds and put in place only when it changed, so that nothing jumps under whoever reads or listens.
const again = async () => {
  const link = document.querySelector("a[data-again]");
  if (!link) return;
  try {
    const answer = await fetch(link.href);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const [now, then] = [document.querySelector("main"), page.querySelector("main")];
    if (answer.ok && !answer.redirected && then && then.innerHTML !== now.innerHTML) {
      now.replaceChildren(...then.childNodes);
      document.title = page.title;
    }
  } catch {
    // The hall may be away for a moment.
  }
  setTimeout(again, 3000);
};
if (document.querySelector("a[data-again]")) setTimeout(again, 3000);

// <button data-copy="id of what to copy" hidden>Copy</button>, shown only where it can work.
if (navigator.clipboard) {
  for (const button of document.querySelectorAll("button[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const text = document.getElementById(button.dataset.copy)?.textContent?.trim();
      if (!text) return;
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    });
  }
}

// Paper cannot be unfolded.
addEventListener("beforeprint", () => {
  for (const fold of document.querySelectorAll("details:not([open])")) {
    fold.open = true;
    fold.dataset.folded = "yes";
  }
});
addEventListener("afterprint", () => {
  for (const fold of document.querySelectorAll("details[data-folded]")) {
    fold.open = false;
    delete fold.dataset.folded;
  }
});
