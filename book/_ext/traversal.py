"""Walk a page's tree with a pile of places, not a generator in a generator for each node.

Every transform walks every page, and docutils hands each node up through all that hold it. The
nodes come in the same order, also where what is walked through changes on the way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from docutils import nodes
from sphinx.application import Sphinx

FINDALL = nodes.Node.findall


def every(root: nodes.Node) -> Iterator[nodes.Node]:
    """Yield a node and all below it, each before what it holds."""
    yield root
    pile = [iter(root.children)]
    while pile:
        for child in pile[-1]:
            yield child
            if child.children:  # asked for only now: who took the node may have changed it
                pile.append(iter(child.children))
                break
        else:
            pile.pop()


def of_class(root: nodes.Node, kind: type) -> Iterator[nodes.Node]:
    """Yield those of a class."""
    return (node for node in every(root) if isinstance(node, kind))


def findall(
    root: nodes.Node,
    condition: type | Callable[[nodes.Node], bool] | None = None,
    include_self: bool = True,
    descend: bool = True,
    siblings: bool = False,
    ascend: bool = False,
) -> Iterator[nodes.Node]:
    """Yield the nodes that docutils' own `findall` does."""
    if not (include_self and descend) or siblings or ascend:
        return FINDALL(root, condition, include_self, descend, siblings, ascend)
    if condition is None:
        return every(root)
    if isinstance(condition, type):
        return of_class(root, condition)
    return filter(condition, every(root))


def setup(app: Sphinx) -> dict[str, bool]:
    """Put them in the place of docutils' own."""
    nodes.Node.findall = findall
    nodes.Node._fast_findall = of_class
    nodes.Node._superfast_findall = every
    return {"parallel_read_safe": True, "parallel_write_safe": True}
