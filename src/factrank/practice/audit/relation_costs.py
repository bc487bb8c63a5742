"""What each relation adds to the rank, and which relations nearly agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from itertools import combinations
from typing import NamedTuple

from factrank.facts.database import Database
from factrank.facts.matrix import SparseMatrix
from factrank.rank.algebra.exact import rank as exact_rank
from factrank.rank.algebra.graphs import DisjointSets
from factrank.rank.interval import RankInterval, rank_interval

RANKED = 1_000_000  # facts times relations up to which the database is ranked without each relation
COMPARED = 2_000_000  # cells compared in search of relations that nearly agree
GROUND = -1  # the value of an undefined cell


class Cost(NamedTuple):
    """A relation's cost lies in [least, most], and never above ``alone``, its rank by itself.

    Of the terms of the decomposition found, ``own`` serve this relation only, ``used`` serve it.
    """

    query: str
    least: int
    most: int
    alone: int
    own: int
    used: int


class Agreement(NamedTuple):
    """Two relations whose difference has rank ``apart``, less than one of them alone.

    ``saved`` terms are saved by writing the larger as the smaller plus the difference. ``same``
    keys have the same values under both; ``other`` keys, answered by either, do not.
    """

    one: str
    two: str
    apart: int
    saved: int
    same: int
    other: int


def relation_matrix(database: Database) -> dict[int, dict[int, set[int]]]:
    """Relation -> key -> its values."""
    found: dict[int, dict[int, set[int]]] = {q: {} for q in range(len(database.queries))}
    for k, q, v in database.facts:
        found[q].setdefault(k, set()).add(v)
    return found


def costs(
    database: Database,
    whole: RankInterval,
    *,
    seed: int = 0,
    progress: Callable[[str], None] = lambda line: None,
    most_work: int = RANKED,
) -> tuple[tuple[Cost, ...], str]:
    """What each relation adds: rank(D) - rank(D without it), as an interval. [ours]

    Without relation q the rank is at least rank(D) - rank M_q, since D is the rest plus
    e_q (x) M_q, and at most N - own, since the other ones of the N terms found sum to the rest when
    q is left out of them. So with ``whole`` = [L, U] and the rest ranked [l, u],

        max(0, L - u, L - N + own) <= cost of q <= min(rank M_q, U - l).

    N may exceed U: a real rank can be known by a theorem, without terms as few.

    A cost of 0 means that the relation comes free with the others, a cost of rank M_q that it
    shares nothing. Costs need not add up to the rank: two copies of one relation cost 0 each.
    Beyond ``most_work`` facts times relations the rest is not ranked again. Returns the costs, the
    dearest first, and how they were found.

    >>> db = Database.from_triples([("a", "r", "x"), ("b", "r", "y"), ("a", "s", "x")])
    >>> costs(db, rank_interval(db))[0]
    (Cost(query='r', least=1, most=1, alone=2, own=1, used=2),
     Cost(query='s', least=0, most=0, alone=1, own=0, used=1))
    """
    tables = relation_matrix(database)
    used = Counter(q for term in whole.terms for q in term.b)
    own = Counter(q for term in whole.terms if len(term.b) == 1 for q in term.b)
    ranked = len(database) * len(database.queries) <= most_work
    found = []
    for q, query in enumerate(database.queries):
        by_itself = alone(tables[q], database)
        low, high = 0, min(whole.upper, len(whole.terms) - own[q])
        if ranked:
            progress(f"relation {q + 1} of {len(database.queries)}: {query}")
            without = _without(database, q, seed)
            low, high = without[0], min(high, without[1])
        least, most = max(0, whole.lower - high), min(by_itself, whole.upper - low)
        found.append(Cost(query, least, most, by_itself, own[q], used[q]))
    found.sort(key=lambda cost: (-cost.least, -cost.own, -cost.most, -cost.alone))
    how = "bounded by each relation alone and by the terms found, not ranked without each"
    return tuple(found), "ranked once without each relation, effort quick" if ranked else how


def _without(database: Database, q: int, seed: int) -> tuple[int, int]:
    """The interval of the rank without relation q."""
    facts = tuple(fact for fact in database.facts if fact[1] != q)
    if not facts:
        return 0, 0
    rest = Database(database.keys, database.queries, database.values, facts)
    found = rank_interval(rest, "quick", seed=seed)
    return found.lower, found.upper


def agreements(database: Database, most_work: int = COMPARED) -> tuple[tuple[Agreement, ...], bool]:
    """The pairs of relations that nearly agree, the most saved first; if all were compared. [ours]

    M_p - M_q has rank w(p, q): the size of a spanning forest of the graph with an edge
    f_p(k) - f_q(k) for each key where they differ (U4), or the exact rank where a key has several
    values. Listed are the pairs with w(p, q) < max(rank M_p, rank M_q).

    >>> facts = [(k, r, "x" if k in "ab" else "y") for k in "abcd" for r in "rs"]
    >>> agreements(Database.from_triples([*facts, ("e", "s", "z")]))[0]
    (Agreement(one='r', two='s', apart=1, saved=2, same=4, other=1),)
    """
    tables = {q: f for q, f in relation_matrix(database).items() if f}
    ranks = {q: alone(f, database) for q, f in tables.items()}
    found, complete = [], True
    order = sorted(tables, key=lambda q: (-len(tables[q]), q))  # what has most keys saves most
    for p, q in map(sorted, combinations(order, 2)):
        most_work -= len(tables[p]) + len(tables[q])
        if most_work < 0:
            complete = False
            break
        f, g = tables[p], tables[q]
        same = sum(f[k] == g[k] for k in f.keys() & g.keys())
        apart = forest_size(f, g) if database.functional else _rank(_difference(f, g), database)
        saved = max(ranks[p], ranks[q]) - apart
        if saved > 0:
            names = database.queries[p], database.queries[q]
            found.append(Agreement(*names, apart, saved, same, len(f.keys() | g.keys()) - same))
    found.sort(key=lambda pair: (-pair.saved, pair.apart))
    return tuple(found), complete


def forest_size(f: Mapping[int, set[int]], g: Mapping[int, set[int]]) -> int:
    """rank(M_f - M_g) of two functions: edges of a spanning forest, ground included. [ours]"""
    sets = DisjointSets()
    ground = {GROUND}
    edges = {(*f.get(k, ground), *g.get(k, ground)) for k in f.keys() | g.keys()}
    return sum(sets.join(u, v) for u, v in edges if u != v)


def _cells(f: Mapping[int, set[int]]) -> Counter[tuple[int, int]]:
    return Counter((k, v) for k, values in f.items() for v in values)


def _difference(f: Mapping[int, set[int]], g: Mapping[int, set[int]]) -> dict[tuple[int, int], int]:
    cells = _cells(f)
    cells.subtract(_cells(g))
    return {cell: x for cell, x in cells.items() if x}


def alone(f: Mapping[int, set[int]], database: Database) -> int:
    """rank M_q, of a relation's values by key: the number of values where each key has one."""
    if database.functional:
        return len(set().union(*f.values()))
    return _rank(_cells(f), database)


def _rank(cells: Mapping[tuple[int, int], int], database: Database) -> int:
    rows: dict[int, dict[int, int]] = {}  # keys without a fact add nothing to a rank
    for (k, v), x in cells.items():
        rows.setdefault(k, {})[v] = x
    return exact_rank(SparseMatrix((len(rows), len(database.values)), tuple(rows.values())))
