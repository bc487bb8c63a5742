"""How a page looks: dark pictures on the dark page, tables on a phone, readable lines."""

from __future__ import annotations

import pytest

from tests.browser.visit import READERS, settle

CHAPTER = "notebooks/01_database_tensor.html"
SHOWN = """() => [...document.querySelectorAll(".bd-content img")]
  .filter(it => it.offsetParent)
  .map(it => {
    const pen = Object.assign(document.createElement("canvas"), {width: 1, height: 1})
      .getContext("2d");
    pen.drawImage(it, 0, 0);
    return [it.src, [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3).join(", "),
      getComputedStyle(it).padding];
  })"""
TABLES = """() => [...document.querySelectorAll(".pst-scrollable-table-container > table")]
  .map(it => it.getBoundingClientRect().width - it.parentElement.clientWidth)"""


@pytest.fixture
def opened(browser, address: str):
    """A function that opens a page as one of the readers; what it asked for stands beside it."""
    contexts = []

    def open_(path: str, name: str, width: int | None = None):
        size = {"width": width or READERS[name].width, "height": READERS[name].height}
        context = browser.new_context(viewport=size, color_scheme=READERS[name].scheme)
        contexts.append(context)
        page, asked = context.new_page(), []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address + path, wait_until="load")
        return page, asked

    yield open_
    for context in contexts:
        context.close()


@pytest.mark.parametrize("name", ["light", "dark"])
def test_pictures_lie_on_the_page_s_own_ground(opened, name: str):
    page, _ = opened(CHAPTER, name)
    settle(page)
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    shown = page.evaluate(SHOWN)
    assert len(shown) >= 3
    for source, corner, frame in shown:
        assert source.endswith(".dark.png") == (name == "dark"), source
        assert (f"rgb({corner})", frame) == (ground, "0px"), source


@pytest.mark.parametrize("name", ["light", "phone"])
def test_the_light_page_loads_no_dark_picture(opened, name: str):
    page, asked = opened(CHAPTER, name)
    settle(page)
    assert any(url.endswith(".png") for url in asked)
    assert not [url for url in asked if url.endswith(".dark.png")]


@pytest.mark.parametrize("path", ["book/notation.html", "notebooks/10_rank_threshold.html"])
def test_a_table_on_a_phone_is_no_wider_than_its_box(opened, path: str):
    page, _ = opened(path, "phone")
    settle(page)
    page.wait_for_timeout(200)
    widths = page.evaluate(TABLES)
    assert widths and max(widths) <= 1
    cell = page.locator("table.cards > tbody > tr > td:nth-child(2)").first
    words = cell.evaluate("it => getComputedStyle(it, '::before').content")
    assert len(words.strip('"')) > 2, words


@pytest.mark.parametrize("width", [1280, 1920])
def test_a_line_has_at_most_ninety_letters(opened, width: int):
    page, _ = opened(CHAPTER, "light", width)
    letters = page.evaluate(
        """() => [...document.querySelectorAll(".bd-article section > p")].map(it => {
          const pen = document.createElement("canvas").getContext("2d");
          pen.font = getComputedStyle(it).font;
          const words = it.textContent.slice(0, 200);
          return it.clientWidth / (pen.measureText(words).width / words.length);
        })"""
    )
    assert letters and max(letters) <= 90


@pytest.mark.parametrize("name", ["light", "dark"])
def test_a_link_beneath_the_pointer_is_no_fainter(opened, axe, name: str):
    page, _ = opened(CHAPTER, name)
    settle(page)
    hand = page.context.new_cdp_session(page)
    hand.send("DOM.enable")
    hand.send("CSS.enable")
    root = hand.send("DOM.getDocument")["root"]["nodeId"]
    found = hand.send("DOM.querySelectorAll", {"nodeId": root, "selector": "a"})["nodeIds"]
    assert len(found) > 30
    for it in found:
        hand.send("CSS.forcePseudoState", {"nodeId": it, "forcedPseudoClasses": ["hover"]})
    assert axe(page, name) == []
