"""A JSON list of facts or records, as the JSON Lines that say the same: element n is line n."""

from __future__ import annotations

import json
import re
from typing import NoReturn

from factrank.facts.reading.cells import first_line
from factrank.facts.reading.options import Faults, cut

_SPACE = re.compile(r"[ \t\r\n]*")
_SCANNER = json.JSONDecoder(parse_int=str, parse_float=str)  # no digit is looked at here
_LINE_ENDS = str.maketrans("\r\n", "  ")  # none stands inside of a text in JSON


def are_lines(text: str) -> bool:
    """True for JSON Lines: the first line is an object, or a list without lists or objects in it.

    >>> are_lines('["a", "r", 1]'), are_lines('[["a", "r", 1]]'), are_lines('{"a":')
    (True, False, False)
    """
    try:
        value = _SCANNER.decode(first_line(text))
    except (ValueError, RecursionError):
        return False
    whole = isinstance(value, list) and value
    return isinstance(value, dict) or (
        bool(whole) and not any(isinstance(it, list | dict) for it in value)
    )


def lines_of(text: str, faults: Faults) -> str:
    """Each element as it is written, on a line of its own.

    Errors: ``FactrankError`` for text that is no list, with its line.

    >>> lines_of('[{"a": 1.0}, ["b",\\n "r", 2]\\n]', Faults("f.json", None))
    '{"a": 1.0}\\n["b",  "r", 2]'
    """
    at = _after(text, 0)
    if not text.startswith("[", at):
        what = "one object" if text.startswith("{", at) else repr(cut(text[at : at + 20], 20))
        what = "no text" if at == len(text) else what
        faults.stop(_line(text, at), f"found {what}, expected a list of facts or records, [...]")
    found: list[str] = []
    at = _after(text, at + 1)
    if text.startswith("]", at):
        faults.stop(_line(text, at), "found an empty list, expected facts or records")
    while True:
        start = at
        at = _element(text, start, faults)
        found.append(text[start:at].translate(_LINE_ENDS))
        at = _after(text, at)
        if text.startswith("]", at):
            at += 1
            break
        if not text.startswith(",", at):
            _stop(text, at, "a comma or the end of the list", faults)
        at = _after(text, at + 1)
    if (at := _after(text, at)) < len(text):
        _stop(text, at, "nothing after the list", faults)
    return "\n".join(found)


def _element(text: str, start: int, faults: Faults) -> int:
    try:
        return _SCANNER.raw_decode(text, start)[1]
    except json.JSONDecodeError as error:
        _stop(text, error.pos, "a JSON list", faults, f" ({error.msg})")
    except RecursionError:
        line = _line(text, start)
        faults.stop(line, "found brackets nested too deeply, expected facts or records")


def _stop(text: str, at: int, rule: str, faults: Faults, why: str = "") -> NoReturn:
    found = repr(text[at : at + 20]) if at < len(text) else "the end of the text"
    faults.stop(_line(text, at), f"found {found}{why}, expected {rule}")


def _after(text: str, at: int) -> int:
    return next(_SPACE.finditer(text, at)).end()


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1
