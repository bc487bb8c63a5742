// Small tools of the explorer's scripts. given.js made the object Explorer; each file adds a part.
"use strict";
(() => {
  // An element: make("td", { class: "on", onclick: f }, "text", child).
  function make(tag, attributes = {}, ...children) {
    const it = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes))
      if (name.startsWith("on")) it.addEventListener(name.slice(2), value);
      else if (value !== false) it.setAttribute(name, value);
    it.append(...children);
    return it;
  }

  // Hand a text to the reader as a file; it never leaves the browser.
  function save(name, text, type) {
    const address = URL.createObjectURL(new Blob([text], { type }));
    make("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  }

  Object.assign(Explorer, {
    make,
    save,
    get: (id) => document.getElementById(`ex-${id}`),
    counted: (n, one, many) => `${n} ${n === 1 ? one : many}`,
    sentence: (text) => `${text[0].toUpperCase()}${text.slice(1)}.`,
  });
})();
