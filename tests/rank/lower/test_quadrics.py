"""What divides or turns a space: every identity, multiplied out again, and the cases that exist."""

from __future__ import annotations

from itertools import combinations

from flint import fmpq, fmpq_mat
from hypothesis import given, settings
from hypothesis import strategies as st

from factrank.rank.algebra.exact import PRIME
from factrank.rank.algebra.linear import kernel, matrix_of, reduced
from factrank.rank.lower.quadrics import Quadrics, modular, rational


def quadrics(*lines: list[int], rows: int = 2) -> Quadrics:
    basis = reduced(fmpq_mat([[fmpq(x) for x in line] for line in lines]))
    width = basis.ncols() // rows
    minors = [(i, k, j, m) for i, k in combinations(range(rows), 2)
              for j, m in combinations(range(width), 2)]  # fmt: skip
    return Quadrics(basis, minors, width)


def at(point: list[fmpq], basis: fmpq_mat) -> list[fmpq]:
    lines = basis.tolist()
    return [sum((t * line[j] for t, line in zip(point, lines, strict=True)), fmpq(0))
            for j in range(basis.ncols())]  # fmt: skip


def value(found: object, matrix: list[fmpq], width: int) -> fmpq:
    return sum((x * (matrix[i * width + j] * matrix[k * width + m]
                     - matrix[i * width + m] * matrix[k * width + j])
                for (i, k, j, m), x in found), fmpq(0))  # fmt: skip


def dot(form: list[fmpq], point: list[fmpq]) -> fmpq:
    return sum((x * y for x, y in zip(form, point, strict=True)), fmpq(0))


SMALL = st.integers(-2, 2)
SPACES = st.integers(2, 3).flatmap(lambda rows: st.tuples(
    st.just(rows),
    st.lists(st.lists(SMALL, min_size=rows * 3, max_size=rows * 3), min_size=2, max_size=4),
))  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(SPACES, st.lists(st.integers(-5, 5), min_size=4, max_size=4))
def test_divided_and_turned_spaces_satisfy_their_identities_at_any_matrix(space, numbers):
    """What ``weights`` finds is checked at a matrix, minor by minor."""
    rows, lines = space
    basis = reduced(fmpq_mat([[fmpq(x) for x in line] for line in lines]))
    width = basis.ncols() // rows
    minors = [(i, k, j, m) for i, k in combinations(range(rows), 2)
              for j, m in combinations(range(width), 2)]  # fmt: skip
    found = Quadrics(basis, minors, width)
    point = [fmpq(x) for x in numbers[: basis.nrows()]]
    matrix = at(point, basis)
    for split in list(found.splits())[:10]:
        weights = found.weights(found.polynomial(split.products()))
        if weights is not None:
            wanted = sum((x * dot(f, point) * dot(g, point) for x, f, g in split.products()),
                         fmpq(0))  # fmt: skip
            assert value(weights, matrix, width) == wanted
    for turn in found.turns():
        f, g = (dot(form, point) for form in turn.forms)
        image = [dot(row, point) for row in turn.matrix.tolist()]
        for k, weights in enumerate(found.turned(turn)):
            assert value(weights, matrix, width) == f * point[k] - g * image[k]


def test_a_square_comes_before_a_product():
    """The W-state: t^2 is minus its minor."""
    first = next(quadrics([1, 0, 0, 0], [0, 1, 1, 0]).splits())
    assert (first.times, first.forms) == ((fmpq(1),), ([fmpq(0), fmpq(1)],))
    assert first.cases() == [[[fmpq(0), fmpq(1)]]]


def test_a_product_has_two_cases_and_no_weights():
    """A diagonal: one entry is 0 or the other."""
    (split,) = {tuple(map(tuple, split.forms)) for split in quadrics([1, 0, 0, 0],
                                                                     [0, 0, 0, 1]).splits()
                if split.times is None and split.forms[0][0] != 0}  # fmt: skip
    assert split == ((fmpq(1), fmpq(0)), (fmpq(0), fmpq(1)))
    assert all(len(split.cases()) == 2
               for split in quadrics([1, 0, 0, 0], [0, 0, 0, 1]).splits())  # fmt: skip


def test_a_sum_of_squares_needs_weights_above_0():
    """s^2 + t^2 is one, s^2 - t^2 is none: it is a product."""
    both = quadrics([1, 0, 0, 1], [0, 1, -1, 0])
    assert next((split.times, len(split.cases())) for split in both.splits()) == ((1, 1), 1)
    other = list(quadrics([1, 0, 0, 1], [0, 1, 1, 0]).splits())
    assert other and all(split.times is None for split in other)


def turns_of(*last: int) -> set[int]:
    """Matrices of two columns, x and A x, A with this last row below a shifted identity: their
    minors are (A x)_i x_k - x_i (A x)_k, and (A x)_0 is x_1. The real eigenvalues of each turn."""
    n = len(last)
    a = [[int(j == i + 1) for j in range(n)] for i in range(n - 1)] + [list(last)]
    lines = [[x for i in range(n) for x in (int(i == j), a[i][j])] for j in range(n)]
    found = [turn for turn in quadrics(*lines, rows=n).turns() if turn.matrix.tolist() == a]
    return {turn.real for turn in found}


def test_a_turn_counts_real_eigenvalues_and_wants_no_double_one():
    assert turns_of(1, 1, 1) == {1}
    assert turns_of(6, -11, 6) == {3}  # 1, 2, 3
    assert turns_of(-1, 0) == {0}
    assert turns_of(2, -5, 4) == set()  # 1, 1, 2


@given(st.integers(-1000, 1000), st.integers(1, 12))
def test_small_fractions_are_read_from_their_remainder(p, q):
    assert rational(modular(fmpq(p, q))) == fmpq(p, q)


def test_a_kernel_in_coordinates_is_one_of_matrices():
    basis = fmpq_mat([[1, 0, 0, 0], [0, 1, 1, 0], [0, 0, 0, 1]])
    inside = kernel(matrix_of([[fmpq(1), fmpq(-1), fmpq(0)]], 3)) * basis
    assert reduced(inside).tolist() == [[1, 1, 1, 0], [0, 0, 0, 1]]
    assert modular(fmpq(1, 2)) * 2 % PRIME == 1
