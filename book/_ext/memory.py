"""While the book is built nothing is collected: its trees are all needed, nearly to the end.

Python looks for circles that nobody holds, again and again, through millions of nodes.
"""

from __future__ import annotations

import gc

from sphinx.application import Sphinx


def rest(app: Sphinx, *_: object) -> None:
    """Stop the collector."""
    gc.disable()


def go_on(app: Sphinx, *_: object) -> None:
    """Start it again."""
    gc.enable()


def setup(app: Sphinx) -> dict[str, bool]:
    """Act around the build."""
    app.connect("config-inited", rest)
    app.connect("build-finished", go_on, priority=0)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
