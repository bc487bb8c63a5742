"""Every page in light, in dark and on a phone: nothing missing, foreign, clipped or unreadable."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.place import STUBS, pages
from tests.browser.visit import FIRST, READERS, settle, visit


@pytest.mark.parametrize("page", [it for it in pages() if it not in STUBS])
def test_a_page_has_no_fault(tab, address: str, axe, page: str):
    assert visit(tab(**FIRST), address, page, axe) == {}


@pytest.mark.parametrize("home", ["book/intro.html", "ja/book/intro.html"])
@pytest.mark.parametrize("reader", READERS)
def test_the_home_page_shows_its_question_the_slider_and_three_bars_on_one_screen(
    tab, address: str, reader: str, home: str
):
    size = {"width": READERS[reader].width, "height": READERS[reader].height}
    page = tab(viewport=size)
    page.goto(address + home)
    settle(page)
    shown = [page.locator(".bd-article h1"), page.locator(".touch-slide")]
    shown += page.locator(".touch svg text[font-weight]").all()
    assert len(shown) == 5  # three bars
    for it in shown:
        box = it.bounding_box()
        assert 0 <= box["y"] and box["y"] + box["height"] <= size["height"], it


def test_the_front_door_leads_to_the_introduction(site: Path):
    assert "url=book/intro.html" in (site / "index.html").read_text(encoding="utf-8")
