"""P11, matrices of rank one, by cases: where the terms of a tight bound can be. [cited, ours]

A tight bound leaves a space for the matrices of the terms (``tight``). On those of rank one all
2 x 2 minors vanish. Where minors add up to a square, or to a sum of squares, its forms vanish too,
and the space shrinks; where they add up to a product, one form or the other does: two cases. Where
they say that coordinates are an eigenvector, only real ones count. If the spaces of all cases and
these together do not hold the slices, or span fewer dimensions than there are terms, the rank is
one more.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations, islice
from typing import Any

from flint import fmpq_mat

from factrank.facts.database import MODES, Database
from factrank.rank.algebra.linear import kernel, leads, matrix_of, reduced
from factrank.rank.algebra.terms import exact, written
from factrank.rank.lower.bounds import LowerBound, unfolding
from factrank.rank.lower.koszul import koszul
from factrank.rank.lower.quadrics import Line, Quadrics, Split, Turn, Weighted
from factrank.rank.lower.tight import Space, maps_of, spaces

WIDEST = 12  # dimensions of a space whose quadratic forms are combined
MAPS_TRIED = 4  # of a mode onto three dimensions
DEEPEST, NODES = 8, 20  # cases inside one another; spaces that are looked at
TURNED = 5  # dimensions of a space that is turned


@dataclass
class Node:
    """A space; the cases into which weighted minors divide or turn it, if they do.

    Where they divide it, ``minors`` is one tuple of minors; where they turn it, one for each
    coordinate.
    """

    basis: fmpq_mat
    depth: int = 1
    how: Split | Turn | None = None
    minors: tuple[Weighted, ...] = ()
    cases: tuple[Node, ...] = ()

    def real(self) -> int:
        """The real eigenvectors of all spaces that are turned."""
        here = self.how.real if isinstance(self.how, Turn) and self.cases else 0
        return here + sum(case.real() for case in self.cases)

    def open(self) -> Iterator[Node]:
        """The leaves: spaces that stay as they are."""
        if not self.cases:
            yield self
        for case in self.cases:
            yield from case.open()


def by_cases(
    database: Database, known: LowerBound, seed: int, stop: Callable[[], bool] = lambda: False
) -> LowerBound | None:
    """P11 on top of a P1 or P7 bound: one more than it, or None. [cited, ours]

    >>> from factrank.rank.lower.bounds import unfolding
    >>> w = Database.from_triples([("0", "0", "1"), ("0", "1", "0"), ("1", "0", "0")])
    >>> by_cases(w, unfolding(w, "K"), seed=0).value
    3
    """
    return _first(((known, space) for space in spaces(database, known, seed)), stop)


def best_by_cases(
    database: Database, goal: int, seed: int, stop: Callable[[], bool] = lambda: False
) -> LowerBound | None:
    """P11 on an unfolding or flattening that proves one less than ``goal``. [cited, ours]"""
    given = [unfolding(database, mode) for mode in MODES]
    given += filter(None, (_flattening(database, mode, seed) for mode in MODES))
    tight = [known for known in given if known.value + 1 == goal]
    return _first(((known, it) for known in tight for it in spaces(database, known, seed)), stop)


def _first(
    given: Iterable[tuple[LowerBound, Space]], stop: Callable[[], bool]
) -> LowerBound | None:
    """The proof in the first space where one is found, small ones first."""
    for known, space in sorted(given, key=lambda pair: pair[1].basis.nrows()):
        search = _Search(space, known.value)
        if search.refuted(stop):
            search.trim(search.tree)
            data = {
                "inner": known.document(),
                "mode": space.mode,
                "flattenings": space.data,
                "cases": _document(space, search.tree),
            }
            return LowerBound(known.value + 1, "P11", data)
    return None


def _flattening(database: Database, mode: str, seed: int) -> LowerBound | None:
    """The best P7 of a mode mapped onto three dimensions, if it has three labels or more."""
    maps = islice(maps_of(database.used(mode), random.Random(seed)), MAPS_TRIED)
    found = [koszul(database, mode, vectors) for vectors in maps]
    return max(found, key=lambda bound: bound.value, default=None)


def _document(space: Space, tree: Node) -> dict[str, Any] | None:
    if not tree.cases:
        return None
    names = [[x, y] for x in space.rows for y in space.columns]
    pivots = leads(tree.basis, tree.basis.nrows())

    def form(line: Line) -> list[Any]:
        return [[names[j], written(exact(x))] for x, j in zip(line, pivots, strict=True) if x != 0]

    def minors(found: Weighted) -> list[Any]:
        return [
            {
                "times": written(exact(x)),
                "rows": [space.rows[i], space.rows[k]],
                "columns": [space.columns[j], space.columns[m]],
            }
            for (i, k, j, m), x in found
        ]

    assert tree.how is not None
    data: dict[str, Any] = {
        "minors": minors(tree.minors[0]),
        "forms": [form(line) for line in tree.how.forms],
        "times": None,
        "cases": [_document(space, case) for case in tree.cases],
    }
    if isinstance(tree.how, Turn):
        data["minors"] = [minors(found) for found in tree.minors]
        data["columns"] = [names[j] for j in pivots]
        data["matrix"] = [[written(exact(x)) for x in row] for row in tree.how.matrix.tolist()]
    elif tree.how.times:
        data["times"] = [written(exact(x)) for x in tree.how.times]
    return data


class _Search:
    """The space of one bound, and the cases found so far."""

    def __init__(self, space: Space, rank: int) -> None:
        self.space, self.rank, self.tree = space, rank, Node(space.basis)
        rows, columns = range(len(space.rows)), range(len(space.columns))
        self.minors = [
            (i, k, j, m) for i, k in combinations(rows, 2) for j, m in combinations(columns, 2)
        ]

    def refuted(self, stop: Callable[[], bool]) -> bool:
        """Divide the largest space that can be, until all together are too small; at last turn."""
        whole: set[int] = set()  # the leaves that no small form divides
        for move in (self.divide, self.turn):
            whole.clear()
            for _ in range(NODES):
                left = [leaf for leaf in self.tree.open() if id(leaf) not in whole]
                if self.enough() or not left or stop():
                    break
                largest = max(left, key=lambda leaf: leaf.basis.nrows())
                if not move(largest):
                    whole.add(id(largest))
        return self.enough()

    def divide(self, node: Node) -> bool:
        """Give a leaf its cases, if minors add up to a product or to squares of small forms."""
        quadrics = self._quadrics(node, WIDEST)
        for split in quadrics.splits():
            weights = quadrics.weights(quadrics.polynomial(split.products()))
            if weights is not None:
                self._become(node, split, (weights,), split.cases())
                return True
        return False

    def turn(self, node: Node) -> bool:
        """Give a leaf the one case that is left where its matrices of rank one are eigenvectors."""
        quadrics = self._quadrics(node, TURNED)
        for turn in quadrics.turns():
            if turn.real < node.basis.nrows():
                self._become(node, turn, quadrics.turned(turn), [list(turn.forms)])
                return True
        return False

    def _quadrics(self, node: Node, widest: int) -> Quadrics:
        """The minors on the space; none of them where it is too wide, or no space."""
        fits = 1 < node.basis.nrows() <= widest and node.depth < DEEPEST
        return Quadrics(node.basis, self.minors if fits else (), len(self.space.columns))

    def _become(
        self, node: Node, how: Split | Turn, minors: tuple[Weighted, ...], cases: list[list[Line]]
    ) -> None:
        inside = [kernel(matrix_of(forms, node.basis.nrows())) for forms in cases]
        node.how, node.minors = how, minors
        node.cases = tuple(Node(reduced(some * node.basis), node.depth + 1) for some in inside)

    def enough(self) -> bool:
        """Whether the leaves and the eigenvectors cannot hold the matrices of ``rank`` terms, which
        span the slices."""
        lines = [line for leaf in self.tree.open() for line in leaf.basis.tolist()]
        width, real = self.space.basis.ncols(), self.tree.real()
        dimension = matrix_of(lines, width).rank() if lines else 0
        whole = matrix_of(lines + self.space.slices.tolist(), width)
        return bool(dimension + real < self.rank or (not real and whole.rank() > dimension))

    def trim(self, node: Node) -> None:
        """Take the cases away that the proof can do without."""
        cases, node.cases = node.cases, ()
        if cases and not self.enough():
            node.cases = cases
            for case in cases:
                self.trim(case)
