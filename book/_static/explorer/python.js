// The page's side of Python: start it once, ask it, hear the answer.
let worker, last = 0;
const waiting = new Map();

export function start() {
  return new Promise((ready, failed) => {
    worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
    worker.onerror = () => failed(new Error("this copy of the book was built without a network and holds none"));
    worker.onmessage = ({ data }) => {
      if (data.ready) ready();
      else if (data.failed) failed(new Error(data.failed));
      else {
        waiting.get(data.id)(JSON.parse(data.answer));
        waiting.delete(data.id);
      }
    };
  });
}

export function ask(room, request) {
  last += 1;
  const id = last;
  return new Promise((heard) => {
    waiting.set(id, heard);
    worker.postMessage({ id, room, request: JSON.stringify(request) });
  });
}

// An element: make("td", { class: "on", onclick: f }, "text", child).
export function make(tag, attributes = {}, ...children) {
  const svg = ["svg", "g", "rect", "text", "title"].includes(tag);
  const it = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (name.startsWith("on")) it.addEventListener(name.slice(2), value);
    else if (value !== false) it.setAttribute(name, value);
  it.append(...children);
  return it;
}

export const get = (id) => document.getElementById(`ex-${id}`);
