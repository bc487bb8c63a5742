// Pictures with states: a part is seen in the states that it names; a slider or buttons choose one.

function show(figure, state) {
  for (const part of figure.querySelectorAll("[data-seen]"))
    part.toggleAttribute("data-off", !part.dataset.seen.split(" ").includes(String(state)));
}

function choose(figure) {
  const slide = figure.querySelector(".touch-slide"), names = figure.querySelector(".touch-names");
  for (const it of [slide, names]) if (it) it.hidden = false;
  const range = slide?.querySelector("input");
  const told = (n) => figure.querySelector(`.touch-said > [data-seen="${n}"]`)?.textContent ?? "";
  const go = (n) => {
    show(figure, n);
    range?.setAttribute("aria-valuetext", told(n));
  };
  range?.addEventListener("input", () => go(range.value));
  names?.addEventListener("change", (event) => go(event.target.value));
  // A browser may remember where a slider stood when the page was left.
  if (range) go(range.value);
  else if (names) go(names.querySelector(":checked").value);
}

// Cells that can be switched: a click, Enter or Space turns one, arrows walk among those of a grid.
function cells(figure) {
  const all = [...figure.querySelectorAll("[data-cell]")];
  const at = (grid, row, column) => all.find((it) => it.dataset.cell === `${grid} ${row} ${column}`);
  const turn = (it) => {
    const on = it.getAttribute("aria-checked") !== "true";
    it.setAttribute("aria-checked", on);
    for (const part of figure.querySelectorAll(`[data-of="${it.dataset.cell}"]`)) part.toggleAttribute("data-off", !on);
    const count = all.filter((cell) => cell.getAttribute("aria-checked") === "true").length;
    for (const part of figure.querySelectorAll("[data-count]"))
      part.textContent = (count === 1 ? part.dataset.one : part.dataset.many).replace("#", count);
  };
  const walk = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  const first = new Set();
  for (const it of all) {
    const [grid, row, column] = it.dataset.cell.split(" ").map(Number);
    it.setAttribute("role", "checkbox");
    it.setAttribute("tabindex", first.has(grid) ? "-1" : "0");
    first.add(grid);
    it.addEventListener("click", () => turn(it));
    it.addEventListener("keydown", (event) => {
      if (event.key === " " || event.key === "Enter") turn(it);
      else if (event.key in walk) {
        const next = at(grid, row + walk[event.key][0], column + walk[event.key][1]);
        if (!next) return;
        it.setAttribute("tabindex", "-1");
        next.setAttribute("tabindex", "0");
        next.focus();
      } else return;
      event.preventDefault();
    });
  }
}

for (const figure of document.querySelectorAll("[data-touch]")) {
  choose(figure);
  cells(figure);
}
