"""Fits made exact: what comes back sums to D in fractions, or nothing comes back."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factrank import rank_interval
from factrank.facts.families import modular_addition, total_functions
from factrank.rank import block
from factrank.rank.algebra.terms import sums_to
from factrank.rank.certificate import certificate
from factrank.rank.effort import Effort
from factrank.rank.upper import rounding
from factrank.rank.upper.fit import dense, descend, fit, normal_equations, split
from factrank.rank.upper.rounding import least_fitted, rounded
from factrank.rank.verify.checker import verify
from tests.groups import D_4, MATRICES, S_3
from tests.strategies import databases, permute_modes

FITS = Effort("fits", tries=0, solves=0, moves=0, seconds=float("inf"), fits=12)


def test_the_normal_equations_are_those_of_the_jacobian():
    rng = np.random.default_rng(0)
    T, x = rng.standard_normal((3, 2, 4)), rng.standard_normal(2 * 9)

    def error(y):
        return (np.einsum("kr,qr,vr->kqv", *split(y, T.shape)) - T).ravel()

    step = 1e-6
    J = np.array([(error(x + step * e) - error(x - step * e)) / (2 * step) for e in np.eye(18)]).T
    hessian, gradient = normal_equations(split(x, T.shape), error(x).reshape(T.shape))
    assert np.allclose(hessian, J.T @ J, atol=1e-7)
    assert np.allclose(gradient, J.T @ error(x), atol=1e-7)


def test_a_step_moves_only_what_is_free():
    T = dense(modular_addition(3))
    x = np.random.default_rng(1).standard_normal(4 * 9)
    free = np.arange(10, 30)
    moved, residual = descend(T, x, free, 20)
    assert residual < np.linalg.norm(np.einsum("kr,qr,vr->kqv", *split(x, T.shape)) - T)
    assert set(np.flatnonzero(moved != x)) <= set(free)
    assert np.linalg.norm(np.einsum("kr,qr,vr->kqv", *split(moved, T.shape)) - T) == pytest.approx(
        residual
    )


@given(databases(size=4), st.integers(0, 3))
@settings(max_examples=30)
def test_what_comes_back_sums_to_the_database(db, seed):
    flat = max(bound for name, bound in rank_interval(db, "quick").evidence if name[:2] == "P1")
    for rank in (flat, flat + 1):
        found = rounded(db, rank, seed)
        if found.terms is not None:
            assert found.converged
            assert sums_to(found.terms, db)
            assert flat <= len(found.terms) <= rank


@given(databases(size=4))
@settings(max_examples=25)
def test_the_interval_stays_sound_with_fits(db):
    found = rank_interval(db, FITS)
    assert sums_to(found.terms, db)
    assert verify(db, certificate(db, found)).valid
    other = rank_interval(permute_modes(db, "VKQ"), FITS)
    assert max(found.lower, other.lower) <= min(found.upper, other.upper)


@pytest.mark.parametrize(
    ("db", "rank"),
    [(MATRICES, 7), (S_3, 9), (D_4, 11)],
    ids=["2x2 matrices", "S_3", "D_4"],
)
def test_known_ranks_are_reached_exactly(db, rank):
    found = rank_interval(db, FITS)
    assert found.lower <= rank == found.upper
    assert found.upper_by == "U7 rounded fit"
    assert verify(db, certificate(db, found)).valid


def test_fits_are_shared_by_the_least_rank_and_the_two_above_it(monkeypatch):
    tried = []

    def never(db, rank, seed, stop):
        tried.append((rank, seed))
        return rounding.Rounded(True, None)

    monkeypatch.setattr(block, "rounded", never)
    monkeypatch.setattr(block, "least_fitted", lambda *_: 7)
    rank_interval(D_4, replace(FITS, fits=6), seed=5)
    assert tried == [(7, 5), (7, 6), (8, 5), (8, 6), (9, 5), (9, 6)]


@pytest.mark.parametrize(("m", "rank"), [(3, 4), (6, 8)])
def test_addition_is_reached_without_its_closed_form(m, rank):
    db = modular_addition(m)
    found = [rounded(db, rank, seed).terms for seed in range(4)]
    assert any(terms is not None and sums_to(terms, db) for terms in found)


def test_irrational_factors_stay_a_hint():
    # Z_5 has rank 7 over R and 8 over Q: the fit at 7 converges, and nothing exact can come of it.
    found = [rounded(modular_addition(5), 7, seed) for seed in range(4)]
    assert any(f.converged for f in found)
    assert all(f.terms is None for f in found)


def test_nearly_right_factors_do_not_pass(monkeypatch):
    # Every pin is held: what is then solved exactly has no solution, or another sum: no terms.
    monkeypatch.setattr(rounding, "HELD", 10.0)
    monkeypatch.setattr(rounding, "NEAR", 10.0)
    db = total_functions(4, 3, 4, seed=0)
    least = rank_interval(db).lower
    for seed in range(4):
        assert rounded(db, least - 1, seed).terms is None


def test_terms_of_another_sum_do_not_pass(monkeypatch):
    real = rounding._solved

    def one_term_short(*args):
        return real(*args)[1:]

    assert rounded(MATRICES, 7).terms
    monkeypatch.setattr(rounding, "_solved", one_term_short)
    assert rounded(MATRICES, 7).terms is None


def test_bisection_finds_where_fits_converge():
    assert least_fitted(modular_addition(4), 4, 8) == 5
    T = dense(modular_addition(4))
    assert fit(T, 5)[1] < 1e-10 < fit(T, 4)[1]


def test_without_numpy_nothing_is_found(monkeypatch):
    monkeypatch.setitem(sys.modules, "numpy", None)
    assert rounded(S_3, 9) == (False, None)
    assert least_fitted(S_3, 6, 12) == 12
    assert rank_interval(MATRICES, FITS).upper == 8
