"""C8: tables that are the product of an algebra with unit, after changes of basis. [cited, ours]

One mode of T, of size n x n x n, is the product's: the two others multiply into it. Let L be the
slices of the first mode, summed with weights a, and R those of the second, summed with weights b.
If both matrices are invertible, c o d = (R^-1 c) (L^-1 d) is T after invertible maps of two modes,
so of the same rank, with the unit a b. By Albert, if any such product is associative, all are.
Then T is an algebra A, and Alder and Strassen's theorem says rank T >= 2 n - t, with t the number
of simple components of A / rad A over R.

t is the number of positive squares of the trace form s(x, y) = trace of z -> (x y) z on the
preimage of the centre of A / rad A. The radical is the kernel of s, so x lies in that preimage if
s(x y - y x, z) = 0 for all y and z. On a component with centre R or C the form is a positive
multiple of the trace of x y from there to R: of the squares +, or + and -.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from flint import fmpq_mat, fmpz, fmpz_mat, nmod_mat

from factrank.facts.database import MODES, Database, Fact
from factrank.rank.algebra.exact import PRIME
from factrank.rank.lower.bounds import LowerBound

DIMENSION = 36  # of the largest algebra that is looked at: the cost grows with its fifth power
TRIES = 60  # combinations of slices tried for small numbers
ROLES = ("V", "K", "Q")  # of the product: where two serve, both give one algebra or its opposite


class Isotope(NamedTuple):
    """T with the product in ``mode``; the weights that make slices of the two others invertible."""

    mode: str
    facts: tuple[Fact, ...]  # first factor, second factor, product
    weights: tuple[tuple[int, ...], tuple[int, ...]]


def algebra(database: Database) -> LowerBound | None:
    """C8: 2n - t for a table that is an algebra with unit after changes of basis. [cited, ours]

    None if it is none, or too large. Slices are expected to be distinct and in use.

    >>> pairs = [(i, j, k) for i in "12" for j in "12" for k in "12"]
    >>> db = Database.from_triples((f"A{i}{j}", f"B{j}{k}", f"C{i}{k}") for i, j, k in pairs)
    >>> algebra(db).value
    7
    """
    n = len(database.keys)
    if database.shape != (n, n, n) or not 2 <= n <= DIMENSION:
        return None
    found = _isotope(database, n)
    if found is None:
        return None
    left, right = _multiplications(found, n)
    if not _associative(left, right):
        return None
    value = 2 * n - _components(left, right, n)
    x, y = (m for m in MODES if m != found.mode)
    data = {
        "value": value,
        "mode": found.mode,
        "keys": list(database.keys),
        "queries": list(database.queries),
        "values": list(database.values),
        "units": [
            {label: w for label, w in zip(database.labels(m), weights, strict=True) if w}
            for m, weights in zip((x, y), found.weights, strict=True)
        ],
    }
    return LowerBound(value, "C8", data)


def _isotope(database: Database, n: int) -> Isotope | None:
    """The product's mode and small weights; None where a product modulo a prime is no algebra's.

    Two modes with invertible combinations fix the mode of the product. If all three have them, the
    algebra is a Frobenius algebra, and any mode does.
    """
    rng = random.Random(n)
    lines = {m: [rng.randrange(PRIME) for _ in range(n)] for m in MODES}
    whole = {m: _sum(database.facts, MODES.index(m), lines[m], n) for m in MODES}
    bad = [m for m in MODES if int(nmod_mat(whole[m], PRIME).det()) == 0]
    if len(bad) > 1:
        return None
    mode = bad[0] if bad else ROLES[0]
    x, y = (m for m in MODES if m != mode)
    axes = [MODES.index(m) for m in (x, y, mode)]
    facts = tuple((f[axes[0]], f[axes[1]], f[axes[2]]) for f in database.facts)
    if not _likely(facts, lines[x], lines[y], n, rng):
        return None
    small = [_weights(facts, axis, n, rng) for axis in (0, 1)]
    return Isotope(mode, facts, (small[0], small[1])) if small[0] and small[1] else None


def _sum(facts: Sequence[Fact], axis: int, weights: Sequence[int], n: int) -> fmpz_mat:
    """The slices of a mode, summed with weights; rows and columns are the other modes in order."""
    x, y = (m for m in range(3) if m != axis)
    cells = [0] * (n * n)
    for f in facts:
        cells[f[x] * n + f[y]] += weights[f[axis]]
    return fmpz_mat(n, n, cells)


def _likely(
    facts: Sequence[Fact], a: Sequence[int], b: Sequence[int], n: int, rng: random.Random
) -> bool:
    """Modulo a prime, do three vectors associate? Few tables that are no algebra come further."""
    left = nmod_mat(_sum(facts, 0, a, n), PRIME).inv()
    right = nmod_mat(_sum(facts, 1, b, n), PRIME).inv()

    def times(c: nmod_mat, d: nmod_mat) -> nmod_mat:
        x, y = ([int(r) for r in line.entries()] for line in (c * right, d * left))
        total = [0] * n
        for i, j, k in facts:
            total[k] += x[i] * y[j]
        return nmod_mat(1, n, [r % PRIME for r in total], PRIME)

    c, d, e = (nmod_mat(1, n, [rng.randrange(PRIME) for _ in range(n)], PRIME) for _ in range(3))
    same: bool = times(times(c, d), e) == times(c, times(d, e))
    return same


def _weights(
    facts: Sequence[Fact], axis: int, n: int, rng: random.Random
) -> tuple[int, ...] | None:
    """Whole numbers for which the sum of the slices is invertible, of a small determinant."""
    best: tuple[int, ...] | None = None
    least = fmpz(0)
    for weights in _tried(n, rng):
        found = abs(_sum(facts, axis, weights, n).det())
        if found and (best is None or found < least):
            best, least = weights, found
        if least == 1:
            break
    return best


def _tried(n: int, rng: random.Random) -> Iterator[tuple[int, ...]]:
    """Single slices, all of them, then sums of some, the last with larger weights."""
    for i in range(n):
        yield tuple(int(i == j) for j in range(n))
    yield (1,) * n
    for times in range(TRIES):
        share, most = 1 + times % 4, 1 + times * 9 // TRIES
        yield tuple(rng.randint(1, most) * (rng.randrange(4) < share) for _ in range(n))


def _multiplications(found: Isotope, n: int) -> tuple[list[fmpz_mat], list[fmpz_mat]]:
    """The maps x -> c o x for each c, and x -> x o d for each d, as matrices that act on rows x;
    all times one number that makes them whole."""
    first, second = (_sum(found.facts, axis, found.weights[axis], n) for axis in (0, 1))
    left, right = (fmpq_mat(matrix).inv().numer_denom()[0] for matrix in (first, second))
    cells = [0] * n**3
    for i, j, k in found.facts:
        cells[(i * n + j) * n + k] = 1
    lines = (right * fmpz_mat(n, n * n, cells)).tolist()
    by_left = [left * fmpz_mat(n, n, line) for line in lines]
    rows = [matrix.tolist() for matrix in by_left]
    return by_left, [fmpz_mat([line[d] for line in rows]) for d in range(n)]


def _associative(left: Sequence[fmpz_mat], right: Sequence[fmpz_mat]) -> bool:
    """(c x) d = c (x d) for all: multiplying from the left commutes with it from the right."""
    return all(c * d == d * c for c in left for d in right)


def _components(left: Sequence[fmpz_mat], right: Sequence[fmpz_mat], n: int) -> int:
    """The simple components of A / rad A over R."""
    products = _stacked(left)  # c d, a row for each pair
    traces = fmpz_mat(n, 1, [sum(matrix[i, i] for i in range(n)) for matrix in left])
    form = fmpz_mat(n, n, (products * traces).entries())
    lacking = (products - _stacked(right)) * form  # s(c d - d c, e)
    conditions = fmpz_mat(n, n * n, lacking.entries()).transpose()
    kernel, size = conditions.nullspace()
    centre = fmpz_mat(n, size, [kernel[i, j] for i in range(n) for j in range(size)])
    gram = centre.transpose() * form * centre
    # all roots of a symmetric matrix are real, so Descartes' rule counts the positive ones
    signs = [x > 0 for x in gram.charpoly().coeffs() if x]
    return sum(one != other for one, other in pairwise(signs))


def _stacked(matrices: Sequence[fmpz_mat]) -> fmpz_mat:
    """The matrices below one another."""
    n = len(matrices)
    return fmpz_mat(n * n, n, [x for matrix in matrices for x in matrix.entries()])
