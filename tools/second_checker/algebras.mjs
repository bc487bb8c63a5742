// C4, two bijections; C7, a group; C8, an algebra.

import { need } from "./answers.mjs";
import { abs, inverseUpToFactor, kernel, positiveSquares } from "./exact.mjs";
import { others } from "./facts.mjs";
import { labels, list, mode, whole, wholeVector } from "./shape.mjs";

const GROUP = 256; // elements
const ALGEBRA = 36; // dimensions
const WEIGHT = 999n;

function lists(base, keys, queries, values, where) {
  const names = ["keys", "queries", "values"];
  return [keys, queries, values].map((it, of) => labels(base, it, of, `${where}.${names[of]}`));
}

function told(value, found, where) {
  need(whole(value, `${where}.value`) === found, `${where}.value is not ${found}`);
}

/** The facts with their labels in the lists, each as the places of its labels in them. */
function placed({ facts, work }, names) {
  work.spend(facts.list.length);
  const at = names.map((it) => new Map(it.map((name, i) => [name, i])));
  const inside = facts.within(at).list;
  return {
    triples: inside.map((fact) => fact.map((name, of) => at[of].get(name))),
    complete: inside.length === facts.list.length,
  };
}

/** The value of each key and query, as a table of places; none has two. */
function table(triples, rows, columns, where) {
  const found = Array.from({ length: rows }, () => Array(columns).fill(undefined));
  for (const [key, query, value] of triples) {
    need(found[key][query] === undefined, `${where}: a key and query with two values`);
    found[key][query] = value;
  }
  return found;
}

/** Is this list of n places a list of 0, ..., n - 1, each once? */
function isOrder(list) {
  return !list.includes(undefined) && new Set(list).size === list.length;
}

export function bijections(at, value, ...given) {
  const { base, where, work } = at;
  const names = lists(base, ...given, where);
  const n = names[0].length;
  need(names[1].length === 2, `${where}.queries are not two`);
  need(names[2].length === n, `${where}: not as many values as keys`);
  const { triples, complete } = placed(at, names);
  const cells = table(triples, n, 2, where);
  const [f, g] = [0, 1].map((query) => cells.map((row) => row[query]));
  need(isOrder(f) && isOrder(g), `${where}.queries are no bijections`);
  work.spend(n * Math.sqrt(n) + n);
  const found = BigInt(n + mostDivisible(cycles(f, g)));
  told(value, found, where);
  return { value: found, exact: complete };
}

/** The lengths of the cycles of the keys that lead from one to the next by g, then back by f. */
function cycles(f, g) {
  const keyOf = new Map(f.map((value, key) => [value, key]));
  const seen = new Set();
  const found = [];
  f.forEach((_, start) => {
    let length = 0;
    for (let key = start; !seen.has(key); key = keyOf.get(g[key]), length++) seen.add(key);
    if (length) found.push(length);
  });
  return found;
}

/** The most lengths that one number from 3 on divides. */
function mostDivisible(lengths) {
  const counts = new Map();
  for (const it of lengths) counts.set(it, (counts.get(it) ?? 0) + 1);
  let most = 0;
  for (let d = 3; d <= Math.max(0, ...counts.keys()); d++) {
    let found = 0;
    for (const [length, times] of counts) if (length % d === 0) found += times;
    most = Math.max(most, found);
  }
  return most;
}

export function group(at, value, ...given) {
  const { base, where, work } = at;
  const names = lists(base, ...given, where);
  const n = names[0].length;
  need(n >= 1 && n <= GROUP, `${where}: not 1 to ${GROUP} elements`);
  need(names.every((it) => it.length === n), `${where}: lists of different lengths`);
  const { triples, complete } = placed(at, names);
  const product = table(triples, n, n, where);
  const all = product.map((_, i) => i);
  need(product.every(isOrder), `${where}: an element is not once in a row`);
  need(all.every((j) => isOrder(product.map((row) => row[j]))), `${where}: not once in a column`);
  const unit = all.every((i) => product[0][i] === i && product[i][0] === i);
  need(unit, `${where}: the first element is not the unit`);
  work.spend(n ** 3);
  const associative = all.every((i) =>
    all.every((j) => all.every((k) => product[product[i][j]][k] === product[i][product[j][k]])),
  );
  need(associative, `${where}: not associative`);
  const found = BigInt(2 * n - realClasses(product).size);
  told(value, found, where);
  const commutes = all.every((i) => all.every((j) => product[i][j] === product[j][i]));
  return { value: found, exact: complete && commutes };
}

/** The different sets of the conjugates of an element and of its inverse. */
function realClasses(product) {
  const all = product.map((_, i) => i);
  const inverse = all.map((i) => product[i].indexOf(0));
  const conjugates = (g) => all.map((x) => product[product[x][g]][inverse[x]]);
  const sets = all.map((g) => new Set([...conjugates(g), ...conjugates(inverse[g])]));
  return new Set(sets.map((it) => [...it].sort((a, b) => a - b).join()));
}

