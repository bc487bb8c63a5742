// What substitutions leave of some facts: cells that are removed, unknown, or known to be 0 or 1.

import { MODES } from "./facts.mjs";

/** The cell, with 0 for its label in the modes of the mask: one bit for each. */
const masked = (cell, mask) => cell.map((label, of) => ((mask >> of) & 1 ? 0 : label));

/**
 * The unknown cells after some steps. A step along a mode makes a cell unknown whatever its label
 * of that mode is; so they are kept as cells where the labels of some modes, a mask, are free.
 */
export class Left {
  constructor(facts) {
    this.facts = facts; // of the beginning
    this.ones = facts.list; // those that are not removed; where a cell is unknown it is no 1
    this.unknown = new Map(); // of a mask: a Map from places to masked cells
    this.removed = MODES.map(() => new Set());
  }

  /** What is left when the slices of these labels of a mode are removed as well. */
  without(of, names, work) {
    const found = new Left(this.facts);
    found.removed = this.removed.map((it, i) => (i === of ? new Set([...it, ...names]) : it));
    found.ones = this.ones.filter((fact) => !names.has(fact[of]));
    for (const fact of this.ones) if (names.has(fact[of])) found.enter(1 << of, fact);
    work.spend(this.ones.length);
    for (const [mask, cells] of this.unknown) {
      work.spend(cells.size);
      const free = (mask >> of) & 1;
      for (const cell of cells.values()) {
        found.enter(!free && names.has(cell[of]) ? mask | (1 << of) : mask, cell);
      }
    }
    return found;
  }

  enter(mask, cell) {
    if (!this.unknown.has(mask)) this.unknown.set(mask, new Map());
    const free = masked(cell, mask);
    this.unknown.get(mask).set(this.facts.place(free), free);
  }

  isUnknown(cell) {
    for (const [mask, cells] of this.unknown) {
      if (cells.has(this.facts.place(masked(cell, mask)))) return true;
    }
    return false;
  }
}
