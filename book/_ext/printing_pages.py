"""What a page of paper asks of a tree: pieces that stay together, tables that fit, its words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import takewhile
from math import ceil

from docutils import nodes
from sphinx import addnodes
from sphinx_exercise.nodes import (
    exercise_enumerable_node,
    exercise_node,
    solution_node,
)
from sphinx_proof.nodes import proof_node

#: Sentences that speak of the web's page, and what is said on paper.
FOR_PRINT = {
    "Solutions are folded away beneath.": "Solutions stand at the end of the book.",
    "leads here, by a dotted line beneath it; on": "is a link to here; on",
    "Every box and every underlined word leads to a chapter.": "The words below name the chapters.",
}
# Points: a line of text and of code, the letters of one line, the most that is kept on one page.
LINE, CODE, LETTERS, MOST, LEAST = 12.0, 10.0, 95, 200.0, 110.0
# A solution stays whole: nothing follows that would wait for it. So does a box with code: its frame
# does not break inside another.
SOLUTION = 540.0
#: A table with more letters side by side fills the width; with more rows it may go on over pages.
WIDE, ROWS = 80, 9
COMMAND, SILENT = re.compile(r"\\[A-Za-z]+"), str.maketrans("", "", "{}_^ ")
EXERCISES = (exercise_node, exercise_enumerable_node)
#: The ledger's columns on paper, in hundredths of the width.
LEDGER = (17, 60, 9, 14)


def raw(text: str) -> nodes.raw:
    """Return LaTeX as it stands."""
    return nodes.raw("", text, format="latex")


def height(node: nodes.Node, letters: float = LETTERS) -> float:
    """Return about how high a node is on its page, in points, with so many letters in a line.

    >>> height(nodes.paragraph("", "word " * 30)), height(nodes.literal_block("", "a\\nb"))
    (30.0, 44.0)
    """
    if isinstance(node, nodes.literal_block):
        return CODE * (node.astext().rstrip().count("\n") + 1) + 24
    if isinstance(node, nodes.paragraph):
        return LINE * ceil(len(node.astext()) / letters) + 6
    if isinstance(node, nodes.math_block):
        return 40 + 16 * node.astext().count(r"\\")
    if isinstance(node, nodes.row):
        return max((height(it, letters) for it in node), default=0)
    if isinstance(node, (nodes.title, nodes.figure, nodes.raw)):
        return 0  # a figure finds a place of its own
    below = sum(height(it, letters) for it in node.children)
    return below + (40 if isinstance(node, nodes.Admonition) else 0)


def keep(document: nodes.document) -> None:
    """Keep a cell or box on one page if it is short; of a long one, the beginning."""
    for node in list(document.findall(nodes.Element)):
        cell = "cell" in node.get("classes", ())
        if not cell and not (isinstance(node, nodes.Admonition) and not _is(node, proof_node)):
            continue
        if any(isinstance(it, nodes.Admonition) or _listed(it) for it in _above(node)):
            continue
        whole = height(node)
        if _is(node, EXERCISES):  # what is asked, and the cell for the answer
            whole += sum(
                height(it) + 2 * LINE for it in _after(node)[:1] if "cell" in it["classes"]
            )
        elif "tag_exercise" in node["classes"]:
            continue
        framed = not cell and any(node.findall(nodes.literal_block))
        most = SOLUTION if framed or _is(node, solution_node) else MOST
        need(node, whole if whole <= most else LEAST)
    for section in list(document.findall(nodes.section)):
        if isinstance(section.parent, nodes.section) and _first(section):
            need(section, LEAST)  # two headings, one right below the other


def need(node: nodes.Element, points: float) -> None:
    """Ask for so much room before a node; before the title, if that is all that it follows."""
    while _first(node) and isinstance(node.parent, nodes.section):
        node, points = node.parent, points + 45
    node.parent.insert(node.parent.index(node), raw(f"\\bookneed{{{points:.0f}pt}}"))


def _is(node: nodes.Node, kinds: type | tuple[type, ...]) -> bool:
    return isinstance(node, kinds)


def _above(node: nodes.Node) -> Iterable[nodes.Element]:
    while node := node.parent:
        yield node


def _listed(node: nodes.Node) -> bool:
    return isinstance(node, (nodes.list_item, nodes.definition, nodes.entry, addnodes.desc_content))


def _unseen(node: nodes.Node) -> bool:
    kinds = (nodes.target, nodes.comment, nodes.raw, addnodes.index, nodes.title)
    return isinstance(node, kinds)


def _first(node: nodes.Element) -> bool:
    """Say whether nothing but a title stands before a node."""
    return all(map(_unseen, takewhile(lambda it: it is not node, node.parent.children)))


def _after(node: nodes.Element) -> list[nodes.Element]:
    place = node.parent.index(node)
    return [it for it in node.parent[place + 1 :] if not _unseen(it)]


def tables(document: nodes.document) -> None:
    """Let long tables go on over pages; no column is set as a head that is none."""
    for table in list(document.findall(nodes.table)):
        columns = list(table.findall(nodes.colspec))
        for column in columns:
            if not column.get("stub"):  # LaTeX's writer asks only whether the word is there
                column.attributes.pop("stub", None)
        rows = list(next(table.findall(nodes.tbody)))
        if "claims-section" in table["classes"]:
            _widths(columns, LEDGER)
        elif "colwidths-given" not in table["classes"]:
            letters = [max(map(_letters, column)) for column in zip(*rows, strict=True)]
            if sum(letters) > WIDE:
                _widths(columns, [min(max(it, 18), 60) for it in letters])
                table["classes"].append("colwidths-given")
        ledger = "claims" in table["classes"]
        if ledger or ("colwidths-given" in table["classes"] and len(rows) > ROWS):
            table["classes"].append("longtable")
            widths = [column["colwidth"] for column in columns]
            parts = [LETTERS * width / sum(widths) for width in widths]
            need(table, 90 + max(map(height, rows[0], parts)))


def _widths(columns: list[nodes.colspec], widths: Iterable[int]) -> None:
    for column, width in zip(columns, widths, strict=True):
        column["colwidth"] = width


def _letters(entry: nodes.Element) -> int:
    """Return about how many letters wide a cell is: commands of formulas are one, code is wide."""
    width = 0.0
    for text in entry.findall(nodes.Text):
        said = text.astext()
        if isinstance(text.parent, nodes.math):
            width += len(COMMAND.sub("x", said).translate(SILENT))
        else:
            width += len(said) * (1.3 if isinstance(text.parent, nodes.literal) else 1)
    return ceil(width)


def words(document: nodes.document) -> None:
    """Say the sentences of the web's page as paper needs them."""
    for text in list(document.findall(nodes.Text)):
        said = text.astext()
        for web, paper in FOR_PRINT.items():
            said = said.replace(web, paper)
        if said != text.astext():
            text.parent.replace(text, nodes.Text(said))


