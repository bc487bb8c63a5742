"""The one sparse matrix type: rows of ``{column: integer}`` and a shape."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class SparseMatrix:
    """An integer matrix kept as one dict per row.

    ``rows[i][j]`` is the entry in row ``i``, column ``j``; absent entries are 0 and no stored
    entry is 0. Memory grows with the nonzero entries and the number of rows, never with the
    number of columns. The dicts are shared, not copied: treat them as read-only.

    Source: [ours], a plain dictionary-of-rows format.

    >>> m = SparseMatrix((2, 3), ({0: 1}, {1: 1, 2: -1}))
    >>> m.nnz, m.dense()
    (3, [[1, 0, 0], [0, 1, -1]])
    """

    shape: tuple[int, int]
    rows: tuple[dict[int, int], ...]

    @property
    def nnz(self) -> int:
        """The number of stored, nonzero entries."""
        return sum(map(len, self.rows))

    def dense(self) -> list[list[int]]:
        """The matrix as a list of lists, shape ``(rows, columns)``."""
        width = self.shape[1]
        return [[row.get(j, 0) for j in range(width)] for row in self.rows]

    def transpose(self) -> SparseMatrix:
        """The matrix with rows and columns exchanged.

        >>> SparseMatrix((1, 2), ({1: 5},)).transpose().dense()
        [[0], [5]]
        """
        columns: list[dict[int, int]] = [{} for _ in range(self.shape[1])]
        for i, row in enumerate(self.rows):
            for j, x in row.items():
                columns[j][i] = x
        return SparseMatrix((self.shape[1], self.shape[0]), tuple(columns))

    def select(self, rows: Sequence[int], columns: Iterable[int] | None = None) -> SparseMatrix:
        """The submatrix of the given rows and columns, renumbered in the order given.

        >>> SparseMatrix((2, 2), ({0: 1}, {0: 2, 1: 3})).select([1], [1, 0]).dense()
        [[3, 2]]
        """
        chosen = [self.rows[i] for i in rows]
        if columns is None:
            return SparseMatrix((len(chosen), self.shape[1]), tuple(chosen))
        new = {j: n for n, j in enumerate(columns)}
        cut = tuple({new[j]: x for j, x in row.items() if j in new} for row in chosen)
        return SparseMatrix((len(cut), len(new)), cut)
