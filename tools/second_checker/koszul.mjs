// P7: a Koszul flattening.

import { TooCostly, need } from "./answers.mjs";
import { modulo, rankModulo } from "./exact.mjs";
import { others } from "./facts.mjs";
import { list, mode, prime, whole, wholeVector } from "./shape.mjs";

const FLATTENING = 4e6; // entries

/** All sets of h of the numbers 0, ..., n - 1, each ascending. */
export function subsets(n, h) {
  if (h === 0) return [[]];
  return Array.from({ length: n }, (_, last) => last).flatMap((last) =>
    subsets(last, h - 1).map((it) => [...it, last]),
  );
}

/** For a set I and each number i < n outside it: i, the set with it, and the sign of that cell. */
export function outside(set, n) {
  return Array.from({ length: n }, (_, i) => i)
    .filter((i) => !set.includes(i))
    .map((i) => ({
      i,
      more: [...set, i].sort((a, b) => a - b).join(),
      odd: set.filter((j) => j < i).length % 2 === 1,
    }));
}

/** How often the rank of one term counts in the matrix of these many vectors. */
export function most(count) {
  return BigInt(subsets(count - 1, (count - 1) / 2).length);
}

/** An odd number of vectors of whole numbers. */
export function maps(base, given, of, where, least) {
  const count = list(given, where).length;
  const fine = count % 2 === 1 && count >= least && count <= 15;
  need(fine, `${where} has not ${least}, ${least + 2}, ... or 15 vectors`);
  return given.map((it, i) => wholeVector(base, it, of, `${where}[${i}]`));
}

/** The matrices sum over x of u(x) fact(x, y, z), one for each vector u of Maps from labels. */
export function contracted(facts, of, [b, c], vectors, zero, plus) {
  return vectors.map((weights) => {
    const rows = new Map();
    for (const fact of facts.list) {
      if (!weights.has(fact[of])) continue;
      if (!rows.has(fact[b])) rows.set(fact[b], new Map());
      const row = rows.get(fact[b]);
      row.set(fact[c], plus(row.get(fact[c]) ?? zero, weights.get(fact[of])));
    }
    return rows;
  });
}

/** The rank modulo p of the matrix with rows for labels of b and columns for labels of c. */
export function koszulRank({ facts, where, work }, of, [b, c], maps, p) {
  const field = modulo(p);
  const vectors = maps.map((it) => new Map([...it].map(([name, a]) => [name, field.of(a)])));
  work.spend(maps.length * facts.list.length);
  const one = field.of(1n);
  const slices = contracted(facts, of, [b, c], vectors, field.zero, (a, b) =>
    field.less(a, field.less(field.zero, one, one), b),
  );
  const matrix = flattening(facts, [b, c], slices, field, where, work);
  return BigInt(rankModulo(matrix, field, work));
}

export function koszul(at, value, modeOf, map, given) {
  const { base, where } = at;
  const of = mode(modeOf, `${where}.mode`);
  const vectors = maps(base, map, of, `${where}.map`, 1);
  const p = prime(given, `${where}.prime`);
  const rank = koszulRank(at, of, others(of), vectors, p);
  const one = most(vectors.length);
  const found = (rank + one - 1n) / one;
  need(whole(value, `${where}.value`) === found, `${where}.value is not ${found}`);
  return { value: found, mode: of, prime: p };
}

function flattening(facts, modes, slices, field, where, work) {
  const h = (slices.length - 1) / 2;
  const [ys, zs] = modes.map((it) => new Map(facts.labels(it).map((name, i) => [name, i])));
  const rows = subsets(slices.length, h);
  const columns = new Map(subsets(slices.length, h + 1).map((it, i) => [it.join(), i]));
  const width = columns.size * zs.size;
  const entries = rows.length * ys.size * width;
  if (entries > FLATTENING) throw new TooCostly(`${where}: a matrix of ${entries} entries`);
  work.spend(entries);
  const matrix = Array.from({ length: rows.length * ys.size }, () => Array(width).fill(field.zero));
  const one = field.of(1n);
  rows.forEach((set, r) => {
    for (const { i, more, odd } of outside(set, slices.length)) {
      const c = columns.get(more);
      for (const [y, row] of slices[i]) {
        for (const [z, a] of row) {
          const cell = odd ? field.less(field.zero, one, a) : a;
          matrix[r * ys.size + ys.get(y)][c * zs.size + zs.get(z)] = cell;
        }
      }
    }
  });
  return matrix;
}
