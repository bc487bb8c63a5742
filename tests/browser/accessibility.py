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

# Without the preload, which would fetch style sheets again by addresses it gets wrong. Contrast is
# the dear rule: the phone shows the light page's colours, and the dark page the light one's tree.
EVERY = {"resultTypes": ["violations"], "preload": False}
RULES = {
    "light": EVERY,
    "dark": EVERY | {"runOnly": ["color-contrast"]},
    "phone": EVERY | {"rules": {"color-contrast": {"enabled": False}}},
}


def violations(page, reader: str) -> list[str]:
    """Return one line for each element that breaks a rule, unless the allow-list names both."""
    found = Axe().run(page, options=RULES[reader]).response["violations"]
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
