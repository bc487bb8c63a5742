"""The picture to come: a figure's image at the head of a chapter, a link to its place."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

EXTENSIONS = Path(__file__).resolve().parents[2] / "book" / "_ext"
CONF = f"""\
import sys
sys.path.insert(0, {str(EXTENSIONS)!r})
extensions = ["myst_nb", "previews"]
nb_execution_mode = "off"
master_doc = "small"
exclude_patterns = ["build"]
html_theme = "basic"
"""
PAGE = """\
# Chapter

```{preview} fig-a
What it *will* show.
```
"""
DOT = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
    "rkJggg=="
)
SHOWN = {
    "figure": {"name": "fig-a", "caption": "Drawn."},
    "image": {"alt": "A dot.", "width": "9px"},
}


def build(root: Path, text: str, builder: str = "html") -> tuple[str, str]:
    """Return what Sphinx complained of, and the page."""
    picture = nbformat.v4.new_output("display_data", data={"image/png": DOT})
    cell = nbformat.v4.new_code_cell("draw()", metadata={"mystnb": SHOWN}, outputs=[picture])
    kernel = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}
    cells = [nbformat.v4.new_markdown_cell(text), cell]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), root / "small.ipynb")
    (root / "conf.py").write_text(CONF, encoding="utf-8")
    out = root / "build" / builder
    command = [sys.executable, "-m", "sphinx", "-q", "-E", "-b", builder, str(root), str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    pages = [*out.glob("small.html"), *out.glob("*.tex")]
    return done.stderr, pages[0].read_text("utf-8")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The chapter, built."""
    said, text = build(tmp_path_factory.mktemp("preview"), PAGE)
    assert said == ""
    return text


def test_the_image_stands_before_its_figure_and_leads_to_it(page: str):
    head = re.search(r'<figure class="preview">(.*?)</figure>', page, re.DOTALL)[1]
    assert 'href="#fig-a"' in head and 'alt="A dot."' in head and "<em>will</em>" in head
    assert "width" not in head
    assert page.index('class="preview"') < page.index('id="fig-a"')
    assert page.count("<img") == 2 and len(set(re.findall(r'<img[^>]*src="([^"]+)"', page))) == 1


def test_a_figure_that_is_not_there_is_told(tmp_path: Path):
    said, _ = build(tmp_path, PAGE.replace("fig-a", "fig-b"))
    assert "preview: expected a figure of this page, found 'fig-b'" in said


def test_paper_shows_nothing_twice(tmp_path: Path):
    said, text = build(tmp_path, PAGE, "latex")
    assert said == "" and "will" not in text and text.count("includegraphics") == 1
