"""Upper bound U6, compiled: the walk of ``flips`` at many millions of attempted moves a second.

numba is imported inside the function that compiles; without it, as in a browser, ``flips`` serves.
Measured on one busy core, 8 x 4 x 8 total random (notebooks/results/upper_bounds.json): numba 17
million attempted moves and 5.7 million flips a second; numpy on 4096 states at once 29 and 1.8
million; plain Python 0.5. A long walk found shorter sums than many short ones, so numba is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from factrank.rank.algebra.terms import Term, Vector, expand
from factrank.rank.upper import walk_steps
from factrank.rank.upper.flips import Shape, flip_terms
from factrank.rank.upper.walk_steps import BIAS, ENTRIES, FIELD, INCREMENT, MULTIPLIER

if TYPE_CHECKING:
    import numpy as np

CHUNK = 1_000_000  # attempted moves between two looks at the clock
PATIENCE = 3_000  # attempted moves without progress before a plus transition
MARGIN = 2  # terms above the best from where the walk goes back to it
WORD = 1 << 64
PLAIN = 50_000  # moves in plain Python first: they close most small cases before numba is loaded
SLOWER = 20  # compiled moves that take about the time of a plain one


def shortened(
    terms: Sequence[Term],
    shape: Shape,
    moves: int,
    seed: int = 0,
    *,
    goal: int = 0,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[tuple[Term, ...]]:
    """U6 with all it has: ``PLAIN`` moves in plain Python, the rest compiled where numba is there.

    Yields decompositions that never grow; the last one is the best. Without numba, or from terms
    that are not ternary, plain Python takes one move for ``SLOWER``, so that the budget costs
    about the same time.

    >>> one, two = Term({0: 1}, {0: 1}, {0: 1}), Term({0: 1}, {0: 1}, {1: 1})
    >>> [len(terms) for terms in shortened([one, two], (1, 1, 2), 100, goal=1)]
    [1]
    """
    best = flip_terms(terms, shape, min(moves, PLAIN), seed, goal=goal, stop=stop)
    yield best
    rest = moves - PLAIN
    if rest <= 0 or len(best) <= goal or stop():
        return
    start = best if ternary(best) else tuple(terms)
    if ternary(start) and compiled():
        for found in walked(start, shape, rest, seed, goal=goal, stop=stop):
            best = min(found, best, key=len)
            yield best
        return
    for n in range(-(-rest // (PLAIN * SLOWER))):
        if len(best) <= goal or stop():
            return
        best = flip_terms(best, shape, PLAIN, seed + n + 1, goal=goal, stop=stop)
        yield best


def walked(
    terms: Sequence[Term],
    shape: Shape,
    moves: int,
    seed: int = 0,
    *,
    goal: int = 0,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[tuple[Term, ...]]:
    """U6: ever shorter decompositions, one every ``CHUNK`` of ``moves`` attempted moves.

    An attempted move picks a term and a mode at random, and flips the term with one that shares
    its vector there, if there is one and the new entries are -1, 0 or 1. Ends at ``goal`` terms,
    after ``moves`` or when ``stop()``; depends on the seed alone. Yields nothing where numba is
    missing or an entry of ``terms`` is not -1, 0 or 1. [cited: see ``flips``]

    >>> one, two = Term({0: 1}, {0: 1}, {0: 1}), Term({0: 1}, {0: 1}, {1: 1})
    >>> [len(terms) for terms in walked([one, two], (1, 1, 2), moves=100)]
    [1]
    """
    step = compiled() if ternary(terms) else None
    if step is None or not terms:
        return
    import numpy as np

    n, n_best, whole = len(terms), len(terms), expand(terms)
    vectors = np.zeros((3, n + MARGIN + 2, -(-max(shape) // ENTRIES)), np.int64)
    for i, term in enumerate(terms):
        for mode, vector in enumerate(term):
            vectors[mode, i] = _packed(vector, vectors.shape[2])
    keys, best = np.zeros(vectors.shape[:2], np.int64), vectors.copy()
    state = np.array([scrambled(seed), 0, 0], np.int64)
    while moves > 0 and n_best > goal and not stop():
        chunk = min(moves, CHUNK)
        n, n_best, _ = step(vectors, keys, n, best, n_best, chunk, goal, PATIENCE, MARGIN, state)
        moves -= chunk
        found = tuple(Term(*(_unpacked(best[mode, i]) for mode in range(3))) for i in range(n_best))
        if expand(found) != whole:  # never seen; a wrong sum must not become a bound
            return
        yield found


@cache
def compiled() -> Callable[..., Any] | None:
    """``walk_steps.walk`` as machine code, or None where numba is missing.

    Compiled once an installation (a few seconds) and kept on disk; then it loads in about 0.3 s,
    most of it the import of numba.
    """
    return njit(walk_steps.walk, walk_steps.HELPERS)


def njit(
    walk: Callable[..., Any], helpers: Sequence[Callable[..., Any]]
) -> Callable[..., Any] | None:
    """A function and the helpers it calls as machine code; None where numba is missing."""
    try:
        import numba
        from numba.extending import register_jitable
    except ImportError:
        return None
    for helper in helpers:
        register_jitable(helper)
    try:
        return numba.njit(cache=True)(walk)
    except RuntimeError:  # no folder to keep it in
        return numba.njit(walk)  # type: ignore[no-any-return]  # machine code of the same


def ternary(terms: Sequence[Term]) -> bool:
    """True if every entry is -1, 0 or 1: what the compiled walk can walk on."""
    return all(x in (-1, 0, 1) for term in terms for vector in term for x in vector.values())


def _packed(vector: Vector, words: int) -> list[int]:
    totals = [0] * words
    for i, x in vector.items():
        totals[i // ENTRIES] += int(x) << (FIELD * (i % ENTRIES))
    return [_signed(total) for total in totals]


def _unpacked(words: np.ndarray) -> dict[int, int]:
    vector = {}
    for w, word in enumerate(words):
        fields = (int(word) + BIAS) % WORD
        for i in range(ENTRIES):
            entry = ((fields >> (FIELD * i)) & 15) - 8
            if entry:
                vector[ENTRIES * w + i] = entry
    return vector


def scrambled(seed: int) -> int:
    """A first state of the generator: near seeds must not give near walks."""
    state = seed % WORD
    for _ in range(4):
        state = (state * MULTIPLIER + INCREMENT) % WORD
        state ^= state >> 32
    return _signed(state)


def _signed(number: int) -> int:
    return (number + WORD // 2) % WORD - WORD // 2
