"""Strict reading of JSON that someone else wrote: every surprise is one sentence, never a guess."""

from __future__ import annotations

import json
import re
import reprlib
from collections.abc import Collection, Mapping
from fractions import Fraction
from math import gcd
from pathlib import Path
from typing import Any, NoReturn

from factrank.errors import FactrankError

BYTES = 10**9  # of a file
DIGITS = 1000  # of a whole number, of a numerator, of a denominator
FRACTION = re.compile(r"(-?[1-9][0-9]{0,999})/([1-9][0-9]{0,999})")


def load_json(path: str | Path) -> Any:
    """The JSON value in a file of whole numbers, texts, lists and objects; no name twice.

    Errors: ``FactrankError`` for a file that cannot be read, is not UTF-8, is cut short or is not
    JSON, and for 1.5, NaN, a number of more than 1000 digits, or a name twice in one object.
    """

    def whole(text: str) -> int:
        if len(text.removeprefix("-")) > DIGITS:
            wrong(path, f"numbers of at most {DIGITS} digits", f"{text[:20]}...")
        return int(text)

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in pairs:
            if name in found:
                wrong(path, "each name once in an object", f"{show(name)} twice")
            found[name] = value
        return found

    def other(text: str) -> NoReturn:
        wrong(path, 'whole numbers or fractions like "1/2"', text[:40])

    hooks = {"parse_int": whole, "parse_float": other, "parse_constant": other}
    text = ""
    try:
        with Path(path).open("rb") as file:
            raw = file.read(BYTES + 1)
        if len(raw) > BYTES:
            wrong(path, f"a file of at most {BYTES} bytes", "more")
        text = raw.decode("utf-8")
        return json.loads(text, object_pairs_hook=once, **hooks)  # type: ignore[arg-type]
    except OSError as error:
        wrong(path, "a file that can be read", error.strerror or "none")
    except json.JSONDecodeError as error:
        end = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string")
        wrong(f"{path}:{error.lineno}", "JSON", "the end of the file" if end else error.msg)
    except RecursionError:
        wrong(path, "JSON", "brackets nested too deeply")
    except FactrankError:
        raise
    except ValueError as error:  # not UTF-8, or a path with a null character
        wrong(path, "a file of UTF-8 text", str(error)[:80])


def wrong(at: str | Path, rule: str, found: str) -> NoReturn:
    """Raise the one sentence: place, rule, value found."""
    raise FactrankError(f"{at}: expected {rule}, found {found}")


def show(value: object) -> str:
    """The value as Python writes it, cut to a readable length."""
    short = reprlib.Repr()
    short.maxstring = short.maxother = short.maxlong = 80
    try:
        return str(value)[:80] if isinstance(value, Fraction) else short.repr(value)
    except ValueError:  # Python refuses to write very long numbers
        return "a number of very many digits"


def fields(at: str, data: Any, names: str) -> dict[str, Any]:
    """The object itself, if it has exactly the fields named."""
    if type(data) is not dict:
        wrong(at, "an object", show(data))
    for name in names.split():
        if name not in data:
            wrong(at, f"the field {name!r}", "none")
    for name in data:
        if name not in names.split():
            wrong(at, f"the fields {names}", show(name))
    return data


def items(at: str, data: Any, length: int | None = None) -> list[Any]:
    """The list itself, of the given length if one is given."""
    if type(data) is not list or length not in (None, len(data)):
        wrong(at, "a list" if length is None else f"a list of {length}", show(data))
    return data


def same(at: str, found: Any, expected: object, why: str = "") -> None:
    """Nothing, if the value is the expected one; ``true`` is not 1."""
    if type(found) is not type(expected) or found != expected:
        wrong(at, show(expected) + why, show(found))


def one_of(at: str, found: Any, choices: Collection[str]) -> str:
    """The text itself, if it is one of the choices."""
    if type(found) is not str or found not in list(choices):  # "" is in "KQV" otherwise
        wrong(at, f"one of {', '.join(choices)}", show(found))
    return found


def number(at: str, found: Any) -> int | Fraction:
    """A nonzero whole number, or a fraction written ``"p/q"`` in lowest terms, q at least 2.

    >>> number("term 1", 3), number("term 1", "-1/2")
    (3, Fraction(-1, 2))
    """
    if type(found) is int and 0 < abs(found) < 10**DIGITS:
        return found
    if type(found) is str and (match := FRACTION.fullmatch(found)):
        p, q = int(match[1]), int(match[2])
        if q > 1 and gcd(p, q) == 1:
            return Fraction(p, q)
    wrong(at, 'a nonzero whole number or "p/q" in lowest terms', show(found))


def position(at: str, label: Any, index: Mapping[str, int]) -> int:
    """The index of a label."""
    if type(label) is not str or label not in index:
        wrong(at, "a label of the facts", show(label))
    return index[label]


def positions(at: str, data: Any, index: Mapping[str, int]) -> set[int]:
    """The indices of a list of labels, each named once."""
    found: set[int] = set()
    for n, label in enumerate(items(at, data)):
        i = position(f"{at}[{n}]", label, index)
        if i in found:
            wrong(f"{at}[{n}]", "each label once", show(label))
        found.add(i)
    return found


def vector(at: str, data: Any, index: Mapping[str, int]) -> list[tuple[int, int | Fraction]]:
    """The nonzero entries of a vector, from an object of labels and numbers."""
    if type(data) is not dict or not data:
        wrong(at, "an object with at least one label", show(data))
    # a small number is the usual one, and needs no place to complain about
    return [
        (position(at, x, index),
         r if type(r) is int and 0 < abs(r) < DIGITS else number(f"{at}[{show(x)}]", r))
        for x, r in data.items()
    ]  # fmt: skip


def mapping(at: str, data: Any, index: Mapping[str, int]) -> dict[int, int]:
    """The indices from an object that gives each of some labels another label."""
    if type(data) is not dict or not data:
        wrong(at, "an object with at least one label", show(data))
    return {
        position(at, label, index): position(f"{at}[{show(label)}]", like, index)
        for label, like in data.items()
    }
