"""Exact ranks and factorizations against numpy and against themselves."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from factrank.facts.matrix import SparseMatrix
from factrank.rank.algebra import exact
from factrank.rank.algebra.exact import factor


def sparse(dense: np.ndarray) -> SparseMatrix:
    rows = tuple({j: int(x) for j, x in enumerate(row) if x} for row in dense)
    return SparseMatrix(dense.shape, rows)


@st.composite
def matrices(draw: st.DrawFn) -> np.ndarray:
    """Integer matrices up to 8 x 8 with repeated rows, zero rows and low rank among them."""
    m, n = draw(st.integers(1, 8)), draw(st.integers(1, 8))
    entry = st.sampled_from([0, 0, 0, 1, 1, -1, 2])
    a = np.array(draw(st.lists(st.lists(entry, min_size=n, max_size=n), min_size=m, max_size=m)))
    for i, j in draw(st.lists(st.tuples(st.integers(0, m - 1), st.integers(0, m - 1)), max_size=3)):
        a[i] = a[j]
    return a


@given(matrices())
def test_rank_agrees_with_numpy(a):
    assert exact.rank(sparse(a)) == np.linalg.matrix_rank(a)


@given(matrices())
def test_minor_is_nonsingular_and_largest(a):
    found = exact.minor(sparse(a))
    rows = [i for i, _ in found.pivots] + list(found.rows)
    columns = [j for _, j in found.pivots] + list(found.columns)
    assert found.size == len(set(rows)) == len(set(columns)) == np.linalg.matrix_rank(a)
    assert abs(np.linalg.det(a[np.ix_(rows, columns)].astype(float))) > 0.5


@given(matrices())
def test_factor_is_exact_and_shortest(a):
    pairs = factor({i: dict(row) for i, row in enumerate(sparse(a).rows) if row})
    total = np.zeros(a.shape, dtype=object)
    for x, y in pairs:
        for i, u in x.items():
            for j, v in y.items():
                total[i, j] += u * v
    assert (total == a).all()
    assert len(pairs) == np.linalg.matrix_rank(a)


def test_a_modular_rank_can_be_smaller_never_larger():
    gram = SparseMatrix((3, 3), tuple({j: 3 if i == j else 1 for j in range(3)} for i in range(3)))
    assert exact.rank(gram) == 3
    assert exact.rank_mod(gram, 5) == 2  # determinant 20
    assert exact.rank_mod(gram, 7) == 3


@pytest.mark.parametrize("seed", range(5))
def test_larger_core_of_low_rank(seed):
    rng = np.random.default_rng(seed)
    a = rng.integers(-1, 2, (40, 7)) @ rng.integers(-1, 2, (7, 50))
    assert exact.rank(sparse(a)) == 7
    assert exact.minor(sparse(a)).size == 7
    assert len(factor(dict(enumerate(sparse(a).rows)))) == 7


def test_a_hundred_thousand_entries_peel_without_a_core():
    rng = random.Random(0)
    rows = tuple({i: 1, **({rng.randrange(i): 1} if i else {})} for i in range(50_000))
    matrix = SparseMatrix((50_000, 50_000), rows)
    pivots, core = exact.reduce(dict(enumerate(matrix.rows)))
    assert len(pivots) == exact.rank(matrix) == 50_000
    assert not core
