"""Tables of facts: triples with notes beside them; or wide, a row a key and a column a relation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

from factrank.facts.cells import Record, delimiter_of, records_of
from factrank.facts.reading import Faults, cut
from factrank.facts.rows import Collector

TRIPLE_HEADERS = (
    ("key", "query", "value"),
    ("subject", "relation", "object"),
    ("head", "relation", "tail"),
)


def table_of(text: str, format: str | None, faults: Faults) -> Collector:
    """The facts of a table; without a format its header decides."""
    reading = faults.reading
    delimiter = reading.delimiter or delimiter_of(text, faults.name)
    records = records_of(text, delimiter, faults)
    first = next(records, None)
    if first is None:
        if not faults.count:
            faults.add(1, "found no text, expected a header line and facts", fatal=True)
        raise faults.error()
    if not reading.header:
        records = chain([first], records)
    elif format is None:
        format = _format(first, faults)
    if format == "wide":
        return _wide(first, records, delimiter, faults)
    return _triples(first, records, faults)


# ---- the two layouts ------------------------------------------------------------------------


def _triples(first: Record, records: Iterable[Record], faults: Faults) -> Collector:
    names = ["key", "query", "value"]
    if faults.reading.header:
        names += _notes(first, faults)
    faults.check()
    collector = Collector(names[3:])
    keys, queries, values = collector.keys, collector.queries, collector.values
    k_of, q_of = collector.k.append, collector.q.append
    v_of, line_of = collector.v.append, collector.line.append
    add, width, expected = collector.add, len(names), cut(", ".join(names))
    # the loop a million facts run through: no call that can be spared
    for line, row in records:
        if len(row) != width:
            faults.add(line, f"found {_cells(len(row))}, expected {width}: {expected}")
            continue
        k, q, v = row[:3]
        if not (k.strip() and q.strip() and v.strip()):
            empty = names[[bool(cell.strip()) for cell in row].index(False)]
            faults.add(line, f"found an empty {empty}, expected a label")
        elif width > 3:
            add(line, k, q, v, row[3:])
        else:
            k_of(keys.setdefault(k, len(keys)))
            q_of(queries.setdefault(q, len(queries)))
            v_of(values.setdefault(v, len(values)))
            line_of(line)
    return collector


def _wide(first: Record, records: Iterable[Record], delimiter: str, faults: Faults) -> Collector:
    line, columns = first
    width = len(columns)
    if width < 2:
        rule = "a key column and at least one relation"
        rule += f" (parted by {delimiter!r}; another delimiter?)"
        faults.add(line, f"found 1 column, expected {rule}", fatal=True)
    if not faults.reading.header:
        columns = ["key", *(f"column {n}" for n in range(2, width + 1))]
    _check_columns(line, columns, faults)
    faults.check()
    collector = Collector()
    collector.queries.update({name: n for n, name in enumerate(columns[1:])})
    for line, row in records:
        if len(row) != width:
            faults.add(line, f"found {_cells(len(row))}, expected {width} as in the first line")
        elif not row[0].strip():
            faults.add(line, "found an empty key, expected a label in the first column")
        else:
            collector.keys.setdefault(row[0], len(collector.keys))
            for query, cell in zip(columns[1:], row[1:], strict=True):
                if cell.strip():
                    collector.add(line, row[0], query, cell)
    return collector


# ---- headers --------------------------------------------------------------------------------


def _format(first: Record, faults: Faults) -> str:
    """Triples, if the header names the three columns; a near miss is a fault, not a table."""
    line, row = first
    names = tuple(cell.strip().lower() for cell in row)
    if names[:3] in TRIPLE_HEADERS:
        return "triples"
    for known in TRIPLE_HEADERS:
        missing = set(known) - set(names)
        if not missing or (len(missing) == 1 and known[1] in names and len(names) < 3):
            what = "order" if not missing else "header"
            faults.stop(
                line,
                f"found the header {cut(','.join(names))}, expected the {what} {','.join(known)} "
                "(or the format 'wide', if this is a table)",
            )
    return "wide"


def _notes(first: Record, faults: Faults) -> Sequence[str]:
    """The names of the columns after the three of a fact."""
    line, row = first
    if len(row) < 3:
        found = _cells(len(row))
        rule = "a header of 3: key, query, value"
        faults.add(line, f"found {found}, expected {rule}", fatal=True)
    names = [cell.strip().lower() for cell in row]
    _check_columns(line, names, faults)
    return names[3:]


def _check_columns(line: int, columns: Sequence[str], faults: Faults) -> None:
    """Each column needs a name of its own; the first one's may be empty (a table's corner)."""
    first: dict[str, int] = {}
    for n, column in enumerate(columns, 1):
        if not column.strip():
            if n > 1:
                found = f"an empty header cell in column {n}"
                faults.add(line, f"found {found}, expected a name", fatal=True)
        elif first.setdefault(column, n) != n:
            found = f"the column name {cut(column)!r} in columns {first[column]} and {n}"
            faults.add(line, f"found {found}, expected every name once", fatal=True)


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"
