"""Cells that a program has typed already (a frame, a sheet, a query), read as the same table in a
file is: as text, row n of it on line n."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from math import isfinite, isnan
from struct import pack, unpack
from typing import Any

from factrank.errors import FactrankError
from factrank.facts.reading import packed
from factrank.facts.reading.options import SHOWN, Faults, Reading
from factrank.facts.reading.tables import rows_of_table
from factrank.facts.rows import Rows

_MISSING = ("NAType", "NaTType")  # of pandas, which no comparison finds
_BREAKS = "\n\r"  # each would begin a line


class NoCell(ValueError):
    """What a cell holds that is no label."""


def text_of(cell: Any) -> str:
    """A cell as a label; a missing one is empty.

    A whole number is the same label whatever its column holds else, a day is written by ISO 8601.

    >>> text_of(1.0), text_of(None), text_of(datetime(2024, 5, 31)), text_of(Decimal("0.50"))
    ('1', '', '2024-05-31', '0.5')
    """
    if isinstance(cell, str):
        return str(cell)
    if type(cell).__module__ == "numpy":
        cell = _plain(cell)
    if cell is None or type(cell).__name__ in _MISSING or (isinstance(cell, float) and isnan(cell)):
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, Decimal) and cell.is_finite():
        told = f"{cell if cell else abs(cell):f}"  # normalize() would round to 28 digits
        return told.rstrip("0").rstrip(".") if "." in told else told
    if isinstance(cell, bool | int | float):
        return str(cell)
    if isinstance(cell, datetime) and cell.isoformat().endswith("T00:00:00"):
        return cell.date().isoformat()  # no part of a second, and no zone, is lost
    if isinstance(cell, date | time):
        return cell.isoformat()
    raise NoCell(type(cell).__name__)


def _plain(cell: Any) -> Any:
    """A number or time of numpy as Python's own; what it is in fewer bits, not in more."""
    kind = getattr(getattr(cell, "dtype", None), "kind", "")
    if getattr(cell, "ndim", 1) or kind not in "biufM":
        return cell
    if kind == "M":
        return cell.astype("datetime64[us]").item()
    narrow = kind == "f" and cell.dtype.itemsize < 8 and cell != cell // 1
    return float(str(cell)) if narrow else cell.item()


def shortest(cell: Any, kind: str) -> Any:
    """A number of fewer bits than 64, of this kind of ``struct``, with no more digits than tell it
    from others; a whole number as it is.

    >>> shortest(0.10000000149011612, "f"), shortest(67391584.0, "f")
    (0.1, 67391584.0)
    """
    if isinstance(cell, float) and isfinite(cell) and not cell.is_integer():
        for digits in range(1, 10):
            told = float(f"{cell:.{digits}g}")
            try:
                if unpack(kind, pack(kind, told))[0] == cell:
                    return told
            except OverflowError:  # rounded up beyond the largest number
                continue
    return cell


def rows_of_cells(
    rows: Iterable[Sequence[Any]],
    name: str,
    asked: Reading,
    *,
    text: Callable[[Any], str] = text_of,
) -> Rows:
    """The facts of a table whose first row names its columns, unless told otherwise; a row of no
    cells is a blank line.

    Errors: ``FactrankError`` as for text, and for a cell that is no label.
    """
    faults = Faults(name, asked)
    lines, marks = _lines(_texts(rows, faults, text))
    faults.settle()
    shown = {ascii(other)[1:-1]: ascii(mark)[1:-1] for mark, other in marks.items()}
    try:
        key, columns = (
            told and [_put(it, marks) for it in told] for told in (asked.key, asked.columns)
        )
        how = replace(asked, delimiter=",", key=key, columns=columns)
        found = rows_of_table(lines, name, how)
    except FactrankError as error:
        raise FactrankError(_put(str(error), shown)) from None
    both = (*faults.sentences, *(_put(it, shown) for it in found.skipped))
    return replace(
        _back(found, marks),
        told=tuple(_put(it, shown) for it in found.told),
        skipped=both[:SHOWN],
        skipped_count=faults.count + found.skipped_count,
    )


def _texts(
    rows: Iterable[Sequence[Any]], faults: Faults, text: Callable[[Any], str]
) -> Iterator[list[str]]:
    held = 0
    for line, row in enumerate(rows, 1):
        told: list[str] = []
        try:
            for cell in row:
                told.append(_checked(text(cell)))
        except NoCell as error:
            rule = "text, a number, a date or a truth value"
            faults.add(line, f"column {len(told) + 1}: found {error}, expected {rule}")
            told = []
        held += sum(map(len, told)) + len(row)
        if held > packed.MOST:
            rule = f"at most {packed.MOST // 2**20} million characters and cells of a table"
            faults.stop(line, f"found more, expected {rule}")
        yield told


def _checked(told: str) -> str:
    if not told.isascii():
        try:
            told.encode()
        except UnicodeEncodeError:
            raise NoCell("bytes that are no UTF-8 text") from None
    if "\0" in told:
        raise NoCell("a NUL character")
    return told


# ---- line ends inside of cells -----------------------------------------------------------------


def _lines(rows: Iterator[list[str]]) -> tuple[str, dict[str, str]]:
    """The rows as lines of text, one at a time, and the mark that stands for each line end inside
    of a cell, so that row n is on line n all the same; none where no cell has one."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    marks, broken = _marks(set()), False
    for row in rows:
        if any(mark in cell for cell in row if not cell.isascii() for mark in marks.values()):
            rest = [row, *rows]  # rare: only now is it asked which letters all of them use
            written, old = out.getvalue(), marks
            marks = _marks({*written, *old.values()}.union(*(cell for row in rest for cell in row)))
            out.seek(0)
            out.write(_put(written, {old[it]: marks[it] for it in old}))
            rows = iter(())
        else:
            rest = [row]
        for row in rest:
            broken |= any(it in cell for cell in row for it in _BREAKS)
            # a cell of line ends alone is as empty as one of spaces
            writer.writerow([_put(cell, marks) if cell.strip() else "" for cell in row])
    return out.getvalue(), marks if broken else {}


def _marks(used: set[str]) -> dict[str, str]:
    """A letter that nobody uses for each line end."""
    free = (chr(n) for n in range(0xF0000, 0xFFFFE) if chr(n) not in used)
    return {mark: next(free) for mark in _BREAKS}


def _put(cell: str, marks: dict[str, str]) -> str:
    for mark, other in marks.items():
        cell = cell.replace(mark, other)
    return cell


def _back(rows: Rows, marks: dict[str, str]) -> Rows:
    if not marks:
        return rows
    table = {ord(other): mark for mark, other in marks.items()}
    labels = rows.keys, rows.queries, rows.values
    keys, queries, values = (tuple(label.translate(table) for label in it) for it in labels)
    notes = {name: [text.translate(table) for text in it] for name, it in rows.notes.items()}
    return replace(rows, keys=keys, queries=queries, values=values, notes=notes)
