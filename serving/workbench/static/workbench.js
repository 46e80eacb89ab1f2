// Small comforts on top of pages that work without them.
"use strict";

// Forms marked data-auto are sent as soon as a choice is made.
for (const form of document.querySelectorAll("form[data-auto]")) {
  form.addEventListener("change", () => form.requestSubmit());
}

// Forms marked data-live fetch their answer and put its parts marked data-part in place
// of those of this page: what is open stays open, and the focus stays where it is.
for (const form of document.querySelectorAll("form[data-live]")) {
  let latest = 0;
  const show = async () => {
    const mine = ++latest;
    const stated = [...new FormData(form)].filter(([, value]) => value !== "");
    const address = `${location.pathname}?${new URLSearchParams(stated)}`;
    const answer = await fetch(address);
    if (!answer.ok) return location.assign(address);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (mine !== latest) return;
    for (const part of document.querySelectorAll("[data-part]")) {
      part.replaceChildren(...page.getElementById(part.id).childNodes);
    }
    history.replaceState(null, "", page.querySelector("[data-address]").dataset.address);
  };
  form.addEventListener("change", show);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    show();
  });
}

// What drops down over a page closes when something else is clicked, or by Escape.
const close = (besides) => {
  for (const open of document.querySelectorAll("details.choice[open]")) {
    if (!open.contains(besides)) open.open = false;
  }
};
document.addEventListener("click", (event) => close(event.target));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  document.activeElement.closest("details.choice")?.querySelector("summary").focus();
  close(null);
});
