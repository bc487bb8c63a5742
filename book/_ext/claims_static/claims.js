// The filter above the ledger's tables: by status, origin and chapter, kept in the page's address.
(() => {
  const data = document.getElementById("claims-choices");
  if (!data) return;
  const choices = JSON.parse(data.textContent);
  const kinds = Object.keys(choices);
  const labels = { status: "Status", from: "From", chapter: "Chapter" };
  const rows = [...document.querySelectorAll("table.claims-section > tbody > tr")];
  const sections = [...document.querySelectorAll("section:has(> .pst-scrollable-table-container > table.claims-section), section:has(> table.claims-section)")];
  const chosen = Object.fromEntries(kinds.map((kind) => [kind, ""]));

  const fits = (row, but) =>
    kinds.every((kind) => kind === but || !chosen[kind] || row.classList.contains(chosen[kind]));
  const word = (kind, name) => name.slice(kind.length + 2);

  const form = document.createElement("form");
  form.className = "claims-filter";
  form.setAttribute("role", "search");
  form.setAttribute("aria-label", "Filter the claims");
  const selects = {};
  for (const kind of kinds) {
    const label = document.createElement("label");
    label.append(labels[kind], " ");
    const select = document.createElement("select");
    select.name = kind;
    select.append(new Option("", ""));
    for (const [name] of choices[kind]) select.append(new Option("", name));
    select.addEventListener("change", () => {
      chosen[kind] = select.value;
      show();
      keep();
    });
    selects[kind] = select;
    label.append(select);
    form.append(label);
  }
  const clear = document.createElement("button");
  clear.type = "button";
  clear.textContent = "Show all";
  clear.addEventListener("click", () => {
    reset();
    keep();
  });
  const told = document.createElement("output");
  told.setAttribute("role", "status");
  form.append(clear, told);
  form.addEventListener("submit", (event) => event.preventDefault());

  // Each choice tells how many rows it would leave, the other two as they are.
  const show = () => {
    let left = 0;
    for (const row of rows) {
      row.hidden = !fits(row);
      left += !row.hidden;
    }
    for (const section of sections)
      section.hidden = ![...section.querySelectorAll("tbody > tr")].some((row) => !row.hidden);
    for (const kind of kinds) {
      const open = rows.filter((row) => fits(row, kind));
      const select = selects[kind];
      select.options[0].textContent = `all (${open.length})`;
      choices[kind].forEach(([name, title], at) => {
        const count = open.filter((row) => row.classList.contains(name)).length;
        select.options[at + 1].textContent = `${title} (${count})`;
      });
      select.value = chosen[kind];
    }
    told.textContent = `${left} of ${rows.length} claims`;
    clear.disabled = kinds.every((kind) => !chosen[kind]);
  };
  const reset = () => {
    for (const kind of kinds) chosen[kind] = "";
    show();
  };
  const keep = () => {
    const address = new URL(location.href);
    for (const kind of kinds)
      if (chosen[kind]) address.searchParams.set(kind, word(kind, chosen[kind]));
      else address.searchParams.delete(kind);
    history.replaceState(null, "", address);
  };
  const take = () => {
    const asked = new URLSearchParams(location.search);
    for (const kind of kinds) {
      const name = `${kind}--${asked.get(kind)}`;
      chosen[kind] = choices[kind].some(([known]) => known === name) ? name : "";
    }
    show();
  };
  // A link to one row wins over a filter that hides it.
  const reach = () => {
    const row = rows.find((it) => it.id && `#${it.id}` === location.hash);
    if (row?.hidden) {
      reset();
      keep();
      row.scrollIntoView();
    }
  };
  sections[0]?.before(form);
  take();
  reach();
  addEventListener("popstate", take);
  addEventListener("hashchange", reach);
})();
