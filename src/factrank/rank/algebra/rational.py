"""Small matrices of fractions: cut, joined, extended to a basis, with their kernels."""

from __future__ import annotations

from collections.abc import Sequence

from flint import fmpq, fmpq_mat

Matrix = fmpq_mat


def unit(n: int) -> Matrix:
    return fmpq_mat(n, n, [int(i == j) for i in range(n) for j in range(n)])


def stacked(cells: Sequence[Sequence[fmpq]], width: int) -> Matrix:
    return fmpq_mat(len(cells), width, [x for line in cells for x in line])


def entries(m: Matrix) -> list[fmpq]:
    return list(m.entries())


def row_of(m: Matrix, i: int) -> list[fmpq]:
    return [m[i, j] for j in range(m.ncols())]


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
    lines = [*vectors, *(row_of(unit(n), i) for i in range(n))]
    return stacked([lines[j] for j in independent(lines, n)], n).transpose()


def basis_first(vectors: Sequence[Sequence[fmpq]], n: int) -> tuple[Matrix, int]:
    """A basis of the span of the vectors as first columns of an invertible matrix; its size."""
    basis = [vectors[j] for j in independent(vectors, n)]
    return extended(basis, n), len(basis)


def independent(lines: Sequence[Sequence[fmpq]], n: int) -> list[int]:
    reduced, found = stacked(lines, n).transpose().rref()
    return [next(j for j in range(len(lines)) if reduced[r, j] != 0) for r in range(found)]


def kernel_of(m: Matrix) -> list[list[fmpq]]:
    """A basis of the vectors x with m x = 0."""
    reduced, found = m.rref()
    n = m.ncols()
    lead = [next(j for j in range(n) if reduced[r, j] != 0) for r in range(found)]
    basis = []
    for free in (j for j in range(n) if j not in lead):
        vector = [fmpq(0)] * n
        vector[free] = fmpq(1)
        for r, j in enumerate(lead):
            vector[j] = -reduced[r, free]
        basis.append(vector)
    return basis