def proofs(document: nodes.document) -> None:
    """Set proofs without a box; a square ends one that ends with a sentence."""
    for proof in document.findall(proof_node):
        boxed = proof[-1]
        proof.remove(boxed)
        proof += list(boxed.children)
        opening = next(iter(proof[0].findall(nodes.Text)), None) if len(proof) else None
        if opening is not None and opening.astext().startswith("Proof. "):
            rest = opening.astext().removeprefix("Proof. ")
            opening.parent.replace(opening, [nodes.emphasis("", "Proof."), nodes.Text(f" {rest}")])
        if isinstance(proof[-1], nodes.paragraph):
            proof[-1] += raw("\\hspace*{\\fill}$\\square$")


def page_of(node: nodes.Node) -> str:
    """Return the page that a node of the one tree comes from."""
    # Sphinx names the page at its outermost section, whose parent is not in the tree.
    while "docname" not in getattr(node, "attributes", ()):
        node = node.parent
    return node["docname"]


def instead(document: nodes.document) -> None:
    """Leave of a page that only works on the web what it says for paper."""
    for words in list(document.findall(nodes.container)):
        if "paper-instead" in words["classes"]:
            page = words.parent
            page[:] = [*(it for it in page if isinstance(it, (nodes.title, nodes.target))), *words]


def cells(document: nodes.document) -> None:
    """Name the page of a figure's cell, and print the tag by which the text speaks of a cell."""
    for line in document.findall(nodes.paragraph):
        if "provenance" in line["classes"]:
            link = next(line.findall(nodes.reference))
            label = f"{page_of(line)}:{link['refid']}"
            link.parent.insert(link.parent.index(link) + 1, raw(f", page~\\pageref{{{label}}}"))
    for cell in list(document.findall(nodes.container)):
        tag = next((it for it in cell["classes"] if it.startswith("tag_check-")), None)
        if tag:
            cell.insert(0, raw(f"\\booktag{{{tag.removeprefix('tag_')}}}"))


def answers(document: nodes.document) -> None:
    """Name the page of the exercise at the head of each solution."""
    for solution in document.findall(solution_node):
        if asked := solution.get("target_label"):
            page = f"\\noindent\\emph{{Exercise: page~\\pageref{{exercise:{asked}}}.}}\\par"
            solution.insert(1, raw(page))
