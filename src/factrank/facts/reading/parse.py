"""From text (a table, JSON Lines, RDF) to facts; every fault is a sentence with its line."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

from factrank.facts.database import Database
from factrank.facts.reading.anything import rows_of_data
from factrank.facts.reading.options import Reading
from factrank.facts.rows import Rows


def parse(
    data: bytes | str,
    name: str = "text",
    *,
    format: str | None = None,
    header: bool | None = None,
    key: str | Sequence[str] | None = None,
    columns: str | Sequence[str] | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    strict: bool = False,
) -> Database:
    """The database written in ``data``, as ``read`` reads it; faults call the text ``name``.

    >>> list(parse("city,country\\nOslo,Norway\\nRome,\\n").triples())
    [('Oslo', 'country', 'Norway')]
    """
    told = Reading(format, header, delimiter, encoding, strict, key=key, columns=columns)
    return warned(rows_of_data(data, name, told)).database()


def parse_rows(
    data: bytes | str,
    name: str = "text",
    *,
    format: str | None = None,
    header: bool | None = None,
    key: str | Sequence[str] | None = None,
    columns: str | Sequence[str] | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    strict: bool = False,
    skip_bad: bool = False,
) -> Rows:
    """Every fact written in ``data``, as ``read_rows`` reads it.

    >>> rows = parse_rows("key,query,value\\na,r,x\\na,r\\nb,r,x\\n", skip_bad=True)
    >>> list(rows.line), rows.skipped
    ([2, 4], ('text:3: found 2 cells, expected 3: key, query, value',))
    """
    told = Reading(format, header, delimiter, encoding, strict, skip_bad, key, columns)
    return rows_of_data(data, name, told)


def warned(rows: Rows) -> Rows:
    """A database cannot carry what was told: its caller hears it as a warning."""
    for sentence in rows.told:
        warnings.warn(sentence, stacklevel=3)
    return rows
