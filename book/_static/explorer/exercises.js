// The page of exercises: a typed answer goes to Python in this page, and the checker's line comes back.
"use strict";
(() => {
  const { get, python } = Explorer;
  for (const form of document.querySelectorAll("form[data-checker]")) {
    const said = form.querySelector("output");
    const say = (text, right) => {
      said.textContent = text;
      said.classList.toggle("right", right === true);
    };
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const request = { exercise: form.dataset.checker, text: form.elements.answer.value };
      try {
        const { right, says, error } = await python.ask("exercise", request, { doing: "Checking" });
        say(says ?? error, right);
      } catch (error) {
        say(error.message);
      }
    });
  }
  if (location.protocol === "file:") get("state").textContent = python.FILE;
})();
