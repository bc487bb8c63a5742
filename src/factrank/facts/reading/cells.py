"""From a source to the cells of its lines: reading, decoding, splitting."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sys
from collections.abc import Iterator

from factrank.errors import FactrankError
from factrank.facts.labels import printable
from factrank.facts.reading.options import Faults

Record = tuple[int, list[str]]  # the line it begins on, its cells

_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_TRIPLE = re.compile(r"\s*(<[^<>\s]*>|_:\S+)\s+<[^<>\s]*>\s.*\.\s*(#.*)?$")
_PREFIX = re.compile(r"\s*(@prefix|prefix|@base|base)\s[^<,;]*<[^<>\s]*>", re.IGNORECASE)
_LINE_END = re.compile(r"[\r\n]")


def read_bytes(source: str | os.PathLike[str]) -> tuple[str, bytes]:
    if source == "-":
        if sys.stdin is None:
            raise FactrankError("stdin: found it closed, expected facts")
        return "stdin", sys.stdin.buffer.read()
    name = os.fspath(source)
    shown = printable(name) or "''"  # its ending stays at the end
    try:
        with open(name, "rb") as file:
            return shown, file.read()
    except FileNotFoundError:
        fault = "no such file"
    except IsADirectoryError:
        fault = "a directory"
    except (OSError, ValueError) as error:
        fault = f"a file that cannot be read ({getattr(error, 'strerror', None) or error})"
    raise FactrankError(f"{shown}: found {fault}, expected a file of facts")


# ---- text -----------------------------------------------------------------------------------


def decode(data: bytes, faults: Faults) -> str:
    """The text without its byte order mark; a line that cannot be text is a fault and emptied."""
    encoding = faults.reading.encoding
    if encoding is not None:
        data = recoded(data, encoding, faults)
    elif data.startswith((b"\xff\xfe", b"\xfe\xff")):
        faults.stop(1, "found UTF-16 text, expected UTF-8 (or its encoding named)")
    try:
        if b"\0" not in data:
            return data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError:
        pass
    lines = []
    for n, line in enumerate(data.splitlines(keepends=True), 1):
        try:
            lines.append(line.decode("utf-8"))
            sentence = "found a NUL byte, expected text" if b"\0" in line else None
        except UnicodeDecodeError as error:
            byte = f"the byte 0x{line[error.start]:02x}"
            sentence = f"found {byte}, expected UTF-8 text (or its encoding named)"
            lines.append("\n")
        if sentence:
            lines[-1] = "\n"
            faults.bad_lines.add(n)
            faults.add(n, sentence)
    faults.settle()
    return "".join(lines).removeprefix("\ufeff")


def recoded(data: bytes, encoding: str, faults: Faults) -> bytes:
    try:
        return data.decode(encoding).encode("utf-8")
    except LookupError:
        rule = "a text encoding that Python knows, as utf-8, utf-16, latin-1 or cp1252"
        raise FactrankError(f"encoding: expected {rule}, found {encoding!r}") from None
    except UnicodeDecodeError as error:
        line = len(data[: error.start].splitlines()) or 1
        faults.stop(line, f"found the byte 0x{data[error.start]:02x}, expected {encoding} text")
    except ValueError as error:  # half characters, and codecs that say no more
        faults.stop(1, f"found bytes that are no {encoding} text ({str(error)[:60]}), expected it")


def first_line(text: str) -> str:
    """The first line with any text."""
    first = re.search(r"\S", text)
    if first is None:
        return ""
    begin = max(text.rfind("\n", 0, first.start()), text.rfind("\r", 0, first.start())) + 1
    end = _LINE_END.search(text, first.start())
    return text[begin : end.start() if end else len(text)]


def format_of(line: str) -> str | None:
    """The format other than a table that a first line is of, if it leaves no doubt.

    >>> format_of('{"key": "Ann", "query": "likes"}'), format_of("key,query,value")
    ('jsonl', None)
    """
    if line.lstrip()[:1] in ("{", "["):
        try:
            return "jsonl" if isinstance(json.loads(line), (dict, list)) else None
        except (ValueError, RecursionError):
            return None
    if _TRIPLE.match(line):
        return "ntriples"
    return "turtle" if _PREFIX.match(line) else None


def delimiter_of(text: str, name: str) -> str:
    """The delimiter that the first line with any text speaks for."""
    bare = _QUOTED.sub("", first_line(text))
    if name.lower().endswith((".tsv", ".tab")) or "\t" in bare:
        return "\t"
    return ";" if bare.count(";") > bare.count(",") else ","


def other_delimiter(text: str, delimiter: str) -> str | None:
    """One that stands in the first line as often as that, which no tab leaves in doubt.

    >>> other_delimiter("name;size, m;weight, kg", ","), other_delimiter("a,b;c,d", ",")
    (';', None)
    """
    bare = _QUOTED.sub("", first_line(text))
    rest = [it for it in "|;," if it != delimiter and bare.count(it) >= bare.count(delimiter) > 0]
    return rest[0] if rest and delimiter != "\t" else None


# ---- cells ----------------------------------------------------------------------------------


def records_of(text: str, delimiter: str, faults: Faults) -> Iterator[Record]:
    """Each record with the line it begins on; blank lines are none, a broken one is a fault.

    After a broken record reading goes on at the line after the one it begins on: an open quote
    costs its own line and not the rest of the text.
    """
    source = io.StringIO(text, newline="")
    taken: list[str] = []  # the lines of the record at hand
    back: list[str] = []  # lines to be read again, last first

    def lines() -> Iterator[str]:
        while back:
            taken.append(back.pop())
            yield taken[-1]
        for line in source:
            taken.append(line)
            yield line

    begin = 1
    while True:
        try:
            for row in csv.reader(lines(), delimiter=delimiter, strict=True):
                after = begin + len(taken)
                taken.clear()
                if row and (len(row) > 1 or row[0].strip()):
                    bad = faults.bad_lines
                    if not bad or bad.isdisjoint(range(begin, after)):
                        yield begin, row
                begin = after
            return
        except csv.Error as error:
            faults.add(begin, _csv_fault(str(error)))
            back.extend(reversed(taken[1:]))
            taken.clear()
            begin += 1


def _csv_fault(message: str) -> str:
    if "end of data" in message:
        return "found a quoted cell that never ends, expected a closing quote"
    if "expected after" in message:
        return "found text after a closing quote, expected the next cell (double an inner quote)"
    if "field limit" in message:
        limit = csv.field_size_limit()
        return f"found a cell of over {limit} characters, expected less (is a quote left open?)"
    return f"found a line that csv cannot split ({message}), expected cells"
