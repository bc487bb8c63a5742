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

/**
 * Read a minor and see that it is good for the facts in the unfolding along the mode; with
 * `removed` = {mode, labels} after those slices are removed. Returns its rows.
 */
export function goodMinor(base, facts, pivots, core, mode, where, work, removed = undefined) {
  const minor = read(base, pivots, core, mode, where);
  work.spend(facts.list.length + minor.rows.length);
  const cells = new Cells(facts, mode, minor, where, removed);
  for (let m = 0; m < minor.pivots; m++) {
    need(cells.isOne(m, m), `${where}.pivots[${m}] is not known to be a fact`);
    const clear = cells.lastInRow(m) <= m || cells.lastInColumn(m) <= m;
    need(clear, `${where}.pivots[${m}] has cells after it in its row and in its column`);
  }
  const field = modulo(minor.prime);
  const matrix = cells.core(minor.pivots, field, work);
  need(rankModulo(matrix, field, work) === matrix.length, `${where}.core has determinant 0`);
  return minor.rows;
}

/** The cells of a minor that are 1, and those that are unknown, from one walk over the facts. */
class Cells {
  constructor(facts, mode, minor, where, removed) {
    [this.minor, this.where, this.removed] = [minor, where, removed];
    const [one, other] = others(mode);
    const key = ([x, y]) => facts.pair(one, other, x, y);
    this.rowAt = places(minor.rows, `${where}: a row`);
    this.columnAt = places(minor.columns.map(key), `${where}: a column`);
    this.ones = minor.rows.map(() => new Set()); // of a row: the columns with 1
    this.unknown = minor.rows.map(() => new Set()); // of a row: labels of the third mode
    this.third = removed && 3 - mode - removed.mode;
    this.side = one === this.third ? 0 : 1; // where a column has its label of the third mode
    if (removed) {
      const gone = ([x, y]) => removed.labels.has(one === removed.mode ? x : y);
      need(!minor.columns.some(gone), `${where}: a column has a removed label`);
    }
    for (const fact of facts.list) this.enter(fact, mode, key([fact[one], fact[other]]));
    this.seen();
  }

  enter(fact, mode, column) {
    const row = this.rowAt.get(fact[mode]);
    if (row === undefined) return;
    if (this.removed?.labels.has(fact[this.removed.mode])) this.unknown[row].add(fact[this.third]);
    else if (this.columnAt.has(column)) this.ones[row].add(this.columnAt.get(column));
  }

  /** For each row and column, the last place of the other kind where it may be other than 0. */
  seen() {
    const { rows, columns } = this.minor;
    this.rowLast = rows.map(() => -1);
    this.columnLast = columns.map(() => -1);
    const lastColumn = new Map(columns.map((it, n) => [it[this.side], n]));
    const lastRow = new Map();
    rows.forEach((_, m) => {
      for (const n of this.ones[m]) {
        this.rowLast[m] = Math.max(this.rowLast[m], n);
        this.columnLast[n] = m;
      }
      for (const label of this.unknown[m]) {
        this.rowLast[m] = Math.max(this.rowLast[m], lastColumn.get(label) ?? -1);
        lastRow.set(label, m);
      }
    });
    columns.forEach((it, n) => {
      this.columnLast[n] = Math.max(this.columnLast[n], lastRow.get(it[this.side]) ?? -1);
    });
  }

  isUnknown(m, n) {
    return this.unknown[m].has(this.minor.columns[n][this.side]);
  }

  isOne(m, n) {
    return this.ones[m].has(n) && !this.isUnknown(m, n);
  }

  lastInRow(m) {
    return this.rowLast[m];
  }

  lastInColumn(n) {
    return this.columnLast[n];
  }

  /** The matrix of the core's rows and columns, which must all be known. */
  core(from, field, work) {
    const size = this.minor.rows.length - from;
    work.spend(size ** 2);
    return Array.from({ length: size }, (_, i) =>
      Array.from({ length: size }, (_, j) => {
        need(!this.isUnknown(from + i, from + j), `${this.where}.core has an unknown cell`);
        return this.ones[from + i].has(from + j) ? field.of(1n) : field.zero;
      }),
    );
  }
}
