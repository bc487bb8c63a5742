"""The book's exercises: how checkers speak, and that every chapter's exercises are whole."""

from __future__ import annotations

import importlib
import pkgutil
import re
from fractions import Fraction
from inspect import signature
from pathlib import Path

import nbformat
import numpy as np
import pytest
import yaml

from companion import exercises
from companion.exercises import LEVELS, Verdict, call, exercise, require, shown
from companion.exercises import _kinds as kinds
from factrank.errors import FactrankError

ROOT = Path(__file__).resolve().parents[3]
NAMES = sorted(m.name for m in pkgutil.iter_modules(exercises.__path__) if m.name[0] != "_")
MODULES = {name: importlib.import_module(f"companion.exercises.{name}") for name in NAMES}
CHECKERS = {
    f"{name}.{word}": found
    for name, module in MODULES.items()
    for word, found in vars(module).items()
    if hasattr(found, "verdict")
}
STRANGE = [
    object(), "", "word", b"bytes", True, -1, 0, 10**40, 2.5, float("nan"), 1j, Fraction(1, 3),
    (), [], [[]], {}, {"a": 1}, {1}, ("a", "b"), ("a", "b", "c"), [("a", "b", "c")], (1, 2),
    (1, 2, 3), [1.5, "x"], [[1, 2], [3]], np.zeros(0), np.ones((2, 2)), np.ones((2, 2, 2)), print,
    lambda *given: 1 / 0, lambda *given: None, lambda *given: "x", int, iter([1]), range(3), [...],
    [("a", "b")], [("a", "", "c")], [(1, 2, 3)], [None, None],
]  # fmt: skip


# --- how checkers speak --------------------------------------------------------------------------


@pytest.mark.parametrize("checker", CHECKERS.values(), ids=CHECKERS)
def test_a_blank_answer_is_told_what_to_put_in(checker, capsys):
    for blank in (..., None):
        verdict = checker.verdict(blank)
        assert not verdict.right
        assert re.fullmatch(r"Not yet: replace \.\.\. by \w.*[^.]\.", verdict.says)
    assert checker(...) is None
    assert capsys.readouterr().out == checker.verdict(...).says + "\n"


@pytest.mark.parametrize("checker", CHECKERS.values(), ids=CHECKERS)
def test_no_answer_makes_a_checker_raise(checker):
    for answer in STRANGE:
        verdict = checker.verdict(answer)
        start = "Right: " if verdict.right else "Not yet: "
        assert verdict.says.startswith(start) and verdict.says[-1] in ".?", verdict
        assert "\n" not in verdict.says and not verdict.says.endswith(".."), verdict


@pytest.mark.parametrize("checker", CHECKERS.values(), ids=CHECKERS)
def test_what_cannot_be_an_answer_is_told_what_was_expected(checker):
    assert checker.verdict(object()).says.startswith("Not yet: expected ")


