"""Decompositions out as arrays and in again: exact, or refused with the first wrong cell."""

from __future__ import annotations

from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factrank import FactrankError, certificate, rank_interval, read, verify
from factrank.facts.database import Database
from factrank.rank import exchange
from factrank.rank.algebra.terms import Term, sums_to
from factrank.rank.exchange import cp_tensor, factors, from_factors
from factrank.rank.upper import counts as upper
from tests.benchmarks.exchange import TYPED, typed
from tests.strategies import databases

TWO = Database.from_triples([("a", "r", "x"), ("b", "r", "y")])
ARRAYS = [[1, 0], [0, 1]], [[1, 1]], [[1, 0], [0, 1]]


@given(databases())
@settings(deadline=None)
def test_what_goes_out_comes_in_and_is_certified(db):
    terms = upper.slice_terms(db)
    arrays = factors(db, terms)
    assert (np.einsum("kr,qr,vr->kqv", *arrays) == db.tensor()).all()
    found = from_factors(db, arrays)
    assert found.upper == len(terms) and found.upper_by == "given factors"
    verdict = verify(db, certificate(db, found))
    assert verdict.valid and (verdict.lower, verdict.upper) == (found.lower, found.upper)


@given(databases(), st.data())
@settings(deadline=None)
def test_any_number_changed_is_refused_with_the_first_wrong_cell(db, data):
    arrays = [array.copy() for array in factors(db, upper.slice_terms(db))]
    mode = data.draw(st.integers(0, 2))
    i = data.draw(st.integers(0, arrays[mode].shape[0] - 1))
    r = data.draw(st.integers(0, arrays[mode].shape[1] - 1))
    arrays[mode][i, r] += 1
    T = np.einsum("kr,qr,vr->kqv", *arrays)
    first = tuple(np.argwhere(T != db.tensor())[0])
    labels = tuple(db.labels(m)[n] for m, n in zip("KQV", first, strict=True))
    with pytest.raises(FactrankError) as refused:
        from_factors(db, arrays)
    said = f"factors: expected their sum to be {db.tensor()[first]} at {labels}, found {T[first]}"
    assert str(refused.value).startswith(said)


@pytest.mark.parametrize("name", TYPED)
def test_decompositions_by_hand_are_certified_at_the_rank(name):
    db = read(f"library:{name}")
    found = from_factors(db, typed(name))
    assert found.exact and found.upper == rank_interval(db).upper
    assert verify(db, certificate(db, found)).valid


def test_fractions_stay_fractions_and_go_to_tensorly_as_floats():
    db = read("library:polynomials-3x3")
    terms = from_factors(db, typed("polynomials-3x3")).terms
    arrays = factors(db, terms)
    assert arrays[2].dtype == object
    assert any(x == Fraction(-1, 6) for x in arrays[2].flatten())
    assert sums_to(from_factors(db, arrays).terms, db)
    assert abs(cp_tensor(db, terms).to_tensor() - db.tensor()).max() < 1e-15


def test_all_that_tools_hand_over_is_read():
    A, B, C = (np.array(it, float) for it in ARRAYS)
    weights = np.array([2.0, 0.5])
    unlike = [A, B, C / weights]
    ways = [
        ARRAYS, (A, B, C), [None, ARRAYS], (weights, unlike),
        SimpleNamespace(weights=weights, factors=unlike),  # as TensorLy has it
        SimpleNamespace(weights=weights, factor_matrices=unlike),  # as pyttb has it
        cp_tensor(TWO, rank_interval(TWO)),
    ]  # fmt: skip
    for way in ways:
        found = from_factors(TWO, way)
        assert found.upper == 2 and sums_to(found.terms, TWO)


def test_a_column_with_a_zero_vector_is_no_term():
    pairs = zip(ARRAYS, (0, 5, 7), strict=True)
    nothing = [[[*row, number] for row in part] for part, number in pairs]
    weightless = [1, 1, 0], [[[*row, 3] for row in part] for part in ARRAYS]
    assert from_factors(TWO, nothing).upper == from_factors(TWO, weightless).upper == 2


def test_floats_count_as_they_are_unless_they_are_to_be_rounded():
    near = [[[x + 1e-9 for x in row] for row in part] for part in ARRAYS]
    with pytest.raises(FactrankError, match=r"expected their sum to be 1 at \('a', 'r', 'x'\)"):
        from_factors(TWO, near)
    assert from_factors(TWO, near, denominator=1).upper == 2
    third = [[1 / 3, 0], [0, 1]], [[3, 1]], [[1, 0], [0, 1]]
    assert from_factors(TWO, third, denominator=8).upper == 2
    with pytest.raises(FactrankError, match=r"found 1 - 5\.6e-17$"):
        from_factors(TWO, third)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (ARRAYS[:1], "expected three arrays, or weights and these, found 1"),
        ("factors", "expected three arrays, or weights and these, found 'factors'"),
        ((*ARRAYS[:2], [[1, 0]]), "expected arrays of 2, 1, 2 rows .* found 2 x 2, 1 x 2, 1 x 2"),
        ((*ARRAYS[:2], [[1], [0]]), ".* one number of columns, found 2 x 2, 1 x 2, 2 x 1"),
        ((*ARRAYS[:2], [[1, 0], [0]]), "expected rows of one length for V"),
        ((*ARRAYS[:2], [1, 0]), "expected a list or an array of numbers, found 1"),
        ((*ARRAYS[:2], [[float("nan"), 0], [0, 1]]), "expected finite real numbers, found nan"),
        ((*ARRAYS[:2], [[1j, 0], [0, 1]]), "expected finite real numbers, found 1j"),
        ((*ARRAYS[:2], [[True, 0], [0, 1]]), "expected finite real numbers, found True"),
        (([1], ARRAYS), "expected 2 weights, found 1"),
    ],
)
def test_what_is_no_decomposition_is_refused_in_a_sentence(given, says):
    with pytest.raises(FactrankError, match=f"^factors: {says}"):
        from_factors(TWO, given)


def test_what_cannot_be_asked_is_refused(monkeypatch):
    with pytest.raises(FactrankError, match="denominator: expected a whole number of at least 1"):
        from_factors(TWO, ARRAYS, denominator=0)
    monkeypatch.setattr(exchange, "MOST", 1)
    with pytest.raises(FactrankError, match="expected at most 1 products of entries, found 2"):
        from_factors(TWO, ARRAYS)
    assert factors(TWO, [Term({0: 1}, {0: 1}, {0: 1})])[0].tolist() == [[1], [0]]


def test_floats_that_cancel_are_told():
    db = read("library:polynomials-10x10")
    with pytest.warns(UserWarning, match="in float64 the terms may miss the facts by up to"):
        cp_tensor(db, rank_interval(db, "quick"))


def test_whole_numbers_beyond_64_bits_are_kept():
    db, huge = Database.from_triples([("a", "r", "x")]), 10**30
    found = from_factors(db, ([[huge, 1 - huge]], [[1, 1]], [[1, 1]]))
    assert factors(db, found)[0].tolist() == [[huge, 1 - huge]]
