"""The marks of provenance on the web: small links with their meaning; on paper as written."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

EXTENSIONS = Path(__file__).resolve().parents[2] / "book" / "_ext"
CONF = f"""\
import sys
sys.path.insert(0, {str(EXTENSIONS)!r})
extensions = ["myst_parser", "sphinx_proof", "origins"]
master_doc = "book/about"
exclude_patterns = ["build"]
html_theme = "basic"
"""
INTRO = """\
# Home

```{toctree}
/page
```

(provenance-marks)=
## Marks

The mark [paper] is a word here.
"""
PAGE = """\
# A title [ours]

```{prf:theorem} P1, unfoldings [cited, ours]
:label: claim-a

A size.
```

It is 12 (said there [post]). In `code [post]` and [elsewhere] nothing happens.
"""


def build(root: Path, builder: str) -> Path:
    """Build the two pages."""
    (root / "book").mkdir(exist_ok=True)
    for name, text in {"conf.py": CONF, "book/about.md": INTRO, "page.md": PAGE}.items():
        (root / name).write_text(text, encoding="utf-8")
    out = root / "build" / builder
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-b", builder, str(root), str(out)]
    subprocess.run(command, capture_output=True, text=True, check=True)
    return out


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The two pages for the web."""
    return build(tmp_path_factory.mktemp("marks"), "html")


def test_a_mark_is_a_link_with_its_meaning_outside_of_the_brackets(site: Path):
    page = (site / "page.html").read_text("utf-8")
    place = "book/about.html#provenance-marks"
    link = f'<a class="origin[^"]*" href="{place}" title="([^"]*)">(.*?)</a>'
    found = [(re.sub("<[^>]+>", "", text), title) for title, text in re.findall(link, page)]
    assert [text for text, _ in found] == ["provenance: cited, ours", "provenance: post"]
    prose = re.sub("<[^>]+>", "", page.partition("It is 12 ")[2].partition(" In ")[0])
    assert prose == "(said there provenance: post)."
    assert found[0][1].count(";") == 1 and "author" in found[1][1]
    title = re.sub("<[^>]+>", "", re.search(r'<p class="admonition-title">(.*?)</p>', page)[1])
    assert " ".join(title.split()) == "Theorem 1 (P1, unfoldings) provenance: cited, ours"


def test_code_titles_other_words_and_the_legend_are_left_alone(site: Path):
    page = (site / "page.html").read_text("utf-8")
    assert "A title [ours]" in page and "code [post]" in re.sub("<[^>]+>", "", page)
    assert "[elsewhere]" in page
    assert "The mark [paper] is a word here." in (site / "book" / "about.html").read_text("utf-8")


def test_paper_has_the_marks_as_they_are_written(tmp_path: Path):
    (file,) = build(tmp_path, "latex").glob("*.tex")
    text = file.read_text("utf-8").replace("{[}", "[").replace("{]}", "]")
    assert "[cited, ours]" in text and "[post]" in text and "provenance: " not in text
