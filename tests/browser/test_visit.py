"""That a page with a fault is told of it, by kind and by reader."""

from __future__ import annotations

import pytest

from tests.browser.visit import LOOK

#: A picture of two colours, on a page with a ground of its own.
PAGE = """<!doctype html><body style="margin: 0; background: {ground}"><div class="bd-content">
<img alt="A picture with words enough" src='data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg"
width="90" height="90"><rect width="30" height="30" fill="{ink}"/></svg>'></div></body>"""


@pytest.mark.parametrize(
    ("ink", "ground", "told"),
    [
        ("black", "white", []),
        ("black", "rgb(20, 24, 30)", ["ink to ground is 1.2, not 7"]),
        ("rgb(200, 200, 200)", "white", ["ink to ground is 1.7, not 7"]),
        ("rgb(200, 200, 200)", "rgb(20, 24, 30)", []),
    ],
)
def test_ink_is_held_against_the_ground_behind_it(tab, ink: str, ground: str, told: list[str]):
    page = tab()
    page.set_content(PAGE.format(ink=ink, ground=ground))
    faults = page.evaluate(LOOK, "light")["contrast"]
    assert [it.partition(": ")[2] for it in faults] == told


def test_the_ground_may_change_beneath_a_picture_that_was_looked_at(tab):
    page = tab()
    page.set_content(PAGE.format(ink="black", ground="white"))
    assert page.evaluate(LOOK, "light")["contrast"] == []
    page.evaluate("document.body.style.background = 'rgb(20, 24, 30)'")
    assert page.evaluate(LOOK, "dark")["contrast"]
