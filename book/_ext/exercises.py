"""What each exercise takes: minutes and level beneath its title, as its checker says them.

``{typed} CHAPTER ...`` puts the exercises of some chapters again, each with a field for an answer:
the same text and the same checker, which runs in the page.
"""

from __future__ import annotations

import re
from html import escape
from importlib import import_module

from again import moved
from cells import code_cells
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx_exercise.nodes import exercise_subtitle, is_exercise_node

from companion.exercises._kinds import LIST, ONE

LOG = logging.getLogger(__name__)
ASKED = re.compile(r"^(ch\d\d)\.(\w+)\(answer\)$", re.MULTILINE)


def checker(name: str) -> object:
    """Return a checker by its name.

    >>> checker("ch01.ones_and_zeros").level
    'easy'
    """
    chapter, _, word = name.partition(".")
    return getattr(import_module(f"companion.exercises.{chapter}"), word)


def takes(name: str) -> str:
    """Return what an exercise takes, in words.

    >>> takes("ch02.one_fact_less")
    '8 minutes, hard'
    """
    found = checker(name)
    return f"{found.minutes} minutes, {found.level}"


class Marks(SphinxTransform):
    """Name each exercise's checker, asked in the cell that follows it, and say what it takes."""

    default_priority = 700

    def apply(self) -> None:
        """Go through one page."""
        cells = {id(it) for it in code_cells(self.document)}
        waiting = None
        for node in list(self.document.findall(nodes.Element)):
            if is_exercise_node(node):
                waiting = node
            elif waiting is not None and id(node) in cells:
                if asked := ASKED.search(node.astext()):
                    waiting["checker"] = f"{asked[1]}.{asked[2]}"
                    line = nodes.paragraph("", takes(waiting["checker"]))
                    line["classes"].append("exercise-takes")
                    waiting[1].insert(0, line)
                waiting = None


def field(name: str) -> str:
    """Return the form in which an answer is typed.

    >>> "two words (query, value), separated by commas" in field("ch01.crowded_column")
    True
    """
    kind = checker(name).kind
    rows = 1 if kind.form in (ONE, LIST) else 4
    how = f"{kind.wanted}, {kind.form}" if kind.form != ONE else kind.wanted
    return (
        f'<form class="typed" data-checker="{name}"><label>{escape(how)}'
        f'<textarea name="answer" rows="{rows}" spellcheck="false"></textarea></label>'
        "<button>Check</button><output></output></form>"
    )


class typed(nodes.General, nodes.Element):
    """The place of some chapters' exercises."""


class Typed(SphinxDirective):
    """``{typed} CHAPTER ...``."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """Return the place that is filled when the chapters are read."""
        return [typed("", chapters=self.arguments[0].split())]


class Fields(SphinxPostTransform):
    """Put the exercises in, on the web."""

    default_priority = 3

    def run(self, **kwargs: object) -> None:
        """Go through one page."""
        for node in list(self.document.findall(typed)):
            web = self.app.builder.format == "html"
            node.replace_self(
                [it for name in node["chapters"] if web for it in self._chapter(name)]
            )

    def _chapter(self, name: str) -> list[nodes.Node]:
        tree = self.env.get_doctree(f"notebooks/{name}")
        found = []
        for it in tree.findall(is_exercise_node):
            if "checker" not in it:
                LOG.warning("typed: found an exercise without a checker", location=it)
                continue
            page = self.app.builder.get_relative_uri(self.env.docname, f"notebooks/{name}")
            title = it.next_node(exercise_subtitle).astext()
            link = nodes.reference("", title, refuri=f"{page}#{it['ids'][0]}", internal=True)
            head = nodes.paragraph("", "", nodes.strong("", f"{int(name[:2])}. ", link))
            text = (moved(part, self.env) for part in it[1])
            form = nodes.raw("", field(it["checker"]), format="html")
            found.append(nodes.container("", head, *text, form, classes=["typed-exercise"]))
        return found


def setup(app: Sphinx) -> dict[str, bool]:
    """Register them."""
    app.add_transform(Marks)
    app.add_node(typed)
    app.add_directive("typed", Typed)
    app.add_post_transform(Fields)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
