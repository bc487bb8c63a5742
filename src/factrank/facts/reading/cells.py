"""From a source to the cells of its lines: reading, decoding, splitting. Text in another
encoding than UTF-8 is read where a mark says which, else told with its place.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sys
from collections.abc import Callable, Iterator

from factrank.errors import FactrankError
from factrank.facts.labels import printable
from factrank.facts.reading.options import Faults, Reading

Record = tuple[int, list[str]]  # the line it begins on, its cells

_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_TRIPLE = re.compile(r"\s*(<[^<>\s]*>|_:\S+)\s+<[^<>\s]*>\s.*\.\s*(#.*)?$")
_PREFIX = re.compile(r"\s*(@prefix|prefix|@base|base)\s[^<,;]*<[^<>\s]*>", re.IGNORECASE)
_LINE_END = re.compile(r"[\r\n]")
_LINE_ENDS = re.compile(r"\r\n|\r|\n")


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


def decode(data: bytes | str, faults: Faults) -> str:
    """The text without its byte order mark; a line that cannot be text is a fault and emptied."""
    if isinstance(data, str):
        return data.removeprefix("\ufeff")
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
            lines.append("")
        if sentence:  # its end stays: "\r" before "\n" would be one line end, and move all others
            lines[-1] = line[len(line.rstrip(b"\r\n")) :].decode() or "\n"
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
        before = data[: error.start].decode(encoding, "ignore")
        line = 1 + len(_LINE_ENDS.findall(before))
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


# the longer marks first: the second begins as the first does
_MARKS = {
    b"\xff\xfe\0\0": "utf-32", b"\0\0\xfe\xff": "utf-32", b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}  # fmt: skip
_WIDE = {1: "utf-16-le", 0: "utf-16-be"}  # by the place of the zero in a pair
LOOKED = 2000  # bytes that show where the zeros stand
SHOWN = 12  # characters on each side
_ASKS = "(or its encoding named)"  # what the reader of UTF-8 says behind a fault


def in_utf8(data: bytes, name: str, reading: Reading) -> bytes:
    """The text in UTF-8: from the encoding that was asked for, or that its mark names.

    Bytes that are no UTF-8 stay for whoever may skip their lines; else they are faults, the first
    of them with its place and an encoding that would read it.

    >>> in_utf8("clé,x".encode("utf-16"), "f.csv", Reading()).decode()
    'clé,x'
    >>> in_utf8(b"key,r\\ncaf\\xe9,x", "f.csv", Reading())
    Traceback (most recent call last):
    ...
    factrank.errors.FactrankError: f.csv:2: found the byte 0xe9, expected UTF-8 text (byte 4 of the
        line; --encoding cp1252 reads 'café,x', and if that looks wrong, it is another)
    """
    marked = next((it for mark, it in _MARKS.items() if data.startswith(mark)), None)
    encoding = marked if reading.encoding is None else reading.encoding
    if encoding is not None:
        return recoded(data, encoding, Faults(name, reading))
    if wide := _unmarked(data):
        raise FactrankError(
            f"{name}:1: found a zero beside each letter, expected UTF-8 text "
            f"(--encoding {wide} reads it)"
        )
    if reading.skip_bad:
        return data
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        try:
            decode(data, Faults(name, reading))
        except FactrankError as told:
            place = _place(data, error.start)
            raise FactrankError(str(told).replace(_ASKS, f"({place})", 1)) from None
    return data


def _unmarked(data: bytes) -> str | None:
    """Two bytes a letter without a mark: nearly every other byte is zero, and no other."""
    start = data[: LOOKED - LOOKED % 2]
    halves = [start[n::2].count(0) for n in (0, 1)]
    most, least = max(halves), min(halves)
    if least or 4 * most <= len(start):
        return None
    wide = _WIDE[halves.index(most)]
    return (
        wide if any(it.isascii() and it.isalnum() for it in start.decode(wide, "replace")) else None
    )


def _place(data: bytes, place: int) -> str:
    """Which byte of its line it is, and an encoding that may read it, if one seems to."""
    begin = max(data.rfind(b"\n", 0, place), data.rfind(b"\r", 0, place)) + 1
    where = f"byte {place - begin + 1} of the line"
    for encoding, fits in _ENCODINGS.items():
        try:
            text = data.decode(encoding)
            start, at = (len(data[:it].decode(encoding)) for it in (begin, place))
        except UnicodeDecodeError:
            continue
        if fits([letter for letter in text if not letter.isascii()]) and _is_plain(text):
            line = text[start:].splitlines()[0]
            shown = printable(line[max(0, at - start - SHOWN) : at - start + SHOWN])
            how = f"--encoding {encoding} reads {shown!r}"
            return f"{where}; {how}, and if that looks wrong, it is another"
    return f"{where}; or its encoding named"


def _is_plain(text: str) -> bool:
    return all(letter.isprintable() or letter in "\t\n\r\xa0\xad" for letter in set(text))


def _japanese(letters: list[str]) -> bool:
    """Hiragana or katakana in a good part of them, and few of half width."""
    kana = sum("\u3040" <= it <= "\u30ff" for it in letters)
    half = sum("\uff61" <= it <= "\uff9f" for it in letters)
    return 5 * kana >= len(letters) and 5 * half < len(letters)


_ENCODINGS: dict[str, Callable[[list[str]], bool]] = {
    "shift_jis": _japanese,
    "euc_jp": _japanese,
    "cp1252": bool,
}
