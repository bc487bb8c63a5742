"""A decomposition in floating point: its vectors as the rows of three arrays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from factrank.errors import FactrankError
from factrank.rank.algebra.terms import Term, Vector


@dataclass(frozen=True, eq=False)
class Factors:
    """R terms a (x) b (x) c as rows: ``a`` (R, K), ``b`` (R, Q), ``c`` (R, V), in float64."""

    a: np.ndarray
    b: np.ndarray
    c: np.ndarray

    @classmethod
    def of(cls, shape: tuple[int, int, int], terms: Sequence[Term]) -> Factors:
        """Exact terms, each entry rounded once.

        Errors: ``FactrankError`` if there is none, or an entry beyond float64.

        >>> Factors.of((2, 1, 1), [Term({1: 3}, {0: 1}, {0: 1})]).a.tolist()
        [[0.0, 3.0]]
        """
        if not terms:
            raise FactrankError("terms: expected at least one, found none")
        sides = zip(zip(*terms, strict=True), shape, strict=True)
        return cls(*(_dense(vectors, size) for vectors, size in sides))

    @classmethod
    def joined(cls, lots: Iterable[Factors]) -> Factors:
        """All terms of several decompositions of one shape."""
        sides = zip(*((it.a, it.b, it.c) for it in lots), strict=True)
        return cls(*(np.concatenate(side) for side in sides))

    def taken(self, places: Sequence[Sequence[int]]) -> Factors:
        """Entry i of a side becomes entry ``places[side][i]`` of this one; -1 means zero."""
        sides = []
        for factor, place in zip((self.a, self.b, self.c), places, strict=True):
            index = np.asarray(place)
            sides.append(np.where(index >= 0, factor[:, index], 0.0))
        return Factors(*sides)

    def rows(self, chosen: np.ndarray) -> Factors:
        """Some of the terms."""
        return Factors(self.a[chosen], self.b[chosen], self.c[chosen])

    def dense(self) -> np.ndarray:
        """The sum of the terms, (K, Q, V)."""
        return np.einsum("rk,rq,rv->kqv", self.a, self.b, self.c)  # type: ignore[no-any-return]  # numpy says Any


def _dense(vectors: Sequence[Vector], size: int) -> np.ndarray:
    rows = np.zeros((len(vectors), size))
    for row, vector in zip(rows, vectors, strict=True):
        for index, number in vector.items():
            try:
                row[index] = float(number)
            except OverflowError:
                raise FactrankError(
                    "terms: expected entries that float64 can hold, found one beyond 1e308"
                ) from None
    return rows
