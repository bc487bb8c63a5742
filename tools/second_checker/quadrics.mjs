// Polynomials of degree two on a space of matrices, in the coordinates of a basis of it.

import { scaled } from "./shape.mjs";
import { add, longest, valueAt } from "./sparse.mjs";

/** Several forms over one denominator: the scale, and Maps from variables to BigInts. */
export function together(forms) {
  const all = new Map();
  forms.forEach((form, i) => form.forEach((value, at) => all.set([i, at], value)));
  const { den, entries } = scaled(all);
  const vectors = forms.map(() => new Map());
  for (const [[i, at], value] of entries) vectors[i].set(at, value);
  return { scale: den, vectors };
}

/** A space of matrices by a basis; forms on it are lists of [number in the basis, BigInt]. */
export class Space {
  constructor(basis, work) {
    [this.dimension, this.basis, this.work] = [basis.length, basis, work];
    this.at = new Map(); // of a variable: the vectors of the basis that have it
    for (const [i, vector] of basis.entries()) {
      work.spend(vector.size);
      for (const [place, a] of vector) {
        if (!this.at.has(place)) this.at.set(place, []);
        this.at.get(place).push([i, a]);
      }
    }
  }

  variable(place) {
    return this.at.get(place) ?? [];
  }

  form(given) {
    const values = this.basis.map((it, i) => [i, valueAt(given, it, this.work)]);
    return values.filter(([, a]) => a !== 0n);
  }

  /** Factor times the sum of these products, each of two variables and a factor. */
  polynomial(products, factor) {
    const found = new Polynomial(this.dimension, this.work);
    for (const [p, q, a] of products) found.add(this.variable(p), this.variable(q), a * factor);
    return found;
  }
}

/** A polynomial of degree two in n coordinates. */
class Polynomial {
  constructor(n, work) {
    [this.n, this.work, this.entries] = [n, work, new Map()];
  }

  /** Add factor times the product of two forms. */
  add(one, other, factor) {
    const length = (form) => longest(form.map(([, a]) => a));
    this.work.spend(1 + one.length + other.length);
    const words = length(one) * length(other) + longest([factor]) * (length(one) + length(other));
    this.work.spend(5 * one.length * other.length * words);
    for (const [i, a] of one) {
      for (const [j, b] of other) {
        add(this.entries, Math.min(i, j) * this.n + Math.max(i, j), factor * a * b);
      }
    }
  }

  isZero() {
    return this.entries.size === 0;
  }
}
