"""How to read: the layouts, what a reader may be told, and the faults it collects."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import NoReturn

from factrank.errors import FactrankError, given
from factrank.facts.labels import printable

TABLES = ("triples", "wide")
PLAIN = (*TABLES, "jsonl", "ntriples", "turtle")  # formats that a text is read in as it stands
NEWER = ("json", "nquads")  # and those that are made into one of them
FORMATS = (*PLAIN, *NEWER)
SHOWN = 20


@dataclass(frozen=True)
class Reading:
    """What a reader is told; None leaves it to the text and its name.

    ``key`` and ``columns`` name columns, as a list or as text parted by commas. ``newer`` is the
    format that is made into a plain one. Errors:
    ``FactrankError`` for an unknown format, a delimiter that is not one character, a header,
    delimiter or columns that the format has not, and for ``strict`` with ``skip_bad``.

    >>> Reading(delimiter="tab").delimiter, Reading(key='year,"town, state"').key
    ('\\t', ('year', 'town, state'))
    >>> Reading(format="long")
    Traceback (most recent call last):
    ...
    factrank.errors.FactrankError: format: expected one of triples, wide, jsonl, ntriples, turtle,
        json, nquads, found 'long'
    >>> Reading("json").newer, Reading("wide").newer
    ('json', None)
    """

    format: str | None = None
    header: bool | None = None
    delimiter: str | None = None
    encoding: str | None = None
    strict: bool = False
    skip_bad: bool = False
    key: Sequence[str] | str | None = None
    columns: Sequence[str] | str | None = None
    newer: str | None = None

    def __post_init__(self) -> None:
        if self.format in NEWER:
            object.__setattr__(self, "newer", self.format)
            object.__setattr__(self, "format", None)
        elif self.format is not None and self.format not in PLAIN:
            _wrong("format", f"one of {', '.join(FORMATS)}", self.format)
        if self.delimiter is not None:
            object.__setattr__(self, "delimiter", _delimiter(self.delimiter))
        for option in ("key", "columns"):
            object.__setattr__(self, option, _column_names(option, getattr(self, option)))
        if self.key and self.format == "triples":
            _wrong("key", "it for tables of one row a key, not for triples", ",".join(self.key))
        if self.columns and self.format == "triples" and len(self.columns) != 3:
            rule = "three columns of triples: key, query, value"
            _wrong("columns", rule, ",".join(self.columns))
        if self.strict and self.skip_bad:
            raise FactrankError(
                "strict: expected one of strict (stop at a fault) and skip-bad, found both"
            )

    def layout(self, name: str) -> str | None:
        """The format of the text so named; None is a table whose header decides.

        >>> Reading("jsonl").layout("a"), Reading().layout("a")
        ('jsonl', None)
        """
        format = self.format
        if format in PLAIN[len(TABLES) :]:
            records = format == "jsonl"  # they have columns by name
            for told, what in (
                (self.delimiter, "a delimiter"),
                (self.header, "a header"),
                (self.header is False, "no header"),
                (self.key and not records, "a key column"),
                (self.columns and not records, "columns"),
            ):
                if told:
                    raise FactrankError(f"{name}: expected {what} for tables only, found {format}")
        return format


def _delimiter(text: str) -> str:
    found = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";"}.get(text, text)
    if len(found) != 1 or found == '"' or not (found == "\t" or found.isprintable()):
        _wrong("delimiter", "one character that is no quote or line end, or 'tab'", text)
    return found


_HIDDEN = {ord("\n"): "\U000f0000", ord("\r"): "\U000f0001"}  # letters that nobody uses
_SHOWN = {ord(hidden): chr(end) for end, hidden in _HIDDEN.items()}


def _column_names(option: str, told: Sequence[str] | str | None) -> tuple[str, ...] | None:
    if told is None:
        return None
    if isinstance(told, str):
        # a line end inside a name is no end of a row
        kept = told.translate(_HIDDEN)
        told = [name.translate(_SHOWN) for name in next(csv.reader([kept]), ())]
    given(option, told, (list, tuple), "names of columns")
    for name in told:
        given(option, name, str, "names of columns as text")
    names = tuple(name.strip() for name in told)
    if not names or not all(names) or len(set(names)) < len(names):
        _wrong(option, "different names of columns, parted by commas", ",".join(names))
    return names


def _wrong(what: str, rule: str, found: str) -> NoReturn:
    raise FactrankError(f"{what}: expected {rule}, found {found!r}")


def cut(text: str, width: int = 60) -> str:
    """What a sentence can show of a text."""
    return text if len(text) <= width else text[:width] + "..."


class Faults:
    """The first faults of one text and the number of all; where asked, the first one raises."""

    def __init__(self, name: str, reading: Reading) -> None:
        self.name = name
        self.reading = reading
        self.count = 0
        self._first: list[tuple[int, str]] = []
        self.fatal = False  # no line can be read rightly: nothing to skip
        self.bad_lines: set[int] = set()  # emptied while decoding; told already

    def add(self, line: int, sentence: str, *, fatal: bool = False) -> None:
        self.count += 1
        self.fatal |= fatal
        if self.count <= SHOWN:
            self._first.append((line, f"{self.name}:{line}: {printable(sentence)}"))
        if self.reading.strict:
            raise self.error()

    @property
    def sentences(self) -> list[str]:
        """The first ones found, by line (bytes are looked at before cells)."""
        return [sentence for _, sentence in sorted(self._first, key=itemgetter(0))]

    def stop(self, line: int, sentence: str) -> NoReturn:
        """A fault after which nothing can be read."""
        self.add(line, sentence, fatal=True)
        raise self.error()

    def error(self) -> FactrankError:
        sentences = self.sentences
        if self.count > SHOWN:
            sentences = [*sentences, f"{self.name}: {self.count} faults, the first {SHOWN} shown"]
        return FactrankError("\n".join(sentences))

    def check(self) -> None:
        """Raise what was collected if nothing more can be read rightly."""
        if self.fatal:
            raise self.error()

    def settle(self) -> None:
        """Raise what was collected, unless it may be skipped."""
        if self.count and not self.reading.skip_bad:
            raise self.error()
        self.check()
