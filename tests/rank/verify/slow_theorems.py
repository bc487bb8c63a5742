"""The slow reading of P7, P8, P9, C4 and C7: by definition, in fractions, sharing no code with the
checker. ``slow_verify`` calls it."""

from __future__ import annotations

import itertools
from collections import Counter
from fractions import Fraction
from functools import lru_cache

#: A certificate is read thousands of times with one place changed: most matrices come again.
again = lru_cache(1000)


def matrix_rank(rows, prime=None) -> int:
    """Gauss, over Q or modulo a prime."""
    return _rank(tuple(map(tuple, rows)), prime)


@again
def _rank(rows, prime) -> int:
    rows = [[x % prime if prime else Fraction(x) for x in row] for row in rows]
    found = 0
    for column in range(len(rows[0]) if rows else 0):
        pivot = next((r for r in range(found, len(rows)) if rows[r][column]), None)
        if pivot is None:
            continue
        rows[found], rows[pivot] = rows[pivot], rows[found]
        head = rows[found][column]
        back = pow(head, -1, prime) if prime else 1 / head
        for r in range(found + 1, len(rows)):
            if rows[r][column]:
                times = rows[r][column] * back
                rows[r] = [x - times * y if y else x
                           for x, y in zip(rows[r], rows[found], strict=True)]  # fmt: skip
                if prime:
                    rows[r] = [x % prime for x in rows[r]]
        found += 1
    return found


@again
def wedge(i, chosen):
    """e_i ^ e_I as (sign, J), or None if i is in I: move e_i to its place, one swap at a time."""
    if i in chosen:
        return None
    sign, placed = 1, [i, *chosen]
    for n in range(len(chosen)):
        if placed[n] > placed[n + 1]:
            placed[n], placed[n + 1], sign = placed[n + 1], placed[n], -sign
    return sign, tuple(placed)


