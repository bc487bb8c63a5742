"""Every page in light, in dark and on a phone: nothing missing, foreign, clipped or unreadable."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.place import STUBS, pages
from tests.browser.visit import READERS, visit


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("page", [it for it in pages() if it not in STUBS])
def test_a_page_has_no_fault(browser, address: str, axe, page: str, reader: str):
    assert visit(browser, address, page, reader, axe) == {}


def test_the_front_door_leads_to_the_introduction(site: Path):
    assert "url=book/intro.html" in (site / "index.html").read_text(encoding="utf-8")
