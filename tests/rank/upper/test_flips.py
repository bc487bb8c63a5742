"""Searches for short decompositions: they may fail to shorten, never to sum to D."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factrank.facts.library import load
from factrank.rank.algebra.terms import Term, sums_to
from factrank.rank.upper import counts as upper
from factrank.rank.upper.basis import basis_terms, best_basis_terms
from factrank.rank.upper.flips import CAP, flip_terms
from tests.strategies import databases


@given(databases(), st.integers(0, 5))
def test_flips_keep_the_sum(db, seed):
    start = upper.pair_terms(db, "KQ")
    found = flip_terms(start, db.shape, moves=1500, seed=seed, patience=100)
    assert sums_to(found, db)
    assert len(found) <= len(start)


@given(databases())
def test_basis_changes_keep_the_sum(db):
    for mode in "KQV":
        found = basis_terms(db, mode, solves=40)
        assert sums_to(found, db)
        assert len(found) <= len(upper.slice_terms(db, mode))


def test_both_find_the_signed_term_of_the_example():
    db = load("example")
    assert len(upper.slice_terms(db)) == 6
    assert len(best_basis_terms(db, solves=300, seed=0)) == 5
    assert len(flip_terms(upper.slice_terms(db), db.shape, moves=20_000, goal=5)) == 5


def test_the_same_seed_gives_the_same_terms():
    db = load("modular-addition-4")
    start = upper.slice_terms(db)
    first, again = (flip_terms(start, db.shape, moves=4000, seed=3) for _ in range(2))
    assert first == again


@pytest.mark.parametrize("entry", [Fraction(1, 2), CAP, -CAP])
def test_terms_it_cannot_walk_on_come_back_unchanged(entry):
    start = (Term({0: 1}, {0: 1}, {0: entry}), Term({0: 1}, {0: 1}, {0: 1}))
    assert flip_terms(start, (1, 1, 1), moves=100) == start


def test_it_stops_when_told():
    db = load("modular-addition-5")
    start = upper.slice_terms(db)
    assert flip_terms(start, db.shape, moves=10**9, stop=lambda: True) == tuple(start)
