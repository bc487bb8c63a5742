"""The one error a person meets: a sentence, never a traceback."""

from __future__ import annotations


class FactrankError(ValueError):
    """Bad input, told in one sentence that names the place, the rule and the value found.

    >>> raise FactrankError("facts.csv:3: expected 3 cells, found 2")
    Traceback (most recent call last):
    ...
    factrank.errors.FactrankError: facts.csv:3: expected 3 cells, found 2
    """
