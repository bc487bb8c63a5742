// Vectors over the rationals as Maps from places to BigInts that are not 0, up to a factor.

import { primitive } from "./exact.mjs";

const SHORT = 2n ** 62n;

/** How many machine words a number takes, about. */
function words(a) {
  return -SHORT < a && a < SHORT ? 1 : Math.ceil(a.toString(16).length / 16);
}

/** The words of the longest of these numbers, at least 1. */
export function longest(numbers) {
  let found = 1;
  for (const it of numbers) found = Math.max(found, words(it));
  return found;
}

/** Add to the number at a place; what becomes 0 is no entry. */
export function add(vector, at, a) {
  const sum = (vector.get(at) ?? 0n) + a;
  if (sum) vector.set(at, sum);
  else vector.delete(at);
}

/** A multiple of a · row - b · other, where a is not 0. */
function combined(row, a, other, b, work) {
  const [left, right] = [longest(row.values()), longest(other.values())];
  work.spend(5 * (row.size + other.size) * (left * words(a) + right * words(b)));
  const found = new Map();
  for (const [at, it] of row) found.set(at, it * a);
  for (const [at, it] of other) add(found, at, -it * b);
  const length = longest(found.values());
  if (length > 1) work.spend((found.size + 40) * length ** 2); // the common divisors
  const values = primitive([...found.values()]);
  return new Map([...found.keys()].map((at, i) => [at, values[i]]));
}

/** Add a basis of what these rows span beside the pivots to them; returns all, [column, row]. */
export function echelon(rows, work, pivots = []) {
  for (let row of rows) {
    // each pivot has 0 at the columns of those before it
    for (const [column, pivot] of pivots) {
      work.spend(1);
      if (row.has(column)) row = combined(row, pivot.get(column), pivot, row.get(column), work);
    }
    const [column] = row.keys();
    if (column !== undefined) pivots.push([column, row]);
  }
  return pivots;
}

/** The rank of these rows. */
export function rankExact(rows, work) {
  return echelon(rows, work).length;
}

/** The value of a form at a vector, both of them as here. */
export function valueAt(form, vector, work) {
  const [small, large] = form.size < vector.size ? [form, vector] : [vector, form];
  work.spend(1 + small.size);
  let found = 0n;
  for (const [at, a] of small) {
    const b = large.get(at);
    if (b === undefined) continue;
    work.spend(words(a) * words(b));
    found += a * b;
  }
  return found;
}

/** A basis of those vectors of the basis's span at which the form is 0. */
export function restricted(basis, form, work) {
  const values = basis.map((it) => valueAt(form, it, work));
  const at = values.findIndex((it) => it !== 0n);
  if (at < 0) return basis;
  const kept = basis.map((it, k) =>
    values[k] === 0n || k === at ? it : combined(it, values[at], basis[at], values[k], work),
  );
  return kept.filter((_, k) => k !== at);
}
