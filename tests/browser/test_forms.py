"""What a reader takes along from the built book; nothing is launched without an address."""

from __future__ import annotations

import re
from pathlib import Path

from tools.house import ROOT, masters


def links(page: Path, pattern: str) -> list[str]:
    """Return the addresses on a page that match."""
    return re.findall(rf'href="({pattern})"', page.read_text(encoding="utf-8"))


def test_without_an_address_every_form_is_offered_and_nothing_launched(site: Path):
    for chapter in (master.stem for master in masters()):
        page = site / "notebooks" / f"{chapter}.html"
        offered = links(page, r"[^\"]*_sources/[^\"]*")
        assert {Path(it).suffix for it in offered} == {".md", ".py", ".ipynb"}
        for it in offered:
            file = (page.parent / it).resolve()
            assert file.read_bytes() == (ROOT / "notebooks" / file.name).read_bytes()
    for page in site.rglob("*.html"):
        assert links(page, r"[^\"]*(?:mybinder|colab)\.[^\"]*") == [], page
