"""Cells that verify, or only import, take one line on the web; a click shows the rest.

The line of a check is its row of the table *What we verified*, so that no second list drifts. A
cell that prints one short line shows it there; what prints more stays in sight beneath. A cell
tagged ``show-code`` is open at first. Cells in a solution and cells with a picture are left as they
are, and so is paper.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

from cells import code_cells
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator
from sphinx_exercise.nodes import solution_node

VERIFIED = "What we verified"
OPEN = "show-code"
CHECK = "check-"
LONGEST = 90  # letters of an output that a summary can hold
PAUSE = re.compile(r"(; |: |[()])")
LOG = logging.getLogger(__name__)


class fold(nodes.General, nodes.Element):
    """What is folded, its summary first."""


class summary(nodes.General, nodes.TextElement):
    """The line that stays."""


@dataclass(frozen=True)
class Said:
    """What a check's line says: the nodes of its claim, and which of several cells it is."""

    words: tuple[nodes.Node, ...]
    place: int
    cells: int


def tags(cell: nodes.container) -> list[str]:
    """Return the tags of a code cell."""
    return list(cell["cell_metadata"].get("tags", []))


def check_of(cell: nodes.container) -> str | None:
    """Return the tag by which a cell is named as a check."""
    return next((tag for tag in tags(cell) if tag.startswith(CHECK)), None)


def verified(document: nodes.document) -> dict[str, Said]:
    """Return what the last table of a chapter says of each check.

    A tag in two rows goes by the row that names fewer.
    """
    found: dict[str, Said] = {}
    for row in _rows(document):
        claim, *named = row.findall(nodes.entry)
        names = [it.astext() for entry in named for it in entry.findall(nodes.literal)]
        names = [name for name in names if name.startswith(CHECK)]
        words = tuple(node for part in claim for node in part.children)
        for place, name in enumerate(names):
            if name not in found or len(names) < found[name].cells:
                found[name] = Said(words, place, len(names))
    return found


def parts(words: tuple[nodes.Node, ...]) -> list[list[nodes.Node]]:
    """Return a claim cut at its semicolons; what stands before a colon opens every part.

    What stands in brackets is not cut.
    """
    cut: list[list[nodes.Node]] = [[]]
    head: list[nodes.Node] = []
    depth = 0
    for node in words:
        texts = PAUSE.split(node.astext()) if isinstance(node, nodes.Text) else [node]
        for it in texts:
            depth += (it == "(") - (it == ")")
            if it == "; " and not depth:
                cut.append([])
            elif it == ": " and not head and not depth:
                head = [*cut.pop(), nodes.Text(it)]
                cut.append([])
            elif isinstance(it, nodes.Node) or it:
                cut[-1].append(it if isinstance(it, nodes.Node) else nodes.Text(it))
    return [[*head, *part] for part in cut]


def line_of(said: Said) -> summary:
    """Return the line of one check: its part of the claim, or the whole and which cell it is."""
    cut = parts(said.words)
    whole = len(cut) != said.cells
    line = summary("", "", *(it.deepcopy() for it in (said.words if whole else cut[said.place])))
    for node in line.findall(nodes.Element):
        node["ids"] = []
    if whole and said.cells > 1:
        line += nodes.inline("", f" ({said.place + 1} of {said.cells})", classes=["fold-place"])
    return line


def _rows(document: nodes.document) -> Iterator[nodes.row]:
    for section in document.findall(nodes.section):
        if section[0].astext() == VERIFIED:
            for body in section.findall(nodes.tbody):
                yield from body.findall(nodes.row)


