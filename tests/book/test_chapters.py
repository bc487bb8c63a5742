"""What a person meets who opens a chapter: few imports, a guess, three things to take away."""

from __future__ import annotations

import ast
import re
from base64 import b64decode
from pathlib import Path

import jupytext
import nbformat
import pytest

from factrank.practice.html.strokes import DPI

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
CHAPTERS = sorted(NOTEBOOKS.glob("[0-9]*.md"))
MOST_IMPORTS = 10
GUESS = re.compile(
    r"^:::\{admonition\} Guess first: (.+)\n:class: dropdown guess\n(.+)\n:::$", re.MULTILINE
)
HIDDEN = re.compile(r"\$\$.*?\$\$|\$[^$]*\$|`[^`]*`", re.DOTALL)
LETTERS = "(F or T in the tables of the records)"
NUMBER = re.compile(r"\d+(?:\.\d+)?")
SUMS = {"21": {"25", "107"}}  # of a printed table, below
CLOSING = {"Exercises", "To take away", "What we verified"}
LIVE = "Live: a quick run"  # of an experiment, its criteria just told


def cells(chapter: Path, kind: str) -> list[str]:
    """Return the cells of one kind of a chapter."""
    notebook = jupytext.read(chapter, fmt="md:myst")
    return [cell.source for cell in notebook.cells if cell.cell_type == kind]


def imports(chapter: Path) -> int:
    """Return how many statements of a chapter import something."""
    trees = (ast.walk(ast.parse(source)) for source in cells(chapter, "code"))
    return sum(isinstance(it, (ast.Import, ast.ImportFrom)) for tree in trees for it in tree)


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda it: it.stem)
def test_a_chapter_imports_in_few_lines_and_no_stars(chapter: Path):
    assert 3 <= imports(chapter) <= MOST_IMPORTS
    assert "import *" not in chapter.read_text("utf-8")


def sections(chapter: Path) -> list[str]:
    """Return the titles of a chapter's sections."""
    lines = "\n".join(cells(chapter, "markdown")).splitlines()
    return [line.removeprefix("## ") for line in lines if line.startswith("## ")]


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda it: it.stem)
def test_a_chapter_ends_with_three_things_to_take_away(chapter: Path):
    text = "\n".join(cells(chapter, "markdown"))
    assert sections(chapter)[-2:] == ["To take away", "What we verified"]
    said = text.partition("\n## To take away\n")[2].partition("\n## ")[0].strip().splitlines()
    assert len(said) == 3 and all(line.startswith("- ") for line in said)
    assert max(map(len, said)) <= 300


def taught(section: str) -> bool:
    """Say whether a section computes what it teaches: no list, nothing said once more."""
    return "{code-cell}" in section and section.partition("\n")[0] not in {*CLOSING, LIVE}


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda it: it.stem)
def test_a_section_lets_one_guess_before_it_answers(chapter: Path):
    text = chapter.read_text("utf-8")
    _, *parts = re.split(r"^## ", text, flags=re.MULTILINE)
    assert any(map(taught, parts))
    assert [it.partition("\n")[0] for it in parts if taught(it) and not GUESS.search(it)] == []
    found = GUESS.findall(text)
    assert len(found) == text.count("Guess first")
    for question, answer in found:
        assert question.endswith("?") and answer.endswith("."), question
        assert len(question) <= 250 and len(answer) <= 250, question


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda it: it.stem)
def test_a_picture_fits_a_phone_with_letters_that_can_be_read(chapter: Path):
    """At 6.5 inches letters of 10 points are still 7 pixels high on a screen of 375."""
    notebook = nbformat.read(chapter.with_suffix(".ipynb"), as_version=4)
    outs = [out for cell in notebook.cells for out in cell.get("outputs", ())]
    drawn = [out.data["image/png"] for out in outs if "image/png" in out.get("data", {})]
    for picture in map(b64decode, drawn):
        assert picture[12:16] == b"IHDR"
        assert int.from_bytes(picture[16:20], "big") <= 6.5 * DPI


def shown(cell: nbformat.NotebookNode) -> str:
    """Return what a reader sees of a cell, but for formulas and code."""
    if cell.cell_type == "markdown":
        return HIDDEN.sub("", cell.source)
    figure = cell.metadata.get("mystnb", {})
    words = figure.get("figure", {}).get("caption", ""), figure.get("image", {}).get("alt", "")
    printed = (out.get("text", "") for out in cell.outputs)
    return "\n".join([*(HIDDEN.sub("", it) for it in words), *printed])


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda it: it.stem)
def test_a_reader_is_told_frozen_or_trained_in_words(chapter: Path):
    """The tables of the records have letters, and one sentence says which."""
    notebook = nbformat.read(chapter.with_suffix(".ipynb"), as_version=4)
    text = "\n".join(map(shown, notebook.cells))
    assert text.count(LETTERS) == (chapter.stem[:2] == "10")
    assert re.findall(r"(?<!\w)[FT](?![\w(])", text.replace(LETTERS, "")) == []


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda it: it.stem)
def test_a_number_to_take_away_stands_in_the_chapter_too(chapter: Path):
    """It is one of the text or of the printed lines, or one of them rounded."""
    notebook = nbformat.read(chapter.with_suffix(".ipynb"), as_version=4)
    told, own = [], []
    for cell in notebook.cells:
        text, _, rest = cell.source.partition("\n## To take away\n")
        away, _, after = rest.partition("\n## ")
        own.append(away)
        told += [GUESS.sub("", text), after]
        told += [out.text for out in cell.get("outputs", ()) if "text" in out]
    known = {float(it) for it in NUMBER.findall(" ".join(told))}
    for number in set(NUMBER.findall("".join(own))) - SUMS.get(chapter.stem[:2], set()):
        digits = len(number.partition(".")[2])
        assert any(f"{it:.{digits}f}" == number for it in known), number


def test_the_criteria_that_were_missed_are_counted_right():
    (chapter,) = (it for it in CHAPTERS if it.stem.startswith("21"))
    notebook = nbformat.read(chapter.with_suffix(".ipynb"), as_version=4)
    (table,) = (
        cell.outputs[0].text
        for cell in notebook.cells
        if "check-brief-criteria" in cell.metadata.get("tags", ())
    )
    rows = [line.split() for line in table.splitlines()[1:-1]]
    met, missed = (sum(int(row[column]) for row in rows) for column in (-2, -1))
    assert table.splitlines()[-1] == f"{met + missed} criteria, {missed} missed"
    text = chapter.read_text("utf-8")
    assert f"of {met + missed} criteria, how many were missed?" in text
    assert f"{missed} of {met + missed} criteria were missed" in text
