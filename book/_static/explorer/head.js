// One attention head by hand: sliders in, head.py's arithmetic out.
"use strict";
(() => {
  const { get, make, python, say } = Explorer;
  let head = null, setting = "attention", corner = "", heads = {}, asked = 0, followed = 0;
  const number = (x, digits) => x.toFixed(digits).replace("-", "−");

  function slider(name, holder, place, [low, high, step]) {
    const shown = make("output", {}, number(holder[place], 2));
    const input = make("input", { type: "range", min: low, max: high, step, "aria-label": name });
    input.value = holder[place];
    input.addEventListener("input", () => {
      holder[place] = Number(input.value);
      shown.textContent = number(holder[place], 2);
      move();
    });
    return make("label", {}, make("span", { title: name }, name), input, shown);
  }

  function matrix(title, rows, columns, holder, range, letter) {
    const box = make("fieldset", {}, make("legend", {}, title));
    rows.forEach((row, i) => columns.forEach((column, j) =>
      box.append(slider(say("{letter}: {row}, {column}", { letter, row, column }), holder[i], j, range))));
    return box;
  }

  function sliders() {
    const { keys, queries, values } = head;
    get("sliders").replaceChildren(
      matrix(say("Attention on the key"), keys, queries, head.A, [0, 1, 0.01], "A"),
      matrix(say("Votes of the keys"), keys, values, head.X, [-2, 2, 0.01], "X"),
      matrix(say("Votes of the queries"), queries, values, head.Y, [-2, 2, 0.01], "Y"),
      make("fieldset", {}, make("legend", {}, say("Readout")),
        slider(say("temperature"), head, "temperature", [0.05, 2, 0.05])),
    );
  }

  async function move() {
    asked += 1;
    const turn = asked, { A, X, Y, temperature } = head;
    try {
      const found = await python.ask("head", { A, X, Y, temperature });
      if (turn !== asked) return;
      Object.assign(head, { L: found.L, softmax: found.softmax, argmax: found.argmax });
      show();
    } catch (error) {
      if (turn === asked) get("recall").textContent = error.message;
    }
  }

  function show() {
    const { keys, queries, values, wanted, L, softmax, argmax } = head;
    const lines = [], said = [];
    let facts = 0, right = 0;
    keys.forEach((key, k) => queries.forEach((query, q) => {
      const best = argmax[k][q], asks = wanted[k][q];
      if (asks.length) { facts += 1; right += asks.includes(best); }
      said.push(say("{key}, {query}: {value}", { key, query, value: best === null ? say("a tie") : values[best] }));
      values.forEach((value, v) => {
        const share = softmax[k][q][v];
        const bar = make("span", { class: "ex-bar", style: `width:calc(${share.toFixed(4)} * var(--ex-bar))` });
        const first = v === 0 ? [make("th", { scope: "rowgroup", rowspan: values.length }, say("{key}, {query}", { key, query }))] : [];
        lines.push(make("tr", { class: v === best ? "ex-best" : "" }, ...first,
          make("td", {}, asks.includes(v) ? say("{value} (a fact)", { value }) : value),
          make("td", {}, number(L[k][q][v], 3)),
          make("td", {}, bar, ` ${share.toFixed(2)}${v === best ? " ✓" : ""}`)));
      });
    }));
    get("layer").replaceChildren(...lines);
    get("recall").textContent = say("Argmax answers {said}. ", { said: said.join(say("; ")) }) + (facts
      ? say("That is right for {right} of {facts} cells that hold a fact.", { right, facts })
      : say("None of these four cells holds a fact."));
  }

  function use(name) {
    setting = name;
    head = structuredClone(heads[name]);
    asked += 1; // an answer on the way is about other sliders
    sliders();
    show();
  }

  // The same facts as in the grids; sliders stay where their corner of the facts has not changed.
  async function follow(found, given) {
    followed += 1;
    const turn = followed;
    const facts = [found.keys, found.queries, found.values, found.facts];
    const open = (name) => python.ask("head", { open: name, facts });
    const [attention, votes] = given ? [given.attention, given.votes]
      : await Promise.all([open("attention"), open("votes")]).catch(() => [null, null]);
    if (!attention || turn !== followed) return; // stopped, or asked about newer facts
    const now = JSON.stringify([attention, votes]);
    if (now === corner) return;
    corner = now;
    heads = { attention, votes };
    use(setting);
  }

  for (const button of document.querySelectorAll("[data-head]"))
    button.addEventListener("click", () => use(button.dataset.head));
  Explorer.head = { follow };
})();
