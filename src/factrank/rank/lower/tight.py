"""Where a bound is tight: a space that would hold the matrix of every term. [ours]

Let D have rank r, D = sum a_m (x) b_m (x) c_m with r terms. The matrices a_m c_m are independent,
and span all slices of the mode of b. If the slices have rank r (P1), they span all of them. If a
Koszul flattening has the rank of r terms, r binom(2h, h) (P7), what is 0 on its image is 0 on the
image of each term, and that is linear in a_m c_m. Here modes are mapped onto three dimensions, so
h = 1 and a term has rank 2.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import gcd
from typing import Any

from flint import fmpq_mat, fmpz_mat, nmod_mat

from factrank.facts.database import MODES, Database
from factrank.facts.labels import axis_of
from factrank.rank.algebra.exact import PRIME
from factrank.rank.algebra.linear import kernel, matrix_of, reduced
from factrank.rank.lower.bounds import LowerBound
from factrank.rank.lower.koszul import wedges

CELLS = 10_000  # of a flattening whose kernel is looked at
MAPS = 8  # of a mode onto a smaller space, each with a kernel of its own
Vectors = Sequence[dict[int, int]]


@dataclass(frozen=True)
class Space:
    """Matrices with rows for one mode and columns for another, ``mode`` being the third.

    ``basis`` has them as rows, entry by entry, reduced; ``rows`` and ``columns`` are the labels
    used, ``slices`` those of ``mode``; ``data`` is what a checker needs to find the space again.
    """

    mode: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    basis: fmpq_mat
    slices: fmpq_mat
    data: list[dict[str, Any]]


def spaces(database: Database, known: LowerBound, seed: int) -> Iterator[Space]:
    """The spaces of a P1 or P7 bound: one for its mode, or one for each mode but that mapped.

    >>> from factrank.rank.lower.bounds import unfolding
    >>> w = Database.from_triples([("0", "0", "1"), ("0", "1", "0"), ("1", "0", "0")])
    >>> next(spaces(w, unfolding(w, "K"), 0)).basis.nrows()
    2
    """
    if known.theorem == "P1":
        yield _space(database, known.data["mode"], None, [])
        return
    for b in MODES.replace(known.data["mode"], ""):
        lines, data = _equations(database, known, b, random.Random(seed))
        if data:
            yield _space(database, b, lines, data)


def _space(
    database: Database, mode: str, lines: fmpq_mat | None, data: list[dict[str, Any]]
) -> Space:
    b = axis_of(mode)
    x, y = (axis for axis in range(3) if axis != b)
    places = _places(database)
    width = len(places[y])
    slices = fmpq_mat(len(places[b]), len(places[x]) * width)
    for f in database.facts:
        slices[places[b][f[b]], places[x][f[x]] * width + places[y][f[y]]] = 1
    basis = slices if lines is None else kernel(lines)
    names = [
        tuple(database.labels(m)[i] for i in place) for m, place in zip(MODES, places, strict=True)
    ]
    return Space(mode, names[x], names[y], reduced(basis), slices, data)


def _places(database: Database) -> list[dict[int, int]]:
    return [{i: n for n, i in enumerate(database.used(mode))} for mode in MODES]


def _equations(
    database: Database, known: LowerBound, mode: str, rng: random.Random
) -> tuple[fmpq_mat, list[dict[str, Any]]]:
    """What the flattenings of this rank say of a row in the mapped mode times one in the third."""
    a, b = axis_of(known.data["mode"]), axis_of(mode)
    c = 3 - a - b
    places = _places(database)
    first, third = (database.labels(MODES[axis]) for axis in (a, c))
    lines, data, rank = fmpq_mat(0, len(places[a]) * len(places[c])), list[dict[str, Any]](), 0
    for vectors in maps_of(places[a], rng):
        flat = Flattening(database, vectors, a, b)
        if flat.cells > CELLS or flat.rank() < 2 * known.value:
            continue
        duals = flat.kernel()
        more = [line for w in duals for line in flat.equations(w)]
        lines = reduced(matrix_of([*lines.tolist(), *more], lines.ncols()))
        if lines.nrows() == rank:
            continue
        rank = lines.nrows()
        data.append(
            {
                "map": [{first[i]: x for i, x in u.items() if x} for u in vectors],
                "kernel": [[[list(J), third[z], x] for (J, z), x in w.items()] for w in duals],
            }
        )
    return lines, data


def maps_of(used: Collection[int], rng: random.Random) -> Iterator[list[dict[int, int]]]:
    """Maps of a mode onto three dimensions: the labels themselves if they are three, or sums."""
    if len(used) == 3:
        yield [{i: 1} for i in used]
    for _ in range(MAPS if len(used) > 3 else 0):
        vectors = [{i: x for i in used if (x := rng.randint(-2, 2))} for _ in range(3)]
        if all(vectors):
            yield vectors


class Flattening:
    """A Koszul flattening with rows (I, label of axis b), columns (J, label of the third axis)."""

    def __init__(self, database: Database, vectors: Vectors, a: int, b: int) -> None:
        self.a, self.c, self.vectors = a, 3 - a - b, vectors
        places = _places(database)
        self.first, self.rows, self.columns = places[a], places[b], places[self.c]
        size = len(vectors)
        self.outer = list(combinations(range(size), size // 2 + 1))
        self.steps = wedges(size)
        self.height, self.width = (
            len(self.steps) * len(self.rows),
            len(self.outer) * len(self.columns),
        )
        self.cells = self.height * self.width
        self._matrix = fmpz_mat(self.height, self.width)
        for f in database.facts if self.cells <= CELLS else ():
            for n, steps in enumerate(self.steps):
                for i, m, sign in steps:
                    row = n * len(self.rows) + self.rows[f[b]]
                    column = m * len(self.columns) + self.columns[f[self.c]]
                    self._matrix[row, column] += sign * vectors[i].get(f[a], 0)

    def rank(self) -> int:
        """Modulo a prime: never above the rational one."""
        return int(nmod_mat(self._matrix, PRIME).rank())

    def kernel(self) -> list[dict[tuple[tuple[int, ...], int], int]]:
        """The vectors w with sum cell w = 0 in every row, whole and coprime, by (J, label)."""
        found, free = self._matrix.nullspace()
        labels = list(self.columns)
        duals = []
        for n in range(free):
            line = [int(found[i, n]) for i in range(self.width)]
            d = gcd(*line)
            duals.append({
                (self.outer[i // len(labels)], labels[i % len(labels)]): x // d
                for i, x in enumerate(line) if x
            })  # fmt: skip
        return duals

    def equations(self, w: dict[tuple[tuple[int, ...], int], int]) -> Iterator[list[int]]:
        """Linear equations on the matrices of terms, rows and columns in the order of modes."""
        wide = len(self.columns) if self.a < self.c else len(self.first)
        for steps in self.steps:
            line = [0] * (len(self.first) * len(self.columns))
            for i, m, sign in steps:
                for x, u in self.vectors[i].items():
                    for z, n in self.columns.items():
                        p, q = (self.first[x], n) if self.a < self.c else (n, self.first[x])
                        line[p * wide + q] += sign * u * w.get((self.outer[m], z), 0)
            yield line
