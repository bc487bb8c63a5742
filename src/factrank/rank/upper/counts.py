"""Upper bounds on rank(D) by counting: pairs (U1) and slices (U2). Each returns its terms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from factrank.errors import FactrankError
from factrank.facts.database import MODES, Database
from factrank.facts.labels import axis_of
from factrank.rank.algebra.exact import Outer, factor
from factrank.rank.algebra.terms import Number, Term, Vector

PAIRS = ("KQ", "QV", "KV")


def pair_terms(database: Database, pair: str) -> tuple[Term, ...]:
    """U1: one term per distinct pair; the third mode carries the sum of its facts. [paper, ours]

    D = sum over pairs, for instance (q, v): (sum of the keys with f_q = v) (x) e_q (x) e_v.
    ``pair`` is "KQ", "QV" or "KV"; the number of terms is ``database.pair_counts()[pair]``.

    >>> db = Database.from_triples([("a", "r", "x"), ("b", "r", "x")])
    >>> pair_terms(db, "QV")
    (Term(a={0: 1, 1: 1}, b={0: 1}, c={0: 1}),)
    """
    if pair not in PAIRS:
        raise FactrankError(f"pair: expected one of {', '.join(PAIRS)}, found {pair!r}")
    free = next(i for i, mode in enumerate(MODES) if mode not in pair)
    groups: dict[tuple[int, ...], dict[int, Number]] = {}
    for fact in database.facts:
        rest = tuple(x for axis, x in enumerate(fact) if axis != free)
        groups.setdefault(rest, {})[fact[free]] = 1
    terms = []
    for rest, line in groups.items():
        vectors: list[Vector] = [{index: 1} for index in rest]
        vectors.insert(free, line)
        terms.append(Term(*vectors))
    return tuple(terms)


class Pairs(NamedTuple):
    """U1 for one kind of pair: ``size`` is known before its terms are written out."""

    database: Database
    pair: str
    size: int

    def terms(self) -> tuple[Term, ...]:
        """As ``pair_terms``."""
        return pair_terms(self.database, self.pair)


def pairs(database: Database) -> list[Pairs]:
    """U1 for each kind of pair, counted.

    >>> [plan.size for plan in pairs(Database.from_triples([("a", "r", "x"), ("b", "r", "x")]))]
    [2, 1, 2]
    """
    return [Pairs(database, pair, size) for pair, size in database.pair_counts().items()]


def slice_terms(database: Database, mode: str = "V") -> tuple[Term, ...]:
    """U2: the ranks of the slices along one mode, added. [paper, ours]

    D = sum_v D[:, :, v] (x) e_v, and each slice is a sum of rank-many products column (x) row, so
    rank(D) <= sum_v rank D[:, :, v]. For the value mode of a functional database this is never
    worse than any pair count (a pair with two values has rank 1 and two value slices).

    >>> db = Database.from_triples([("a", "r", "x"), ("a", "s", "x"), ("b", "r", "y")])
    >>> [len(slice_terms(db, mode)) for mode in "KQV"]
    [2, 3, 2]
    """
    axis = axis_of(mode)
    first, second = (a for a in range(3) if a != axis)
    cells: dict[int, list[tuple[int, int]]] = {}
    for fact in database.facts:
        cells.setdefault(fact[axis], []).append((fact[first], fact[second]))
    terms: list[Term] = []
    for index, part in cells.items():
        for x, y in _products(part):
            vectors: list[Vector] = [x, y]
            vectors.insert(axis, {index: 1})
            terms.append(Term(*vectors))
    return tuple(terms)


def _products(cells: Sequence[tuple[int, int]]) -> Sequence[Outer]:
    """The cells of a slice as columns times rows; of one column it is told without a matrix."""
    column = cells[0][1]
    if all(j == column for _, j in cells):  # most slices of a table
        return [({i: 1 for i, _ in cells}, {column: 1})]
    rows: dict[int, dict[int, int]] = {}
    for i, j in cells:
        rows.setdefault(i, {})[j] = 1
    return factor(rows)


def slices(database: Database, mode: str) -> dict[int, dict[int, dict[int, int]]]:
    """The nonzero slices along a mode, each as row -> column -> 1, in one pass over the facts."""
    axis = axis_of(mode)
    first, second = (a for a in range(3) if a != axis)
    parts: dict[int, dict[int, dict[int, int]]] = {}
    for fact in database.facts:
        parts.setdefault(fact[axis], {}).setdefault(fact[first], {})[fact[second]] = 1
    return parts
