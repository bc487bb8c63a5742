"""What a table's text is cleared of before it is read: the first lines that are no row, quotes that
mean nothing, columns without a name or a cell. Every line keeps its number."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import Literal

from factrank.facts.reading.cells import delimiter_of, first_line, records_of
from factrank.facts.reading.headers import named
from factrank.facts.reading.options import Faults, Reading

MANY = 10_000  # columns that are never those of facts with notes
# what Excel writes before a table for itself
_SEP = re.compile(r"\"?sep=([^\w\s\"]|\t)\"?[ \t;,]*(\r\n|\n|\r|$)", re.IGNORECASE)
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_OPENS = re.compile(r'(?:^|[\t\r\n])"')


def delimiter_told(text: str) -> tuple[str, str | None]:
    """The text without a first line ``sep=;``, and the delimiter that it names.

    >>> delimiter_told("sep=;\\na;b\\n"), delimiter_told("a;b\\n")
    (('\\na;b\\n', ';'), ('a;b\\n', None))
    """
    found = _SEP.match(text)
    return (text[found.start(2) :], found[1]) if found else (text, None)


def without_comments(text: str, delimiter: str | None, path: str) -> tuple[str, int, bool]:
    """The text with the lines at its top that begin with ``#`` emptied, and their number; one that
    has as many cells as the line below it is the header. Last, whether one stayed that may be none.

    >>> without_comments("# of 2020, by us\\na,b,c\\n1,2,3\\n", None, "f.csv")
    ('\\na,b,c\\n1,2,3\\n', 1, False)
    >>> without_comments("#name,size\\na,b\\n", None, "f.csv")[1:]
    (0, True)
    """
    comments: list[str] = []
    row = ""
    for line in io.StringIO(text, newline=""):
        if line.strip() and not line.startswith("#"):
            row = line
            break
        comments.append(line)
    if not row or not any(line.startswith("#") for line in comments):
        return text, 0, False
    delimiter = delimiter or delimiter_of(row, path)
    width, doubtful = len(_cells(row, delimiter)), False
    for n, line in enumerate(comments):
        if line.startswith("#") and len(_cells(line, delimiter)) == width > 1:
            last = n == len(comments) - 1 and not _names_only_below(line, row, delimiter)
            if last or delimiter == "\t" or not line.startswith("# "):
                del comments[n:]  # a header, as many tools write it, or a row
                doubtful = not named(_cells(line[1:], delimiter))
                break
    kept = [re.sub(r"[^\r\n]", "", line) for line in comments]
    number = sum(line.startswith("#") for line in comments)
    return "".join(kept) + text[sum(map(len, comments)) :], number, doubtful


def without_quotes(text: str) -> tuple[str, int | None]:
    """A text parted by tabs in which quotes mean nothing, with each one that begins a cell written
    as csv reads it; and the first line that shows it.

    They mean nothing where all lines have equally many tabs, and one has a cell that begins with a
    quote and does not end with its partner; they mean what they do in csv where the first line puts
    all its cells between quotes.

    >>> without_quotes('a\\tr\\t"x\\nb\\tr\\ty "z"\\n')
    ('a\\tr\\t\"\"\"x\"\\nb\\tr\\ty "z"\\n', 1)
    >>> without_quotes('a\\tr\\t"x"\\n')[1], without_quotes('"a\\nb"\\tr\\tx\\nc\\tr\\tx\\n')[1]
    (None, None)
    """
    if not _OPENS.search(text):
        return text, None
    lines, width, first = [], 0, None
    for n, line in enumerate(io.StringIO(text, newline=""), 1):
        bare = line.rstrip("\r\n")
        cells = bare.split("\t")
        whole = [not it.startswith('"') or bool(_QUOTED.fullmatch(it)) for it in cells]
        if bare.strip():
            if not width and all(it.startswith('"') for it in cells) and all(whole):
                return text, None
            width = width or len(cells)
            if len(cells) != width:
                return text, None
            first = n if first is None and not all(whole) else first
        lines.append((cells, line[len(bare) :]))
    if first is None:
        return text, None
    return "".join("\t".join(map(_quoted, cells)) + end for cells, end in lines), first


def without_empty(text: str, delimiter: str) -> tuple[str, int]:
    """The text without the last columns that are empty in every line, the first one included (each
    line ends in a delimiter); and their number.

    >>> without_empty("a,b,\\nx,y,\\n", ","), without_empty("a,b,\\nx,y,z\\n", ",")[1]
    (('a,b\\nx,y\\n', 1), 0)
    """
    start = re.search(r"\S", text)
    ends = re.compile(r"[^\r\n]*" + re.escape(delimiter) + r'[ \t]*(?:"")?(?:[\r\n]|\Z)')
    if start is None or not ends.match(text, start.start()):
        return text, 0
    apart = Faults("", Reading(skip_bad=True))
    records = list(records_of(text, delimiter, apart))
    width = len(records[0][1]) if records else 0
    rows = [row for _, row in records if len(row) == width]
    empty = 0
    while empty < width - 1 and all(not row[-1 - empty].strip() for row in rows):
        empty += 1
    if apart.count or not empty:
        return text, 0
    kept = [(line, row[:-empty] if len(row) == width else row) for line, row in records]
    return "".join(_written(kept, delimiter)), empty


def many_columns(text: str, delimiter: str | None, path: str) -> bool:
    """True for a first line of so many cells that to look at each one's name is not worth the time.

    >>> many_columns("a,b,c\\n", None, "f.csv"), many_columns(MANY * ";", None, "f.csv")
    (False, True)
    """
    line = first_line(text)
    return len(line) >= MANY and line.count(delimiter or delimiter_of(line, path)) >= MANY


def _by_tabs(text: str, path: str) -> bool:
    """True if quotes alone hide the tabs of a first line in which nothing else parts cells, while
    all lines have equally many."""
    first = first_line(text)
    if '"' not in first or "\t" not in first:
        return False
    other = delimiter_of(text, path)
    if other == "\t" or other in _QUOTED.sub("", first):
        return False
    lines = (line for line in io.StringIO(text, newline="") if line.strip())
    return len({line.count("\t") for line in lines}) == 1


def _written(records: Sequence[tuple[int, list[str]]], delimiter: str) -> Iterator[str]:
    """Each record on the line on which it began."""
    # Python before 3.13 leaves a carriage return bare, which would end the row
    bare = any("\r" in cell for _, row in records for cell in row)
    quoting: Literal[0, 1] = csv.QUOTE_ALL if bare else csv.QUOTE_MINIMAL
    out = _Last()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n", quoting=quoting)
    at = 1
    for line, row in records:
        writer.writerow(row)
        yield "\n" * (line - at) + out.text
        at = line + 1
        if any("\n" in cell or "\r" in cell for cell in row):
            at = line + sum(1 for _ in io.StringIO(out.text, newline=""))


class _Last:
    """A file that keeps what was written last."""

    text = ""

    def write(self, text: str) -> None:
        self.text = text


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line.rstrip("\r\n")], delimiter=delimiter), [])
    except csv.Error:
        return []


def _names_only_below(line: str, row: str, delimiter: str) -> bool:
    """True if a row names the columns of facts, and the line above it does not."""
    return bool(named(_cells(row, delimiter)) and not named(_cells(line[1:], delimiter)))


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if cell.startswith('"') else cell


def mended(text: str, name: str, path: str, told: str | None) -> tuple[str, str | None, list[str]]:
    """The text cleared of all that, its delimiter if it is known now, and what is to be told.

    ``path`` ends as the table does, ``told`` is the delimiter that was asked for.
    """
    said = []
    text, declared = delimiter_told(text)
    delimiter = told or declared
    text, comments, doubtful = without_comments(text, delimiter, path)
    if comments:
        lines = "1 line that begins" if comments == 1 else f"{comments} lines that begin"
        said.append(f"{name}: passed over {lines} with '#' at the top, as comments")
    if doubtful:
        line = text.count("\n", 0, text.index("#")) + 1
        why = f"{name}: read line {line}, though it begins with '#', as it has as many cells"
        said.append(f"{why} as the next (if it is a comment, take it out)")
    if delimiter is None and (path.lower().endswith((".tsv", ".tab")) or _by_tabs(text, path)):
        delimiter = "\t"
    between = delimiter or delimiter_of(text, path)
    if between == "\t":
        text, line = without_quotes(text)
        if line:
            why = f"{name}: read quotes as they stand, as one begins a cell of line {line} and"
            said.append(f"{why} ends none (as csv reads them, they would join or part cells)")
    text, empty = without_empty(text, between)
    if empty:
        last = "the last column" if empty == 1 else f"the last {empty} columns"
        said.append(f"{name}: left out {last}, empty in every line")
        delimiter = between  # what is left of the first line may speak for another one
    return text, delimiter, said