def koszul(facts, axis, vectors, prime) -> int:
    """The rank of a (x) b (x) c : e_I (x) b* -> (a ^ e_I) (x) c, and what it says of the tensor."""
    x, y = (n for n in range(3) if n != axis)
    cells, size = Counter(), len(vectors)
    for fact in facts:
        for i, vector in enumerate(vectors):
            for chosen in itertools.combinations(range(size), size // 2):
                if moved := wedge(i, chosen):
                    sign, outer = moved
                    cells[(chosen, fact[x]), (outer, fact[y])] += sign * vector.get(fact[axis], 0)
    down = sorted({row for row, _ in cells})
    across = sorted({column for _, column in cells})
    rank = matrix_rank([[cells[r, c] for c in across] for r in down], prime)
    one = 1
    for n in range(size // 2):
        one = one * (size - 1 - n) // (n + 1)
    return -(-rank // one)


def companion_matrix(f):
    d = len(f)
    return [[Fraction(int(i == j + 1)) - (f[i] if j == d - 1 else 0) for j in range(d)]
            for i in range(d)]  # fmt: skip


def times(a, b):
    columns = list(zip(*b, strict=True))
    return [[sum(x * y for x, y in zip(row, c, strict=True)) for c in columns] for row in a]


def divides(f, g) -> bool:
    """f divides g: g is zero at the companion matrix of f (both monic)."""
    c, d = companion_matrix(f), len(f)
    power = [[Fraction(int(i == j)) for j in range(d)] for i in range(d)]
    total = [[Fraction(0)] * d for _ in range(d)]
    for coefficient in [*g, 1]:
        total = [[t + coefficient * p for t, p in zip(x, y, strict=True)]
                 for x, y in zip(total, power, strict=True)]  # fmt: skip
        power = times(power, c)
    return not any(x for row in total for x in row)


def all_roots_real_and_simple(f) -> bool:
    """Hermite: the Hankel matrix of power sums of the roots is positive definite."""
    d, c = len(f), companion_matrix(f)
    power = [[Fraction(int(i == j)) for j in range(d)] for i in range(d)]
    sums = []
    for _ in range(2 * d - 1):
        sums.append(sum(power[i][i] for i in range(d)))
        power = times(power, c)
    hankel = [[sums[i + j] for j in range(d)] for i in range(d)]
    return all(determinant([row[:n] for row in hankel[:n]]) > 0 for n in range(1, d + 1))


def determinant(rows):
    rows, value = [[Fraction(x) for x in row] for row in rows], Fraction(1)
    for n in range(len(rows)):
        pivot = next((r for r in range(n, len(rows)) if rows[r][n]), None)
        if pivot is None:
            return Fraction(0)
        if pivot != n:
            rows[n], rows[pivot], value = rows[pivot], rows[n], -value
        value *= rows[n][n]
        for r in range(n + 1, len(rows)):
            factor = rows[r][n] / rows[n][n]
            rows[r] = [x - factor * y for x, y in zip(rows[r], rows[n], strict=True)]
    return value


def pencil_slices(wide, tall, companion):
    """The two matrices of the blocks, built block by block."""
    blocks = []
    for e in wide:
        blocks.append([[[int(i == j + s) for i in range(e + 1)] for j in range(e)] for s in (0, 1)])
    for h in tall:
        blocks.append([[[int(i == j + s) for j in range(h)] for i in range(h + 1)] for s in (0, 1)])
    for f in companion:
        one = [[int(i == j) for j in range(len(f))] for i in range(len(f))]
        blocks.append([one, companion_matrix(f)])
    height = sum(len(one) for one, _ in blocks)
    width = sum(len(one[0]) for one, _ in blocks)
    slices = [[[Fraction(0)] * width for _ in range(height)] for _ in range(2)]
    top = left = 0
    for block in blocks:
        for s in (0, 1):
            for i, row in enumerate(block[s]):
                for j, x in enumerate(row):
                    slices[s][top + i][left + j] = Fraction(x)
        top, left = top + len(block[0]), left + len(block[0][0])
    return slices


def image(facts, axis, mix, rows, columns):
    """One slice after linear maps on all three modes, entry by entry."""
    x, y = (n for n in range(3) if n != axis)
    return [[sum(mix.get(f[axis], 0) * row.get(f[x], 0) * column.get(f[y], 0) for f in facts)
             for column in columns] for row in rows]  # fmt: skip


def unfolding_rank(facts, axis) -> int:
    rows = sorted({f[axis] for f in facts})
    columns = sorted({(*f[:axis], *f[axis + 1 :]) for f in facts})
    found = set(facts)
    return matrix_rank([[int((*c[:axis], r, *c[axis:]) in found) for c in columns] for r in rows])


def cycle_lengths(first, second):
    back = {v: k for k, v in first.items()}
    step = {k: back[v] for k, v in second.items()}
    lengths, todo = [], set(step)
    while todo:
        start = k = min(todo)
        n = 0
        while True:
            todo.discard(k)
            k, n = step[k], n + 1
            if k == start:
                break
        lengths.append(n)
    return lengths


def group_ideals(table) -> int | None:
    """How many simple parts the real group algebra has; None if this is no group with unit 0."""
    n = range(len(table))
    if any(x not in n for row in table for x in row):
        return None
    if any(table[0][i] != i or table[i][0] != i for i in n):
        return None
    if any(table[table[i][j]][k] != table[i][table[j][k]] for i in n for j in n for k in n):
        return None
    inverse = {i: j for i in n for j in n if table[i][j] == 0}
    if len(inverse) < len(table):
        return None
    classes = set()
    for g in n:
        reached = {g}
        while True:
            more = {table[table[x][h]][inverse[x]] for x in n for h in reached}
            more |= {inverse[h] for h in reached} | reached
            if more == reached:
                break
            reached = more
        classes.add(frozenset(reached))
    return len(classes)


def minor_polynomial(cells, rows, columns):
    """A determinant of linear forms, expanded along the first row; cells: (i, j) -> variables."""
    if not rows:
        return Counter({(): 1})
    total = Counter()
    for n, column in enumerate(columns):
        smaller = minor_polynomial(cells, rows[1:], columns[:n] + columns[n + 1 :])
        for variable in cells.get((rows[0], column), ()):
            for monomial, x in smaller.items():
                total[tuple(sorted((*monomial, variable)))] += (-1) ** n * x
    return total


def power_polynomial(form, degree):
    total = Counter({(): 1})
    for _ in range(degree):
        new = Counter()
        for monomial, x in total.items():
            for variable, r in form.items():
                new[tuple(sorted((*monomial, variable)))] += x * r
        total = new
    return total
