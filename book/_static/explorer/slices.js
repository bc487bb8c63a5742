// Draws the slices of D, one picture a query, with the terms that are switched on.
import { make } from "./python.js";

// Okabe and Ito's colours, told apart by colour-blind readers too.
export const COLOURS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#7f7f7f"];
export const colour = (n) => COLOURS[n % COLOURS.length];

// The sum of the terms that are on: cell "k,q,v" -> { sum, terms: [[number, sign], ...] }.
export function added(terms, on) {
  const cells = new Map();
  terms.forEach(({ over, at }, n) => {
    if (!on.has(n)) return;
    for (const [k, q, v, x] of at) {
      const name = `${k},${q},${v}`;
      if (!cells.has(name)) cells.set(name, { parts: [], touched: [] });
      const cell = cells.get(name);
      cell.parts.push([x, over]);
      cell.touched.push([n, Math.sign(x)]);
    }
  });
  for (const cell of cells.values()) {
    const common = cell.parts.reduce((all, [, over]) => all * over, 1);
    const whole = cell.parts.reduce((all, [x, over]) => all + x * (common / over), 0);
    cell.sum = whole / common;
  }
  return cells;
}

export function differing(found, cells) {
  const facts = new Set(found.facts.map(String));
  const names = new Set([...facts, ...cells.keys()]);
  return [...names].filter((name) => (cells.get(name)?.sum ?? 0) !== (facts.has(name) ? 1 : 0));
}

const short = (label, most) => (label.length > most ? `${label.slice(0, most - 1)}…` : label);

export function draw(found, cells) {
  const { keys, queries, values } = found;
  const facts = new Set(found.facts.map(String));
  const wrong = new Set(differing(found, cells));
  const some = cells.size > 0;
  const side = values.length > 12 || keys.length > 12 ? 10 : 22;
  const letter = side < 20 ? 5.2 : 6.2;
  const left = 8 + letter * Math.max(...keys.map((it) => Math.min(it.length, 14)));
  const foot = 8 + letter * Math.max(...values.map((it) => Math.min(it.length, 14)));
  const width = left + values.length * side + 4;
  const height = 22 + keys.length * side + foot;

  return queries.map((query, q) => {
    const mine = found.facts.filter((fact) => fact[1] === q).length;
    const picture = make("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img",
      class: side < 20 ? "ex-small" : "ex-large",
      "aria-label": `Slice of ${query}: ${mine} of ${keys.length * values.length} cells are facts` });
    picture.append(make("text", { x: left, y: 14, class: "ex-name" }, short(query, 26)));
    keys.forEach((key, k) => picture.append(make("text",
      { x: left - 5, y: 22 + (k + 0.5) * side + 4, "text-anchor": "end" }, short(key, 14))));
    values.forEach((value, v) => {
      const [x, y] = [left + (v + 0.5) * side + 4, 28 + keys.length * side];
      picture.append(make("text", { x, y, transform: `rotate(-90 ${x} ${y})`, "text-anchor": "end" }, short(value, 14)));
    });
    keys.forEach((key, k) => values.forEach((value, v) => {
      const name = `${k},${q},${v}`, cell = cells.get(name), fact = facts.has(name);
      const [x, y] = [left + v * side, 22 + k * side];
      const box = make("g", {});
      box.append(make("title", {}, `${key}, ${query}, ${value}: ${fact ? "a fact" : "no fact"}` +
        (some ? `; the sum here is ${+(cell?.sum ?? 0).toFixed(3)}` : "")));
      box.append(make("rect", { x, y, width: side, height: side, class: "ex-cell" }));
      cell?.touched.forEach(([n], place, all) => box.append(make("rect",
        { x: x + 2 + place * (side - 4) / all.length, y: y + 2, width: (side - 4) / all.length, height: side - 4, fill: colour(n) })));
      if (fact) box.append(make("rect", { x: x + 1, y: y + 1, width: side - 2, height: side - 2,
        class: some ? "ex-fact" : "ex-fact ex-full" }));
      if (some && wrong.has(name) && cell) {
        const text = String(+cell.sum.toFixed(2)).replace("-", "−");
        box.append(make("text", { x: x + side / 2, y: y + side / 2 + 4, "text-anchor": "middle", class: "ex-wrong" }, text));
      }
      picture.append(box);
    }));
    return picture;
  });
}
