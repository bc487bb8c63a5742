// One attention head by hand: sliders in, head.py's arithmetic out.
import { ask, get, make } from "./python.js";

const KEYS = ["k1", "k2"], QUERIES = ["q1", "q2"], VALUES = ["red", "green", "blue"];
const state = { A: [], X: [], Y: [], temperature: 1 };
let asked = 0;
const number = (x, digits) => x.toFixed(digits).replace("-", "−");

function slider(name, holder, place, [low, high, step]) {
  const shown = make("output", {}, number(holder[place], 2));
  const input = make("input", { type: "range", min: low, max: high, step, "aria-label": name });
  input.value = holder[place];
  input.addEventListener("input", () => {
    holder[place] = Number(input.value);
    shown.textContent = number(holder[place], 2);
    show();
  });
  return make("label", {}, make("span", {}, name), input, shown);
}

function matrix(title, rows, columns, holder, range, letter) {
  const box = make("fieldset", {}, make("legend", {}, title));
  rows.forEach((row, i) => columns.forEach((column, j) =>
    box.append(slider(`${letter}: ${row}, ${column}`, holder[i], j, range))));
  return box;
}

function sliders() {
  get("sliders").replaceChildren(
    matrix("Attention on the key", KEYS, QUERIES, state.A, [0, 1, 0.01], "A"),
    matrix("Votes of the keys", KEYS, VALUES, state.X, [-2, 2, 0.01], "X"),
    matrix("Votes of the queries", QUERIES, VALUES, state.Y, [-2, 2, 0.01], "Y"),
    make("fieldset", {}, make("legend", {}, "Readout"),
      slider("temperature", state, "temperature", [0.05, 2, 0.05])),
  );
}

const SETTINGS = {
  async attention() {
    const [g, x, y] = await ask("head", { gates: VALUES.length });
    return { A: [[g[0], g[2]], [g[1], g[0]]], X: [[...x], [...x]], Y: [[...y], [...y]], temperature: 0.1 };
  },
  async votes() {
    return { A: [[0.5, 0.5], [0.5, 0.5]], X: [[2, 0, 0], [0, 2, 0]], Y: [[0, 0, 0], [0, 0, 1.5]], temperature: 0.5 };
  },
};

async function show() {
  asked += 1;
  const turn = asked;
  const found = await ask("head", state);
  if (turn !== asked) return;
  const lines = [], said = [];
  KEYS.forEach((key, k) => QUERIES.forEach((query, q) => {
    const best = found.argmax[k][q];
    said.push(`${key}, ${query}: ${best === null ? "a tie" : VALUES[best]}`);
    VALUES.forEach((value, v) => {
      const share = found.softmax[k][q][v];
      const bar = make("span", { class: "ex-bar", style: `width:calc(${share.toFixed(4)} * var(--ex-bar))` });
      const head = v === 0 ? [make("th", { scope: "rowgroup", rowspan: VALUES.length }, `${key}, ${query}`)] : [];
      lines.push(make("tr", { class: v === best ? "ex-best" : "" }, ...head,
        make("td", {}, v === best ? `${value} ✓` : value),
        make("td", {}, number(found.L[k][q][v], 3)),
        make("td", {}, bar, ` ${share.toFixed(2)}`)));
    });
  }));
  get("layer").replaceChildren(...lines);
  get("recall").textContent = `Argmax recalls ${said.join("; ")}.`;
}

export async function use(name) {
  Object.assign(state, await SETTINGS[name]());
  sliders();
  await show();
}
