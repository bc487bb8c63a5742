// JSON as the page asks for it. JSON.parse keeps the last of two equal names and forgets how a
// number was written, so this reader is its own: objects become Maps, numbers become BigInts.

import { Refused, need } from "./answers.mjs";

const DEEPEST = 120;
const DIGITS = 1000;
const NUMBER = /-?[0-9][0-9.eE+-]*/y;
const WHOLE = /^-?(0|[1-9][0-9]*)$/;
const ESCAPES = { '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };
const WORDS = new Map([["true", true], ["false", false], ["null", null]]);

/** The text of these bytes; a byte order mark stays in it, and is refused as no JSON. */
export function decoded(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Refused("the file is not UTF-8");
  }
}

/** The one value in this text. */
export function parsed(text) {
  const reader = new Reader(text);
  const value = reader.value(0);
  reader.skip();
  need(reader.at === text.length, "the file has more after its value");
  return value;
}

class Reader {
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  fail(what) {
    throw new Refused(`the file is no JSON at character ${this.at}: ${what}`);
  }

  skip() {
    for (; this.at < this.text.length; this.at++) {
      const unit = this.text.charCodeAt(this.at);
      if (unit !== 32 && unit !== 10 && unit !== 13 && unit !== 9) return;
    }
  }

  /** Take this sign if it is next, after white space. */
  took(sign) {
    this.skip();
    if (this.text[this.at] !== sign) return false;
    this.at++;
    return true;
  }

  expect(sign) {
    if (!this.took(sign)) this.fail(`no ${sign}`);
  }

  value(depth) {
    this.skip();
    const first = this.text[this.at];
    if (first === "{" || first === "[") {
      if (depth === DEEPEST) this.fail(`brackets more than ${DEEPEST} deep`);
      return first === "{" ? this.object(depth + 1) : this.list(depth + 1);
    }
    if (first === '"') return this.string();
    for (const [word, value] of WORDS) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    return this.number();
  }

  object(depth) {
    const found = new Map();
    this.expect("{");
    if (this.took("}")) return found;
    do {
      this.skip();
      if (this.text[this.at] !== '"') this.fail("no name");
      const name = this.string();
      if (found.has(name)) this.fail("a name twice in an object");
      this.expect(":");
      found.set(name, this.value(depth));
    } while (this.took(","));
    this.expect("}");
    return found;
  }

  list(depth) {
    const found = [];
    this.expect("[");
    if (this.took("]")) return found;
    do found.push(this.value(depth));
    while (this.took(","));
    this.expect("]");
    return found;
  }

  number() {
    NUMBER.lastIndex = this.at;
    const found = NUMBER.exec(this.text)?.[0];
    if (found === undefined) this.fail("no value");
    if (!WHOLE.test(found)) this.fail("a number that is not whole, or not written as one");
    if (found.length - (found[0] === "-") > DIGITS) this.fail(`more than ${DIGITS} digits`);
    this.at += found.length;
    return BigInt(found);
  }

  string() {
    let found = "";
    let start = ++this.at;
    for (;;) {
      const unit = this.text.charCodeAt(this.at);
      if (!(unit >= 32)) this.fail("a text that does not end, or a control character in it");
      if (unit === 34) return found + this.text.slice(start, this.at++);
      if (unit === 92) {
        found += this.text.slice(start, this.at) + this.escape();
        start = this.at;
      } else this.at++;
    }
  }

  escape() {
    const kind = this.text[this.at + 1];
    if (kind === "u") {
      const digits = this.text.slice(this.at + 2, this.at + 6);
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) this.fail("an escape without four digits");
      this.at += 6;
      return String.fromCharCode(parseInt(digits, 16));
    }
    if (!Object.hasOwn(ESCAPES, kind ?? "")) this.fail("an escape that is none");
    this.at += 2;
    return ESCAPES[kind];
  }
}
