// Lower bounds: each theorem's proof has its value, a lower bound on the rank of a set of facts.

import { need } from "./answers.mjs";
import { algebra, bijections, group } from "./algebras.mjs";
import { rankOneCases } from "./cases.mjs";
import { powerOfForm } from "./forms.mjs";
import { koszul } from "./koszul.mjs";
import { Left } from "./left.mjs";
import { goodMinor, minorOf } from "./minors.mjs";
import { pencil } from "./pencils.mjs";
import { fields, labels, list, mode } from "./shape.mjs";
import { turns } from "./turns.mjs";

const DEEPEST = 30;
const V = 2; // the mode of values

const THEOREMS = new Map([
  ["P1", [["mode", "pivots", "core"], minor]],
  ["P3", [["values", "keys", "queries", "inner"], zeroPattern, ["minor"]]],
  ["P4", [["blocks"], blocks]],
  ["P5", [["substitute", "unfolding", "pivots", "core"], substitution]],
  ["P6", [["substitute", "unfolding", "pivots", "core"], substitution]],
  ["P7", [["value", "mode", "map", "prime"], koszul]],
  ["P8", [["value", "mode", "slices", "rows", "columns", "wide", "tall", "companion"], pencil]],
  ["P9", [["inner", "mode", "form", "minors"], oneMore]],
  ["P10", [["steps", "unfolding", "pivots", "core"], turns]],
  ["P11", [["inner", "mode", "flattenings", "cases"], byCases]],
  ["C4", [["value", "keys", "queries", "values"], bijections]],
  ["C7", [["value", "keys", "queries", "values"], group]],
  ["C8", [["value", "mode", "keys", "queries", "values", "units"], algebra]],
]);

/**
 * What the proof says of these facts: {theorem, value}, and what its theorem adds for those
 * proofs that ask for it. `depth` counts the proofs it is in, itself counted.
 */
export function proved(base, facts, proof, where, work, depth = 1) {
  need(depth <= DEEPEST, `${where} is in more than ${DEEPEST - 1} proofs`);
  need(proof instanceof Map, `${where} is no object`);
  const theorem = proof.get("theorem");
  need(THEOREMS.has(theorem), `${where}.theorem is no name of a theorem`);
  const [names, prove, optional] = THEOREMS.get(theorem);
  const [, ...given] = fields(proof, ["theorem", ...names], where, optional);
  work.spend(facts.list.length);
  return { theorem, ...prove({ base, facts, where, work, depth, theorem }, ...given) };
}

function minor({ base, facts, where, work }, modeOf, pivots, core) {
  const along = mode(modeOf, `${where}.mode`);
  const rows = goodMinor(base, new Left(facts), pivots, core, along, where, work);
  return { value: BigInt(rows.length), along, rows, removed: [], removedMode: undefined };
}

/** Has each of these values a key and a query where no other of them is? */
function apart(facts, values) {
  const at = new Map();
  for (const [key, query, value] of facts.list) {
    if (!values.has(value)) continue;
    const place = facts.pair(0, 1, key, query);
    at.set(place, at.has(place) ? undefined : value);
  }
  const alone = new Set(at.values());
  return [...values].every((it) => alone.has(it));
}

/** See that the slices of these labels are independent, by a minor or because they are apart. */
function independent({ base, facts, where, work }, names, of, given) {
  if (given === undefined || given === null) {
    need(of === V && apart(facts, new Set(names)), `${where}: the labels are not apart`);
    return;
  }
  minorOf(base, new Left(facts), names, given, of, `${where}.minor`, work);
}

function zeroPattern(at, values, keys, queries, inner, given) {
  const { base, facts, where, work, depth } = at;
  const names = labels(base, values, V, `${where}.values`);
  independent(at, names, V, given);
  const [keySet, querySet, valueSet] = [
    new Set(labels(base, keys, 0, `${where}.keys`)),
    new Set(labels(base, queries, 1, `${where}.queries`)),
    new Set(names),
  ];
  const left = facts.filter(([key, query]) => keySet.has(key) && querySet.has(query));
  const free = !left.list.some((fact) => valueSet.has(fact[V]));
  need(free, `${where}: a fact of the keys and queries has one of the values`);
  const rest = proved(base, left, inner, `${where}.inner`, work, depth + 1);
  return { value: BigInt(names.length) + rest.value };
}

