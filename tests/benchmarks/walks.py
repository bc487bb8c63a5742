"""Ways to walk among decompositions: plain Python, numpy on many states, numba on one state over
the integers and modulo 2.

An attempted move picks two terms that may share a vector. The compiled walk looks for a partner of
one term, the numpy walk draws both terms, so flips found a second are shown beside attempts.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from factrank.facts.database import Database
from factrank.facts.families import total_functions
from factrank.rank.algebra.terms import Term
from factrank.rank.upper import counts as upper
from factrank.rank.upper import mod2, mod2_steps, walk
from factrank.rank.upper.flips import flip_terms
from factrank.rank.upper.walk_steps import BIAS, ONES

STATES = 4096


def compare(seed: int = 0) -> list[dict[str, object]]:
    """Attempted moves and flips a second on a total random database of 8 x 4 x 8."""
    db = total_functions(8, 4, 8, seed)
    start = upper.slice_terms(db)
    list(walk.walked(start, db.shape, 1000))  # load what is compiled
    mod2.walked(db, 1000)
    rows = [
        _plain(db, start, 200_000),
        _many(db, start, 300),
        _compiled(db, start, 30_000_000),
        _modulo_2(db, 100_000_000),
    ]
    fastest = max(float(row["flips_per_second"]) for row in rows)
    for row in rows:
        row["slower"] = round(fastest / float(row["flips_per_second"]), 1)
    return rows


def _row(name: str, attempts: int, flips: int, seconds: float, terms: int) -> dict[str, object]:
    return {
        "walk": name,
        "attempts_per_second": round(attempts / seconds),
        "flips_per_second": round(flips / seconds),
        "terms": terms,
    }


def _plain(db: Database, start: Sequence[Term], moves: int) -> dict[str, object]:
    began = time.process_time()
    found = flip_terms(start, db.shape, moves)
    return _row("plain Python", moves, moves, time.process_time() - began, len(found))


def _compiled(db: Database, start: Sequence[Term], moves: int) -> dict[str, object]:
    began = time.process_time()
    *_, found = walk.walked(start, db.shape, moves)
    seconds = time.process_time() - began
    share = _share_of_flips(start)
    return _row("numba, one state", moves, round(moves * share), seconds, len(found))


def _modulo_2(db: Database, moves: int) -> dict[str, object]:
    """A decomposition modulo 2: no bound before it is lifted."""
    began = time.process_time()
    found = mod2.walked(db, moves)
    seconds = time.process_time() - began
    rows = np.array([[1 << i for i in fact] for fact in db.facts] + [[0] * 3] * 3, np.int64)
    n, best, flips, state = len(db), rows.copy(), 0, [1, 0]
    n_best, tried = n, 20_000
    for _ in range(tried):
        before = rows[:n].tolist()
        state[0] = (state[0] + 2**63) % 2**64 - 2**63
        n, n_best = mod2_steps.walk(rows, n, best, n_best, 1, 0, mod2.PATIENCE, 2, state)
        flips += rows[:n].tolist() != before
    return _row("numba, modulo 2", moves, round(moves * flips / tried), seconds, len(found))


def _share_of_flips(start: Sequence[Term], moves: int = 20_000) -> float:
    """The share of attempts that find a pair, counted in plain Python on the same steps."""
    from factrank.rank.upper import walk_steps

    found = 0
    real = walk_steps._alike

    def counting(*args: object) -> int:
        nonlocal found
        found += 1
        return real(*args)

    n = len(start)
    vectors = np.concatenate([_packed(start), np.zeros((3, 4, 1), np.int64)], axis=1)
    keys, state = np.zeros(vectors.shape[:2], np.int64), np.array([1, 0, 0], np.int64)
    walk_steps._alike = counting
    try:
        with np.errstate(over="ignore"):
            walk_steps.walk(
                vectors, keys, n, vectors.copy(), n, moves, 0, walk.PATIENCE, walk.MARGIN, state
            )
    finally:
        walk_steps._alike = real
    return found / moves


def _packed(terms: Sequence[Term]) -> list[list[list[int]]]:
    return [[walk._packed(term[mode], 1) for term in terms] for mode in range(3)]


def _many(db: Database, start: Sequence[Term], rounds: int) -> dict[str, object]:
    """Flips and dropped terms on ``STATES`` walks at once, one array operation for all."""
    import numpy as np

    rng = np.random.default_rng(0)
    vectors = np.repeat(np.array(_packed(start), np.int64)[None, ..., 0], STATES, axis=0)
    sizes, all_ = np.full(STATES, len(start)), np.arange(STATES)
    flips = 0
    began = time.process_time()
    for _ in range(rounds):
        i, j = (rng.random((2, STATES)) * sizes).astype(np.int64)
        mode, bits = rng.integers(0, 3, STATES), rng.integers(0, 4, STATES)
        x, y = vectors[all_, mode, i], vectors[all_, mode, j]
        at = np.flatnonzero((i != j) & ((x == y) | (x == -y)))
        swap = np.where(x[at] == y[at], 1, -1)
        i, j, mode, bits = i[at], j[at], mode[at], bits[at]
        p = (mode + 1 + (bits & 1)) % 3
        q, s = 3 - mode - p, 1 - (bits & 2)
        new_p = vectors[at, p, i] + s * vectors[at, p, j]
        new_q = vectors[at, q, j] - s * swap * vectors[at, q, i]
        fields = np.stack([new_p + BIAS, new_q + BIAS])
        fit = ~((fields >> 1) & ~fields & ONES).any(axis=0)
        vectors[at[fit], p[fit], i[fit]] = new_p[fit]
        vectors[at[fit], q[fit], j[fit]] = new_q[fit]
        flips += len(at)
        for gone, place in ((fit & (new_p == 0), i), (fit & (new_q == 0) & (new_p != 0), j)):
            where = at[gone]
            sizes[where] -= 1
            vectors[where, :, place[gone]] = vectors[where, :, sizes[where]]
    seconds = time.process_time() - began
    return _row(f"numpy, {STATES} states", rounds * STATES, flips, seconds, int(sizes.min()))
