// A second checker of rank certificates, written from the page book/certificate.md alone: it shares
// no code with the first, so that both would have to be wrong in the same way.
//
//   node check.mjs FACTS.json CERTIFICATE.json
//   node check.mjs --batch FILE    each line of FILE: {"facts": PATH, "certificate": TEXT}
//
// It prints a line for each certificate. For one, the exit status is 0 if it is accepted, 1 if it
// is refused, 3 if it is too costly, and 2 if there are no such facts.

import { readFileSync, statSync } from "node:fs";

import { Refused, TooCostly, Work, need } from "./answers.mjs";
import { Database } from "./facts.mjs";
import { decoded, parsed } from "./json.mjs";
import { proved } from "./proofs.mjs";
import { fields, whole } from "./shape.mjs";
import { decomposed, parted } from "./upper.mjs";

const LARGEST = 2 ** 28; // bytes; a text of Node has at most 2^29 units

const NAMES = ["format", "version", "database", "lower", "upper", "field"];
const FIELDS = [...NAMES, "lower_proof", "upper_terms"];

/** The bounds that a certificate proves of these facts. */
function checked(base, text) {
  const work = new Work();
  const given = fields(parsed(text), FIELDS, "certificate", ["upper_proof"]);
  const [format, version, database, lower, upper, field, proof, terms, upperProof] = given;
  need(format === "factrank-certificate", "format is another");
  need(version === 1n, "version is not 1");
  need(field === "R", "field is not R");
  need(database === base.digest, "database is not the digest of these facts");
  const { value } = proved(base, base.all, proof, "lower_proof", work);
  need(whole(lower, "lower") === value, `lower is not ${value}, the value of its proof`);
  const count = decomposed(base, base.all, terms, "upper_terms", work);
  let found = count;
  if (upperProof !== undefined) {
    found = parted(base, upperProof, work);
    need(found < count, "upper_proof is not below the number of terms");
  }
  need(whole(upper, "upper") === found, `upper is not ${found}, the value of its proof`);
  return { lower, upper };
}

/** The answer of one line, and its exit status. */
function answer(check) {
  try {
    const { lower, upper } = check();
    return [`accepted: ${lower} <= rank <= ${upper}`, 0];
  } catch (fault) {
    if (fault instanceof Refused) return [`refused: ${fault.message}`, 1];
    if (fault instanceof TooCostly) return [`too costly: ${fault.message}`, 3];
    throw fault;
  }
}

function read(path) {
  if (statSync(path).size > LARGEST) throw new TooCostly(`${path} has more than ${LARGEST} bytes`);
  return decoded(readFileSync(path));
}

/** All facts of a file; a fault in them is none of the certificate. */
function facts(path) {
  try {
    return new Database(parsed(read(path)));
  } catch (fault) {
    console.error(`${path}: ${fault.message}`);
    process.exit(2);
  }
}

function batch(path) {
  let [last, base] = [undefined, undefined];
  for (const line of readFileSync(path, "utf8").split("\n")) {
    if (!line) continue;
    const { facts: name, certificate } = JSON.parse(line);
    if (name !== last) [last, base] = [name, facts(name)];
    console.log(answer(() => checked(base, certificate))[0]);
  }
}

function main(given) {
  if (given.length !== 2) {
    console.error("usage: node check.mjs FACTS.json CERTIFICATE.json | --batch FILE");
    process.exit(2);
  }
  if (given[0] === "--batch") return batch(given[1]);
  const base = facts(given[0]);
  const [line, status] = answer(() => checked(base, read(given[1])));
  console.log(line);
  process.exitCode = status;
}

main(process.argv.slice(2));
