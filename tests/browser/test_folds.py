"""Folded cells in a browser: opened by a link, by keyboard, and on paper."""

from __future__ import annotations

import pytest

from tests.browser.visit import settle

CHAPTER = "notebooks/01_database_tensor.html"
CHECK = "#check-relation-rank + .cell details.fold"


@pytest.fixture
def page(tab):
    """A page of its own."""
    return tab(viewport={"width": 1280, "height": 900})


def opened(page, selector: str = "details.fold") -> list[bool]:
    """Return of each fold whether it is open."""
    return page.locator(selector).evaluate_all("them => them.map(it => it.open)")


def test_checks_and_imports_are_one_line_each_at_first(page, address: str):
    page.goto(address + CHAPTER)
    settle(page)
    folds = page.locator("details.fold:not([open]) > summary")
    assert folds.count() >= 10
    assert all(box["height"] <= 80 for box in (it.bounding_box() for it in folds.all()))
    assert page.locator(f"{CHECK} > summary").inner_text().startswith("✓")
    assert not page.locator(f"{CHECK} pre").first.is_visible()


def test_a_link_to_a_check_opens_it(page, address: str):
    page.goto(f"{address}{CHAPTER}#check-relation-rank")
    settle(page)
    assert opened(page, CHECK) == [True]
    assert sum(opened(page, "details.fold-check:not(.cell.tag_show-code *)")) == 1
    page.evaluate("location.hash = '#check-blocks'")
    page.wait_for_function("document.querySelector('#check-blocks + .cell details.fold').open")
    place = page.locator("#check-blocks + .cell").bounding_box()
    assert 0 <= place["y"] < 900


def test_the_ledger_leads_into_an_open_check(page, address: str):
    page.goto(f"{address}book/claims.html")
    settle(page)
    link = page.locator("a[href*='03_rank_bounds.html#check-p1']").first
    page.goto(f"{address}book/{link.get_attribute('href')}")
    settle(page)
    assert opened(page, "#check-p1 + .cell details.fold") == [True]


def test_a_fold_is_opened_by_keyboard(page, address: str):
    page.goto(address + CHAPTER)
    settle(page)
    page.focus(f"{CHECK} > summary")
    page.keyboard.press("Enter")
    assert opened(page, CHECK) == [True]
    page.keyboard.press("Space")
    assert opened(page, CHECK) == [False]


def test_paper_shows_all_and_the_screen_is_as_before(page, address: str):
    page.goto(address + CHAPTER)
    settle(page)
    before = opened(page)
    assert not all(before)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert all(opened(page))
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert opened(page) == before
    with_print = page.pdf()  # Chromium itself says beforeprint and afterprint
    assert with_print and opened(page) == before
