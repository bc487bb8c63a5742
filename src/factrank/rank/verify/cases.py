"""The checker's part for P11: spaces of matrices, and which of their matrices have rank one.

P11 Let rank D = r be what the inner proof says, and D = sum a_m (x) b_m (x) c_m with r terms. Then
    the matrices a_m c_m are independent (else one term could go), and span all slices along b.
    P1  The slices span r dimensions: the a_m c_m lie in their span.
    P7  If a flattening has the rank of r terms, r binom(2h, h), its image is the sum of theirs,
        phi(a_m) ^ e_I (x) c_m for all I: a vector that is 0 on it is 0 on each, and this is a
        linear equation on a_m c_m.
    On matrices of rank one all 2 x 2 minors vanish. Where minors add up to a product of two forms,
    each a_m c_m is in the kernel of one of them; where they add up to squares, with weights above
    0, in the kernel of all. Where they add up to f x_k - g (A x)_k for all coordinates x_k, x is an
    eigenvector of A with the real eigenvalue f / g, or f = g = 0. So each is in the space of a
    leaf, or a real eigenvector; these span e dimensions, if no eigenvalue of A is double. The
    leaves span U: if dim U + e < r, or if e = 0 and a slice is outside U, then rank D >= r + 1.
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
from factrank.rank.verify import pencil
from factrank.rank.verify.work import FLINT, Work, words

DEEPEST, NODES = 10, 1000
DIGITS = 30  # of a number, and of a common denominator: of a form, of weights, of a vector, of A
LISTED = 9  # words of a number in a list
VARIABLES, CELLS = 400, 10**5  # the entries of a matrix; those of a flattening
Facts = Sequence[tuple[int, int, int]]
Line = list[fmpq]
Product = tuple[fmpq, Line, Line]


class Cases:
    """One proof by P11, its inner proof checked; ``check`` raises at the first fault."""

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

    def check(self, r: int) -> None:
        """Check all but the inner proof, whose value is r."""
        self.work.take(self.at, len(self.index[self.b]) * self.size)
        self.work.keep(self.at, len(self.index[self.b]) * self.size, LISTED)
        slices = fmpq_mat(len(self.index[self.b]), self.size)
        for f in self.facts:
            slices[f[self.b], f[self.x] * self.width + f[self.y]] = 1
        given = strict.items(f"{self.at}.flattenings", self.data["flattenings"])
        if self.a < 0:
            strict.items(f"{self.at}.flattenings", given, 0)
            self.count(slices)
            reduced, rank = slices.rref()
            basis = fmpq_mat(rank, self.size, [reduced[i, j] for i in range(rank)
                                               for j in range(self.size)])  # fmt: skip
        else:
            lines = [line for n, it in enumerate(given)
                     for line in self.equations(f"{self.at}.flattenings[{n}]", it, r)]  # fmt: skip
            basis = self.kernel(matrix_of(lines, self.size))
        leaves = [line for leaf in self.leaves(f"{self.at}.cases", self.data["cases"], basis, 1)
                  for line in leaf.tolist()]  # fmt: skip
        span = matrix_of(leaves, self.size)
        self.count(span)
        dimension = span.rank() if leaves else 0
        whole = matrix_of([*leaves, *slices.tolist()], self.size)
        self.count(whole)
        if dimension + self.real >= r and (self.real or whole.rank() == dimension):
            rule = f"less than {r} dimensions, or leaves that do not span all slices"
            found = f"{dimension} of leaves and {self.real} of eigenvectors"
            wrong(f"{self.at}.cases", rule, found)

    def leaves(self, at: str, node: Any, basis: fmpq_mat, depth: int) -> Iterator[fmpq_mat]:
        """A basis of the space of every leaf below a node, whose space has this one, as rows."""
        self.nodes += 1
        if self.nodes > NODES or depth > DEEPEST:
            rule = f"at most {NODES} nodes, {DEEPEST} inside one another"
            wrong(at, rule, f"{self.nodes} nodes, {depth} inside one another")
        if node is None:
            self.work.keep(at, basis.nrows() * self.size, LISTED)
            yield basis
            return
        turned = type(node) is dict and "matrix" in node
        strict.fields(at, node, "minors forms times cases" + " columns matrix" * turned)
        given = strict.items(f"{at}.forms", node["forms"])
        forms = [self.form(f"{at}.forms[{n}]", f) for n, f in enumerate(given)]
        self.long = words(basis.entries())
        self.work.take(at, (len(forms) + 1) * self.size * basis.nrows() * self.long)
        lines = [self.inside(basis, form) for form in forms]
        times = node["times"]
        if turned:
            strict.same(f"{at}.times", times, None)
            strict.items(f"{at}.forms", given, 2)
            self.turned(at, node, basis, lines)
            groups = [lines]
        elif times is None:
            strict.items(f"{at}.forms", given, 2)
            self.equal(f"{at}.minors", node["minors"], basis, [(fmpq(1), lines[0], lines[1])])
            groups = [[line] for line in lines]
        else:
            strict.items(f"{at}.times", times, len(forms))
            weights = [number(f"{at}.times[{n}]", x) for n, x in enumerate(times)]
            short(f"{at}.times", weights)
            if any(x < 0 for x in weights):
                wrong(f"{at}.times", "numbers above 0", show(times))
            squares = [(x, line, line) for x, line in zip(weights, lines, strict=True)]
            self.equal(f"{at}.minors", node["minors"], basis, squares)
            groups = [lines]
        below = strict.items(f"{at}.cases", node["cases"], len(groups))
        for n, (case, zero) in enumerate(zip(below, groups, strict=True)):
            part = self.kernel(matrix_of(zero, basis.nrows()))
            self.work.take(at, part.nrows() * part.ncols() * self.size // 10)
            yield from self.leaves(f"{at}.cases[{n}]", case, part * basis, depth + 1)

    def turned(self, at: str, node: Any, basis: fmpq_mat, forms: list[Line]) -> None:
        """Check that matrices of rank one are eigenvectors; add the real ones to the account."""
        d = basis.nrows()
        given = strict.items(f"{at}.columns", node["columns"], d)
        columns = [self.column(f"{at}.columns[{n}]", column) for n, column in enumerate(given)]
        values = [[basis[i, j] for i in range(d)] for j in columns]
        self.count(basis)
        if matrix_of(values, d).rank() < d:
            wrong(f"{at}.columns", f"coordinates of a space of {d} dimensions", "others")
        rows = [
            [
                fmpq(0) if type(x) is int and x == 0 else number(f"{at}.matrix[{k}]", x)
                for x in strict.items(f"{at}.matrix[{k}]", row, d)
            ]
            for k, row in enumerate(strict.items(f"{at}.matrix", node["matrix"], d))
        ]
        f, g = forms
        for k, minors in enumerate(strict.items(f"{at}.minors", node["minors"], d)):
            image = [sum((x * v[i] for x, v in zip(rows[k], values, strict=True)), fmpq(0))
                     for i in range(d)]  # fmt: skip
            products = [(fmpq(1), f, values[k]), (fmpq(-1), g, image)]
            self.equal(f"{at}.minors[{k}]", minors, basis, products)
        short(f"{at}.matrix", (x for row in rows for x in row))
        self.work.take(at, 20 * d**4)
        polynomial = matrix_of(rows, d).charpoly()
        if polynomial.gcd(polynomial.derivative()).degree():
            wrong(f"{at}.matrix", "a characteristic polynomial with no root twice", "another")
        self.real += pencil.real_roots(polynomial)

    def equal(self, at: str, data: Any, basis: fmpq_mat, products: list[Product]) -> None:
        """Check that minors add up to these products of forms, at every matrix of the space."""
        minors, d = strict.items(at, data), basis.nrows()
        self.work.take(at, (len(minors) + len(products) + 1) * (1 + d * d) * self.long)
        left = fmpq_mat(d, d)
        found = [it for n, minor in enumerate(minors) for it in self.minor(f"{at}[{n}]", minor)]
        short(at, (x for x, _, _ in found))
        for x, i, j in found:
            add(left, x, *([basis[m, k] for m in range(d)] for k in (i, j)))
        for x, one, other in products:
            add(left, -x, one, other)
        if left != -left.transpose():
            wrong(at, "minors that add up to the products of the forms", "another polynomial")

    def inside(self, basis: fmpq_mat, form: list[tuple[int, fmpq]]) -> Line:
        """The form in the coordinates of the space."""
        return [sum((x * basis[m, k] for k, x in form), fmpq(0)) for m in range(basis.nrows())]

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


def add(matrix: fmpq_mat, x: fmpq, left: Sequence[fmpq], right: Sequence[fmpq]) -> None:
    """Add x times a column times a row."""
    for i, u in enumerate(left):
        if u != 0:
            for j, v in enumerate(right):
                if v != 0:
                    matrix[i, j] += x * u * v
