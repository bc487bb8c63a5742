"""Upper bounds on rank(D) by counting: pairs (U1), slices (U2), and what relations that share a
hub value differ in (U3). Each returns its terms.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from factrank.errors import FactrankError
from factrank.facts.database import MODES, Database
from factrank.facts.labels import axis_of
from factrank.rank.algebra.exact import Outer, Rows, factor
from factrank.rank.algebra.reduction import Relation, demand_functional, functions_of
from factrank.rank.algebra.terms import Number, Term, term_of

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
    first, second = (axis for axis in range(3) if axis != free)
    groups: dict[tuple[int, int], dict[int, Number]] = {}
    for fact in database.facts:
        groups.setdefault((fact[first], fact[second]), {})[fact[free]] = 1
    return tuple(term_of(free, line, {x: 1}, {y: 1}) for (x, y), line in groups.items())


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
    return tuple(
        term_of(axis, {index: 1}, x, y) for index, part in cells.items() for x, y in _products(part)
    )


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


def hub_terms(database: Database) -> tuple[Term, ...]:
    """U3: let relations share one value as their hub. [ours]

    For h_q in range f_q, M_q = sum_{v != h_q} 1[f_q = v] (x) (e_v - e_{h_q})
    + 1_dom(q) (x) e_{h_q}, so rank(D) <= sum_q (|range f_q| - 1) + sum over hubs of the rank of the
    domains they serve. Hubs are chosen greedily: the value that lies in most ranges still without
    a hub. Needs a functional database.

    >>> db = Database.from_triples(
    ...     [("a", "r", "x"), ("b", "r", "y"), ("a", "s", "y"), ("b", "s", "x")])
    >>> len(hub_terms(db))
    3
    """
    return hubs(database).terms()


@dataclass(frozen=True)
class Hubs:
    """A choice of hubs of U3: ``size`` is known before its terms are written out."""

    relations: Mapping[int, Relation]
    served: Mapping[int, Sequence[int]]  # hub value -> its relations
    size: int

    def terms(self) -> tuple[Term, ...]:
        """The decomposition: differences to the hub, then the domains."""
        terms: list[Term] = []
        for hub, served in self.served.items():
            for q in served:
                for v, keys in _fibres(self.relations[q]).items():
                    if v != hub:
                        terms.append(Term(dict.fromkeys(keys, 1), {q: 1}, {v: 1, hub: -1}))
            terms += [Term(x, y, {hub: 1}) for x, y in factor(_domains(self.relations, served))]
        return tuple(terms)


def hubs(database: Database) -> Hubs:
    """The hubs whose terms are ``hub_terms``, not written out yet. [ours]

    >>> hubs(Database.from_triples([("a", "r", "x"), ("b", "r", "y")])).size
    2
    """
    demand_functional(database, "U3")
    relations = functions_of(database, "Q")
    served = _hubs(relations)
    size = sum(len(set(f.values())) - 1 for f in relations.values())
    size += sum(_cost(relations, members) for members in served.values())
    return Hubs(relations, served, size)


def _cost(relations: Mapping[int, Relation], served: Sequence[int]) -> int:
    """How many products the domains of these relations are: one each, where each has a key that no
    other of them has, as they mostly do."""
    times = Counter(chain.from_iterable(relations[q] for q in served))
    if all(any(times[k] == 1 for k in relations[q]) for q in served):
        return len(served)
    return len(factor(_domains(relations, served)))


def _domains(relations: Mapping[int, Relation], served: Sequence[int]) -> Rows:
    """key -> relation -> 1 for the relations that one hub serves."""
    domains: dict[int, dict[int, int]] = {}
    for q in served:
        for k in relations[q]:
            domains.setdefault(k, {})[q] = 1
    return domains


def _hubs(relations: Mapping[int, Relation]) -> dict[int, list[int]]:
    """hub value -> the relations it serves: a greedy hitting set of the ranges."""
    members: dict[int, set[int]] = {}
    for q, f in relations.items():
        for v in f.values():
            members.setdefault(v, set()).add(q)
    ranges = {q: set(f.values()) for q, f in relations.items()}
    by_size: dict[int, set[int]] = {}
    for v, served in members.items():
        by_size.setdefault(len(served), set()).add(v)
    chosen: dict[int, list[int]] = {}
    size = max(by_size, default=0)
    while size:
        if not by_size.get(size):
            size -= 1
            continue
        hub = min(by_size[size])
        chosen[hub] = sorted(members[hub])
        for q in chosen[hub]:
            for v in ranges[q]:
                by_size[len(members[v])].discard(v)
                members[v].discard(q)
                by_size.setdefault(len(members[v]), set()).add(v)
    return chosen


def _fibres(f: Relation) -> dict[int, list[int]]:
    fibres: dict[int, list[int]] = {}
    for k, v in f.items():
        fibres.setdefault(v, []).append(k)
    return fibres
