"""Sheets of Excel workbooks, read by openpyxl; Parquet files, by pyarrow (extra `tables`); a
table, a view or one question of a SQLite database, read from a copy in memory."""

from __future__ import annotations

import io
import json
import re
import warnings
from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import TYPE_CHECKING, Any, NamedTuple
from zipfile import ZipFile

from factrank.errors import FactrankError
from factrank.facts.labels import printable
from factrank.facts.reading import packed
from factrank.facts.reading.options import cut
from factrank.facts.reading.typed import NoCell, shortest, text_of
from factrank.packages import needed

if TYPE_CHECKING:
    from sqlite3 import Connection

CELLS = 2**26  # of a sheet, the empty ones before a last one too: eight bytes each
LINES = 2**20  # of a sheet, by Excel's own limit: one that claims more would be counted through
_FORMULA, _MERGED = (re.compile(rb"<(\w+:)?%b[ />]" % it) for it in (b"f", b"mergeCell"))


class Unknown(NamedTuple):
    """What stands in a cell in place of a value."""

    what: str


def text(cell: Any) -> str:
    """``text_of`` for a cell of a sheet."""
    if isinstance(cell, Unknown):
        raise NoCell(cell.what)
    return text_of(cell)


def excel_rows(data: bytes, name: str, part: str | None) -> tuple[list[list[Any]], list[str]]:
    """The rows of the sheet called ``part``, or of the first with a cell, without the empty columns
    around them; and sentences on what else is in the workbook.

    A formula counts as the value that was saved with it. Errors: ``FactrankError`` for a broken
    workbook, one of more than ``packed.MOST`` bytes, one without such a sheet.
    """
    needed(name, "tables", ["openpyxl"])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and charts that it does not keep
            return _read(data, name, part)
    except (FactrankError, MemoryError):
        raise
    except Exception as error:  # of zip, of XML, of what a workbook must have: many kinds
        found = cut(f"{type(error).__name__}: {str(error) or 'cut short'}".split("\n")[0], 100)
        raise FactrankError(f"{name}: expected an Excel workbook, found: {found}") from None


def _read(data: bytes, name: str, part: str | None) -> tuple[list[list[Any]], list[str]]:
    formulas, merged = _looked(data, name)
    sheets = _sheets(data, values=True)
    if part is not None and part not in sheets:
        shown = cut(", ".join(sheets), 120)
        raise FactrankError(f"{name}: expected one of its sheets ({shown}), found {cut(part)!r}")
    written = _sheets(data, values=False) if formulas else {}
    found: dict[str, list[list[Any]]] = {}
    for title in sheets if part is None else [part]:
        cells = _rows(sheets[title], written.get(title), name)
        if rows := _cropped(cells):
            found[title] = rows
    first = next(iter(found), "")
    told = []
    if others := [title for title in found if title != first]:
        told.append(
            f"{name}: read the sheet {first!r}, not {cut(', '.join(others))} ({name}::SHEET names "
            "another)"
        )
    if merged:
        told.append(f"{name}: has merged cells, of which only the first holds their text")
    return found.get(first, []), told


def _looked(data: bytes, name: str) -> tuple[bool, bool]:
    """Whether there are formulas and merged cells."""
    with ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
        if not packed.in_pieces(members):
            rule = "a workbook that is stored or deflated"
            raise FactrankError(f"{name}: expected {rule}, found another method")
        if sum(it.file_size for it in members) > packed.MOST:
            rule = f"a workbook of at most {packed.MOST // 2**20} MiB when unpacked"
            raise FactrankError(f"{name}: expected {rule}, found more")
        formulas = merged = False
        for it in members:
            with archive.open(it) as file:  # one that holds more than it says fails its sum here
                sheet = file.read(it.file_size + 1)
            if it.filename.startswith("xl/worksheets/"):
                formulas |= bool(_FORMULA.search(sheet))
                merged |= bool(_MERGED.search(sheet))
    return formulas, merged


def _sheets(data: bytes, *, values: bool) -> dict[str, Any]:
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=values)
    for sheet in book.worksheets:
        sheet.reset_dimensions()  # what it says of its size may be wrong, and would cut it
    return {sheet.title: sheet for sheet in book.worksheets}


