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
