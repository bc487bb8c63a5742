"""The Kronecker form of a pencil, with the changes of basis that bring it there, exactly.

A pencil is a pair of rational matrices (A, B) of one shape, the two slices of a tensor. Invertible
P and Q bring both at once, P A Q and P B Q, to a row of blocks on the diagonal:

- wide, e x (e + 1): ([I 0], [0 I]); tall: the transpose of a wide one; e = 0 is a zero line;
- companion, for a monic f of degree d: (I, C_f), C_f the companion matrix of f.

Wide and tall ones by Gantmacher's way: a kernel vector of least degree, then one linear system.
Before it, matrices cut, joined, extended to a basis.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from flint import fmpq, fmpq_mat

from factrank.rank.algebra.linear import independent, kernel, leads, matrix_of

Matrix = fmpq_mat


def unit(n: int) -> Matrix:
    return fmpq_mat(n, n, [int(i == j) for i in range(n) for j in range(n)])


def cut(m: Matrix, top: int, bottom: int, left: int, right: int) -> Matrix:
    cells = [m[i, j] for i in range(top, bottom) for j in range(left, right)]
    return fmpq_mat(bottom - top, right - left, cells)


def from_corner(m: Matrix, top: int, left: int) -> Matrix:
    return cut(m, top, m.nrows(), left, m.ncols())


def columns_of(m: Matrix, order: Sequence[int]) -> Matrix:
    return fmpq_mat(m.nrows(), len(order), [m[i, j] for i in range(m.nrows()) for j in order])


def diagonal(first: Matrix, more: int, second: Matrix | None = None) -> Matrix:
    """Blocks on one diagonal: the first, the second if any, and a unit matrix of size ``more``."""
    blocks = [first, *([second] if second is not None else []), unit(more)]
    size = sum(x.nrows() for x in blocks)
    whole, at = fmpq_mat(size, size), 0
    for block in blocks:
        for i in range(block.nrows()):
            for j in range(block.ncols()):
                whole[at + i, at + j] = block[i, j]
        at += block.nrows()
    return whole


def shear(x: Matrix, n: int) -> Matrix:
    """The unit matrix of size n with X in its upper right corner."""
    whole = unit(n)
    for i in range(x.nrows()):
        for j in range(x.ncols()):
            whole[i, x.nrows() + j] = x[i, j]
    return whole


def extended(vectors: Sequence[Sequence[fmpq]], n: int) -> Matrix:
    """The independent vectors as the first columns of an invertible matrix; unit vectors follow."""
    lines = [*vectors, *unit(n).tolist()]
    return matrix_of([lines[j] for j in independent(lines, n)], n).transpose()


def basis_first(vectors: Sequence[Sequence[fmpq]], n: int) -> tuple[Matrix, int]:
    """A basis of the span of the vectors as first columns of an invertible matrix; its size."""
    basis = [vectors[j] for j in independent(vectors, n)]
    return extended(basis, n), len(basis)


Polynomial = tuple[Fraction, ...]  # f_0, ..., f_{d-1}; the leading coefficient is 1


@dataclass(frozen=True)
class Kronecker:
    """``rows @ A @ columns`` and ``rows @ B @ columns`` are wide, tall, companion, zero blocks.

    Each companion polynomial divides the one before it. Zero rows and columns come last.
    """

    rows: Matrix
    columns: Matrix
    wide: tuple[int, ...]
    tall: tuple[int, ...]
    companion: tuple[Polynomial, ...]


def kronecker(a: Matrix, b: Matrix) -> Kronecker | None:
    """The Kronecker form of (a, b); None if the regular part of ``a`` is singular. [cited]

    Take another combination of the slices then: for all but finitely many it is not.

    >>> form = kronecker(fmpq_mat(2, 3, [1, 0, 0, 0, 1, 0]), fmpq_mat(2, 3, [0, 1, 0, 0, 0, 1]))
    >>> form.wide, form.tall, form.companion
    ((2,), (), ())
    """
    left, right, wide = _peel_wide(a, b)
    height, width = sum(wide), sum(e + 1 for e in wide)
    a, b = (from_corner(left * x * right, height, width) for x in (a, b))
    across, down, tall = _peel_wide(a.transpose(), b.transpose())
    inner_left, inner_right = down.transpose(), across.transpose()
    low, broad = sum(e + 1 for e in tall), sum(tall)
    a, b = (from_corner(inner_left * x * inner_right, low, broad) for x in (a, b))
    lines = _regular_first(a, b)
    if lines is None:
        return None
    rows, columns, size = lines
    a, b = (rows * x * columns for x in (a, b))
    regular_a, regular_b = cut(a, 0, size, 0, size), cut(b, 0, size, 0, size)
    inverse = regular_a.inv()
    basis, companion = frobenius(inverse * regular_b)
    rows = diagonal(basis.inv() * inverse, a.nrows() - size) * rows
    columns = columns * diagonal(basis, a.ncols() - size)
    inner_left = diagonal(unit(low), 0, rows) * inner_left
    inner_right = inner_right * diagonal(unit(broad), 0, columns)
    left = diagonal(unit(height), 0, inner_left) * left
    right = right * diagonal(unit(width), 0, inner_right)
    return Kronecker(left, right, wide, tall, companion)


# ---- wide blocks ------------------------------------------------------------------------------


def _peel_wide(a: Matrix, b: Matrix) -> tuple[Matrix, Matrix, tuple[int, ...]]:
    """P and Q that bring wide blocks to the front until none of positive index is left.

    Zero columns go to the back, and stay out of the rest of the search.
    """
    left, right = unit(a.nrows()), unit(a.ncols())
    found: list[int] = []
    height = width = zeros = 0
    while True:
        live = a.ncols() - zeros
        rest_a, rest_b = (cut(left * x * right, height, a.nrows(), width, live) for x in (a, b))
        chain = _shortest_chain(rest_a, rest_b)
        if chain is None:
            return left, right, tuple(found)
        index = len(chain) - 1
        p, q = _split_off(rest_a, rest_b, chain)
        if index == 0:  # the zero column was put first: move it behind the live ones
            order = [*range(1, q.ncols()), 0]
            q = columns_of(q, order)
        left = diagonal(unit(height), 0, p) * left
        right = right * diagonal(unit(width), zeros, q)
        if index:
            found.append(index)
            height, width = height + index, width + index + 1
        else:
            zeros += 1


def _shortest_chain(a: Matrix, b: Matrix) -> list[Matrix] | None:
    """c_0, ..., c_e with b c_0 = 0, a c_i = b c_{i+1}, a c_e = 0, and e as small as possible."""
    m, n = a.nrows(), a.ncols()
    if n == 0 or any((a + t * b).rank() == n for t in range(-2, 3)):
        return None
    for e in range(m + 1):
        cells = [[fmpq(0)] * ((e + 1) * n) for _ in range((e + 2) * m)]
        for i in range(e + 1):
            for r in range(m):
                for s in range(n):
                    cells[i * m + r][i * n + s] = -b[r, s]
                    cells[(i + 1) * m + r][i * n + s] = a[r, s]
        found = kernel(matrix_of(cells, (e + 1) * n))
        if found.nrows():
            vector = found.tolist()[0]
            return [fmpq_mat(n, 1, vector[i * n : (i + 1) * n]) for i in range(e + 1)]
    return None


def _split_off(a: Matrix, b: Matrix, chain: list[Matrix]) -> tuple[Matrix, Matrix]:
    """P and Q with P a Q, P b Q = wide block beside the rest: zeros left of and above it."""
    e, m, n = len(chain) - 1, a.nrows(), a.ncols()
    columns = extended([c.entries() for c in chain], n)
    rows = extended([(b * c).entries() for c in chain[1:]], m).inv()
    a, b = rows * a * columns, rows * b * columns
    rest_a, rest_b = (cut(x, e, m, e + 1, n) for x in (a, b))
    beside_a, beside_b = (cut(x, 0, e, e + 1, n) for x in (a, b))
    x = _solve_beside(beside_a, beside_b, rest_a, rest_b)
    y = fmpq_mat(e + 1, n - e - 1)
    upper, lower = beside_a + x * rest_a, beside_b + x * rest_b
    for i in range(e + 1):
        for j in range(n - e - 1):
            y[i, j] = -upper[i, j] if i < e else (-lower[i - 1, j] if e else fmpq(0))
    return shear(x, m) * rows, columns * shear(y, n)


def _solve_beside(beside_a: Matrix, beside_b: Matrix, rest_a: Matrix, rest_b: Matrix) -> Matrix:
    """X with (beside_a + X rest_a)[i] = (beside_b + X rest_b)[i - 1]: then both can be cleared."""
    e, width, height = beside_a.nrows(), beside_a.ncols(), rest_a.nrows()
    x = fmpq_mat(e, height)
    if e < 2 or width == 0 or height == 0:
        return x
    cells = []
    for i in range(1, e):
        for j in range(width):
            line = [fmpq(0)] * (e * height + 1)
            for h in range(height):
                line[i * height + h] += rest_a[h, j]
                line[(i - 1) * height + h] -= rest_b[h, j]
            line[-1] = beside_b[i - 1, j] - beside_a[i, j]
            cells.append(line)
    reduced, found = matrix_of(cells, e * height + 1).rref()
    for r, j in enumerate(leads(reduced, found)):
        x[j // height, j % height] = reduced[r, e * height]
    return x


def _regular_first(a: Matrix, b: Matrix) -> tuple[Matrix, Matrix, int] | None:
    """P, Q and r with P a Q, P b Q zero outside the first r rows and columns, P a Q regular."""
    left = basis_first(a.transpose().tolist() + b.transpose().tolist(), a.nrows())
    right = basis_first(a.tolist() + b.tolist(), a.ncols())
    rows, columns, size = left[0].inv(), right[0].transpose().inv(), left[1]
    core = cut(rows * a * columns, 0, size, 0, size)
    if right[1] != size or (size and core.det() == 0):
        return None
    return rows, columns, size


# ---- the regular part -------------------------------------------------------------------------


def frobenius(m: Matrix) -> tuple[Matrix, tuple[Polynomial, ...]]:
    """U and f_1, f_2, ..., each dividing the one before, with U^-1 m U = C_f1 + C_f2 + ... [cited]

    A vector whose powers reach the minimal polynomial, and a functional that sees all of them:
    what the functional never sees is an invariant complement.

    >>> basis, polynomials = frobenius(fmpq_mat(2, 2, [2, 0, 0, 2]))
    >>> polynomials == ((-2,), (-2,))
    True
    """
    n = m.nrows()
    if n == 0:
        return fmpq_mat(0, 0), ()
    minimal = m.minpoly()
    degree, rng = minimal.degree(), random.Random(0)
    f = tuple(Fraction(int(x.p), int(x.q)) for x in minimal.coeffs()[:degree])
    for attempt in range(1000):
        spread = attempt // (4 * n)
        vector = _powers(m, _try_vector(n, attempt, spread, rng), degree)
        functional = _powers(
            m.transpose(), _try_vector(n, rng.randrange(n), spread, rng), degree
        ).transpose()
        if vector.rank() == degree and (functional * vector).rank() == degree:
            break
    others = kernel(functional).tolist()
    basis = fmpq_mat(n, n, [
        vector[i, j] if j < degree else others[j - degree][i] for i in range(n) for j in range(n)
    ])  # fmt: skip
    inside = cut(basis.inv() * m * basis, degree, n, degree, n)
    rest, polynomials = frobenius(inside)
    return basis * diagonal(unit(degree), 0, rest), (f, *polynomials)


def _try_vector(n: int, attempt: int, spread: int, rng: random.Random) -> Matrix:
    """A unit vector at first, then small whole numbers at random."""
    if spread == 0:
        return fmpq_mat(n, 1, [int(i == attempt % n) for i in range(n)])
    return fmpq_mat(n, 1, [rng.randint(-spread, spread) for _ in range(n)])


def _powers(m: Matrix, vector: Matrix, count: int) -> Matrix:
    lines = []
    for _ in range(count):
        lines.append(vector.entries())
        vector = m * vector
    return matrix_of(lines, m.nrows()).transpose()