def _rows(sheet: Any, written: Any, name: str) -> Iterator[Sequence[Any]]:
    """Row by row, a blank one without cells."""
    beside = written.iter_rows() if written is not None else repeat(())
    held = 0
    for line, (row, formulas) in enumerate(zip(sheet.iter_rows(), beside, strict=False), 1):
        if line > LINES:
            raise FactrankError(f"{name}: expected at most {LINES} rows, found more")
        held += len(row)
        if held > CELLS:
            raise FactrankError(f"{name}: expected at most {CELLS} cells of a sheet, found more")
        cells = [_cell(it) for it in row]
        for n, (cell, it) in enumerate(zip(cells, formulas, strict=False)):
            # a formula whose value is an empty text was computed: its type says so
            if cell is None and it.data_type == "f" and row[n].data_type != "str":
                cells[n] = Unknown("a formula without a value (a program that computes saves it)")
        yield cells if any(it not in (None, "") for it in cells) else ()


def _cell(cell: Any) -> Any:
    return Unknown(f"the error {cell.value}") if cell.data_type == "e" else cell.value


def _cropped(rows: Iterator[Sequence[Any]]) -> list[list[Any]]:
    """The rows without the columns left and right that are empty throughout."""
    kept = list(rows)
    used = [n for row in kept for n, cell in enumerate(row) if cell not in (None, "")]
    if not used:
        return []
    left, right = min(used), max(used) + 1
    return [[*row, *repeat(None, right - len(row))][left:right] if row else [] for row in kept]


# ---- Parquet ---------------------------------------------------------------------------------


BATCH = 4096  # rows at a time


def parquet_rows(data: bytes, name: str, part: str | None) -> Iterator[Sequence[Any]]:
    """The names of the columns, then the rows; a number of 32 bits is its shortest decimal.

    Errors: ``FactrankError`` for a broken file, and for an index that pandas kept in it.
    """
    if part is not None:
        raise FactrankError(f"{name}: expected no part of a Parquet file, found {cut(part)!r}")
    needed(name, "tables", ["pyarrow"])
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(pa.BufferReader(data))
        schema = file.schema_arrow
        _check_index(schema.metadata or {}, name)
        yield list(schema.names)
        for batch in file.iter_batches(BATCH):
            yield from zip(*(_cells(pa, it) for it in batch.columns), strict=True)
    except pa.ArrowMemoryError:
        raise
    except (pa.ArrowException, OSError, ValueError) as error:
        if isinstance(error, FactrankError):
            raise
        found = cut(str(error).split("\n")[0], 120)
        raise FactrankError(f"{name}: expected a Parquet file, found: {found}") from None


def _cells(pa: Any, column: Any) -> list[Any]:
    cells, narrow = column.to_pylist(), {pa.float32(): "f", pa.float16(): "e"}
    kind = narrow.get(column.type)
    return list(cells) if kind is None else [shortest(it, kind) for it in cells]


def _check_index(metadata: dict[bytes, bytes], name: str) -> None:
    """A frame's index that is more than a numbering is a column of the file, which may be a key."""
    try:
        told = json.loads(metadata.get(b"pandas", b"{}"))
        index = [it for it in told.get("index_columns", ()) if isinstance(it, str)]
    except (ValueError, AttributeError, TypeError, RecursionError):
        return
    if index:
        raise FactrankError(
            f"{name}: expected a mere numbering as index, found {cut(', '.join(index))} "
            "(reset_index() before to_parquet() makes it a column, and the first)"
        )


# ---- SQLite ----------------------------------------------------------------------------------


ASKS = re.compile(r"\s*(select|with)\b", re.IGNORECASE)
STEPS = 10**6  # of SQLite's machine between two looks at Ctrl-C


