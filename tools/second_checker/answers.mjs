// The two ways in which a check ends early, and the count of the work it does.

/** Some rule is broken. */
export class Refused extends Error {}

/** A limit of this checker is met. */
export class TooCostly extends Error {}

/** Refuse with this sentence unless the rule holds. */
export function need(holds, sentence) {
  if (!holds) throw new Refused(sentence);
}

/** Steps are counted before they are done, so that no file can keep the checker busy for hours. */
export class Work {
  constructor(limit = 4e8) {
    this.limit = limit;
    this.left = limit;
  }

  spend(steps) {
    this.left -= steps;
    if (!(this.left >= 0)) throw new TooCostly(`it takes more than ${this.limit} steps`);
  }
}
