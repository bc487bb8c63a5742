"""What axe-core finds on a page, without the faults that are the theme's own."""

from __future__ import annotations

from axe_playwright_python.base import AXE_SCRIPT

# (rule, selector of the element): why it stays.
ALLOWED = {
    ("region", ".sidebar-primary-item"): "the theme puts the logo outside every landmark",
    ("aria-required-children", ".citation-list"): "docutils marks up a bibliography so",
    ("aria-allowed-role", "div.citation"): "docutils marks up a bibliography so",
    ("aria-deprecated-role", "div.citation"): "docutils marks up a bibliography so",
}

# These rules are dear: they ask what lies behind each word. A page has thousands of words of few
# looks: of each look (colour, the ground behind it, opacity, size and weight) one text is marked,
# and a few links, whose look is their own and that of the text around them. Only these are asked.
SAMPLED = {"color-contrast": "[data-look]", "link-in-text-block": "[data-link]"}
# Without the preload, which would fetch style sheets again by addresses it gets wrong.
ALL = {"resultTypes": ["violations"], "preload": False}
COLOURS = ALL | {"runOnly": [*SAMPLED]}
OTHERS = ALL | {"rules": {rule: {"enabled": False} for rule in SAMPLED}}
# The phone shows the light page's colours, and the dark page the light one's tree.
RULES = {"light": ALL, "dark": COLOURS, "phone": OTHERS}

MARK = """() => {
  const clear = /rgba\\(.*, 0\\)|transparent/, behind = new Map(), seen = new Map();
  const ground = (it) => {
    if (!it) return "";
    if (!behind.has(it)) {
      const style = getComputedStyle(it), above = ground(it.parentElement);
      const own = style.backgroundImage !== "none" || !clear.test(style.backgroundColor);
      behind.set(it, (own ? style.backgroundColor + style.backgroundImage : above)
        + (style.opacity === "1" ? "" : ` faded ${style.opacity} on ${above}`));
    }
    return behind.get(it);
  };
  const look = (it, style) => [style.color, ground(it), style.fontSize, style.fontWeight];
  const shown = (it) =>
    it.getClientRects().length && it.checkVisibility({ visibilityProperty: true });
  const mark = (it, name, words, most) => {
    const key = name + words.join("; "), count = seen.get(key) ?? 0;
    if (count < most) it.setAttribute(name, seen.set(key, count + 1).size);
  };
  for (const name of ["data-look", "data-link"])
    for (const it of document.querySelectorAll(`[${name}]`)) it.removeAttribute(name);
  for (const it of document.body.querySelectorAll("*")) {
    if (![...it.childNodes].some((at) => at.nodeType === 3 && at.data.trim())) continue;
    if (shown(it)) mark(it, "data-look", look(it, getComputedStyle(it)), 1);
  }
  // What tells a link from the text around it besides its colour; and where it stands.
  const drawn = (it, pseudo) => {
    const style = getComputedStyle(it, pseudo);
    return ["font-family", "font-style", "text-decoration", "border-top", "border-bottom",
      "outline", "background-image", "content"].map((name) => style.getPropertyValue(name));
  };
  const around = (it) => {
    let at = it.parentElement;
    while (at && /^(inline|contents)/.test(getComputedStyle(at).display)) at = at.parentElement;
    return at ?? document.body;
  };
  const length = (it) => it.textContent.replace(/\\s+/g, " ").trim().length, prose = new Map();
  const links = (it) => [...it.querySelectorAll("a[href], [role=link]")];
  for (const it of links(document.body).filter(shown)) {
    const block = around(it);
    if (!prose.has(block)) {
      const linked = links(block).reduce((sum, at) => sum + length(at), 0);
      prose.set(block, length(block) > 2 * linked);
    }
    mark(it, "data-link", [!!it.innerText?.trim(), getComputedStyle(it).display, block.tagName,
      prose.get(block), !!block.querySelector("br, hr"),
      ...[...it.querySelectorAll("*")].map((at) => at.tagName),
      ...[it, block].flatMap((at) => [...look(at, getComputedStyle(at)), ...drawn(at)]),
      ...drawn(it, "::before"), ...drawn(it, "::after")], 5);
  }
}"""


def violations(page, reader: str) -> list[str]:
    """Return one line for each element that breaks a rule, unless the allow-list names both."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE_SCRIPT)
        rules = [{"id": rule, "selector": where} for rule, where in SAMPLED.items()]
        page.evaluate("rules => axe.configure({ rules })", rules)
    page.evaluate(MARK)
    found = page.evaluate("how => axe.run(how).then(({ violations }) => violations)", RULES[reader])
    lines = []
    for rule in found:
        for node in rule["nodes"]:
            target = " ".join(str(part) for part in node["target"])
            if not allowed(page, rule["id"], target):
                lines.append(f"{rule['id']}: {target}: {node['failureSummary']}")
    return lines


def allowed(page, rule: str, target: str) -> bool:
    """Return whether an entry of the allow-list has this rule and a selector the element meets."""
    selectors = [selector for name, selector in ALLOWED if name == rule]
    element = page.query_selector(target) if selectors else None
    return bool(element) and any(element.evaluate("(e, s) => e.matches(s)", s) for s in selectors)
