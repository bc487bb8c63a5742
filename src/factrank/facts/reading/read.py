"""Facts from sources of every kind, or from a text; every fault is a sentence with its line.
Several sources are one: every occurrence of each, in their order, with its source beside it.
"""

from __future__ import annotations

import os
import re
import warnings
from array import array
from collections.abc import Sequence
from typing import NamedTuple

from factrank.errors import FactrankError, given
from factrank.facts import library
from factrank.facts.database import Database
from factrank.facts.labels import printable
from factrank.facts.reading.anything import rows_of_data
from factrank.facts.reading.cells import read_bytes
from factrank.facts.reading.options import SHOWN, Reading
from factrank.facts.rows import Rows
from factrank.facts.words import counted

Named = str | os.PathLike[str]
_SQL = re.compile(r"::\s*(?:select|with)\b", re.IGNORECASE)


def read(
    source: Named | Sequence[Named],
    *,
    format: str | None = None,
    header: bool | None = None,
    key: str | Sequence[str] | None = None,
    columns: str | Sequence[str] | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    strict: bool = False,
) -> Database:
    """The database in a file, on standard input or in the library. [ours]

    ``source`` is a path, ``"-"`` (standard input) or ``"library:NAME"``; several, as a list or with
    ``+`` between them, are read each by itself and are one database (``pooled``). The file's ending
    names its format: ``.jsonl`` and ``.ndjson`` JSON Lines, ``.json`` a list of what their lines
    are (element n is line n), ``.nt`` N-Triples, ``.nq`` N-Quads (the graph is a note), ``.ttl``
    Turtle; ``.csv``, ``.tsv``, ``.txt`` and none a table. ``format`` (``"triples"``, ``"wide"``,
    ``"jsonl"``, ``"json"``, ``"ntriples"``, ``"nquads"``, ``"turtle"``) overrides that. All of them
    may be packed as ``.gz``, ``.bz2``, ``.xz`` or a ``.zip`` of one file (at most 512 MiB when
    unpacked).

    Excel workbooks and Parquet files (extra ``tables``) and SQLite databases are tables, too; row n
    is line n. ``book.xlsx::Sheet2``, ``facts.db::table``, ``facts.db::SELECT ...`` (which only
    reads) and ``pile.zip::facts.csv`` name a part. A number is the text that ``typed.text_of``
    makes of it, a day is 2024-05-31.

    A table is UTF-8 text (or in the ``encoding`` named, or that its byte order mark names), its
    cells parted by commas, tabs or semicolons (the header line decides; ``.tsv`` means tabs; a
    first line ``sep=;`` is obeyed) or by the ``delimiter`` named. Lines at the top that begin with
    ``#``, last columns that are empty throughout, and quotes that mean nothing between tabs are no
    part of it (``mend``), which is told. A
    header with names for key, query and value, in any order, means triples: ``key,query,value``,
    ``subject,predicate,object``, ``head,relation,tail``, ``entity,attribute,value``, ``s,p,o`` and
    the same words in other languages (``headers.named``); other columns are notes, which
    ``read_rows`` keeps. Three columns under names unknown are triples without a header if what the
    first line says stands below it again, as in the files of benchmarks. All else is a wide table:
    the first column is the key (or the ``key`` columns, joined), each further column (or those of
    ``columns``) a relation, an empty cell a missing fact. Where a table could be read otherwise,
    ``Rows.told`` says so, and ``read`` warns.

    ``header=False`` says that the first line is already a fact (triples unless ``format="wide"``,
    whose relations are then called ``column 2``, ``column 3``, ...), ``header=True`` that it is
    none. Triples take their three ``columns`` by name, too. Equal text is the same label, and text
    is kept as it stands, blanks included; a fact given twice counts once, and a wide table's rows
    and columns are labels even where they hold no fact.

    A line of JSON Lines is a fact (an object with the three names of a header above, or a list of
    three) or a record (any other object, or any if ``key`` is given, read as a row of a wide
    table). In RDF an IRI is its text
    and a literal stays as N-Triples writes it, with its quotes; RDF needs the package pyoxigraph.

    Errors: ``FactrankError`` with one ``file:line: found, expected`` per fault, at most 20 and
    their number (``strict``: the first alone), for a source that cannot be read, text in another
    encoding, a wrong number of cells, an empty label, a header that is given twice, a column name
    that is empty, given twice or not there, or no fact at all.

    >>> read("library:example").shape
    (5, 3, 4)
    >>> read("nowhere.csv")
    Traceback (most recent call last):
    ...
    factrank.errors.FactrankError: nowhere.csv: found no such file, expected a file of facts
    """
    told = Reading(format, header, delimiter, encoding, strict, key=key, columns=columns)
    return warned(rows_in(source, told)).database()


