"""What a reader takes along from the built book; nothing is launched without an address."""

from __future__ import annotations

import re
from pathlib import Path

from book._ext.reading import without_pictures
from tools.house import ROOT, masters


def links(page: Path, pattern: str) -> list[str]:
    """Return the addresses on a page that match."""
    return re.findall(rf'href="({pattern})"', page.read_text(encoding="utf-8"))


def test_without_an_address_every_form_is_offered_and_nothing_launched(site: Path):
    pictures = 0
    for chapter in (master.stem for master in masters()):
        page = site / "notebooks" / f"{chapter}.html"
        offered = links(page, r"[^\"]*_sources/[^\"]*")
        assert {Path(it).suffix for it in offered} == {".md", ".py", ".ipynb"}
        for it in offered:
            file = (page.parent / it).resolve()
            here, there = (it.read_text("utf-8") for it in (ROOT / "notebooks" / file.name, file))
            if file.suffix == ".ipynb":  # its pictures stand on the page
                pictures += '"image/' in here
                assert there == without_pictures(here) and '"image/' not in there
            else:
                assert there == here
    assert pictures > 10
    for page in site.rglob("*.html"):
        assert links(page, r"[^\"]*(?:mybinder|colab)\.[^\"]*") == [], page
