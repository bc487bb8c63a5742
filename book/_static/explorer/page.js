// Small tools of the explorer's scripts. given.js made the object Explorer; each file adds a part.
// In another language it brought words too: sentences by their English.
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

  const words = Explorer.words ?? {};
  const say = (english, told = {}) => (words[english] ?? english).replace(/\{(\w+)\}/g, (_, name) => told[name]);
  const many = (n, one, more, told = {}) => say(n === 1 ? one : more, { n, ...told });

  // What Python, or its worker, says in English.
  const mark = (english) => english;
  const HEARD = [
    mark("rank is exactly {n} over R"),
    mark("verified: {low} ≤ rank ≤ {high} over R"),
    mark("{low} ≤ rank ≤ {high} over R"),
    mark("cut by the clock after {n} s of search"),
    mark("set-valued: U3 does not apply, so the interval may be wider"),
    mark("relation {n} of {all}: {name}"),
    mark("block {n} of {all}: {told}"),
    mark("Loading Python, 20 MB from this site"),
    mark("Python is there, loading factrank"),
    mark("Starting factrank"),
  ];

  // The same in the page's language; as it stands if it is none of these sentences.
  function heard(text) {
    if (!Explorer.words) return text;
    for (const english of HEARD) {
      const literal = english.replace(/[.*+?^$()|[\]\\]/g, "\\$&");
      const found = new RegExp(`^${literal.replace(/\{(\w+)\}/g, "(?<$1>.+)")}$`).exec(text);
      if (found) return say(english, found.groups);
    }
    return text;
  }

  // A piece as a sentence: what joins its labels. A label that holds such a sign stands in quotes.
  const JOINTS = [
    mark("; take it back for "), mark("; take back "), mark(" and "), mark("; "), mark(", "), mark(": "),
  ];
  function piece(text) {
    if (!Explorer.words) return text;
    const sizes = /^weights on (?<k>\d+) \w+, (?<q>\d+) \w+ and (?<v>\d+) \w+?(?<negative>, some .*)?$/.exec(text)?.groups;
    if (sizes?.negative) return say("weights on {k} keys, {q} queries and {v} values, some of them negative", sizes);
    if (sizes) return say("weights on {k} keys, {q} queries and {v} values", sizes);
    const [, whole, each] = /^(.*?)(?: \(each ([^()"]+)\))?$/s.exec(text);
    const parts = whole.split(/("(?:[^"\\]|\\.)*")/);
    const told = parts.map((part, n) => (n % 2 ? part
      : JOINTS.reduce((all, joint) => all.replaceAll(joint, say(joint)), part))).join("");
    return each ? say("{told} (each {n})", { told, n: each }) : told;
  }

  Object.assign(Explorer, {
    make,
    save,
    say,
    many,
    heard,
    piece,
    get: (id) => document.getElementById(`ex-${id}`),
    sentence: (text) => say("{it}.", { it: `${text[0].toUpperCase()}${text.slice(1)}` }),
  });
})();
