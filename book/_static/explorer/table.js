// The table of facts, one a row, and the table as text.
"use strict";
(() => {
  const { get, make, say } = Explorer;
  const quoted = (cell) => (/[",\n\r;\t]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
  const inputs = (row) => [...row.querySelectorAll("input")];
  const all = () => [...get("rows").rows];
  let changed = () => {}, pause;

  // A reader who types is not asked at every letter.
  function soon() {
    clearTimeout(pause);
    pause = setTimeout(changed, 200);
  }

  function number() {
    all().forEach((row, n) => {
      const told = { n: n + 1 };
      const names = [say("key of fact {n}", told), say("query of fact {n}", told), say("value of fact {n}", told)];
      inputs(row).forEach((it, i) => it.setAttribute("aria-label", names[i]));
      row.querySelector("button").setAttribute("aria-label", say("Delete fact {n}", told));
    });
  }

  function row(cells) {
    const line = make("tr", {}, ...cells.map((text) => {
      const input = make("input", { type: "text", spellcheck: "false", autocomplete: "off", oninput: soon });
      input.value = text;
      return make("td", {}, input);
    }));
    const remove = () => {
      const near = line.nextElementSibling ?? line.previousElementSibling;
      line.remove();
      number();
      (near?.querySelector("button") ?? get("add")).focus();
      clearTimeout(pause);
      changed();
    };
    line.append(make("td", {}, make("button", { type: "button", onclick: remove }, "×")));
    return line;
  }

  function fill(rows) {
    clearTimeout(pause);
    get("rows").replaceChildren(...rows.map(row));
    number();
  }

  // Take a fact out, every time it stands there, or put it at the end.
  function toggle(fact) {
    const same = all().filter((line) => inputs(line).every((it, i) => it.value === fact[i]));
    if (same.length) same.forEach((line) => line.remove());
    else get("rows").append(row(fact));
    number();
  }

  // Mark the rows at fault, numbered from 1.
  function mark(faults) {
    all().forEach((line, n) => inputs(line).forEach((it) =>
      faults.has(n + 1) ? it.setAttribute("aria-invalid", "true") : it.removeAttribute("aria-invalid")));
  }

  get("add").addEventListener("click", () => {
    get("rows").append(row(["", "", ""]));
    number();
    get("rows").lastElementChild.querySelector("input").focus();
  });

  const written = (rows) => rows.map((cells) => cells.map(quoted).join(","));
  const rows = () => all().map((line) => inputs(line).map((it) => it.value));
  Explorer.table = {
    HEADER: "key,query,value",
    fill, toggle, mark, written, rows,
    csv: () => ["key,query,value", ...written(rows()), ""].join("\n"),
    onchange: (f) => { changed = f; },
  };
})();
