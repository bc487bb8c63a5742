"""Reading facts from CSV or TSV text, as triples or as a wide table; a fault names its line."""

from __future__ import annotations

import os
from collections.abc import Iterable
from itertools import chain

from factrank.errors import FactrankError
from factrank.facts.cells import Faults, Record, decode, delimiter_of, read_bytes, records_of
from factrank.facts.database import Database

FORMATS = ("triples", "wide")
TRIPLE_HEADERS = (
    ("key", "query", "value"),
    ("subject", "relation", "object"),
    ("head", "relation", "tail"),
)


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
    name, data = read_bytes(source)
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
    faults = Faults(name)
    text = data if isinstance(data, str) else decode(data, faults)
    text = text.removeprefix("\ufeff")
    records = records_of(text, delimiter_of(text, name), faults)
    first = next(records, None)
    if first is None:
        if not faults.count:
            faults.add(1, "found no text, expected a header line and facts")
        raise faults.error()
    if header:
        format = format or _format(first, faults)
    layout = _wide if format == "wide" else _triples
    database = layout(first, header, records if header else chain([first], records), faults)
    if faults.count:
        raise faults.error()
    if not database.facts:
        raise FactrankError(f"{name}:{first[0]}: found no fact, expected at least one")
    return database


# ---- the two layouts ------------------------------------------------------------------------


def _triples(first: Record, header: bool, records: Iterable[Record], faults: Faults) -> Database:
    if header and len(first[1]) != 3:
        found = _cells(len(first[1]))
        faults.add(first[0], f"found {found}, expected a header of 3: key, query, value")
    keys: dict[str, int] = {}
    queries: dict[str, int] = {}
    values: dict[str, int] = {}
    facts = set()
    # the loop a million facts run through: no call that can be spared
    for line, row in records:
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


def _wide(first: Record, header: bool, records: Iterable[Record], faults: Faults) -> Database:
    width = len(first[1])
    if width < 2:
        faults.add(first[0], "found 1 column, expected a key column and at least one relation")
    columns = first[1] if header else ["key", *(f"column {n}" for n in range(2, width + 1))]
    _check_columns(first[0], columns, faults)
    keys: dict[str, int] = {}
    values: dict[str, int] = {}
    facts = set()
    for line, row in records:
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


def _check_columns(line: int, columns: list[str], faults: Faults) -> None:
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


def _format(first: Record, faults: Faults) -> str:
    line, row = first
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


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"
