// A reader's own table: pasted, chosen or dropped. It is read in this page and sent nowhere.
"use strict";
(() => {
  const { get, heard, many, python, save, say, sentence } = Explorer;
  const MOST = 10; // MB
  let board = null, proof = "", name = "";

  async function paste() {
    get("astray").textContent = "";
    try {
      const found = await python.ask("explore", { text: get("csv").value }, { doing: say("Reading the table") });
      if (found.error) throw new Error(found.error);
      board(found);
      get("astray").textContent = found.told;
    } catch (error) {
      get("astray").textContent = error.message;
    }
  }

  async function read(file) {
    name = file.name;
    get("report").hidden = true;
    get("astray").textContent = "";
    get("own").scrollIntoView({ block: "nearest" });
    try {
      if (file.size > MOST * 1e6)
        throw new Error(say("{name}: found {size} MB, expected at most {most} in a browser; " +
          "in a terminal, factrank audit takes more.", { name, size: (file.size / 1e6).toFixed(1), most: MOST }));
      const data = await file.arrayBuffer();
      const found = await python.ask("explore", { file: name }, { data, doing: say("Auditing {name}", { name }) });
      if (found.error) throw new Error(found.error);
      report(found);
    } catch (error) {
      get("astray").textContent = error.message;
    }
  }

  function report(found) {
    proof = found.certificate;
    const good = found.checked.startsWith("verified");
    get("audited").textContent = say("{name}: {told}", { name, told: sentence(heard(found.sentence)) });
    get("checked").textContent = good
      ? say("The certificate was read back and checked in this page, by the checker of factrank verify: {checked}.",
        { checked: heard(found.checked) })
      : say("The checker does not accept the certificate, so none is offered: {checked}.", { checked: found.checked });
    get("certify").hidden = !good;
    get("lines").textContent = [found.told, ...found.lines].filter(Boolean).join("\n");
    get("drawn").textContent = found.terms
      ? say("Its facts now stand in the grids and the table above.")
      : many(found.size[0], "{n} fact is too many to draw.", "{n} facts are too many to draw.");
    get("report").hidden = false;
    if (found.terms) board(found);
  }

  // Dropped anywhere on the page: a file that misses the field must not replace the page.
  const holds = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  addEventListener("dragover", (event) => {
    if (!holds(event)) return;
    event.preventDefault();
    get("drop").classList.add("ex-over");
  });
  addEventListener("dragleave", (event) => { if (!event.relatedTarget) get("drop").classList.remove("ex-over"); });
  addEventListener("drop", (event) => {
    if (!holds(event)) return;
    event.preventDefault();
    get("drop").classList.remove("ex-over");
    if (event.dataTransfer.files.length) read(event.dataTransfer.files[0]);
  });
  get("file").addEventListener("change", () => {
    const [file] = get("file").files;
    get("file").value = ""; // the same file again is a change again
    if (file) read(file);
  });
  get("use").addEventListener("click", paste);
  get("certify").addEventListener("click", () =>
    save(`${name.replace(/\.[^.]*$/, "") || "facts"}.certificate.json`, proof, "application/json"));
  Explorer.own = { onread: (f) => { board = f; } };
})();
