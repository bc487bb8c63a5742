"""Upper bound U6 by way of the field of two elements: walked there, lifted to the rationals.

Modulo 2 a flip costs two exclusive ors, so that one core attempts many more moves a second than
over the integers (notebooks/results/upper_bounds.json). A short decomposition modulo 2 often lifts
to one over Q, bit by bit: if a, b, c solve sum a (x) b (x) c = D modulo 2^k, then a + 2^k a' and so
on solve it modulo 2^(k+1) as soon as a', b', c' solve a linear system modulo 2, whose matrix is the
same for every k. Whatever comes of it counts only if the terms sum to D exactly; where it does not,
the other steps of the search serve. [cited: Kauers, Moosbauer]
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import cache
from math import isqrt
from typing import TYPE_CHECKING, Any

from factrank.facts.database import Database
from factrank.rank.algebra.terms import Number, Term, exact, sums_to
from factrank.rank.upper import mod2_steps
from factrank.rank.upper.counts import pair_terms
from factrank.rank.upper.walk import njit, scrambled

if TYPE_CHECKING:
    import numpy as np

Scheme = Sequence[tuple[int, int, int]]

BITS = 62  # of a whole number: labels a mode may have
LENGTH = 2_000_000  # attempted moves of one walk
LIFTED = 24  # steps of a lift, after which each entry is read as a fraction
PATIENCE, MARGIN = 50_000, 2  # moves before a plus transition; terms above the best
LIFTS = 2  # tries to lift one scheme
CELLS = 2_000_000  # cells of D times unknowns up to which a scheme is lifted


def lifted_terms(
    database: Database,
    moves: int,
    seed: int = 0,
    *,
    below: int,
    goal: int = 0,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[tuple[Term, ...]]:
    """Ever shorter exact decompositions of fewer than ``below`` terms.

    Walks of ``LENGTH`` attempted moves modulo 2, each from the pairs (key, query), until ``moves``
    are spent, ``goal`` terms are reached or ``stop()``; the seed decides all. Yields nothing where
    numba or numpy is missing, or the database is too large for it. [cited: Kauers, Moosbauer]

    >>> from factrank.facts.families import modular_addition
    >>> found = list(lifted_terms(modular_addition(3), 4_000_000, below=7, goal=5))
    >>> [len(terms) for terms in found][-1:] in ([], [5])
    True
    """
    for n in range(-(-moves // LENGTH)):
        if below <= goal or stop() or not fits(database, below - 1):
            return
        scheme = walked(database, min(LENGTH, moves), seed + n, goal)
        if scheme is None:
            return
        for turn in range(LIFTS if len(scheme) < below else 0):
            terms = lifted(scheme, database, seed + LIFTS * n + turn)
            if terms is not None:
                below = len(terms)
                yield terms
                break


def walked(database: Database, moves: int, seed: int = 0, goal: int = 0) -> Scheme | None:
    """A short decomposition of D modulo 2, by one walk; None where numba is missing.

    A term is three whole numbers, whose bits are its vectors modulo 2.

    >>> db = Database.from_triples([("a", "r", "x"), ("b", "r", "x")])
    >>> walked(db, 1000) in ([(3, 1, 1)], None)
    True
    """
    step = compiled()
    if step is None or max(database.shape) > BITS:
        return None
    import numpy as np

    terms = pair_terms(database, "KQ")
    rows = np.zeros((len(terms) + MARGIN + 1, 3), np.int64)
    rows[: len(terms)] = [[sum(1 << i for i in vector) for vector in term] for term in terms]
    best, state = rows.copy(), np.array([scrambled(seed), 0], np.int64)
    _, n = step(rows, len(terms), best, len(terms), moves, goal, PATIENCE, MARGIN, state)
    return [tuple(int(x) for x in row) for row in best[:n]]  # type: ignore[misc]  # rows of three


def fits(database: Database, terms: int) -> bool:
    """True if schemes of so many terms can be walked to and lifted."""
    K, Q, V = database.shape
    return max(K, Q, V) <= BITS and K * Q * V * terms * (K + Q + V) <= CELLS


@cache
def compiled() -> Callable[..., Any] | None:
    """``mod2_steps.walk`` as machine code, kept on disk; None where numba is missing."""
    return njit(mod2_steps.walk, mod2_steps.HELPERS)


# ---- lifting --------------------------------------------------------------------------------


def lifted(scheme: Scheme, database: Database, seed: int = 0) -> tuple[Term, ...] | None:
    """Rational terms, as many as the scheme has, that sum to D exactly; None if none were found.

    ``scheme``: one triple of whole numbers a term, whose bits are the vectors modulo 2. ``seed``
    draws which entries stay as they are where the system leaves a choice. Needs numpy.

    >>> db = Database.from_triples([("a", "r", "x"), ("b", "r", "x")])
    >>> lifted([(3, 1, 1)], db)
    (Term(a={0: 1, 1: 1}, b={0: 1}, c={0: 1}),)
    """
    import numpy as np

    D = database.tensor().astype(object)
    factors = [
        np.array([[term[m] >> i & 1 for i in range(size)] for term in scheme], dtype=object)
        for m, size in enumerate(database.shape)
    ]
    solve, pivots, rank = _solver(factors, seed)
    for power in range(1, LIFTED + 1):
        rest = D - np.einsum("rk,rq,rv->kqv", *factors)
        if not rest.any():
            break
        if (rest % 2**power).any():
            return None  # the scheme is no decomposition modulo 2
        y = solve @ np.array([int(x) >> power & 1 for x in rest.reshape(-1)]) % 2
        if y[rank:].any():
            return None
        for (m, r, i), bit in zip(pivots, y[:rank], strict=True):
            if bit:
                factors[m][r, i] += 2**power
    return _terms(factors, database)


def _solver(
    factors: Sequence[np.ndarray], seed: int
) -> tuple[np.ndarray, list[tuple[int, int, int]], int]:
    """Row operations that solve the linear system modulo 2, its pivot entries, and its rank.

    Nonzero entries are pivots before zeros, so that zeros stay zero where they can.
    """
    import numpy as np

    a, b, c = (factor.astype(np.uint8) for factor in factors)
    columns, names = [], []
    for m, factor in enumerate((a, b, c)):
        for r, row in enumerate(factor):
            for i in range(len(row)):
                unit = [a[r], b[r], c[r]]
                unit[m] = np.eye(len(row), dtype=np.uint8)[i]
                columns.append(np.einsum("k,q,v->kqv", *unit).reshape(-1))
                names.append((m, r, i))
    order = list(range(len(names)))
    random.Random(seed).shuffle(order)
    order.sort(key=lambda n: -int(factors[names[n][0]][names[n][1:]]))
    work = np.array([columns[n] for n in order], dtype=np.uint8).T
    work = np.hstack([work, np.eye(len(work), dtype=np.uint8)])
    pivots, rank = [], 0
    for place, n in enumerate(order):
        below = np.flatnonzero(work[rank:, place])
        if not len(below):
            continue
        work[[rank, rank + below[0]]] = work[[rank + below[0], rank]]
        others = np.flatnonzero(work[:, place])
        work[others[others != rank]] ^= work[rank]
        pivots.append(names[n])
        rank += 1
        if rank == len(work):
            break
    return work[:, len(order) :].astype(np.int64), pivots, rank


def _terms(factors: Sequence[np.ndarray], database: Database) -> tuple[Term, ...] | None:
    """The terms with every entry read as a fraction, if they sum to D."""
    vectors: list[list[dict[int, Number]]] = []
    for factor in factors:
        rows = []
        for row in factor:
            read = {i: _fraction(int(x)) for i, x in enumerate(row) if x}
            if None in read.values():
                return None
            rows.append({i: x for i, x in read.items() if x})
        vectors.append(rows)
    terms = tuple(Term(*rows) for rows in zip(*vectors, strict=True))
    return terms if all(map(all, terms)) and sums_to(terms, database) else None


def _fraction(x: int) -> Number | None:
    """The fraction p/q = x modulo 2^(LIFTED + 1), |p| and q at most 2^(LIFTED/2); None if none."""
    modulus = 2 ** (LIFTED + 1)
    most = isqrt(modulus // 2)
    r, s = (modulus, x % modulus), (0, 1)
    while r[1] > most:
        quotient = r[0] // r[1]
        r, s = (r[1], r[0] - quotient * r[1]), (s[1], s[0] - quotient * s[1])
    if not 0 < abs(s[1]) <= most:
        return None
    return exact(Fraction(r[1], s[1]))