def read_rows(
    source: Named | Sequence[Named],
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
    """Every fact that a source gives, in its order, with line and notes; see ``read``. [ours]

    ``skip_bad`` leaves out the lines at fault and keeps their sentences in ``skipped`` (a fault of
    the header, or of the whole text, is still raised).

    >>> list(read_rows("library:example").line)[:3]
    [2, 3, 4]
    """
    told = Reading(format, header, delimiter, encoding, strict, skip_bad, key, columns)
    return rows_in(source, told)


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


# ---- sources ---------------------------------------------------------------------------------


class Source(NamedTuple):
    """A path, ``-`` or ``library:NAME``, and the part of it that is named behind ``::``."""

    path: str
    part: str | None = None


def sources_of(named: Named | Sequence[Named]) -> list[Source]:
    """The sources that are named: one, a list of them, or several in one text with ``+`` between.

    A file whose own name has a plus or colons in it is that file. A part that is SQL takes all that
    follows.

    >>> sources_of("a.csv+b.db::SELECT a + b, c FROM t")
    [Source(path='a.csv', part=None), Source(path='b.db', part='SELECT a + b, c FROM t')]
    >>> sources_of(["a.csv", "b.xlsx::Sheet 2"])[1]
    Source(path='b.xlsx', part='Sheet 2')
    """
    given("source", named, (str, os.PathLike, list, tuple), "a path or a list of paths")
    if not isinstance(named, str | os.PathLike):
        for one in named:
            given("source", one, (str, os.PathLike), "a path")
        return [it for one in named for it in _of_list(one)]
    text = os.fspath(named)
    if not isinstance(text, str) or not isinstance(named, str) or _is_there(text):
        return [Source(os.fsdecode(text))]
    sql = _SQL.search(text)
    head, asked = (text[: sql.start()], text[sql.start() :]) if sql else (text, "")
    parts = head.split("+")
    parts[-1] += asked
    if len(parts) > 1 and not all(parts):
        raise FactrankError(f"{printable(text)}: expected a source on each side of '+', found none")
    return [_source(it) for it in parts]


def _of_list(one: Named) -> list[Source]:
    """A part of a file that is there may have a plus in its name, too."""
    path, colons, _ = os.fspath(one).partition("::") if isinstance(one, str) else ("", "", "")
    return [_source(str(one))] if colons and _is_there(path) else sources_of(one)


def paths_of(named: Named | Sequence[Named]) -> list[str]:
    """The files that are read for it, which nothing may be written over.

    >>> paths_of("a.csv+b.db::t")
    ['a.csv', 'b.db']
    """
    return [it.path for it in sources_of(named)]


def _source(text: str) -> Source:
    path, colons, part = text.partition("::")
    if not colons or _is_there(text) or text.startswith("library:"):
        return Source(text)
    if not (path and part.strip()):
        raise FactrankError(f"{printable(text)}: expected FILE::PART, found one of them empty")
    return Source(path, part)


def _is_there(path: str) -> bool:
    try:
        return os.path.exists(path)
    except ValueError:  # a NUL in it
        return False


def rows_in(source: Named | Sequence[Named], reading: Reading) -> Rows:
    """``read_rows`` with its options as one argument."""
    parts = [_rows_of(it, reading) for it in sources_of(source)]
    if not parts:
        raise FactrankError("sources: expected at least one, found none")
    return parts[0] if len(parts) == 1 else pooled(parts)


def _rows_of(source: Source, reading: Reading) -> Rows:
    if source.path.startswith("library:"):
        _check_library(source.path, reading)
        return library.load_rows(source.path.removeprefix("library:"))
    name, data = read_bytes(source.path)
    if data.startswith(b"SQLite"):
        from factrank.facts.reading.books import check_at_rest

        check_at_rest(source.path)
    return rows_of_data(data, name, reading, source.part)


def _check_library(source: str, reading: Reading) -> None:
    if reading != Reading(strict=reading.strict, skip_bad=reading.skip_bad):
        rule = "a library name without format, header, columns, delimiter or encoding"
        raise FactrankError(f"{source}: expected {rule}")


def pooled(parts: Sequence[Rows]) -> Rows:
    """The rows of all parts; equal text is the same label, and a fact that stands in several of
    them counts once, as one given twice in one file does. A blank node of RDF is one of its file
    alone, and is named so.

    Where no part has a column ``source``, the note ``source`` says which part it was (an audit
    counts by it); else the note ``file`` does.

    >>> from factrank.facts.reading.read import parse_rows
    >>> one, two = (parse_rows(f"key,query,value\\nAnn,likes,{it}\\n", it) for it in ("tea", "ale"))
    >>> both = pooled([one, two])
    >>> both.values, both.notes, both.told
    (('tea', 'ale'), {'source': ['tea', 'ale']}, ('tea+ale: read 2 sources as one, 2 facts',))
    """
    name = "+".join(part.name for part in parts)
    keys, queries, values = (dict[str, int]() for _ in range(3))
    k, q, v, line = (array("i") for _ in range(4))
    for part in parts:
        for all_, labels, codes, into in (
            (keys, part.keys, part.k, k), (queries, part.queries, part.q, q),
            (values, part.values, part.v, v),
        ):  # fmt: skip
            place = [
                all_.setdefault(f"{it} of {part.name}" if it in part.own else it, len(all_))
                for it in labels
            ]
            into.extend(place[code] for code in codes)
        line.extend(part.line)
    labels = tuple(keys), tuple(queries), tuple(values)
    skipped = tuple(sentence for part in parts for sentence in part.skipped)
    count = sum(part.skipped_count for part in parts)
    told = [_told(name, parts, k, q, v), *(sentence for part in parts for sentence in part.told)]
    return Rows(name, *labels, k, q, v, line, _notes(parts), skipped[:SHOWN], count, tuple(told))


def _notes(parts: Sequence[Rows]) -> dict[str, list[str]]:
    names = dict.fromkeys(name for part in parts for name in part.notes)
    notes = {
        name: [text for part in parts for text in part.notes.get(name) or [""] * len(part)]
        for name in names
    }
    names = ("source", "file", *(f"file {n}" for n in range(2, len(notes) + 3)))
    which = next(it for it in names if it not in notes)
    notes[which] = [part.name for part in parts for _ in range(len(part))]
    return notes


def _told(name: str, parts: Sequence[Rows], *columns: Sequence[int]) -> str:
    facts = list(zip(*columns, strict=True))
    at, seen, again = 0, set[tuple[int, ...]](), set[tuple[int, ...]]()
    for part in parts:
        mine = set(facts[at : at + len(part)])
        again |= mine & seen
        seen |= mine
        at += len(part)
    twice = f", {len(again)} of them in more than one" if again else ""
    return f"{name}: read {len(parts)} sources as one, {counted(len(seen), 'fact')}{twice}"
