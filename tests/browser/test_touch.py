"""The pictures that can be touched: by mouse, by keyboard, without a script, on paper."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from tests.browser.place import ABROAD, SITE, pages
from tests.browser.visit import ORDER, READERS, listen, look_as, settle

FIGURE, MARK = ".touch[data-touch]", 'data-touch="'
# The homes of the pictures; the slides show them again, several on one page.
TOUCHED = [it for it in pages() if (SITE / it).read_text(encoding="utf-8").count(MARK) == 1]
# The script is the same in each language: the others are read, and touched by mouse.
ENGLISH = [it for it in TOUCHED if not it.startswith(ABROAD)]
CONTROLS = ".touch-slide, .touch-names"
CELL = f"{FIGURE} [data-cell]"
# What of a picture is seen now, by place among all parts that come and go.
SEEN = """figure => [...figure.querySelectorAll("svg [data-seen], svg [data-of]")]
  .map((it, n) => getComputedStyle(it).display === "none" ? -1 : n).filter(n => n >= 0).join()"""
# Words of any state that reach over the edge of the picture, by their own measure.
BEYOND = """figure => {
  for (const it of figure.querySelectorAll("[data-off]")) it.removeAttribute("data-off");
  const box = figure.querySelector("svg").getBoundingClientRect();
  return [...figure.querySelectorAll("svg text")].filter(it => {
    const own = it.getBoundingClientRect();
    return own.left < box.left - 2 || own.right > box.right + 2
      || own.top < box.top - 2 || own.bottom > box.bottom + 2;
  }).map(it => it.textContent);
}"""
# Words whose colour stands out too little from the page, or from the tint that may lie beneath.
FAINT = """figure => {
  const made = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const light = (colour) => {
    made.fillStyle = colour;
    made.fillRect(0, 0, 1, 1);
    const parts = [...made.getImageData(0, 0, 1, 1).data].slice(0, 3).map(it => it / 255)
      .map(it => it <= 0.04045 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4);
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  };
  const named = (name) => getComputedStyle(figure).getPropertyValue(name);
  const behind = ["--t-paper", "--t-tint"].map(name => light(named(name)));
  const faint = new Set();
  const spoken = (it) => [...it.childNodes].some(at => at.nodeType === 3 && at.data.trim());
  for (const it of [...figure.querySelectorAll("svg text, svg tspan")].filter(spoken)) {
    const own = light(getComputedStyle(it).fill);
    for (const ground of behind)
      if ((Math.max(own, ground) + 0.05) / (Math.min(own, ground) + 0.05) < 4.5)
        faint.add(it.getAttribute("class"));
  }
  return [...faint];
}"""


@pytest.fixture
def opened(tab, address: str) -> Callable:
    """A function that opens a page as a reader and returns it with what it complained of."""

    def open_(path: str, reader: str = "light", *, script: bool = True):
        it = READERS[reader]
        page = tab(
            viewport={"width": it.width, "height": it.height},
            color_scheme=it.scheme, reduced_motion="reduce", java_script_enabled=script,
        )  # fmt: skip
        heard = listen(page, address)
        page.goto(address + path)
        if script:
            settle(page)
        return page, heard

    return open_


def seen(page) -> str:
    """What of the picture is seen."""
    return page.locator(FIGURE).evaluate(SEEN)


def said(page) -> str:
    """The sentence beneath the picture; one at most."""
    shown = page.locator(f"{FIGURE} .touch-said > p:visible")
    assert shown.count() <= 1
    return shown.inner_text() if shown.count() else ""


def through(page, step: Callable[[int], None], states: int) -> list[tuple[str, str]]:
    """What is seen and said in each state, `step` leading to the one of a number."""
    found = []
    for n in range(states):
        step(n)
        found.append((seen(page), said(page)))
    return found


def test_there_are_pictures_to_touch(site):
    assert len(ENGLISH) >= 10 and len(TOUCHED) >= 2 * len(ENGLISH) and site


@pytest.mark.parametrize("path", TOUCHED)
def test_by_mouse_each_state_is_seen_and_said(opened, path: str):
    page, heard = opened(path)
    slide, names = (page.locator(f"{FIGURE} {it}") for it in (".touch-slide", ".touch-names"))
    states = page.locator(f"{FIGURE} .touch-said > p").count()
    if names.count():
        labels = names.locator("label")
        assert labels.count() == states
        found = through(page, lambda n: labels.nth(n).click(), states)
    elif slide.count():
        bar = slide.locator("input")
        box, last = bar.bounding_box(), states - 1
        middle = {"y": box["height"] / 2}

        def drag(n: int) -> None:
            bar.click(position={"x": 8 + (box["width"] - 16) * n / last, **middle})
            assert bar.input_value() == str(n)

        found = through(page, drag, states)
    else:
        assert page.locator(CELL).count(), "nothing to touch"
        return
    assert len(set(found)) == states and all(sentence for _, sentence in found)
    assert all(one != other for (one, _), (other, _) in pairwise(found))
    assert not any(heard.values()), heard


@pytest.mark.parametrize("path", ENGLISH)
def test_by_keyboard_each_state_is_reached_and_told(opened, path: str):
    page, _ = opened(path)
    control = page.locator(f"{FIGURE} :is(.touch-slide, .touch-names) input")
    if not control.count():
        pytest.skip("cells only")
    states = page.locator(f"{FIGURE} .touch-said > p").count()
    assert page.locator(f"{FIGURE} [role=status]").count() == 1
    if page.locator(f"{FIGURE} .touch-slide").count():
        control.focus()
        page.keyboard.press("Home")
        found = through(page, lambda n: n and page.keyboard.press("ArrowRight"), states)
        assert control.get_attribute("aria-valuetext") == found[-1][1]
        page.keyboard.press("ArrowLeft")
        assert (seen(page), said(page)) == found[-2]
    else:
        page.locator(f"{FIGURE} .touch-names input:checked").focus()
        start = int(page.evaluate("document.activeElement.value"))
        found = through(page, lambda n: n and page.keyboard.press("ArrowRight"), states)
        assert page.evaluate("document.activeElement.value") == str((start - 1) % states)
        ring = page.evaluate(
            "getComputedStyle(document.activeElement.nextElementSibling).outlineStyle"
        )
        assert ring == "solid"
    assert len({sentence for _, sentence in found}) == states


@pytest.mark.parametrize("path", ENGLISH)
def test_cells_are_switched_by_mouse_and_keyboard(opened, path: str):
    page, heard = opened(path)
    cells = page.locator(CELL)
    if not cells.count():
        pytest.skip("no cells")

    def now() -> tuple[str, int, str]:
        on = page.locator(f"{CELL}[aria-checked=true]").count()
        listed = page.locator(f"{FIGURE} .touch-list li:visible").count()
        assert on == listed
        return seen(page), on, page.inner_text(f"{FIGURE} [data-count]")

    before = now()
    assert before[2] == f"{before[1]} facts"
    cells.first.click()
    after = now()
    assert abs(after[1] - before[1]) == 1 and after[0] != before[0]
    assert after[2] == f"{after[1]} facts"
    cells.first.click()
    assert now() == before
    page.locator(f"{CELL}[tabindex='0']").first.focus()
    start = page.evaluate("document.activeElement.dataset.cell").split()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    there = page.evaluate("document.activeElement.dataset.cell").split()
    assert [int(b) - int(a) for a, b in zip(start, there, strict=True)] == [0, 1, 1]
    focused = page.locator(f"{FIGURE} [data-cell]:focus")
    checked = focused.get_attribute("aria-checked")
    page.keyboard.press("Space")
    assert focused.get_attribute("aria-checked") != checked and now()[1] != before[1]
    page.keyboard.press("Enter")
    assert focused.get_attribute("aria-checked") == checked and now() == before
    inside = page.locator(f"{CELL}[tabindex='0']").count()
    grids = len(set(cells.evaluate_all("them => them.map(it => it.dataset.cell.split(' ')[0])")))
    assert inside == grids, "one stop of the tabulator a grid"
    assert not any(heard.values()), heard


@pytest.mark.parametrize("path", ENGLISH)
def test_without_a_script_the_start_is_shown_and_no_control(opened, path: str):
    plain, _ = opened(path, script=False)
    live, _ = opened(path)
    assert plain.locator(f"{FIGURE} svg").is_visible()
    for it in plain.locator(f"{FIGURE} :is({CONTROLS}, input)").all():
        assert not it.is_visible()
    assert plain.locator(f"{FIGURE} svg :is([role=checkbox], [tabindex])").count() == 0
    shown = [
        page.locator(f"{FIGURE} svg text:visible").all_text_contents() for page in (plain, live)
    ]
    assert shown[0] == shown[1] != [] and said(plain) == said(live)


@pytest.mark.parametrize("path", ENGLISH)
def test_paper_shows_the_picture_and_no_control(opened, path: str):
    page, _ = opened(path)
    for it in page.locator(f"{FIGURE} :is({CONTROLS})").all():
        assert it.is_visible()
    page.emulate_media(media="print")
    assert page.locator(f"{FIGURE} svg").is_visible()
    for it in page.locator(f"{FIGURE} :is({CONTROLS})").all():
        assert not it.is_visible()


@pytest.mark.parametrize("path", TOUCHED)
def test_it_is_read_in_light_in_dark_and_on_a_phone(opened, axe, path: str):
    page, _ = opened(path, ORDER[0])
    figure = page.locator(FIGURE)
    last = page.locator(f"{FIGURE} .touch-names label").last
    if last.count():
        last.click()
    page.emulate_media(reduced_motion="reduce")  # no colour is caught on its way to another
    page.mouse.move(0, 0)  # nor a link beneath the pointer, once the page is wider
    for reader in ORDER:
        look_as(page, READERS[reader])
        assert axe(page, reader) == []
        width, box = READERS[reader].width, figure.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width
        for it in page.locator(f"{FIGURE} :is(.touch-names span, .touch-slide input)").all():
            assert it.bounding_box()["height"] >= 24
        assert figure.evaluate(FAINT) == []
        assert figure.evaluate(BEYOND) == []
