"""What axe-core finds on a page, without the faults that are the theme's own."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe

# (rule, selector of the element): why it stays.
ALLOWED = {
    ("region", ".sidebar-primary-item"): "the theme puts the logo outside every landmark",
    ("aria-required-children", ".citation-list"): "docutils marks up a bibliography so",
    ("aria-allowed-role", "div.citation"): "docutils marks up a bibliography so",
    ("aria-deprecated-role", "div.citation"): "docutils marks up a bibliography so",
}

# Without the preload, which would fetch style sheets again by addresses it gets wrong.
COMMON = {"resultTypes": ["violations"], "preload": False}
CONTRAST = COMMON | {"runOnly": ["color-contrast"]}
OTHERS = COMMON | {"rules": {"color-contrast": {"enabled": False}}}
# The phone shows the light page's colours, and the dark page the light one's tree.
RULES = {"light": (OTHERS, CONTRAST), "dark": (CONTRAST,), "phone": (OTHERS,)}

# Contrast is the dear rule, and a page has thousands of texts of few looks: one text of each look
# (its colour, the ground behind it, opacity, size and weight) is marked, and only these are asked.
MARK = """() => {
  const clear = /rgba\\(.*, 0\\)|transparent/, behind = new Map(), seen = new Set();
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
  for (const it of document.querySelectorAll("[data-look]")) it.removeAttribute("data-look");
  for (const it of document.body.querySelectorAll("*")) {
    if (![...it.childNodes].some((at) => at.nodeType === 3 && at.data.trim())) continue;
    if (!it.getClientRects().length || !it.checkVisibility({ visibilityProperty: true })) continue;
    const style = getComputedStyle(it);
    const look = [style.color, ground(it), style.fontSize, style.fontWeight].join("; ");
    if (!seen.has(look)) it.setAttribute("data-look", seen.add(look).size);
  }
}"""


def violations(page, reader: str) -> list[str]:
    """Return one line for each element that breaks a rule, unless the allow-list names both."""
    lines = []
    for options in RULES[reader]:
        if options is CONTRAST:
            page.evaluate(MARK)
        where = {"include": [["[data-look]"]]} if options is CONTRAST else None
        for rule in Axe().run(page, where, options).response["violations"]:
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
