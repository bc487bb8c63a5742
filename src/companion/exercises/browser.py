"""The page of exercises asks here: a text is read as an answer, and its checker says its line."""

from __future__ import annotations

import json

from companion import exercises
from companion.exercises._verdict import Verdict, shown


def checked(name: str, text: str) -> Verdict:
    """Return what a checker says of a typed answer.

    >>> checked("ch01.ones_and_zeros", "40; 240").says
    "Not yet: expected two whole numbers (ones, zeros), found ['40; 240']."
    """
    chapter, _, word = name.partition(".")
    checker = getattr(getattr(exercises, chapter), word)
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
