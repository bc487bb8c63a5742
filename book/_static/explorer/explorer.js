// The board: facts, their rank, and the terms they are a sum of.
"use strict";
(() => {
  const { address, get, given, head, heard, make, many, own, piece, python, save, say, sentence, slices, table } = Explorer;
  // `found` is the last answer, `shown` the same on the labels that the grids show.
  let found = null, shown = null, held = null, grid = null, on = new Set(), asked = 0;

  // ---- asking ----

  // The package counts the lines of the text it reads; the reader counts facts.
  const placed = (text) => text.replace(/^table:(\d+): /gm, (_, line) => (line > 1 ? say("fact {n}: ", { n: line - 1 }) : ""));

  function complain(text) {
    get("error").textContent = placed(text);
    if (text) get("answer").textContent = say("No answer for these facts.");
    table.mark(new Set([...text.matchAll(/^table:(\d+):/gm)].map((hit) => Number(hit[1]) - 1)));
    stale(text !== "");
  }

  const stale = (yes) => ["rank", "terms"].forEach((name) => get(name).classList.toggle("ex-stale", yes));

  async function look(more = {}, how = {}) {
    asked += 1;
    const turn = asked;
    get("astray").textContent = get("linked").textContent = "";
    const slow = setTimeout(() => {
      if (turn !== asked || more.effort) return; // a search leaves what is known
      get("answer").textContent = say("Computing…");
      stale(true);
    }, 300);
    try {
      const answer = await python.ask("explore", { text: table.csv(), ...more }, how);
      if (turn !== asked) return;
      complain(answer.error ?? "");
      if (!answer.error) take(answer);
    } catch (error) {
      if (turn !== asked) return;
      if (more.effort) get("error").textContent = error.message; // what was known still holds
      else complain(error.stopped
        ? say("Stopped before there was an answer: change a fact to ask again.") : error.message);
    } finally {
      clearTimeout(slow);
    }
  }

  // Show an answer; `rows` too where they do not come from the table itself.
  function take(answer, heads) {
    found = answer;
    on = new Set(found.terms.keys());
    lay();
    rank();
    pieces();
    head.follow(found, heads);
  }

  function fill(answer, heads) {
    asked += 1; // an answer on the way is about another table
    held = null;
    table.fill(answer.rows);
    complain("");
    get("astray").textContent = get("linked").textContent = "";
    take(answer, heads);
  }

  async function search() {
    const button = get("search");
    button.setAttribute("aria-disabled", "true");
    get("error").textContent = "";
    await look({ effort: "normal", seconds: 10 }, { doing: say("Searching for better bounds"), seconds: 10 });
    button.removeAttribute("aria-disabled");
  }

  // ---- the grids ----

  // A label keeps its row or column while cells are clicked, even when its last fact goes.
  function lay() {
    const names = ["keys", "queries", "values"], moves = [], labels = {};
    for (const name of names) {
      const all = [...new Set([...(held?.[name] ?? []), ...found[name]])];
      labels[name] = all;
      moves.push(found[name].map((label) => all.indexOf(label)));
    }
    const moved = ([k, q, v, ...rest]) => [moves[0][k], moves[1][q], moves[2][v], ...rest];
    const same = shown && names.every((name) => String(shown[name]) === String(labels[name]));
    shown = { ...labels, facts: found.facts.map(moved),
      terms: found.terms.map((it) => ({ ...it, at: it.at.map(moved) })) };
    if (same && grid) return;
    grid = slices.grids(labels, press);
    get("slices").replaceChildren(...grid.tables);
  }

  function press(k, q, v) {
    held = { keys: shown.keys, queries: shown.queries, values: shown.values };
    table.toggle([shown.keys[k], shown.queries[q], shown.values[v]]);
    const name = String([k, q, v]), without = shown.facts.filter((fact) => String(fact) !== name);
    shown.facts = without.length < shown.facts.length ? without : [...without, [k, q, v]];
    paint();
    look();
  }

  function paint() {
    const cells = slices.added(shown.terms, on), wrong = slices.differing(shown, cells).length;
    get("terms").querySelectorAll("input").forEach((box, n) => { box.checked = on.has(n); });
    grid.paint(shown, cells);
    const all = shown.terms.length, counted = many(all, "{n} piece", "{n} pieces");
    get("sum").textContent = on.size === 0
      ? many(all, "The facts alone: no piece is on, and there is {n} to switch on.",
        "The facts alone: no piece is on, and there are {n} to switch on.")
      : wrong
        ? many(wrong, "{on} of {pieces} on: {n} cell is not yet what the facts ask for.",
          "{on} of {pieces} on: {n} cells are not yet what the facts ask for.", { on: on.size, pieces: counted })
        : say("{on} of {pieces} on: their sum is the tensor of the facts, in every cell.", { on: on.size, pieces: counted });
  }

  // ---- the pieces ----

  function pieces() {
    const line = ({ text, words }, n) => {
      const box = make("input", { type: "checkbox", onchange: () => {
        if (box.checked) on.add(n); else on.delete(n);
        paint();
      } });
      const chip = make("span", { class: "ex-chip", style: `background:${slices.colour(n)}` });
      const formula = text.replaceAll(" x ", " × ").replaceAll(" - ", " − ");
      return make("li", {}, make("label", {}, box, chip, make("span", { class: "ex-words" }, piece(words)),
        make("span", { class: "ex-formula" }, formula)));
    };
    get("terms").replaceChildren(...found.terms.map(line));
    paint();
  }

  function next() {
    const free = found.terms.findIndex((_, n) => !on.has(n));
    if (free < 0) on.clear();
    else on.add(free);
    paint();
  }

  // ---- the rank ----

  function rank() {
    const { size, lower, upper, exact, by, notes, width, least } = found;
    get("answer").textContent = sentence(heard(found.sentence));
    get("size").textContent = say("{facts}: {keys} × {queries} × {values}.", {
      facts: many(size[0], "{n} fact", "{n} facts"), keys: many(size[1], "{n} key", "{n} keys"),
      queries: many(size[2], "{n} query", "{n} queries"), values: many(size[3], "{n} value", "{n} values"),
    });
    get("more").textContent = say("At least {lower} by {one}, at most {upper} by {two}.", { lower, upper, one: by[0], two: by[1] }) +
      notes.map((note) => say(" Note: {note}.", { note: heard(note) })).join("");
    get("width").textContent =
      many(found.terms.length,
        "Attention heads made from this term, without any training, store the facts exactly at a total width of {width}. ",
        "Attention heads made from these {n} terms, without any training, store the facts exactly at a total width of {width}. ",
        { width }) + (least < width
        ? say("Wider queries and keys can bring it down to {least}, no further without a residual path.", { least })
        : say("Without a residual path none can be narrower."));
    get("explained").textContent = found.explained;
    get("evidence").replaceChildren(...found.evidence.map(([name, value]) =>
      make("tr", {}, make("td", {}, name), make("td", {}, String(value)))));
    get("proved").textContent = say("The certificate of this interval, as the checker reads it: {checked}.", { checked: heard(found.checked) });
    get("save-proof").hidden = !found.checked.startsWith("verified");
    get("search").hidden = exact;
  }

  // ---- the page ----

  async function addressed() {
    try {
      const text = address.facts();
      if (text === null) return;
      const answer = await python.ask("explore", { text }, { doing: say("Reading the facts in this address") });
      if (answer.error) throw new Error(placed(answer.error.split("\n")[0]));
      fill(answer);
    } catch (error) {
      get("error").textContent = say("The facts in this address were not read: {why}", { why: error.message });
    }
  }

  table.onchange(() => { held = null; look(); });
  own.onread(fill);
  get("search").addEventListener("click", () => get("search").hasAttribute("aria-disabled") || search());
  get("next").addEventListener("click", next);
  get("all").addEventListener("click", () => { on = new Set(found.terms.keys()); paint(); });
  get("none").addEventListener("click", () => { on = new Set(); paint(); });
  get("formulas").addEventListener("click", () => {
    const now = get("terms").classList.toggle("ex-as-formulas");
    get("formulas").setAttribute("aria-pressed", now);
  });
  get("save-proof").addEventListener("click", () => save("facts.certificate.json", found.certificate, "application/json"));
  get("save-facts").addEventListener("click", () => save("facts.csv", table.csv(), "text/csv"));
  for (const button of document.querySelectorAll("[data-preset]")) {
    const { picture, heads } = given[button.dataset.preset];
    button.addEventListener("click", () => fill(picture, heads));
  }

  if (location.protocol === "file:") get("state").textContent = python.FILE;
  get("board").hidden = false;
  if (get("board").clientWidth < 800) get("fold").open = false;
  fill(given.example.picture, given.example.heads);
  addressed();
})();
