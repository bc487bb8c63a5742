"""The record of a sweep: one SQLite file, one row and one transaction a finished item.

The key of an item is the digest of its full configuration and of the source that computes it. A
kill at any moment loses what was in flight and nothing else, and no item is ever there twice.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Mapping
from math import inf
from pathlib import Path
from typing import Any, NamedTuple

from factrank.errors import FactrankError
from factrank.facts.strict import show

_TABLES = (
    "create table if not exists items (key text primary key, source text not null, "
    "config text not null, row text not null) without rowid",
    "create table if not exists runs (number integer primary key, source text not null, "
    "about text not null)",
)


class _Done(NamedTuple):
    """What a statement changed, and what it gave: all of it, so that a fault is met at once."""

    changed: int
    rows: list[tuple[Any, ...]]


def key_of(config: Mapping[str, Any], source: str = "") -> str:
    """SHA-256 (hex) of a configuration and the digest of the source that computes it.

    The order of its names does not matter.

    >>> key_of({"a": 1, "b": 2.5}) == key_of({"b": 2.5, "a": 1}) != key_of({"a": 1, "b": 2.6})
    True
    """
    return hashlib.sha256(f"{source}\n{_text(config)}".encode()).hexdigest()


class Store:
    """What a sweep has finished, on disk; use as a context manager.

    Errors: ``FactrankError`` if the file cannot be opened or is no store.

    >>> with Store(":memory:") as store:
    ...     store.add({"seed": 1}, {"recalled": 1.0})
    ...     store.add({"seed": 1}, {"recalled": 0.5})  # it is there: the first row stays
    ...     store.row({"seed": 1}), store.row({"seed": 2}), len(store)
    True
    False
    ({'recalled': 1.0}, None, 1)
    """

    def __init__(self, path: str | Path, source: str = "") -> None:
        self.path, self.source = str(path), source
        try:
            if self.path != ":memory:":
                Path(path).parent.mkdir(parents=True, exist_ok=True)
            # autocommit: every statement is a transaction of its own
            self._db = sqlite3.connect(self.path, timeout=60, isolation_level=None)
            there = self._db.execute("select name from sqlite_master where type = 'table'")
            if others := {name for (name,) in there} - {"items", "runs", "sqlite_sequence"}:
                raise FactrankError(
                    f"{path}: expected a store of results, found a database of {show(min(others))}"
                )
            self._db.execute("pragma journal_mode=wal")
            self._db.execute("pragma synchronous=normal")
            for table in _TABLES:
                self._db.execute(table)
        except (OSError, sqlite3.Error) as error:
            raise FactrankError(f"{path}: expected a store of results, found: {error}") from None

    def add(self, config: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
        """Keep a finished item; say whether it is new. One transaction."""
        done = self._run(
            "insert or ignore into items values (?, ?, ?, ?)",
            (key_of(config, self.source), self.source, _text(config), json.dumps(dict(row))),
        )
        return done.changed == 1

    def row(self, config: Mapping[str, Any]) -> dict[str, Any] | None:
        """The row of an item, None if it is missing."""
        key = key_of(config, self.source)
        found = self._run("select row from items where key = ?", (key,)).rows
        return self._parsed(found[0][0]) if found else None

    def missing(self, configs: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """Those that are not there, in the order given."""
        there = {key for (key,) in self._run("select key from items", ()).rows}
        return [config for config in configs if key_of(config, self.source) not in there]

    def note(self, about: Mapping[str, Any]) -> None:
        """Write down that a run ended: when it was resumed, each part has a line of its own."""
        self._run(
            "insert into runs (source, about) values (?, ?)", (self.source, json.dumps(dict(about)))
        )

    def runs(self) -> list[dict[str, Any]]:
        """What ``note`` wrote down for this source, in order; a killed run wrote nothing."""
        found = self._run("select about from runs where source = ? order by number", (self.source,))
        runs = [self._parsed(about) for (about,) in found.rows]
        for run in runs:
            for took in (run.get("seconds"), run.get("processor", 0)):
                number = None if isinstance(took, bool) else took
                if not isinstance(number, int | float) or not 0 <= number < inf:
                    raise FactrankError(
                        f"{self.path}: expected the seconds of a run as a number, "
                        f"found {show(took)}"
                    )
        return runs

    def __len__(self) -> int:
        found = self._run("select count(*) from items where source = ?", (self.source,))
        return int(found.rows[0][0])

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _parsed(self, text: object) -> dict[str, Any]:
        """An object that was written here."""
        try:
            found = json.loads(text) if isinstance(text, str) else text
        except (ValueError, RecursionError):
            found = text
        if type(found) is not dict:
            raise FactrankError(f"{self.path}: expected rows as objects, found {show(found)}")
        return found

    def _run(self, statement: str, values: tuple[object, ...]) -> _Done:
        try:
            found = self._db.execute(statement, values)
            return _Done(found.rowcount, found.fetchall())
        except sqlite3.Error as error:
            raise FactrankError(
                f"{self.path}: expected a store of results that can be read and written, "
                f"found: {error}"
            ) from None


def _text(config: Mapping[str, Any]) -> str:
    return json.dumps(dict(config), sort_keys=True)
