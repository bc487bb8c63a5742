"""The one error a person meets: a sentence, never a traceback."""

from __future__ import annotations


class FactrankError(ValueError):
    """Bad input, told in one sentence that names the place, the rule and the value found.

    >>> raise FactrankError("facts.csv:3: expected 3 cells, found 2")
    Traceback (most recent call last):
    ...
    factrank.errors.FactrankError: facts.csv:3: expected 3 cells, found 2
    """


def given(place: str, value: object, kind: type | tuple[type, ...], rule: str = "") -> None:
    """Nothing where a value is of its kind; a truth value is no number.

    Errors: ``FactrankError`` that says what was expected: ``rule``, or the name of the kind.

    >>> given("database", [("a", "r", "x")], dict, "a Database")
    Traceback (most recent call last):
    ...
    factrank.errors.FactrankError: database: expected a Database, found a list
    """
    if not isinstance(value, kind) or isinstance(value, bool):
        plain = value is None or isinstance(value, str | int | float)
        found = f"{value!r:.60}" if plain else f"a {type(value).__name__}"
        rule = rule or f"a {getattr(kind, '__name__', kind)}"
        raise FactrankError(f"{place}: expected {rule}, found {found}")
