"""JSON Lines: one object or list a line, as triples or as records. A JSON list is read as the JSON
Lines that say the same: element n is line n.
"""

from __future__ import annotations

import io
import json
import re
from typing import Any, NoReturn

from factrank.facts.reading.cells import first_line
from factrank.facts.reading.headers import named, perhaps_named
from factrank.facts.reading.layout import JOINT, PLAIN_NAMES, SLOTS, told_again, told_triples
from factrank.facts.reading.options import Faults, cut
from factrank.facts.rows import Collector


class _Fault(ValueError):
    """What is wrong with the line at hand."""


def jsonl_of(text: str, faults: Faults) -> Collector:
    """The facts of JSON Lines, a line being one of

    - a fact ``{"key": ..., "query": ..., "value": ...}`` (or subject, relation, object and other
      words of ``headers.named``), further names being notes;
    - a fact ``[key, query, value]``;
    - a record: any other object, whose first name, the same on every line, is the key's; each
      further name is a relation, null a missing fact.

    Labels are texts; a number, ``true`` and ``false`` become the text as it is written there.
    """
    collector = _Noted(faults)
    begun = False
    for line, written in enumerate(io.StringIO(text, newline=""), 1):
        if written.isspace():
            continue
        begun = True
        try:
            collector.take(line, _value(written))
        except _Fault as fault:
            faults.add(line, str(fault))
    if not begun and not faults.count:
        faults.add(1, "found no text, expected facts, one JSON object a line", fatal=True)
    if collector.again:
        told = told_again(faults.name, *collector.again, collector.records, len(collector.keys))
        collector.told.append(told)
    unknown = set(faults.reading.columns or ()) - set(collector.queries)
    if unknown and begun:
        found, rule = f"no {cut(min(unknown))!r}", "the columns that were asked for"
        faults.add(1, f"found {found}, expected {rule}", fatal=True)
    return collector


