"""The explorer as a reader uses it: a cold start, an edit, a slip, the pieces, the head."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.browser.visit import LOOK, listen, settle

# One process starts Python once for all of these.
pytestmark = pytest.mark.xdist_group("explorer")

ANSWER, ERROR, SUM = "#ex-answer", "#ex-error", "#ex-sum"


@pytest.fixture(scope="module")
def explorer(browser, address: str, site: Path) -> Iterator:
    """The page with Python running, started by keyboard."""
    if not (site / "_static" / "pyodide").exists():
        pytest.skip("this book was built without a network: the explorer has no Python")
    page = browser.new_page(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page.heard = listen(page, address)
    page.goto(address + "book/explorer.html")
    settle(page)
    page.focus("#ex-go")
    page.keyboard.press("Enter")
    says(page, ANSWER, "exactly 5 over R")
    page.wait_for_function("document.getElementById('ex-recall').textContent")
    yield page
    page.close()


@pytest.fixture
def example(explorer):
    """That page with the opening example in its table."""
    # The answer of an earlier test must not pass for this one's.
    explorer.evaluate("document.getElementById('ex-answer').textContent = ''")
    explorer.click("[data-preset=example]")
    says(explorer, ANSWER, "exactly 5 over R")
    return explorer


def says(page, selector: str, text: str) -> None:
    """Wait until the element holds `text`."""
    page.wait_for_function(
        "([at, text]) => document.querySelector(at).textContent.includes(text)",
        arg=[selector, text],
    )


def field(page, name: str):
    """Return the input labelled `name`."""
    return page.get_by_label(name, exact=True)


def test_an_edit_moves_the_rank_and_a_slip_is_told_and_mended_by_keyboard_alone(example):
    field(example, "value of fact 3").focus()
    example.keyboard.press("Control+a")
    example.keyboard.press("Delete")
    says(example, ERROR, "fact 3: found an empty value")
    assert "No answer" in example.inner_text(ANSWER)
    assert field(example, "value of fact 3").get_attribute("aria-invalid") == "true"
    example.keyboard.type("Singapore")
    says(example, ANSWER, "exactly 5 over R")
    assert example.inner_text(ERROR) == ""
    example.focus("[aria-label='Delete fact 8']")
    example.keyboard.press("Enter")
    says(example, ANSWER, "exactly 4 over R")
    assert "7 facts" in example.inner_text("#ex-more")
    assert example.inner_text(ERROR) == ""


def test_a_fact_is_added_by_keyboard_alone(example):
    example.focus("#ex-add")
    example.keyboard.press("Enter")
    for word in ("Norway", "currency", "Krone"):
        example.keyboard.type(word)
        example.keyboard.press("Tab")
    says(example, ANSWER, "exactly 6 over R")
    example.keyboard.press("Enter")  # the focus stands on the new row's button
    says(example, ANSWER, "exactly 5 over R")


def test_the_terms_add_up_to_the_facts(example):
    example.focus("#ex-next")
    for on in range(1, 5):
        example.keyboard.press("Enter")
        says(example, SUM, f"{on} of 5 terms on")
        assert "not yet" in example.inner_text(SUM)
    example.keyboard.press("Enter")
    says(example, SUM, "their sum is the tensor of the facts")
    assert "width of 5" in example.inner_text("#ex-width")


@pytest.mark.parametrize(
    ("preset", "answer"), [("modular-addition-3", "over R"), ("family-trees", "≤ rank ≤")]
)
def test_presets_answer_and_their_terms_add_up(example, preset: str, answer: str):
    example.click(f"[data-preset={preset}]")
    example.wait_for_function("!document.querySelector('#ex-more').textContent.startsWith('8 ')")
    says(example, ANSWER, answer)
    example.click("#ex-all")
    says(example, SUM, "their sum is the tensor of the facts")


def test_a_wide_table_is_pasted(example):
    example.click("summary:has-text('Paste')")
    example.fill("#ex-csv", "country,capital\nJapan,Tokyo\nItaly\n")
    example.click("#ex-use")
    says(example, "#ex-astray", "table:3: found")
    assert example.inner_text(ERROR) == ""
    assert "exactly 5" in example.inner_text(ANSWER)
    example.fill("#ex-csv", "country,capital\nJapan,Tokyo\nItaly,Rome\n")
    example.click("#ex-use")
    says(example, ANSWER, "exactly 2 over R")
    assert example.inner_text("#ex-astray") == ""
    example.click("summary:has-text('Paste')")


def test_the_answer_stays_in_sight_while_the_last_fact_is_edited(example):
    example.set_viewport_size({"width": 375, "height": 740})
    field(example, "value of fact 8").focus()
    example.wait_for_function(
        """() => { const box = document.getElementById("ex-answer").getBoundingClientRect();
          return document.elementFromPoint(box.left + 5, box.top + box.height / 2)?.id
            === "ex-answer"; }"""
    )
    example.set_viewport_size({"width": 1280, "height": 900})


def test_a_search_ends_in_time_and_keeps_a_proved_answer(example):
    example.click("[data-preset=family-trees]")
    says(example, "#ex-more", "112 facts")
    example.click("#ex-search")
    says(example, "#ex-search", "Searching")
    says(example, "#ex-search", "Search for better bounds")
    assert example.inner_text(ERROR) == ""
    lower, _, upper = example.inner_text(ANSWER).removesuffix(" over R.").split(" ≤ ")
    assert 24 <= int(lower) <= int(upper) <= 64
    example.click("#ex-all")
    says(example, SUM, "their sum is the tensor of the facts")


def test_the_head_recalls_another_value_as_its_attention_moves(explorer):
    # by way of the other setting: what is awaited must not stand there already
    explorer.click("[data-head=votes]")
    says(explorer, "#ex-recall", "k1, q2: red; k2, q1: green")
    explorer.click("[data-head=attention]")
    says(explorer, "#ex-recall", "k1, q1: red; k1, q2: blue")
    explorer.focus("input[aria-label='A: k1, q1']")
    explorer.keyboard.press("End")
    says(explorer, "#ex-recall", "k1, q1: blue;")
    explorer.click("[data-head=votes]")
    says(explorer, "#ex-recall", "k1, q1: red; k1, q2: red; k2, q1: green; k2, q2: green")


def no_fault(page, axe: Callable) -> None:
    """Assert that the page as it stands now has no fault."""
    assert not any(page.heard.values()), page.heard
    assert not any(page.evaluate(LOOK, "light").values())
    assert axe(page, "light") == []


def test_the_running_page_has_no_fault_at_any_width(example, axe):
    no_fault(example, axe)
    example.set_viewport_size({"width": 375, "height": 740})
    no_fault(example, axe)
    example.set_viewport_size({"width": 1280, "height": 900})


# From the click to the first answer, and from a preset to its own, as parts of the time that bare
# Python takes to start in the same browser: a slow machine slows both.
# Seen: 1.5 to 2.0, and 0.08 to 0.16.
COLD, WARM = 2.5, 0.2
BARE = """async (at) => {
  const started = performance.now();
  const { loadPyodide } = await import(at + "pyodide.mjs");
  const python = await loadPyodide({ indexURL: at });
  python.runPython("sum(n * n for n in range(2_000_000))");
  return (performance.now() - started) / 1000;
}"""
PRESET = """name => new Promise((done) => {
  const started = performance.now();
  new MutationObserver((_, watch) => requestAnimationFrame(() => {
    watch.disconnect();
    done((performance.now() - started) / 1000);
  })).observe(document.getElementById("ex-answer"), { childList: true });
  document.querySelector(`[data-preset=${name}]`).click();
})"""


def test_the_first_answer_comes_soon_and_the_presets_at_once(browser, address: str, explorer):
    names = ("example", "modular-addition-3", "modular-addition-7", "family-trees")
    cold, warm = [], {name: [] for name in names}
    # another process may hold the machine for a moment: the best of three counts
    while len(cold) < 3 and (min(cold, default=9) > COLD or max(map(min, warm.values())) > WARM):
        context = browser.new_context()  # nothing is kept from an earlier visit
        page = context.new_page()
        page.goto(address + "book/glossary.html")
        bare = page.evaluate(BARE, address + "_static/pyodide/")
        context.close()
        context = browser.new_context()
        page = context.new_page()
        page.goto(address + "book/explorer.html")
        settle(page)
        started = time.perf_counter()
        page.click("#ex-go")
        says(page, ANSWER, "exactly 5 over R")
        cold.append((time.perf_counter() - started) / bare)
        for name in names:
            warm[name].append(page.evaluate(PRESET, name) / bare)
        context.close()
    assert min(cold) <= COLD, cold
    assert max(map(min, warm.values())) <= WARM, warm


def test_a_book_built_without_a_network_says_so_on_the_page(browser, address: str):
    page = browser.new_page()
    page.route("**/_static/pyodide/**", lambda route: route.fulfill(status=404, body=""))
    page.goto(address + "book/explorer.html")
    settle(page)
    page.click("#ex-go")
    says(page, "#ex-state", "built without a network")
    assert page.is_hidden("#ex-facts")
    page.close()


def test_opened_as_a_file_it_says_how_to_serve_it(browser, site: Path):
    page = browser.new_page()
    page.goto((site / "book" / "explorer.html").as_uri())
    assert "python3 -m http.server" in page.inner_text("#ex-state")
    assert page.is_disabled("#ex-go")
    page.close()
