"""Simple tensors and their sums, in exact arithmetic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from flint import fmpq

from factrank.facts.database import MODES, Database

Number = int | Fraction
Vector = Mapping[int, Number]
NAMES = ("keys", "queries", "values")  # of a term's vectors in a certificate


class Term(NamedTuple):
    """One simple tensor a (x) b (x) c, kept by its nonzero entries.

    ``a`` over keys, ``b`` over queries, ``c`` over values: dicts from index to int or Fraction;
    the tensor's entry at (k, q, v) is ``a[k] * b[q] * c[v]``.

    >>> Term({0: 1, 1: 1}, {0: 1}, {0: 1, 1: -1})
    Term(a={0: 1, 1: 1}, b={0: 1}, c={0: 1, 1: -1})
    """

    a: Vector
    b: Vector
    c: Vector


def term_of(axis: int, vector: Vector, first: Vector, second: Vector) -> Term:
    """The term with this vector in one mode; the two others have theirs in order.

    >>> term_of(1, {0: 1}, {2: 1}, {3: 1})
    Term(a={2: 1}, b={0: 1}, c={3: 1})
    """
    vectors = [first, second]
    vectors.insert(axis, vector)
    return Term(*vectors)


class Pair(NamedTuple):
    """Two real terms with roots that sum to a rational tensor of rank four or less over Q.

    With s the square root of ``root``: (a + a' s) (x) (b + b' s) (x) (c + c' s), and the same with
    -s for s, where ``plain`` is a, b, c and ``rooted`` is a', b', c'.
    """

    root: int
    plain: Term
    rooted: Term

    def terms(self) -> tuple[Term, ...]:
        """Four rational terms with the same sum: 2 abc + 2 root (ab'c' + a'bc' + a'b'c).

        >>> golden = Pair(5, Term({0: 1}, {0: 1}, {0: 1}), Term({1: 1}, {1: 1}, {1: 1}))
        >>> expand(golden.terms())
        {(0, 0, 0): 2, (0, 1, 1): 10, (1, 0, 1): 10, (1, 1, 0): 10}
        """
        (a, b, c), (x, y, z) = self.plain, self.rooted
        parts = ((2, a, b, c), (2 * self.root, a, y, z), (2 * self.root, x, b, z),
                 (2 * self.root, x, y, c))  # fmt: skip
        return tuple(Term({i: times * n for i, n in f.items()}, g, h) for times, f, g, h in parts)


def expand(terms: Iterable[Term]) -> dict[tuple[int, int, int], Number]:
    """The nonzero entries of a sum of simple tensors, by (k, q, v).

    >>> expand([Term({0: 1}, {0: 1}, {0: 1}), Term({0: 1}, {0: 1}, {0: -1, 1: 1})])
    {(0, 0, 1): 1}
    """
    total: dict[tuple[int, int, int], Number] = {}
    for a, b, c in terms:
        for k, x in a.items():
            for q, y in b.items():
                xy = x * y
                for v, z in c.items():
                    total[k, q, v] = total.get((k, q, v), 0) + xy * z
    return {cell: x for cell, x in total.items() if x}


def exact(x: fmpq | Fraction) -> Number:
    """A fraction, flint's or Python's, as a number of Python's: whole where it can be.

    >>> exact(fmpq(4, 2)), exact(fmpq(1, 2))
    (2, Fraction(1, 2))
    """
    p, q = int(x.numerator), int(x.denominator)
    return p if q == 1 else Fraction(p, q)


def written(x: Number) -> int | str:
    """The number as a certificate writes it: a whole number, or ``"p/q"`` in lowest terms.

    >>> written(2), written(Fraction(-1, 2))
    (2, '-1/2')
    """
    found = exact(Fraction(x))
    return found if isinstance(found, int) else f"{found.numerator}/{found.denominator}"


def term_document(database: Database, term: Term) -> dict[str, dict[str, int | str]]:
    """A term as a certificate holds it: an object of labels and numbers for each mode."""
    vectors = zip(NAMES, MODES, term, strict=True)
    return {
        name: {database.labels(mode)[i]: written(x) for i, x in vector.items() if x}
        for name, mode, vector in vectors
    }


def sums_to(terms: Iterable[Term], database: Database) -> bool:
    """True if the terms sum to D exactly: 1 on every fact, 0 everywhere else.

    >>> db = Database.from_triples([("a", "r", "x")])
    >>> sums_to([Term({0: 1}, {0: 1}, {0: 1})], db), sums_to([], db)
    (True, False)
    """
    return expand(terms) == dict.fromkeys(database.facts, 1)


def carry(terms: Sequence[Term], part: Database, whole: Database) -> tuple[Term, ...]:
    """The same terms, renumbered from a part of a database to the whole, by label."""
    moves = []
    for mode in MODES:
        index = {label: i for i, label in enumerate(whole.labels(mode))}
        moves.append([index[label] for label in part.labels(mode)])
    return tuple(
        Term(*({move[i]: x for i, x in vec.items()} for move, vec in zip(moves, term, strict=True)))
        for term in terms
    )
