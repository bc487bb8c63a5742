"""Which products and sums of squares are sums of 2 x 2 minors, on a space of matrices. [ours]

In the coordinates of the space a minor is a quadratic form. What all combinations of the minors are
orthogonal to is a matrix; a form divides some combination if a smaller matrix has a kernel.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, combinations_with_replacement, permutations, product

from flint import fmpq, fmpq_mat, nmod_mat

from factrank.rank.algebra.exact import PRIME
from factrank.rank.algebra.linear import kernel, leads, matrix_of, reduced
from factrank.rank.algebra.pencil_terms import real_roots

LARGEST = 1000  # numerators and denominators that are read from a remainder
Line = list[fmpq]
Minor = tuple[int, int, int, int]  # two rows, two columns
Weighted = tuple[tuple[Minor, fmpq], ...]


@dataclass(frozen=True)
class Split:
    """Minors add up to the product of two forms, or, with ``times``, to a sum of squares."""

    forms: tuple[Line, ...]
    times: tuple[fmpq, ...] | None

    def products(self) -> Iterator[tuple[fmpq, Line, Line]]:
        """The polynomial, as weights and the two forms that are multiplied."""
        if self.times is None:
            yield fmpq(1), self.forms[0], self.forms[1]
        for x, form in zip(self.times or (), self.forms, strict=False):
            yield x, form, form

    def cases(self) -> list[list[Line]]:
        """The forms that vanish in each case."""
        return [[f] for f in self.forms] if self.times is None else [list(self.forms)]


@dataclass(frozen=True)
class Turn:
    """Minors add up to f x_k - g (A x)_k for every k: x is an eigenvector of A where g is not 0."""

    forms: tuple[Line, Line]
    matrix: fmpq_mat
    real: int  # eigenvalues of A that are real


class Quadrics:
    """The minors on a space, as quadratic forms in its coordinates.

    ``basis`` is reduced: each of its rows has a column, its pivot, that is 0 in the others; so the
    entry of a matrix there is its coordinate.
    """

    def __init__(self, basis: fmpq_mat, minors: Sequence[Minor], width: int) -> None:
        self.size = basis.nrows()
        lines = basis.tolist()
        self.monomials = list(combinations_with_replacement(range(self.size), 2))
        self.place = {pair: n for n, pair in enumerate(self.monomials)}
        entries = [[line[j] for line in lines] for j in range(basis.ncols())]
        forms = {
            (i, k, j, m): self.polynomial([
                (fmpq(1), entries[i * width + j], entries[k * width + m]),
                (fmpq(-1), entries[i * width + m], entries[k * width + j]),
            ])
            for i, k, j, m in minors
        }  # fmt: skip
        self.minors = {place: line for place, line in forms.items() if any(x != 0 for x in line)}
        self.span = reduced(matrix_of(list(self.minors.values()), len(self.monomials)))

    def polynomial(self, products: Iterable[tuple[fmpq, Line, Line]]) -> Line:
        line = [fmpq(0)] * len(self.monomials)
        for w, f, g in products:
            for i, x in enumerate(f):
                if x != 0:
                    for j, y in enumerate(g):
                        if y != 0:
                            line[self.place[min(i, j), max(i, j)]] += w * x * y
        return line

    def splits(self) -> Iterator[Split]:
        """Squares first, then sums of squares, then products: the fewer cases the better."""
        if not self.minors:
            return
        products = []
        for form, other in self._factored():
            if form is other:
                yield Split((form,), (fmpq(1),))
            else:
                products.append(Split((form, other), None))
        yield from self._sums_of_squares()
        yield from products

    def _factored(self) -> Iterator[tuple[Line, Line]]:
        """Small forms, each with one whose product with it is a sum of minors modulo a prime."""
        orthogonal = [[modular(x) for x in line] for line in kernel(self.span).tolist()]
        each = [
            nmod_mat(len(orthogonal), self.size, [
                line[self.place[min(i, j), max(i, j)]]
                for line in orthogonal for j in range(self.size)
            ], PRIME)
            for i in range(self.size)
        ]  # fmt: skip
        for form in self._small():
            some = nmod_mat(len(orthogonal), self.size, PRIME)
            for i, x in form.items():
                some += x * each[i]
            found, free = some.nullspace()
            line = [fmpq(form.get(i, 0)) for i in range(self.size)]
            if not any((some * nmod_mat(self.size, 1, list(map(modular, line)), PRIME)).entries()):
                yield line, line
                continue
            for n in range(free):
                yield line, [rational(int(found[j, n])) for j in range(self.size)]

    def _small(self) -> Iterator[dict[int, int]]:
        """Forms with at most three entries, all 1 or -1, the first 1."""
        for many in (1, 2, 3):
            for chosen in combinations(range(self.size), many):
                for signs in product((1, -1), repeat=many - 1):
                    yield dict(zip(chosen, (1, *signs), strict=True))

    def _sums_of_squares(self) -> Iterator[Split]:
        """Of the reduced combinations of minors, those that are one."""
        for line in self.span.tolist():
            for sign in (1, -1):
                found = self._squares([sign * x for x in line])
                if found:
                    yield Split(tuple(f for _, f in found), tuple(x for x, _ in found))

    def _squares(self, line: Line) -> list[tuple[fmpq, Line]]:
        """The line as squares with weights above 0, completed one by one; empty if it is none."""
        left, found = list(line), list[tuple[fmpq, Line]]()
        while any(x != 0 for x in left):
            i = next(i for i, j in self.monomials if left[self.place[i, j]] != 0)
            weight = left[self.place[i, i]]
            if weight <= 0:
                return []
            form = [fmpq(0)] * self.size
            for j in range(i, self.size):
                form[j] = left[self.place[i, j]] / weight / (1 if i == j else 2)
            found.append((weight, form))
            taken = self.polynomial([(weight, form, form)])
            left = [x - y for x, y in zip(left, taken, strict=True)]
        return found

    def turns(self) -> Iterator[Turn]:
        """Coordinates f and g, where every f x_k is a g y_k plus minors, if A has no root twice."""
        for f, g in permutations(range(self.size), 2) if self.minors else ():
            given = [self._reduced(self._monomial(g, j)) for j in range(self.size)]
            wanted = [self._reduced(self._monomial(f, k)) for k in range(self.size)]
            lines, rank = matrix_of([*given, *wanted], len(self.monomials)).transpose().rref()
            pivots = leads(lines, rank)
            if any(j >= self.size for j in pivots):
                continue
            matrix = fmpq_mat(self.size, self.size)
            for r, j in enumerate(pivots):
                for k in range(self.size):
                    matrix[k, j] = lines[r, self.size + k]
            real = real_roots(matrix.charpoly())
            if real is not None:
                first, second = ([fmpq(i == n) for i in range(self.size)] for n in (f, g))
                yield Turn((first, second), matrix, real)

    def _monomial(self, i: int, j: int) -> Line:
        line = [fmpq(0)] * len(self.monomials)
        line[self.place[min(i, j), max(i, j)]] = fmpq(1)
        return line

    def _reduced(self, line: Line) -> Line:
        """The polynomial without what minors can take away from it."""
        left, pivots = list(line), leads(self.span, self.span.nrows())
        for row, pivot in zip(self.span.tolist(), pivots, strict=True):
            if (factor := left[pivot]) != 0:
                left = [x - factor * y for x, y in zip(left, row, strict=True)]
        return left

    def turned(self, turn: Turn) -> tuple[Weighted, ...]:
        """The minors of each coordinate, with weights."""
        f, g = turn.forms
        found = []
        for k in range(self.size):
            row = [turn.matrix[k, j] for j in range(self.size)]
            unit = [fmpq(j == k) for j in range(self.size)]
            target = self.polynomial([(fmpq(1), f, unit), (fmpq(-1), g, row)])
            found.append(self.weights(target) or ())
        return tuple(found)

    def weights(self, target: Line) -> Weighted | None:
        """The minors, with weights, that add up to this polynomial; None if none do."""
        lines = [*self.minors.values(), target]
        lines, rank = matrix_of(lines, len(self.monomials)).transpose().rref()
        found, last = [], len(self.minors)
        for r, j in enumerate(leads(lines, rank)):
            if j == last:
                return None
            if lines[r, last] != 0:
                found.append((list(self.minors)[j], lines[r, last]))
        return tuple(found)


def modular(x: fmpq) -> int:
    """The fraction modulo the prime, which divides no denominator here or the proof fails."""
    return int(x.p) * pow(int(x.q), -1, PRIME) % PRIME


def rational(x: int) -> fmpq:
    """A fraction with small numerator and denominator that has this remainder, or the remainder."""
    for q in range(1, 13):
        p = x * q % PRIME
        p -= PRIME * (p > PRIME // 2)
        if abs(p) <= LARGEST:
            return fmpq(p, q)
    return fmpq(x)
