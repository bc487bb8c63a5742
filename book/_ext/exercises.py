"""What each exercise takes: minutes and level beneath its title, as its checker says them."""

from __future__ import annotations

import re
from importlib import import_module

from cells import code_cells
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx_exercise.nodes import is_exercise_node

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


def setup(app: Sphinx) -> dict[str, bool]:
    """Register it."""
    app.add_transform(Marks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
