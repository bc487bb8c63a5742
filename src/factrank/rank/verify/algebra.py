"""The checker's part for C8: the facts listed are an algebra, and a theorem is evaluated.

C8  (Alder and Strassen) T has n labels in each mode, and "mode" is the product's. The units are
    weights of the slices of the two others: their sums, L of the first and R of the second, must
    be invertible. Then c o d = (R^-1 c) (L^-1 d), in the product that T describes, is T after
    invertible maps, so of the same rank, and the product of the units is its unit. With row
    vectors, the first factor i acts on the second as A_i = L^-1 T_i, the second factor j on the
    first as B_j = R^-1 T_j. So o is associative if each A_i commutes with each B_j; the A_i are
    then linearly a copy of this algebra A, or of its opposite. It has rank at least 2n - t, with t
    the number of simple components of A / rad A over the real numbers.
    Let s(x, y) = tr(x y); its kernel is rad A. K, the x with s(x, y z - z y) = 0 for all y and z,
    is the preimage of the centre of A / rad A: since s(x y - y x, z) is the same number. On each
    component s is, up to a positive factor, the trace of x y from its centre, R or C, to R, which
    has the signs + or +-. So t is the number of positive roots of the characteristic polynomial of
    s on K; its roots are all real, and Descartes' rule of signs counts them.

The labels listed restrict the facts, and that never raises a rank. In P4 several algebras with
their product in one mode are one algebra, the direct product, in which n and t add. The tensor of
a group algebra has its product in any mode: g h = k is also g^-1 k = h and k h^-1 = g.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from flint import fmpq_mat, fmpz_mat

from factrank.facts import strict
from factrank.facts.database import MODES
from factrank.facts.strict import show, wrong
from factrank.rank.verify.work import FLINT, Work, product_steps

DIMENSION = 36  # of the largest algebra we check: the cost grows with its fifth power
WEIGHT = 1000  # weights of slices are smaller
Facts = Sequence[tuple[int, int, int]]
Index = Sequence[Mapping[str, int]]


def algebra(at: str, data: Any, facts: Facts, index: Index, work: Work) -> int:
    """Check a lower bound by C8; its value."""
    strict.fields(at, data, "theorem value mode keys queries values units")
    axis = MODES.index(strict.one_of(f"{at}.mode", data["mode"], MODES))
    order = [*(m for m in range(3) if m != axis), axis]
    places = _places(at, data, index)
    n = len(places[0])
    work.take(at, 3 * len(facts) + n**3)
    kept = [f for f in facts if all(i in of for i, of in zip(f, places, strict=True))]
    table = [[places[m][f[m]] for m in order] for f in kept]
    units = strict.items(f"{at}.units", data["units"], 2)
    acting = []
    for one, unit in enumerate(units):
        there = f"{at}.units[{one}]"
        weights = _weights(there, unit, index[order[one]], places[order[one]])
        cells = [(f[one], f[1 - one], f[2]) for f in table]
        acting.append(_acting(there, weights, _slices(cells, n), work))
    _commute(at, acting, work)
    value = 2 * n - _components(at, acting[0], work)
    strict.same(f"{at}.value", data["value"], value)
    return value


def _places(at: str, data: Any, index: Index) -> list[dict[int, int]]:
    """For each mode, the place of each label listed: as many in each mode, and not too many."""
    names, places = ("keys", "queries", "values"), []
    for name, of in zip(names, index, strict=True):
        strict.positions(f"{at}.{name}", data[name], of)
        strict.items(f"{at}.{name}", data[name], len(data["keys"]))
        places.append({of[label]: n for n, label in enumerate(data[name])})
    if not 1 <= len(places[0]) <= DIMENSION:
        wrong(f"{at}.keys", f"1 to {DIMENSION} labels", str(len(places[0])))
    return places


def _weights(
    at: str, data: Any, index: Mapping[str, int], places: Mapping[int, int]
) -> dict[int, int]:
    found = {}
    for i, weight in strict.vector(at, data, index):
        if i not in places:
            wrong(at, "labels of the table", "another one")
        if not isinstance(weight, int) or abs(weight) >= WEIGHT:
            wrong(at, f"whole numbers below {WEIGHT}", show(weight))
        found[places[i]] = weight
    return found


def _slices(cells: Iterable[tuple[int, int, int]], n: int) -> list[fmpz_mat]:
    slices = [fmpz_mat(n, n) for _ in range(n)]
    for i, j, k in cells:
        slices[i][j, k] = 1
    return slices


def _acting(
    at: str, weights: Mapping[int, int], slices: Sequence[fmpz_mat], work: Work
) -> list[fmpz_mat]:
    """The slices after the inverse of their weighted sum, all times one whole number."""
    n = len(slices)
    work.take(at, n**3)
    whole = fmpz_mat(n, n)
    for i, weight in weights.items():
        whole += weight * slices[i]
    if whole.det() == 0:
        wrong(at, "weights of slices whose sum is invertible", "a determinant of 0")
    back, _ = fmpq_mat(whole).inv().numer_denom()
    work.take(at, _products(n**4, _bits([back])))
    return [back * one for one in slices]


def _commute(at: str, acting: Sequence[Sequence[fmpz_mat]], work: Work) -> None:
    first, second = acting
    n = len(first)
    work.take(at, _products(2 * n**5, max(_bits(first), _bits(second))))
    for i, x in enumerate(first):
        for j, y in enumerate(second):
            if x * y != y * x:
                wrong(at, "an associative product", f"none at {i}, {j}")


def _components(at: str, algebra: Sequence[fmpz_mat], work: Work) -> int:
    """How many simple components the real algebra that these matrices span has, less its
    radical."""
    n, bits = len(algebra), _bits(algebra)
    long = 1 + n * (3 * bits + 14) // 64  # of a minor of the conditions below
    work.take(at, _products(4 * n**5, bits) + n**4 * product_steps(long, long))
    work.keep(at, n**4, 1 + bits // 32, now=True)
    flat = fmpz_mat(n, n * n, [x for one in algebra for x in one.transpose().entries()])
    flat = flat.transpose()
    lines = [x for one in algebra for x in one.entries()]
    form = fmpz_mat(n, n * n, lines) * flat
    lacking = [x * y - y * x for i, x in enumerate(algebra) for y in algebra[:i]]
    conditions = fmpz_mat(len(lacking), n * n, [x for one in lacking for x in one.entries()]) * flat
    kernel, size = conditions.nullspace() if lacking else (fmpz_mat([[1]]), 1)
    centre = fmpz_mat(n, size, [kernel[i, j] for i in range(n) for j in range(size)])
    gram = centre.transpose() * form * centre
    long = 1 + size * _bits([gram]) // 64
    work.take(at, size**4 * product_steps(long, long))
    signs = [x > 0 for x in gram.charpoly().coeffs() if x]
    return sum(one != other for one, other in pairwise(signs))


def _bits(matrices: Iterable[fmpz_mat]) -> int:
    """Of the longest number in these matrices."""
    return max(abs(x).bit_length() for one in matrices for x in one.entries())


def _products(number: int, bits: int) -> int:
    """Steps for so many products of numbers of so many bits."""
    long = 1 + bits // 30  # within a machine word if both are short
    return number * long**2 * 10 // FLINT
