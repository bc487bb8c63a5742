"""The marks [paper], [post], [cited], [ours] on the web: small, each with its meaning and a link.

The legend is on the page about the book, at the label ``provenance-marks``. On paper the marks stay
as they are written.
"""

from __future__ import annotations

import re

from cells import STATEMENTS
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

from companion.entrance import tongue

LEGEND, LABEL = "book/about", "provenance-marks"
MEANING = {
    "paper": tongue.mark("stated in the paper's abstract or in public summaries"),
    "post": tongue.mark("stated in its author's public posts"),
    "cited": tongue.mark("a theorem or number from the literature"),
    "ours": tongue.mark("derived or measured in this project"),
}
NAMES = "|".join(MEANING)
#: A mark, the space before it and, in a title in brackets, the bracket that it stands in.
MARK = re.compile(rf"\s?\[((?:{NAMES})(?:, (?:{NAMES}))*)\](\)?)")
ELSEWHERE = (nodes.literal, nodes.literal_block, nodes.math, nodes.math_block, nodes.term)


def pieces(text: str, target: str, *, title: bool = False) -> list[nodes.Node]:
    """Return a text with its marks as links to `target`; nothing where there is none.

    In the title of a statement the bracket around it is closed first.
    """
    found: list[nodes.Node] = []
    at = 0
    for match in MARK.finditer(text):
        closed = match[2] if title else ""
        found.append(nodes.Text(f"{text[at : match.start()]}{closed} "))
        found.append(mark(match[1], target))
        at = match.end() if title else match.end(1) + 1
    return [*found, nodes.Text(text[at:])] if found else []


def mark(names: str, target: str) -> nodes.reference:
    """Return one mark: what it is, what it means, and where all are explained."""
    meaning = "; ".join(tongue.say(MEANING[name]) for name in names.split(", "))
    link = nodes.reference("", "", refuri=target, reftitle=meaning, classes=["origin"])
    link += nodes.inline("", tongue.say("provenance: "), classes=["visually-hidden"])
    link += nodes.Text(names)
    return link


class Origins(SphinxPostTransform):
    """Make a link of every mark in prose and in the titles of statements."""

    default_priority = 160
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        """Go through one page; the page of the legend spells its marks out."""
        page = self.env.docname
        if page == LEGEND:
            return
        target = self.app.builder.get_relative_uri(page, LEGEND)
        if LABEL in self.env.get_domain("std").anonlabels:
            target += f"#{self.env.get_domain('std').anonlabels[LABEL][1]}"
        with tongue.speaking(self.config.language):
            self._link(target)

    def _link(self, target: str) -> None:
        for text in list(self.document.findall(nodes.Text)):
            title = isinstance(text.parent, nodes.title)
            if not _apart(text) and (made := pieces(text.astext(), target, title=title)):
                text.parent.replace(text, made)


def _apart(text: nodes.Text) -> bool:
    """Say whether a text is code, a formula, a link, or a title other than a statement's."""
    node = text.parent
    while node is not None:
        if isinstance(node, (*ELSEWHERE, nodes.reference)):
            return True
        if isinstance(node, nodes.title) and not isinstance(node.parent, STATEMENTS):
            return True
        node = node.parent
    return False


def setup(app: Sphinx) -> dict[str, bool]:
    """Register it."""
    app.add_post_transform(Origins)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