export function algebra(at, value, modeOf, keys, queries, values, units) {
  const { base, where, work } = at;
  const of = mode(modeOf, `${where}.mode`);
  const [a, b] = others(of);
  const names = lists(base, keys, queries, values, where);
  const n = names[0].length;
  need(n >= 1 && n <= ALGEBRA, `${where}: not 1 to ${ALGEBRA} dimensions`);
  need(names.every((it) => it.length === n), `${where}: lists of different lengths`);
  list(units, `${where}.units`, 2);
  const weights = [a, b].map((along, i) =>
    unit(base, units[i], along, names[along], `${where}.units[${i}]`),
  );
  const { triples } = placed(at, names);
  const left = slices(triples, a, b, of, n);
  const right = slices(triples, b, a, of, n);
  const [A, B] = [
    divided(left, weights[0], `${where}.units[0]`, work),
    divided(right, weights[1], `${where}.units[1]`, work),
  ];
  const product = productOf(n, A, B);
  work.spend(2 * n ** 5 * product.weight);
  const commute = product.first.every((x) =>
    product.second.every((y) => equal(multiply(x, y), multiply(y, x))),
  );
  need(commute, `${where}: the algebra is not associative with these units`);
  const found = BigInt(2 * n - simpleFactors(A, work));
  told(value, found, where);
  return { value: found, mode: of };
}

/** The weights of a unit, one for each label of the list. */
function unit(base, given, along, names, where) {
  const read = wholeVector(base, given, along, where);
  for (const [name, weight] of read) {
    need(names.includes(name), `${where} has a label that is not in the lists`);
    need(abs(weight) <= WEIGHT, `${where} has a weight above ${WEIGHT}`);
  }
  return names.map((name) => read.get(name) ?? 0n);
}

const zeros = (n) => Array.from({ length: n }, () => Array(n).fill(0n));

/** For each label of one mode, the matrix with 1 at (row, column) of its facts. */
function slices(triples, along, row, column, n) {
  const found = Array.from({ length: n }, () => zeros(n));
  for (const fact of triples) found[fact[along]][fact[row]][fact[column]] = 1n;
  return found;
}

/** One common multiple of all L⁻¹ T, where L is the weighted sum of the matrices T. */
function divided(matrices, weights, where, work) {
  const n = matrices.length;
  const sum = zeros(n);
  matrices.forEach((it, k) => {
    it.forEach((row, i) => row.forEach((a, j) => (sum[i][j] += weights[k] * a)));
  });
  const inverse = inverseUpToFactor(sum, work);
  need(inverse, `${where}: the sum of slices has no inverse`);
  work.spend(2 * n ** 4);
  return matrices.map((it) => multiply(inverse, it));
}

/** The same product for BigInts and for floats. */
function multiply(one, other) {
  const zero = typeof one[0][0] === "bigint" ? 0n : 0;
  return one.map((row) => {
    const found = Array(other[0].length).fill(zero);
    row.forEach((a, k) => {
      if (a === zero) return;
      const factors = other[k];
      for (let j = 0; j < found.length; j++) found[j] += a * factors[j];
    });
    return found;
  });
}

const equal = (one, other) => one.every((row, i) => row.every((a, j) => a === other[i][j]));

function largest(matrices) {
  let found = 0n;
  for (const a of matrices.flat(2)) if (abs(a) > found) found = abs(a);
  return found;
}

const floats = (matrices) => matrices.map((it) => it.map((row) => row.map(Number)));

/** Both as floats where all sums of products are exact in them, else as they are. */
function productOf(n, first, second) {
  const exact = BigInt(n) * largest(first) * largest(second) < 2n ** 53n;
  if (!exact) return { first, second, weight: 10 };
  return { first: floats(first), second: floats(second), weight: 1 };
}

const trace = (one, other) => {
  const zero = typeof one[0][0] === "bigint" ? 0n : 0;
  return one.reduce((sum, row, i) => row.reduce((part, a, j) => part + a * other[j][i], sum), zero);
};

/** The positive squares of the form trace(x y) on the space Z of the page. */
function simpleFactors(A, work) {
  const n = A.length;
  const exact = 2n * BigInt(n) ** 3n * largest(A) ** 3n < 2n ** 53n;
  const matrices = exact ? floats(A) : A;
  work.spend(2 * n ** 5 * (exact ? 1 : 10));
  const form = matrices.map((x) => matrices.map((y) => BigInt(trace(x, y))));
  const rows = [];
  matrices.forEach((x, i) => {
    matrices.slice(0, i).forEach((y) => {
      const [one, other] = [multiply(x, y), multiply(y, x)];
      const difference = one.map((row, r) => row.map((a, c) => a - other[r][c]));
      rows.push(matrices.map((it) => BigInt(trace(it, difference))));
    });
  });
  const basis = kernel(rows, n, work);
  return positiveSquares(multiply(multiply(basis, form), transposed(basis, n)));
}

const transposed = (rows, n) => Array.from({ length: n }, (_, j) => rows.map((row) => row[j]));
