"""The compiled walk: exact at every step, small entries, one result for a seed, numba optional."""

from __future__ import annotations

import itertools
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factrank import rank_interval
from factrank.facts.database import Database
from factrank.facts.families import modular_addition, total_functions
from factrank.facts.library import load
from factrank.rank import block as part
from factrank.rank.algebra.terms import Term, sums_to
from factrank.rank.effort import Effort
from factrank.rank.upper import counts as upper
from factrank.rank.upper import walk, walk_steps
from tests.groups import MATRICES
from tests.strategies import databases, permute_modes


def last(steps):
    *_, found = steps
    return found


@given(databases(), st.integers(0, 5))
def test_the_walk_keeps_the_sum_at_every_stop(db, seed):
    start = upper.pair_terms(db, "KQ")
    sizes = [len(start)]
    for found in walk.walked(start, db.shape, 3_000, seed):
        assert sums_to(found, db)
        assert walk.ternary(found)
        sizes.append(len(found))
    assert sizes == sorted(sizes, reverse=True)


@given(databases(), st.randoms(use_true_random=False), st.sampled_from(["VQK", "QKV", "KVQ"]))
def test_it_bounds_the_same_rank_in_any_order_and_naming(db, rng: Random, order):
    triples = [("K" + k, "Q" + q, "V" + v) for k, q, v in db.triples()]
    rng.shuffle(triples)
    flat = max(bound for name, bound in rank_interval(db, "quick").evidence if name[:2] == "P1")
    for other in (Database.from_triples(triples), permute_modes(db, order)):
        found = last(walk.walked(upper.pair_terms(other, "KQ"), other.shape, 2_000))
        assert sums_to(found, other)
        assert len(found) >= flat


def test_more_than_one_word_a_vector():
    db = total_functions(40, 3, 35, seed=1)
    start = upper.pair_terms(db, "KQ")
    found = last(walk.walked(start, db.shape, 400_000))
    assert sums_to(found, db)
    assert len(found) < len(start)


@pytest.mark.parametrize("seed", range(3))
def test_more_moves_never_give_more_terms(seed, monkeypatch):
    monkeypatch.setattr(walk, "CHUNK", 5_000)
    db = total_functions(6, 4, 6, seed)
    start = upper.slice_terms(db)
    few = last(walk.walked(start, db.shape, 20_000, seed))
    many = last(walk.walked(start, db.shape, 60_000, seed))
    assert len(many) <= len(few) < len(start)


def test_one_seed_one_result_and_chunks_do_not_matter(monkeypatch):
    db = modular_addition(5)
    start = upper.slice_terms(db)
    first = last(walk.walked(start, db.shape, 100_000, seed=3))
    assert last(walk.walked(start, db.shape, 100_000, seed=3)) == first
    monkeypatch.setattr(walk, "CHUNK", 7_000)
    assert last(walk.walked(start, db.shape, 100_000, seed=3)) == first
    assert last(walk.walked(start, db.shape, 100_000, seed=4)) != first


def test_two_by_two_matrices_take_seven_products():
    found = last(walk.shortened(upper.slice_terms(MATRICES), MATRICES.shape, 3_000_000, goal=7))
    assert len(found) == 7
    assert sums_to(found, MATRICES)


# ---- entries stay within -1, 0, 1 -----------------------------------------------------------


@given(
    st.lists(st.integers(-1, 1), min_size=32, max_size=32), st.randoms(), st.sampled_from([-1, 1])
)
@settings(max_examples=300)
@pytest.mark.filterwarnings("ignore:overflow encountered")  # the words wrap around by design
def test_the_guard_sees_every_entry_that_leaves_the_range(x, rng: Random, s):
    y = [rng.choice([e if s * e + f in (-1, 0, 1) else 0 for e in (-1, 0, 1)]) for f in x]
    if rng.random() < 0.5:
        y[rng.randrange(32)] = rng.choice([-1, 1])
    vectors = np.array([[walk._packed(dict(enumerate(v)), 2) for v in (x, y)]] * 3)
    sums = [a + s * b for a, b in zip(x, y, strict=True)]
    fits = all(e in (-1, 0, 1) for e in sums)
    assert walk_steps._fits(vectors, 0, 0, 1, s) == fits
    if fits:
        walk_steps._add(vectors, np.zeros((3, 2), np.int64), 0, 0, 1, s)
        assert walk._unpacked(vectors[0, 0]) == {i: e for i, e in enumerate(sums) if e}


def test_the_guard_is_met_on_a_real_walk_and_the_sum_survives():
    met = []

    def counting(*args):
        met.append(real(*args))
        return met[-1]

    real = walk_steps._fits
    walk_steps._fits = counting
    try:  # in plain Python, where the guard can be watched
        db = total_functions(5, 3, 5, seed=0)
        start = upper.slice_terms(db)
        found = _plain_walk(start, db.shape, 3_000)
    finally:
        walk_steps._fits = real
    assert met.count(False) > 100
    assert sums_to(found, db)


def _plain_walk(start, shape, moves):
    """The same steps without numba."""
    n = len(start)
    vectors = np.zeros((3, n + 4, 1), np.int64)
    for i, term in enumerate(start):
        for mode, vector in enumerate(term):
            vectors[mode, i] = walk._packed(vector, 1)
    best, keys = vectors.copy(), np.zeros((3, n + 4), np.int64)
    state = np.array([walk.scrambled(0), 0, 0], np.int64)
    with np.errstate(over="ignore"):
        _, size, _ = walk_steps.walk(vectors, keys, n, best, n, moves, 0, 500, 2, state)
    return [Term(*(walk._unpacked(best[m, i]) for m in range(3))) for i in range(size)]


