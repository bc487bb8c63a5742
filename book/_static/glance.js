// A look ahead: what a link to a statement or a word of the glossary leads to, while one points at it.
(() => {
  const LINKS = '.bd-content a[href*="glossary.html#term-"], .bd-content a.reference[href*="#"]';
  const WAIT = 350;
  const pages = new Map();
  let box = null, owner = null, timer = 0;

  const page = (address) => {
    if (address === location.pathname) return Promise.resolve(document);
    if (!pages.has(address))
      pages.set(address, fetch(address).then((answer) => answer.text())
        .then((text) => new DOMParser().parseFromString(text, "text/html")));
    return pages.get(address);
  };

  // A statement is a box, a word is a term with its meaning; anything else has nothing to show.
  const target = (found, name) => {
    const place = found.getElementById(name);
    const box = place?.closest("div.proof") ?? place?.querySelector(":scope > div.proof");
    if (box) return box.id === name || place !== box ? box : null;
    return place?.matches("dl.glossary dt") ? place.nextElementSibling : null;
  };

  const close = () => {
    clearTimeout(timer);
    box?.remove();
    owner?.removeAttribute("aria-describedby");
    box = owner = null;
  };

  const show = async (link) => {
    const to = new URL(link.href);
    if (to.origin !== location.origin || !to.hash) return;
    let found;
    try {
      found = target(await page(to.pathname), decodeURIComponent(to.hash.slice(1)));
    } catch {
      return; // a page opened as a file may not read its neighbours
    }
    if (!found || owner !== link) return;
    box = document.createElement("div");
    box.className = "glance";
    box.id = "glance";
    box.setAttribute("role", "tooltip");
    const copy = document.importNode(found, true);
    for (const it of [copy, ...copy.querySelectorAll("[id]")]) it.removeAttribute("id");
    box.append(copy);
    if (box.querySelector(".math") && !window.MathJax) return close(); // no formula can be set here
    document.body.append(box);
    await window.MathJax?.typesetPromise?.([box]);
    if (!box) return;
    const at = link.getBoundingClientRect(), own = box.getBoundingClientRect();
    const room = document.documentElement.clientWidth - own.width - 8;
    const above = at.bottom + own.height + 12 > innerHeight && at.top > own.height + 12;
    box.style.left = `${Math.max(8, Math.min(at.left, room)) + scrollX}px`;
    box.style.top = `${(above ? at.top - own.height - 6 : at.bottom + 6) + scrollY}px`;
    link.setAttribute("aria-describedby", "glance");
    box.addEventListener("pointerleave", close);
  };

  const start = (event) => {
    const link = event.target.closest?.(LINKS);
    if (!link || event.pointerType === "touch" || link === owner) return;
    close();
    owner = link;
    timer = setTimeout(() => show(link), event.type === "focusin" ? 0 : WAIT);
  };
  const leave = (event) => {
    if (event.target.closest?.(LINKS) !== owner || box?.contains(event.relatedTarget)) return;
    // Time to move into the box, and to read there.
    setTimeout(() => box?.matches(":hover") || owner?.matches(":hover, :focus") || close(), 200);
  };
  document.addEventListener("pointerover", start);
  document.addEventListener("pointerout", leave);
  document.addEventListener("focusin", start);
  document.addEventListener("focusout", close);
  document.addEventListener("keydown", (event) => event.key === "Escape" && close());
})();
