"""Checkers for the book's exercises: one module a chapter, one function an exercise.

``from companion.exercises import ch01`` and ``ch01.ones_and_zeros(answer)``. A checker prints one
line: ``Right: ...`` with the reason, or ``Not yet: ...`` with what is wrong, never the solution.
A chapter's module is imported on first use. The page of exercises asks ``answer``: a text is read
as an answer, and its checker says its line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from importlib import import_module
from importlib.util import find_spec
from inspect import Parameter, Signature
from types import ModuleType
from typing import Any

from factrank.errors import FactrankError


@dataclass(frozen=True)
class Verdict:
    """Whether an answer is right, and the line that says so."""

    right: bool
    says: str


@dataclass(frozen=True)
class Kind:
    """What an answer must be: ``wanted`` in words; ``read`` returns it plain, or raises NotYet.

    ``typed`` makes an answer of a text, and ``form`` says how to write it; without a form the kind
    cannot be typed.
    """

    wanted: str
    read: Callable[[Any], Any]
    typed: Callable[[str], Any] = str
    form: str = ""


class NotYet(Exception):
    """Ends a check with the sentence that names what is wrong."""


def require(holds: object, otherwise: str) -> None:
    """Go on if `holds`; else the verdict is "Not yet" with the sentence `otherwise`."""
    if not holds:
        raise NotYet(otherwise)


def call(function: Callable[..., Any], *arguments: object) -> Any:
    """Return what the reader's function returns; say so if it raises."""
    try:
        return function(*arguments)
    except Exception as error:
        told = ", ".join(map(shown, arguments))
        raise NotYet(f"your function raises {type(error).__name__} on ({told}): {error}.") from None


def shown(answer: object) -> str:
    """Return an answer as a sentence can hold it: one line, at most 60 characters.

    >>> print(shown(print), shown((1, 2)))
    the function print (1, 2)
    """
    shape = getattr(answer, "shape", ())
    if callable(answer):
        return f"the function {getattr(answer, '__name__', '?')}"
    if isinstance(shape, tuple) and shape:
        return f"{type(answer).__name__} of shape {tuple(map(int, shape))}"
    text = " ".join(repr(answer).split())
    return text if len(text) <= 60 else f"{text[:57]}..."


LEVELS = ("easy", "medium", "hard")


def exercise(
    kind: Kind, minutes: int, level: str
) -> Callable[[Callable[[Any], str]], Callable[[Any], None]]:
    """Turn a check into a checker, which prints its one line and returns nothing.

    ``minutes`` and ``level`` say what the exercise takes: the book shows them beside its title. A
    hard one has a star in its title. The check gets the answer as ``kind.read`` gives it, and
    returns the reason why it is right or raises NotYet. ``checker.verdict(answer)`` is the Verdict;
    ``checker.__wrapped__`` the check.

    >>> @exercise(Kind("a whole number", int), 2, "easy")
    ... def sum_of_digits(answer):
    ...     require(answer != 12, "12 is the sum of 5 and 7; their product has digits, too.")
    ...     require(answer == 8, f"{answer} is not the sum of the digits of 5 · 7.")
    ...     return "5 · 7 = 35."
    >>> sum_of_digits(...)
    Not yet: replace ... by a whole number.
    >>> sum_of_digits(7)
    Not yet: 7 is not the sum of the digits of 5 · 7.
    >>> sum_of_digits(8)
    Right: 5 · 7 = 35.
    """

    def decorate(check: Callable[[Any], str]) -> Callable[[Any], None]:
        def verdict(answer: object) -> Verdict:
            if answer is ... or answer is None:
                return Verdict(False, f"Not yet: replace ... by {kind.wanted}.")
            try:
                return Verdict(True, f"Right: {check(kind.read(answer))}")
            except (NotYet, FactrankError) as fault:
                line = " ".join(str(fault).split()).rstrip(".")
                end = "" if line.endswith("?") else "."
                return Verdict(False, f"Not yet: {line}{end}")

        @wraps(check)
        def checker(answer: object) -> None:
            print(verdict(answer).says)

        # The interface page shows what the reader calls, not the check: any answer goes in.
        checker.__signature__ = Signature([Parameter("answer", Parameter.POSITIONAL_OR_KEYWORD)])
        checker.__annotations__ = {}
        checker.verdict, checker.kind = verdict, kind
        checker.minutes, checker.level = minutes, level
        return checker

    return decorate


def __getattr__(name: str) -> ModuleType:
    module = f"{__name__}.{name}"
    if not re.fullmatch(r"ch\d\d", name) or find_spec(module) is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module(module)


def checked(name: str, text: str) -> Verdict:
    """Return what a checker says of a typed answer.

    >>> checked("ch01.ones_and_zeros", "40; 240").says
    "Not yet: expected two whole numbers (ones, zeros), found ['40; 240']."
    """
    chapter, _, word = name.partition(".")
    checker = getattr(__getattr__(chapter), word)
    try:
        answer = checker.kind.typed(text)
    except ValueError:
        found = f"expected {checker.kind.wanted}, found {shown(text)}"
        return Verdict(False, f"Not yet: {found}.")
    return checker.verdict(answer)


def answer(request: str) -> str:
    """Return the verdict on a JSON request as JSON.

    >>> answer('{"exercise": "ch03.own_words", "text": "1"}')
    '{"right": true, "says": "Right: six pairs of query and value, so rank 6 by C1, and it was 5."}'
    """
    asked = json.loads(request)
    return json.dumps(vars(checked(asked["exercise"], asked["text"])))
