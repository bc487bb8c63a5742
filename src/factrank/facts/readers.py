"""Reading facts from CSV or TSV text, as triples or as a wide table; a fault names its line."""

from __future__ import annotations

import csv
import io
import os
import re
import sys
from collections.abc import Iterator

from factrank.errors import FactrankError
from factrank.facts.database import Database

FORMATS = ("triples", "wide")
TRIPLE_HEADERS = (
    ("key", "query", "value"),
    ("subject", "relation", "object"),
    ("head", "relation", "tail"),
)
SHOWN = 20
_QUOTED = re.compile(r'"(?:[^"]|"")*"')


def read(
    source: str | os.PathLike[str], *, format: str | None = None, header: bool = True
) -> Database:
    """The database in a file, on standard input or in the library. [ours]

    ``source`` is a path, ``"-"`` (standard input) or ``"library:NAME"``. The text is UTF-8, cells
    parted by commas, tabs or semicolons (the header line decides; ``.tsv`` means tabs). A header
    ``key,query,value``, ``subject,relation,object`` or ``head,relation,tail``, in capitals or not,
    means triples. Any other header means a wide table: the first column is the key, each further
    column a relation, an empty cell a missing fact. ``format`` (``"triples"`` or ``"wide"``)
    overrides that; ``header=False`` says that the first line is already a fact (triples unless
    ``format="wide"``, whose relations are then called ``column 2``, ``column 3``, ...). Equal text
    is the same label, and text is kept as it stands, blanks included; a fact given twice counts
    once, and a wide table's rows and columns are labels even where they hold no fact.

    Errors: ``FactrankError`` with one ``file:line: found, expected`` per fault, at most 20 and
    their number, for a source that cannot be read, text that is not UTF-8, a wrong number of
    cells, an empty label, a column name that is empty or given twice, or no fact at all.

    >>> read("library:example").shape
    (5, 3, 4)
    >>> read("nowhere.csv")
    Traceback (most recent call last):
    ...
    factrank.errors.FactrankError: nowhere.csv: found no such file, expected a file of facts
    """
    if isinstance(source, str) and source.startswith("library:"):
        from factrank.facts import library

        if format is not None or not header:
            raise FactrankError(f"{source}: expected a library name without format or header")
        return library.load(source.removeprefix("library:"))
    name, data = _bytes(source)
    return parse(data, name, format=format, header=header)


def parse(
    data: bytes | str, name: str = "text", *, format: str | None = None, header: bool = True
) -> Database:
    """The database written in ``data``, as ``read`` reads it; faults call the text ``name``.

    >>> list(parse("city,country\\nOslo,Norway\\nRome,\\n").triples())
    [('Oslo', 'country', 'Norway')]
    """
    if format is not None and format not in FORMATS:
        raise FactrankError(f"format: expected 'triples' or 'wide', found {format!r}")
    faults = _Faults(name)
    text = data if isinstance(data, str) else _decode(data, faults)
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise FactrankError(f"{name}:1: found no text, expected a header line and facts")
    records = _records(text, _delimiter(text, name), faults)
    first = next(records, None)
    if first is None:
        raise faults.error()
    line, row = first
    if header:
        format = format or _format(line, row, faults)
    if format == "wide":
        database = _wide(line, row, header, records, faults)
    else:
        database = _triples(line, row, header, records, faults)
    if faults.count:
        raise faults.error()
    if not database.facts:
        raise FactrankError(f"{name}:{line}: found no fact, expected at least one")
    return database


# ---- the two layouts ------------------------------------------------------------------------


def _triples(
    line: int,
    row: list[str],
    header: bool,
    records: Iterator[tuple[int, list[str]]],
    faults: _Faults,
) -> Database:
    if header and len(row) != 3:
        faults.add(line, f"found {_cells(len(row))}, expected a header of 3: key, query, value")
    keys: dict[str, int] = {}
    queries: dict[str, int] = {}
    values: dict[str, int] = {}
    facts = set()
    # the loop a million facts run through: no call that can be spared
    for line, row in records if header else _with_first(line, row, records):
        if len(row) != 3:
            faults.add(line, f"found {_cells(len(row))}, expected 3: key, query, value")
            continue
        k, q, v = row
        if not (k.strip() and q.strip() and v.strip()):
            empty = ("key", "query", "value")[[bool(cell.strip()) for cell in row].index(False)]
            faults.add(line, f"found an empty {empty}, expected a label")
            continue
        facts.add(
            (
                keys.setdefault(k, len(keys)),
                queries.setdefault(q, len(queries)),
                values.setdefault(v, len(values)),
            )
        )
    return Database(tuple(keys), tuple(queries), tuple(values), tuple(facts))


def _wide(
    line: int,
    row: list[str],
    header: bool,
    records: Iterator[tuple[int, list[str]]],
    faults: _Faults,
) -> Database:
    width = len(row)
    if width < 2:
        faults.add(line, "found 1 column, expected a key column and at least one relation")
    columns = row if header else ["key", *(f"column {n}" for n in range(2, width + 1))]
    _check_columns(line, columns, faults)
    keys: dict[str, int] = {}
    values: dict[str, int] = {}
    facts = set()
    for line, row in records if header else _with_first(line, row, records):
        if len(row) != width:
            faults.add(line, f"found {_cells(len(row))}, expected {width} as in the first line")
            continue
        if not row[0].strip():
            faults.add(line, "found an empty key, expected a label in the first column")
            continue
        k = keys.setdefault(row[0], len(keys))
        for q, cell in enumerate(row[1:]):
            if cell.strip():
                facts.add((k, q, values.setdefault(cell, len(values))))
    if faults.count:
        return Database((), (), (), ())
    return Database(tuple(keys), tuple(columns[1:]), tuple(values), tuple(facts))


def _check_columns(line: int, columns: list[str], faults: _Faults) -> None:
    """Each relation needs a name of its own; the key column's may be empty (the table's corner)."""
    first: dict[str, int] = {}
    for n, column in enumerate(columns, 1):
        if not column.strip():
            if n > 1:
                faults.add(line, f"found an empty header cell in column {n}, expected a name")
        elif first.setdefault(column, n) != n:
            faults.add(
                line,
                f"found the column name {column!r} in columns {first[column]} and {n}, "
                "expected every name once",
            )


def _format(line: int, row: list[str], faults: _Faults) -> str:
    names = tuple(cell.strip().lower() for cell in row)
    if names in TRIPLE_HEADERS:
        return "triples"
    for known in TRIPLE_HEADERS:
        if sorted(names) == sorted(known):
            faults.add(
                line,
                f"found the header {','.join(names)}, expected the order {','.join(known)} "
                "(or the format 'wide', if this is a table)",
            )
    return "wide"


# ---- text, lines and cells ------------------------------------------------------------------


def _bytes(source: str | os.PathLike[str]) -> tuple[str, bytes]:
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


def _decode(data: bytes, faults: _Faults) -> str:
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


def _delimiter(text: str, name: str) -> str:
    line = next(line for line in io.StringIO(text) if line.strip())
    bare = _QUOTED.sub("", line)
    if name.lower().endswith(".tsv") or "\t" in bare.rstrip("\r\n"):
        return "\t"
    return ";" if bare.count(";") > bare.count(",") else ","


def _records(text: str, delimiter: str, faults: _Faults) -> Iterator[tuple[int, list[str]]]:
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


def _with_first(
    line: int, row: list[str], records: Iterator[tuple[int, list[str]]]
) -> Iterator[tuple[int, list[str]]]:
    yield line, row
    yield from records


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"


class _Faults:
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
