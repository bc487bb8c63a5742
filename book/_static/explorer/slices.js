// The slices of D, one grid a query, with the terms that are switched on; every cell is a button.
"use strict";
(() => {
  const { make, say } = Explorer;

  // Okabe and Ito's colours, told apart by colour-blind readers too.
  const COLOURS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#7f7f7f"];
  const colour = (n) => COLOURS[n % COLOURS.length];
  const named = (k, q, v) => `${k},${q},${v}`;

  // The sum of the terms that are on: cell "k,q,v" -> { sum, touched: [[number, sign], ...] }.
  function added(terms, on) {
    const cells = new Map();
    terms.forEach(({ over, at }, n) => {
      if (!on.has(n)) return;
      for (const [k, q, v, x] of at) {
        const name = named(k, q, v);
        if (!cells.has(name)) cells.set(name, { parts: [], touched: [] });
        const cell = cells.get(name);
        cell.parts.push([x, over]);
        cell.touched.push([n, Math.sign(x)]);
      }
    });
    for (const cell of cells.values()) {
      const common = cell.parts.reduce((all, [, over]) => all * over, 1);
      const whole = cell.parts.reduce((all, [x, over]) => all + x * (common / over), 0);
      cell.sum = whole / common;
    }
    return cells;
  }

  function differing(found, cells) {
    const facts = new Set(found.facts.map(String));
    const names = new Set([...facts, ...cells.keys()]);
    return [...names].filter((name) => (cells.get(name)?.sum ?? 0) !== (facts.has(name) ? 1 : 0));
  }

  // One stripe a term; what a term takes back is hatched.
  function stripes(touched) {
    const fill = ([n, sign]) => (sign > 0
      ? `linear-gradient(${colour(n)}, ${colour(n)})`
      : `repeating-linear-gradient(45deg, ${colour(n)} 0 3px, var(--pst-color-background) 3px 6px)`);
    const share = 100 / touched.length;
    const place = (i) => (touched.length === 1 ? 0 : (100 * i) / (touched.length - 1));
    return touched.map((it, i) => `${fill(it)} ${place(i)}% 0 / ${share}% 100% no-repeat`).join(", ");
  }

  // Arrow keys go from cell to cell of a grid; Tab goes on to the next grid.
  function walk(event) {
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    const cell = event.target.closest("td");
    if (!step || !cell) return;
    event.preventDefault();
    const row = event.currentTarget.tBodies[0].rows[cell.parentElement.rowIndex + step[0]];
    const next = row?.cells[cell.cellIndex + step[1]]?.querySelector("button");
    if (!next) return;
    reach(event.currentTarget, next);
    next.focus();
  }

  function reach(table, cell) {
    table.querySelector("button[tabindex='0']")?.setAttribute("tabindex", "-1");
    cell.setAttribute("tabindex", "0");
  }

  // The grids of some labels, and how to paint facts and terms into them.
  function grids({ keys, queries, values }, press) {
    const buttons = new Map();
    const tables = queries.map((query, q) => {
      const rows = keys.map((key, k) => make("tr", {}, make("th", { scope: "row", title: key }, make("span", {}, key)),
        ...values.map((value, v) => {
          const button = make("button", { type: "button", tabindex: k + v ? "-1" : "0" });
          button.addEventListener("click", () => { reach(button.closest("table"), button); press(k, q, v); });
          buttons.set(named(k, q, v), { button, label: say("{key}, {query}, {value}", { key, query, value }) });
          return make("td", {}, button);
        })));
      const foot = values.map((value) => make("th", { scope: "col", title: value }, make("span", {}, value)));
      const small = keys.length > 12 || values.length > 12;
      return make("table", { class: small ? "ex-grid ex-small" : "ex-grid", role: "grid", onkeydown: walk },
        make("caption", { title: query }, query), make("tbody", {}, ...rows),
        make("tfoot", {}, make("tr", {}, make("td"), ...foot)));
    });

    function paint(found, cells) {
      const facts = new Set(found.facts.map(String)), wrong = new Set(differing(found, cells));
      for (const [name, { button, label }] of buttons) {
        const fact = facts.has(name), cell = cells.get(name);
        const off = cells.size && wrong.has(name) && cell ? String(+cell.sum.toFixed(2)).replace("-", "−") : "";
        button.className = `${fact ? "ex-fact" : ""} ${fact && !cells.size ? "ex-full" : ""}`;
        button.style.background = cell ? stripes(cell.touched) : "";
        button.setAttribute("aria-pressed", fact);
        button.setAttribute("aria-label", off ? say("{label}: the sum here is {sum}", { label, sum: off }) : label);
        const told = fact ? say("{label}: a fact", { label }) : say("{label}: no fact", { label });
        button.title = told + (off ? say(", the sum here is {sum}", { sum: off }) : "");
        const short = off.replace(/0(?=\.)/, ""); // a cell is narrow
        if (button.textContent !== short) button.replaceChildren(...(short ? [make("span", {}, short)] : []));
      }
    }
    return { tables, paint };
  }

  Explorer.slices = { added, colour, differing, grids };
})();
