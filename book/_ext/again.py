"""A picture of another page once more: one source, so what changes there changes here.

    ```{again} fig-slices
    ```

The caption stays where the picture is at home; here stands a link to it. Paper shows it at home
only.
"""

from __future__ import annotations

from functools import lru_cache

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

LOG = logging.getLogger(__name__)


class again(nodes.General, nodes.Element):
    """The place of a picture, by the name of its figure."""


def labelled(env: BuildEnvironment, label: str) -> nodes.Element | None:
    """Return what bears a label, on whatever page, as it was read."""
    page, anchor = env.get_domain("std").anonlabels.get(label, ("", ""))
    if not page:
        return None
    found = (it for it in _read(env, page).findall(nodes.Element) if anchor in it["ids"])
    return next(found, None)


@lru_cache(maxsize=1)  # the slides ask for the same page many times in a row
def _read(env: BuildEnvironment, page: str) -> nodes.document:
    return env.get_doctree(page)


def moved(node: nodes.Node, env: BuildEnvironment) -> nodes.Node:
    """Return a copy for the page at hand: its links start there, and its names stay at home."""
    copy = node.deepcopy()
    if next(copy.findall(nodes.math), None):  # else the page would not load what sets formulas
        env.get_domain("math").data["has_equations"][env.docname] = True
    for it in copy.findall(nodes.Element):
        it["ids"], it["names"] = [], []
        if isinstance(it, addnodes.pending_xref):
            it["refdoc"] = env.docname
    return copy


class Fill(SphinxPostTransform):
    """Put the pictures in, on the web."""

    default_priority = 3  # before outputs are chosen among their formats

    def run(self, **kwargs: object) -> None:
        """Go through one page."""
        for node in list(self.document.findall(again)):
            figure, web = labelled(self.env, node["label"]), self.app.builder.format == "html"
            if not isinstance(figure, nodes.figure):
                said = "again: expected the name of a figure, found %r"
                LOG.warning(said, node["label"], location=node)
            if not (web and isinstance(figure, nodes.figure)):
                node.parent.remove(node)
                continue
            shown = (it for it in figure if not isinstance(it, (nodes.caption, nodes.legend)))
            box = nodes.container("", *(moved(it, self.env) for it in shown), classes=["again"])
            link = addnodes.pending_xref(
                "", nodes.inline("", node["label"]), refdomain="std", reftype="numref",
                reftarget=node["label"], refdoc=self.env.docname, refexplicit=False, refwarn=True,
            )  # fmt: skip
            box += nodes.paragraph("", "", link, classes=["again-home"])
            node.replace_self(box)


class Again(SphinxDirective):
    """``{again} NAME``."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the place that is filled when all pages are read."""
        node = again("", label=self.arguments[0])
        self.set_source_info(node)
        return [node]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register it."""
    app.add_node(again)
    app.add_directive("again", Again)
    app.add_post_transform(Fill)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
