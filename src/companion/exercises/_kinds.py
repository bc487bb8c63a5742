"""The kinds of answers: what is wanted in words, and how it is read.

A kind is generous in form (numpy's integers, lists for tuples, triples for a Database) and strict
in meaning. What cannot be read is answered with what was expected and what was found. Typed as
text, an answer is left as it is, or raises ValueError, where it cannot be read. Below stands what
several chapters ask of a database.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import isfinite
from numbers import Real
from operator import index
from typing import Any

from companion.exercises import Kind, NotYet, require, shown
from factrank.errors import FactrankError
from factrank.facts.database import Database
from factrank.rank.algebra.exact import rank
from factrank.rank.algebra.terms import Term
from factrank.rank.effort import Effort
from factrank.rank.interval import rank_interval

ONE = "as it is"
LIST = "separated by commas"
FACT = "one fact a line: key, query, value"
MANY = "one fact a line: key, query, value; an empty line between two databases"
TERM = "one term a line, indices with their signs: 0 + 1, 0, 1 - 0"
JSON = "the text of the file"
ENTRY = re.compile(r"\s*([+-]?)\s*(\d{1,6})\s*")


def whole_of(text: str) -> object:
    """Return a whole number, or the text itself.

    >>> whole_of(" 40 "), whole_of("4.5"), whole_of("many")
    (40, '4.5', 'many')
    """
    text = text.strip()
    return int(text) if re.fullmatch(r"[+-]?\d{1,40}", text, re.ASCII) else text


def facts_of(text: str) -> list[tuple[str, ...]]:
    """Return the facts, one a line.

    >>> facts_of("Ann, likes, tea")
    [('Ann', 'likes', 'tea')]
    """
    try:
        rows = [*csv.reader(text.splitlines(), skipinitialspace=True)]
    except csv.Error as fault:
        raise ValueError(fault) from None
    return [tuple(cell.strip() for cell in row) for row in rows if row]


def terms_of(text: str) -> list[Term]:
    """Return the terms, one a line, each entry 1 or -1.

    >>> terms_of("0 + 1, 0, 1 - 0") == [Term({0: 1, 1: 1}, {0: 1}, {1: 1, 0: -1})]
    True
    """
    lines = (line.split(",") for line in text.splitlines() if line.strip())
    return [Term(*map(_vector, parts)) for parts in map(_three, lines)]


def _three(parts: list[str]) -> list[str]:
    if len(parts) != 3:
        raise ValueError
    return parts


def _vector(text: str) -> dict[int, int]:
    if not re.fullmatch(rf"(?:{ENTRY.pattern})+", text, re.ASCII):
        raise ValueError
    return {int(index): -1 if sign == "-" else 1 for sign, index in ENTRY.findall(text)}


def json_of(text: str) -> object:
    """Return what a JSON text holds.

    >>> json_of('{"upper": 6}')
    {'upper': 6}
    """
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError from None


def parts_of(one: Callable[[str], Any], form: str) -> tuple[Callable[[str], list[Any]], str]:
    """Return how to read several answers of one kind, and how they are written.

    >>> parts_of(whole_of, ONE)[0]("40, 240")
    [40, 240]
    """
    if form == FACT:
        return lambda text: [one(part) for part in re.split(r"\n\s*\n", text.strip())], MANY
    return lambda text: [one(part) for part in text.split(",")], LIST if form == ONE else ""


def reader(
    wanted: str, read: Callable[[Any], Any], typed: Callable[[str], Any] = str, form: str = ""
) -> Kind:
    """Return the kind whose unreadable answers are told what was wanted and what was found."""

    def careful(answer: object) -> object:
        try:
            return read(answer)
        except FactrankError:
            raise
        except (TypeError, ValueError, OverflowError):
            raise NotYet(f"expected {wanted}, found {shown(answer)}.") from None

    return Kind(wanted, careful, typed, form)


def _whole(answer: Any) -> int:
    if isinstance(answer, bool):
        raise TypeError
    return index(answer)


def _number(answer: Any) -> float:
    if isinstance(answer, bool) or not isinstance(answer, Real) or not isfinite(answer):
        raise TypeError
    return float(answer)


def _of(kind: type) -> Callable[[Any], Any]:
    """What leaves an answer of one type as it is."""

    def read(answer: Any) -> Any:
        if not isinstance(answer, kind):
            raise TypeError
        return answer

    return read


def _facts(answer: Any) -> Database:
    if isinstance(answer, Database):
        return answer
    triples = list(answer)
    if isinstance(answer, str | Mapping) or any(isinstance(one, str) for one in triples):
        raise TypeError
    require(triples, "the list holds no facts; a fact is three words (key, query, value).")
    return Database.from_triples(triples)


def _terms(answer: Any) -> list[Term]:
    terms = list(answer)
    if not all(isinstance(term, Term) for term in terms):
        raise TypeError
    return terms


WHOLE = reader("a whole number", _whole, whole_of, ONE)
NUMBER = reader("a number", _number)
WORD = reader("a word", _of(str), str.strip, ONE)
FACTS = reader("a list of facts (key, query, value) or a Database", _facts, facts_of, FACT)
TERMS = reader("a list of Term", _terms, terms_of, TERM)
FUNCTION = reader("a function", _of(Callable))


def several(kind: Kind, count: int | None, wanted: str) -> Kind:
    """Return the kind of a tuple of `count` answers of one kind, or of any number for None.

    >>> several(WHOLE, 2, "two whole numbers").read([3, 4])
    (3, 4)
    """

    def read(answer: Any) -> tuple[Any, ...]:
        if isinstance(answer, str | Mapping) or not isinstance(answer, Iterable):
            raise TypeError
        parts = tuple(answer)
        if count is not None and len(parts) != count:
            raise TypeError
        return tuple(map(kind.read, parts))

    written, form = parts_of(kind.typed, kind.form)
    return reader(wanted, read, written, form)


def one_of(*words: str) -> Kind:
    """Return the kind of an answer that is one of some words, in any case.

    >>> kind = one_of("yes", "no")
    >>> kind.read("Yes"), kind.wanted
    ('yes', "'yes' or 'no'")
    """

    def read(answer: Any) -> str:
        found = " ".join(_of(str)(answer).split()).lower()
        if found not in words:
            raise ValueError
        return found

    return reader(f"{', '.join(map(repr, words[:-1]))} or {words[-1]!r}", read)


def document(wanted: str) -> Kind:
    """Return the kind of a dictionary."""
    return reader(wanted, _of(dict), json_of, JSON)


def array(shape: Sequence[int], wanted: str) -> Kind:
    """Return the kind of a numeric array of one shape; lists, numpy and torch are read.

    >>> array((2,), "two numbers").read([1, 2]).tolist()
    [1.0, 2.0]
    """

    def read(answer: Any) -> Any:
        import numpy as np

        found = np.asarray(answer, dtype=float)
        require(
            found.shape == tuple(shape),
            f"expected {wanted}, shape {tuple(shape)}, found shape {found.shape}.",
        )
        require(np.isfinite(found).all(), f"expected {wanted}, found a number that is not finite.")
        return found

    return reader(wanted, read)


# A checker answers in a second or two, and the same on every machine.
MOST_FACTS = 40
LITTLE = Effort("exercise", tries=100, solves=100, moves=10_000, seconds=float("inf"))


def require_functional(db: Database) -> None:
    """Name a question with several values, if there is one."""
    seen: dict[tuple[int, int], int] = {}
    for k, q, v in db.facts:
        other = seen.setdefault((k, q), v)
        told = f"{db.keys[k]} {db.queries[q]} has the values {db.values[other]} and {db.values[v]}"
        require(other == v, f"{told}: not functional.")


def unfolding_ranks(db: Database) -> list[int]:
    """Return the ranks of the unfoldings along K, Q and V.

    >>> unfolding_ranks(Database.from_triples([("a", "r", "x"), ("b", "r", "y")]))
    [2, 1, 2]
    """
    return [rank(db.unfolding(mode)) for mode in "KQV"]


def known_rank(db: Database, name: str = "the database") -> int:
    """Return the rank of a small database; ask for another one if the interval stays open."""
    require(len(db) <= MOST_FACTS, f"{len(db)} facts; {MOST_FACTS} at most, please.")
    if not len(db):
        return 0
    found = rank_interval(db, LITTLE)
    told = f"the rank of {name} is only known as {found.lower} to {found.upper}"
    require(found.exact, f"{told}; take one where the ends meet.")
    return found.lower
