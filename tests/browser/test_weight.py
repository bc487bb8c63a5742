"""What a page weighs, decoded: a reader on a small line waits for every byte of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.place import SITE
from tests.browser.visit import settle

PLAIN, FORMULAS = 1.5e6, 3.0e6  # bytes, without formulas and with them
HEAVIEST = 6


def pages() -> list[str]:
    """The home page, and those with most of their own: text and pictures."""
    if not SITE.exists():
        return []

    def own(path: Path) -> int:
        text = path.read_text(encoding="utf-8")
        pictures = (SITE / "_images").glob("*") if (SITE / "_images").exists() else ()
        return len(text) + sum(it.stat().st_size for it in pictures if it.name in text)

    chapters = sorted(SITE.glob("notebooks/*.html"), key=own)[-HEAVIEST:]
    chosen = [SITE / "book/intro.html", *SITE.glob("**/core/*.html"), *chapters]
    return [it.relative_to(SITE).as_posix() for it in chosen]


@pytest.mark.parametrize("path", pages())
def test_a_page_is_light(browser, address: str, path: str):
    context = browser.new_context()
    page, answers = context.new_page(), []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(address + path, wait_until="networkidle")
    settle(page)
    bytes_ = {it.url: len(it.body()) for it in answers if it.status == 200}
    context.close()
    limit = FORMULAS if any("mathjax" in url for url in bytes_) else PLAIN
    heaviest = sorted(bytes_.items(), key=lambda it: -it[1])[:3]
    assert sum(bytes_.values()) <= limit, heaviest
