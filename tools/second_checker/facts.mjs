// Facts: their digest, their labels as numbers, and what is asked of a set of them.

import { createHash } from "node:crypto";

import { TooCostly, need } from "./answers.mjs";

export const MODES = ["K", "Q", "V"];

/** Compare texts code point by code point; UTF-16 units would put U+1D538 before U+FB01. */
function compared(one, other) {
  const end = Math.min(one.length, other.length);
  let at = 0;
  while (at < end && one.charCodeAt(at) === other.charCodeAt(at)) at++;
  const order = (i) => (one.codePointAt(i) ?? -1) - (other.codePointAt(i) ?? -1);
  const before = at > 0 ? one.charCodeAt(at - 1) : 0;
  const half = before >= 0xd800 && before < 0xdc00; // perhaps in the middle of a pair
  return (half && order(at - 1)) || order(at);
}

const SHORT = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f" };

function escaped(unit) {
  if (unit === '"' || unit === "\\") return "\\" + unit;
  return SHORT[unit] ?? "\\u" + unit.charCodeAt(0).toString(16).padStart(4, "0");
}

/** A text as it stands in a line of the digest. */
function quoted(text) {
  return '"' + text.replace(/["\\]|[^ -~]/g, escaped) + '"';
}

/** The facts, sorted, each once. */
function sorted(triples) {
  const order = (one, other) => {
    for (let i = 0; i < 3; i++) {
      if (one[i] !== other[i]) return compared(one[i], other[i]);
    }
    return 0;
  };
  const all = [...triples].sort(order);
  return all.filter((fact, i) => i === 0 || order(all[i - 1], fact) !== 0);
}

function digest(facts) {
  const hash = createHash("sha256");
  for (const fact of facts) hash.update(`[${fact.map(quoted).join(", ")}]\n`, "latin1");
  return hash.digest("hex");
}

/** All facts, with the numbers of their labels in each mode. */
export class Database {
  constructor(triples) {
    const right = (fact) =>
      Array.isArray(fact) && fact.length === 3 && fact.every((it) => typeof it === "string" && it);
    need(Array.isArray(triples) && triples.every(right), "the facts are no list of triples");
    const facts = sorted(triples);
    this.digest = digest(facts);
    this.numbers = MODES.map(() => new Map());
    const number = (label, mode) => {
      const known = this.numbers[mode];
      if (!known.has(label)) known.set(label, known.size);
      return known.get(label);
    };
    const numbered = facts.map((fact) => fact.map(number));
    this.sizes = this.numbers.map((known) => known.size);
    if (this.sizes.reduce((one, other) => one * other, 1) > Number.MAX_SAFE_INTEGER) {
      throw new TooCostly("a place of the tensor has no safe number");
    }
    this.all = new Facts(numbered, this.sizes);
  }
}

/** A set of facts, each a triple of numbers of labels. */
export class Facts {
  constructor(list, sizes) {
    this.list = list;
    this.sizes = sizes;
  }

  place([key, query, value]) {
    return (key * this.sizes[1] + query) * this.sizes[2] + value;
  }

  has(fact) {
    this.places ??= new Set(this.list.map((it) => this.place(it)));
    return this.places.has(this.place(fact));
  }

  filter(holds) {
    return new Facts(this.list.filter(holds), this.sizes);
  }

  /** Those with each label in the set of its mode. */
  within(sets) {
    return this.filter((fact) => fact.every((label, mode) => sets[mode].has(label)));
  }

  /** The labels of a mode that have a fact. */
  labels(mode) {
    return [...new Set(this.list.map((fact) => fact[mode]))];
  }

  /** The number of a column, of two modes one and other. */
  pair(one, other, x, y) {
    return x * this.sizes[other] + y;
  }
}

/** The two modes other than this, in the order K, Q, V. */
export function others(mode) {
  return [0, 1, 2].filter((it) => it !== mode);
}
