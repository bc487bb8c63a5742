"""P7, Koszul flattenings: a larger matrix than any unfolding, in which a term counts several times.

A mode is mapped onto R^(2p+1), A = span(e_0, ..., e_2p). A term a (x) b (x) c sends e_I (x) b* to
(a ^ e_I) (x) c: as a map from Lambda^p A (x) B* to Lambda^(p+1) A (x) C it has rank binom(2p, p).
So rank(T) >= rank of the whole map / binom(2p, p), rounded up.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from math import comb

from flint import nmod_mat

from factrank.facts.database import MODES, Database
from factrank.facts.labels import axis_of
from factrank.rank.algebra.exact import PRIME
from factrank.rank.lower.bounds import LowerBound

CELLS = 250_000  # of the largest flattening that is tried


def koszul(database: Database, mode: str, vectors: Sequence[Mapping[int, int]]) -> LowerBound:
    """P7 for the map that the 2p + 1 ``vectors`` over the labels of ``mode`` make. [cited]

    The rank is taken modulo a prime, which never exceeds the rational one.

    >>> w = Database.from_triples([("0", "0", "1"), ("0", "1", "0"), ("1", "0", "0")])
    >>> koszul(w, "K", [{0: 1}, {1: 1}, {}]).value
    2
    """
    rank = flattening(database, mode, vectors).rank()
    p, labels = len(vectors) // 2, database.labels(mode)
    value = -(-rank // comb(2 * p, p))
    data = {
        "value": value,
        "mode": mode,
        "map": [{labels[i]: x for i, x in vector.items() if x} for vector in vectors],
        "prime": PRIME,
    }
    return LowerBound(value, "P7", data)


def flattening(database: Database, mode: str, vectors: Sequence[Mapping[int, int]]) -> nmod_mat:
    """The matrix: a row for each (I, b), a column for each (J, c), where J is I and one more."""
    size = len(vectors)
    axis = axis_of(mode)
    x, y = (n for n in range(3) if n != axis)
    height, width = database.shape[x], database.shape[y]
    whole = nmod_mat(comb(size, size // 2) * height, comb(size, size // 2 + 1) * width, PRIME)
    steps = [(n, *step) for n, some in enumerate(wedges(size)) for step in some]
    for fact in database.facts:
        for n, i, m, sign in steps:
            if scale := vectors[i].get(fact[axis], 0):
                whole[n * height + fact[x], m * width + fact[y]] += sign * scale
    return whole


def wedges(size: int) -> list[list[tuple[int, int, int]]]:
    """For each I of size // 2 numbers the steps to a J: i, the place of J, the sign of e_i ^ e_I.

    >>> wedges(3)[1]  # e_1
    [(0, 0, 1), (2, 2, -1)]
    """
    outer = {J: n for n, J in enumerate(combinations(range(size), size // 2 + 1))}
    return [
        [(i, outer[tuple(sorted((*I, i)))], (-1) ** sum(j < i for j in I))
         for i in range(size) if i not in I]
        for I in combinations(range(size), size // 2)  # noqa: E741
    ]  # fmt: skip


def best_koszul(
    database: Database,
    goal: int,
    tries: int,
    seed: int,
    stop: Callable[[], bool] = lambda: False,
) -> LowerBound:
    """The best flattening met in ``tries`` maps of each mode and size. [cited]

    A mode of 2p + 1 used labels is taken as it is; a larger one is mapped at random.
    """
    rng = random.Random(seed)
    best = LowerBound(0, "P7", {})
    for mode, p in _sizes(database):
        used = database.used(mode)
        for attempt in range(tries):
            if best.value >= goal or stop():
                return best
            found = koszul(database, mode, _map(used, 2 * p + 1, attempt, rng))
            if found.value > best.value:
                best = found
            if len(used) <= 2 * p + 1:
                break
    return best


def _sizes(database: Database) -> list[tuple[str, int]]:
    """(mode, p) with flattenings of a modest size, the smallest first; p at least 1."""
    found = []
    for mode in MODES:
        n = len(database.used(mode))
        others = [size for m, size in zip(MODES, database.shape, strict=True) if m != mode]
        for p in range(1, (n - 1) // 2 + 1):
            cells = comb(2 * p + 1, p) ** 2 * others[0] * others[1]
            if cells <= CELLS:
                found.append((cells, mode, p))
    return [(mode, p) for _, mode, p in sorted(found)]


def _map(used: Sequence[int], size: int, attempt: int, rng: random.Random) -> list[dict[int, int]]:
    """Each kept label its own coordinate, the others spread over all: any linear map will do."""
    order = list(used)
    if len(order) > size:
        rng.shuffle(order)
    vectors = [{i: 1} for i in order[:size]]
    if attempt:
        for i in order[size:]:
            for vector in vectors:
                vector[i] = rng.randint(-2, 2)
    return vectors
