"""Upper bound U6 by way of the field of two elements: walked there, lifted to the rationals.

Modulo 2 a flip costs two exclusive ors, so that one core attempts many more moves a second than
over the integers (notebooks/results/upper_bounds.json). A short decomposition modulo 2 often lifts
to one over Q (``hensel``); where it does not, the other steps of the search serve.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from factrank.facts.database import Database
from factrank.rank.algebra.terms import Term
from factrank.rank.upper import mod2_steps
from factrank.rank.upper.counts import pair_terms
from factrank.rank.upper.hensel import Scheme, lifted
from factrank.rank.upper.walk import njit, scrambled

BITS = 62  # of a whole number: labels a mode may have
LENGTH = 2_000_000  # attempted moves of one walk
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