def test_a_checker_says_what_the_check_returns_or_requires():
    @exercise(kinds.WHOLE, 1, "easy")
    def seven(answer: int) -> str:
        """Seven."""
        require(answer <= 7, f"{answer} is too large.")
        if answer < 0:
            raise FactrankError("no sign, please")
        call(lambda n: 1 // n, answer)
        return "it is small."

    assert seven.verdict(np.int64(7)) == Verdict(True, "Right: it is small.")
    assert seven.verdict(8) == Verdict(False, "Not yet: 8 is too large.")
    assert seven.verdict(-1).says == "Not yet: no sign, please."
    assert "your function raises ZeroDivisionError on (0): " in seven.verdict(0).says
    assert seven.verdict(True).says == "Not yet: expected a whole number, found True."
    assert str(signature(seven)) == "(answer)" and seven.__name__ == "seven"
    assert seven.__wrapped__(3) == "it is small."


def test_long_answers_are_shown_short():
    assert shown("x" * 99) == "'" + "x" * 56 + "..."
    assert shown(np.ones((2, 3))) == "ndarray of shape (2, 3)"
    assert shown(print) == "the function print"


READ = [
    (kinds.WHOLE, np.int32(3), 3),
    (kinds.NUMBER, Fraction(1, 3), 1 / 3),
    (kinds.NUMBER, 3, 3.0),
    (kinds.WORD, "tea", "tea"),
    (kinds.several(kinds.WHOLE, 2, "two whole numbers"), [1, 2], (1, 2)),
    (kinds.several(kinds.WHOLE, None, "whole numbers"), iter([1, 2, 3]), (1, 2, 3)),
    (kinds.one_of("yes", "no"), " Yes", "yes"),
]
REFUSED = [
    (kinds.WHOLE, 2.0, "expected a whole number, found 2.0"),
    (kinds.NUMBER, float("inf"), "expected a number, found inf"),
    (kinds.NUMBER, "3", "expected a number, found '3'"),
    (kinds.WORD, 3, "expected a word, found 3"),
    (kinds.FACTS, "abc", "expected a list of facts (key, query, value) or a Database, found 'abc'"),
    (kinds.FACTS, ("a", "b", "c"), "or a Database, found ('a', 'b', 'c')"),
    (kinds.FACTS, [], "the list holds no facts"),
    (kinds.FACTS, [("a", "r", "")], "expected a non-empty value, found ''"),
    (kinds.TERMS, [1], "expected a list of Term, found [1]"),
    (kinds.FUNCTION, 3, "expected a function, found 3"),
    (kinds.document("a certificate"), 3, "expected a certificate, found 3"),
    (kinds.several(kinds.WHOLE, 2, "two whole numbers"), (1,), "expected two whole numbers"),
    (kinds.several(kinds.WHOLE, 2, "two"), (1, "x"), "expected a whole number, found 'x'"),
    (kinds.one_of("yes", "no"), "perhaps", "expected 'yes' or 'no', found 'perhaps'"),
    (kinds.array((2, 2), "a square"), [1, 2], "expected a square, shape (2, 2), found shape (2,)"),
    (kinds.array((1,), "a list"), [float("nan")], "found a number that is not finite"),
    (kinds.array((1,), "a list"), "x", "expected a list, found 'x'"),
]


@pytest.mark.parametrize(("kind", "answer", "plain"), READ)
def test_kinds_are_generous_in_form(kind, answer, plain):
    assert kind.read(answer) == plain


@pytest.mark.parametrize(("kind", "answer", "sentence"), REFUSED)
def test_kinds_say_what_they_expected_and_found(kind, answer, sentence):
    says = exercise(kind, 1, "easy")(str).verdict(answer).says
    assert says.startswith("Not yet: ") and sentence in says


def test_chapters_are_loaded_by_name_and_only_chapters():
    assert exercises.__getattr__("ch01") is MODULES["ch01"]
    for name in ("ch00", "chapter", "ch1", "_kinds_"):
        with pytest.raises(AttributeError, match=f"has no attribute '{name}'"):
            getattr(exercises, name)


# --- every chapter's exercises are whole ---------------------------------------------------------

TOC = yaml.safe_load((ROOT / "book/_toc.yml").read_text("utf-8"))
CHAPTERS = [
    Path(entry["file"]).name
    for part in TOC["parts"]
    for entry in part["chapters"]
    if entry["file"].startswith("notebooks/")
]
# For a reader in a hurry: it only repeats figures of other chapters, whose exercises practise them.
BRIEF = "21_what_the_experiments_say"
EXERCISE = re.compile(
    r"^````\{exercise\} (?P<title>.+)\n:label: (?P<label>\S+)\n\n.+?^````$", re.M | re.S
)
START = re.compile(r"^````\{solution-start\} (\S+)\n:label: (\S+)\n:class: dropdown\n````$", re.M)
END = re.compile(r"^````\{solution-end\}\n````$", re.M)
STUB = re.compile(r"answer = \.\.\.  # \S.+\n(?P<checker>ch\d\d\.\w+)\(answer\)")


def cells_of(name: str) -> list[nbformat.NotebookNode]:
    return nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4).cells


def printed(cell: nbformat.NotebookNode) -> str:
    return "".join(output.get("text", "?") for output in cell.outputs)


def exercises_of(cells: list[nbformat.NotebookNode]) -> list[nbformat.NotebookNode]:
    """Return the cells from the section "Exercises" up to "To take away", the next one."""
    heads = [
        (n, line)
        for n, cell in enumerate(cells)
        if cell.cell_type == "markdown"
        for line in cell.source.splitlines()
        if line.startswith("## ")
    ]
    titles = [line for _, line in heads]
    ends = ["## Exercises", "## To take away", "## What we verified"]
    assert titles[-3:] == ends, titles[-3:]
    return cells[heads[-3][0] : heads[-2][0] + 1]


def flow(cells: list[nbformat.NotebookNode]) -> list[tuple[str, str, str]]:
    """Return (what, label, code or output) of the section, in order."""
    found = []
    for cell in cells:
        if cell.cell_type == "code":
            tags = cell.metadata.get("tags", [])
            found.append(
                (*sorted({"exercise", "solution"} & set(tags)), cell.source, printed(cell))
            )
            continue
        marks = [("title", m.start(), m["label"]) for m in EXERCISE.finditer(cell.source)]
        marks += [("start", m.start(), m[1]) for m in START.finditer(cell.source)]
        marks += [("end", m.start(), "") for m in END.finditer(cell.source)]
        found += [(what, label, "") for what, _, label in sorted(marks, key=lambda mark: mark[1])]
    return found


