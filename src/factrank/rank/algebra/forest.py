"""Forests on small graphs: disjoint sets and a minimum spanning tree."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Any


class DisjointSets:
    """Sets that can only be joined; elements appear when first named.

    >>> sets = DisjointSets()
    >>> sets.join("a", "b"), sets.join("b", "a")
    (True, False)
    """

    def __init__(self) -> None:
        self._parent: dict[Hashable, Hashable] = {}

    def root(self, x: Hashable) -> Hashable:
        parent = self._parent
        parent.setdefault(x, x)
        while parent[x] != x:
            parent[x] = parent[parent[x]]
            x = parent[x]
        return x

    def join(self, x: Hashable, y: Hashable) -> bool:
        """Join two sets; True if they were different."""
        rx, ry = self.root(x), self.root(y)
        self._parent[rx] = ry
        return rx != ry

    def groups(self) -> list[list[Any]]:
        """The sets, each with its elements in the order in which they were named."""
        found: dict[Hashable, list[Any]] = {}
        for x in list(self._parent):
            found.setdefault(self.root(x), []).append(x)
        return list(found.values())


def minimum_spanning_tree(
    edges: Iterable[tuple[int, int | None, int]],
) -> list[tuple[int | None, int]]:
    """Kruskal's tree of weighted edges, directed away from ``None`` (which must be connected).

    >>> minimum_spanning_tree([(5, None, 1), (5, None, 2), (1, 1, 2)])
    [(None, 1), (1, 2)]
    """
    sets = DisjointSets()
    near: dict[int | None, list[int | None]] = {None: []}
    for _, u, v in sorted(edges, key=lambda e: e[0]):
        if sets.join(u, v):
            near.setdefault(u, []).append(v)
            near.setdefault(v, []).append(u)
    directed: list[tuple[int | None, int]] = []
    queue: list[int | None] = [None]
    seen: set[int | None] = {None}
    for u in queue:
        for v in near.get(u, []):
            if v not in seen:
                seen.add(v)
                directed.append((u, v))  # type: ignore[arg-type]
                queue.append(v)
    return directed


def below(
    edges: Sequence[tuple[int | None, int]],
) -> Iterator[tuple[int | None, int, list[int]]]:
    """Each directed edge with its child and all that hangs on it.

    >>> list(below([(None, 1), (1, 2)]))
    [(None, 1, [1, 2]), (1, 2, [2])]
    """
    children: dict[int | None, list[int]] = {}
    for parent, child in edges:
        children.setdefault(parent, []).append(child)
    for parent, child in edges:
        found = [child]
        for vertex in found:  # grows as we go
            found += children.get(vertex, ())
        yield parent, child, found
