// Small comforts on top of pages that work without them.
"use strict";

// Forms marked data-auto are sent as soon as a choice is made.
for (const form of document.querySelectorAll("form[data-auto]")) {
  form.addEventListener("change", () => form.requestSubmit());
}
