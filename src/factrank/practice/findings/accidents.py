"""Labels that look like an accident: a placeholder, a formula, a stray blank. [ours]"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

PLACEHOLDERS = frozenset(
    ("n/a", "na", "nan", "none", "null", "nil", "-", "--", "?", "unknown", "tbd", "missing", "#n/a")
)
LONG = 200


class Odd(NamedTuple):
    """A label and what is odd about it."""

    mode: str
    label: str
    why: str


def odd_labels(mode: str, labels: Iterable[str]) -> Iterator[Odd]:
    """The labels that a reader should look at, each with one reason.

    >>> [odd.why for odd in odd_labels("V", ["=cmd()", "-5", " Oslo", "n/a", "Oslo"])]
    ['begins like a formula of a spreadsheet', 'begins or ends with a blank', 'stands for no value']
    """
    for label in labels:
        if why := _why(label):
            yield Odd(mode, label, why)


def _why(label: str) -> str:
    if label.strip().lower() in PLACEHOLDERS:
        return "stands for no value"
    if label[0] in "=+-@" and not _number(label):
        return "begins like a formula of a spreadsheet"
    if label != label.strip():
        return "begins or ends with a blank"
    if not label.isprintable():
        return "holds a character that does not print"
    if len(label) > LONG:
        return f"is longer than {LONG} characters"
    return ""


def _number(label: str) -> bool:
    try:
        float(label.replace(",", "."))
    except ValueError:
        return False
    return True
