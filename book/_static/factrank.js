// What scrolls inside its own box must be reachable by keyboard: a tab stop where it overflows.
(() => {
  const boxes = ".bd-content figure, .bd-content div.math, .bd-content .proof-content";
  const mark = () => {
    for (const box of document.querySelectorAll(boxes))
      if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
      else if (box.tabIndex === 0) box.removeAttribute("tabindex");
  };
  addEventListener("load", () => {
    mark();
    // Formulas get their width only once they are set.
    window.MathJax?.startup?.promise?.then(mark);
  });
  addEventListener("resize", mark);
})();
// Folded cells: a link to one opens it, and on paper all are open.
(() => {
  const folds = () => document.querySelectorAll("details.fold");
  const arrive = () => {
    const place = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const cell = place?.nextElementSibling; // the anchor of a cell stands right before it
    const below = cell?.matches(".cell") ? cell.querySelector(".fold") : null;
    const fold = place?.closest(".fold") ?? below;
    if (!fold) return;
    fold.open = true;
    place.scrollIntoView();
  };
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...folds()].filter((it) => !it.open);
    for (const it of closed) it.open = true;
  });
  addEventListener("afterprint", () => {
    for (const it of closed) it.open = false;
  });
  addEventListener("hashchange", arrive);
  addEventListener("load", arrive);
})();
// A table too wide for a phone becomes a card a row; each cell then says its column's name.
(() => {
  const box = ".pst-scrollable-table-container";
  const named = (table) => {
    const heads = [...table.querySelectorAll("thead th")].map((it) => it.textContent.trim());
    for (const row of table.tBodies[0]?.rows ?? [])
      [...row.cells].forEach((cell, at) => (cell.dataset.head = heads[at] ?? ""));
    return heads.length > 0;
  };
  // Japanese breaks between any two letters: no table is too wide, but its cells become towers.
  const towers = (table) => {
    const letter = parseFloat(getComputedStyle(table).fontSize);
    const tower = (it) => it.clientWidth < 8 * letter && it.clientHeight > 10 * letter;
    return [...table.querySelectorAll("tbody td")].some(tower);
  };
  const fit = () => {
    for (const table of document.querySelectorAll(`.bd-content ${box} > table:not(.claims)`)) {
      table.classList.remove("cards");
      const over = table.scrollWidth > table.closest(box).clientWidth + 1 || towers(table);
      if (innerWidth <= 600 && over && named(table)) table.classList.add("cards");
    }
  };
  addEventListener("load", () => {
    fit();
    window.MathJax?.startup?.promise?.then(fit);
  });
  addEventListener("resize", fit);
})();
