"""Questions in a file: key and query, a row or a line of JSON each; faults have their line."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

from factrank.errors import FactrankError
from factrank.facts.reading.anything import WORDS, kind_of
from factrank.facts.reading.cells import (
    decode,
    delimiter_of,
    first_line,
    format_of,
    in_utf8,
    read_bytes,
    records_of,
)
from factrank.facts.reading.headers import named
from factrank.facts.reading.layout import PLAIN_NAMES
from factrank.facts.reading.mend import mended
from factrank.facts.reading.options import Faults, Reading, cut
from factrank.facts.reading.packed import unpacked
from factrank.facts.words import counted

Question = tuple[int, str, str]  # the line it begins on, key, query
NAMES = tuple((key, query) for key, query, _ in PLAIN_NAMES)


def questions_in(source: str) -> Iterator[Question]:
    """Each question of a file (``-`` is standard input), in its order. [ours]

    A table has a header with ``key`` and ``query`` (or subject and relation, subject and predicate,
    head and relation) in any order; other columns are passed over, so a table of facts, packed or
    to be mended first, is one of questions too; workbooks and databases are not. JSON Lines
    (``.jsonl``, ``.ndjson``, or a first line that is one) are objects with these names, or lists of
    two.

    Errors: ``FactrankError`` with one ``file:line: found, expected`` per fault, at most 20 and
    their number, once all is read; nothing is left out in silence.
    """
    name, data = read_bytes(source)
    asked = Reading()
    name, path, data, _ = unpacked(name, data, None, text=False)
    kind = kind_of(path, data, asked)
    if kind not in (None, "jsonl"):
        found = WORDS.get(kind, f"text of the format {kind}")
        raise FactrankError(f"{name}: expected a table or JSON Lines of questions, found {found}")
    faults = Faults(name, asked)
    text = decode(in_utf8(data, name, asked), faults)
    del data
    if kind == "jsonl" or format_of(first_line(text)) == "jsonl":
        found = _of_json(text, faults)
    else:
        text, delimiter, _ = mended(text, name, path, None)
        found = _of_table(text, delimiter or delimiter_of(text, path), faults)
    count = 0
    for question in found:
        count += 1
        yield question
    faults.settle()
    if not count:
        faults.stop(1, "found no question, expected at least one")


def _of_table(text: str, delimiter: str, faults: Faults) -> Iterator[Question]:
    records = records_of(text, delimiter, faults)
    line, header = next(records, (1, []))
    places = _places([cell.strip().lower() for cell in header])
    if places is None:
        found = cut(", ".join(header)) or "no text"
        faults.stop(line, f"found {found}, expected a header with key and query")
    for line, row in records:
        if len(row) != len(header):
            names = cut(", ".join(header))
            found = f"{counted(len(row), 'cell')}"
            faults.add(line, f"found {found}, expected {len(header)}: {names}")
        elif not all(row[place].strip() for place in places):
            faults.add(line, "found an empty cell, expected a key and a query")
        else:
            yield line, row[places[0]], row[places[1]]


def _places(header: list[str]) -> tuple[int, int] | None:
    for names in NAMES:
        if all(header.count(name) == 1 for name in names):
            return header.index(names[0]), header.index(names[1])
    found = named(header)
    return found.columns[:2] if found else None


def _of_json(text: str, faults: Faults) -> Iterator[Question]:
    for line, written in enumerate(io.StringIO(text, newline=""), 1):
        if written.isspace():
            continue
        try:
            value = json.loads(
                written, parse_int=str, parse_float=str
            )  # the text that stands there
            json.dumps(value, ensure_ascii=False).encode()  # no half characters
        except (ValueError, RecursionError):
            faults.add(line, "found no JSON, expected an object with key and query")
            continue
        pair = _pair(value)
        if pair is None or not all(isinstance(it, str) and it.strip() for it in pair):
            faults.add(line, f"found {cut(written.strip())}, expected texts as key and query")
        else:
            yield line, *pair


def _pair(value: Any) -> tuple[Any, Any] | None:
    if isinstance(value, list) and len(value) == 2:
        return value[0], value[1]
    if isinstance(value, dict):
        return next(((value[a], value[b]) for a, b in NAMES if a in value and b in value), None)
    return None