function blocks({ base, facts, where, work, depth }, given) {
  const found = list(given, `${where}.blocks`);
  const blockOf = [new Map(), new Map(), new Map()];
  const read = found.map((it, i) => {
    const place = `${where}.blocks[${i}]`;
    const [proof, ...lists] = fields(it, ["proof", "keys", "queries", "values"], place);
    lists.forEach((names, of) => {
      for (const name of labels(base, names, of, place)) {
        need(!blockOf[of].has(name), `${place} has a label of another block`);
        blockOf[of].set(name, i);
      }
    });
    return { proof, place };
  });
  const inBlock = read.map(() => []);
  for (const fact of facts.list) {
    const [one, ...more] = fact.map((name, of) => blockOf[of].get(name));
    if (one === undefined || more.includes(undefined)) continue;
    need(more.every((it) => it === one), `${where}.blocks: a fact has its labels in two`);
    inBlock[one].push(fact);
  }
  const results = read.map(({ proof, place }, i) => {
    const inside = new Set(inBlock[i]);
    const within = facts.filter((fact) => inside.has(fact));
    return proved(base, within, proof, `${place}.proof`, work, depth + 1);
  });
  fit(results, where);
  return { value: results.reduce((sum, it) => sum + it.value, 0n) };
}

/** See that the bounds of these proofs add up. */
function fit(results, where) {
  const rest = results.filter((it) => it.theorem !== "P1");
  if (rest.length <= 1) return;
  const fine = rest.every((it) => it.theorem === "C7" || it.theorem === "C8");
  need(fine, `${where}.blocks: two are proved neither by P1 nor by C7 or C8`);
  const modes = new Set(rest.filter((it) => it.theorem === "C8").map((it) => it.mode));
  need(modes.size <= 1, `${where}.blocks: algebras with their products in two modes`);
}

function substitution(at, substitute, unfolding, pivots, core) {
  const { base, facts, where, work, theorem } = at;
  const place = `${where}.substitute`;
  const [modeOf, names, given] = fields(substitute, ["mode", "labels", "minor"], place);
  const of = mode(modeOf, `${place}.mode`);
  const along = mode(unfolding, `${where}.unfolding`);
  need(along !== of, `${where}.unfolding is the mode that is removed`);
  const special = theorem === "P5";
  need(!special || (of === V && along === 0), `${where}: P5 removes values, along keys`);
  const removed = labels(base, names, of, `${place}.labels`);
  independent({ ...at, where: place }, removed, of, given);
  const gone = new Set(removed);
  const left = new Left(facts).without(of, gone, work);
  const rows = goodMinor(base, left, pivots, core, along, where, work);
  const kept = new Set(rows);
  const touched = facts.list.some((fact) => kept.has(fact[0]) && gone.has(fact[V]));
  need(!special || !touched, `${where}: a row has a fact with a removed value`);
  return { value: BigInt(removed.length + rows.length), along, rows, removed, removedMode: of };
}

function oneMore({ base, facts, where, work, depth }, inner, modeOf, form, minors) {
  const within = proved(base, facts, inner, `${where}.inner`, work, depth + 1);
  need(["P1", "P5", "P6"].includes(within.theorem), `${where}.inner is not by P1, P5 or P6`);
  const of = mode(modeOf, `${where}.mode`);
  need(of !== within.along, `${where}.mode is that of the inner minor`);
  const same = within.removedMode === undefined || within.removedMode === of;
  need(same, `${where}.mode is not that of the removed slices`);
  powerOfForm({ base, facts, where, work }, within, of, form, minors);
  return { value: within.value + 1n };
}

function byCases(at, inner, modeOf, flattenings, cases) {
  const { base, facts, where, work, depth } = at;
  const within = proved(base, facts, inner, `${where}.inner`, work, depth + 1);
  const minor = within.theorem === "P1";
  need(minor || within.theorem === "P7", `${where}.inner is not by P1 or P7`);
  const along = mode(modeOf, `${where}.mode`);
  const fits = minor ? along === within.along : along !== within.mode;
  need(fits, `${where}.mode does not fit to that of its inner proof`);
  rankOneCases(at, within, along, flattenings, cases);
  return { value: within.value + 1n };
}
