"""Small matrices of fractions: their echelon forms, and what is read from these."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flint import fmpq, fmpq_mat


def leads(echelon: Any, rank: int) -> list[int]:
    """The first column of each of the first ``rank`` rows that is not 0.

    >>> leads(fmpq_mat(2, 3, [1, 2, 0, 0, 0, 1]), 2)
    [0, 2]
    """
    found, j = [], 0
    for i in range(rank):
        while echelon[i, j] == 0:
            j += 1
        found.append(j)
    return found


def matrix_of(lines: Sequence[Sequence[fmpq | int]], width: int) -> fmpq_mat:
    """The matrix with these rows."""
    return fmpq_mat(len(lines), width, [x for line in lines for x in line])


def independent(lines: Sequence[Sequence[fmpq]], width: int) -> list[int]:
    """The places of the lines that none before them span."""
    return leads(*matrix_of(lines, width).transpose().rref())


def reduced(matrix: fmpq_mat) -> fmpq_mat:
    """The reduced basis of the span of the rows: each has a column that is its own."""
    lines, rank = matrix.rref()
    return matrix_of(lines.tolist()[:rank], matrix.ncols())


def kernel(matrix: fmpq_mat) -> fmpq_mat:
    """A basis of the vectors on which all rows are 0, as rows.

    >>> kernel(fmpq_mat(1, 2, [2, 1])).tolist()
    [[-1/2, 1]]
    """
    lines, rank = matrix.rref()
    pivots = leads(lines, rank)
    free = [j for j in range(matrix.ncols()) if j not in pivots]
    basis = fmpq_mat(len(free), matrix.ncols())
    for n, j in enumerate(free):
        basis[n, j] = 1
        for i, pivot in enumerate(pivots):
            basis[n, pivot] = -lines[i, j]
    return basis
