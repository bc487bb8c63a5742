"""Upper bound U4 in any database: slices that nearly agree, their differences taken exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, combinations
from typing import Generic, NamedTuple, TypeVar

from factrank.facts.database import MODES, Database
from factrank.facts.labels import axis_of
from factrank.rank.algebra import exact
from factrank.rank.algebra.exact import Outer, factor
from factrank.rank.algebra.graphs import below, minimum_spanning_tree
from factrank.rank.algebra.terms import Term, term_of
from factrank.rank.upper.counts import slices

Slice = Mapping[int, Mapping[int, int]]
S = TypeVar("S")
PAIR = 80  # comparing two slices costs about as much as reading so many cells


class Tree(Generic[S]):
    """The lightest tree of slices, by weighted pairs; ``size`` is known before terms are written.

    A pair with None is that of a slice and the zero slice; ``factored`` has a slice less another as
    columns times rows, as many as the weight of the pair.
    """

    def __init__(
        self,
        slices: Mapping[int, S],
        axis: int,
        weights: Iterable[tuple[int, int | None, int]],
        factored: Callable[[S, S | None], Iterable[Outer]],
    ) -> None:
        self.slices, self.axis, self.factored = slices, axis, factored
        self.edges, self.size = minimum_spanning_tree(weights)

    def terms(self) -> tuple[Term, ...]:
        """The decomposition: each edge's difference, shared by the subtree below it."""
        return tuple(
            term_of(self.axis, dict.fromkeys(members, 1), x, y)
            for parent, child, members in below(self.edges)
            for x, y in self.factored(
                self.slices[child], None if parent is None else self.slices[parent]
            )
        )


def slice_tree(
    database: Database,
    mode: str,
    limit: int = 2_000_000,
    stop: Callable[[], bool] = lambda: False,
) -> Tree[Slice]:
    """U4 for any database: each slice of a mode as its difference from one it nearly agrees with.

    rank(D) <= the weight of a minimum spanning tree on {0} and the slices M_i of ``mode``, with
    w(i, j) = rank(M_i - M_j), exact, and w(0, i) = rank M_i. Slices that share facts are compared
    first, those that share most before others, then all where they are few; until about ``limit``
    cells were read or ``stop()``: the bound stays valid, it may be larger. [ours]

    >>> db = Database.from_triples(
    ...     [("a", "r", "x"), ("a", "r", "y"), ("b", "r", "x"), ("b", "r", "y"), ("b", "s", "y")])
    >>> len(slice_tree(db, "K").terms())
    2
    """
    parts = slices(database, mode)
    marks = {i: _marks(part) for i, part in parts.items()}
    alone = {i: mark.rank for i, mark in marks.items()}
    weights: list[tuple[int, int | None, int]] = [(w, None, i) for i, w in alone.items()]
    axis = axis_of(mode)
    for i, j in _candidates(database, axis, limit // 2):  # half for finding, half for ranks
        if max(alone[i], alone[j]) == 1 and parts[i] != parts[j]:  # no nearer than 0 is
            continue
        limit -= PAIR + 2 * (_cells(parts[i]) + _cells(parts[j]))  # subtracted, then reduced
        if limit < 0 or stop():
            break
        most = max(alone[i], alone[j])  # no nearer than 0 is, again
        if least_apart(marks[i], marks[j]) >= most:
            continue
        if (apart := _rank(difference(parts[i], parts[j]))) < most:
            weights.append((apart, i, j))
    return Tree(parts, axis, weights, lambda part, base: factor(difference(part, base or {})))


class Marks(NamedTuple):
    """A slice by its rank, the rows and columns that it uses, and those of peeled pivots."""

    rank: int
    rows: frozenset[int]
    columns: frozenset[int]
    pivot_rows: frozenset[int]
    pivot_columns: frozenset[int]


def _marks(part: Slice) -> Marks:
    pivots, core = exact.reduce(part)
    return Marks(
        len(pivots) + exact.core_rank(core),
        frozenset(part),
        frozenset(chain.from_iterable(part.values())),
        frozenset(p.row for p in pivots),
        frozenset(p.column for p in pivots),
    )


def least_apart(one: Marks, other: Marks) -> int:
    """A lower bound on the rank of the difference of two slices, by sets alone. [ours]

    Pivots of one whose rows the other does not use, with pivots of the other whose columns the one
    does not use, make a block-triangular minor, as each slice's own pivots make a triangular one.
    So do rows and columns exchanged.
    """
    return max(
        len(one.pivot_rows - other.rows) + len(other.pivot_columns - one.columns),
        len(one.pivot_columns - other.columns) + len(other.pivot_rows - one.rows),
    )


def _candidates(database: Database, axis: int, limit: int) -> Iterator[tuple[int, int]]:
    """Pairs of slices, most facts in common first, as long as the work allows."""
    members: dict[tuple[int, int], list[int]] = {}
    for fact in database.facts:
        x, y = fact[:axis] + fact[axis + 1 :]
        members.setdefault((x, y), []).append(fact[axis])
    common: dict[tuple[int, int], int] = {}
    for sharing in sorted(members.values(), key=len):
        limit -= len(sharing) * (len(sharing) - 1) // 2
        if limit < 0:
            break
        for n, j in enumerate(sharing):
            for i in sharing[:n]:
                common[i, j] = common.get((i, j), 0) + 1
    yield from sorted(common, key=lambda pair: (-common[pair], pair))
    used = database.used(MODES[axis])
    if len(used) ** 2 <= limit:  # slices without a common fact can still be near each other
        yield from (pair for pair in combinations(used, 2) if pair not in common)


def difference(part: Slice, base: Slice) -> dict[int, dict[int, int]]:
    """``part - base``, by its nonzero entries.

    >>> difference({0: {1: 1}}, {0: {1: 1, 2: 1}})
    {0: {2: -1}}
    """
    found = {}
    for i in part.keys() | base.keys():
        mine, other = part.get(i, {}), base.get(i, {})
        row = {j: mine.get(j, 0) - other.get(j, 0) for j in mine.keys() | other.keys()}
        if kept := {j: x for j, x in row.items() if x}:
            found[i] = kept
    return found


def _rank(part: Slice) -> int:
    return len(part) if len(part) <= 1 else exact.rank_of(part)


def _cells(part: Slice) -> int:
    return sum(map(len, part.values()))