def sqlite_rows(data: bytes, name: str, part: str | None) -> Iterator[Sequence[Any]]:
    """The names of the columns, then the rows, of a table or view called ``part``, or of the one
    ``SELECT`` that it is; without it of the only table.

    Errors: ``FactrankError`` for what is no database, several tables, none of that name, and for
    SQL that does more than read.
    """
    try:
        import sqlite3
    except ImportError:
        raise FactrankError(f"{name}: expected Python's module sqlite3, found none") from None
    if not hasattr(sqlite3.Connection, "deserialize"):
        raise FactrankError(
            f"{name}: expected Python's sqlite3 with deserialize, found one without"
        )
    connection = sqlite3.connect(":memory:")
    connection.text_factory = lambda told: told.decode("utf-8", "surrogateescape")
    try:
        _check_whole(data, name)
        _open(connection, data)
        asked = _asked(connection, name, part)
        yield from _answers(connection, asked)
    except sqlite3.Error as error:
        found = cut(str(error), 120)
        if found == "interrupted":  # Ctrl-C, met between two looks
            raise KeyboardInterrupt from None
        if found == "not authorized" or "one statement" in found:
            raise FactrankError(
                f"{name}: expected one SELECT that only reads, found {cut(part or '')!r}"
            ) from None
        raise FactrankError(f"{name}: expected a SQLite database to read, found: {found}") from None
    finally:
        connection.close()


def check_at_rest(path: str) -> None:
    """Nothing, if all that a database holds stands in its own file.

    Errors: ``FactrankError`` for a log of changes beside it that are not yet in it.
    """
    for log in (f"{path}-wal", f"{path}-journal"):
        try:
            with open(log, "rb") as file:
                start = file.read(8)
        except OSError:
            continue
        if start.strip(b"\0"):  # one that is done with is empty, or begins with zeros
            raise FactrankError(
                f"{printable(path)}: expected a database that no program writes to, found its log "
                f"{printable(log)} (close that program, or open and close it with sqlite3)"
            )


def _check_whole(data: bytes, name: str) -> None:
    """The size that its header tells, where the last writer kept it up: SQLite reads on without."""
    size, pages = int.from_bytes(data[16:18]), int.from_bytes(data[28:32])
    told = pages * (2**16 if size == 1 else size) if data[24:28] == data[92:96] else 0
    if len(data) < max(told, 100):
        rule = f"a whole SQLite database of {told} bytes" if told else "a SQLite database"
        raise FactrankError(f"{name}: expected {rule}, found {len(data)}")


def _open(connection: Connection, data: bytes) -> None:
    import sqlite3

    if data[18:20] != b"\1\1":  # a copy in memory has no log beside it: these would ask for one
        data = b"".join((data[:18], b"\1\1", memoryview(data)[20:]))
    connection.deserialize(data)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, packed.MOST)
    connection.execute("PRAGMA trusted_schema = OFF")
    reads = {
        sqlite3.SQLITE_READ, sqlite3.SQLITE_SELECT, sqlite3.SQLITE_FUNCTION,
        sqlite3.SQLITE_RECURSIVE,
    }  # fmt: skip
    connection.set_authorizer(
        lambda action, *_: sqlite3.SQLITE_OK if action in reads else sqlite3.SQLITE_DENY
    )
    connection.set_progress_handler(lambda: 0, STEPS)


def _asked(connection: Connection, name: str, part: str | None) -> str:
    """A SELECT as it is given, or the one that reads a table; a table may be called like one."""
    kinds = "type = 'table'" if part is None else "type in ('table', 'view')"
    asked = (
        f"select name from sqlite_master where {kinds} and name not like 'sqlite\\_%' escape '\\'"
    )
    tables = [it[0] for it in connection.execute(asked)]
    found = tables if part is None else [it for it in tables if it == part]
    if part and not found and ASKS.match(part):
        return part
    if len(found) != 1:
        shown = cut(", ".join(tables), 120) or "none"
        rule = "one table, named" if part is None else f"one of its tables ({shown})"
        many = f"{len(tables)}: {shown} ({name}::NAME names one)" if tables else "no table"
        raise FactrankError(
            f"{name}: expected {rule}, found {many if part is None else repr(part)}"
        )
    quoted = found[0].replace('"', '""')
    return f'select * from "{quoted}"'


def _answers(connection: Connection, asked: str) -> Iterator[Sequence[Any]]:
    cursor = connection.execute(asked)
    yield [it[0] for it in cursor.description]
    yield from cursor
