"""What a reader takes along or launches from the built book: it leads to files that exist."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from urllib.parse import unquote

import nbformat
import pytest
import yaml

from tools import book
from tools.house import ROOT, masters

URL = "https://github.com/someone/factrank"
CHAPTERS = [master.stem for master in masters()]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the book is built from; of its pages one, and of each chapter the title."""
    tree = tmp_path_factory.mktemp("tree")
    skip = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints", "*.ipynb")
    for name in ("book", "notebooks", "src", "tests", "tools"):
        shutil.copytree(ROOT / name, tree / name, ignore=skip)
    for name in ("pyproject.toml", "environment.yml", "README.md", "CHANGELOG.md", "CITATION.cff"):
        shutil.copyfile(ROOT / name, tree / name)
    for chapter in CHAPTERS:
        notebook = nbformat.read(ROOT / "notebooks" / f"{chapter}.ipynb", as_version=4)
        notebook.cells = [nbformat.v4.new_markdown_cell(f"# {chapter}")]
        nbformat.write(notebook, tree / "notebooks" / f"{chapter}.ipynb")
    (tree / "book" / "notation.md").write_text("# Notation\n\nNo chapter.\n", encoding="utf-8")
    contents = {"format": "jb-book", "root": "book/notation"}
    contents["chapters"] = [{"file": f"notebooks/{chapter}"} for chapter in CHAPTERS]
    (tree / "book" / "_toc.yml").write_text(yaml.safe_dump(contents), encoding="utf-8")
    return tree


def built(tree: Path, into: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Build the book of the copied tree; return its pages."""
    monkeypatch.setattr(book, "ROOT", tree)
    assert book.build(tree / into) == 0
    return tree / into / "_build" / "html"


def links(page: Path, pattern: str) -> list[str]:
    """Return the addresses on a page that match."""
    return re.findall(rf'href="({pattern})"', page.read_text(encoding="utf-8"))


def test_with_an_address_every_chapter_is_launched_from_a_file_that_exists(tree: Path, monkeypatch):
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    named = project.replace("[project.urls]\n", f'[project.urls]\nRepository = "{URL}"\n')
    (tree / "pyproject.toml").write_text(named, encoding="utf-8")
    html = built(tree, "with", monkeypatch)
    for chapter in CHAPTERS:
        page = html / "notebooks" / f"{chapter}.html"
        (binder,) = links(page, r"https://mybinder\.org/[^\"]*")
        (colab,) = links(page, r"https://colab\.research\.google\.com/[^\"]*")
        asked = unquote(binder).split("/v2/gh/someone/factrank/main?urlpath=lab/tree/")[1]
        assert asked == colab.split("/github/someone/factrank/blob/main/")[1]
        assert asked == f"notebooks/{chapter}.ipynb"
        assert (ROOT / asked).is_file()
        assert f"%pip install git+{URL}" in page.read_text(encoding="utf-8")
    assert links(html / "book" / "notation.html", r"https://mybinder[^\"]*") == []


def test_binder_finds_what_the_chapters_need():
    wanted = (ROOT / "environment.yml").read_text(encoding="utf-8")
    from tools.environment import commands

    (ours,) = [word for line in commands([]) for word in line if word.startswith(".[")]
    assert f"-e {ours}" in wanted
