"""Upper bound U4: relations (or keys) that nearly agree. In a functional database by forests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import combinations

from factrank.facts.database import Database
from factrank.facts.labels import axis_of
from factrank.rank.algebra.exact import Outer
from factrank.rank.algebra.graphs import DisjointSets
from factrank.rank.algebra.reduction import Relation, functions_of
from factrank.rank.algebra.terms import Number, Term
from factrank.rank.upper.apart import Slice, Tree, slice_tree

GROUND = -1  # the value of an undefined cell; its basis vector is 0


def tree_terms(database: Database, mode: str = "Q", limit: int = 2_000_000) -> tuple[Term, ...]:
    """U4: write each relation as its difference from one it nearly agrees with. [ours]

    M_q - M_p is the incidence matrix of a graph with an edge f_p(k) - f_q(k) for each key where
    they differ (an undefined value is one extra vertex, ground); its rank w(p, q) is the size of
    a spanning forest. rank(D) <= weight of a minimum spanning tree on {0} and the relations, with
    w(0, q) = |range f_q|. ``mode="K"`` does the same with keys in the place of relations. Pairs
    that agree somewhere are compared first, then all others; at most ``limit`` cells are compared
    (the bound stays valid, it may be larger). In a set-valued database, and for ``mode="V"``, the
    difference is any matrix: ``apart.slice_tree`` takes its rank.

    >>> db = Database.from_triples(
    ...     [("a", "r", "x"), ("b", "r", "y"), ("a", "s", "x"), ("b", "s", "x")])
    >>> len(tree_terms(db))
    2
    """
    return spanning_tree(database, mode, limit).terms()


def spanning_tree(
    database: Database,
    mode: str = "Q",
    limit: int = 2_000_000,
    stop: Callable[[], bool] = lambda: False,
) -> Tree[Relation] | Tree[Slice]:
    """The tree whose terms are ``tree_terms``, not written out yet. [ours]

    ``stop`` ends the comparing of slices early where it takes exact ranks.

    >>> db = Database.from_triples([("a", "r", "x"), ("a", "s", "x"), ("b", "s", "y")])
    >>> spanning_tree(db).size
    2
    """
    if not database.functional or mode not in ("K", "Q"):
        return slice_tree(database, mode, limit, stop)
    functions: Mapping[int, Relation] = functions_of(database, mode)
    alone = {q: len(set(f.values())) for q, f in functions.items()}
    weights: list[tuple[int, int | None, int]] = [(w, None, q) for q, w in alone.items()]
    for p, q in _candidates(functions, limit):
        most = max(alone[p], alone[q])
        if (weight := _weight(functions[p], functions[q], most)) < most:  # else 0 joins them first
            weights.append((weight, p, q))
    return Tree(functions, axis_of(mode), weights, _difference)


def _candidates(functions: Mapping[int, Relation], limit: int) -> list[tuple[int, int]]:
    """Pairs worth comparing, most agreements first, as long as the work allows."""
    first: dict[tuple[int, int], int] = {}
    cells: dict[tuple[int, int], list[int]] = {}  # only those in which several agree
    for q, f in functions.items():
        for cell in f.items():
            other = first.setdefault(cell, q)
            if other != q:
                cells.setdefault(cell, [other]).append(q)
    agreements: dict[tuple[int, int], int] = {}
    for members in sorted(cells.values(), key=len):
        limit -= len(members) * (len(members) - 1) // 2
        if limit < 0:
            break
        for pair in combinations(members, 2):
            agreements[pair] = agreements.get(pair, 0) + 1
    ranked = sorted(agreements, key=lambda pair: (-agreements[pair], pair))
    if len(functions) ** 2 <= limit:  # pairs without agreement can still be a short forest apart
        ranked += [pair for pair in combinations(functions, 2) if pair not in agreements]
    chosen = []
    for p, q in ranked:
        limit -= len(functions[p]) + len(functions[q])
        if limit < 0:
            break
        chosen.append((p, q))
    return chosen


def _edges(f: Relation, g: Relation) -> dict[tuple[int, int], list[int]]:
    """(f value, g value) -> the cells where they differ so."""
    moved: dict[tuple[int, int], list[int]] = {}
    for cell in f.keys() | g.keys():
        ends = f.get(cell, GROUND), g.get(cell, GROUND)
        if ends[0] != ends[1]:
            moved.setdefault(ends, []).append(cell)
    return moved


def _weight(f: Relation, g: Relation, most: int) -> int:
    """The rank of M_g - M_f, the edges of a spanning forest, ground included; or ``most`` if it is
    no less. Values of cells where one of them is undefined are tied to the ground, an edge each."""
    tied = set(map(f.__getitem__, f.keys() - g.keys()))
    tied.update(map(g.__getitem__, g.keys() - f.keys()))
    weight = len(tied)
    if weight >= most:
        return most
    sets: DisjointSets = DisjointSets()
    for u, v in {(f[cell], g[cell]) for cell in f.keys() & g.keys()}:
        if u != v:
            weight += sets.join(GROUND if u in tied else u, GROUND if v in tied else v)
    return min(weight, most)


def _difference(g: Relation, f: Relation | None) -> list[Outer]:
    """M_g - M_f as forest-many products: column over the cells, row over the values.

    Rooting each tree of the forest, an edge u - v becomes a path, and e_v - e_u telescopes along
    the tree edges; a tree edge collects the (signed) cells of all paths that use it.
    """
    moved = _edges(f or {}, g)
    parent = _rooted_forest(moved)
    columns: dict[int, dict[int, Number]] = {}
    for (u, v), cells in moved.items():
        # e_v - e_u = (steps from v to the root) - (steps from u to the root)
        for sign, vertex in ((1, v), (-1, u)):
            while vertex in parent:
                column = columns.setdefault(vertex, {})
                for cell in cells:
                    column[cell] = column.get(cell, 0) + sign
                vertex = parent[vertex]
    pairs: list[Outer] = []
    for vertex, column in columns.items():
        kept = {cell: x for cell, x in column.items() if x}
        row: dict[int, Number] = {
            w: s for w, s in ((vertex, 1), (parent[vertex], -1)) if w != GROUND
        }
        pairs.append((kept, row))
    return pairs


def _rooted_forest(moved: Mapping[tuple[int, int], list[int]]) -> dict[int, int]:
    """vertex -> parent, for a breadth-first forest; ground is a root wherever it occurs."""
    near: dict[int, list[int]] = {}
    for u, v in moved:
        near.setdefault(u, []).append(v)
        near.setdefault(v, []).append(u)
    parent: dict[int, int] = {}
    seen: set[int] = set()
    for root in sorted(near):  # ground is -1, so it comes first
        if root in seen:
            continue
        seen.add(root)
        queue = [root]
        for u in queue:
            for v in near[u]:
                if v not in seen:
                    seen.add(v)
                    parent[v] = u
                    queue.append(v)
    return parent