@pytest.mark.parametrize("name", [name for name in CHAPTERS if name != BRIEF])
def test_every_chapter_has_exercises_that_answer_back(name):
    number = name[:2]
    section = exercises_of(cells_of(name))
    text = "\n".join(cell.source for cell in section if cell.cell_type == "markdown")
    steps = flow(section)
    labels = [label for what, label, _ in steps if what == "title"]
    assert 2 <= len(labels) <= 4, f"{name} has {len(labels)} exercises"
    assert len(labels) == len(re.findall(r"\{exercise\}", text)), "an exercise without its form"
    assert all(label.startswith(f"ex-{number}-") for label in labels), labels
    asked = []
    for label in labels:
        at = steps.index(("title", label, ""))
        (what, stub, says), start = steps[at + 1], steps[at + 2]
        form = STUB.fullmatch(stub)
        assert what == "exercise" and form, (label, stub)
        assert says.startswith("Not yet: replace ... by ") and says.count("\n") == 1, (label, says)
        assert start == ("start", label, ""), (label, start)
        end = steps.index(("end", "", ""), at)
        solutions = [step for step in steps[at:end] if step[0] == "solution"]
        assert solutions and len(solutions) == end - at - 3, (label, steps[at:end])
        for _, code, says in solutions:
            assert f"{form['checker']}(" in code, (label, code)
            assert says and all(line.startswith("Right: ") for line in says.splitlines()), says
        asked.append(form["checker"])
    public = [checker for checker in CHECKERS if checker.startswith(f"ch{number}.")]
    assert sorted(asked) == sorted(public), "a checker that no exercise asks, or one asked twice"


@pytest.mark.parametrize("name", [name for name in CHAPTERS if name != BRIEF])
def test_every_exercise_says_its_minutes_and_level_and_they_sum_to_the_chapters(name):
    section = exercises_of(cells_of(name))
    sources = [cell.source for cell in section]
    titles = [m["title"] for source in sources for m in EXERCISE.finditer(source)]
    asked = [CHECKERS[m["checker"]] for source in sources for m in STUB.finditer(source)]
    for title, checker in zip(titles, asked, strict=True):
        assert checker.level in LEVELS and 1 <= checker.minutes <= 15, title
        assert title.startswith("★") == (checker.level == "hard"), title
    box = BOX.search((ROOT / "notebooks" / f"{name}.md").read_text("utf-8"))
    total = MINUTES[box["exercises"]]
    assert sum(checker.minutes for checker in asked) == total


def test_labels_follow_from_one_another():
    starts = [
        m for p in (ROOT / "notebooks").glob("*.md") for m in START.findall(p.read_text("utf-8"))
    ]
    assert len(starts) == len(set(starts)) > 0
    for label, solution in starts:
        assert solution == label.replace("ex-", "sol-", 1)


# --- every chapter says first what it takes ------------------------------------------------------

MINUTES = {"ten": 10, "fifteen": 15, "twenty": 20, "thirty": 30}
BOX = re.compile(
    r"""^:::\{admonition\}\ This\ chapter\n
    :class:\ note\n
    -\ \*\*You\ will\ learn\*\*\ (?P<learn>.+)\.\n
    -\ \*\*You\ need\*\*\ (?P<need>.+)\.\n
    -\ \*\*It\ takes\*\*\ (?P<read>[\w-]+)\ minutes\ to\ read
    (\ with\ the\ proofs,\ [\w-]+\ without)?,
    (\ (?P<exercises>[\w-]+)\ minutes\ for\ the\ exercises,)?
    \ and\ (?P<run>.+?)\ to\ run\.(?P<more>.*)\n
    :::$""",
    re.M | re.X,
)


@pytest.mark.parametrize("name", CHAPTERS)
def test_every_chapter_says_what_you_learn_need_and_how_long_it_takes(name):
    text = (ROOT / "notebooks" / f"{name}.md").read_text("utf-8")
    box = BOX.search(text)
    assert box, f"{name}: the box 'This chapter' has not the form"
    assert (box["exercises"] is None) == (name == BRIEF), "time for exercises where there are some"
    assert text.index("# ") < box.start() < text.index("```{code-cell}"), "it stands at the top"
    if name != CHAPTERS[0]:
        needed = re.findall(r"\{doc\}`(?:[^`<]*<)?(\d\d_\w+)>?`", box["need"])
        assert needed, f"{name}: no earlier chapter is linked"
        assert all(CHAPTERS.index(other) < CHAPTERS.index(name) for other in needed), needed
