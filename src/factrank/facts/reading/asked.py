"""What a source is: by the format that was asked for, by its first bytes, by its ending."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import NamedTuple, NoReturn

from factrank.errors import FactrankError, given
from factrank.facts.labels import printable
from factrank.facts.reading import options
from factrank.facts.reading.options import FORMATS, Reading

BOOKS = {"xlsx": "excel", "xlsm": "excel", "parquet": "parquet", "pq": "parquet",
         "db": "sqlite", "sqlite": "sqlite", "sqlite3": "sqlite"}  # fmt: skip
ENDINGS = {**options.ENDINGS, "json": "json", "nq": "nquads", "sms": "sms", **BOOKS}
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


def ending_of(name: str) -> str:
    """The ending of a path in lower case, without its dot.

    >>> ending_of("a/b.CSV"), ending_of("a.b/c"), ending_of(".hidden")
    ('csv', '', '')
    """
    last = name.rpartition("/")[2].rpartition("\\")[2].lstrip(".")
    return last.rpartition(".")[2].lower() if "." in last else ""


def _refuse(name: str, kind: str) -> NoReturn:
    found, rule = REFUSED[kind]
    raise FactrankError(f"{name}: found {found}, expected {rule}")


Named = str | os.PathLike[str]
_SQL = re.compile(r"::\s*(?:select|with)\b", re.IGNORECASE)


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
        return [it for one in named for it in sources_of(one)]
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
