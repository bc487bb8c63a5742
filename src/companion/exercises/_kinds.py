"""The kinds of answers: what is wanted in words, and how it is read.

A kind is generous in form (numpy's integers, lists for tuples, triples for a Database) and strict
in meaning. What cannot be read is answered with what was expected and what was found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import isfinite
from numbers import Real
from operator import index
from typing import Any

from companion.exercises import _typed as typed
from companion.exercises._verdict import Kind, NotYet, require, shown
from factrank.errors import FactrankError
from factrank.facts.database import Database
from factrank.rank.algebra.terms import Term


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


def _word(answer: Any) -> str:
    if not isinstance(answer, str):
        raise TypeError
    return answer


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


def _function(answer: Any) -> Callable[..., Any]:
    if not callable(answer):
        raise TypeError
    return answer


WHOLE = reader("a whole number", _whole, typed.whole, typed.ONE)
NUMBER = reader("a number", _number)
WORD = reader("a word", _word, str.strip, typed.ONE)
FACTS = reader("a list of facts (key, query, value) or a Database", _facts, typed.facts, typed.FACT)
TERMS = reader("a list of Term", _terms, typed.terms, typed.TERM)
FUNCTION = reader("a function", _function)


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

    written, form = typed.several(kind.typed, kind.form)
    return reader(wanted, read, written, form)


def one_of(*words: str) -> Kind:
    """Return the kind of an answer that is one of some words, in any case.

    >>> kind = one_of("yes", "no")
    >>> kind.read("Yes"), kind.wanted
    ('yes', "'yes' or 'no'")
    """

    def read(answer: Any) -> str:
        found = " ".join(_word(answer).split()).lower()
        if found not in words:
            raise ValueError
        return found

    return reader(f"{', '.join(map(repr, words[:-1]))} or {words[-1]!r}", read)


def document(wanted: str) -> Kind:
    """Return the kind of a dictionary."""

    def read(answer: Any) -> dict[str, Any]:
        if not isinstance(answer, dict):
            raise TypeError
        return answer

    return reader(wanted, read, typed.document, typed.JSON)


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
