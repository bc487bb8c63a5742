"""Graphs: disjoint sets, a minimum spanning tree, a maximum independent set of a bipartite one."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
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
) -> tuple[list[tuple[int | None, int]], int]:
    """Kruskal's tree of weighted edges, directed away from ``None`` (which must be connected), and
    its weight.

    >>> minimum_spanning_tree([(5, None, 1), (5, None, 2), (1, 1, 2)])
    ([(None, 1), (1, 2)], 6)
    """
    sets, total = DisjointSets(), 0
    near: dict[int | None, list[int | None]] = {None: []}
    for weight, u, v in sorted(edges, key=lambda e: e[0]):
        if sets.join(u, v):
            total += weight
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
    return directed, total


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


# ---- bipartite: one maximum matching (Konig) -------------------------------------------------


LARGE = 20_000  # edges; below, importing scipy takes longer than the matching


def independent_set(near: Mapping[int, Sequence[int]]) -> tuple[set[int], set[int]]:
    """The largest set of left and right vertices with no edge inside it.

    ``near[left]`` lists the right neighbours of a left vertex. Konig: its size is the number of
    vertices less the size of a maximum matching. Returns (left part, right part); right vertices
    without neighbours are not known here and belong to every such set. [cited: Konig 1931]

    >>> independent_set({0: [7], 1: [7], 2: [8, 9]})
    ({0, 1}, {8, 9})
    """
    partner = _matching(near)
    matched = set(partner.values())
    left = {u for u in near if u not in matched}
    right_reached: set[int] = set()
    queue = list(left)
    for u in queue:
        for v in near[u]:
            if v not in right_reached:
                right_reached.add(v)
                w = partner.get(v)
                if w is not None and w not in left:
                    left.add(w)
                    queue.append(w)
    everyone = {v for members in near.values() for v in members}
    return left, everyone - right_reached


def _matching(near: Mapping[int, Sequence[int]]) -> dict[int, int]:
    """right -> left of a maximum matching; on large graphs scipy's, if it is installed."""
    if sum(map(len, near.values())) < LARGE:
        return plain_matching(near)
    try:
        from scipy.sparse import csr_matrix
        from scipy.sparse.csgraph import maximum_bipartite_matching
    except ImportError:
        return plain_matching(near)
    rows = list(near)
    number = {v: n for n, v in enumerate(sorted({v for vs in near.values() for v in vs}))}
    columns = list(number)
    indices = [number[v] for u in rows for v in near[u]]
    pointers = [0]
    for u in rows:
        pointers.append(pointers[-1] + len(near[u]))
    graph = csr_matrix(([1] * len(indices), indices, pointers), shape=(len(rows), len(columns)))
    found = maximum_bipartite_matching(graph, perm_type="column").tolist()
    return {columns[c]: rows[r] for r, c in enumerate(found) if c >= 0}


def plain_matching(near: Mapping[int, Sequence[int]]) -> dict[int, int]:
    """right -> left of a maximum matching by augmenting paths, without recursion.

    >>> sorted(plain_matching({0: [7], 1: [7, 8]}).items())
    [(7, 0), (8, 1)]
    """
    partner: dict[int, int] = {}
    mate: dict[int, int] = {}  # the same matching, left -> right
    for start in near:
        before: dict[int, int] = {}  # right vertex -> the left vertex it was reached from
        end = _free_end(start, near, partner, before)
        while end is not None:  # flip the augmenting path, back to its start
            left = before[end]
            partner[end], mate[left], end = left, end, mate.get(left)
    return partner


def _free_end(
    start: int, near: Mapping[int, Sequence[int]], partner: dict[int, int], before: dict[int, int]
) -> int | None:
    """Breadth first from ``start`` to an unmatched right vertex; None if there is none."""
    queue = [start]
    for u in queue:
        for v in near[u]:
            if v in before:
                continue
            before[v] = u
            if v not in partner:
                return v
            queue.append(partner[v])
    return None
