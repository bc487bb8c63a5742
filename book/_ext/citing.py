"""The directive ``{cite-box}``: how to cite, from ``CITATION.cff`` and the bibliography."""

from __future__ import annotations

import re
from pathlib import Path

import yaml
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

PAPER = "wong2025attention"


def companion(cff: dict, year: str) -> str:
    """Return the BibTeX entry of this project, from the fields of its citation file.

    >>> cff = {"title": "a: b", "version": "0.1.0", "authors": [{"name": "The makers"}]}
    >>> print(companion(cff, "2026"))
    @software{factrank,
      title   = {a: b},
      author  = {{The makers}},
      version = {0.1.0},
      year    = {2026},
    }
    """
    fields = {
        "title": cff["title"],
        "author": " and ".join(f"{{{it['name']}}}" for it in cff["authors"]),
        "version": cff["version"],
        "year": year,
    }
    if address := cff.get("repository-code"):
        fields["url"] = address
    body = "".join(f"  {name:<7} = {{{value}}},\n" for name, value in fields.items())
    return f"@software{{factrank,\n{body}}}"


def entry(bibliography: str, key: str) -> str:
    """Return one entry of a BibTeX file as it stands there.

    >>> entry("@misc{a, year = {1}}\\n@book{b,\\n title = {x}\\n}\\n", "b")
    '@book{b,\\n title = {x}\\n}'
    """
    found = re.search(rf"^@\w+\{{{key},.*?^\}}", bibliography, re.DOTALL | re.MULTILINE)
    if not found:
        raise KeyError(f"the bibliography must hold an entry {key}, found none")
    return found[0]


class CiteBox(SphinxDirective):
    """An admonition with both entries, ready to copy."""

    def run(self) -> list[nodes.Node]:
        """Return the box."""
        root = Path(self.env.srcdir)
        files = (root / "CITATION.cff", root / "book" / "references.bib")
        for path in files:
            self.env.note_dependency(str(path))
        cff = yaml.safe_load(files[0].read_text(encoding="utf-8"))
        box = nodes.admonition("", classes=["cite-box"])
        box += nodes.title("", "How to cite")
        box += nodes.paragraph("", cff["message"].strip())
        for text in (
            companion(cff, self.config.copyright.split()[0]),
            entry(files[1].read_text(encoding="utf-8"), PAPER),
        ):
            box += nodes.literal_block(text, text, language="bibtex")
        return [box]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("cite-box", CiteBox)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
