"""What a chapter shows on its first two screens."""

from __future__ import annotations

import pytest

from tests.browser.place import pages
from tests.browser.visit import settle

CHAPTERS = [it for it in pages() if it.startswith("notebooks/")]
TWO_SCREENS = 1600


@pytest.mark.parametrize("path", CHAPTERS)
def test_the_first_figure_stands_within_two_screens(browser, address: str, path: str):
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(address + path)
    settle(page)
    box = page.locator(".bd-article figure").first.bounding_box()
    assert box["y"] < TWO_SCREENS and box["height"] > 100
    page.close()
