"""From text in a format that is known to rows; JSON Lines and RDF have readers of their own. A
table holds triples with notes beside them, or is wide, a row a key and a column a relation; one
whose header could be one of facts is told in one sentence, with how to read it otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import chain
from operator import itemgetter

from factrank.facts.labels import printable
from factrank.facts.reading.cells import (
    Record,
    decode,
    delimiter_of,
    first_line,
    format_of,
    other_delimiter,
    records_of,
)
from factrank.facts.reading.headers import asked_and_said, could_be_facts
from factrank.facts.reading.jsonlines import jsonl_of
from factrank.facts.reading.layout import (
    JOINT,
    SLOTS,
    WIDE,
    Layout,
    layout_of,
    told_again,
    told_triples,
)
from factrank.facts.reading.options import Faults, Reading, cut
from factrank.facts.reading.rdf import rdf_of
from factrank.facts.rows import Collector, Rows

TRIPLES = "--format triples"
HEADER = 2**16  # characters that a first line may have, to be looked at


def rows_of_text(
    data: bytes | str,
    name: str,
    reading: Reading,
    parse: Callable[[str, Faults], Collector] | None = None,
) -> Rows:
    """Every fact written in a text, by the format that is told or by ``parse``.

    >>> text = "key,query,value\\na,r,x\\na,r\\nb,r,x\\n"
    >>> rows = rows_of_text(text, "text", Reading(skip_bad=True))
    >>> list(rows.line), rows.skipped
    ([2, 4], ('text:3: found 2 cells, expected 3: key, query, value',))
    """
    format = None if parse else reading.layout(name)
    faults = Faults(name, reading)
    text = decode(data, faults)
    del data  # the text holds it all again
    if parse:
        collector = parse(text, faults)
    elif format == "jsonl":
        collector = jsonl_of(text, faults)
    elif format in ("ntriples", "turtle"):
        collector = rdf_of(text, faults, format)
    else:
        collector = table_of(text, format, faults)
    faults.settle()
    if not collector.line:
        faults.stop(1, "found no fact, expected at least one")
    collector.told = [printable(sentence) for sentence in collector.told]
    return collector.rows(name, faults.sentences, faults.count)


# ---- what it could mean besides --------------------------------------------------------------


def rows_of_table(data: bytes | str, name: str, asked: Reading) -> Rows:
    """The facts of a table, and what could be read otherwise.

    >>> rows = rows_of_table("city,question,answer\\nOslo,country,Norway\\n", "f", Reading())
    >>> rows.queries, rows.told[0][:65]
    (('country',), "f: read as triples, key 'city', query 'question', value 'answer' ")
    """
    if asked.format or asked.header is False or asked.key or asked.columns:
        return rows_of_text(data, name, asked)
    names = _names(_head(data), name, asked)
    return _by_answer(data, names, name, asked) or _told(rows_of_text(data, name, asked), names)


def _head(data: bytes | str) -> str:
    head = data[:HEADER]
    text = head if isinstance(head, str) else head.decode("utf-8", "replace")
    return text.removeprefix("\ufeff")


def _names(head: str, name: str, asked: Reading) -> list[str]:
    """The cells of the first line."""
    apart = Faults(name, Reading(skip_bad=True))  # they are told when they are read
    delimiter = asked.delimiter or delimiter_of(head, name)
    return next(records_of(head, delimiter, apart), (1, []))[1]


def _by_answer(data: bytes | str, names: list[str], name: str, asked: Reading) -> Rows | None:
    places = asked_and_said(names)
    cells = [cell.strip() for cell in names]
    if places is None or len({cell.casefold() for cell in cells}) < 3 or not all(cells):
        return None
    columns = [cells[n] for n in places]
    rows = rows_of_text(data, name, replace(asked, format="triples", columns=columns))
    if names[places[1]] in rows.queries:  # the first line is a fact as the others are
        return None
    other = WIDE if asked.header else f"{WIDE}, --no-header reads the first line as a fact"
    return _and(rows, [told_triples(name, names, places, other)])


def _told(rows: Rows, names: Sequence[str]) -> Rows:
    wide = rows.queries == tuple(names[1:])
    if not wide or not could_be_facts(names) or any(TRIPLES in it for it in rows.told):
        return rows
    relations = ", ".join(repr(cut(name.strip(), 30)) for name in names[1:])
    told = [
        f"{rows.name}: read one row a key, the first line as a header, relations "
        f"{cut(relations, 200)} (--format triples --columns KEY,QUERY,VALUE if each line is a "
        "fact, --format wide if not)"
    ]
    return _and(rows, told)


def records_told(rows: Rows, data: bytes | str, asked: Reading) -> Rows:
    """The same of JSON Lines that were read as records.

    >>> text = '{"city": "Oslo", "question": "country", "answer": "Norway"}'
    >>> records_told(rows_of_text(text, "f.jsonl", Reading("jsonl")), text, Reading()).told
    ("f.jsonl: read as records, key 'city', relations 'question', 'answer' (the names
        'key', 'query', 'value' make each object a fact, --key city says that it is none)",)
    """
    if asked.key or asked.columns:
        return rows
    try:
        first = json.loads(first_line(_head(data)))
    except (ValueError, RecursionError):  # a line that is skipped, or a very long one
        return rows
    names = list(first) if isinstance(first, dict) else []
    if rows.queries[: len(names) - 1] != tuple(names[1:]) or not could_be_facts(names):
        return rows
    key, *rest = (cut(name, 30) for name in names)
    relations = ", ".join(map(repr, rest))
    told = [
        f"{rows.name}: read as records, key {key!r}, relations {cut(relations, 200)} (the names "
        f"{', '.join(map(repr, SLOTS))} make each object a fact, --key {key} says that it is none)"
    ]
    return _and(rows, told)


def _and(rows: Rows, told: list[str]) -> Rows:
    return replace(rows, told=(*rows.told, *map(printable, told)))


# ---- tables ---------------------------------------------------------------------------------


def table_of(text: str, format: str | None, faults: Faults) -> Collector:
    """The facts of a table; without a format its header decides."""
    reading = faults.reading
    if reading.format is None and (other := format_of(first_line(text))):
        rule = f"a table (--format {other} reads it, --format wide or triples as a table)"
        faults.stop(1, f"found text of the format {other}, expected {rule}")
    delimiter = reading.delimiter or delimiter_of(text, faults.name)
    other = None if reading.delimiter else other_delimiter(text, delimiter)
    records = records_of(text, delimiter, faults)
    first = next(records, None)
    if first is None:
        if not faults.count:
            faults.add(1, "found no text, expected a header line and facts", fatal=True)
        raise faults.error()
    layout = layout_of(first, text, delimiter, faults)
    if not layout.header:
        records = chain([first], records)
    read = _wide if layout.format == "wide" else _triples
    collector = read(first, layout, records, faults, delimiter)
    collector.told[:0] = layout.told
    if other:
        collector.told.insert(0, _parted(faults.name, delimiter, other))
    return collector


def _parted(name: str, delimiter: str, other: str) -> str:
    return (
        f"{name}: read cells parted by {delimiter!r}, though {other!r} stands in the first line as "
        f"often (--delimiter {other!r} parts them so, --delimiter {delimiter!r} as now)"
    )


# ---- the two layouts ------------------------------------------------------------------------


def _triples(
    first: Record, layout: Layout, records: Iterable[Record], faults: Faults, delimiter: str
) -> Collector:
    width = max(len(first[1]), 3)
    columns = [*layout.key, *layout.columns]
    rest = [n for n in range(width) if n not in columns]
    names = _triple_names(first, layout, rest, faults)
    faults.check()
    collector = Collector([names[n] for n in rest])
    if rest and not layout.header:
        kept = ", ".join(collector.notes)
        collector.told.append(f"{faults.name}: kept {kept} as notes, beside the fact of each line")
    keys, queries, values = collector.keys, collector.queries, collector.values
    k_of, q_of = collector.k.append, collector.q.append
    v_of, line_of = collector.v.append, collector.line.append
    add, expected, fact_of = collector.add, cut(", ".join(names)), itemgetter(*columns)
    header = first[1] if layout.header else None
    # the loop a million facts run through: no call that can be spared
    for line, row in records:
        if len(row) != width:
            faults.add(line, f"found {_cells(len(row))}, expected {width}: {expected}")
            continue
        k, q, v = fact_of(row)
        if not (k.strip() and q.strip() and v.strip()):
            empty = names[next(n for n in sorted(columns) if not row[n].strip())]
            faults.add(line, f"found an empty {empty}, expected a label")
        elif row == header:
            faults.add(line, _TWICE)
        elif rest:
            add(line, k, q, v, [row[n] for n in rest])
        else:
            k_of(keys.setdefault(k, len(keys)))
            q_of(queries.setdefault(q, len(queries)))
            v_of(values.setdefault(v, len(values)))
            line_of(line)
    return collector


def _wide(
    first: Record, layout: Layout, records: Iterable[Record], faults: Faults, delimiter: str
) -> Collector:
    line, columns = first
    width = len(columns)
    if width < 2:
        rule = "a key column and at least one relation"
        rule += f" (parted by {delimiter!r}; another delimiter?)"
        faults.add(line, f"found 1 column, expected {rule}", fatal=True)
    elif not layout.columns:
        faults.add(line, "found no column beside the key, expected a relation", fatal=True)
    if not layout.header:
        columns = [f"column {n}" for n in range(1, width + 1)]
    _check_columns(line, columns, faults)
    faults.check()
    collector = Collector()
    relations = [(n, columns[n]) for n in layout.columns]
    collector.queries.update({name: n for n, (_, name) in enumerate(relations)})
    key_of = _key_of(layout.key, columns)
    begun: dict[str, Sequence[str]] = {}  # key -> its cells, where it is joined
    again, rows = None, 0
    for line, row in records:
        if len(row) != width:
            faults.add(line, f"found {_cells(len(row))}, expected {width} as in the first line")
            continue
        cells = [row[n] for n in layout.key]
        if not all(cell.strip() for cell in cells):
            faults.add(line, f"found an empty key, expected a label in {key_of}")
        elif layout.header and row == columns:
            faults.add(line, _TWICE)
        else:
            key = JOINT.join(cells)
            if len(cells) > 1 and begun.setdefault(key, cells) != cells:
                faults.add(line, f"found the key {cut(key)!r} of other cells before, expected one")
                continue
            if key in collector.keys and again is None:
                again = line, key
            collector.keys.setdefault(key, len(collector.keys))
            rows += 1
            for n, query in relations:
                if row[n].strip():
                    collector.add(line, key, query, row[n])
    if again:
        three = layout.key == (0,) and layout.columns == (1, 2)
        other = ", --format triples reads a fact a line" if three else ""
        if other and faults.reading.header is None:
            other += ", --no-header the first line too"
        told = told_again(faults.name, *again, rows, len(collector.keys), other)
        collector.told.append(told)
    return collector


_TWICE = "found the header again, expected a fact (--no-header, if the first line is one)"


def _key_of(key: Sequence[int], columns: Sequence[str]) -> str:
    if key == (0,):
        return "the first column"
    return " and ".join(cut(columns[n].strip(), 30) for n in key)


# ---- headers --------------------------------------------------------------------------------


def _triple_names(
    first: Record, layout: Layout, rest: Sequence[int], faults: Faults
) -> Sequence[str]:
    """The names of all columns in their order, those of a fact by what they are."""
    line, row = first
    names = [f"column {n}" for n in range(1, max(len(row), 3) + 1)]
    if layout.header:
        if len(row) < 3:
            found, rule = _cells(len(row)), "a header of 3: key, query, value"
            faults.add(line, f"found {found}, expected {rule}", fatal=True)
        lowered = [cell.strip().lower() for cell in row]
        _check_columns(line, lowered, faults)
        for n in rest:
            if n < len(lowered) and lowered[n] not in ("", *SLOTS):  # a note takes no slot's name
                names[n] = lowered[n]
    for n, name in zip((*layout.key, *layout.columns), SLOTS, strict=True):
        names[n] = name
    return names


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
