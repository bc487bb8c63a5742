"""From the bytes of a source, whatever it is, to rows: what it is, then the reader of its kind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NoReturn

from factrank.errors import FactrankError
from factrank.facts.labels import printable
from factrank.facts.reading.cells import decode, in_utf8
from factrank.facts.reading.jsonlines import are_lines, lines_of
from factrank.facts.reading.mend import many_columns, mended
from factrank.facts.reading.options import FORMATS, TABLES, Faults, Reading, cut
from factrank.facts.reading.packed import ending_of, is_book, packing_of, unpacked
from factrank.facts.reading.rdf import rdf_of
from factrank.facts.reading.sms import sms_of
from factrank.facts.reading.tables import records_told, rows_of_table, rows_of_text
from factrank.facts.rows import Rows

BOOKS = {"xlsx": "excel", "xlsm": "excel", "parquet": "parquet", "pq": "parquet",
         "db": "sqlite", "sqlite": "sqlite", "sqlite3": "sqlite"}  # fmt: skip
# by the end of a file's name; a name without an ending is a table
ENDINGS = {
    "csv": None, "tsv": None, "tab": None, "txt": None, "dat": None,
    "jsonl": "jsonl", "ndjson": "jsonl", "nt": "ntriples", "ttl": "turtle", "turtle": "turtle",
    "json": "json", "nq": "nquads", "sms": "sms", **BOOKS,
}  # fmt: skip
WORDS = {"excel": "an Excel workbook", "parquet": "a Parquet file", "sqlite": "a SQLite database"}
_TABLE = "a table (a program that opens it saves it as .csv or .xlsx)"
_RDF = "N-Triples, N-Quads or Turtle (riot and rapper convert it)"
_TARRED = "one file of facts (tar -xf unpacks it)"
# what is known by name and not read: what it is, and what is expected
REFUSED = {
    "zst": ("a Zstandard archive", "it unpacked, or .gz, .bz2, .xz or .zip (zstd -d unpacks it)"),
    "7z": ("a 7-Zip archive", "it unpacked, or .gz, .bz2, .xz or .zip (7z x unpacks it)"),
    "rar": ("a RAR archive", "it unpacked, or .gz, .bz2, .xz or .zip (unrar x unpacks it)"),
    "tar": ("a tar archive", _TARRED), "tgz": ("a tar archive", _TARRED),
    "xls": ("a workbook of Excel before 2007, or a locked one", "an .xlsx without a password"),
    "xlsb": ("a binary workbook of Excel", "an .xlsx (Excel and LibreOffice save it so)"),
    "ods": ("an OpenDocument sheet", "an .xlsx or .csv (LibreOffice saves it so)"),
    "feather": ("an Arrow file", "Parquet (pyarrow and polars write it)"),
    "arrow": ("an Arrow file", "Parquet (pyarrow and polars write it)"),
    "pkl": ("a Python pickle", "a table (a pickle runs what it says, and is never opened)"),
    "pdf": ("a PDF", _TABLE), "html": ("a web page", _TABLE), "htm": ("a web page", _TABLE),
    "xml": ("XML", _TABLE), "sql": ("SQL text", "the database itself, as .db"),
    "rdf": ("RDF/XML", _RDF), "owl": ("OWL, mostly RDF/XML", _RDF), "trig": ("TriG", _RDF),
    "n3": ("Notation3", _RDF), "jsonld": ("JSON-LD", _RDF),
}  # fmt: skip
# the first bytes of what is no text; zip and its like stand in ``packed``
STARTS = {
    b"PAR1": "parquet", b"SQLite format 3\0": "sqlite", b"\x28\xb5\x2f\xfd": "zst",
    b"7z\xbc\xaf\x27\x1c": "7z", b"Rar!\x1a\x07": "rar", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "xls",
    b"ARROW1\0": "arrow", b"%PDF-": "pdf",
}  # fmt: skip


def rows_of_data(data: bytes | str, name: str, asked: Reading, part: str | None = None) -> Rows:
    """Every fact of a source: packed or not, text or a book of tables, of which ``part`` names one.

    Errors: ``FactrankError`` for what cannot be unpacked or is of no kind that is read here, and as
    each reader tells them.
    """
    path = name
    if isinstance(data, bytes):
        text = bool(asked.format or asked.newer)
        name, path, data, part = unpacked(name, data, part, text=text)
        book = packing_of(data) == "zip" and is_book(data)
        kind = "excel" if book else kind_of(path, data, asked)
        if kind in WORDS:
            return _book(data, name, kind, asked, part)
    else:
        kind = kind_of(name, b"", asked)
    if part is not None:
        rule = "a part of a workbook, a SQLite database or a zip"
        raise FactrankError(f"{name}: expected {rule}, found {cut(printable(part))!r} of text")
    return _text(data, name, path, kind, asked)


def kind_of(name: str, data: bytes, asked: Reading) -> str | None:
    """The format of what is called ``name``; None is a table whose header decides.

    What is no text is known by its first bytes, whatever it is called.

    >>> kind_of("a.nq", b"", Reading()), kind_of("a.csv", b"PAR1", Reading())
    ('nquads', 'parquet')
    """
    found = next((kind for start, kind in STARTS.items() if data.startswith(start)), None)
    if found in REFUSED:
        _refuse(name, found)
    if found or asked.format or asked.newer:
        return found or asked.format or asked.newer
    ending = ending_of(name)
    if ending in REFUSED:
        _refuse(name, ending)
    if ending and ending not in ENDINGS:
        known = " ".join("." + known for known in ENDINGS)
        raise FactrankError(
            f"{name}: found the ending .{ending}, expected one of {known}, packed as .gz, .bz2, "
            f".xz or .zip or not (or the format: {', '.join(FORMATS)})"
        )
    kind = ENDINGS[ending] if ending else None
    if kind in WORDS:
        rule = "--format triples, wide, ... reads it, if it is text"
        raise FactrankError(
            f"{name}: expected {WORDS[kind]}, found none by its first bytes ({rule})"
        )
    return kind


def _refuse(name: str, kind: str) -> NoReturn:
    found, rule = REFUSED[kind]
    raise FactrankError(f"{name}: found {found}, expected {rule}")


# ---- text ----------------------------------------------------------------------------------------


def _text(data: bytes | str, name: str, path: str, kind: str | None, asked: Reading) -> Rows:
    if isinstance(data, bytes):
        data = in_utf8(data, name, asked)
        asked = replace(asked, encoding=None)
    if kind in (None, *TABLES):
        return _table(data, name, path, replace(asked, format=kind, newer=None))
    if kind == "nquads":
        replace(asked, format="ntriples", newer=None).layout(name)  # neither has columns
        return rows_of_text(data, name, asked, partial(rdf_of, format="nquads"))
    if kind == "sms":
        if asked.delimiter or asked.header is not None or asked.key or asked.columns:
            rule = "a delimiter, a header and columns for tables only"
            raise FactrankError(f"{name}: expected {rule}, found a tensor in SMS")
        return rows_of_text(data, name, asked, sms_of)
    if kind == "json":
        replace(asked, format="jsonl", newer=None).layout(name)
        kind, data = "jsonl", _lines(data, name, asked)
    rows = rows_of_text(data, name, replace(asked, format=kind, newer=None))
    return records_told(rows, data, asked) if kind == "jsonl" else rows


def _table(data: bytes | str, name: str, path: str, asked: Reading) -> Rows:
    # what is no UTF-8 stays as it is, for the reader to tell of
    given = data if isinstance(data, str) else data.decode("utf-8", "surrogateescape")
    given = given.removeprefix("\ufeff")
    text, delimiter, told = mended(given, name, path, asked.delimiter)
    asked = replace(asked, delimiter=delimiter)
    if asked.format is None and asked.header is not False and many_columns(text, delimiter, path):
        asked = replace(asked, format="wide")
    if text != given:
        data = text if isinstance(data, str) else text.encode("utf-8", "surrogateescape")
    del given, text
    return _and_told(rows_of_table(data, name, asked), told)


def _lines(data: bytes | str, name: str, asked: Reading) -> str | bytes:
    """A list as JSON Lines; what is called JSON and is JSON Lines already, as it is."""
    faults = Faults(name, asked)
    text = decode(data, faults)
    if faults.count:  # no element can be told from the next
        raise faults.error()
    return data if are_lines(text) else lines_of(text, faults)


# ---- books of tables -----------------------------------------------------------------------------


def _book(data: bytes, name: str, kind: str, asked: Reading, part: str | None) -> Rows:
    for wanted, what in (
        (asked.encoding, "an encoding"),
        (asked.delimiter, "a delimiter"),
        (asked.newer or (asked.format not in (None, *TABLES) and asked.format), "that format"),
    ):
        if wanted:
            raise FactrankError(f"{name}: expected {what} for text only, found {WORDS[kind]}")
    from factrank.facts.reading import books, typed

    told: list[str] = []
    rows: Iterable[Sequence[Any]]
    if kind == "excel":
        rows, told = books.excel_rows(data, name, part)
    else:
        read = books.sqlite_rows if kind == "sqlite" else books.parquet_rows
        rows = read(data, name, part)
    text = books.text if kind == "excel" else typed.text_of
    shown = name if part is None else f"{name}::{printable(part)}"
    return _and_told(typed.rows_of_cells(rows, shown, asked, text=text), told)


def _and_told(rows: Rows, told: list[str]) -> Rows:
    return replace(rows, told=(*map(printable, told), *rows.told)) if told else rows
