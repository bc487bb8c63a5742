// P9: minors of a matrix of linear forms whose sum is a power of one form.

import { TooCostly, need } from "./answers.mjs";
import { fields, labels, list, number, scaled, vector } from "./shape.mjs";

const LARGEST = 4; // rows of a minor
const MONOMIALS = 2e5;
const PRODUCTS = 4e6;

/** All orders of 0, ..., d - 1 with their signs. */
function permutations(d) {
  if (d === 0) return [[[], 1n]];
  return permutations(d - 1).flatMap(([order, sign]) =>
    Array.from({ length: d }, (_, i) => {
      const longer = [...order.slice(0, i), d - 1, ...order.slice(i)];
      return [longer, (d - 1 - i) % 2 ? -sign : sign];
    }),
  );
}

function add(sums, monomial, value) {
  const name = [...monomial].sort((a, b) => a - b).join();
  sums.set(name, (sums.get(name) ?? 0n) + value);
}

/** Add factor times the determinant of a matrix of lists of variables. */
function addDeterminant(sums, matrix, factor) {
  for (const [order, sign] of permutations(matrix.length)) {
    const walk = (m, monomial) => {
      if (m === matrix.length) add(sums, monomial, sign * factor);
      else for (const it of matrix[m][order[m]]) walk(m + 1, [...monomial, it]);
    };
    walk(0, []);
  }
}

/** Add factor times the d-th power of the form, a product of d forms. */
function addPower(sums, entries, d, factor) {
  const walk = (from, left, monomial, value, ways) => {
    if (left === 0) return add(sums, monomial, value * ways * factor);
    if (from === entries.length) return;
    let [choices, power] = [1n, 1n];
    for (let times = 0; times <= left; times++) {
      const more = Array(times).fill(entries[from][0]);
      walk(from + 1, left - times, [...monomial, ...more], value * power, ways * choices);
      power *= entries[from][1];
      choices = (choices * BigInt(left - times)) / BigInt(times + 1);
    }
  };
  walk(0, d, [], 1n, 1n);
}

/** How many monomials the d-th power of a form of r variables has. */
function monomials(r, d) {
  let found = 1;
  for (let i = 1; i <= d; i++) found = (found * (r + i - 1)) / i;
  return found;
}

function products(matrix) {
  const sizes = ([order]) => order.reduce((found, n, m) => found * matrix[m][n].length, 1);
  return permutations(matrix.length).reduce((sum, it) => sum + sizes(it), 0);
}

/** For two labels, of the modes a and c, the rows of the inner minor with a fact of both. */
function cells({ facts, work }, inner, mode, third) {
  const rows = new Set(inner.rows);
  const found = new Map();
  work.spend(facts.list.length);
  for (const fact of facts.list) {
    if (!rows.has(fact[inner.along])) continue;
    const place = facts.pair(mode, third, fact[mode], fact[third]);
    if (!found.has(place)) found.set(place, []);
    found.get(place).push(fact[inner.along]);
  }
  return (x, y) => found.get(facts.pair(mode, third, x, y)) ?? [];
}

/** See that the weighted sum of the minors is the power of the form. */
export function powerOfForm(at, inner, mode, form, minors) {
  const { base, where, work } = at;
  const third = 3 - mode - inner.along;
  const d = inner.removed.length + 2;
  need(d <= LARGEST, `${where}: more than ${LARGEST} rows of a minor`);
  const read = vector(base, form, inner.along, `${where}.form`);
  const inside = [...read.keys()].every((it) => inner.rows.includes(it));
  need(inside, `${where}.form has a row outside the inner minor`);
  const cell = cells(at, inner, mode, third);
  const weights = [];
  const matrices = list(minors, `${where}.minors`).map((it, i) => {
    const place = `${where}.minors[${i}]`;
    const [times, rows, columns] = fields(it, ["times", "rows", "columns"], place);
    weights.push([i, number(times, `${place}.times`)]);
    const [xs, ys] = [
      labels(base, list(rows, place, d), mode, `${place}.rows`, true),
      labels(base, list(columns, place, d), third, `${place}.columns`, true),
    ];
    return xs.map((x) => ys.map((y) => cell(x, y)));
  });
  const terms = scaled(read);
  const factors = scaled(new Map(weights));
  const all = matrices.reduce((sum, it) => sum + products(it), 0);
  const power = monomials(terms.entries.length, d);
  if (all > PRODUCTS || power > MONOMIALS) throw new TooCostly(`${where} has too many monomials`);
  work.spend(10 * (all + power));
  const sums = new Map();
  const scale = terms.den ** BigInt(d);
  matrices.forEach((it, i) => addDeterminant(sums, it, factors.entries[i][1] * scale));
  addPower(sums, terms.entries, d, -factors.den);
  need([...sums.values()].every((it) => it === 0n), `${where}: the minors are not the power`);
}
