// Minors of an unfolding, and what makes one good.

import { need } from "./answers.mjs";
import { modulo, rankModulo } from "./exact.mjs";
import { others } from "./facts.mjs";
import { fields, label, labels, list, prime } from "./shape.mjs";

function column(base, value, mode, where) {
  const [one, other] = others(mode);
  const [x, y] = list(value, where, 2);
  return [label(base, x, one, where), label(base, y, other, where)];
}

/** The minor of the fields `pivots` and `core`: its rows, its columns, how many are pivots. */
function read(base, pivots, core, mode, where) {
  const pairs = list(pivots, `${where}.pivots`).map((it, i) => {
    const [row, cells] = list(it, `${where}.pivots[${i}]`, 2);
    const place = `${where}.pivots[${i}]`;
    return [label(base, row, mode, place), column(base, cells, mode, place)];
  });
  const [p, rows, columns] = fields(core, ["prime", "rows", "columns"], `${where}.core`);
  const coreRows = labels(base, rows, mode, `${where}.core.rows`);
  const coreColumns = list(columns, `${where}.core.columns`, coreRows.length);
  return {
    prime: prime(p, `${where}.core.prime`),
    pivots: pairs.length,
    rows: [...pairs.map(([row]) => row), ...coreRows],
    columns: [
      ...pairs.map(([, it]) => it),
      ...coreColumns.map((it) => column(base, it, mode, `${where}.core.columns`)),
    ],
  };
}

/** The places of these in the minor; none may come twice. */
function places(names, what) {
  const found = new Map(names.map((it, i) => [it, i]));
  need(found.size === names.length, `${what} is named twice`);
  return found;
}

/** Read a minor and see that it is good in what is left, along the mode. Returns its rows. */
export function goodMinor(base, left, pivots, core, mode, where, work) {
  const minor = read(base, pivots, core, mode, where);
  work.spend(left.ones.length + minor.rows.length);
  const cells = new Cells(left, mode, minor, where, work);
  for (let m = 0; m < minor.pivots; m++) {
    need(cells.isOne(m, m), `${where}.pivots[${m}] is not known to be a fact`);
    const clear = cells.rowLast[m] <= m || cells.columnLast[m] <= m;
    need(clear, `${where}.pivots[${m}] has cells after it in its row and in its column`);
  }
  const field = modulo(minor.prime);
  const matrix = cells.core(minor.pivots, field, work);
  need(rankModulo(matrix, field, work) === matrix.length, `${where}.core has determinant 0`);
  return minor.rows;
}

/** The same, for a minor whose rows are exactly these labels. */
export function minorOf(base, left, names, given, mode, where, work) {
  const [pivots, core] = fields(given, ["pivots", "core"], where);
  const rows = goodMinor(base, left, pivots, core, mode, where, work);
  const all = rows.length === names.length && rows.every((it) => names.includes(it));
  need(all, `${where} has other rows than the labels`);
}

/** The cells of a minor that are 1, and those that are unknown, from one walk over what is left. */
class Cells {
  constructor(left, mode, minor, where, work) {
    [this.left, this.mode, this.minor, this.where] = [left, mode, minor, where];
    const [one, other] = (this.others = others(mode));
    const { facts, removed } = left;
    const key = ([x, y]) => facts.pair(one, other, x, y);
    this.rowAt = places(minor.rows, `${where}: a row`);
    this.columnAt = places(minor.columns.map(key), `${where}: a column`);
    need(!minor.rows.some((it) => removed[mode].has(it)), `${where}: a row is removed`);
    const gone = ([x, y]) => removed[one].has(x) || removed[other].has(y);
    need(!minor.columns.some(gone), `${where}: a column has a removed label`);
    this.ones = minor.rows.map(() => new Set()); // of a row: the columns with 1
    // for each row and column, the last place of the other kind where it may be other than 0
    this.rowLast = minor.rows.map(() => -1);
    this.columnLast = minor.columns.map(() => -1);
    for (const fact of left.ones) this.one(fact, key([fact[one], fact[other]]));
    for (const [mask, cells] of left.unknown) this.mayBeOther(mask, cells, work);
  }

  one(fact, column) {
    const [m, n] = [this.rowAt.get(fact[this.mode]), this.columnAt.get(column)];
    if (m === undefined || n === undefined) return;
    this.ones[m].add(n);
    this.rowLast[m] = Math.max(this.rowLast[m], n);
    this.columnLast[n] = Math.max(this.columnLast[n], m);
  }

  /** Enter the last places of the unknown cells of one mask. */
  mayBeOther(mask, cells, work) {
    work.spend(cells.size + this.minor.rows.length);
    const [one, other] = this.others;
    const key = (x, y) =>
      this.left.facts.pair(one, other, (mask >> one) & 1 ? 0 : x, (mask >> other) & 1 ? 0 : y);
    const anyRow = (mask >> this.mode) & 1;
    const lastColumn = new Map(this.minor.columns.map(([x, y], n) => [key(x, y), n]));
    const lastRow = new Map();
    let ofAll = -1;
    for (const cell of cells.values()) {
      const column = key(cell[one], cell[other]);
      const last = lastColumn.get(column);
      const row = anyRow ? this.minor.rows.length - 1 : this.rowAt.get(cell[this.mode]);
      if (last === undefined || row === undefined) continue;
      if (anyRow) ofAll = Math.max(ofAll, last);
      else this.rowLast[row] = Math.max(this.rowLast[row], last);
      lastRow.set(column, Math.max(lastRow.get(column) ?? -1, row));
    }
    this.rowLast = this.rowLast.map((it) => Math.max(it, ofAll));
    this.minor.columns.forEach(([x, y], n) => {
      this.columnLast[n] = Math.max(this.columnLast[n], lastRow.get(key(x, y)) ?? -1);
    });
  }

  isUnknown(m, n) {
    const cell = [0, 0, 0];
    cell[this.mode] = this.minor.rows[m];
    this.others.forEach((of, i) => (cell[of] = this.minor.columns[n][i]));
    return this.left.isUnknown(cell);
  }

  isOne(m, n) {
    return this.ones[m].has(n) && !this.isUnknown(m, n);
  }

  /** The matrix of the core's rows and columns, which must all be known. */
  core(from, field, work) {
    const size = this.minor.rows.length - from;
    work.spend(size ** 2 * (1 + this.left.unknown.size));
    return Array.from({ length: size }, (_, i) =>
      Array.from({ length: size }, (_, j) => {
        need(!this.isUnknown(from + i, from + j), `${this.where}.core has an unknown cell`);
        return this.ones[from + i].has(from + j) ? field.of(1n) : field.zero;
      }),
    );
  }
}
