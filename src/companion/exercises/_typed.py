"""Answers that are typed as text: how to write each kind, and how the text is read.

What cannot be read is left as it is, or raises ValueError: the kind then says what it expected.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from typing import Any

from factrank.rank.algebra.terms import Term

ONE = "as it is"
LIST = "separated by commas"
FACT = "one fact a line: key, query, value"
FACTS = "one fact a line: key, query, value; an empty line between two databases"
TERM = "one term a line, indices with their signs: 0 + 1, 0, 1 - 0"
JSON = "the text of the file"
ENTRY = re.compile(r"\s*([+-]?)\s*(\d{1,6})\s*")


def whole(text: str) -> object:
    """Return a whole number, or the text itself.

    >>> whole(" 40 "), whole("4.5"), whole("many")
    (40, '4.5', 'many')
    """
    text = text.strip()
    return int(text) if re.fullmatch(r"[+-]?\d{1,40}", text, re.ASCII) else text


def facts(text: str) -> list[tuple[str, ...]]:
    """Return the facts, one a line.

    >>> facts("Ann, likes, tea")
    [('Ann', 'likes', 'tea')]
    """
    try:
        rows = [*csv.reader(text.splitlines(), skipinitialspace=True)]
    except csv.Error as fault:
        raise ValueError(fault) from None
    return [tuple(cell.strip() for cell in row) for row in rows if row]


def terms(text: str) -> list[Term]:
    """Return the terms, one a line, each entry 1 or -1.

    >>> terms("0 + 1, 0, 1 - 0") == [Term({0: 1, 1: 1}, {0: 1}, {1: 1, 0: -1})]
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


def document(text: str) -> object:
    """Return what a JSON text holds.

    >>> document('{"upper": 6}')
    {'upper': 6}
    """
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError from None


def several(one: Callable[[str], Any], form: str) -> tuple[Callable[[str], list[Any]], str]:
    """Return how to read several answers of one kind, and how they are written.

    >>> several(whole, ONE)[0]("40, 240")
    [40, 240]
    """
    if form == FACT:
        return lambda text: [one(part) for part in re.split(r"\n\s*\n", text.strip())], FACTS
    return lambda text: [one(part) for part in text.split(",")], LIST if form == ONE else ""
