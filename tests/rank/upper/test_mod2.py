"""U6 modulo 2 and its lifting: exact, repeatable, sound whatever it is fed."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factrank import rank_interval
from factrank.facts.families import modular_addition, total_functions
from factrank.rank.algebra.terms import expand, sums_to
from factrank.rank.certificate import certificate
from factrank.rank.effort import Effort
from factrank.rank.upper import mod2, mod2_steps
from factrank.rank.upper.mod2 import lifted, lifted_terms, walked
from factrank.rank.verify.checker import verify
from tests.groups import MATRICES, S_3
from tests.strategies import databases, permute_modes

FLIPS = Effort("flips", tries=0, solves=0, moves=8_000_000, seconds=float("inf"))


def parity(scheme, shape) -> np.ndarray:
    """The sum of a scheme's terms modulo 2."""
    total = np.zeros(shape, int)
    for term in scheme:
        vectors = ([x >> i & 1 for i in range(n)] for x, n in zip(term, shape, strict=True))
        total += np.einsum("k,q,v->kqv", *vectors)
    return total % 2


def shortest(db, moves: int, seed: int = 0, **limits: int):
    below = limits.pop("below", 99)
    return ([None, *lifted_terms(db, moves, seed, below=below, **limits)])[-1]


@given(databases(), st.integers(0, 99))
@settings(deadline=None, max_examples=60)
def test_every_walk_ends_in_a_decomposition_modulo_2(db, seed):
    scheme = walked(db, 20_000, seed)
    assert (parity(scheme, db.shape) == db.tensor()).all()
    assert len(scheme) <= db.pair_counts()["KQ"]
    assert all(all(term) for term in scheme)


def test_steps_in_plain_python_keep_the_sum_after_every_move():
    """The compiled steps as they stand: every flip, join and plus transition, one at a time."""
    db, rng = total_functions(5, 3, 4, 0), random.Random(0)
    start = [[1 << k, 1 << q, 1 << v] for k, q, v in db.facts]
    rows = np.zeros((len(start) + 3, 3), np.int64)
    rows[: len(start)] = start
    best, state, n, n_best, sizes = rows.copy(), [rng.getrandbits(60), 0], len(start), 15, set()
    for _ in range(3000):
        before = n
        state[0] = (state[0] + 2**63) % 2**64 - 2**63
        n, n_best = mod2_steps.walk(rows, n, best, n_best, 1, 0, 5, 2, state)
        assert (parity(rows[:n].tolist(), db.shape) == db.tensor()).all()
        if n > before:  # after a plus transition, patience anew
            assert state[1] == 0
        sizes.add(n)
    assert min(sizes) < len(start) and len(sizes) > 3  # terms were lost and added
    assert (parity(best[:n_best].tolist(), db.shape) == db.tensor()).all()


@pytest.mark.parametrize("mode", range(3))
def test_a_term_with_a_zero_vector_is_dropped(mode):
    rows = np.array([[1, 2, 4], [2, 4, 1], [4, 1, 2]])
    rows[1, mode] = 0
    assert mod2_steps._tidy(rows, 3, 0, 1) == 2
    assert rows[:2].tolist() == [[1, 2, 4], [4, 1, 2]]


@given(databases(), st.integers(0, 99))
@settings(deadline=None, max_examples=60)
def test_what_is_lifted_sums_to_the_facts(db, seed):
    for terms in lifted_terms(db, 100_000, seed, below=99):
        assert sums_to(terms, db)


@given(databases(), st.integers(0, 99), st.data())
@settings(deadline=None, max_examples=60)
def test_a_scheme_of_something_else_is_not_lifted(db, seed, data):
    scheme = walked(db, 2_000, seed)
    n = data.draw(st.integers(0, len(scheme) - 1))
    wrong = [term for i, term in enumerate(scheme) if i != n]
    assert not wrong or lifted(wrong, db, seed) is None


def test_known_ranks_are_reached():
    # S_3 needs 9 terms over R; modulo 2 the walk finds 10, which fits make 9 (U7)
    for db, reached in ((MATRICES, 7), (modular_addition(3), 5), (S_3, 10)):
        terms = shortest(db, 40_000_000, below=reached + 3, goal=reached)
        assert len(terms) == reached and sums_to(terms, db)


def test_a_random_table_of_8_4_8_in_at_most_14_terms():
    sizes = []
    for seed in range(8):
        db = total_functions(8, 4, 8, seed)
        terms = shortest(db, 40_000_000, seed, below=20, goal=14)
        assert sums_to(terms, db)
        sizes.append(len(terms))
    assert sorted(sizes)[:7] == sorted(n for n in sizes if n <= 14)  # seed 1 stays at 15


def test_fractions_are_found_where_the_integers_are_not_enough():
    db = total_functions(8, 4, 8, 8)
    terms = shortest(db, 100_000_000, 8, below=15, goal=14)
    assert len(terms) == 14 and sums_to(terms, db)
    entries = [x for term in terms for vector in term for x in vector.values()]
    assert any(abs(x) not in (0, 1) for x in entries)


def test_the_seed_decides_and_the_modes_do_not_matter():
    db = total_functions(6, 3, 5, 1)
    once, again = (list(lifted_terms(db, 4_000_000, 3, below=99)) for _ in range(2))
    assert once == again and once
    turned = permute_modes(db, "VKQ")
    for terms in lifted_terms(turned, 4_000_000, 3, below=99):
        assert expand(terms) == dict.fromkeys(turned.facts, 1)


def test_the_interval_takes_it_and_the_checker_agrees():
    db = total_functions(8, 4, 8, 2)
    found = rank_interval(db, FLIPS)
    assert found.upper <= dict(found.evidence)["U6 flips mod 2"] <= 13
    assert verify(db, certificate(db, found)).valid


def test_too_many_labels_yield_nothing():
    assert walked(modular_addition(63), 10) is None
    assert list(lifted_terms(modular_addition(40), 10, below=9999)) == []


def test_without_numba_nothing_is_walked_modulo_2(no_numba):
    assert list(lifted_terms(S_3, 1_000_000, below=99)) == []
    assert rank_interval(S_3, FLIPS).upper >= 9


def test_a_stop_and_a_goal_end_it():
    assert list(lifted_terms(S_3, 4_000_000, below=99, stop=lambda: True)) == []
    assert list(lifted_terms(S_3, 4_000_000, below=9, goal=9)) == []


@pytest.mark.parametrize("bit", [0, 5, 30])
def test_a_forged_lifting_would_be_seen(bit, monkeypatch):
    """The terms are multiplied out at the end: an entry changed on the way yields nothing."""
    honest = mod2._fraction
    calls = iter(range(10**6))
    scheme = walked(MATRICES, 2_000_000)
    assert sums_to(lifted(scheme, MATRICES), MATRICES)
    monkeypatch.setattr(mod2, "_fraction", lambda x: honest(x) + (next(calls) == bit))
    assert lifted(scheme, MATRICES) is None