def test_compiled_or_not_the_steps_are_the_same(monkeypatch):
    db = total_functions(5, 3, 5, seed=1)
    start = upper.slice_terms(db)
    monkeypatch.setattr(walk, "PATIENCE", 500)
    assert list(last(walk.walked(start, db.shape, 5_000))) == _plain_walk(start, db.shape, 5_000)


def test_a_wrong_sum_is_never_handed_on(monkeypatch):
    db = load("example")
    real = walk._unpacked
    monkeypatch.setattr(walk, "_unpacked", lambda words: {i: -x for i, x in real(words).items()})
    assert list(walk.walked(upper.pair_terms(db, "KQ"), db.shape, 1_000)) == []


@pytest.mark.parametrize("entry", [2, -2])
def test_terms_with_other_entries_are_left_to_the_plain_walk(entry):
    start = (Term({0: 1}, {0: 1}, {0: entry}), Term({0: 1}, {0: 1}, {0: 1}))
    assert list(walk.walked(start, (1, 1, 1), 100)) == []
    (merged,) = last(walk.shortened(start, (1, 1, 1), 200_000))
    assert merged.a[0] * merged.b[0] * merged.c[0] == entry + 1


# ---- without numba, interrupted, in the interval --------------------------------------------


def test_without_numba_the_plain_walk_serves(no_numba):
    db = load("example")
    assert walk.compiled() is None
    assert list(walk.walked(upper.pair_terms(db, "KQ"), db.shape, 1_000)) == []
    found = last(walk.shortened(upper.pair_terms(db, "KQ"), db.shape, 200_000))
    assert (len(found), sums_to(found, db)) == (5, True)
    interval = rank_interval(modular_addition(3), Effort("e", 0, 0, 200_000, float("inf")))
    assert interval.lower <= 4 <= interval.upper <= 5
    assert sums_to(interval.terms, modular_addition(3))


def test_it_runs_where_nothing_can_be_kept_on_disk(monkeypatch):
    import numba

    real = numba.njit

    def njit(*args, **options):
        if options.get("cache"):
            raise RuntimeError("no locator available")
        return real(*args, **options)

    monkeypatch.setattr(numba, "njit", njit)
    walk.compiled.cache_clear()
    assert walk.compiled() is not None
    walk.compiled.cache_clear()


def test_an_interrupted_walk_keeps_its_best(monkeypatch):
    db = total_functions(8, 4, 8, seed=2)
    looks = []

    def clock() -> float:
        looks.append(1)
        if len(looks) == 90:  # in the middle of the walk
            raise KeyboardInterrupt
        return 0.0

    monkeypatch.setattr(walk, "CHUNK", 20_000)
    monkeypatch.setattr(part, "lifted_terms", lambda *_, **__: iter(()))
    effort = Effort("walk", 0, 0, 5_000_000, float("inf"))
    found = rank_interval(db, effort, clock=clock)
    assert found.interrupted
    assert sums_to(found.terms, db)
    assert found.upper_by == "U6 flips"
    assert found.upper < rank_interval(db, "quick").upper


def test_it_ends_when_told():
    db = modular_addition(5)
    start = upper.slice_terms(db)
    assert list(walk.walked(start, db.shape, 10**12, stop=lambda: True)) == []


def test_a_guard_in_seconds_leaves_time_for_every_step():
    ticks = itertools.count()  # a second a look
    db = total_functions(5, 3, 5, 0)
    effort = Effort("long", 10**6, 10**6, 10**9, 200.0, fits=3)
    found = rank_interval(db, effort, clock=lambda: float(next(ticks)))
    tried = {name for name, _ in found.evidence}
    assert tried >= {"U5 basis search", "U6 flips", "U7 rounded fit"}
    assert found.notes == ("cut by the clock after 200 s of search",)


def test_a_vector_and_its_negative_have_one_key_and_another_has_another():
    words = [[3, 0], [-3, 5], [0, -7], [0, 7], [1, 16]]
    vectors = np.array([[*words, *([-a, -b] for a, b in words)]] * 3, np.int64)
    with np.errstate(over="ignore"):
        keys = [int(walk_steps._key(vectors, 0, i)) for i in range(2 * len(words))]
    assert keys[:5] == keys[5:] and len(set(keys)) == 4


@pytest.mark.filterwarnings("ignore:overflow encountered")  # the words wrap around by design
def test_a_plus_transition_adds_one_term_and_keeps_the_sum():
    db = load("example")
    start = upper.pair_terms(db, "KQ")
    vectors = np.zeros((3, len(start) + 4, 1), np.int64)
    for i, term in enumerate(start):
        for mode, vector in enumerate(term):
            vectors[mode, i] = walk._packed(vector, 1)
    keys, state = np.zeros((3, len(start) + 4), np.int64), np.array([walk.scrambled(0), 0, 0])
    grown = 0
    for _ in range(40):
        made = vectors.copy()
        n = walk_steps._plus(made, keys.copy(), len(start), state)
        terms = [Term(*(walk._unpacked(made[m, i]) for m in range(3))) for i in range(n)]
        assert sums_to(terms, db)
        grown += n == len(start) + 1
    assert grown > 10
