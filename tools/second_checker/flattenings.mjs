// P11: the equations that vectors in the kernels of Koszul flattenings give.

import { need } from "./answers.mjs";
import { contracted, koszulRank, maps, most, outside, subsets } from "./koszul.mjs";
import { fields, label, list, number, scaled, whole } from "./shape.mjs";
import { add, longest } from "./sparse.mjs";

/** The forms that are 0 at the matrices of the terms, as Maps from columns to BigInts. */
export function equations(at, within, along, given) {
  const { base, where } = at;
  const a = within.mode;
  const c = 3 - a - along;
  const found = list(given, `${where}.flattenings`).map((it, i) => {
    const place = `${where}.flattenings[${i}]`;
    const [map, kernel] = fields(it, ["map", "kernel"], place);
    const vectors = maps(base, map, a, `${place}.map`, 3);
    const rank = koszulRank({ ...at, where: place }, a, [along, c], vectors, within.prime);
    const least = within.value * most(vectors.length);
    need(rank >= least, `${place}: its rank is ${rank}, below ${least}`);
    const flattening = new Flattening(at, a, along, c, vectors);
    return list(kernel, `${place}.kernel`).map((w, k) =>
      flattening.equations(w, `${place}.kernel[${k}]`),
    );
  });
  return found.flat(2);
}

class Flattening {
  constructor({ base, facts, work }, a, along, c, vectors) {
    [this.base, this.facts, this.work, this.a, this.c] = [base, facts, work, a, c];
    this.vectors = vectors;
    const sets = subsets(vectors.length, (vectors.length - 1) / 2);
    this.cells = sets.map((set) => outside(set, vectors.length));
    work.spend(facts.list.length * vectors.length);
    this.labels = [0, 1, 2].map((of) => new Set(facts.labels(of)));
    this.slices = contracted(facts, a, [along, c], vectors, 0n, (one, other) => one + other);
    this.sizes = this.slices.map((it) => it.size);
    this.words = longest(vectors.flatMap((it) => [...it.values()]));
  }

  /** A vector on the columns: of each set, a list of its entries [z, BigInt]. */
  read(given, where) {
    const numbers = new Map();
    const seen = new Set();
    const n = BigInt(this.vectors.length);
    list(given, where).forEach((it, i) => {
      const place = `${where}[${i}]`;
      const [set, z, value] = list(it, place, 3);
      list(set, `${place}[0]`, (this.vectors.length + 1) / 2).forEach((j, k) => {
        const fine = whole(j, `${place}[0]`) >= 0n && j < n && (k === 0 || set[k - 1] < j);
        need(fine, `${place}[0] is no set of numbers below ${n}, ascending`);
      });
      const name = label(this.base, z, this.c, `${place}[1]`);
      need(this.labels[this.c].has(name), `${place}[1] is in no fact of the proof`);
      const column = `${set.join()} ${name}`;
      need(!seen.has(column), `${place} is named twice`);
      seen.add(column);
      numbers.set([set.join(), name], number(value, `${place}[2]`));
    });
    const found = new Map();
    for (const [[set, name], value] of scaled(numbers).entries) {
      if (!found.has(set)) found.set(set, []);
      found.get(set).push([name, value]);
    }
    return found;
  }

  /** See that the vector is in the kernel; its equations. */
  equations(given, where) {
    const w = this.read(given, where);
    const values = [...w.values()].flatMap((it) => it.map(([, value]) => value));
    const weight = 10 * this.words * longest(values);
    const found = [];
    this.work.spend(10 * this.cells.length * this.vectors.length);
    for (const cells of this.cells) {
      const [sums, form] = [new Map(), new Map()];
      for (const { i, more, odd } of cells) {
        const entries = (w.get(more) ?? []).map(([z, value]) => [z, odd ? -value : value]);
        this.work.spend(weight * entries.length * (this.sizes[i] + this.vectors[i].size));
        this.enter(entries, i, sums, form);
      }
      need(sums.size === 0, `${where} is not in the kernel`);
      if (form.size) found.push(form);
    }
    return found;
  }

  /** Add the products with one slice to the sums, and those with one vector to the form. */
  enter(entries, i, sums, form) {
    for (const [z, value] of entries) {
      for (const [y, row] of this.slices[i]) add(sums, y, (row.get(z) ?? 0n) * value);
      for (const [x, u] of this.vectors[i]) {
        // a label of the map that is in no fact of the proof has no variable
        if (this.labels[this.a].has(x)) add(form, this.variable(x, z), u * value);
      }
    }
  }

  variable(x, z) {
    const { a, c, facts } = this;
    return a < c ? facts.pair(a, c, x, z) : facts.pair(c, a, z, x);
  }
}
