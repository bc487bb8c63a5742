"""Upper bound U4 in any database: slices that nearly agree, their differences taken exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, combinations
from typing import NamedTuple

from factrank.facts.database import MODES, Database
from factrank.facts.labels import axis_of
from factrank.facts.matrix import SparseMatrix
from factrank.rank.algebra import exact
from factrank.rank.algebra.exact import factor
from factrank.rank.algebra.graphs import below, minimum_spanning_tree
from factrank.rank.algebra.terms import Number, Term, Vector
from factrank.rank.upper.counts import slices

Slice = Mapping[int, Mapping[int, int]]
PAIR = 80  # comparing two slices costs about as much as reading so many cells


@dataclass(frozen=True)
class Slices:
    """A spanning tree of slices: ``size`` is known before its terms are written out.

    ``edges`` are (parent, child) from the root outwards; the parent None is the zero slice.
    """

    parts: Mapping[int, Slice]
    axis: int
    edges: Sequence[tuple[int | None, int]]
    size: int

    def terms(self) -> tuple[Term, ...]:
        """The decomposition: each edge's difference, shared by the subtree below it."""
        terms: list[Term] = []
        for parent, child, members in below(self.edges):
            shared: dict[int, Number] = dict.fromkeys(members, 1)
            base = self.parts[parent] if parent is not None else {}
            for x, y in factor(difference(self.parts[child], base)):
                factors: list[Vector] = [x, y]
                factors.insert(self.axis, shared)
                terms.append(Term(*factors))
        return tuple(terms)


def slice_tree(
    database: Database,
    mode: str,
    limit: int = 2_000_000,
    stop: Callable[[], bool] = lambda: False,
) -> Slices:
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
    edges = minimum_spanning_tree(weights)
    of_pair = {frozenset(pair): weight for weight, *pair in weights}
    return Slices(parts, axis, edges, sum(of_pair[frozenset(edge)] for edge in edges))


class Marks(NamedTuple):
    """A slice by its rank, the rows and columns that it uses, and those of peeled pivots."""

    rank: int
    rows: frozenset[int]
    columns: frozenset[int]
    pivot_rows: frozenset[int]
    pivot_columns: frozenset[int]


def _marks(part: Slice) -> Marks:
    rows, numbers = tuple(map(dict, part.values())), list(part)
    pivots, core = exact.reduce(SparseMatrix((len(part), 0), rows))
    return Marks(
        len(pivots) + exact.core_rank(core),
        frozenset(numbers),
        frozenset(chain.from_iterable(rows)),
        frozenset(numbers[p.row] for p in pivots),
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
    if len(part) <= 1:
        return len(part)
    return exact.rank(SparseMatrix((len(part), 0), tuple(map(dict, part.values()))))


def _cells(part: Slice) -> int:
    return sum(map(len, part.values()))