class _Noted(Collector):
    """A collector of what JSON says: notes may be named at any line, records have one key name."""

    def __init__(self, faults: Faults) -> None:
        super().__init__()
        self.reading, self.name = faults.reading, faults.name
        self.key_names: tuple[str, ...] = tuple(faults.reading.key or ())
        self.facts_by: tuple[str, ...] | None = None  # names found in the first object
        self.listed = False  # a list was met; only the first may name columns
        self.records = 0
        self.again: tuple[int, str] | None = None
        self.joined: dict[str, list[str | None]] = {}

    def take(self, line: int, value: Any) -> None:
        if isinstance(value, list):
            if len(value) != 3:
                raise _Fault(f"found a list of {len(value)}, expected 3: key, query, value")
            if not self.listed and all(isinstance(it, str) for it in value) and named(value):
                self.listed = True
                raise _Fault(f"found the names {cut(', '.join(value))}, expected a fact")
            self.listed = True
            self.fact(line, dict(zip(SLOTS, value, strict=True)), SLOTS)
            return
        if not isinstance(value, dict):
            raise _Fault(f"found {_kind(value)}, expected an object or a list of 3")
        if self.reading.key or self.reading.columns:
            return self.record(line, value)
        for names in PLAIN_NAMES:
            if all(name in value for name in names):
                return self.fact(line, value, names)
        if self.facts_by is None and not self.key_names:
            self.facts_by = self._named(value)
        if self.facts_by is None:
            return self.record(line, value)
        if missing := [name for name in self.facts_by if name not in value]:
            raise _Fault(f"found no {cut(missing[0])!r}, expected it as in the first object")
        self.fact(line, value, self.facts_by)

    def _named(self, value: dict[str, Any]) -> tuple[str, ...] | None:
        """The names of a fact's parts in an object, by other words than the plain ones."""
        names = list(value)
        found = named(names) or perhaps_named(names)
        if found is None:
            return None
        if not found.sure:
            other = f"--key {names[0]} reads records"
            self.told.append(told_triples(self.name, names, found.columns, other))
        return tuple(names[n] for n in found.columns)

    def fact(self, line: int, value: dict[str, Any], names: tuple[str, ...]) -> None:
        labels = [_label(value[name], name) for name in names]
        if None in labels:
            raise _Fault(f"found null as {names[labels.index(None)]}, expected a label")
        if len(value) == 3 and not self.notes:  # a million times, as a rule
            return self.add(line, *labels)  # type: ignore[arg-type]  # no None: see above
        more = {_note(name): name for name in value if name not in names}
        if len(more) + 3 < len(value):
            raise _Fault("found two notes whose names differ in capitals only, expected one")
        noted = {note: _label(value[name], name, empty=True) for note, name in more.items()}
        for note in noted.keys() - self.notes.keys():
            self.notes[note] = [""] * len(self.line)
        self.add(line, *labels, [noted.get(note) or "" for note in self.notes])  # type: ignore[call-arg, arg-type]  # the same

    def record(self, line: int, value: dict[str, Any]) -> None:
        first = next(iter(value), None)
        if first is None:
            raise _Fault("found an empty object, expected a fact or a record")
        names = self.key_names or (first,)
        if missing := [name for name in names if name not in value]:
            at = "as it was asked for" if self.reading.key else "as on the first line"
            raise _Fault(f"found no {cut(missing[0])!r}, expected it {at} (it is the key)")
        parts = [_label(value[name], name) for name in names]
        if None in parts:
            raise _Fault(f"found null as {cut(names[parts.index(None)])!r}, expected a key")
        wanted = self.reading.columns
        cells = [
            (query, _label(it, query))
            for query, it in value.items()
            if query not in names and (not wanted or query in wanted)
        ]
        if any(not query.strip() for query, _ in cells):
            raise _Fault("found an empty name, expected a relation")
        key = JOINT.join(map(str, parts))
        if len(parts) > 1 and self.joined.setdefault(key, parts) != parts:
            raise _Fault(f"found the key {cut(key)!r} of other parts before, expected one")
        self.key_names = names
        if key in self.keys and self.again is None:
            self.again = line, key
        self.records += 1
        self.keys.setdefault(key, len(self.keys))
        for query, label in cells:
            self.queries.setdefault(query, len(self.queries))
            if label is not None:
                self.add(line, key, query, label, [""] * len(self.notes))


# ---- one line -------------------------------------------------------------------------------


def _note(name: str) -> str:
    """What a note is called: nothing that a table of the facts would take for a fact's part."""
    plain = name.strip().lower()
    return f"{plain} note".strip() if plain in ("", *SLOTS) else plain


def _label(value: Any, name: str, *, empty: bool = False) -> str | None:
    """The text that stands there; None for null."""
    if isinstance(value, str) and (empty or value.strip()):
        return value
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    raise _Fault(f"found {_kind(value)} as {cut(name)!r}, expected a text or a number")


def _kind(value: Any) -> str:
    if isinstance(value, str):
        return "an empty text" if not value.strip() else "a text or a number"
    if isinstance(value, list):
        return "a list"
    return "an object" if isinstance(value, dict) else "null, true or false"


def _value(written: str) -> Any:
    try:
        value = _DECODER.decode(written)
    except json.JSONDecodeError as error:
        end = error.pos >= len(written.rstrip())
        found = "the line's end" if end else f"{error.msg} (column {error.colno})"
        raise _Fault(f"found {found}, expected one JSON object") from None
    except RecursionError:
        raise _Fault("found brackets nested too deeply, expected one JSON object") from None
    if "\\u" in written:  # an escape may name half a character
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise _Fault("found half a character (\\uD800 to \\uDFFF), expected text") from None
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _Fault(f"found the name {cut(twice)!r} twice, expected every name once")
    return found


def _no_number(text: str) -> NoReturn:
    raise _Fault(f"found {text}, expected a number")


# numbers stay the text they are: 1.0 is not 1, and no digit is lost
_DECODER = json.JSONDecoder(
    object_pairs_hook=_once, parse_int=str, parse_float=str, parse_constant=_no_number
)


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
