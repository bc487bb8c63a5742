"""A table, a view or one question of a SQLite database, read from a copy in memory."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from factrank.errors import FactrankError
from factrank.facts.labels import printable
from factrank.facts.reading import packed
from factrank.facts.reading.options import cut

if TYPE_CHECKING:
    from sqlite3 import Connection

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
