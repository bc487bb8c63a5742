"""The blocks of a pencil in terms, and whether polynomials split into distinct linear factors."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import prod

from flint import fmpq, fmpq_mat, fmpq_poly

from factrank.rank.algebra.kronecker import Kronecker, Polynomial

Outer = tuple[list[fmpq], tuple[fmpq, fmpq], list[fmpq]]  # over rows, the two slices, columns

# ---- polynomials ------------------------------------------------------------------------------


def polynomial(f: Polynomial) -> fmpq_poly:
    """The monic polynomial with these lower coefficients."""
    return fmpq_poly([*(fmpq(Fraction(x).numerator, Fraction(x).denominator) for x in f), 1])


def splits_real(f: Polynomial) -> bool:
    """Does f split into distinct linear factors over R?

    >>> splits_real((Fraction(-2), Fraction(0))), splits_real((Fraction(1), Fraction(0)))
    (True, False)
    """
    whole = polynomial(f)
    return real_roots(whole) == whole.degree()


def real_roots(f: fmpq_poly) -> int | None:
    """The number of real roots, if no root of f is double.

    >>> real_roots(fmpq_poly([-1, -1, 0, 1])), real_roots(fmpq_poly([0, 0, 1]))
    (1, None)
    """
    if f.gcd(f.derivative()).degree():
        return None
    # flint gives a real root a zero imaginary part, exactly
    return sum(root.imag == 0 for root, _ in f.numer().complex_roots())  # type: ignore[misc, has-type]  # pairs, not acb


def roots(f: Polynomial) -> list[fmpq] | None:
    """The rational roots, if f splits into distinct linear factors over Q; else None."""
    _, factors = polynomial(f).numer().factor()
    if any(g.degree() > 1 or power > 1 for g, power in factors):
        return None
    return [fmpq(-int(g[0]), int(g[1])) for g, _ in factors]


# ---- terms of the blocks ----------------------------------------------------------------------


def block_terms(form: Kronecker) -> list[Outer]:
    """The two slices of the form as a sum of rows x slices x columns, block by block. [ours]"""
    height, width = form.rows.nrows(), form.columns.nrows()
    top = left = 0
    found: list[Outer] = []

    def put(rows: Sequence[fmpq], pair: tuple[fmpq, fmpq], columns: Sequence[fmpq]) -> None:
        down, across = [fmpq(0)] * height, [fmpq(0)] * width
        down[top : top + len(rows)] = rows
        across[left : left + len(columns)] = columns
        found.append((down, pair, across))

    for e in form.wide:
        for short, pair, long in _strip(e):
            put(short, pair, long)
        top, left = top + e, left + e + 1
    for h in form.tall:
        for short, pair, long in _strip(h):
            put(long, pair, short)
        top, left = top + h + 1, left + h
    for f in form.companion:
        for down, pair, across in _companion(f):
            put(down, pair, across)
        top, left = top + len(f), left + len(f)
    return found


def points(count: int) -> list[fmpq]:
    """0, 1, -1, 2, -2, ...: where polynomials are interpolated.

    >>> [int(p) for p in points(4)]
    [0, 1, -1, 2]
    """
    return [fmpq((n + 1) // 2 * (1 if n % 2 else -1)) for n in range(count)]


def vanishing(at: Sequence[fmpq]) -> fmpq_poly:
    """The monic polynomial with these roots."""
    return prod((fmpq_poly([-p, 1]) for p in at), start=fmpq_poly([1]))


def _strip(e: int) -> list[Outer]:
    """A wide block in e + 1 terms: both slices are Hankel, so powers of points build them."""
    at = points(e + 1)
    dual = fmpq_mat(e + 1, e + 1, [p**i for i in range(e + 1) for p in at]).inv()
    return [
        ([p**i for i in range(e)], (fmpq(1), p), [dual[j, i] for i in range(e + 1)])
        for j, p in enumerate(at)
    ]


def _companion(f: Polynomial) -> list[Outer]:
    """(I, C_f) in deg f terms if f has distinct rational roots, else in one more."""
    d, found = len(f), roots(f)
    at = points(d) if found is None else found
    powers = fmpq_mat(d, d, [p**i for p in at for i in range(d)])  # rows (1, p, p^2, ...)
    back = powers.inv()
    terms = [
        ([back[i, j] for i in range(d)], (fmpq(1), p), [powers[j, i] for i in range(d)])
        for j, p in enumerate(at)
    ]
    if found is None:
        product, whole = vanishing(at), polynomial(f)
        last = [product[i] - whole[i] for i in range(d)]
        terms.append((last, (fmpq(0), fmpq(1)), [fmpq(int(i == d - 1)) for i in range(d)]))
    return terms
