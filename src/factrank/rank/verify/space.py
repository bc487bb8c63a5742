"""The checker's part for P11: the space of the matrices that the terms of a tight bound would give.

P1  The slices span r dimensions: the matrices of r terms lie in their span.
P7  If a flattening has the rank of r terms, r binom(2h, h), its image is the sum of theirs,
    phi(a_m) ^ e_I (x) c_m for all I: a vector that is 0 on it is 0 on each, and this is a linear
    equation on a_m c_m.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from math import comb, lcm
from typing import Any

from flint import fmpq, fmpq_mat, nmod_mat

from factrank.facts import strict
from factrank.facts.database import MODES
from factrank.facts.strict import show, wrong
from factrank.rank.verify.work import FLINT, Work, words

DIGITS = 30  # of a number, and of a common denominator: of a form, of weights, of a vector, of A
LISTED = 9  # words of a number in a list
VARIABLES, CELLS = 400, 10**5  # the entries of a matrix; those of a flattening
Facts = Sequence[tuple[int, int, int]]
Line = list[fmpq]


class Space:
    """Matrices with rows and columns for two modes of the facts, and what a proof names of them."""

    def __init__(
        self, at: str, data: Any, facts: Facts, index: Sequence[Mapping[str, int]], work: Work
    ) -> None:
        self.at, self.data, self.work = at, data, work
        self.nodes, self.real, self.long = 0, 0, 1  # so far; the words of a space's numbers
        place = [{i: n for n, i in enumerate(dict.fromkeys(f[x] for f in facts))} for x in range(3)]
        self.all = index
        self.index = [
            {label: local[i] for label, i in labels.items() if i in local}
            for labels, local in zip(index, place, strict=True)
        ]
        self.facts = [(place[0][k], place[1][q], place[2][v]) for k, q, v in facts]
        inner = data["inner"]
        self.a = -1 if inner["theorem"] == "P1" else MODES.index(inner["mode"])
        modes = inner["mode"] if self.a < 0 else MODES.replace(MODES[self.a], "")
        self.b = MODES.index(strict.one_of(f"{at}.mode", data["mode"], modes))
        self.x, self.y = (axis for axis in range(3) if axis != self.b)
        self.width = len(self.index[self.y])
        self.size = len(self.index[self.x]) * self.width
        if self.size > VARIABLES:
            wrong(at, f"matrices of at most {VARIABLES} entries", str(self.size))

    def slices(self) -> fmpq_mat:
        """Those of the facts along the third mode, as rows."""
        self.work.take(self.at, len(self.index[self.b]) * self.size)
        self.work.keep(self.at, len(self.index[self.b]) * self.size, LISTED)
        slices = fmpq_mat(len(self.index[self.b]), self.size)
        for f in self.facts:
            slices[f[self.b], f[self.x] * self.width + f[self.y]] = 1
        return slices

    def basis(self, slices: fmpq_mat, r: int) -> fmpq_mat:
        """The matrices that r terms could have, as rows: a basis of their space."""
        given = strict.items(f"{self.at}.flattenings", self.data["flattenings"])
        if self.a < 0:
            strict.items(f"{self.at}.flattenings", given, 0)
            self.count(slices)
            reduced, rank = slices.rref()
            return matrix_of(reduced.tolist()[:rank], self.size)
        lines = [
            line
            for n, it in enumerate(given)
            for line in self.equations(f"{self.at}.flattenings[{n}]", it, r)
        ]
        return self.kernel(matrix_of(lines, self.size))

    def minor(self, at: str, data: Any) -> Iterator[tuple[fmpq, int, int]]:
        """A minor with its weight: products of two variables."""
        strict.fields(at, data, "times rows columns")
        x = number(f"{at}.times", data["times"])
        (i, k), (j, m) = (
            [strict.position(f"{at}.{name}", label, self.index[axis])
             for label in strict.items(f"{at}.{name}", data[name], 2)]
            for name, axis in (("rows", self.x), ("columns", self.y))
        )  # fmt: skip
        yield x, i * self.width + j, k * self.width + m
        yield -x, i * self.width + m, k * self.width + j

    def form(self, at: str, data: Any) -> list[tuple[int, fmpq]]:
        found = dict[int, fmpq]()
        for n, entry in enumerate(strict.items(at, data)):
            column, x = strict.items(f"{at}[{n}]", entry, 2)
            if (place := self.column(f"{at}[{n}]", column)) in found:
                wrong(f"{at}[{n}]", "each column once", show(column))
            found[place] = number(f"{at}[{n}]", x)
        if not found:
            wrong(at, "at least one column", "none")
        short(at, found.values())
        return list(found.items())

    def column(self, at: str, data: Any) -> int:
        i, j = (
            strict.position(at, label, self.index[axis])
            for label, axis in zip(strict.items(at, data, 2), (self.x, self.y), strict=True)
        )
        return i * self.width + j

    def equations(self, at: str, data: Any, r: int) -> Iterator[list[fmpq]]:
        """The equations of one flattening, after the check that it has the rank of r terms."""
        strict.fields(at, data, "map kernel")
        c = 3 - self.a - self.b
        local = {
            i: self.index[self.a][x] for x, i in self.all[self.a].items() if x in self.index[self.a]
        }
        given = [strict.vector(f"{at}.map[{n}]", v, self.all[self.a])
                 for n, v in enumerate(strict.items(f"{at}.map", data["map"]))]  # fmt: skip
        maps = [{local[i]: x for i, x in u if i in local} for u in given]
        if len(maps) not in range(3, 16, 2):
            wrong(f"{at}.map", "an odd number of vectors, 3 to 15", str(len(maps)))
        if any(x.denominator != 1 or abs(x) >= 10**DIGITS for u in given for _, x in u):
            wrong(f"{at}.map", f"whole numbers of at most {DIGITS} digits", "another one")
        inner = list(combinations(range(len(maps)), len(maps) // 2))
        outer = {J: n for n, J in enumerate(combinations(range(len(maps)), len(maps) // 2 + 1))}
        rows, columns = len(self.index[self.b]), len(self.index[c])
        height, width = len(inner) * rows, len(outer) * columns
        if height * width > CELLS:
            wrong(at, f"a matrix of at most {CELLS} entries", str(height * width))
        steps = [
            (n, i, outer[tuple(sorted((*chosen, i)))], (-1) ** sum(j < i for j in chosen))
            for n, chosen in enumerate(inner)
            for i in range(len(maps))
            if i not in chosen
        ]
        self.work.take(at, len(self.facts) * len(steps) + height * width * (1 + width // FLINT))
        matrix = fmpq_mat(height, width)
        for f in self.facts:
            for n, i, m, sign in steps:
                if x := maps[i].get(f[self.a]):
                    matrix[n * rows + f[self.b], m * columns + f[c]] += sign * int(x)
        prime = self.data["inner"]["prime"]
        modular = nmod_mat(height, width, [int(x.p) % prime for x in matrix.entries()], prime)
        if (rank := modular.rank()) < (least := r * comb(len(maps) - 1, len(maps) // 2)):
            wrong(f"{at}.map", f"a matrix of rank {least}, that of {r} terms", str(rank))
        kernel = strict.items(f"{at}.kernel", data["kernel"])
        self.work.take(at, len(kernel) * (height * width + len(inner) * (self.size + len(steps))))
        self.work.keep(at, len(kernel) * len(inner) * self.size, LISTED)
        for n, entries in enumerate(kernel):
            w = self.dual(f"{at}.kernel[{n}]", entries, outer, c)
            vector = fmpq_mat(width, 1)
            for (m, z), x in w.items():
                vector[m * columns + z, 0] = x
            if any(x != 0 for x in (matrix * vector).entries()):
                wrong(f"{at}.kernel[{n}]", "a vector that the matrix maps to 0", "another one")
            for chosen in range(len(inner)):
                line = [fmpq(0)] * self.size
                for _, i, m, sign in (step for step in steps if step[0] == chosen):
                    for x, u in maps[i].items():
                        for z in range(columns):
                            if value := w.get((m, z)):
                                pair = (x, z) if self.a < c else (z, x)
                                line[pair[0] * self.width + pair[1]] += sign * int(u) * value
                yield line

    def dual(
        self, at: str, data: Any, outer: Mapping[tuple[int, ...], int], c: int
    ) -> dict[tuple[int, int], fmpq]:
        found = dict[tuple[int, int], fmpq]()
        for n, entry in enumerate(strict.items(at, data)):
            numbers, label, x = strict.items(f"{at}[{n}]", entry, 3)
            if any(type(j) is not int for j in strict.items(f"{at}[{n}]", numbers)) or (
                (chosen := tuple(numbers)) not in outer
            ):
                wrong(f"{at}[{n}]", "a set of the flattening's numbers, ascending", show(numbers))
            cell = outer[chosen], strict.position(f"{at}[{n}]", label, self.index[c])
            if cell in found:
                wrong(f"{at}[{n}]", "each column once", show(label))
            found[cell] = number(f"{at}[{n}]", x)
        short(at, found.values())
        return found

    def kernel(self, matrix: fmpq_mat) -> fmpq_mat:
        """A basis of the vectors that all rows are 0 on, as rows."""
        self.count(matrix)
        width = matrix.ncols()
        reduced, rank = matrix.rref() if matrix.nrows() else (matrix, 0)
        pivots = [next(j for j in range(width) if reduced[i, j] != 0) for i in range(rank)]
        free = [j for j in range(width) if j not in set(pivots)]
        basis = fmpq_mat(len(free), width)
        for n, j in enumerate(free):
            basis[n, j] = 1
            for i, pivot in enumerate(pivots):
                basis[n, pivot] = -reduced[i, j]
        return basis

    def count(self, matrix: fmpq_mat) -> None:
        """Account for an elimination; its numbers may get as long as all of a row together."""
        rows, columns, long = matrix.nrows(), matrix.ncols(), words(matrix.entries())
        self.work.take(self.at, rows * columns * (1 + min(rows, columns) ** 2 // 10) * long)
        self.work.keep(self.at, rows * columns, min(rows, columns) * long, now=True)


def matrix_of(lines: Sequence[Line], width: int) -> fmpq_mat:
    return fmpq_mat(len(lines), width, [x for line in lines for x in line])


def number(at: str, data: Any) -> fmpq:
    """A short number."""
    x = strict.number(at, data)
    if max(abs(x.numerator), x.denominator) >= 10**DIGITS:
        wrong(at, f"numbers of at most {DIGITS} digits", show(x))
    return fmpq(x.numerator, x.denominator)


def short(at: str, numbers: Iterable[fmpq]) -> None:
    """Numbers without a short common denominator make every sum of them long."""
    if lcm(*(int(x.q) for x in numbers)) >= 10**DIGITS:
        wrong(at, f"a common denominator of at most {DIGITS} digits", "a longer one")
