"""Pairs of terms with square roots: what comes back sums to D in fractions, or nothing does."""

from __future__ import annotations

import sys
from fractions import Fraction

import numpy as np
import pytest

from factrank import rank_interval
from factrank.facts.database import Database
from factrank.rank.algebra.terms import Pair, Term, expand, sums_to
from factrank.rank.certificate import certificate
from factrank.rank.effort import Effort
from factrank.rank.explain import explain
from factrank.rank.upper import conjugate as module
from factrank.rank.upper.conjugate import conjugate, with_roots
from factrank.rank.verify.checker import verify
from tests.benchmarks.cases import small_databases

FITS = Effort("fits", tries=2_000, solves=0, moves=0, seconds=float("inf"), fits=12)
GOLDEN = Database.from_triples(
    [("a", "r", "x"), ("a", "s", "y"), ("b", "r", "y"), ("b", "s", "x"), ("b", "s", "y")]
)
POWERS = np.array([[1, 1], [(1 + 5**0.5) / 2, (1 - 5**0.5) / 2]])


def database(density, seed):
    return dict(small_databases(density, seed + 1))[seed]


@pytest.mark.parametrize("seed", range(5))
def test_a_pair_has_the_sum_of_its_two_real_terms(seed):
    rng = np.random.default_rng(seed)
    numbers = rng.integers(-3, 4, (2, 3, 2))
    root = int(rng.integers(2, 30))
    plain, rooted = (Term(*({i: int(x) for i, x in enumerate(v)} for v in h)) for h in numbers)
    found = expand(Pair(root, plain, rooted).terms())
    real = np.zeros((2, 2, 2))
    for sign in (1, -1):
        a, b, c = numbers[0] + sign * root**0.5 * numbers[1]
        real += np.einsum("i,j,k->ijk", a, b, c)
    for cell in np.ndindex(2, 2, 2):
        assert found.get(cell, 0) == pytest.approx(real[cell])


@pytest.mark.parametrize("third", range(3))
def test_a_pair_is_read_from_its_numbers(third):
    scaled = [POWERS * [2, -3], POWERS * [0.5, 7], POWERS * [-1, 1]]
    found = conjugate(GOLDEN, scaled, third)
    assert [pair.root for pair in found.pairs] == [5]
    assert sums_to([*found.terms, *found.pairs[0].terms()], GOLDEN)


def test_numbers_that_are_no_pair_are_refused():
    other = np.array([[1, 1], [2**0.5, (1 - 5**0.5) / 2]])
    assert conjugate(GOLDEN, [other] * 3, 2) is None
    assert conjugate(GOLDEN, [POWERS[:, :1]] * 3, 2) is None
    assert conjugate(GOLDEN.with_fact("a", "r", "y"), [POWERS] * 3, 2) is None


def test_pairs_of_another_sum_do_not_pass(monkeypatch):
    assert conjugate(GOLDEN, [POWERS] * 3, 2)
    monkeypatch.setattr(module, "_root", lambda half: 20 if abs(half) > 1 else 45)
    assert conjugate(GOLDEN, [POWERS] * 3, 2)  # multiples of 5 by squares are as good
    monkeypatch.setattr(module, "_outer", lambda *products: [Fraction(1)] * 4)
    assert conjugate(GOLDEN, [POWERS] * 3, 2) is None


@pytest.mark.parametrize(("density", "seed", "rank"), [(0.75, 49, 5), (1.0, 49, 4)])
def test_ranks_that_need_roots_are_certified(density, seed, rank):
    db = database(density, seed)
    found = rank_interval(db, FITS)
    assert (found.lower, found.upper, found.upper_by) == (rank, rank, "U7 fit with roots")
    assert found.upper_rational > rank
    assert sums_to(found.terms, db)
    data = certificate(db, found)
    assert verify(db, data).valid
    assert "with the square root of" in explain(db, found)
    data["upper_proof"]["pairs"][0]["root"] += 1
    assert verify(db, data).message.startswith("upper_proof.terms: expected a sum of ")


def test_without_numpy_nothing_is_found(monkeypatch):
    monkeypatch.setitem(sys.modules, "numpy", None)
    assert with_roots(GOLDEN, 2) is None
