"""A link to a statement or a word shows what it leads to while one points at it."""

from __future__ import annotations

import pytest

from tests.browser.visit import listen, settle

FROM = "notebooks/07_layer_rank_bounds.html"
WORD = '.bd-content a[href*="glossary.html#term-"]'
STATEMENT = '.bd-content a[href*="03_rank_bounds.html#"]:has-text("Theorem")'


@pytest.mark.parametrize("link", [WORD, STATEMENT], ids=["word", "statement"])
@pytest.mark.parametrize("way", ["pointer", "keyboard"])
def test_a_link_shows_what_it_leads_to_and_leaves_again(tab, address: str, link: str, way: str):
    page = tab()
    heard = listen(page, address)
    page.goto(address + FROM)
    settle(page)
    place, shown = page.locator(link).first, page.locator(".glance")
    assert shown.count() == 0
    place.hover() if way == "pointer" else place.focus()
    shown.wait_for()
    assert len(shown.inner_text().split()) > 5
    assert shown.locator(".math:not(:has(mjx-container))").count() == 0
    assert place.get_attribute("aria-describedby") == "glance"
    box, width = shown.bounding_box(), page.viewport_size["width"]
    assert box["x"] >= 0 and box["x"] + box["width"] <= width
    page.keyboard.press("Escape")
    assert shown.count() == 0
    assert not any(heard.values()), heard


def test_another_link_shows_nothing(tab, address: str):
    page = tab()
    page.goto(address + FROM)
    settle(page)
    page.locator(".bd-content a[href$='02_rank_as_size.html'], .prev-next-footer a").first.hover()
    page.wait_for_timeout(700)
    assert page.locator(".glance").count() == 0
