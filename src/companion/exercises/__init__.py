"""Checkers for the book's exercises: one module a chapter, one function an exercise.

``from companion.exercises import ch01`` and ``ch01.ones_and_zeros(answer)``. A checker prints one
line: ``Right: ...`` with the reason, or ``Not yet: ...`` with what is wrong, never the solution.
A chapter's module is imported on first use. The page of exercises asks ``answer``: a text is read
as an answer, and its checker says its line.
"""

from __future__ import annotations

import json
import re
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from companion.exercises._verdict import Verdict, shown


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
