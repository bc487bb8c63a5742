// Upper bounds: sums of terms, and parts with an exact rank.

import { TooCostly, need } from "./answers.mjs";
import { lcm } from "./exact.mjs";
import { Facts, others } from "./facts.mjs";
import { proved } from "./proofs.mjs";
import { fields, label, list, mapping, scaled, vector } from "./shape.mjs";
import { rankExact } from "./sparse.mjs";

const DENOMINATOR = 10n ** 3000n;
const UNFOLDING = 4e6; // entries
const EXACT = ["P8", "C4", "C7"];
const NAMES = ["keys", "queries", "values"];
const ROOT = 1_000_000n;

function vectors(base, given, where) {
  return fields(given, NAMES, where).map((one, of) =>
    scaled(vector(base, one, of, `${where}.${NAMES[of]}`)),
  );
}

/** Put `times` a term at each of its keys: the number the key has in the term, and the term. */
function added(found, [keys, queries, values], times, work) {
  work.spend(keys.entries.length * queries.entries.length * values.entries.length);
  const den = keys.den * queries.den * values.den;
  for (const [key, entry] of keys.entries) {
    if (!found.has(key)) found.set(key, []);
    found.get(key).push({ number: times * entry, den, queries, values });
  }
}

/** Two conjugate terms p + q s and p - q s, s the root of `root`: what is left without s. */
function paired(base, given, found, where, work) {
  const [root, ...halves] = fields(given, ["root", "plain", "rooted"], where);
  const isRoot = typeof root === "bigint" && root > 0n && root < ROOT;
  need(isRoot, `${where}.root is no whole number from 1 to ${ROOT - 1n}`);
  const [p, q] = halves.map((it, i) => vectors(base, it, `${where}.${["plain", "rooted"][i]}`));
  added(found, p, 2n, work);
  for (const mode of [0, 1, 2]) {
    added(found, q.map((it, of) => (of === mode ? p[of] : it)), 2n * root, work);
  }
}

/** The sum of the terms at one key, times a common denominator. */
function summed(facts, terms, where) {
  const common = terms.reduce((found, { den }) => lcm(found, den), 1n);
  if (common >= DENOMINATOR) throw new TooCostly(`${where}: a denominator of over 3000 digits`);
  const sums = new Map();
  for (const { number, den, queries, values } of terms) {
    const factor = number * (common / den);
    for (const [query, a] of queries.entries) {
      const weight = factor * a;
      for (const [value, b] of values.entries) {
        const cell = facts.pair(1, 2, query, value);
        sums.set(cell, (sums.get(cell) ?? 0n) + weight * b);
      }
    }
  }
  return { common, sums };
}

/** See that the sum of these terms is 1 at each of the facts, 0 elsewhere; returns their number. */
export function decomposed(base, facts, given, where, work, pairs = []) {
  const found = new Map();
  const terms = list(given, where);
  terms.forEach((it, i) => added(found, vectors(base, it, `${where}[${i}]`), 1n, work));
  pairs.forEach((it, i) => paired(base, it, found, `upper_proof.pairs[${i}]`, work));
  work.spend(facts.list.length);
  const ones = new Map();
  for (const [key, query, value] of facts.list) {
    if (!ones.has(key)) ones.set(key, new Set());
    ones.get(key).add(facts.pair(1, 2, query, value));
  }
  for (const key of new Set([...found.keys(), ...ones.keys()])) {
    const { common, sums } = summed(facts, found.get(key) ?? [], where);
    const wanted = ones.get(key) ?? new Set();
    for (const [cell, sum] of sums) {
      need(sum === (wanted.has(cell) ? common : 0n), `${where}: the sum is another at a key`);
    }
    for (const cell of wanted) need(sums.has(cell), `${where}: the sum is 0 at a fact`);
  }
  return BigInt(terms.length + 2 * pairs.length);
}

/** The value of `upper_proof`. */
export function parted(base, given, work) {
  const [parts, terms, both] = fields(given, ["parts", "terms"], "upper_proof", ["pairs"]);
  const pairs = both === undefined ? [] : list(both, "upper_proof.pairs");
  const taken = new Set();
  let value = 0n;
  list(parts, "upper_proof.parts").forEach((it, i) => {
    value += part(base, it, taken, `upper_proof.parts[${i}]`, work);
  });
  const rest = base.all.filter((fact) => !taken.has(fact));
  return value + decomposed(base, rest, terms, "upper_proof.terms", work, pairs);
}

function part(base, given, taken, where, work) {
  const [proof, ...objects] = fields(given, ["proof", ...NAMES], where);
  const of = objects.map((it, mode) =>
    mapping(base, it, mode, `${where}.${NAMES[mode]}`, (name) =>
      label(base, name, mode, `${where}.${NAMES[mode]}`),
    ),
  );
  work.spend(base.all.list.length);
  const mine = base.all.within(of);
  for (const fact of mine.list) {
    need(!taken.has(fact), `${where}: a fact in two parts`);
    taken.add(fact);
  }
  const facts = represented(mine, of, where);
  const fine = proof instanceof Map && EXACT.includes(proof.get("theorem"));
  need(fine, `${where}.proof is not by P8, C4 or C7`);
  const result = proved(base, facts, proof, `${where}.proof`, work);
  const exact = result.theorem === "P8" ? whole(facts, result, where, work) : result.exact;
  need(exact, `${where}.proof is not exact`);
  return result.value;
}

/** The facts of the representatives; all labels of one have the same facts in the part. */
function represented(mine, of, where) {
  const places = new Map();
  for (const fact of mine.list) {
    const image = fact.map((name, mode) => of[mode].get(name));
    places.set(mine.place(image), image);
  }
  const sizes = of.map((it) => {
    const found = new Map();
    for (const name of it.values()) found.set(name, (found.get(name) ?? 0) + 1);
    return found;
  });
  let triples = 0;
  for (const image of places.values()) {
    triples += image.reduce((found, name, mode) => found * sizes[mode].get(name), 1);
  }
  // each fact of the part is such a triple, so equally many means: all of them are facts
  need(triples === mine.list.length, `${where}: labels of one representative have other facts`);
  return new Facts([...places.values()], mine.sizes);
}

/** Are the ranks of the unfoldings those of the pencil? Then it is all of these facts. */
function whole(facts, { mode, shape }, where, work) {
  const ranks = [mode, ...others(mode)].map((along) => {
    const [one, other] = others(along);
    const size = [0, 1, 2].reduce((found, it) => found * facts.labels(it).length, 1);
    if (size > UNFOLDING) throw new TooCostly(`${where}: an unfolding of ${size} entries`);
    const rows = new Map();
    for (const fact of facts.list) {
      if (!rows.has(fact[along])) rows.set(fact[along], new Map());
      rows.get(fact[along]).set(facts.pair(one, other, fact[one], fact[other]), 1n);
    }
    return rankExact(rows.values(), work);
  });
  return ranks.every((it, i) => it === shape[i]);
}
