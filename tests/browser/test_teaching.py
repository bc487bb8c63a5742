"""The slides by keyboard, on paper and from a folder; the exercises with Python in the page."""

from __future__ import annotations

import io
import re

import pytest

from tests.browser.visit import listen, settle

NOW = "section.slide-now"
TITLES = "its => its.map(it => it.querySelector('h2').firstChild.textContent)"
PATIENCE = 120_000  # milliseconds: a machine that has much else to do still passes


@pytest.fixture
def page(tab):
    """A page of its own."""
    return tab(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")


def titles(page, selector: str) -> list[str]:
    """Return the titles of the slides that are to be seen."""
    return page.locator(f"{selector}:visible").evaluate_all(TITLES)


def test_a_lesson_is_shown_by_keyboard_in_its_order(page, address: str, axe):
    heard = listen(page, address)
    page.goto(f"{address}book/slides.html?lesson=ninety-attention")
    settle(page)
    slides = "section:has(> .slide-place)"
    assert titles(page, slides) == ["Which table is larger?"]
    assert page.inner_text(f"{NOW} .slide-place") == "1 of 15, minutes 0 to 4"
    page.keyboard.press("ArrowRight")
    assert titles(page, slides) == ["An array of zeros and ones"]
    assert page.evaluate("document.activeElement.className").endswith("slide-now")
    assert not page.locator(f"{NOW} .notes").is_visible()
    page.keyboard.press("n")
    assert page.locator(f"{NOW} .notes").is_visible()
    for it in page.locator(f"{NOW} :is(img, h2):visible").all():
        assert it.bounding_box()["y"] + it.bounding_box()["height"] <= 800, "on one screen"
    page.keyboard.press("End")
    assert titles(page, slides) == ["Proved, and measured"]
    page.keyboard.press("PageUp")
    assert titles(page, slides) == ["Trained layers"]
    # the room guesses first: one key more shows the picture, its slider at the beginning
    assert not page.locator(f"{NOW} svg").is_visible()
    page.keyboard.press("ArrowRight")
    assert titles(page, slides) == ["Trained layers"] and page.locator(f"{NOW} svg").is_visible()
    assert page.input_value(f"{NOW} input[type=range]") == "0"
    # a slider keeps its arrows
    page.focus(f"{NOW} input[type=range]")
    page.keyboard.press("ArrowRight")
    assert titles(page, slides) == ["Trained layers"]
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("document.documentElement.dataset.theme === 'dark'")
    assert axe(page, "light") + axe(page, "dark") == []
    page.keyboard.press("Escape")
    assert len(titles(page, slides)) == 15
    assert not any(heard.values()), heard


@pytest.mark.parametrize(("lesson", "slides"), [("forty-five", 9), ("ninety", 14)])
def test_a_lesson_prints_a_slide_a_sheet(page, address: str, lesson: str, slides: int):
    pypdf = pytest.importorskip("pypdf")
    page.goto(f"{address}book/slides.html?lesson={lesson}")
    settle(page)
    sheets = pypdf.PdfReader(io.BytesIO(page.pdf(format="A4", landscape=True))).pages
    text = [" ".join(it.extract_text().split()) for it in sheets]
    told = [re.findall(r"(\d+) of \d+, minutes", words) for words in text]
    assert told == [[str(n)] for n in range(1, slides + 1)], text


def test_the_slides_work_from_a_folder_without_a_server(page, site):
    heard = listen(page, "file://")
    page.goto(f"{(site / 'book' / 'slides.html').as_uri()}?lesson=ninety#slide-head")
    settle(page)
    assert titles(page, NOW) == ["A head: whom to hear, what to say"]
    assert heard["other hosts"] == [] and heard["failed requests"] == []


@pytest.mark.xdist_group("explorer")
def test_an_exercise_is_checked_in_the_page(page, address: str, site):
    if not (site / "_static" / "pyodide").exists():
        pytest.skip("this book was built without a network: the page has no Python")
    heard = listen(page, address)
    page.set_default_timeout(PATIENCE)
    page.goto(f"{address}book/exercises.html")
    settle(page)
    for text, told in (("280, 0", "Not yet: 280 is the number of cells"), ("40, 240", "Right: ")):
        form = page.locator("form[data-checker='ch01.ones_and_zeros']")
        form.locator("textarea").fill(text)
        form.locator("button").click()
        said = form.locator("output", has_text=told)
        said.wait_for()
        assert ("right" in (said.get_attribute("class") or "")) == told.startswith("Right")
    assert page.locator("form[data-checker]").count() == 17
    assert not any(heard.values()), heard
