"""P6 with keys substituted: the relations in an order, then the largest set in one matching.

S are the substituted keys, the rows are values, a column (k, q) has k outside S. In a functional
database it holds one fact, so value v may have its pivot there if f_q(k) = v; and row v is unknown
at all columns of q if a key of S has f_q = v: say S hits v at q. Put the relations in any order and
give v its pivot at the last relation that has it, its top. If S hits v below its top only, row v is
known and zero at all columns of relations behind its top. So pivots sorted by their tops, the last
first, have known zeros below them in their columns, and that is all P6 asks:

    rank(D) >= rank of the rows of S in D_(K) + the number of values that S does not hit at the top.

Of one basis of keys, a key and a value exclude each other if the value has its top there, and the
largest set without such a pair comes from one matching (Konig). In P5 they exclude each other at
every relation. No choice of pivots for these roles is better than the best order: if v has its
pivot at q and is hit at p, v leads to all pivots at p, and only without circles are they pivots.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence

from factrank.facts.database import Database, Fact
from factrank.rank.algebra.exact import Minor
from factrank.rank.algebra.graphs import independent_set, plain_matching
from factrank.rank.algebra.reduction import demand_functional
from factrank.rank.lower.bounds import (
    LowerBound,
    basis_rows,
    independent,
    minor_data,
    substituted,
    unfolding,
)

LARGE = 2_000  # facts; below, importing scipy takes longer than some matchings
PATIENCE = 8  # tries without a gain for each pair of relations that share values
Places = Mapping[int, int]  # relation -> its place in the order, the top has the largest


def ordered(
    database: Database,
    keys: LowerBound | None = None,
    work: int = 0,
    seed: int = 0,
    goal: int | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> LowerBound:
    """P6 with keys substituted, in the best order of the relations that was met. [ours]

    The first order has relations of many keys a value below. Then one relation after another is
    drawn by the ``seed`` and put next to one that shares a value with it, and stays there unless
    less is proved; that ends when nothing helps, after ``work`` facts were read, at ``goal`` (an
    upper bound) or when ``stop()``. ``keys`` is ``unfolding(database, "K")``, if it is known.
    Needs a functional database.

    >>> facts = [("a", "s", "x"), ("b", "s", "y"), ("c", "r", "y"), ("c", "t", "x")]
    >>> found = ordered(Database.from_triples(facts))  # s below r and t
    >>> found.value, found.data["substitute"]["labels"], [row for row, _ in found.data["pivots"]]
    (4, ['a', 'b'], ['x', 'y'])
    """
    demand_functional(database, "P6 in order")
    rows = basis_rows(database, keys or unfolding(database, "K"))
    facts = database.facts
    order = _first(facts)
    size = _sizes(facts, rows)
    least, idle, rng = size(_places(order)), 0, random.Random(seed)
    pairs, most = _sharing(facts), len(rows) + len(database.used("V"))
    for _ in range(work // max(len(facts), 1) if pairs else 0):
        if stop() or idle > PATIENCE * len(pairs) or most - least == goal:
            break
        tried = _moved(order, *rng.choice(pairs), rng.randrange(2))
        found = size(_places(tried))
        idle = 0 if found < least else idle + 1
        if found <= least:
            least, order = found, tried
    return _bound(database, rows, _places(order))


def _bound(database: Database, rows: Collection[int], places: Places) -> LowerBound:
    """What the order proves: values and keys by Konig, then all keys that touch none of these."""
    facts = database.facts
    top = tops(facts, places)
    near: dict[int, list[int]] = {k: [] for k in rows}
    for k, q, v in facts:
        if k in near and top[v] == q:
            near[k].append(v)
    free, _ = independent_set(near)
    blocked = {v for k in free for v in near[k]}
    touched = {k for k, q, v in facts if top[v] == q and v not in blocked}
    kept, proof = independent(database, "K", set(database.used("K")) - touched)
    gone = set(kept)
    # A value may be at the top of keys that are not needed: all that no key kept hits there count.
    hit = {v for k, q, v in facts if k in gone and top[v] == q}
    pivots: dict[int, Fact] = {}  # any fact at the top of a value: its column holds no other
    for fact in facts:
        if fact[2] not in hit and top[fact[2]] == fact[1]:
            pivots.setdefault(fact[2], fact)
    listed = sorted(pivots.values(), key=lambda fact: -places[fact[1]])
    width = database.shape[1]
    found = Minor(tuple((v, k * width + q) for k, q, v in listed), (), ())
    labels = [database.keys[k] for k in kept]
    data = substituted(("K", "V"), labels, proof, minor_data(database, "V", found))
    return LowerBound(len(kept) + len(pivots), "P6", data)


def tops(facts: Sequence[Fact], places: Places) -> dict[int, int]:
    """value -> the last relation in the order that has it.

    >>> tops([(0, 0, 5), (1, 1, 5)], {0: 1, 1: 0})
    {5: 0}
    """
    top: dict[int, int] = {}
    for _, q, v in facts:
        if v not in top or places[q] > places[top[v]]:
            top[v] = q
    return top


# ---- orders --------------------------------------------------------------------------------------


def _first(facts: Sequence[Fact]) -> list[int]:
    """Relations with many facts a value first: a pivot at one of them would block many keys."""
    size = Counter(q for _, q, _ in facts)
    values = Counter(q for q, _ in {(q, v) for _, q, v in facts})
    return sorted(size, key=lambda q: (-size[q] / values[q], q))


def _sharing(facts: Sequence[Fact]) -> list[tuple[int, int]]:
    """Pairs of relations that share a value: no other order matters."""
    of_value: dict[int, set[int]] = {}
    for _, q, v in facts:
        of_value.setdefault(v, set()).add(q)
    together = {tuple(sorted(qs)) for qs in of_value.values() if len(qs) > 1}
    return sorted({(p, q) for qs in together for p in qs for q in qs if p != q})


def _moved(order: Sequence[int], q: int, other: int, behind: int) -> list[int]:
    """The order with q right before the other one, or right ``behind`` it."""
    rest = [p for p in order if p != q]
    at = rest.index(other) + behind
    return [*rest[:at], q, *rest[at:]]


def _places(order: Sequence[int]) -> dict[int, int]:
    return {q: n for n, q in enumerate(order)}


def _sizes(facts: Sequence[Fact], rows: Collection[int]) -> Callable[[Places], int]:
    """How many keys and values an order makes exclude each other: the size of a matching.

    With scipy, if it is installed and pays, some milliseconds for 10^4 facts; the same number.
    """
    compiled = _compiled_sizes(facts, rows) if len(facts) >= LARGE else None
    if compiled is not None:
        return compiled

    def size(places: Places) -> int:
        top = tops(facts, places)
        near: dict[int, list[int]] = {}
        for k, q, v in facts:
            if k in rows and top[v] == q:
                near.setdefault(k, []).append(v)
        return len(plain_matching(near))

    return size


def _compiled_sizes(facts: Sequence[Fact], rows: Collection[int]) -> Callable[[Places], int] | None:
    """``_sizes`` with scipy; None without it."""
    try:
        import numpy as np
        from scipy.sparse import csr_matrix
        from scipy.sparse.csgraph import maximum_bipartite_matching
    except ImportError:
        return None
    keys, queries, values = np.array(sorted(facts, key=lambda fact: fact[2])).T
    starts = np.flatnonzero(np.diff(values, prepend=-1))  # of the facts of each value
    counts = np.diff(starts, append=len(values))
    ends = np.append(starts, len(values))
    inside = np.isin(keys, list(rows))
    shape = len(starts), int(keys.max()) + 1

    def size(places: Places) -> int:
        table = np.zeros(int(queries.max()) + 1, int)
        table[list(places)] = list(places.values())
        at = table[queries]
        kept = inside & (at == np.repeat(np.maximum.reduceat(at, starts), counts))
        before = np.append(0, np.cumsum(kept))
        graph = csr_matrix((np.ones(before[-1], np.int8), keys[kept], before[ends]), shape=shape)
        return int((maximum_bipartite_matching(graph, perm_type="column") >= 0).sum())

    return size
