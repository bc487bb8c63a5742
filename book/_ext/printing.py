"""The book as one PDF: the order of its parts, solutions at the end, pictures that LaTeX can read.

Sphinx puts all pages into one tree for LaTeX. Here that tree gets what the web has by its sidebar:
parts, numbers on the chapters that have one, and a chapter for the home page.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from shutil import which
from typing import ClassVar

from docutils import nodes
from printing_lists import interface, works
from printing_pages import answers, cells, instead, keep, page_of, proofs, raw, tables, words
from printing_style import elements
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.transforms.post_transforms.images import ImageConverter
from sphinx.writers.latex import LaTeXTranslator
from sphinx_exercise.nodes import solution_node

NUMERAL = re.compile(r"[IVX]+\. ")
#: Where a long name may break over a line: after these.
BREAKS = re.compile(r"(::|[_./#=,(\[]|(?<=[^\s-])-(?!-))(?=.)")
ZERO_WIDTH = "\u200b"


def to_pdf(drawing: str | Path, printed: str | Path) -> None:
    """Write a drawing, SVG, as a page that LaTeX can include."""
    subprocess.run(["rsvg-convert", "-f", "pdf", "-o", printed, drawing], check=True)


def include(writer: LaTeXTranslator, name: str, drawing: str, size: str) -> None:
    """Put a drawing that a page made, SVG, into the paper under that name; ``size`` is LaTeX's."""
    place = Path(writer.builder.outdir) / f"{name}.svg"
    place.write_text(drawing, encoding="utf-8")
    to_pdf(place, place.with_suffix(".pdf"))
    shown = f"\\includegraphics[{size}]{{{name}.pdf}}"
    writer.body.append(f"\n\\begin{{center}}{shown}\\end{{center}}\n")


class SvgToPdf(ImageConverter):
    """Drawings for LaTeX, by rsvg-convert."""

    conversion_rules: ClassVar[list[tuple[str, str]]] = [("image/svg+xml", "application/pdf")]

    def is_available(self) -> bool:
        """Say whether the program is there."""
        return which("rsvg-convert") is not None

    def convert(self, _from: str, _to: str) -> bool:
        """Write the picture `_from` as the file `_to`."""
        to_pdf(_from, _to)
        return True


class Works(SphinxPostTransform):
    """List the works in their place, before Sphinx takes them to the end."""

    default_priority = 700
    formats = ("latex",)

    def run(self, **kwargs: object) -> None:
        """Do it in the tree of the whole book."""
        works(self.document)


class Bound(SphinxPostTransform):
    """Arrange the one tree of the whole book."""

    default_priority = 900
    formats = ("latex",)

    def run(self, **kwargs: object) -> None:
        """Do all of it; other trees, such as that of one page, are left alone."""
        files = {it["docname"]: it for it in self.document.findall(addnodes.start_of_file)}
        if not files:
            return
        self._number(files)
        self._home()
        self._parts(files)
        proofs(self.document)
        self._solutions()
        answers(self.document)
        instead(self.document)
        cells(self.document)
        keep(self.document)
        words(self.document)
        interface(self.document)
        tables(self.document)
        for ways in list(self.document.findall(nodes.container)):
            if "ways" in ways["classes"]:  # cards to click on
                ways.parent.remove(ways)
        for literal in list(self.document.findall(nodes.literal)):
            for text in list(literal.findall(nodes.Text)):
                text.parent.replace(text, nodes.Text(BREAKS.sub(rf"\1{ZERO_WIDTH}", text)))

    def _number(self, files: dict[str, nodes.Element]) -> None:
        """Number the chapters that have a number on the web, and no other."""
        for page, file in files.items():
            numbered = bool(self.env.toc_secnumbers.get(page, {}).get(""))
            file.insert(0, raw("\\booknumbered" if numbered else "\\bookunnumbered"))

    def _home(self) -> None:
        """Make the home page a chapter of its own, before all others."""
        root = next(self.document.findall(nodes.section))
        home = nodes.section(ids=["home-page"], names=[])
        home += nodes.title("", root[0].astext())
        for child in list(root[1:]):
            if not next(child.findall(addnodes.start_of_file), None):
                root.remove(child)
                home += child
        root.insert(1, [raw("\\bookunnumbered"), home])

    def _parts(self, files: dict[str, nodes.Element]) -> None:
        """Put the title of a part before its first chapter."""
        root = self.env.get_doctree(self.config.root_doc)
        for tree in root.findall(addnodes.toctree):
            first = next((page for page in tree["includefiles"] if page in files), None)
            if first and tree.get("caption"):
                numbered = NUMERAL.match(tree["caption"])
                command = "booknumberedpart" if numbered else "bookpart"
                title = NUMERAL.sub("", tree["caption"])
                files[first].insert(0, raw(f"\\{command}{{{title}}}"))

    def _solutions(self) -> None:
        """Move the solutions to the end of the book; where one stood, its page."""
        chapters: dict[str, list[nodes.Element]] = {}
        for solution in list(self.document.findall(solution_node)):
            page = page_of(solution)
            label = f"{page}:{solution['label']}"
            solution.replace_self(
                raw(f"\\par\\noindent\\emph{{Solution: page~\\pageref{{{label}}}.}}\\par")
            )
            chapters.setdefault(page, []).append(solution)
        if chapters:
            root = next(self.document.findall(nodes.section))
            end = nodes.section(ids=["solutions"], names=[])
            end += nodes.title("", "Solutions of the exercises")
            end += list(self._moved(chapters))
            root += [raw("\\bookunnumbered"), end]

    def _moved(self, chapters: dict[str, list[nodes.Element]]) -> Iterator[nodes.Element]:
        for page, solutions in chapters.items():
            title = self.env.titles[page].astext()
            # Sphinx names labels after the file that they are in.
            file = addnodes.start_of_file(docname=page)
            section = nodes.section(
                ids=[f"solutions-{nodes.make_id(page)}"], names=[title.lower()], docname=page
            )
            section += [nodes.title("", title), *solutions]
            file += section
            yield file


def _elements(app: Sphinx, config: Config) -> None:
    made = elements(config.language, Path(app.srcdir) / "CITATION.cff")
    config.latex_elements = {**made, **config.latex_elements}
    config.latex_docclass = {"manual": "report"}  # Sphinx knows another one for Japanese
    # The two indices by domain repeat the general one.
    config.latex_domain_indices = False


def _colours(app: Sphinx) -> None:
    """Give code the colours that it has on the web by day: Sphinx's own are pale on paper."""
    if app.builder.name == "latex":
        app.config.pygments_style = "a11y-high-contrast-light"


def setup(app: Sphinx) -> dict[str, bool]:
    """Register all of it; pages for the web are not touched."""
    app.add_post_transform(SvgToPdf)
    app.add_post_transform(Works)
    app.add_post_transform(Bound)
    app.connect("config-inited", _elements)
    app.connect("builder-inited", _colours)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
