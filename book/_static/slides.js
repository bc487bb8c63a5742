// The page of slides: a lesson picks the slides and their order, and keys lead from one to the next.
(() => {
  const page = document.querySelector(".slides-lessons")?.closest("section");
  if (!page) return;
  const root = document.documentElement;
  const asked = new URLSearchParams(location.search).get("lesson");
  const lesson = [...page.querySelectorAll("[data-lesson]")].find((it) => it.search === `?lesson=${asked}`);
  const named = (name) => {
    const it = document.getElementById(`slide-${name}`);
    if (!it) return null;
    return it.matches("section") ? it : it.closest("section section") ?? it.nextElementSibling;
  };
  const every = [...page.querySelectorAll(":scope > section")];
  const times = lesson ? JSON.parse(lesson.dataset.lesson) : {};
  const slides = lesson ? Object.keys(times).map(named) : every;
  let now = -1;

  // The slides of a lesson stand in its order, those of others are put away.
  for (const it of every) it.hidden = !slides.includes(it);
  page.append(...slides);
  slides[0].classList.add("slide-first");
  lesson?.setAttribute("aria-current", "page");
  slides.forEach((it, n) => {
    const [from, to] = Object.values(times)[n] ?? [];
    const told = `${n + 1} of ${slides.length}${lesson ? `, minutes ${from} to ${to}` : ""}`;
    it.prepend(Object.assign(document.createElement("p"), { className: "slide-place", textContent: told }));
    it.tabIndex = -1;
  });

  // The room guesses first: sliders stand at their beginning, and some pictures are covered until one key more.
  const covered = (it) => it.querySelector(".covered:not(.bare)");
  function begin() {
    for (const range of page.querySelectorAll(".touch-slide input")) {
      range.value = range.min;
      range.dispatchEvent(new Event("input"));
    }
  }
  function step(by) {
    const cover = by > 0 && covered(slides[now]);
    if (cover) cover.classList.add("bare");
    else show(now + by);
  }

  function show(n) {
    if (!root.classList.contains("presenting")) begin();
    now = Math.max(0, Math.min(slides.length - 1, n));
    root.classList.add("presenting");
    slides.forEach((it, at) => it.classList.toggle("slide-now", at === now));
    slides[now].focus({ preventScroll: true });
    page.closest(".bd-article").scrollTop = 0;
  }

  function leave() {
    root.classList.remove("presenting");
    slides[now].scrollIntoView();
    now = -1;
  }

  const steps = { ArrowRight: 1, PageDown: 1, " ": 1, ArrowLeft: -1, PageUp: -1 };
  addEventListener("keydown", (event) => {
    const taken = event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey;
    if (taken || event.target.closest?.("input, button, select, summary, a, [role=checkbox], dialog")) {
      if (event.key !== "Escape") return;
    }
    const on = root.classList.contains("presenting");
    if (event.key === "Escape" && on) leave();
    else if (event.key.toLowerCase() === "n") root.classList.toggle("noted");
    else if (event.key in steps && (on || event.key.startsWith("Arrow"))) on ? step(steps[event.key]) : show(0);
    else if (on && event.key === "Home") show(0);
    else if (on && event.key === "End") show(slides.length - 1);
    else return;
    event.preventDefault();
  });
  // With a lesson in the address the first slide, or the one that is named, is shown at once.
  if (lesson) show(Math.max(0, slides.indexOf(location.hash && named(location.hash.slice(7)))));
})();
