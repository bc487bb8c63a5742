"""Anchors, first uses and the lines beneath figures, in a small book built by Sphinx itself."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
CONF = """\
import sys
sys.path.insert(0, {extensions!r})
extensions = ["myst_nb", "sphinx_proof", "cells", "glossary_links", "reproduction", "provenance",
    "again"]
nb_execution_mode = "off"
myst_enable_extensions = ["dollarmath", "amsmath"]
master_doc = "book/index"
exclude_patterns = ["build"]
html_theme = "basic"
html_last_updated_fmt = None
"""
GLOSSARY = """\
- term: rank
  says: The size, in a sentence with $x$.
  formula: >-
    R
  chapter: 01_small
  label: claim-a
- term: simple tensor
  says: A product.
  also: [outer product]
  chapter: 01_small
"""
INDEX = """\
# Index

```{toctree}
glossary
page
/notebooks/01_small
```

```{recorded-results}
```
"""
PAGE = """\
# A rank in a heading

The `rank` in code and $rank$ in a formula are left alone, and a rank-one thing is another word.
A rank of soldiers is no rank of ours, but two *simple
tensors* have some **Rank**, and again a *rank*.

See {cell}`the check <01_small#check-a>`.

```{again} fig-a
```
"""
CHAPTER = """\
# Chapter

```{prf:theorem} A
:label: claim-a

A rank.
```

```{prf:proof}
Because.
```

```{prf:proof}
Of something else.
```
"""
FIGURE = {"figure": {"name": "fig-a", "caption": "A rank, drawn."}, "image": {"alt": "A dot."}}
DOT = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
    "rkJggg=="
)


def chapter() -> nbformat.NotebookNode:
    """Return a chapter of a check, a cell that loads a record, and a figure of it."""
    check = nbformat.v4.new_code_cell("assert True", metadata={"tags": ["check-a"]})
    loads = nbformat.v4.new_code_cell('t = load("speed", "results")')
    draws = nbformat.v4.new_code_cell("_ = draw(t)", metadata={"mystnb": FIGURE})
    picture = nbformat.v4.new_output("display_data", data={"image/png": DOT})
    draws.outputs = [picture]
    cells = [nbformat.v4.new_markdown_cell(CHAPTER), check, loads, draws]
    kernel = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}
    return nbformat.v4.new_notebook(cells=cells, metadata=kernel)


def written(root: Path) -> Path:
    """Write the small book below `root`."""
    for folder in ("book", "notebooks/results"):
        (root / folder).mkdir(parents=True)
    texts = {
        "conf.py": CONF.format(extensions=str(ROOT / "book" / "_ext")),
        "book/glossary.yml": GLOSSARY,
        "book/index.md": INDEX,
        "book/page.md": PAGE,
        "book/glossary.md": "# Words\n\n```{words}\n```\n",
        "notebooks/results/speed.json": '{"command": "make speed", "seconds": 3}',
        "notebooks/results/speed.csv": "a\n1\n",
    }
    for name, text in texts.items():
        (root / name).write_text(text, encoding="utf-8")
    nbformat.write(chapter(), root / "notebooks" / "01_small.ipynb")
    return root


def build(root: Path, into: str) -> tuple[int, str, dict[str, str]]:
    """Build; return the status, what Sphinx complained of and the text of every page."""
    out = root / "build" / into
    command = [sys.executable, "-m", "sphinx", "-q", "-n", "-W", "--keep-going", "-E"]
    command += ["-d", str(out / ".trees"), str(root), str(out)]
    done = subprocess.run(command, capture_output=True, text=True)
    pages = {path.stem: path.read_text("utf-8") for path in out.rglob("*.html")}
    return done.returncode, done.stderr, pages


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """The small book, built."""
    root = written(tmp_path_factory.mktemp("small"))
    status, said, pages = build(root, "one")
    assert (status, said) == (0, "")
    return root, pages


def words(text: str) -> list[tuple[str, str]]:
    """Return the links to the glossary: anchor and what is shown."""
    found = re.findall(r'href="[^"]*glossary\.html#(term-[\w-]+)"[^>]*>(.*?)</a>', text, re.DOTALL)
    return [(anchor, " ".join(re.sub("<[^>]+>", "", shown).split())) for anchor, shown in found]


def test_the_first_use_of_each_word_is_linked_once_in_prose(book):
    """In a chapter everywhere; on another page only where the word is set apart."""
    _, pages = book
    assert words(pages["page"]) == [("term-simple-tensor", "simple tensors"), ("term-rank", "Rank")]
    assert pages["page"].count("<code") == pages["page"].count("</code>") >= 1
    assert words(pages["01_small"]) == [("term-rank", "rank")]  # not in the caption


def test_an_entry_says_what_it_means_and_where(book):
    _, pages = book
    assert words(pages["glossary"]) == []
    assert 'id="term-simple-tensor"' in pages["glossary"]
    assert "Also called outer product." in pages["glossary"]
    assert re.search(r'href="[^"]*01_small\.html#claim-a"', pages["glossary"])


def test_cells_and_proofs_can_be_linked_to(book):
    _, pages = book
    for anchor in ("check-a", "proof-claim-a", "cell-fig-a"):
        assert pages["01_small"].count(f'id="{anchor}"') == 1
    assert re.search(r'href="[^"]*01_small\.html#check-a"', pages["page"])


def test_a_figure_names_its_cell_its_record_and_the_command(book):
    _, pages = book
    line = re.search(r'<p class="provenance">(.*?)</p>', pages["01_small"], re.DOTALL)[1]
    text = re.sub("<[^>]+>", "", line)
    wanted = "Code: this cell. Data: the record speed (speed.csv, speed.json, made by make speed)."
    assert text == wanted
    assert 'href="#cell-fig-a"' in line
    assert "index.html#record-speed" in line
    assert 'id="record-speed"' in pages["index"]


def test_a_picture_shown_again_is_the_same_file_and_leads_home(book):
    _, pages = book
    (shown,) = re.findall(r'src="[./]*(_images/[^"]+\.png)"', pages["page"])
    assert f"{shown}" in pages["01_small"]
    assert re.search(r'href="[^"]*01_small\.html#fig-a"', pages["page"])
    assert 'id="fig-a"' not in pages["page"]


def test_a_picture_that_is_not_there_fails_the_build(tmp_path: Path):
    root = written(tmp_path)
    page = root / "book" / "page.md"
    page.write_text(PAGE.replace("{again} fig-a", "{again} fig-gone"), encoding="utf-8")
    status, said, _ = build(root, "one")
    assert status == 1
    assert "again: expected the name of a figure, found 'fig-gone'" in said


def test_building_again_gives_the_same_pages(book):
    root, pages = book
    assert build(root, "two")[2] == pages


def test_a_cell_that_is_not_there_fails_the_build(tmp_path: Path):
    root = written(tmp_path)
    page = root / "book" / "page.md"
    page.write_text(PAGE.replace("#check-a", "#check-gone"), encoding="utf-8")
    status, said, _ = build(root, "one")
    assert status == 1
    assert "reference target not found: cell:01_small#check-gone" in said
