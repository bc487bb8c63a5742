"""The checker's part for P11: spaces of matrices, and which of their matrices have rank one.

P11 Let rank D = r be what the inner proof says, and D = sum a_m (x) b_m (x) c_m with r terms. Then
    the matrices a_m c_m are independent (else one term could go), and span all slices along b.
    They lie in a known space: space.py.
    On matrices of rank one all 2 x 2 minors vanish. Where minors add up to a product of two forms,
    each a_m c_m is in the kernel of one of them; where they add up to squares, with weights above
    0, in the kernel of all. Where they add up to f x_k - g (A x)_k for all coordinates x_k, x is an
    eigenvector of A with the real eigenvalue f / g, or f = g = 0. So each is in the space of a
    leaf, or a real eigenvector; these span e dimensions, if no eigenvalue of A is double. The
    leaves span U: if dim U + e < r, or if e = 0 and a slice is outside U, then rank D >= r + 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from flint import fmpq, fmpq_mat

from factrank.facts import strict
from factrank.facts.strict import show, wrong
from factrank.rank.verify import pencil
from factrank.rank.verify.space import LISTED, Line, Space, matrix_of, number, short
from factrank.rank.verify.work import words

DEEPEST, NODES = 10, 1000
Product = tuple[fmpq, Line, Line]


class Cases(Space):
    """One proof by P11, its inner proof checked; ``check`` raises at the first fault."""

    def check(self, r: int) -> None:
        """Check all but the inner proof, whose value is r."""
        slices = self.slices()
        basis = self.basis(slices, r)
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


def add(matrix: fmpq_mat, x: fmpq, left: Sequence[fmpq], right: Sequence[fmpq]) -> None:
    """Add x times a column times a row."""
    for i, u in enumerate(left):
        if u != 0:
            for j, v in enumerate(right):
                if v != 0:
                    matrix[i, j] += x * u * v
