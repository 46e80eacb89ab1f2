// Small comforts on top of pages that work without them.
"use strict";

// Forms marked data-auto are sent as soon as a choice is made.
for (const form of document.querySelectorAll("form[data-auto]")) {
  form.addEventListener("change", () => form.requestSubmit());
}

// Whether an answer is still for whoever is signed in; where nobody is any more, the page
// says so and leads to sign in, and what stands on it stays.
const forReader = (answer, wanted, said = "signed-out") => {
  const led = answer.redirected && new URL(answer.url).pathname.endsWith("/sign-in");
  if (answer.status !== 401 && !led) return true;
  tell(said, wanted);
  return false;
};
const tell = (said, wanted) => {
  const note = document.getElementById(said);
  const language = location.pathname.split("/")[1];
  note.querySelector("a").href = `/${language}/sign-in?${new URLSearchParams({ to: wanted })}`;
  note.hidden = false;
  note.scrollIntoView({ block: "nearest" });
};

// A form that changes something is sent once it is sure that its reader is signed in still,
// with the token of the session that they have by then; what was typed stays otherwise.
const reader = (page) => page.querySelector(".reader bdi")?.textContent;
const unsent = document.getElementById("not-sent");
for (const token of unsent ? document.querySelectorAll("main input[name=form_token]") : []) {
  // The page on which this reader begins is there for them, whatever this one is.
  const { pathname: wanted } = new URL(document.querySelector(".brand").href);
  let state = "";
  token.form.addEventListener("submit", async (event) => {
    if (state === "sure") return void (state = "");
    event.preventDefault();
    if (state) return;
    state = "asking";
    const answer = await fetch(wanted).catch(() => null);
    const page = new DOMParser().parseFromString((await answer?.text()) ?? "", "text/html");
    state = "";
    if (answer && !forReader(answer, wanted, "not-sent")) return;
    const fresh = page.querySelector("input[name=form_token]");
    if (fresh && reader(page) !== reader(document)) return tell("not-sent", wanted);
    if (fresh) token.value = fresh.value;
    unsent.hidden = true;
    state = "sure";
    token.form.requestSubmit(event.submitter);
  });
}

// What was typed and not taken goes along to the same page in another language, where it
// is named alike. Amounts would mean another in another unit: those links take nothing.
const typedFields = () => {
  const counted = {};
  const forms = [...document.querySelectorAll("main form[method=post]")];
  return forms.flatMap((form) => [...form.elements]).flatMap((field) => {
    if (!field.name || ["hidden", "file", "submit"].includes(field.type)) return [];
    const sentTo = field.form.getAttribute("action").slice(3);
    const name = `${sentTo} ${field.name} ${field.dataset.of ?? ""}`;
    counted[name] = (counted[name] ?? 0) + 1;
    return [[`${name} ${counted[name]}`, field]];
  });
};
for (const link of document.querySelectorAll("#preferences a[hreflang]")) {
  link.addEventListener("click", () => {
    const typed = typedFields().map(([name, { value, checked }]) => [name, { value, checked }]);
    try {
      sessionStorage.setItem(link.pathname, JSON.stringify(Object.fromEntries(typed)));
    } catch {
      // The same.
    }
  });
}
let carried = {};
try {
  carried = JSON.parse(sessionStorage.getItem(location.pathname) ?? "{}");
  sessionStorage.removeItem(location.pathname);
} catch {
  // A browser that stores nothing carries nothing.
}
for (const [name, field] of typedFields()) {
  if (!(name in carried)) continue;
  if (["checkbox", "radio"].includes(field.type)) field.checked = carried[name].checked;
  else field.value = carried[name].value;
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
    if (!forReader(answer, address)) return;
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

// A file may be dropped anywhere on a page that takes one.
for (const form of document.querySelectorAll("form[data-drop]")) {
  const target = form.querySelector("input[type=file]");
  const marked = (over) => (event) => {
    event.preventDefault();
    target.classList.toggle("over", over);
  };
  document.addEventListener("dragover", marked(true));
  document.addEventListener("dragleave", marked(false));
  document.addEventListener("drop", (event) => {
    marked(false)(event);
    if (event.dataTransfer.files.length === 1) target.files = event.dataTransfer.files;
  });
}

// A part marked data-follow is fetched anew every second, until it leads elsewhere.
const followed = document.querySelector("[data-follow]");
const renew = async () => {
  try {
    const answer = await fetch(location.href);
    if (!forReader(answer, location.pathname + location.search)) return;
    if (answer.redirected) return location.replace(answer.url);
    const text = await answer.text();
    const fresh = new DOMParser().parseFromString(text, "text/html").getElementById(followed.id);
    if (fresh && fresh.innerHTML !== followed.innerHTML) followed.replaceChildren(...fresh.childNodes);
    if (fresh && !("follow" in fresh.dataset)) return;
  } catch {
    // The service may be starting again; what stands there stays.
  }
  setTimeout(renew, 1000);
};
if (followed) setTimeout(renew, 1000);

// Figures at a price follow the slider of a form marked data-figures, by which they are
// named; without script the form asks for them.
for (const form of document.querySelectorAll("form[data-figures]")) {
  const { slide, price } = form.elements;
  let asked;
  // The address of the page, and its links to other languages and units, say the same. The
  // slider is left out: to an address that stands there already a form leads nowhere.
  const keep = (query) => {
    if (slide && !price.value) query.set("price", slide.value);
    query.delete("slide");
    history.replaceState(null, "", `?${query}`);
    for (const link of document.querySelectorAll("#preferences a")) {
      const address = new URL(link.href);
      const unit = address.searchParams.get("unit");
      address.search = query;
      if (unit) address.searchParams.set("unit", unit);
      else address.searchParams.delete("unit");
      link.href = address;
    }
  };
  const figures = form.querySelector("[aria-busy]");
  const refused = form.querySelector("[data-refused]");
  const show = async () => {
    asked?.abort();
    const mine = (asked = new AbortController());
    const query = new URLSearchParams(new FormData(form));
    figures.setAttribute("aria-busy", "true");
    // Figures of another price than the one that stands there would mislead. A field that
    // cannot be used is named in their place.
    let found = {};
    try {
      const answer = await fetch(`${form.dataset.figures}?${query}`, { signal: mine.signal });
      if (!forReader(answer, `${location.pathname}?${query}`)) found = null;
      else if (answer.ok || answer.status === 422) found = await answer.json();
    } catch {
      // Asked for anew meanwhile, or the service cannot be reached.
    }
    if (mine.signal.aborted) return;
    figures.setAttribute("aria-busy", "false");
    if (!found) return;
    // What the page was refused for, it may not be refused for any more.
    form.parentElement.querySelector(".banner.refused")?.remove();
    refused.textContent = (found.refused ?? []).join(" ");
    for (const shown of figures.querySelectorAll("[data-figure]")) {
      shown.textContent = found[shown.dataset.figure] ?? "–";
    }
    keep(query);
  };
  slide?.addEventListener("input", () => {
    price.value = Number(slide.value).toFixed(4).replace(/\.?0+$/, "");
    show();
  });
  price.addEventListener("input", () => {
    if (slide && price.value) slide.value = price.value;
    show();
  });
}