def opening(source: str) -> str:
    """Return the line of a cell that imports first of all; empty for another.

    >>> opening("import numpy as np\\nfrom factrank.rank import x\\nfrom factrank import y")
    'Imports: numpy, factrank'
    >>> opening("import numpy\\nLIMIT = 1"), opening("x = 1"), opening("%timeit x"), opening("")
    ('Imports and settings: numpy', '', '', '')
    """
    try:
        body = ast.parse(source).body
    except SyntaxError:
        return ""
    taken = list(takewhile(lambda it: isinstance(it, (ast.Import, ast.ImportFrom)), body))
    names: list[str] = []
    for statement in taken:
        if isinstance(statement, ast.Import):
            names += [alias.name for alias in statement.names]
        else:
            names.append(statement.module or ".")
    packages = ", ".join(dict.fromkeys(name.partition(".")[0] for name in names))
    settings = " and settings" if len(taken) < len(body) else ""
    return f"Imports{settings}: {packages}" if taken else ""


def printed(cell: nodes.container) -> str | None:
    """Return all that a cell shows: text, empty if nothing; None if it shows more than text."""
    if len(cell) < 2:
        return ""
    if any(True for it in cell[1:] for _ in it.findall(nodes.image)):
        return None
    return "\n".join(it.astext() for it in cell[1:]).strip()


class Fold(SphinxPostTransform):
    """Fold the cells of a chapter, before references are resolved: a claim may hold some."""

    default_priority = 5
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        """Go through the cells of one page."""
        said = verified(self.document)
        for cell in list(code_cells(self.document)):
            if _solves(cell):
                continue
            name = check_of(cell)
            if name is None:
                self._imports(cell)
            elif name not in said:
                where = f"no row of the table {VERIFIED!r} names it"
                LOG.warning("cell %s: %s, so its line has no words", name, where, location=cell)
            else:
                self._check(cell, said[name])

    def _imports(self, cell: nodes.container) -> None:
        words = opening(cell[0].astext())
        if words and not printed(cell):
            line = summary("", words)
            cell["hide_mode"] = None
            _wrap(fold("", line, kind="imports", shown=False), cell, len(cell))

    def _check(self, cell: nodes.container, said: Said) -> None:
        text = printed(cell)
        if text is None:
            return
        line, shown = line_of(said), OPEN in tags(cell)
        short = "\n" not in text and len(text) <= LONGEST and not shown
        if text and short:
            line += nodes.inline("", text, classes=["fold-printed"])
        cell["hide_mode"] = None
        _wrap(fold("", line, kind="check", shown=shown), cell, 1 + short * len(cell))


def _wrap(folded: fold, cell: nodes.container, count: int) -> None:
    """Put the first so many parts of a cell into a fold."""
    hidden = cell.children[:count]
    del cell[:count]
    folded += hidden
    cell.insert(0, folded)


def _solves(node: nodes.Node | None) -> bool:
    while node is not None:
        if isinstance(node, solution_node):
            return True
        node = node.parent
    return False


class Plain(SphinxPostTransform):
    """A summary is a button, and a button holds no link: their words stay."""

    default_priority = 150  # after the references are resolved
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        """Unwrap the links of every summary."""
        for line in self.document.findall(summary):
            for link in list(line.findall(nodes.reference)):
                link.replace_self(nodes.inline("", "", *link.children))


MARKS = {
    "check": '<span class="fold-mark" aria-hidden="true">\u2713</span>'
    '<span class="visually-hidden">Checked: </span>',
    "imports": "",
}


def visit_fold(self: HTML5Translator, node: fold) -> None:
    """Open the element."""
    shown = " open" if node["shown"] else ""
    self.body.append(f'<details class="fold fold-{node["kind"]}"{shown}>\n')


def depart_fold(self: HTML5Translator, node: fold) -> None:
    """Close it."""
    self.body.append("</details>\n")


def visit_summary(self: HTML5Translator, node: summary) -> None:
    """Open the line with its mark."""
    self.body.append(f'<summary>{MARKS[node.parent["kind"]]}<span class="fold-words">')


def depart_summary(self: HTML5Translator, node: summary) -> None:
    """Close it."""
    self.body.append("</span></summary>\n")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register them."""
    app.add_node(fold, html=(visit_fold, depart_fold))
    app.add_node(summary, html=(visit_summary, depart_summary))
    app.add_post_transform(Fold)
    app.add_post_transform(Plain)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
