"""Facts as they stand in a source: each occurrence with its line, and what is noted beside it."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from factrank.facts.database import Database


class Row(NamedTuple):
    """One occurrence of a fact: its labels, the line it begins on, its notes by name."""

    key: str
    query: str
    value: str
    line: int
    notes: dict[str, str]


@dataclass(frozen=True)
class Rows:
    """What a source says, in its order: a fact given twice stands here twice. [ours]

    Occurrence i is the fact (keys[k[i]], queries[q[i]], values[v[i]]), begun on line ``line[i]``
    (the first is 1; 0 where the source has no lines, as a database made by rule). ``notes`` holds
    the further columns of a table of triples, one text an occurrence: ``source`` and ``date`` are
    names that an audit knows. ``skipped`` are the sentences on lines that were left out (the first
    20), ``skipped_count`` the number of all; both are empty unless it was asked to skip. ``told``
    says how the source was read, where it could be read otherwise. ``own`` are labels that name
    something in this source alone: blank nodes of RDF.

    Columns of integers, not objects: a million occurrences cost 20 MB beside their labels.

    >>> from factrank.facts.reading.read import parse_rows
    >>> rows = parse_rows("key,query,value,source\\nOslo,in,Norway,a\\nOslo,in,Norway,b\\n")
    >>> len(rows), list(rows.line), rows.notes["source"], len(rows.database())
    (2, [2, 3], ['a', 'b'], 1)
    >>> next(iter(rows))
    Row(key='Oslo', query='in', value='Norway', line=2, notes={'source': 'a'})
    """

    name: str
    keys: tuple[str, ...]
    queries: tuple[str, ...]
    values: tuple[str, ...]
    k: Sequence[int]
    q: Sequence[int]
    v: Sequence[int]
    line: Sequence[int]
    notes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    skipped: tuple[str, ...] = ()
    skipped_count: int = 0
    told: tuple[str, ...] = ()
    own: frozenset[str] = frozenset()

    def __len__(self) -> int:
        return len(self.line)

    def __iter__(self) -> Iterator[Row]:
        return (self[i] for i in range(len(self)))

    def __getitem__(self, i: int) -> Row:
        """Occurrence i with its labels."""
        labels = self.keys[self.k[i]], self.queries[self.q[i]], self.values[self.v[i]]
        return Row(*labels, self.line[i], {name: texts[i] for name, texts in self.notes.items()})

    def database(self) -> Database:
        """The set of the facts, with every label of the source, used or not."""
        # one integer a fact while they are sorted: half the time of tuples
        many_q, many_v = len(self.queries), len(self.values)
        codes = {
            (k * many_q + q) * many_v + v for k, q, v in zip(self.k, self.q, self.v, strict=True)
        }
        facts = [(n // many_v // many_q, n // many_v % many_q, n % many_v) for n in sorted(codes)]
        return Database(self.keys, self.queries, self.values, tuple(facts))


def rows_of(database: Database, name: str) -> Rows:
    """The facts of a database that stands in no file: line 0, no notes.

    >>> list(rows_of(Database.from_triples([("a", "r", "x")]), "made").line)
    [0]
    """
    k, q, v = (array("i", (fact[axis] for fact in database.facts)) for axis in range(3))
    labels = database.keys, database.queries, database.values
    return Rows(name, *labels, k, q, v, array("i", bytes(4 * len(database))))


class Collector:
    """Gathers occurrences while a reader goes through its text."""

    def __init__(self, notes: Sequence[str] = ()) -> None:
        self.keys: dict[str, int] = {}
        self.queries: dict[str, int] = {}
        self.values: dict[str, int] = {}
        self.k, self.q, self.v, self.line = array("i"), array("i"), array("i"), array("i")
        self.notes: dict[str, list[str]] = {name: [] for name in notes}
        self.told: list[str] = []  # how it was read, where it could be read otherwise
        self.own: set[str] = set()
        self._texts: dict[str, str] = {}

    def add(self, line: int, key: str, query: str, value: str, notes: Sequence[str] = ()) -> None:
        self.k.append(self.keys.setdefault(key, len(self.keys)))
        self.q.append(self.queries.setdefault(query, len(self.queries)))
        self.v.append(self.values.setdefault(value, len(self.values)))
        self.line.append(line)
        if self.notes:
            for column, text in zip(self.notes.values(), notes, strict=True):
                column.append(self._texts.setdefault(text, text))  # equal texts are kept once

    def rows(self, name: str, skipped: Sequence[str] = (), count: int = 0) -> Rows:
        labels = tuple(self.keys), tuple(self.queries), tuple(self.values)
        columns = self.k, self.q, self.v, self.line
        told, own = tuple(self.told), frozenset(self.own)
        return Rows(name, *labels, *columns, self.notes, tuple(skipped), count, told, own)
