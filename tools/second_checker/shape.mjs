// The words of the page for what fields hold: each function reads one, or refuses.

import { TooCostly, need } from "./answers.mjs";
import { MODES } from "./facts.mjs";
import { gcd, isPrime, lcm } from "./exact.mjs";

const FRACTION = /^(-?[1-9][0-9]*)\/([1-9][0-9]*)$/;
const DIGITS = 1000;
const DENOMINATOR = 10n ** 3000n;

/** The values of an object with exactly these names, in this order; some may be absent. */
export function fields(value, names, where, optional = []) {
  need(value instanceof Map, `${where} is no object`);
  for (const name of value.keys()) {
    need(names.includes(name) || optional.includes(name), `${where} has a field not listed`);
  }
  for (const name of names) need(value.has(name), `${where} has no field ${name}`);
  return [...names, ...optional].map((name) => value.get(name));
}

export function list(value, where, length = undefined) {
  need(Array.isArray(value), `${where} is no list`);
  need(length === undefined || value.length === length, `${where} has not ${length} entries`);
  return value;
}

export function whole(value, where) {
  need(typeof value === "bigint", `${where} is no whole number`);
  return value;
}

/** A number that is not 0, as a fraction {n, d}. */
export function number(value, where) {
  if (typeof value === "string") {
    const parts = FRACTION.exec(value);
    need(parts, `${where} is no fraction p/q`);
    const long = parts.slice(1).some((it) => it.replace("-", "").length > DIGITS);
    need(!long, `${where} has more than ${DIGITS} digits`);
    const [n, d] = parts.slice(1).map(BigInt);
    need(d >= 2n && gcd(n, d) === 1n, `${where} is not in lowest terms`);
    return { n, d };
  }
  need(whole(value, where) !== 0n, `${where} is 0`);
  return { n: value, d: 1n };
}

export function mode(value, where) {
  need(MODES.includes(value), `${where} is no mode`);
  return MODES.indexOf(value);
}

export function prime(value, where) {
  need(whole(value, where) < 2n ** 63n && isPrime(value), `${where} is no prime below 2^63`);
  return value;
}

/** The number of a label of this mode, of all facts of the database. */
export function label(base, value, of, where) {
  need(typeof value === "string", `${where} is no text`);
  const found = base.numbers[of].get(value);
  need(found !== undefined, `${where} is no label of mode ${MODES[of]}`);
  return found;
}

/** A list of labels, each once unless `twice`. */
export function labels(base, value, of, where, twice = false) {
  const found = list(value, where).map((it) => label(base, it, of, where));
  need(twice || new Set(found).size === found.length, `${where} has a label twice`);
  return found;
}

/** An object from labels to what `read` makes of its values, as a Map; never empty. */
export function mapping(base, value, of, where, read) {
  need(value instanceof Map && value.size > 0, `${where} is no object with an entry`);
  return new Map([...value].map(([name, it]) => [label(base, name, of, where), read(it)]));
}

export function vector(base, value, of, where) {
  return mapping(base, value, of, where, (it) => number(it, where));
}

/** A vector of whole numbers, as a Map of BigInts. */
export function wholeVector(base, value, of, where) {
  return mapping(base, value, of, where, (it) => {
    const { n, d } = number(it, where);
    need(d === 1n, `${where} has a fraction`);
    return n;
  });
}

/** The fractions over one denominator: {den, entries of [name, BigInt]}. */
export function scaled(fractions) {
  let den = 1n;
  for (const { d } of fractions.values()) {
    den = lcm(den, d);
    if (den >= DENOMINATOR) throw new TooCostly("a common denominator has over 3000 digits");
  }
  return { den, entries: [...fractions].map(([name, { n, d }]) => [name, n * (den / d)]) };
}
