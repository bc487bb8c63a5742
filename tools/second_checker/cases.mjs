// P11: matrices of rank one, by cases.

import { TooCostly, need } from "./answers.mjs";
import { equations } from "./flattenings.mjs";
import { others } from "./facts.mjs";
import { fields, label, list, number, scaled } from "./shape.mjs";
import { add, echelon, longest, restricted, valueAt } from "./sparse.mjs";

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
  const dimension = cases.union.length;
  const few = BigInt(dimension) < within.value;
  const ends = few || echelon(slices, work, cases.union).length > dimension;
  need(ends, `${where}: the leaves span ${dimension} dimensions, with all slices in them`);
}

class Cases {
  constructor({ base, facts, work }, one, other) {
    [this.base, this.facts, this.work, this.one, this.other] = [base, facts, work, one, other];
    this.labels = [0, 1, 2].map((of) => new Set(facts.labels(of)));
    this.count = 0; // of nodes
    this.union = []; // of the spaces of the leaves
  }

  node(space, given, where, depth) {
    need(depth <= DEEPEST, `${where} is in ${DEEPEST} nodes`);
    need(++this.count <= NODES, `${where}: more than ${NODES} nodes`);
    if (given === null) return echelon(space, this.work, this.union);
    const names = ["minors", "forms", "times", "cases"];
    const [minors, forms, times, cases] = fields(given, names, where);
    const product = times === null;
    const read = list(forms, `${where}.forms`, product ? 2 : undefined).map((it, i) =>
      this.form(it, `${where}.forms[${i}]`),
    );
    const weights = product ? null : this.weights(times, read.length, `${where}.times`);
    const nodes = list(cases, `${where}.cases`, product ? 2 : 1);
    const { scale, vectors } = together(read);
    const quadrics = this.minors(minors, `${where}.minors`);
    const same = this.agree(space, quadrics, vectors, scale, weights);
    need(same, `${where}: the minors are another polynomial on its matrices`);
    const groups = product ? vectors.map((it) => [it]) : [vectors];
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

  form(given, where) {
    const found = new Map();
    need(list(given, where).length > 0, `${where} is empty`);
    given.forEach((it, i) => {
      const [column, value] = list(it, `${where}[${i}]`, 2);
      const [x, y] = list(column, `${where}[${i}][0]`, 2);
      const at = this.variable(this.label(x, this.one, where), this.label(y, this.other, where));
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
      const two = (names, of, what) => {
        const found = list(names, `${place}.${what}`, 2).map((name) => this.label(name, of, place));
        need(found[0] !== found[1], `${place}.${what} has a label twice`);
        return found;
      };
      const [[x, u], [y, v]] = [two(rows, this.one, "rows"), two(columns, this.other, "columns")];
      const at = (row, column) => this.variable(row, column);
      return [[at(x, y), at(u, v), 1n], [at(x, v), at(u, y), -1n]];
    });
    const { den, entries } = scaled(weights);
    return {
      den,
      terms: entries.flatMap(([i, a]) => products[i].map(([p, q, sign]) => [p, q, sign * a])),
    };
  }

  /** Are the minors what the forms say, as polynomials in the coordinates of this basis? */
  agree(basis, quadrics, forms, scale, weights) {
    const { work } = this;
    const values = forms.map((form) =>
      basis.map((it, i) => [i, valueAt(form, it, work)]).filter(([, a]) => a !== 0n),
    );
    const at = new Map(); // of a variable: the vectors of the basis that have it
    for (const [i, vector] of basis.entries()) {
      work.spend(vector.size);
      for (const [place, a] of vector) {
        if (!at.has(place)) at.set(place, []);
        at.get(place).push([i, a]);
      }
    }
    const sum = new Polynomial(basis.length, work);
    // both sides times the denominators: of the minors, of the weights, twice of the forms
    const factor = (weights?.den ?? 1n) * scale * scale;
    for (const [p, q, a] of quadrics.terms) sum.add(at.get(p) ?? [], at.get(q) ?? [], a * factor);
    if (weights) {
      for (const [i, a] of weights.entries) sum.add(values[i], values[i], -a * quadrics.den);
    } else sum.add(values[0], values[1], -quadrics.den);
    return sum.entries.size === 0;
  }
}

/** Several forms over one denominator: the scale, and Maps from variables to BigInts. */
function together(forms) {
  const all = new Map();
  forms.forEach((form, i) => form.forEach((value, at) => all.set([i, at], value)));
  const { den, entries } = scaled(all);
  const vectors = forms.map(() => new Map());
  for (const [[i, at], value] of entries) vectors[i].set(at, value);
  return { scale: den, vectors };
}

/** A polynomial of degree two in the coordinates of a basis of n vectors. */
class Polynomial {
  constructor(n, work) {
    [this.n, this.work, this.entries] = [n, work, new Map()];
  }

  /** Add factor times the product of two forms, each a list of [coordinate, BigInt]. */
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
}
