"""From text in a format that is known (a table, JSON Lines, RDF) to rows: no guess what it is."""

from __future__ import annotations

from factrank.facts.labels import printable
from factrank.facts.reading.cells import decode
from factrank.facts.reading.jsonlines import jsonl_of
from factrank.facts.reading.options import Faults, Reading
from factrank.facts.reading.rdf import rdf_of
from factrank.facts.reading.tables import table_of
from factrank.facts.rows import Rows


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
