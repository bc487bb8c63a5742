"""Anchors that the rest of the book links to: cells by tag, proofs by statement, figures' cells.

The role ``{cell}`` makes such a link: ``03_rank_bounds#check-p1``, or with a text of its own
``the check of P1 <03_rank_bounds#check-p1>``. A target that is not there fails the build.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms import SphinxTransform
from sphinx.util.docutils import SphinxRole
from sphinx.util.nodes import make_refnode
from sphinx_proof.nodes import NODE_TYPES, proof_node

STATEMENTS = tuple(NODE_TYPES.values())
TITLED = re.compile(r"(?P<title>.+?)\s*<(?P<target>[^<>]+)>", re.DOTALL)


def link(name: str, text: nodes.Node, page: str) -> addnodes.pending_xref:
    """Return a link from `page` to the anchor `name`, to be resolved when all pages are read."""
    return addnodes.pending_xref(
        "", text, refdomain="", reftype="anchor", reftarget=name.lower(), refdoc=page,
        refexplicit=True, refwarn=True,
    )  # fmt: skip


def resolve(
    app: Sphinx, env: BuildEnvironment, node: addnodes.pending_xref, text: nodes.Node
) -> nodes.Node | None:
    """Resolve such a link; Sphinx warns of one that stays open."""
    place = env.get_domain("std").anonlabels.get(node["reftarget"])
    if node["reftype"] != "anchor" or place is None:
        return None
    return make_refnode(app.builder, node["refdoc"], *place, text)


def code_cells(document: nodes.document) -> Iterator[nodes.container]:
    """Yield the code cells of a chapter."""
    for node in document.findall(nodes.container):
        if node.get("nb_element") == "cell_code":
            yield node


def figure_of(cell: nodes.Node) -> nodes.figure | None:
    """Return the figure that a cell draws, if it has a name to refer to."""
    return next((it for it in cell.findall(nodes.figure) if it["ids"]), None)


def cell_id(cell: nodes.container) -> str | None:
    """Return what a cell is called: its tag ``check-...``, else ``cell-`` and its figure's name."""
    tags = cell["cell_metadata"].get("tags", [])
    tag = next((tag for tag in tags if tag.startswith("check-")), None)
    figure = figure_of(cell)
    return tag or (f"cell-{figure['ids'][0]}" if figure else None)


class Anchors(SphinxTransform):
    """Put an anchor before each such cell and each proof."""

    default_priority = 700

    def apply(self) -> None:
        """Name what this page has."""
        chapter = self.env.docname.rpartition("/")[2]
        for cell in list(code_cells(self.document)):
            if name := cell_id(cell):
                self._anchor(cell, name, f"cell:{chapter}#{name}")
        statement = None
        for node in list(self.document.findall()):
            if isinstance(node, STATEMENTS):
                statement = node.get("label")
            elif isinstance(node, proof_node) and statement:
                self._anchor(node, f"proof-{statement}", f"proof:{statement}")
                statement = None

    def _anchor(self, node: nodes.Node, anchor: str, name: str) -> None:
        place = node.parent.index(node)
        node.parent.insert(place, nodes.target("", "", ids=[anchor]))
        self.env.get_domain("std").note_hyperlink_target(
            name.lower(), self.env.docname, anchor, anchor
        )


class CellRole(SphinxRole):
    """A link to a cell of a chapter."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the link; without a text of its own it shows the tag."""
        match = TITLED.fullmatch(self.text)
        target = match["target"] if match else self.text
        text = nodes.Text(match["title"]) if match else nodes.literal("", target.partition("#")[2])
        return [link(f"cell:{target}", nodes.inline("", "", text), self.env.docname)], []


def setup(app: Sphinx) -> dict[str, bool]:
    """Register them."""
    app.add_transform(Anchors)
    app.add_role("cell", CellRole())
    app.connect("missing-reference", resolve)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
