"""The slow reading of C8: structure constants in fractions, every triple of basis vectors, the
quotient by the radical written out, its centre, and the real roots of a minimal polynomial counted
by Sturm. It shares no code with the checker. ``slow_verify`` calls it, and the tests of the search.
"""

from __future__ import annotations

import itertools
import random
from fractions import Fraction


def solve(rows, columns):
    """The kernel of a matrix with so many columns: a basis, by Gauss."""
    rows = [[Fraction(x) for x in row] for row in rows]
    pivots, found = [], 0
    for c in range(columns):
        pivot = next((r for r in range(found, len(rows)) if rows[r][c]), None)
        if pivot is None:
            continue
        rows[found], rows[pivot] = rows[pivot], rows[found]
        head = rows[found][c]
        rows[found] = [x / head for x in rows[found]]
        for r in range(len(rows)):
            if r != found and rows[r][c]:
                times = rows[r][c]
                rows[r] = [x - times * y for x, y in zip(rows[r], rows[found], strict=True)]
        pivots.append(c)
        found += 1
    free = [c for c in range(columns) if c not in pivots]
    basis = []
    for c in free:
        vector = [Fraction(0)] * columns
        vector[c] = Fraction(1)
        for r, p in enumerate(pivots):
            vector[p] = -rows[r][c]
        basis.append(vector)
    return basis


def inverse(rows):
    """The inverse, or None."""
    n = len(rows)
    wide = [[*map(Fraction, row), *(Fraction(int(i == j)) for j in range(n))]
            for i, row in enumerate(rows)]  # fmt: skip
    for c in range(n):
        pivot = next((r for r in range(c, n) if wide[r][c]), None)
        if pivot is None:
            return None
        wide[c], wide[pivot] = wide[pivot], wide[c]
        head = wide[c][c]
        wide[c] = [x / head for x in wide[c]]
        for r in range(n):
            if r != c and wide[r][c]:
                times = wide[r][c]
                wide[r] = [x - times * y for x, y in zip(wide[r], wide[c], strict=True)]
    return [row[n:] for row in wide]


def constants(cells, a, b, n):
    """c[i][j][k] of the isotope with unit a b; None if a slice cannot be inverted."""
    table = [[[0] * n for _ in range(n)] for _ in range(n)]
    for i, j, k in cells:
        table[i][j][k] = 1
    span = range(n)
    left = inverse([[sum(a[i] * table[i][j][k] for i in span) for k in span] for j in span])
    right = inverse([[sum(b[j] * table[i][j][k] for j in span) for k in span] for i in span])
    if left is None or right is None:
        return None
    half = [[[sum(right[c][i] * table[i][j][k] for i in span) for k in span] for j in span]
            for c in span]  # fmt: skip
    return [[[sum(left[d][j] * half[c][j][k] for j in span) for k in span] for d in span]
            for c in span]  # fmt: skip


def product(c, x, y):
    n = len(c)
    return [sum(x[i] * y[j] * c[i][j][k] for i in range(n) for j in range(n) if x[i] and y[j])
            for k in range(n)]  # fmt: skip


def components(c) -> int | None:
    """How many simple components A / rad A has over R; None if the product is not associative."""
    n = len(c)
    e = [[Fraction(int(i == j)) for j in range(n)] for i in range(n)]
    for x, y, z in itertools.product(range(n), repeat=3):
        if product(c, c[x][y], e[z]) != product(c, e[x], c[y][z]):
            return None
    trace = [sum(c[i][m][m] for m in range(n)) for i in range(n)]
    form = [[sum(c[i][j][k] * trace[k] for k in range(n)) for j in range(n)] for i in range(n)]
    radical = solve(form, n)
    # a complement of the radical, and the projection along it
    chosen = []
    for vector in e:
        rows = [*radical, *chosen, vector]
        if not solve([list(column) for column in zip(*rows, strict=True)], len(rows)):
            chosen.append(vector)
    back = inverse([*chosen, *radical])
    size = len(chosen)

    def reduced(x):
        return [sum(x[i] * back[i][j] for i in range(n)) for j in range(size)]

    small = [[reduced(product(c, x, y)) for y in chosen] for x in chosen]
    conditions = [[small[i][j][k] - small[j][i][k] for i in range(size)]
                  for j in range(size) for k in range(size)]  # fmt: skip
    centre = solve(conditions, size)
    rng = random.Random(0)
    for _ in range(100):
        weights = [rng.randint(-9, 9) for _ in centre]
        z = [sum(w * x for w, x in zip(weights, column, strict=True))
             for column in zip(*centre, strict=True)]  # fmt: skip
        f = minimal_polynomial(small, z)
        if len(f) - 1 == len(centre):
            real = real_roots(f)
            return real + (len(centre) - real) // 2
    raise AssertionError("no element generates the centre")


def minimal_polynomial(c, z):
    """Coefficients, the lowest first, of the least monic polynomial with the root z."""
    n = len(c)
    unit = unit_of(c)
    powers = [unit]
    while True:
        relations = solve([list(column) for column in zip(*powers, strict=True)], len(powers))
        if relations:
            (f,) = relations
            return [x / f[-1] for x in f]
        powers.append(product(c, powers[-1], z))
        assert len(powers) <= n + 1


def unit_of(c):
    n = len(c)
    rows = [[*(c[i][j][k] for i in range(n)), -int(j == k)] for j in range(n) for k in range(n)]
    (found,) = solve(rows, n + 1)
    return [x / found[-1] for x in found[:-1]]


def real_roots(f) -> int:
    """Sturm: the changes of sign of the chain at minus and at plus infinity."""
    chain = [f, [i * x for i, x in enumerate(f)][1:]]
    while len(chain[-1]) > 1:
        rest = remainder(chain[-2], chain[-1])
        assert any(rest), "a minimal polynomial of a reduced algebra has simple roots"
        chain.append([-x for x in rest])
    right = [g[-1] > 0 for g in chain]
    left = [plus == (len(g) % 2 == 1) for plus, g in zip(right, chain, strict=True)]
    changes = [sum(x != y for x, y in itertools.pairwise(s)) for s in (left, right)]
    return changes[0] - changes[1]


def remainder(f, g):
    f = list(f)
    while len(f) >= len(g):
        times, shift = f[-1] / g[-1], len(f) - len(g)
        for i, x in enumerate(g):
            f[shift + i] -= times * x
        while f and not f[-1]:
            f.pop()
    return f


def lower_bound(facts, axis, labels, units) -> int | None:
    """2n - t for the facts on the labels (a list a mode), with the product along axis."""
    order = [m for m in range(3) if m != axis] + [axis]
    place = [{x: i for i, x in enumerate(labels[m])} for m in order]
    cells = [tuple(of[f[m]] for of, m in zip(place, order, strict=True)) for f in facts
             if all(f[m] in of for of, m in zip(place, order, strict=True))]  # fmt: skip
    n = len(labels[0])
    a, b = ([unit.get(x, 0) for x in labels[m]] for unit, m in zip(units, order, strict=False))
    c = constants(cells, a, b, n)
    found = None if c is None else components(c)
    return None if found is None else 2 * n - found
