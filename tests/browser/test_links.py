"""Every link inside the book leads to a file and an anchor that exist."""

from __future__ import annotations

from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.browser.place import SITE, pages

# One process reads each page once, however many lead there.
pytestmark = pytest.mark.xdist_group("links")


class Anchors(HTMLParser):
    """Collect where a page leads and where it can be entered."""

    def __init__(self) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.ids: set[str] = {"", "top"}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element's address and name."""
        found = dict(attrs)
        self.ids |= {found[name] or "" for name in ("id", "name") if name in found}
        for name in ("href", "src"):
            if found.get(name) and tag != "base":
                self.links.add(found[name] or "")


@cache
def anchors(path: Path) -> Anchors:
    """Return what `path`, an HTML file, links to and can be entered by."""
    parser = Anchors()
    parser.feed(path.read_text(encoding="utf-8"))
    return parser


def broken(page: Path, link: str) -> bool:
    """Return whether `link`, seen on `page`, leads nowhere inside the site."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return False
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if not target.is_file() or not target.is_relative_to(SITE):
        return True
    known = target.suffix == ".html" and parts.fragment
    return bool(known) and unquote(parts.fragment) not in anchors(target).ids


@pytest.mark.parametrize("page", pages())
def test_internal_links_and_anchors_resolve(page: str):
    path = SITE / page
    assert sorted(link for link in anchors(path).links if broken(path, link)) == []


def test_a_link_astray_is_seen(site: Path):
    page = site / "book" / "intro.html"
    assert broken(page, "no_such_page.html")
    assert broken(page, "#no-such-anchor")
    assert broken(page, "claims.html#no-such-anchor")
    assert not broken(page, "claims.html")
    assert not broken(page, "https://arxiv.org/abs/2502.05076")
