"""A simple tensor as a sentence: what it states, and what it takes back."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import product
from math import gcd, lcm

from factrank.facts.database import MODES, Database
from factrank.facts.words import CHARACTERS, LABELS, PLURAL, counted, label_text
from factrank.rank.algebra.terms import Number, Term, Vector

PLAIN = re.compile(r"[\w.'/&+-]+(?: [\w.'/&+-]+)*")  # reads well between commas and colons
BOXES = 4  # more pieces of a sentence than this nobody reads


def statement(database: Database, term: Term) -> str:
    """What a term says, in labels: where its entries are positive it states, else it takes back.

    Entries of several sizes, or signs in all three modes, are only counted: the formula has them.

    >>> db = Database.from_triples([("Ann", "was", "y"), ("Bob", "is", "z")])
    >>> print(statement(db, Term({0: 1, 1: 1}, {0: 1}, {0: 1})))
    Ann and Bob, was: y
    >>> print(statement(db, Term({0: 1}, {0: 1, 1: 1}, {0: 1, 1: -1})))
    Ann, was and is: y; take back z
    >>> print(statement(db, Term({0: 1}, {0: 1, 1: 2}, {0: 1})))
    weights on 1 key, 2 queries and 1 value
    """
    term = tidied(term)
    boxes = [tuple(signs) for signs in product(*map(_signs, term))]
    sizes = [{abs(Fraction(x)) for x in vector.values()} for vector in term]
    if not 0 < len(boxes) <= BOXES or any(len(size) > 1 for size in sizes):
        return _counted(term)
    parts = [_parts(database.labels(mode), vec) for mode, vec in zip(MODES, term, strict=True)]
    each = sizes[0].pop() * sizes[1].pop() * sizes[2].pop()
    return _sentence(parts, boxes) + ("" if each == 1 else f" (each {each})")


def _sentence(parts: list[dict[bool, str]], boxes: list[tuple[bool, ...]]) -> str:
    """The boxes of one sign each: a cell is negative if an even number of its factors is not."""
    words = {box: [part[sign] for part, sign in zip(parts, box, strict=True)] for box in boxes}
    told = ["{}, {}: {}".format(*words[box]) for box in boxes if sum(box) % 2]
    taken = [words[box] for box in boxes if not sum(box) % 2]
    if len(boxes) == 2:
        axis = next(n for n in range(3) if boxes[0][n] != boxes[1][n])
        what = "take back" if axis == 2 else "take it back for"
        return f"{told[0]}; {what} {taken[0][axis]}"
    return "; ".join(told + ["take back {}, {}: {}".format(*box) for box in taken])


def _signs(vector: Vector) -> list[bool]:
    return sorted({x > 0 for x in vector.values()}, reverse=True)


def _counted(term: Term) -> str:
    names = zip(term, ("key", "query", "value"), PLURAL.values(), strict=True)
    keys, queries, values = (counted(len(vector), one, many) for vector, one, many in names)
    some = ", some of them negative" if any(x < 0 for vec in term for x in vec.values()) else ""
    return f"weights on {keys}, {queries} and {values}{some}"


def _parts(labels: tuple[str, ...], vector: Vector) -> dict[bool, str]:
    """The labels with a positive entry (True) and those with a negative one, if there are any."""
    found = {}
    for sign in (True, False):
        names = [_name(labels[i]) for i, x in sorted(vector.items()) if (x > 0) is sign]
        if len(names) > LABELS:
            names = [*names[: LABELS - 1], f"{len(names) - LABELS + 1} more"]
        if names:
            found[sign] = " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
    return found


def _name(label: str) -> str:
    plain = len(label) <= CHARACTERS and PLAIN.fullmatch(label) and "and" not in label.split(" ")
    return label if plain else label_text(label)


def tidied(term: Term) -> Term:
    """The same tensor, the entries of keys and queries whole and coprime, few signs.

    >>> tidied(Term({0: -2, 1: -2}, {0: Fraction(1, 2)}, {0: -1}))
    Term(a={0: 1, 1: 1}, b={0: 1}, c={0: 1})
    """
    (a, s), (b, t) = _coprime(term.a), _coprime(term.b)
    scaled = {v: _whole(Fraction(z) * s * t) for v, z in sorted(term.c.items()) if z}
    return min(
        (Term(_times(a, i), _times(b, j), _times(scaled, i * j)) for i in (1, -1) for j in (1, -1)),
        key=lambda found: sum(x < 0 for vector in found for x in vector.values()),
    )


def _coprime(vector: Vector) -> tuple[dict[int, Number], Fraction]:
    """The vector over its greatest common divisor, and the divisor."""
    entries = {i: Fraction(x) for i, x in sorted(vector.items()) if x}
    below = lcm(*(x.denominator for x in entries.values()))
    size = Fraction(gcd(*(int(x * below) for x in entries.values())) or 1, below)
    return {i: _whole(x / size) for i, x in entries.items()}, size


def _times(vector: Vector, sign: int) -> dict[int, Number]:
    return {i: sign * x for i, x in vector.items()}


def _whole(x: Fraction) -> Number:
    return x.numerator if x.denominator == 1 else x
