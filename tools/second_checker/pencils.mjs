// P8: a pencil of matrices.

import { TooCostly, need } from "./answers.mjs";
import { lcm } from "./exact.mjs";
import { others } from "./facts.mjs";
import { contracted } from "./koszul.mjs";
import { remainder, roots } from "./roots.mjs";
import { list, mode, number, scaled, vector, whole } from "./shape.mjs";

const PENCIL = 250_000;

export function pencil({ base, facts, where, work }, value, modeOf, slices, ...given) {
  const of = mode(modeOf, `${where}.mode`);
  const [b, c] = others(of);
  const vectors = (it, along, name, length) =>
    list(it, `${where}.${name}`, length).map((one) =>
      scaled(vector(base, one, along, `${where}.${name}`)),
    );
  const weights = vectors(slices, of, "slices", 2);
  const rows = vectors(given[0], b, "rows");
  const columns = vectors(given[1], c, "columns");
  const blocks = read(...given.slice(2), where);
  const [m, n] = [rows.length, columns.length];
  need(blocks.rows === BigInt(m), `${where}.rows are not as many as the blocks'`);
  need(blocks.columns === BigInt(n), `${where}.columns are not as many as the blocks'`);
  if (m * n > PENCIL) throw new TooCostly(`${where}: a pencil too large`);
  const matrices = diagonal(blocks);
  for (const t of [0, 1]) compare(facts, of, weights[t], rows, columns, matrices[t], where, work);
  const found = blocks.value + BigInt(extra(blocks.polynomials, where, work));
  need(whole(value, `${where}.value`) === found, `${where}.value is not ${found}`);
  const shape = [rank(matrices), m, n];
  return { value: found, mode: of, shape };
}

/** The blocks: their sizes, what they count, and the polynomials as fractions. */
function read(wide, tall, companion, where) {
  const sizes = (it, name) =>
    list(it, `${where}.${name}`).map((size) => {
      need(whole(size, `${where}.${name}`) >= 1n, `${where}.${name} has a number below 1`);
      return size;
    });
  const [e, h] = [sizes(wide, "wide"), sizes(tall, "tall")];
  const polynomials = list(companion, `${where}.companion`).map((it) => {
    need(list(it, `${where}.companion`).length >= 1, `${where}.companion has an empty list`);
    return it.map((a) => (a === 0n ? { n: 0n, d: 1n } : number(a, `${where}.companion`)));
  });
  const sum = (numbers, more = 0n) => numbers.reduce((total, it) => total + it + more, 0n);
  const n = sum(polynomials.map((it) => BigInt(it.length)));
  const [rows, columns] = [sum(e) + sum(h, 1n) + n, sum(e, 1n) + sum(h) + n];
  return { wide: e, tall: h, polynomials, rows, columns, value: sum(e, 1n) + sum(h, 1n) + n };
}

/** The two matrices of the blocks, as Maps from "row,column" to the entries that are not 0. */
function diagonal({ wide, tall, polynomials }) {
  const [first, second] = [new Map(), new Map()];
  const one = { n: 1n, d: 1n };
  let [top, left] = [0, 0];
  const put = (matrix, i, j, a) => a.n && matrix.set(`${top + i},${left + j}`, a);
  const next = (rows, columns) => [top, left] = [top + rows, left + columns];
  for (const e of wide.map(Number)) {
    for (let i = 0; i < e; i++) put(first, i, i, one), put(second, i, i + 1, one);
    next(e, e + 1);
  }
  for (const h of tall.map(Number)) {
    for (let i = 0; i < h; i++) put(first, i, i, one), put(second, i + 1, i, one);
    next(h + 1, h);
  }
  for (const f of polynomials) {
    const n = f.length;
    for (let i = 0; i < n; i++) put(first, i, i, one);
    for (let i = 0; i < n - 1; i++) put(second, i + 1, i, one);
    for (let i = 0; i < n; i++) put(second, i, n - 1, { n: -f[i].n, d: f[i].d });
    next(n, n);
  }
  return [first, second];
}

/** See that rows and columns make this matrix of one slice. */
function compare(facts, of, slice, rows, columns, matrix, where, work) {
  work.spend(facts.list.length);
  const [made] = contracted(facts, of, others(of), [new Map(slice.entries)], 0n, (a, b) => a + b);
  rows.forEach((row, m) => {
    const sums = new Map();
    for (const [y, a] of row.entries) {
      const cells = made.get(y) ?? new Map();
      work.spend(4 * (1 + cells.size));
      for (const [z, w] of cells) sums.set(z, (sums.get(z) ?? 0n) + a * w);
    }
    columns.forEach((column, n) => {
      work.spend(4 * (1 + column.entries.length));
      const sum = column.entries.reduce((total, [z, a]) => total + a * (sums.get(z) ?? 0n), 0n);
      const wanted = matrix.get(`${m},${n}`) ?? { n: 0n, d: 1n };
      const right = sum * wanted.d === wanted.n * slice.den * row.den * column.den;
      need(right, `${where}: the entry (${m}, ${n}) of a slice is another`);
    });
  });
}

/** The number of polynomials without as many real roots as their degree. */
function extra(polynomials, where, work) {
  const whole = polynomials.map((it) => {
    const common = it.reduce((found, { d }) => lcm(found, d), 1n);
    return [...it.map(({ n, d }) => n * (common / d)), common];
  });
  let found = 0;
  whole.forEach((f, i) => {
    work.spend(f.length ** 3);
    const divides = i === 0 || remainder(whole[i - 1], f, work).length === 0;
    need(divides, `${where}.companion[${i}] does not divide the one before it`);
    if (roots(f, work).real < f.length - 1) found++;
  });
  return found;
}

/** The rank of the matrix of two rows, all entries of the one and of the other. */
function rank([first, second]) {
  if (!first.size || !second.size) return Math.min(1, first.size + second.size);
  const [at, a] = first.entries().next().value;
  const b = second.get(at) ?? { n: 0n, d: 1n };
  // proportional: second = (b / a) first, entry by entry
  const same = (name) => {
    const [x, y] = [first, second].map((it) => it.get(name) ?? { n: 0n, d: 1n });
    return x.n * b.n * a.d * y.d === y.n * a.n * b.d * x.d;
  };
  return [...first.keys(), ...second.keys()].every(same) ? 1 : 2;
}
