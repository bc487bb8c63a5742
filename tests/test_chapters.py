"""What a person meets who opens a chapter: few imports, a guess first, three things to take away."""

from __future__ import annotations

import ast
from pathlib import Path

import jupytext
import pytest

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
CHAPTERS = sorted(NOTEBOOKS.glob("[0-9]*.md"))
IMPORTS = {"04": 14}  # seven of them the standard library's: its checks go many ways
MOST_IMPORTS = 10


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
    assert 3 <= imports(chapter) <= IMPORTS.get(chapter.stem[:2], MOST_IMPORTS)
    assert "import *" not in chapter.read_text("utf-8")
