"""The slow reading of P10 and P11: by definition, in fractions, sharing no code with the checker.
``slow_verify`` calls it, and reads what is of the format: labels, numbers, lists."""

from __future__ import annotations

import itertools
from collections import Counter
from fractions import Fraction

from tests.rank.verify import slow_theorems


def after(steps, facts):
    """All cells after some steps of (axis, labels): 1, 0, or None for unknown."""
    names = [sorted({fact[axis] for fact in facts}) for axis in range(3)]
    left = {cell: int(cell in facts) for cell in itertools.product(*names)}
    for axis, gone in steps:
        before, left = left, {}
        for cell, x in before.items():
            if cell[axis] not in gone:
                beside = [(*cell[:axis], s, *cell[axis + 1 :]) for s in gone]
                left[cell] = x if all(before.get(c, 0) == 0 for c in beside) else None
    return left


def null_space(lines, width):
    """A basis of the vectors on which all lines are 0."""
    return [list(vector) for vector in _null_space(tuple(map(tuple, lines)), width)]


@slow_theorems.again
def _null_space(lines, width):
    lines, pivots = [list(map(Fraction, line)) for line in lines], []
    for column in range(width):
        done = len(pivots)
        found = next((r for r in range(done, len(lines)) if lines[r][column]), None)
        if found is None:
            continue
        lines[done], lines[found] = lines[found], lines[done]
        head = lines[done][column]
        lines[done] = [x / head for x in lines[done]]
        for r, line in enumerate(lines):
            if r != done and line[column]:
                factor = line[column]
                lines[r] = [
                    x - factor * y if y else x for x, y in zip(line, lines[done], strict=True)
                ]
        pivots.append(column)
    basis = []
    for free in (j for j in range(width) if j not in pivots):
        vector = [Fraction(0)] * width
        vector[free] = Fraction(1)
        for r, pivot in enumerate(pivots):
            vector[pivot] = -lines[r][free]
        basis.append(vector)
    return basis


def slices(facts, axis, columns):
    """The slices along an axis, each entry by entry."""
    found = {(f[axis], (*f[:axis], *f[axis + 1 :])) for f in facts}
    return [[int((x, c) in found) for c in columns] for x in sorted({f[axis] for f in facts})]


def flattening(facts, a, b, vectors):
    """Cells at ((I, y), (J, z)), and the labels y and z: one label of a gives e_I -> a ^ e_I."""
    c = 3 - a - b
    cells = Counter()
    for fact in facts:
        for i, vector in enumerate(vectors):
            for chosen in itertools.combinations(range(len(vectors)), len(vectors) // 2):
                if moved := slow_theorems.wedge(i, chosen):
                    cells[(chosen, fact[b]), (moved[1], fact[c])] += moved[0] * vector.get(
                        fact[a], 0
                    )
    return cells


def flat_rank(cells, prime):
    down, across = ({place[n] for place in cells} for n in (0, 1))
    return slow_theorems.matrix_rank([[cells[r, c] for c in across] for r in down], prime)


def vanishes(cells, w):
    """Is the vector w, by (J, z), in the kernel?"""
    total = Counter()
    for (row, column), x in cells.items():
        total[row] += x * w.get(column, 0)
    return not any(total.values())


def equations(vectors, w, chosen, columns, a_first):
    """The form of a kernel vector and a set I, as its numbers at all columns of (x, z)."""
    line = []
    for column in columns:
        x, z = column if a_first else column[::-1]
        there = [(i, vector[x]) for i, vector in enumerate(vectors) if x in vector]
        moved = [(u, slow_theorems.wedge(i, chosen)) for i, u in there if i not in chosen]
        line.append(sum(sign * u * w[J, z] for u, (sign, J) in moved if (J, z) in w))
    return line


def polynomial(products, basis):
    """A sum of number * form * form, at t_0 B_0 + t_1 B_1 + ..., by monomials in t."""
    total = Counter()
    for number, one, other in products:
        first, second = (
            [(n, sum(x * y for x, y in zip(form, matrix, strict=True) if x and y))
             for n, matrix in enumerate(basis)]
            for form in (one, other)
        )  # fmt: skip
        for (i, x), (j, y) in itertools.product(first, second):
            if x and y:
                total[min(i, j), max(i, j)] += number * x * y
    return {monomial: x for monomial, x in total.items() if x}


def distinct_roots(matrix):
    """(different roots, different real roots) of the characteristic polynomial, by Hermite: the
    rank and the signature of the matrix of traces of A^(i + j)."""
    return _distinct_roots(tuple(map(tuple, matrix)))


@slow_theorems.again
def _distinct_roots(matrix):
    d = len(matrix)
    power = [[Fraction(int(i == j)) for j in range(d)] for i in range(d)]
    traces = []
    for _ in range(2 * d):
        traces.append(sum(power[i][i] for i in range(d)))
        power = slow_theorems.times(power, matrix) if d else power
    plus, minus = inertia([[traces[i + j] for j in range(d)] for i in range(d)])
    return plus + minus, plus - minus


def inertia(form):
    """How many positive and negative squares a symmetric matrix has, completed one by one."""
    form, found = [list(row) for row in form], [0, 0]
    while form:
        n = range(len(form))
        i = next((i for i in n if form[i][i]), None)
        if i is None:
            pair = next(((i, j) for i in n for j in n if form[i][j]), None)
            if pair is None:
                break
            i, j = pair  # x_i y_j: replace x_j by x_j + x_i, which makes a square
            form[i] = [x + y for x, y in zip(form[i], form[j], strict=True)]
            for row in form:
                row[i] += row[j]
        head = form[i][i]
        found[head < 0] += 1
        form = [[form[r][c] - form[r][i] * form[i][c] / head for c in n if c != i]
                for r in n if r != i]  # fmt: skip
    return found
