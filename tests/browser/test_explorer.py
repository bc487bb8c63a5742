"""The explorer as a reader uses it: what it opens with, edits, addresses, files, the head."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from factrank.facts.library import load_rows
from factrank.facts.reading.read import parse
from factrank.rank.verify.checker import verify
from tests.browser.visit import LOOK, SWITCHED, listen, settle

# One process starts Python once for most of these.
pytestmark = pytest.mark.xdist_group("explorer")

ANSWER, ERROR, SUM, SIZE = "#ex-answer", "#ex-error", "#ex-sum", "#ex-size"
PATIENCE = 120_000  # milliseconds: a machine that has much else to do still passes
FIVE = [
    "Astrid and Bernard, born_in and lives_in: Singapore",
    "Colin, born_in and lives_in: Malaysia",
    "Astrid, lives_in: Malaysia; take back Singapore",
    "Malaysia, currency: Ringgit",
    "Singapore, currency: Dollar",
]


def opened(browser, address: str, path: str = "book/explorer.html", **how):
    """Return a page of its own on the explorer."""
    how = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce"} | how
    page = browser.new_page(**how)
    page.set_default_timeout(PATIENCE)
    page.heard, page.asked = listen(page, address), []
    page.on("request", lambda request: page.asked.append(request.url))
    page.goto(address + path)
    settle(page)
    return page


@pytest.fixture(scope="module")
def explorer(browser, address: str, site: Path) -> Iterator:
    """The page, with Python started by a click on a cell."""
    if not (site / "_static" / "pyodide").exists():
        pytest.skip("this book was built without a network: the explorer has no Python")
    page = opened(browser, address)
    cell(page, "Astrid, born_in, Singapore").click()
    says(page, SIZE, "7 facts")
    yield page
    page.close()


@pytest.fixture
def example(explorer):
    """That page with the opening example in its table."""
    explorer.click("[data-preset=example]")
    says(explorer, SIZE, "8 facts")
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


def cell(page, name: str):
    """Return the cell of a grid; its label goes on where the sum is not what is asked for."""
    return page.locator(f".ex-grid button[aria-label^='{name}']")


def paste(page, text: str) -> None:
    """Put a table in by the field for pasting."""
    page.evaluate("document.getElementById('ex-csv').closest('details').open = true")
    page.fill("#ex-csv", text)
    page.click("#ex-use")


def words(page) -> list[str]:
    """Return the pieces as they are told."""
    return page.locator("#ex-terms .ex-words").all_inner_texts()


def test_it_opens_with_the_answer_and_the_five_pieces_and_starts_no_python(browser, address: str):
    page = opened(browser, address)
    assert page.inner_text(ANSWER) == "Rank is exactly 5 over R."
    assert words(page) == FIVE
    assert page.locator(".ex-grid").count() == 3
    assert page.locator(".ex-grid button[aria-pressed=true]").count() == 8
    assert "their sum is the tensor of the facts" in page.inner_text(SUM)
    assert "Astrid, born_in: Singapore; Astrid, lives_in: Malaysia" in page.inner_text("#ex-recall")
    for name in ("modular-addition-3", "modular-addition-7", "family-trees"):
        page.click(f"[data-preset={name}]")
        assert "8 facts" not in page.inner_text(SIZE)
    page.click("#ex-formulas")
    page.click("[data-preset=example]")
    assert (
        page.inner_text("#ex-terms .ex-formula >> nth=2")
        == "Astrid × lives_in × (Malaysia − Singapore)"
    )
    assert not [url for url in page.asked if "pyodide" in url or url.endswith((".py", ".zip"))]
    page.close()


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (375, 667)])
def test_answer_and_grids_are_on_one_screen(browser, address: str, width: int, height: int):
    page = opened(browser, address, viewport={"width": width, "height": height})
    for name in ("answer", "slices"):
        box = page.locator(f"#ex-{name}").bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= height, name
    inner = page.evaluate(
        "(() => { const it = document.getElementById('ex-slices');"
        " return [it.scrollHeight - it.clientHeight, it.scrollWidth - it.clientWidth]; })()"
    )
    assert inner == [0, 0]
    assert page.locator("#ex-fold").get_attribute("open") == ("" if width > 1000 else None)
    sides = page.locator(".ex-grid button").first.bounding_box()
    assert min(sides["width"], sides["height"]) >= 24  # a finger meets it
    page.close()


def test_a_cell_is_clicked_and_its_row_stays_when_its_last_fact_goes(example):
    cell(example, "Malaysia, currency, Ringgit").click()
    says(example, SIZE, "7 facts: 4 keys × 3 queries × 3 values")
    says(example, ANSWER, "exactly 4 over R")
    assert len(words(example)) == 4
    assert "currency" in example.locator("#ex-rows").evaluate(
        "it => [...it.querySelectorAll('input')].map(i => i.value).join()"
    )
    again = cell(example, "Malaysia, currency, Ringgit")
    assert again.get_attribute("aria-pressed") == "false"
    again.click()
    says(example, SIZE, "8 facts: 5 keys × 3 queries × 4 values")
    says(example, ANSWER, "exactly 5 over R")
    assert sorted(words(example)) == sorted(FIVE)


def test_cells_are_reached_and_pressed_by_keyboard(example):
    cell(example, "Astrid, born_in, Singapore").focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowLeft", "ArrowUp", "ArrowUp"):
        example.keyboard.press(key)
    label = "document.activeElement.getAttribute('aria-label')"
    assert example.evaluate(label) == "Astrid, born_in, Singapore"
    example.keyboard.press("ArrowRight")
    example.keyboard.press("Enter")
    says(example, SIZE, "9 facts")
    assert example.evaluate(label) == "Astrid, born_in, Malaysia"
    says(example, "#ex-more", "set-valued")
    example.keyboard.press("Space")
    says(example, SIZE, "8 facts")
    example.keyboard.press("Tab")
    assert example.evaluate(label).split(", ")[1] == "lives_in"


def test_no_fact_at_all_is_told_and_mended(example):
    paste(example, "key,query,value\na,b,c\n")
    says(example, SIZE, "1 fact: 1 key × 1 query × 1 value")
    cell(example, "a, b, c").click()
    says(example, ERROR, "found no fact, expected at least one")
    assert example.inner_text(ANSWER) == "No answer for these facts."
    cell(example, "a, b, c").click()
    says(example, ANSWER, "exactly 1 over R")
    assert example.inner_text(ERROR) == ""


def test_an_edit_moves_the_rank_and_a_slip_is_told_and_mended_by_keyboard_alone(example):
    value = field(example, "value of fact 3").input_value()
    field(example, "value of fact 3").focus()
    example.keyboard.press("Control+a")
    example.keyboard.press("Delete")
    says(example, ERROR, "fact 3: found an empty value")
    assert "No answer" in example.inner_text(ANSWER)
    assert field(example, "value of fact 3").get_attribute("aria-invalid") == "true"
    example.keyboard.type(value)
    says(example, ANSWER, "exactly 5 over R")
    assert example.inner_text(ERROR) == ""
    example.focus("[aria-label='Delete fact 8']")
    example.keyboard.press("Enter")
    says(example, ANSWER, "exactly 4 over R")
    assert "7 facts" in example.inner_text(SIZE)
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
    example.click("#ex-none")
    says(example, SUM, "The facts alone")
    example.focus("#ex-next")
    for on in range(1, 5):
        example.keyboard.press("Enter")
        says(example, SUM, f"{on} of 5 pieces on")
        assert "not yet" in example.inner_text(SUM)
    # the rule says too much of Astrid, and the third piece takes it back
    example.locator("#ex-terms input").nth(2).uncheck()
    assert cell(example, "Astrid, lives_in, Singapore").inner_text() == "1"
    example.locator("#ex-terms input").nth(2).check()
    assert cell(example, "Astrid, lives_in, Singapore").inner_text() == ""
    example.keyboard.press("Tab")
    example.focus("#ex-next")
    example.keyboard.press("Enter")
    says(example, SUM, "their sum is the tensor of the facts")
    assert "width of 5" in example.inner_text("#ex-width")


@pytest.mark.parametrize(
    ("preset", "answer"), [("modular-addition-3", "over R"), ("family-trees", "≤ rank ≤")]
)
def test_presets_answer_and_their_terms_add_up(example, preset: str, answer: str):
    example.click(f"[data-preset={preset}]")
    says(example, "#ex-answer", answer)
    assert "their sum is the tensor of the facts" in example.inner_text(SUM)
    assert example.locator("#ex-board .ex-stale").count() == 0


def test_a_wide_table_is_pasted(example):
    paste(example, "country,capital\nJapan,Tokyo\nItaly\n")
    says(example, "#ex-astray", "table:3: found")
    assert example.inner_text(ERROR) == ""
    assert "exactly 5" in example.inner_text(ANSWER)
    paste(example, "country,capital\nJapan,Tokyo\nItaly,Rome\n")
    says(example, ANSWER, "exactly 2 over R")
    assert example.inner_text("#ex-astray") == ""


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
    says(example, SIZE, "112 facts")
    example.click("#ex-search")
    says(example, "#ex-doing", "Searching for better bounds")
    example.wait_for_selector("#ex-bar[max='10']")
    example.wait_for_selector("#ex-busy", state="hidden")
    assert example.inner_text(ERROR) == ""
    lower, _, upper = example.inner_text(ANSWER).removesuffix(" over R.").split(" ≤ ")
    assert 24 <= int(lower) <= int(upper) <= 64
    assert "their sum is the tensor of the facts" in example.inner_text(SUM)
    assert "verified" in example.inner_text("#ex-proved")


def test_a_search_is_stopped_and_the_page_goes_on(example):
    example.click("[data-preset=family-trees]")
    says(example, SIZE, "112 facts")
    before = example.inner_text(ANSWER)
    example.click("#ex-search")
    example.click("#ex-stop")
    example.wait_for_selector("#ex-busy", state="hidden")
    assert example.inner_text(ANSWER) == before
    assert example.inner_text(ERROR) == "Stopped."
    assert not example.locator("#ex-search").get_attribute("aria-disabled")
    example.click("[data-preset=example]")
    cell(example, "Malaysia, currency, Ringgit").click()
    says(example, ANSWER, "exactly 4 over R")
    assert example.inner_text(ERROR) == ""


def test_an_edit_that_is_stopped_leaves_no_old_answer_beside_new_facts(browser, address: str):
    page = opened(browser, address)
    page.route("**/_static/pyodide/**", lambda route: None)  # never answered
    cell(page, "Malaysia, currency, Ringgit").click()
    page.click("#ex-stop")
    says(page, ERROR, "Stopped before there was an answer")
    assert page.inner_text(ANSWER) == "No answer for these facts."
    page.close()


# ---- addresses ----


def test_facts_travel_in_an_address(browser, address: str, example):
    cell(example, "Malaysia, currency, Ringgit").click()
    says(example, ANSWER, "exactly 4 over R")
    example.click("#ex-link")
    says(example, "#ex-linked", "The address of this page now holds these facts")
    link = example.evaluate("location.href")
    assert "?facts=Astrid,born_in,Singapore" in link and "Ringgit" not in link
    page = opened(browser, "", link)
    says(page, SIZE, "7 facts")
    assert page.inner_text(ANSWER) == "Rank is exactly 4 over R."
    assert words(page) == words(example)
    page.close()


def test_labels_with_commas_quotes_and_marks_travel_too(browser, address: str, example):
    paste(example, 'key,query,value\n"a, ""b"" + c & d=%#é;","q\nr",日本\nx,y,z\n')
    says(example, SIZE, "2 facts")
    example.click("#ex-link")
    says(example, "#ex-linked", "The address of this page now holds these facts")
    page = opened(browser, "", example.evaluate("location.href"))
    says(page, SIZE, "2 facts")
    read = "[...document.querySelectorAll('#ex-rows input')].map(it => it.value)"
    assert page.evaluate(read) == example.evaluate(read)
    page.close()


HOSTILE = {
    "": "found no fact",
    "a,b": "fact 1: found 2 cells",
    "<img src=x onerror=alert(1)>,q,v": "",
    "%00,%FF%FE,%": "",
    'a,b,"': "fact 1: found",
    "\n".join(f"k{n},q,v" for n in range(301)): "found 301 facts, expected at most 300",
    "a" * 30_001: "found 30001 characters, expected at most 30000",
}


def test_a_broken_or_hostile_address_gets_one_sentence(browser, address: str, explorer):
    page = opened(browser, address)
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    for facts, sentence in HOSTILE.items():
        coded = facts if "%" in facts else quote(facts)
        page.goto(f"{address}book/explorer.html?facts={coded}")
        if sentence:
            says(page, ERROR, sentence)
            said = page.inner_text(ERROR)
            assert said.startswith("The facts in this address were not read: ")
            assert "\n" not in said and "Traceback" not in said
            assert page.inner_text(ANSWER) == "Rank is exactly 5 over R."
        else:
            says(page, SIZE, "1 fact")
            assert page.locator("#ex-board img, #ex-board script").count() == 0
        assert not page.heard["console"], page.heard
    page.close()


# ---- a reader's own file ----


def drop(page, name: str, data: bytes | int) -> None:
    """Let a file of these bytes, or of so many, fall on the page outside of the field for it."""
    page.evaluate(
        """([name, bytes]) => {
          const held = new DataTransfer();
          held.items.add(new File([new Uint8Array(bytes)], name));
          for (const kind of ["dragover", "drop"])
            document.querySelector("h1").dispatchEvent(
              new DragEvent(kind, { dataTransfer: held, bubbles: true, cancelable: true }));
        }""",
        [name, data if isinstance(data, int) else list(data)],
    )


def test_a_dropped_file_is_audited_proved_and_sent_nowhere(example):
    data = b"key,query,value\nAnn,likes,tea\nBob,likes,tea\nBob,likes,tea\nBob,likes,Tea \n"
    example.asked.clear()
    drop(example, "mine.csv", data)
    says(example, "#ex-lines", "mine.csv: 3 facts in 4 rows")
    told = example.inner_text("#ex-lines")
    assert "1 fact given twice by one source" in told and "1 pair with several values" in told
    assert "Rank is exactly 2 over R." in example.inner_text("#ex-audited")
    assert "verified: 2 ≤ rank ≤ 2 over R" in example.inner_text("#ex-checked")
    assert "3 facts: 2 keys × 1 query × 2 values" in example.inner_text(SIZE)
    with example.expect_download() as saved:
        example.click("#ex-certify")
    assert saved.value.suggested_filename == "mine.certificate.json"
    proof = json.loads(Path(saved.value.path()).read_text(encoding="utf-8"))
    assert verify(parse(data), proof).valid
    assert [url for url in example.asked if not url.startswith("blob:")] == []


def test_a_file_too_large_to_draw_is_proved_and_the_board_stays(example):
    rows = load_rows("elements")
    text = "\n".join(["key,query,value", *(",".join(row[:3]) for row in rows)])
    example.set_input_files(
        "#ex-file", {"name": "elements.csv", "mimeType": "text/csv", "buffer": text.encode()}
    )
    says(example, "#ex-audited", "elements.csv: Rank is exactly 74 over R.")
    assert "too many to draw" in example.inner_text("#ex-drawn")
    assert "8 facts" in example.inner_text(SIZE)
    with example.expect_download() as saved:
        example.click("#ex-certify")
    proof = json.loads(Path(saved.value.path()).read_text(encoding="utf-8"))
    assert verify(parse(text), proof).valid


def test_a_file_that_cannot_be_read_is_refused_and_loses_nothing(example):
    drop(example, "bad.csv", b"key,query,value\na,b\n")
    says(example, "#ex-astray", "bad.csv:2: found 2 cells, expected 3")
    assert example.is_hidden("#ex-report") and "8 facts" in example.inner_text(SIZE)
    drop(example, "big.csv", 10_000_001)
    says(example, "#ex-astray", "big.csv: found 10.0 MB, expected at most 10")


def test_the_board_is_saved_with_its_certificate(example):
    cell(example, "Astrid, lives_in, Malaysia").click()
    says(example, SIZE, "7 facts")
    saved = []
    for button in ("#ex-save-facts", "#ex-save-proof"):
        with example.expect_download() as it:
            example.click(button)
        saved.append(Path(it.value.path()).read_text(encoding="utf-8"))
    facts, proof = saved
    assert verify(parse(facts), json.loads(proof)).valid


# ---- the head ----


def test_the_head_holds_the_facts_of_the_board_and_answers_as_its_attention_moves(example):
    four = "Astrid, born_in: Singapore; Astrid, lives_in: Malaysia; Bernard, born_in: Singapore"
    for setting in ("votes", "attention"):
        example.click(f"[data-head={setting}]")
        assert four in example.inner_text("#ex-recall")
        assert "right for 4 of 4 cells" in example.inner_text("#ex-recall")
    example.focus("input[aria-label='A: Astrid, born_in']")
    example.keyboard.press("End")
    says(example, "#ex-recall", "Astrid, born_in: Ringgit")
    assert "right for 3 of 4 cells" in example.inner_text("#ex-recall")
    cell(example, "Bernard, lives_in, Singapore").click()
    says(example, "#ex-recall", "Colin, lives_in: Malaysia. That is right for 4 of 4 cells")


# ---- faults ----


def no_fault(page, axe: Callable, reader: str = "light") -> None:
    """Assert that the page as it stands now has no fault."""
    assert not any(page.heard.values()), page.heard
    assert not any(page.evaluate(LOOK, "light" if reader == "phone" else reader).values())
    assert axe(page, reader) == []


def test_the_running_page_has_no_fault_at_any_width(example, axe):
    drop(example, "mine.csv", b"key,query,value\nAnn,likes,tea\nBob,likes,milk\n")
    says(example, "#ex-audited", "mine.csv")
    example.click("#ex-none")
    example.click("#ex-next")
    example.click("#ex-proof summary")
    no_fault(example, axe)
    example.set_viewport_size({"width": 375, "height": 740})
    no_fault(example, axe)
    example.set_viewport_size({"width": 1280, "height": 900})


def test_the_running_page_has_no_fault_in_the_dark(example, axe):
    cell(example, "Malaysia, currency, Ringgit").click()
    says(example, ANSWER, "exactly 4 over R")
    example.emulate_media(color_scheme="dark")
    example.wait_for_function(SWITCHED, arg="dark")
    no_fault(example, axe, "dark")
    example.emulate_media(color_scheme="light")
    example.wait_for_function(SWITCHED, arg="light")


def test_the_bar_has_no_fault_either(browser, address: str, axe):
    page = opened(browser, address)
    page.route("**/_static/pyodide/**", lambda route: None)  # never answered
    cell(page, "Malaysia, currency, Ringgit").click()
    page.wait_for_selector("#ex-busy")
    no_fault(page, axe)
    page.close()


# From the first click to its answer, and from a later click to its own, as parts of the time that
# bare Python takes to start in the same browser: a slow machine slows both.
COLD, WARM = 2.5, 0.2
BARE = """async (at) => {
  const started = performance.now();
  const { loadPyodide } = await import(at + "pyodide.mjs");
  const python = await loadPyodide({ indexURL: at });
  python.runPython("sum(n * n for n in range(2_000_000))");
  return (performance.now() - started) / 1000;
}"""
CLICK = """() => new Promise((done) => {
  const started = performance.now();
  new MutationObserver((_, watch) => requestAnimationFrame(() => {
    watch.disconnect();
    done((performance.now() - started) / 1000);
  })).observe(document.getElementById("ex-size"), { childList: true });
  document.querySelector(".ex-grid button[aria-pressed=true]").click();
})"""


def test_the_first_answer_comes_soon_and_the_next_at_once(browser, address: str, explorer):
    names = ("example", "modular-addition-3", "modular-addition-7", "family-trees")
    cold, warm = [], {name: [] for name in names}
    # another process may hold the machine for a moment: the best of three counts
    while len(cold) < 3 and (min(cold, default=9) > COLD or max(map(min, warm.values())) > WARM):
        context = browser.new_context()  # nothing is kept from an earlier visit
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(address + "book/glossary.html")
        bare = page.evaluate(BARE, address + "_static/pyodide/")
        context.close()
        context = browser.new_context()
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(address + "book/explorer.html")
        settle(page)
        started = time.perf_counter()
        cell(page, "Malaysia, currency, Ringgit").click()
        says(page, ANSWER, "exactly 4 over R")
        cold.append((time.perf_counter() - started) / bare)
        for name in names:
            page.click(f"[data-preset={name}]")
            warm[name].append(page.evaluate(CLICK) / bare)
        context.close()
    print(f"bare {bare:.1f} s, cold {cold}, warm {warm}")
    assert min(cold) <= COLD, cold
    assert max(map(min, warm.values())) <= WARM, warm


def test_a_book_built_without_a_network_says_so_on_the_page(browser, address: str):
    page = opened(browser, address)
    page.route("**/_static/pyodide/**", lambda route: route.fulfill(status=404, body=""))
    cell(page, "Malaysia, currency, Ringgit").click()
    says(page, ERROR, "built without a network")
    assert page.inner_text(ANSWER) == "No answer for these facts."
    page.click("[data-preset=example]")
    assert page.inner_text(ANSWER) == "Rank is exactly 5 over R."
    page.close()


def test_opened_as_a_file_it_shows_the_example_and_says_why_it_answers_no_more(browser, site: Path):
    page = opened(browser, (site / "book").as_uri(), "/explorer.html")
    assert words(page) == FIVE and page.inner_text(ANSWER) == "Rank is exactly 5 over R."
    assert "python3 -m http.server" in page.inner_text("#ex-state")
    page.click("[data-preset=family-trees]")
    assert "112 facts" in page.inner_text(SIZE)
    page.click("[data-preset=example]")
    cell(page, "Malaysia, currency, Ringgit").click()
    says(page, ERROR, "A page opened as a file may not start Python")
    assert page.inner_text(ANSWER) == "No answer for these facts."
    page.close()
