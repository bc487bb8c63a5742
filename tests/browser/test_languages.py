"""A page in another language: plain links both ways, its own `lang`, a search of its own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.browser.place import ABROAD, SITE, STUBS, pages
from tests.browser.visit import listen, settle

(FOLDER,) = ABROAD
OTHERS = [it for it in pages() if it.startswith(FOLDER) and it not in STUBS]
SWITCH = re.compile(r'<a href="([^"]+)" hreflang="(\w+)" lang="\2" rel="alternate">(\w+)</a>')
TOLD = re.compile(r'<link rel="alternate" hreflang="(\w+)" href="([^"]+)">')


def switched(page: str) -> dict[str, str]:
    """Where the links of a page to its other languages lead, by language."""
    path = SITE / page
    text = path.read_text(encoding="utf-8")
    found = {language: link for link, language, _ in SWITCH.findall(text)}
    assert found == dict(TOLD.findall(text)), "the head says what the page shows"
    return {
        it: (path.parent / link).resolve().relative_to(SITE).as_posix()
        for it, link in found.items()
    }


def test_there_are_pages_in_japanese(site: Path):
    assert len(OTHERS) >= 12 and site


@pytest.mark.parametrize("page", OTHERS)
def test_a_page_and_its_english_version_lead_to_each_other(page: str):
    english = page.removeprefix(FOLDER)
    assert switched(page) == {"en": english} and switched(english) == {"ja": page}
    for path, language in ((page, "ja"), (english, "en")):
        assert f'<html lang="{language}"' in (SITE / path).read_text(encoding="utf-8")


def test_a_page_in_english_only_offers_no_other_language(site: Path):
    assert switched("book/claims.html") == {} and site


@pytest.mark.parametrize("width", [1280, 375])
def test_the_way_there_and_back_needs_no_script(tab, address: str, width: int):
    size = {"width": width, "height": 740}
    page = tab(viewport=size, java_script_enabled=False)
    page.goto(f"{address}book/core/five_pieces.html")
    for name, path in (
        ("日本語", "ja/book/core/five_pieces"),
        ("English", "book/core/five_pieces"),
    ):
        link = page.get_by_role("link", name=name, exact=True)
        box = link.bounding_box()
        assert box["y"] >= 0 and box["x"] >= 0 and box["x"] + box["width"] <= width
        link.click()
        page.wait_for_url(f"{address}{path}.html")


def test_the_search_finds_japanese_words(tab, address: str):
    page = tab()
    heard = listen(page, address)
    for word, found in (("階数", "five_pieces"), ("注意層", "one_head")):
        page.goto(f"{address}{FOLDER}search.html?q={word}")
        page.locator(f"#search-results li a[href*='{found}']").first.wait_for()
        page.wait_for_load_state("networkidle")
    assert not any(heard.values()), heard


def test_japanese_is_set_as_japanese(tab, address: str):
    page = tab()
    page.goto(f"{address}{FOLDER}book/core/who_reads.html")
    settle(page)
    style = page.locator(".bd-article em").first.evaluate(
        "it => [getComputedStyle(it).fontStyle, getComputedStyle(it).lineBreak,"
        " getComputedStyle(document.querySelector('.touch svg text')).fontFamily]"
    )
    assert style[:2] == ["normal", "strict"]
    assert "Hiragino" in style[2] and "Noto Sans CJK JP" in style[2]
    page.set_viewport_size({"width": 375, "height": 800})
    page.goto(f"{address}{FOLDER}book/decision.html")
    settle(page)
    tables = page.locator(".bd-article table")
    assert tables.count() == page.locator(".bd-article table.cards").count() == 3  # no towers


@pytest.mark.parametrize("page", OTHERS)
def test_no_mark_of_the_text_is_left_on_a_page(page: str):
    text = (SITE / page).read_text(encoding="utf-8")
    article = text.partition("<article")[2].partition("</article>")[0]
    assert article or page.endswith("search.html")  # which a script fills
    shown = re.sub(r"<pre.*?</pre>|<script.*?</script>|<[^>]+>", "", article, flags=re.S)
    assert not re.findall(r"\*{1,2}\w|\w\*{1,2}|\{\w+\}`|\]\(", shown)


#: On the explorer, besides the labels of the opening example: names, theorems, file types.
LATIN = """
Astrid Bernard Colin born in lives currency Singapore Malaysia Ringgit Dollar CSV MB Python
unfolding relations hub SHA rank slices value key query subject predicate object argmax terms pairs
"""


def test_the_explorer_opens_and_answers_in_japanese(tab, address: str):
    page = tab()
    heard = listen(page, address)
    page.goto(f"{address}{FOLDER}book/explorer.html")
    page.wait_for_selector("#ex-board:not([hidden])")
    assert page.inner_text("#ex-answer").endswith("ちょうど5です。")
    first = page.inner_text("#ex-terms li:first-child .ex-words")
    assert first.startswith("AstridとBernard、born_inとlives_in")
    page.click("#ex-next")
    assert page.inner_text("#ex-sum").startswith("事実だけを示しています。")
    page.click("#ex-next")
    assert page.inner_text("#ex-sum").startswith("部品5個のうち1個が入っています。")
    panels = ("#ex-board", "#ex-own label", "#ex-own summary", "#ex-own button", "#ex-rank > p",
              "#ex-rank summary", "#ex-head legend", "#ex-head button", "#ex-recall")  # fmt: skip
    told = [text for panel in panels for text in page.locator(panel).all_inner_texts()]
    told += page.eval_on_selector_all(
        "[id^='ex-'] [aria-label], [id^='ex-'][aria-label]",
        "all => all.map((it) => it.getAttribute('aria-label'))",
    )
    left = {*re.findall("[A-Za-z]{2,}", re.sub("verify|factrank", "", " ".join(told)))}
    assert left <= {*LATIN.split()}
    assert not any(heard.values()), heard


@pytest.mark.parametrize("folder", ["", FOLDER])
def test_on_paper_an_answer_stands_open_and_no_line_is_cut(tab, address: str, folder: str):
    page = tab(viewport={"width": 700, "height": 900})
    page.goto(f"{address}{folder}book/core/your_table.html")
    answer = page.locator("details.sd-dropdown:not([open]) p").last
    settle(page)
    assert not answer.is_visible()
    page.emulate_media(media="print")
    assert answer.is_visible()
    page.goto(f"{address}{folder}book/practitioners.html")
    cut = page.eval_on_selector_all(
        ".bd-content pre", "all => all.filter((it) => it.scrollWidth > it.clientWidth + 1).length"
    )
    assert cut == 0
