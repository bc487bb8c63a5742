"""Upper bound U7 with square roots: terms of a fit that come in pairs, conjugate to each other.

A fit may settle at numbers that are no fractions: the rank over R can be less than over Q. Often
they are x + y s and x - y s, with s the root of a whole number, in two terms. The sum of these two
has no root left, so that all is checked in fractions. [ours]
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

from factrank.facts.database import Database
from factrank.rank.algebra.terms import Number, Pair, Term, sums_to, term_of
from factrank.rank.upper.fit import dense, fit, split
from factrank.rank.upper.rounding import HELD, settled, solved

if TYPE_CHECKING:
    import numpy as np

NEAR, DENOMINATOR = 1e-8, 400  # an entry must lie this near to such a fraction
ENTRY = 0.05  # of the largest: the entry that both vectors of a pair are divided by
SQUARE = 10_000  # the denominator of the square of an entry
ROOT = 2_000  # the largest number under a root

Line = list[Fraction]


class Rooted(NamedTuple):
    """A sum with roots that is D exactly: ``terms``, and ``pairs`` that count twice."""

    terms: tuple[Term, ...]
    pairs: tuple[Pair, ...]


def with_roots(
    database: Database, rank: int, seed: int = 0, stop: Callable[[], bool] = lambda: False
) -> Rooted | None:
    """U7 with roots: a sum of ``rank`` real terms that is D exactly, if one fit leads to it. [ours]

    As in ``rounded`` a fit is pinned; what cannot move and is no fraction stays as it is, and is
    read as a pair. Finds nothing where numpy is missing.

    >>> from factrank.facts.families import modular_addition
    >>> found = with_roots(modular_addition(5), 7)
    >>> found is None or len(found.terms) + 2 * len(found.pairs) == 7
    True
    """
    try:
        T = dense(database)
    except ImportError:
        return None
    factors, residual = fit(T, rank, seed)
    if residual > HELD:
        return None
    for third in sorted(range(3), key=lambda mode: -T.shape[mode]):
        x = settled(T, factors, third, stop, roots=True)
        found = conjugate(database, split(x, T.shape), third) if x is not None else None
        if found:
            return found
    return None


def conjugate(database: Database, factors: Sequence[np.ndarray], third: int) -> Rooted | None:
    """The terms with these vectors in the modes other than ``third``, as rationals and pairs.

    ``factors``: A (K, R), B (Q, R), C (V, R), settled up to 1e-9; those of ``third`` are solved for
    exactly. None if some term is neither rational nor one of a pair, or nothing sums to D.

    >>> import numpy as np
    >>> golden = Database.from_triples([("a", "r", "x"), ("a", "s", "y"), ("b", "r", "y"),
    ...                                 ("b", "s", "x"), ("b", "s", "y")])
    >>> A = np.array([[1, 1], [(1 + 5**0.5) / 2, (1 - 5**0.5) / 2]])
    >>> found = conjugate(golden, [A, A, A], 2)
    >>> len(found.terms), [pair.root for pair in found.pairs]
    (0, [5])
    """
    fixed = [factor for mode, factor in enumerate(factors) if mode != third]
    rational: list[list[Line]] = []
    left: list[int] = []
    for r in range(fixed[0].shape[1]):
        a, b = (_line(factor[:, r]) for factor in fixed)
        if a is None or b is None:
            left.append(r)
        else:
            rational.append([a, b])
    pairs: list[tuple[int, Any]] = []
    while left:
        first = left.pop(0)
        for second in left:
            if found := _pair([(f[:, first], f[:, second]) for f in fixed]):
                pairs.append(found)
                left.remove(second)
                break
        else:
            return None
    return _solved(database, rational, pairs, third) if pairs else None


def _line(values: Any) -> Line | None:
    """The fractions that these numbers are, or None."""
    found = [Fraction(float(x)).limit_denominator(DENOMINATOR) for x in values]
    near = all(abs(float(f) - x) < NEAR for f, x in zip(found, values, strict=True))
    return found if near else None


def _pair(columns: Sequence[tuple[np.ndarray, np.ndarray]]) -> tuple[int, Any] | None:
    """The number under the root, and for both modes the plain and the rooted part."""
    root, parts = 0, []
    for one, other in columns:
        size = abs(one) / abs(one).max(), abs(other) / abs(other).max()
        smaller = [min(x, y) for x, y in zip(*size, strict=True)]
        place = smaller.index(max(smaller))
        if smaller[place] < ENTRY:
            return None
        one, other = one / one[place], other / other[place]
        plain, half = _line((one + other) / 2), (one - other) / 2
        root = root or _root(max(half, key=abs))
        rooted = _line(half / root**0.5) if root else None
        if plain is None or rooted is None or not any(rooted):
            return None
        parts.append((plain, rooted))
    return root, parts


def _root(half: float) -> int:
    """The whole number without square factors whose root is a rational multiple of this; or 0."""
    square = Fraction(float(half) ** 2).limit_denominator(SQUARE)
    whole = square.numerator * square.denominator
    if not whole or abs(float(square) - half**2) > NEAR:
        return 0
    n = 2
    while n * n <= whole:
        if whole % (n * n):
            n += 1
        else:
            whole //= n * n
    return whole if 1 < whole <= ROOT else 0


def _solved(
    database: Database,
    rational: Sequence[Sequence[Line]],
    pairs: Sequence[tuple[int, Any]],
    third: int,
) -> Rooted | None:
    """The third mode by an exact linear system; a pair stands for two unknown vectors."""
    columns = [_outer((1, a, b)) for a, b in rational]
    for root, ((a, x), (b, y)) in pairs:
        columns.append(_outer((2, a, b), (2 * root, x, y)))
        columns.append(_outer((2 * root, a, y), (2 * root, x, b)))
    found = solved(database, columns, third)
    if found is None:
        return None

    def term(a: Line, b: Line, c: dict[int, Number]) -> Term:
        return term_of(third, c, *({i: x for i, x in enumerate(line) if x} for line in (a, b)))

    terms = tuple(term(a, b, z) for (a, b), z in zip(rational, found, strict=False))
    rest = iter(found[len(rational) :])
    both = tuple(
        Pair(root, term(a, b, plain), term(x, y, rooted))
        for (root, ((a, x), (b, y))), plain, rooted in zip(pairs, rest, rest, strict=True)
    )
    if not all(map(all, (*terms, *(half for pair in both for half in pair[1:])))):
        return None
    summed = [*terms, *(x for pair in both for x in pair.terms())]
    return Rooted(terms, both) if sums_to(summed, database) else None


def _outer(*products: tuple[int, Line, Line]) -> list[Fraction]:
    """The sum of these multiples of outer products, row by row."""
    _, rows, columns = products[0]
    cells = product(range(len(rows)), range(len(columns)))
    return [sum((n * a[i] * b[j] for n, a, b in products), Fraction(0)) for i, j in cells]
