// P11: matrices of rank one, by cases.

import { TooCostly, need } from "./answers.mjs";
import { equations } from "./flattenings.mjs";
import { others } from "./facts.mjs";
import { Space, together } from "./quadrics.mjs";
import { characteristic, roots } from "./roots.mjs";
import { fields, label, list, number, scaled } from "./shape.mjs";
import { add, echelon, longest, rankExact, restricted } from "./sparse.mjs";

const NODES = 1000;
const DEEPEST = 10;
const VARIABLES = 1e5;

/** The slices along a mode, as Maps from columns to 1. */
function slicesOf(facts, along, one, other, work) {
  const found = new Map();
  work.spend(facts.list.length);
  for (const fact of facts.list) {
    if (!found.has(fact[along])) found.set(fact[along], new Map());
    found.get(fact[along]).set(facts.pair(one, other, fact[one], fact[other]), 1n);
  }
  return [...found.values()];
}

/** A basis of the matrices at which all these forms are 0. */
function solutions({ facts, where, work }, one, other, forms) {
  const [rows, columns] = [facts.labels(one), facts.labels(other)];
  const count = rows.length * columns.length;
  if (count > VARIABLES) throw new TooCostly(`${where}: ${count} variables`);
  work.spend(10 * count);
  const places = rows.flatMap((x) => columns.map((y) => facts.pair(one, other, x, y)));
  const all = places.map((it) => new Map([[it, 1n]]));
  return forms.reduce((basis, form) => restricted(basis, form, work), all);
}

/** See that no r matrices of rank one span the slices, where r is the value of `within`. */
export function rankOneCases(at, within, along, flattenings, node) {
  const { facts, where, work } = at;
  const [one, other] = others(along);
  const slices = slicesOf(facts, along, one, other, work);
  let space;
  if (within.theorem === "P1") {
    list(flattenings, `${where}.flattenings`, 0);
    space = echelon(slices, work).map(([, row]) => row); // all forms that are 0 at the slices
  } else space = solutions(at, one, other, equations(at, within, along, flattenings));
  const cases = new Cases(at, one, other);
  cases.node(space, node, `${where}.cases`, 1);
  const [dimension, e] = [cases.union.length, cases.eigenvectors];
  const few = BigInt(dimension + e) < within.value;
  const ends = few || (e === 0 && echelon(slices, work, cases.union).length > dimension);
  need(ends, `${where}: the leaves span ${dimension} dimensions, beside ${e} eigenvectors`);
}

class Cases {
  constructor({ base, facts, work }, one, other) {
    [this.base, this.facts, this.work, this.one, this.other] = [base, facts, work, one, other];
    this.labels = [0, 1, 2].map((of) => new Set(facts.labels(of)));
    this.count = 0; // of nodes
    this.union = []; // of the spaces of the leaves
    this.eigenvectors = 0; // real ones, of all nodes that turn their space
  }

  node(space, given, where, depth) {
    need(depth <= DEEPEST, `${where} is in ${DEEPEST} nodes`);
    need(++this.count <= NODES, `${where}: more than ${NODES} nodes`);
    if (given === null) return echelon(space, this.work, this.union);
    const names = ["minors", "forms", "times", "cases"];
    const turned = given instanceof Map && (given.has("columns") || given.has("matrix"));
    if (turned) names.push("columns", "matrix");
    const [minors, forms, times, cases, ...turn] = fields(given, names, where);
    need(!turned || times === null, `${where}.times is not null`);
    const [pair, two] = [times === null, times === null && !turned];
    const read = list(forms, `${where}.forms`, pair ? 2 : undefined).map((it, i) =>
      this.form(it, `${where}.forms[${i}]`),
    );
    const weights = pair ? null : this.weights(times, read.length, `${where}.times`);
    const nodes = list(cases, `${where}.cases`, two ? 2 : 1);
    const { scale, vectors } = together(read);
    const within = new Space(space, this.work);
    if (turned) this.turn(within, minors, vectors, scale, ...turn, where);
    else this.divide(within, minors, vectors, scale, weights, where);
    const groups = two ? vectors.map((it) => [it]) : [vectors];
    groups.forEach((group, i) => {
      const smaller = group.reduce((basis, form) => restricted(basis, form, this.work), space);
      this.node(smaller, nodes[i], `${where}.cases[${i}]`, depth + 1);
    });
  }

  /** A label of the facts of the proof. */
  label(given, of, where) {
    const found = label(this.base, given, of, where);
    need(this.labels[of].has(found), `${where} is in no fact of the proof`);
    return found;
  }

