// Polynomials with whole coefficients, as lists with the constant first and no 0 last: their roots.

import { abs, primitive } from "./exact.mjs";
import { longest } from "./sparse.mjs";

const sign = (a) => (a > 0n ? 1 : a < 0n ? -1 : 0);

/** A positive multiple of the remainder. */
export function remainder(one, other, work) {
  const lead = other.at(-1);
  let rest = [...one];
  while (rest.length >= other.length) {
    work.spend(5 * rest.length * (longest(rest) + longest(other)) ** 2); // with the common divisors
    const shift = rest.length - other.length;
    const top = rest.at(-1) * BigInt(sign(lead));
    rest = rest.map((a, i) => a * abs(lead) - top * (i >= shift ? other[i - shift] : 0n));
    while (rest.length && rest.at(-1) === 0n) rest.pop();
    rest = primitive(rest);
  }
  return rest;
}

/** Sturm's chain: the polynomial, its derivative, then the remainders with the other sign. */
function chain(polynomial, work) {
  const found = [polynomial, polynomial.map((a, i) => a * BigInt(i)).slice(1)];
  while (found.at(-1).length) {
    found.push(remainder(found.at(-2), found.at(-1), work).map((a) => -a));
  }
  found.pop();
  return found;
}

/** The different real roots, counted, and whether some complex root comes twice. */
export function roots(polynomial, work) {
  const all = chain(polynomial, work);
  const right = all.map((it) => sign(it.at(-1)));
  const left = all.map((it, i) => right[i] * (it.length % 2 ? 1 : -1));
  const changes = (signs) => signs.filter((it, i) => i > 0 && it !== signs[i - 1]).length;
  // the last of the chain is the common divisor of the polynomial and its derivative
  return { real: changes(left) - changes(right), twice: all.at(-1).length > 1 };
}

/** The characteristic polynomial of a matrix of BigInts: Faddeev and LeVerrier. */
export function characteristic(matrix, work) {
  const n = matrix.length;
  const length = longest(matrix.flat());
  work.spend(n ** 4 * length * (1 + n * length));
  const coefficients = [1n];
  let last = matrix.map((row) => row.map(() => 0n)); // A times the one before, plus c times 1
  for (let k = 1; k <= n; k++) {
    last = last.map((row, i) => row.map((a, j) => (i === j ? a + coefficients[0] : a)));
    last = product(matrix, last);
    const trace = last.reduce((sum, row, i) => sum + row[i], 0n);
    coefficients.unshift(-trace / BigInt(k)); // which is whole
  }
  return coefficients;
}

function product(one, other) {
  return one.map((row) =>
    other.map((_, j) => row.reduce((sum, a, k) => (a ? sum + a * other[k][j] : sum), 0n)),
  );
}
