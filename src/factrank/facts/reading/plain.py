"""From text in a format that is known (a table, JSON Lines, RDF) to rows: no guess what it is. A
table whose header could be one of facts is told in one sentence, with how to read it otherwise."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from factrank.facts.labels import printable
from factrank.facts.reading.cells import decode, delimiter_of, first_line, records_of
from factrank.facts.reading.headers import asked_and_said, could_be_facts
from factrank.facts.reading.jsonlines import jsonl_of
from factrank.facts.reading.layout import WIDE, told_triples
from factrank.facts.reading.options import Faults, Reading, cut
from factrank.facts.reading.rdf import rdf_of
from factrank.facts.reading.tables import SLOTS, table_of
from factrank.facts.rows import Rows

TRIPLES = "--format triples"
HEADER = 2**16  # characters that a first line may have, to be looked at


def rows_of_text(data: bytes | str, name: str, reading: Reading) -> Rows:
    """Every fact written in a text; ``parse_rows`` reads what others wrote.

    >>> text = "key,query,value\\na,r,x\\na,r\\nb,r,x\\n"
    >>> rows = rows_of_text(text, "text", Reading(skip_bad=True))
    >>> list(rows.line), rows.skipped
    ([2, 4], ('text:3: found 2 cells, expected 3: key, query, value',))
    """
    format = reading.layout(name)
    faults = Faults(name, reading)
    text = data.removeprefix("\ufeff") if isinstance(data, str) else decode(data, faults)
    del data  # the text holds it all again
    if format == "jsonl":
        collector = jsonl_of(text, faults)
    elif format in ("ntriples", "turtle"):
        collector = rdf_of(text, format, faults)
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