  variable(x, y) {
    return this.facts.pair(this.one, this.other, x, y);
  }

  column(given, where) {
    const [x, y] = list(given, where, 2);
    return this.variable(this.label(x, this.one, where), this.label(y, this.other, where));
  }

  form(given, where) {
    const found = new Map();
    need(list(given, where).length > 0, `${where} is empty`);
    given.forEach((it, i) => {
      const [column, value] = list(it, `${where}[${i}]`, 2);
      const at = this.column(column, `${where}[${i}][0]`);
      need(!found.has(at), `${where} has a column twice`);
      found.set(at, number(value, `${where}[${i}][1]`));
    });
    return found;
  }

  weights(given, count, where) {
    const found = list(given, where, count).map((it) => number(it, where));
    need(found.every(({ n }) => n > 0n), `${where} has a number that is not above 0`);
    return scaled(new Map(found.map((it, i) => [i, it])));
  }

  /** The weighted minors: over one denominator, products of two variables and their factors. */
  minors(given, where) {
    const weights = new Map();
    const products = list(given, where).map((it, i) => {
      const place = `${where}[${i}]`;
      const [times, rows, columns] = fields(it, ["times", "rows", "columns"], place);
      weights.set(i, number(times, `${place}.times`));
      const two = (names, of, what) =>
        list(names, `${place}.${what}`, 2).map((name) => this.label(name, of, place));
      const [[x, u], [y, v]] = [two(rows, this.one, "rows"), two(columns, this.other, "columns")];
      const at = (row, column) => this.variable(row, column);
      return [[at(x, y), at(u, v), 1n], [at(x, v), at(u, y), -1n]];
    });
    const { den, entries } = scaled(weights);
    return {
      den,
      products: entries.flatMap(([i, a]) => products[i].map(([p, q, sign]) => [p, q, sign * a])),
    };
  }

  /** See that the minors are the product of two forms or, with weights, a sum of squares. */
  divide(space, minors, vectors, scale, weights, where) {
    const quadric = this.minors(minors, `${where}.minors`);
    const forms = vectors.map((it) => space.form(it));
    // both sides times the denominators: of the minors, of the weights, twice of the forms
    const sum = space.polynomial(quadric.products, (weights?.den ?? 1n) * scale * scale);
    if (weights) {
      for (const [i, a] of weights.entries) sum.add(forms[i], forms[i], -a * quadric.den);
    } else sum.add(forms[0], forms[1], -quadric.den);
    need(sum.isZero(), `${where}: the minors are another polynomial on its matrices`);
  }

  /** See that minors make each matrix an eigenvector, f x = g A x; count the real eigenvalues. */
  turn(space, minors, vectors, scale, columns, matrix, where) {
    const n = space.dimension;
    const x = list(columns, `${where}.columns`, n).map((it, k) =>
      space.variable(this.column(it, `${where}.columns[${k}]`)),
    );
    const rank = rankExact(x.map((it) => new Map(it)), this.work);
    need(rank === n, `${where}.columns are 0 at a matrix that is not 0`);
    const { den, rows } = square(matrix, n, `${where}.matrix`);
    const { real, twice } = roots(characteristic(rows, this.work), this.work);
    need(!twice, `${where}.matrix has an eigenvalue twice`);
    this.eigenvectors += real;
    const [f, g] = vectors.map((it) => space.form(it));
    list(minors, `${where}.minors`, n).forEach((it, k) => {
      const quadric = this.minors(it, `${where}.minors[${k}]`);
      // both sides times the denominators: of the minors, of the matrix, of the forms
      const sum = space.polynomial(quadric.products, den * scale);
      sum.add(f, x[k], -quadric.den * den);
      sum.add(g, this.image(rows[k], x), quadric.den);
      need(sum.isZero(), `${where}.minors[${k}] are another polynomial on its matrices`);
    });
  }

  /** The sum of these multiples of forms. */
  image(row, forms) {
    const found = new Map();
    for (const [l, a] of row.entries()) {
      this.work.spend((1 + forms[l].length) * longest([a]));
      if (a) for (const [i, b] of forms[l]) add(found, i, a * b);
    }
    return [...found];
  }
}

/** A matrix of n rows and columns over one denominator. */
function square(given, n, where) {
  const read = list(given, where, n).flatMap((row) =>
    list(row, where, n).map((it) => (it === 0n ? { n: 0n, d: 1n } : number(it, where))),
  );
  const { den, entries } = scaled(new Map(read.entries()));
  const values = entries.map(([, a]) => a);
  return { den, rows: Array.from({ length: n }, (_, i) => values.slice(n * i, n * (i + 1))) };
}
