// Looks at a settled page and returns its faults by kind, each a list of sentences.
(scheme) => {
  const root = document.documentElement;
  const name = (it) => (it.currentSrc || it.src || it.outerHTML).split("/").pop().slice(0, 80);
  const faults = { scheme: [], math: [], scroll: [], pictures: [], alt: [], contrast: [], figure: [] };

  if (root.dataset.theme && root.dataset.theme !== scheme)
    faults.scheme.push(`shown in ${root.dataset.theme}, asked for ${scheme}`);

  for (const it of document.querySelectorAll(".math"))
    if (!it.querySelector("mjx-container")) faults.math.push(`not set: ${it.textContent.slice(0, 60)}`);
  for (const it of document.querySelectorAll("mjx-merror, [data-mjx-error]"))
    faults.math.push(`error: ${it.getAttribute("data-mjx-error") || it.textContent}`);

  // Only the text's own column: the theme parks its drawers outside the window.
  const over = root.scrollWidth - root.clientWidth;
  if (over > 0) {
    const wide = [...document.querySelectorAll(".bd-article *")]
      .filter((it) => it.getBoundingClientRect().right > root.clientWidth + 1)
      .filter((it) => !it.closest("pre, figure, div.math, mjx-container"))
      .map((it) => `${it.tagName.toLowerCase()} ${it.textContent.trim().slice(0, 40)}`);
    faults.scroll.push(`the page is ${over} px too wide: ${wide.slice(0, 4).join(", ")}`);
  }

  // A picture fits, on a phone too: neither it nor its frame scrolls sideways. (A table may.)
  const frames = ":is(figure, .touch, figure div, .touch div):not(.touch-table)";
  for (const it of document.querySelectorAll(`.bd-article ${frames}`)) {
    const over = it.scrollWidth - it.clientWidth;
    if (it.clientWidth && over > 1)
      faults.scroll.push(`a picture is ${over} px wider than its frame: ${it.id || it.textContent.trim().slice(0, 60)}`);
  }

  // A chapter shows its first figure within two screens.
  const figure = document.querySelector(".bd-article figure")?.getBoundingClientRect();
  if (location.pathname.includes("/notebooks/") && root.clientWidth > 1000)
    if (!figure || figure.y + scrollY >= 1600 || figure.height <= 100)
      faults.figure.push(`the first one begins at ${figure && Math.round(figure.y + scrollY)} px, not before 1600`);

  const ground = (it) => {
    for (let at = it; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (!/rgba\(.*, 0\)|transparent/.test(colour)) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const linear = Float64Array.from({ length: 256 }, (_, v) =>
    v <= 10.31475 ? v / 3294.6 : ((v / 255 + 0.055) / 1.055) ** 2.4);
  const light = (r, g, b) => 0.2126 * linear[r] + 0.7152 * linear[g] + 0.0722 * linear[b];
  // The picture as it is seen, on the ground behind it: its commonest tone against the tone of its
  // ink, that is the most distant one held by at least one dot in a thousand.
  const contrast = (it) => {
    const canvas = document.createElement("canvas");
    canvas.width = it.naturalWidth || it.width;
    canvas.height = it.naturalHeight || it.height;
    const pen = canvas.getContext("2d");
    pen.fillStyle = ground(it);
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(it, 0, 0, canvas.width, canvas.height);
    const dots = pen.getImageData(0, 0, canvas.width, canvas.height).data;
    const tones = new Array(101).fill(0);
    for (let at = 0; at < dots.length; at += 4)
      tones[Math.round(100 * light(dots[at], dots[at + 1], dots[at + 2]))] += 1;
    const paper = tones.indexOf(Math.max(...tones)) / 100;
    const ratio = (ink) => (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    const inks = tones.map((count, tone) => (count * 4000 >= dots.length ? ratio(tone / 100) : 1));
    return Math.max(...inks);
  };
  for (const it of document.querySelectorAll(".bd-content img")) {
    if (getComputedStyle(it).display === "none") continue; // the picture for the other scheme
    if (!it.naturalWidth) { faults.pictures.push(`not shown: ${name(it)}`); continue; }
    if ((it.getAttribute("alt") || "").trim().length < 15) faults.alt.push(name(it));
    // the phone and the light page show the same pictures on the same ground
    const known = (window.contrasts ??= new Map()), which = `${it.currentSrc || it.src} ${ground(it)}`;
    const found = known.get(which) ?? contrast(it);
    known.set(which, found);
    if (found < 7) faults.contrast.push(`${name(it)}: ink to ground is ${found.toFixed(1)}, not 7`);
  }
  return faults;
}
