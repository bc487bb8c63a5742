// The explorer's panels on facts: the table, the rank, the pieces.
import { ask, get, make, start } from "./python.js";
import { added, colour, differing, draw } from "./slices.js";
import { use } from "./head.js";

let found = null, on = new Set(), asked = 0, pause;

// ---- the table ----

const NAMES = ["key", "query", "value"];
const quoted = (cell) => (/[",\n;\t]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
const inputs = (row) => [...row.querySelectorAll("input")];

function csv() {
  const lines = [...get("rows").rows].map((row) => inputs(row).map((it) => quoted(it.value)).join(","));
  return ["key,query,value", ...lines, ""].join("\n");
}

function number() {
  [...get("rows").rows].forEach((row, n) => {
    inputs(row).forEach((it, i) => it.setAttribute("aria-label", `${NAMES[i]} of fact ${n + 1}`));
    row.querySelector("button").setAttribute("aria-label", `Delete fact ${n + 1}`);
  });
}

function row(cells) {
  const line = make("tr", {}, ...cells.map((text) => {
    const input = make("input", { type: "text", spellcheck: "false", autocomplete: "off", oninput: soon });
    input.value = text;
    return make("td", {}, input);
  }));
  const remove = () => {
    const near = line.nextElementSibling ?? line.previousElementSibling;
    line.remove();
    number();
    (near?.querySelector("button") ?? get("add")).focus();
    look();
  };
  line.append(make("td", {}, make("button", { type: "button", onclick: remove }, "×")));
  return line;
}

function fill(rows) {
  get("rows").replaceChildren(...rows.map(row));
  number();
  return look();
}

// The package counts the lines of the text it reads; the reader counts facts.
const placed = (text) => text.replace(/^table:(\d+):/gm, (all, line) => (line > 1 ? `fact ${line - 1}:` : all));

function complain(text) {
  get("error").textContent = placed(text);
  get("astray").textContent = "";
  if (text) get("answer").textContent = "No answer until the table is mended.";
  const lines = new Set([...text.matchAll(/^table:(\d+):/gm)].map((hit) => Number(hit[1]) - 2));
  [...get("rows").rows].forEach((line, n) => inputs(line).forEach((it) =>
    lines.has(n) ? it.setAttribute("aria-invalid", "true") : it.removeAttribute("aria-invalid")));
  for (const name of ["rank", "pieces"]) get(name).classList.toggle("ex-stale", text !== "");
}

// ---- the rank ----

function soon() {
  clearTimeout(pause);
  pause = setTimeout(look, 200);
}

async function look(more = {}) {
  clearTimeout(pause);
  asked += 1;
  const turn = asked;
  const slow = setTimeout(() => { if (!more.effort) get("answer").textContent = "Computing…"; }, 300);
  const answer = await ask("explore", { text: csv(), ...more });
  clearTimeout(slow);
  if (turn !== asked) return;
  complain(answer.error ?? "");
  if (answer.error) return;
  found = answer;
  on = new Set();
  show();
  pieces();
}

function show() {
  const { facts, keys, queries, values, lower, upper, exact, by, notes, width, least } = found;
  const sentence = found.sentence[0].toUpperCase() + found.sentence.slice(1);
  get("answer").textContent = `${sentence}.`;
  const plural = (n, one, many) => `${n} ${n === 1 ? one : many}`;
  get("more").textContent =
    `${plural(facts.length, "fact", "facts")}: ${plural(keys.length, "key", "keys")} × ` +
    `${plural(queries.length, "query", "queries")} × ${plural(values.length, "value", "values")}. ` +
    `At least ${lower} by ${by[0]}, at most ${upper} by ${by[1]}.` +
    notes.map((note) => ` Note: ${note}.`).join("");
  get("width").textContent =
    `Attention heads made from ${found.terms.length === 1 ? "this term" : `these ${found.terms.length} terms`}, without ` +
    `any training, store the facts exactly at a total width of ${width}. ` + (least < width
      ? `Wider queries and keys can bring it down to ${least}, no further without a residual path.`
      : "Without a residual path none can be narrower.");
  get("explained").textContent = found.explained;
  get("evidence").replaceChildren(...found.evidence.map(([name, value]) =>
    make("tr", {}, make("td", {}, name), make("td", {}, String(value)))));
  get("search").hidden = exact;
}

async function search() {
  const button = get("search"), text = button.textContent;
  button.textContent = "Searching, at most 10 seconds…";
  button.setAttribute("aria-disabled", "true");
  await look({ effort: "normal", seconds: 10 });
  button.textContent = text;
  button.removeAttribute("aria-disabled");
}

// ---- the pieces ----

function pieces() {
  const line = ({ text }, n) => {
    const box = make("input", { type: "checkbox", onchange: () => {
      if (box.checked) on.add(n); else on.delete(n);
      paint();
    } });
    const chip = make("span", { class: "ex-chip", style: `background:${colour(n)}` });
    return make("label", {}, box, chip, make("span", {}, `${n + 1}. ${text.replaceAll(" x ", " × ").replaceAll(" - ", " − ")}`));
  };
  get("terms").replaceChildren(...found.terms.map(line));
  paint();
}

function paint() {
  const cells = added(found.terms, on), wrong = differing(found, cells).length;
  get("terms").querySelectorAll("input").forEach((box, n) => { box.checked = on.has(n); });
  get("slices").replaceChildren(...draw(found, cells));
  const all = found.terms.length;
  get("sum").textContent = on.size === 0
    ? `The facts alone: no term is on yet, and there are ${all} to switch on.`
    : wrong
      ? `${on.size} of ${all} terms on: ${wrong} ${wrong === 1 ? "cell is" : "cells are"} not yet what the facts ask for.`
      : `${on.size} of ${all} terms on: their sum is the tensor of the facts, in every cell.`;
}

function next() {
  const free = found.terms.findIndex((_, n) => !on.has(n));
  if (free >= 0) on.add(free);
  paint();
}

// ---- the page ----

async function go() {
  const button = get("go");
  if (button.getAttribute("aria-disabled")) return;
  button.setAttribute("aria-disabled", "true");
  get("state").textContent = "Loading Python…";
  try {
    await start();
  } catch (error) {
    get("state").textContent = `Python did not start: ${error.message}. In a terminal, factrank explain FACTS says the same.`;
    button.removeAttribute("aria-disabled");
    return;
  }
  await fill((await ask("explore", { preset: "example" })).rows);
  for (const name of ["facts", "rank", "pieces", "head"]) get(name).hidden = false;
  get("state").textContent = "Python is running in this page.";
  button.hidden = true;
  get("rows").querySelector("input").focus({ preventScroll: true });
  use("attention");
}

get("go").addEventListener("click", go);
get("add").addEventListener("click", () => {
  get("rows").append(row(["", "", ""]));
  number();
  get("rows").lastElementChild.querySelector("input").focus();
});
get("use").addEventListener("click", async () => {
  const answer = await ask("explore", { text: get("csv").value, seen: true });
  get("astray").textContent = answer.error ?? "";
  if (answer.error) return;
  await fill(answer.rows);
  get("astray").textContent = answer.told; // filling clears it
});
get("search").addEventListener("click", () => get("search").hasAttribute("aria-disabled") || search());
get("next").addEventListener("click", next);
get("all").addEventListener("click", () => { on = new Set(found.terms.keys()); paint(); });
get("none").addEventListener("click", () => { on = new Set(); paint(); });
for (const button of document.querySelectorAll("[data-preset]"))
  button.addEventListener("click", async () => fill((await ask("explore", { preset: button.dataset.preset })).rows));
for (const button of document.querySelectorAll("[data-head]"))
  button.addEventListener("click", () => use(button.dataset.head));
