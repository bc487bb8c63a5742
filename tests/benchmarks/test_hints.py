"""Numerical hints: what they say."""

from __future__ import annotations

import re
import sys

import numpy as np
import pytest

from factrank import Database, FactrankError
from factrank.facts.families import modular_addition
from factrank.rank.upper.fit import dense
from tests.benchmarks.hints import METHODS, numeric_hint

W_STATE = Database.from_triples([("0", "0", "1"), ("0", "1", "0"), ("1", "0", "0")])


@pytest.mark.parametrize("method", METHODS)
def test_at_the_rank_it_fits_and_below_it_does_not(method):
    db = modular_addition(4)
    T = dense(db)
    at, below = numeric_hint(db, 5, method, starts=3), numeric_hint(db, 3, method, starts=3)
    assert at.residual < 1e-6 < 0.1 < below.residual
    A, B, C = below.factors
    left = np.linalg.norm(np.einsum("kr,qr,vr->kqv", A, B, C) - T) / np.linalg.norm(T)
    assert left == pytest.approx(below.residual)
    assert at.reached(1e-4) > 0 == below.reached(1e-4)
    assert len(at.residuals) == 3


@pytest.mark.parametrize("method", METHODS)
def test_the_w_state_looks_like_rank_two_and_its_factors_run_away(method):
    short, long = (numeric_hint(W_STATE, 2, method, starts=1, steps=n) for n in (20, 400))
    assert 0 < long.residual < short.residual < 0.1
    assert long.largest > short.largest > numeric_hint(W_STATE, 3).largest


def test_one_seed_one_hint():
    first, again = (numeric_hint(modular_addition(3), 4, seed=5, starts=2) for _ in range(2))
    assert first.residuals == again.residuals
    assert first.residuals != numeric_hint(modular_addition(3), 4, seed=6, starts=2).residuals


def test_it_says_that_it_is_no_bound():
    assert str(numeric_hint(W_STATE, 1)).startswith("hint, not a bound: 1 term by lm, residual")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((0,), "rank: expected a whole number of at least 1, found 0"),
        ((True,), "rank: expected a whole number of at least 1, found True"),
        ((2, "svd"), "method: expected one of lm, als, found 'svd'"),
    ],
)
def test_bad_arguments_are_one_sentence(arguments, sentence):
    with pytest.raises(FactrankError, match=f"^{re.escape(sentence)}$"):
        numeric_hint(W_STATE, *arguments)


def test_a_missing_package_is_one_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "numpy", None)
    with pytest.raises(FactrankError, match="numeric hint: expected the package numpy"):
        numeric_hint(W_STATE, 2)
