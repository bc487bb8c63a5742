"""Rational decompositions for C6 and C7: multiply polynomials by their values at points."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from math import gcd, lcm, prod

from flint import fmpq, fmpq_poly, fmpz_poly

from factrank.rank.algebra.pencil_terms import points, vanishing
from factrank.rank.algebra.terms import Number, Term, exact
from factrank.rank.closed.tables import Group, Sums


def sum_terms(found: Sums) -> tuple[Term, ...]:
    """C6: m + n - 1 terms. Two polynomials are multiplied at m + n - 1 points. [cited]

    The tensor k + q is that of multiplying x^k by x^q. Values at points multiply one by one, and
    the coefficients of the product are read back from them; infinity is the last point.
    """
    a, b, c = (dict(enumerate(order)) for order in (found.keys, found.queries, found.values))
    m, n, s = len(a), len(b), len(c)
    terms = []
    for at_key, at_query, back in _multiply(m, n):
        vectors = zip((a, b, c), (at_key, at_query, back[:s]), strict=True)
        terms.append(Term(*(_vector(names, line) for names, line in vectors)))
    return tuple(terms)


def _multiply(m: int, n: int) -> Iterator[tuple[list[fmpq], list[fmpq], list[fmpq]]]:
    """(values of x^i, values of x^j, the polynomial that is 1 there and 0 at the others)."""
    at, size = points(m + n - 2), m + n - 1
    whole = vanishing(at)
    for p in at:
        line = whole / fmpq_poly([-p, 1]) if len(at) > 1 else fmpq_poly([1])
        line = line / line(p)
        yield [p**i for i in range(m)], [p**j for j in range(n)], [line[v] for v in range(size)]
    yield (
        [fmpq(int(i == m - 1)) for i in range(m)],
        [fmpq(int(j == n - 1)) for j in range(n)],
        [whole[v] for v in range(size)],
    )


# ---- C7 ---------------------------------------------------------------------------------------


def group_terms(found: Group) -> tuple[Term, ...]:
    """C7: 2n - (number of cyclic subgroups) terms for an abelian group, rational. [ours]

    The rational group algebra is a sum of fields Q(zeta_d), one for each set of characters that
    share their kernel. In each, multiply polynomials in zeta at 2 phi(d) - 1 points; the trace of
    z zeta^-chi(v), divided by n, reads the coefficient of v.
    """
    n, terms = len(found.table), []
    for order, exponents in _fields(found.table):
        reduce = fmpz_poly.cyclotomic(order)
        degree = reduce.degree()
        powers = [fmpz_poly([0] * e + [1]) % reduce for e in range(order)]
        for at, _, back in _multiply(degree, degree):
            value = [sum((p[i] * at[i] for i in range(degree)), fmpq(0)) for p in powers]
            line = [value[e] for e in exponents]
            trace = [
                sum((r * _trace(order, j - e) for j, r in enumerate(back)), fmpq(0)) / n
                for e in range(order)
            ]
            read = [trace[e] for e in exponents]
            names = (dict(enumerate(o)) for o in (found.keys, found.queries, found.values))
            vectors = zip(names, (line, line, read), strict=True)
            terms.append(Term(*(_vector(name, entries) for name, entries in vectors)))
    return tuple(terms)


def _fields(table: Sequence[Sequence[int]]) -> Iterator[tuple[int, list[int]]]:
    """(d, exponents): one character g -> zeta_d^exponents[g] of each Galois orbit."""
    orders, places = coordinates(table)
    whole = lcm(*orders)
    units = [u for u in range(1, whole + 1) if gcd(u, whole) == 1]
    seen: set[tuple[int, ...]] = set()
    for chosen in product(*map(range, orders)):
        if chosen in seen:
            continue
        seen |= {tuple(u * c % d for c, d in zip(chosen, orders, strict=True)) for u in units}
        steps = [c * (whole // d) for c, d in zip(chosen, orders, strict=True)]
        step = gcd(whole, *steps)
        yield (
            whole // step,
            [
                sum(s * x for s, x in zip(steps, place, strict=True)) // step % (whole // step)
                for place in places
            ],
        )


def coordinates(
    table: Sequence[Sequence[int]],
) -> tuple[tuple[int, ...], list[tuple[int, ...]]]:
    """An abelian group as Z_d1 x Z_d2 x ...: the d, and the coordinates of each element. [cited]

    An element of the largest order that meets what is generated so far only in the unit splits
    off, again and again.

    >>> coordinates([[0, 1], [1, 0]])
    ((2,), [(0,), (1,)])
    """
    inside: dict[int, tuple[int, ...]] = {0: ()}
    orders: list[int] = []
    while len(inside) < len(table):
        powers = max((_powers(table, g, inside) for g in range(len(table))), key=len)
        orders.append(len(powers))
        inside = {
            table[h][x]: (*place, i) for h, place in inside.items() for i, x in enumerate(powers)
        }
    return tuple(orders) or (1,), [inside[g] or (0,) for g in range(len(table))]


def _powers(table: Sequence[Sequence[int]], g: int, inside: Iterable[int]) -> list[int]:
    """1, g, g^2, ...; only the unit if another power lies inside."""
    powers, x = [0], g
    while x:
        powers.append(x)
        x = table[x][g]
    return powers if set(powers) & set(inside) == {0} else [0]


def _trace(order: int, power: int) -> int:
    """The trace of zeta^power from Q(zeta_order) to Q: Ramanujan's sum."""
    common = gcd(order, power)
    return sum(d * _moebius(order // d) for d in range(1, common + 1) if common % d == 0)


def _moebius(n: int) -> int:
    primes = [p for p in range(2, n + 1) if n % p == 0 and all(p % d for d in range(2, p))]
    return (-1) ** len(primes) if prod(primes) == n else 0


def _vector(names: dict[int, int], line: Sequence[fmpq]) -> dict[int, Number]:
    return {names[n]: exact(fmpq(x)) for n, x in enumerate(line) if x != 0}
