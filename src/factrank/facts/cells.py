"""From a source to the cells of its lines: reading, decoding, splitting, collecting faults."""

from __future__ import annotations

import csv
import io
import os
import re
import sys
from collections.abc import Iterator

from factrank.errors import FactrankError

Record = tuple[int, list[str]]  # the line it begins on, its cells

SHOWN = 20
_QUOTED = re.compile(r'"(?:[^"]|"")*"')


class Faults:
    """The first faults of one text and the number of all."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.count = 0
        self.sentences: list[str] = []

    def add(self, line: int, sentence: str) -> None:
        self.count += 1
        if self.count <= SHOWN:
            self.sentences.append(f"{self.name}:{line}: {sentence}")

    def error(self) -> FactrankError:
        sentences = self.sentences
        if self.count > SHOWN:
            sentences = [*sentences, f"{self.name}: {self.count} faults, the first {SHOWN} shown"]
        return FactrankError("\n".join(sentences))


def read_bytes(source: str | os.PathLike[str]) -> tuple[str, bytes]:
    if source == "-":
        if sys.stdin is None:
            raise FactrankError("stdin: found it closed, expected facts")
        return "stdin", sys.stdin.buffer.read()
    name = os.fspath(source)
    shown = name if name.isprintable() and name else repr(name)
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


def decode(data: bytes, faults: Faults) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FactrankError(f"{faults.name}:1: found UTF-16 text, expected UTF-8")
    try:
        if b"\0" not in data:
            return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    for n, line in enumerate(data.splitlines(), 1):
        if b"\0" in line:
            faults.add(n, "found a NUL byte, expected text")
            continue
        try:
            line.decode("utf-8")
        except UnicodeDecodeError as error:
            faults.add(n, f"found the byte 0x{line[error.start]:02x}, expected UTF-8 text")
    raise faults.error()


def delimiter_of(text: str, name: str) -> str:
    line = next((line for line in io.StringIO(text) if line.strip()), "")
    bare = _QUOTED.sub("", line)
    if name.lower().endswith(".tsv") or "\t" in bare.rstrip("\r\n"):
        return "\t"
    return ";" if bare.count(";") > bare.count(",") else ","


def records_of(text: str, delimiter: str, faults: Faults) -> Iterator[Record]:
    """Each record with the line it begins on; blank lines are none, a broken one is a fault."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            faults.add(line, _csv_fault(str(error)))
            continue
        if row and (len(row) > 1 or row[0].strip()):
            yield line, row


def _csv_fault(message: str) -> str:
    if "end of data" in message:
        return "found a quoted cell that never ends, expected a closing quote"
    if "expected after" in message:
        return "found text after a closing quote, expected the next cell (double an inner quote)"
    if "field limit" in message:
        limit = csv.field_size_limit()
        return f"found a cell of over {limit} characters, expected less (is a quote left open?)"
    return f"found a line that csv cannot split ({message}), expected cells"
