"""The filter of the ledger, first uses, the map and the lines beneath figures, in a browser."""

from __future__ import annotations

import pytest

from tests.browser.visit import listen, settle

ROWS = "table.claims-section > tbody > tr"
FILTER = ".claims-filter"


@pytest.fixture
def page(tab):
    """A page of its own."""
    return tab(viewport={"width": 1280, "height": 900})


def shown(page) -> int:
    """Return how many rows of the ledger are to be seen."""
    return page.locator(f"{ROWS}:visible").count()


def ledger(page, address: str, asked: str = "") -> dict:
    """Open the ledger; return what it complains of."""
    heard = listen(page, address)
    page.goto(f"{address}book/claims.html{asked}")
    settle(page)
    return heard


def counted(page, kind: str, choice: str) -> int:
    """Return the number that a choice shows in brackets."""
    option = page.locator(f"{FILTER} select[name={kind}] option[value='{kind}--{choice}']")
    return int(option.inner_text().rsplit("(", 1)[1].rstrip(")"))


def test_without_a_script_the_ledger_is_the_whole_table(tab, address: str):
    plain = tab(java_script_enabled=False)
    plain.goto(f"{address}book/claims.html?status=fails")
    assert plain.locator(FILTER).count() == 0
    assert shown(plain) == plain.locator(ROWS).count() >= 100


def test_the_filter_narrows_counts_and_keeps_its_choice_in_the_address(page, address: str):
    heard = ledger(page, address)
    every = page.locator(ROWS).count()
    assert page.inner_text(f"{FILTER} output") == f"{every} of {every} claims"
    wanted = counted(page, "status", "proved")
    page.select_option(f"{FILTER} select[name=status]", "status--proved")
    assert shown(page) == wanted == page.locator(f"{ROWS}.status--proved").count()
    ours = counted(page, "from", "ours")
    page.select_option(f"{FILTER} select[name=from]", "from--ours")
    assert shown(page) == ours < wanted
    assert page.url.endswith("?status=proved&from=ours")
    chapter = counted(page, "chapter", "03_rank_bounds")
    page.select_option(f"{FILTER} select[name=chapter]", "chapter--03_rank_bounds")
    assert shown(page) == chapter > 0
    page.reload()
    settle(page)
    assert shown(page) == chapter
    assert page.input_value(f"{FILTER} select[name=chapter]") == "chapter--03_rank_bounds"
    page.click(f"{FILTER} button")
    assert shown(page) == every and "?" not in page.url
    assert not any(heard.values()), heard


def test_a_section_without_a_row_left_is_hidden(page, address: str):
    ledger(page, address, "?status=fails")
    sections = page.locator("section[id^=claims-]:visible")
    assert shown(page) == page.locator(f"{ROWS}.status--fails").count() > 0
    assert sections.count() <= shown(page)
    assert sections.count() < page.locator("section[id^=claims-]").count()
    assert page.locator("#claims-summary").is_visible()


def test_the_filter_works_by_keyboard_alone(page, address: str):
    ledger(page, address)
    page.focus(f"{FILTER} select[name=status]")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "from"
    assert shown(page) == page.locator(f"{ROWS}.status--proved").count()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert shown(page) == page.locator(ROWS).count()


def test_a_link_to_a_row_wins_over_a_filter_that_hides_it(page, address: str):
    ledger(page, address, "?status=not-yet#row-p1")
    assert page.locator("#row-p1").is_visible() and "status" not in page.url
    ledger(page, address, "?status=never&chapter=99")
    assert shown(page) == page.locator(ROWS).count()


def test_a_row_leads_to_statement_proof_cell_and_record(page, address: str):
    ledger(page, address)
    row = page.locator("#row-rank-threshold-free-attention")
    cell = row.locator("a[href*='10_rank_threshold.html#check-']").first
    record = row.locator("a[href*='reproduce.html#record-']").first
    table = row.locator("a[href$='rank-threshold.csv']").first
    assert all(it.count() == 1 for it in (cell, record, table))
    proved = page.locator("#row-p1")
    assert proved.locator("a[href*='#claim-p1']").count() == 1
    proved.locator("a[href*='#proof-claim-p1']").click()
    page.wait_for_url("**/03_rank_bounds.html#proof-claim-p1")
    box = page.locator("#proof-claim-p1 + div.proof")
    assert box.inner_text().startswith("Proof")


@pytest.mark.parametrize("width", [1280, 375])
def test_the_filter_fits_at_any_width_and_has_no_fault(page, address: str, axe, width: int):
    page.set_viewport_size({"width": width, "height": 740})
    ledger(page, address, "?from=cited")
    for it in page.locator(f"{FILTER} :is(select, button)").all():
        box = it.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width
    assert axe(page, "light") == []


def test_a_first_use_leads_to_the_glossary_and_no_second_does(page, address: str):
    page.goto(address + "notebooks/02_rank_as_size.html")
    settle(page)
    links = page.locator(".bd-article a[href*='glossary.html#term-']")
    targets = links.evaluate_all("them => them.map(it => it.hash)")
    assert len(targets) == len(set(targets)) >= 8
    apart = ":is(h1, h2, h3, figcaption, pre, code, .admonition-title, table thead)"
    assert page.locator(f".bd-article {apart} a[href*='glossary.html#term-']").count() == 0
    style = links.first.evaluate("it => getComputedStyle(it).textDecorationStyle")
    assert style == "dotted"
    links.first.click()
    page.wait_for_url("**/glossary.html#term-*")
    assert page.locator(":target").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_map_is_read_on_a_phone(tab, address: str, scheme: str):
    page = tab(viewport={"width": 375, "height": 740}, color_scheme=scheme)
    page.goto(address + "book/map.html")
    settle(page)
    boxes = page.locator("svg.idea-map a")
    assert boxes.count() >= 12
    for it in page.locator("svg.idea-map text").all():
        box = it.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 375, it.text_content()
        # What is drawn at 13 units must not fall below 11 pixels.
        size = it.evaluate("it => parseFloat(getComputedStyle(it).fontSize)")
        scale = page.locator("svg.idea-map").bounding_box()["width"] / 372
        assert size * scale >= 10.5, it.text_content()
    ink, ground = page.evaluate(
        """() => [".m-title", ".m-ground"].map(
             (it) => getComputedStyle(document.querySelector(it)).fill)"""
    )
    dark = sum(map(int, ground[4:-1].split(","))) < 300
    assert dark == (scheme == "dark") and ink != ground
    boxes.first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/01_database_tensor.html")


def test_a_figure_leads_to_its_cell_and_to_the_record_that_it_shows(page, address: str):
    page.goto(address + "notebooks/10_rank_threshold.html")
    settle(page)
    recorded = page.locator("#fig-free .provenance")
    assert "factrank run rank-threshold --tier full" in recorded.inner_text()
    live = page.locator("#fig-quick .provenance")
    assert "record" not in live.inner_text()
    with page.expect_download() as download:
        recorded.locator("a[href$='rank-threshold.csv']").click()
    assert download.value.suggested_filename == "rank-threshold.csv"
    recorded.locator("a[href='#cell-fig-free']").click()
    place = page.locator("#cell-fig-free + div.cell #fig-free")
    assert place.count() == 1
    for it in page.locator("figure:not(.preview)").all():
        assert it.locator(".provenance").count() == 1
