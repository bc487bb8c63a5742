"""That what axe is asked of a page is enough: faults of each kind are seen by whom they meet."""

from __future__ import annotations

from collections.abc import Callable

import pytest

PROSE = "<p style='font-weight: 400'>{} stands in a sentence that is much longer than its link.</p>"
LINK = PROSE.format("A <a href='#x'>link</a>")
PLAIN = PROSE.format("A <a href='#x' style='color: #00005f; text-decoration: none'>link</a>")
# No one asks how these stand out: a link without words, and one that is no part of the line.
SPARED = PLAIN.replace(">link<", " aria-label='it'><img alt='' width='9' src='data:,'><")
SPARED += PLAIN.replace("text-decoration", "display: inline-block; text-decoration")
FAINT = "<p style='color: #bbb'>Hardly to be read</p>"
BODY = """<!doctype html><html lang="en"><head><title>A page</title><style>
  body { background: #fff; color: #111; } a { color: #0000bb; text-decoration: underline; }
</style></head><body><main id="x"><h1>A page</h1>%s</main></body></html>"""


@pytest.fixture
def told(tab, axe: Callable) -> Callable[[str, str], set[str]]:
    """A function that returns which rules a text on a page breaks for a reader."""
    page = tab()

    def told(text: str, reader: str) -> set[str]:
        page.set_content(BODY % text)
        return {line.partition(":")[0] for line in axe(page, reader)}

    return told


@pytest.mark.parametrize("reader", ["light", "dark", "phone"])
def test_a_page_without_a_fault_has_none(told, reader: str):
    assert told(LINK * 9, reader) == set()


@pytest.mark.parametrize("reader", ["light", "dark"])
@pytest.mark.parametrize(
    ("fault", "rule"),
    [
        (FAINT, "color-contrast"),
        (FAINT.replace("color", "opacity: .3; color"), "color-contrast"),
        (f"<div style='background: #222'>{LINK}</div>", "color-contrast"),
        (PLAIN, "link-in-text-block"),
        (f"<ul><li>{PLAIN[3:-4]}</li></ul>", "link-in-text-block"),
        (PLAIN.replace("<a ", "<span><a ").replace("</a>", "</a></span>"), "link-in-text-block"),
    ],
)
def test_one_faint_text_or_link_among_many_good_ones_is_seen(told, reader, fault, rule):
    assert rule in told(SPARED * 4 + LINK * 9 + fault + LINK * 9, reader)


@pytest.mark.parametrize("reader", ["light", "phone"])
@pytest.mark.parametrize(
    ("fault", "rule"),
    [
        ("<img src='data:,'>", "image-alt"),
        ("<h4>Too deep</h4>", "heading-order"),
        ("<input type='text'>", "label"),
        ("<div aria-hidden='true'><button>Pressed by nobody</button></div>", "aria-hidden-focus"),
    ],
)
def test_a_fault_of_the_tree_is_seen(told, reader, fault, rule):
    assert told(LINK + fault, reader) == {rule}
