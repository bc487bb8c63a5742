"""Cells that verify are one line on the web, in the words of the chapter's last table."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
EXTENSIONS = ROOT / "book" / "_ext"
CONF = """\
import sys
sys.path.insert(0, {extensions!r})
extensions = ["myst_nb", "sphinx_proof", "sphinx_exercise", "cells", "folds"]
nb_execution_mode = "off"
myst_enable_extensions = ["dollarmath"]
master_doc = "small"
exclude_patterns = ["build"]
html_theme = "basic"
"""
OPENING = """\
# Chapter

```{prf:theorem} A
:label: claim-a

A size.
```
"""
SOLUTION = """\
```{exercise}
:label: ex-a

Why?
```

```{solution-start} ex-a
```
"""
END = """\
```{solution-end}
```

## What we verified

| claim | the assert that holds it |
|---|---|
| P1, {prf:ref}`claim-a`: by hand; for $n$ cases | `check-hand`, `check-cases` |
| both at once | `check-hand`, `check-both`, `check-more` |
| a table; a picture | `check-table` |
| drawn | `check-drawn` |
| a definition | `check-shown` |
"""
DOT = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
    "rkJggg=="
)


def code(source: str, *tags: str, prints: str = "", draws: bool = False) -> nbformat.NotebookNode:
    """Return a code cell with its outputs."""
    cell = nbformat.v4.new_code_cell(source, metadata={"tags": [*tags]})
    if prints:
        cell.outputs.append(nbformat.v4.new_output("stream", name="stdout", text=prints))
    if draws:
        cell.outputs.append(nbformat.v4.new_output("display_data", data={"image/png": DOT}))
    return cell


def cells() -> list[nbformat.NotebookNode]:
    """Return the cells of a small chapter."""
    text = nbformat.v4.new_markdown_cell
    return [
        text(OPENING),
        code("import numpy as np\nfrom factrank import read"),
        code("assert 1 == 1", "check-hand"),
        code("assert 2 == 2", "check-cases", prints="91 databases\n"),
        code("assert 3 == 3", "check-both", "hide-input"),
        code("assert 3 == 3", "check-more"),
        code("assert 4 == 4", "check-table", prints="a 1\nb 2\n"),
        code("assert 5 == 5", "check-drawn", draws=True),
        code("assert 6 == 6", "check-shown", "show-code", prints="six\n"),
        code("plain = 7"),
        text(SOLUTION),
        code("assert 8 == 8", "check-exercise"),
        text(END),
    ]


def build(root: Path, notebook: list[nbformat.NotebookNode], builder: str) -> tuple[str, str]:
    """Return what Sphinx complained of, and the page."""
    kernel = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}
    (root / "conf.py").write_text(CONF.format(extensions=str(EXTENSIONS)), encoding="utf-8")
    whole = nbformat.v4.new_notebook(cells=notebook, metadata=kernel)
    nbformat.write(whole, root / "small.ipynb")
    command = [sys.executable, "-m", "sphinx", "-q", "-n", "-E", "-b", builder]
    command += [str(root), str(root / "build" / builder)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    end = "html" if builder == "html" else "tex"
    pages = [*(root / "build" / builder).glob(f"*.{end}")]
    return said, next(it for it in pages if it.stem in ("small", "projectnamenotset")).read_text()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The chapter, built."""
    said, text = build(tmp_path_factory.mktemp("folds"), cells(), "html")
    assert said == ""
    return text


def fold(page: str, name: str) -> tuple[str, str, str]:
    """Return a cell's line, what is folded beneath it and what stays in sight."""
    cell = page.partition(f'id="{name}"')[2].partition('<div class="cell ')[2]
    match = re.search(r"<details[^>]*>(.*?)</summary>(.*?)</details>(.*)", cell, re.DOTALL)
    rest = re.split(r'<div class="cell |<span id="|<section', match[3])[0]
    return tuple(" ".join(re.sub("<[^>]+>", "", it).split()) for it in (*match.groups()[:2], rest))


def test_a_check_says_its_part_of_the_claim_and_the_one_line_that_it_prints(page: str):
    assert fold(page, "check-hand") == ("✓Checked: P1, Theorem 1: by hand", "assert 1 == 1", "")
    line, folded, rest = fold(page, "check-cases")
    assert line == r"✓Checked: P1, Theorem 1: for \(n\) cases91 databases"
    assert (folded, rest) == ("assert 2 == 2 91 databases", "")


def test_what_stands_in_brackets_is_not_cut(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(EXTENSIONS))
    from docutils import nodes
    from folds import parts

    for said, cut in (("P1 (91 cases; no sets)", 1), ("P1 (91 cases); no sets", 2)):
        found = parts((nodes.Text(said),))
        assert len(found) == cut and "".join(it.astext() for it in found[0]).startswith("P1 (91")


def test_a_claim_of_several_cells_in_one_piece_says_which_cell_this_is(page: str):
    assert fold(page, "check-both")[0] == "✓Checked: both at once (2 of 3)"
    assert page.count("Hide code cell") == 0


def test_what_prints_more_than_a_line_stays_in_sight(page: str):
    assert fold(page, "check-table") == (
        "✓Checked: a table; a picture", "assert 4 == 4", "a 1 b 2"
    )  # fmt: skip


def test_pictures_solutions_and_other_cells_are_left_alone_and_a_tag_opens(page: str):
    assert page.count("<details") == 7
    assert len(re.findall(r'<details class="fold fold-check" open', page)) == 1
    assert fold(page, "check-shown") == ("✓Checked: a definition", "assert 6 == 6", "six")
    before = re.split("plain", page)[0]
    assert before.count("<details") == 7
    drawn = page.partition('id="check-drawn"')[2].partition("<details")[0]
    assert "<img" in drawn


def test_imports_name_their_packages_on_one_line(page: str):
    line = re.search(r"fold-imports.*?</details>", page, re.DOTALL)[0]
    text = " ".join(re.sub("<[^>]+>", "", line.partition(">")[2]).split())
    assert text.startswith("Imports: numpy, factrank import numpy")


def test_no_line_holds_a_link_or_an_anchor_of_its_own(page: str):
    for line in re.findall(r"<summary>.*?</summary>", page, re.DOTALL):
        assert "<a " not in line and " id=" not in line


def test_a_check_that_no_row_names_is_told(tmp_path: Path):
    notebook = [*cells()[:3], code("assert 9", "check-lost"), *cells()[3:]]
    said, _ = build(tmp_path, notebook, "html")
    assert "cell check-lost: no row of the table 'What we verified' names it" in said


def test_paper_has_no_folds(tmp_path: Path):
    said, text = build(tmp_path, cells(), "latex")
    assert said == "" and "assert" in text and "Checked:" not in text


def test_a_cell_opens_with_imports_or_is_no_such_cell(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "path", [str(EXTENSIONS), *sys.path])
    from folds import opening

    three = "import numpy as np\nfrom factrank.rank import x\nfrom factrank import y"
    assert opening(three) == "Imports: numpy, factrank"
    assert opening("import numpy.linalg\nLIMIT = 1") == "Imports and settings: numpy"
    assert [opening(it) for it in ("x = 1\nimport y", "%timeit x", "", "# import y")] == [""] * 4
