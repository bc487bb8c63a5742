"""Tables of products, made by rule: of matrices, of polynomials, of the elements of a group."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import permutations, product
from math import prod
from typing import Any

from factrank.errors import FactrankError
from factrank.facts.database import Database

MOST_SIZE = 4  # of a side of a matrix: 64 products
MOST_COEFFICIENTS = 2000  # of a polynomial: a table of 2000 x 2000 facts still fits in memory
MOST_ELEMENTS = 16  # of a group
GROUPS = "cyclic-N, cyclic-MxN, klein, cube, s3, a4, dN, quaternion, dicyclic-N"
_PARTS = re.compile(r"(cyclic-|dicyclic-|d)([1-9][0-9]{0,8}(?:x[1-9][0-9]{0,8})*)")
Times = Callable[[Any, Any], Any]


def matrix_product(m: int, n: int, p: int) -> Database:
    """The products in C = A B of an m x n and an n x p matrix: A_ij times B_jk adds to C_ik. [ours]

    Shape (m n, n p, m p), m n p facts; each size is from 1 to 4. Errors: ``FactrankError`` for
    another size.

    >>> list(matrix_product(1, 2, 1).triples())
    [('A11', 'B11', 'C11'), ('A12', 'B21', 'C11')]
    """
    for size in (m, n, p):
        if not 1 <= size <= MOST_SIZE:
            raise FactrankError(f"matrices: expected sizes from 1 to {MOST_SIZE}, found {size}")
    return Database.from_triples(
        (f"A{i}{j}", f"B{j}{k}", f"C{i}{k}")
        for i in range(1, m + 1)
        for j in range(1, n + 1)
        for k in range(1, p + 1)
    )


def polynomial_product(m: int, n: int) -> Database:
    """The products in c = a b, of polynomials with m and n coefficients: a_i b_j adds to c_(i+j).
    [ours]

    Shape (m, n, m + n - 1), m n facts. Errors: ``FactrankError`` for less than 1 coefficient or
    more than 2000.

    >>> list(polynomial_product(2, 1).triples())
    [('a0', 'b0', 'c0'), ('a1', 'b0', 'c1')]
    """
    for size in (m, n):
        if not 1 <= size <= MOST_COEFFICIENTS:
            raise FactrankError(
                f"polynomials: expected from 1 to {MOST_COEFFICIENTS} coefficients, found {size}"
            )
    facts = tuple((i, j, i + j) for i in range(m) for j in range(n))
    keys, queries, values = (
        tuple(f"{letter}{i}" for i in range(size))
        for letter, size in (("a", m), ("b", n), ("c", m + n - 1))
    )
    return Database(keys, queries, values, facts)


def group_product(name: str) -> Database:
    """The table of a group of at most 16 elements: g, times h, is g h. [ours]

    ``cyclic-12``; products of such, ``cyclic-2x4``, with ``klein`` and ``cube`` for 2x2 and 2x2x2;
    the orders of three things ``s3``, and the even ones of four, ``a4``; the symmetries of a
    polygon, ``d3`` to ``d8``; ``quaternion``, and the dicyclic groups ``dicyclic-2`` to
    ``dicyclic-4``. Errors: ``FactrankError`` for another name, or for more than 16 elements.

    >>> [fact for fact in group_product("quaternion").triples() if fact[1] == "times j"][:2]
    [('1', 'times j', 'j'), ('i', 'times j', 'k')]
    """
    elements, times, names = _group(name)
    named = dict(zip(elements, names, strict=True))
    return Database.from_triples(
        (named[g], f"times {named[h]}", named[times(g, h)]) for g in elements for h in elements
    )


def _group(name: str) -> tuple[Sequence[Any], Times, Sequence[str]]:
    """The elements of a group, their product and their names."""
    found = _PARTS.fullmatch({"klein": "cyclic-2x2", "cube": "cyclic-2x2x2"}.get(name, name))
    if name in ("s3", "a4"):
        return _orders(int(name[1]), even=name == "a4")
    if name == "quaternion":
        elements, times, _ = _turns(4, 2)
        return elements, times, ("1", "i", "-1", "-i", "j", "k", "-j", "-k")
    sizes = [int(size) for size in found[2].split("x")] if found else []
    if found is None or (len(sizes) > 1 and found[1] != "cyclic-"):
        raise FactrankError(f"group: expected one of {GROUPS}, found {name!r}")
    many = prod(sizes) * {"cyclic-": 1, "d": 2, "dicyclic-": 4}[found[1]]
    if many > MOST_ELEMENTS:
        raise FactrankError(
            f"group {name}: expected at most {MOST_ELEMENTS} elements, found {many}"
        )
    if found[1] == "cyclic-":
        return _cycles(sizes)
    return _turns(sizes[0], 0) if found[1] == "d" else _turns(2 * sizes[0], sizes[0])


def _cycles(sizes: Sequence[int]) -> tuple[Sequence[Any], Times, Sequence[str]]:
    elements = list(product(*map(range, sizes)))

    def times(g: Any, h: Any) -> Any:
        return tuple((x + y) % n for x, y, n in zip(g, h, sizes, strict=True))

    return elements, times, [".".join(map(str, g)) for g in elements]


def _turns(n: int, square: int) -> tuple[Sequence[Any], Times, Sequence[str]]:
    """r^i s^f with r^n = 1, s r = r^-1 s and s^2 = r^square: i below n, f below 2."""
    elements = [(i, f) for f in (0, 1) for i in range(n)]

    def times(g: Any, h: Any) -> Any:
        (i, f), (j, e) = g, h
        return ((i - j if f else i + j) + square * (f and e)) % n, f ^ e

    turns = ["", "r", *(f"r{i}" for i in range(2, n))]
    return elements, times, [(turns[i] + "s" * f) or "1" for i, f in elements]


def _orders(n: int, *, even: bool) -> tuple[Sequence[Any], Times, Sequence[str]]:
    """The orders of n things, or the even ones; the right factor is applied first."""
    elements = [
        g
        for g in permutations(range(n))
        if not even or sum(g[i] > g[j] for j in range(n) for i in range(j)) % 2 == 0
    ]

    def times(g: Any, h: Any) -> Any:
        return tuple(g[x] for x in h)

    return elements, times, ["".join(str(x + 1) for x in g) for g in elements]
