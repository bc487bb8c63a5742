"""The teaching kit: lessons and slides, boards, questions, and the sheets that are typeset."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from runpy import run_path
from urllib.parse import parse_qs

import pytest

from factrank import rank_interval

ROOT = Path(__file__).resolve().parents[2]
BOOK = ROOT / "book"
SLIDES = (BOOK / "slides.md").read_text("utf-8")
TEACH = (BOOK / "teach.md").read_text("utf-8")
SLIDE = re.compile(r"^\(slide-([\w-]+)\)=\n## [^\n]+\n(.*?)(?=^\(slide-|\Z)", re.M | re.S)
MINUTES = {"forty-five": 45, "ninety": 90, "ninety-attention": 90}


@pytest.fixture(autouse=True, scope="module")
def extensions():
    """Let the tests import the extensions as Sphinx does."""
    sys.path.insert(0, str(BOOK / "_ext"))
    yield
    sys.path.remove(str(BOOK / "_ext"))


@pytest.fixture(scope="module")
def lessons():
    import lessons

    return lessons


@pytest.fixture(scope="module")
def kit():
    pytest.importorskip("typst")
    import kit

    return kit


# --- lessons and slides --------------------------------------------------------------------------


def test_a_lesson_has_no_gap_and_ends_in_time_and_is_on_the_page_to_teach_from(lessons):
    assert [*lessons.plan()["lessons"]] == [*MINUTES] == re.findall(r"\{lesson\} (\S+)", TEACH)
    for name, minutes in MINUTES.items():
        times = [*lessons.times(name).values()]
        assert times[0][0] == 0 and times[-1][1] == minutes
        assert [end for _, end in times[:-1]] == [start for start, _ in times[1:]]
        assert all(start < end for start, end in times)


def test_the_two_long_lessons_are_orders_of_the_same_slides(lessons):
    slides = {name: found for name, found in SLIDE.findall(SLIDES)}
    plans = {name: [*it["slides"]] for name, it in lessons.plan()["lessons"].items()}
    assert {slide for plan in plans.values() for slide in plan} == {*slides}
    long, known = plans["ninety"], plans["ninety-attention"]
    assert len({*long} & {*known}) >= 10 and long.index("votes") > long.index("rank")
    assert known.index("slices") < known.index("head") < known.index("votes") < known.index("rank")


def test_a_slide_is_short_has_notes_and_types_no_number_of_a_record():
    for name, text in SLIDE.findall(SLIDES):
        shown, _, notes = text.partition("```{container} notes\n")
        assert len(notes.split()) >= 4, name
        assert len(shown.split()) <= 60, name
        words = re.sub(r"\{(?:told|cell|board|numref|prf:ref)\}`[^`]+`|\$[^$]+\$", "", text)
        # 1 and 2 name heads and things; what was measured is told by its page.
        assert set(re.findall(r"\d+(?:\.\d+)?", words)) <= {"1", "2"}, name


# --- boards --------------------------------------------------------------------------------------


def test_each_address_opens_the_explorer_with_the_facts_and_the_rank_that_are_told(lessons):
    explore = run_path(str(BOOK / "_static" / "explorer" / "explore.py"))
    boards = lessons.plan()["boards"]
    assert {*re.findall(r"\{board\}`([^`]+)`", SLIDES)} == {*boards}
    for name in boards:
        (text,) = parse_qs(lessons.address(name).removeprefix("?"), strict_parsing=True)["facts"]
        asked = json.dumps({"text": f"key,query,value\n{text}\n"})
        found = json.loads(explore["answer"](asked))
        facts = [*map(tuple, found["rows"])]
        assert sorted(facts) == sorted(lessons.board(name).triples()), name
        assert found["lower"] == found["upper"] == lessons.rank(name), name
        assert len(lessons.address(name)) < 8_000, "what the explorer itself would write"


def test_what_the_notes_say_of_the_boards_is_so(lessons):
    rank = lessons.rank
    assert rank("moved") < rank("eight") == rank("copied")
    assert rank("four") < rank("three") and {*lessons.board("three").triples()} < {
        *lessons.board("four").triples()
    }
    assert (rank("earth"), rank("towns")) == (1, 12) and rank("sentence") == 1


def test_a_board_whose_rank_is_not_known_is_refused(lessons, monkeypatch):
    open_ = rank_interval(lessons.board("clock"), "quick")
    monkeypatch.setattr(lessons.fr, "rank_interval", lambda *_: open_.__class__(
        **{**vars(open_), "upper": open_.upper + 1}))  # fmt: skip
    lessons.rank.cache_clear()
    with pytest.raises(ValueError, match="board clock: expected an exact rank"):
        lessons.rank("clock")
    lessons.rank.cache_clear()


# --- questions -----------------------------------------------------------------------------------


def test_each_question_without_code_has_a_folded_answer_that_names_its_page():
    part = TEACH.split("## Questions without code")[1].split("\n## ")[0]
    asked = re.split(r"^\d+\. ", part, flags=re.M)[1:]
    assert len(asked) == 8
    for it in asked:
        question, _, answer = it.partition(":::{dropdown}")
        assert re.search(r"\?\*\*|\?", question), question
        (page,) = re.findall(r"\{doc\}`(core/\w+)`", answer)
        assert (BOOK / f"{page}.md").is_file()


# --- the sheets ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sheets(kit, tmp_path_factory):
    """Both sheets, and their text with one space between words."""
    pypdf = pytest.importorskip("pypdf")
    folder = tmp_path_factory.mktemp("kit")
    kit.typeset(folder)
    pages = {name: pypdf.PdfReader(folder / f"{name}.pdf").pages for name in kit.SHEETS}
    read = {name: [" ".join(it.extract_text().split()) for it in them]
            for name, them in pages.items()}  # fmt: skip
    return folder, read


def test_the_solutions_have_a_file_of_their_own(sheets):
    _, read = sheets
    assert {name: len(pages) for name, pages in read.items()} == {
        "handout": 2, "worksheet": 1, "solutions": 1
    }  # fmt: skip
    assert "independent" not in read["worksheet"][0]


def test_the_numbers_on_paper_are_those_of_the_records(sheets, kit):
    _, read = sheets
    first, second = read["handout"]
    told = {page: kit.numbers(page) for page in kit.TOLD}
    cliff, spend, facts = told["cliff"], told["spend"], told["facts"]
    assert f"Here are {facts['facts']} facts" in first
    assert f"a tensor of {facts['cells']} cells" in first
    assert f"On {cliff['facts']} facts of rank {cliff['rank']}" in second
    assert (
        f"At {cliff['rank']}, {cliff['fit_at']} layers of {cliff['seeds']} fit [measured]" in second
    )
    assert f"one head recalls {spend['one_head']}, two {spend['two_heads']}" in second
    assert f"a scale of {told['readers']['scale']} [proved]. With" in second


def test_each_sentence_of_the_handout_that_tells_a_result_says_what_it_rests_on(sheets):
    """On its second page."""
    _, second = sheets[1]["handout"]
    told = second[second.index("Where training") : second.index("Words")]
    for it in re.split(r"(?<=[.\]])\s+(?=[A-Z])", told):
        if re.search(r"\d\d|\d%|width (two|three|six)", it):
            assert it.rstrip().endswith(("[proved].", "[cited].", "[measured].")), it


def test_the_worksheet_takes_what_it_says_and_its_answers_pass_their_checkers(sheets, kit):
    _, read = sheets
    (questions,), (solutions,) = read["worksheet"], read["solutions"]
    (whole,) = re.findall(r"(\d+) minutes, alone", questions)
    assert sum(map(int, re.findall(r"\((\d+) minutes, \w+\)", questions))) == int(whole) == 45
    assert all(f"({kit.takes(it)})" in questions
               for name, it in kit.TAKEN.items() if name != "cycles")  # fmt: skip
    given = kit.inputs()
    assert f"{given['ones.0']} ones" in solutions and f"{given['ones.1']} zeros" in solutions
    assert f"It falls to {given['six.back']}" in solutions


def test_the_moves_of_the_worksheet_are_named_for_their_rank_depends_on_them(kit):
    stay = "AAAABBBBCCCCDDDDEEEE"
    ranks = {
        "a path": kit.homes(stay, "BAAACBBBDCCCDDDDEEEE"),
        "a ring": kit.homes(stay, "BAAACBBBACCCDDDDEEEE"),
        "one move": kit.homes(stay, "BBBABBBBCCCCDDDDEEEE"),
    }
    assert ranks == {"a path": 8, "a ring": 7, "one move": 6}
    given = kit.tables()
    assert given["six.back"] < given["six.rank"] == given["six.dora"]
    assert given["nine.less"] > given["nine.rank"] == 1


def test_a_second_spelling_costs_a_piece_only_if_it_is_another_answer(kit):
    """Question 8 of the page to teach from."""
    cities = ["Oslo", "Bergen", "Rome", "Oslo", "Oslo", "Oslo"]
    once = [(n, "lives", city) for n, city in enumerate(cities)]
    half = [(n, q, "oslo" if city == "Oslo" and n % 2 else city) for n, q, city in once]
    both = once + [(n, q, "oslo") for n, q, city in once if city == "Oslo"]
    assert (kit.known(once), kit.known(half), kit.known(both)) == (3, 4, 3)


def test_an_answer_that_its_checker_refuses_is_not_printed(kit, monkeypatch):
    monkeypatch.setitem(kit.ANSWERS, "ones", ("ch01.ones_and_zeros", (40, 241)))
    with pytest.raises(ValueError, match=r"ch01\.ones_and_zeros: expected a right answer"):
        kit.inputs()


def test_a_number_that_changes_changes_the_sheet_and_one_that_is_gone_fails(
    sheets, kit, monkeypatch, tmp_path
):
    folder, _ = sheets
    given = kit.inputs()
    monkeypatch.setattr(kit, "inputs", lambda: given)
    kit.typeset(tmp_path)
    assert all((tmp_path / f"{it}.pdf").read_bytes() == (folder / f"{it}.pdf").read_bytes()
               for it in kit.SHEETS)  # fmt: skip
    monkeypatch.setattr(kit, "inputs", lambda: given | {"cliff.rank": "17"})
    kit.typeset(tmp_path)
    assert (tmp_path / "handout.pdf").read_bytes() != (folder / "handout.pdf").read_bytes()
    less = {name: it for name, it in given.items() if name != "cliff.rank"}
    monkeypatch.setattr(kit, "inputs", lambda: less)
    with pytest.raises(Exception, match=r"cliff\.rank"):
        kit.typeset(tmp_path)
