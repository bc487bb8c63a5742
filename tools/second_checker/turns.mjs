// P10: several substitutions in turn.

import { need } from "./answers.mjs";
import { Left } from "./left.mjs";
import { goodMinor, minorOf } from "./minors.mjs";
import { fields, labels, list, mode } from "./shape.mjs";

export function turns({ base, facts, where, work }, steps, unfolding, pivots, core) {
  let left = new Left(facts);
  let removed = 0;
  need(list(steps, `${where}.steps`).length > 0, `${where}.steps is empty`);
  steps.forEach((it, i) => {
    const place = `${where}.steps[${i}]`;
    const [modeOf, given, minor] = fields(it, ["mode", "labels", "minor"], place);
    const of = mode(modeOf, `${place}.mode`);
    const names = labels(base, given, of, `${place}.labels`);
    need(names.length > 0, `${place}.labels is empty`);
    // so none of them was removed before: no row of a minor was
    minorOf(base, left, names, minor, of, `${place}.minor`, work);
    left = left.without(of, new Set(names), work);
    removed += names.length;
  });
  const along = mode(unfolding, `${where}.unfolding`);
  const rows = goodMinor(base, left, pivots, core, along, where, work);
  return { value: BigInt(removed + rows.length) };
}
