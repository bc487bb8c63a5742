"""How a table is laid out: by what was told, by names, by its lines. [ours]"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from factrank.facts.forms import numbers
from factrank.facts.reading.cells import Record, records_of
from factrank.facts.reading.headers import named, names_a_table, perhaps_named
from factrank.facts.reading.options import Faults, Reading, cut

SLOTS = ("key", "query", "value")
PLAIN_NAMES = (
    SLOTS,
    ("subject", "relation", "object"),
    ("subject", "predicate", "object"),
    ("head", "relation", "tail"),
)
JOINT = ", "  # between the parts of a key of several columns
WIDE = "--format wide reads one row a key"
NUMBERS = 3  # numbers under a word that make it a column's name; fewer may be values of facts


class Layout(NamedTuple):
    """``key`` and ``columns`` are places in a row: of a triple its key, then query and value; of a
    wide table what the key is joined from, and the relations. ``told`` are sentences for the reader
    where it could be otherwise."""

    format: str
    header: bool
    key: tuple[int, ...]
    columns: tuple[int, ...]
    told: tuple[str, ...] = ()


class Seen(NamedTuple):
    """What a table's other lines say of its first one: a cell that stands below it again, as
    (column, line); whether the first column repeats below; whether the first line names columns, as
    numbers alone stand under a word, or just the keys."""

    again: tuple[int, int] | None
    repeats: bool
    heads: bool


def layout_of(first: Record, text: str, delimiter: str, faults: Faults) -> Layout:
    """The layout of the text whose first record is given. Names decide where they are known; where
    they are not, a first line whose cells stand below it again is a fact and no header."""
    reading, row = faults.reading, first[1]
    told: list[str]
    format, told = reading.format if reading.format in ("triples", "wide") else None, []
    if reading.key or (reading.columns and format is None):
        format = "wide"
    if reading.header is False:
        return _chosen(format or "triples", first, (0, 1, 2), faults)
    if reading.key or reading.columns:
        return _chosen(format or "wide", first, (0, 1, 2), faults)
    if format is None:
        _near_miss(first, faults)
    found = None if format == "wide" else named(row) or perhaps_named(row)
    if found and found.sure:
        return _triples(True, found.columns, told)
    seen = Seen(None, False, True)
    if row[0].strip():  # no label is empty: a corner is a header's
        seen = _look(row, text, delimiter, faults)
    if reading.header:
        seen = seen._replace(again=None)
    if found and not _is_fact(row, seen):
        told.append(told_triples(faults.name, row, found.columns, _otherwise(row, format)))
        return _triples(True, found.columns, told)
    if format == "triples" or (format is None and _is_fact(row, seen)):
        told.append(_of_first(row, seen, faults) if seen.again else _by_place(row, faults))
        return _triples(not seen.again, (0, 1, 2), told if reading.header is None else [])
    if seen.again:
        told.append(_as_header(row, seen.again, faults))
    elif format is None and _could_be_facts(row, seen):
        told.append(_as_table(row, faults))
    return Layout("wide", True, (0,), tuple(range(1, len(row))), tuple(told))


def _is_fact(row: Sequence[str], seen: Seen) -> bool:
    """Three cells of which the relation stands below again, or another one in a column whose
    labels repeat: a word may well be an entry under its own name, once."""
    return len(row) == 3 and bool(seen.again) and (seen.again[0] == 1 or seen.repeats)  # type: ignore[index]  # after bool of it


def _could_be_facts(row: Sequence[str], seen: Seen) -> bool:
    """Three columns that nothing tells from facts; of keys that repeat it is told anyway."""
    return len(row) == 3 and not (seen.repeats or seen.heads or names_a_table(row))


def _look(row: Sequence[str], text: str, delimiter: str, faults: Faults) -> Seen:
    """Go through the lines below the first one; that of the relation's column counts first."""
    apart = Faults(faults.name, Reading(skip_bad=True))  # they are told when they are read
    apart.bad_lines = faults.bad_lines
    again: dict[int, int] = {}
    keys: set[str] = set()
    repeats, many = False, 0
    counted = {n for n, cell in enumerate(row) if len(row) == 3 and not numbers(cell)}
    for line, cells in records_of(text, delimiter, apart):
        if cells == row:  # the first line itself, or all of it again: told as it is read
            continue
        for n, (one, other) in enumerate(zip(row, cells, strict=False)):
            if one == other and one.strip():
                again.setdefault(n, line)
        repeats |= cells[0] in keys
        keys.add(cells[0])
        many += 1
        counted = {n for n in counted if n < len(cells) and numbers(cells[n])}
    if keys == set(row[1:]) and not repeats:  # as of addition: its header is its keys
        return Seen(None, False, True)
    best = min(again, key=lambda n: (n != 1, n), default=None)
    heads = bool(counted) and many >= NUMBERS
    return Seen(None if best is None else (best, again[best]), repeats, heads)


# ---- what was told -----------------------------------------------------------------------------


def _chosen(format: str, first: Record, places: Sequence[int], faults: Faults) -> Layout:
    """The layout that was asked for, with the columns that were named."""
    reading, (line, row) = faults.reading, first
    names = _names(row, reading)
    columns = _places(reading.columns, names, line, faults)
    if format == "triples":
        key, query, value = columns or tuple(places)
        return Layout(format, reading.header is not False, (key,), (query, value))
    key = _places(reading.key, names, line, faults) or (0,)
    if both := sorted(set(key) & set(columns)):
        found = f"{cut(names[both[0]])!r} in both"
        faults.stop(line, f"found {found}, expected a column as key or as relation")
    rest = tuple(n for n in range(len(names)) if n not in key)
    return Layout(format, reading.header is not False, key, columns or rest)


def _names(row: Sequence[str], reading: Reading) -> list[str]:
    if reading.header is False:
        return [f"column {n}" for n in range(1, len(row) + 1)]
    return [name.strip() for name in row]


def _places(
    wanted: Sequence[str] | str | None, names: list[str], line: int, faults: Faults
) -> tuple[int, ...]:
    """The columns of these names, in capitals or not where that leaves no doubt."""
    found = []
    for name in wanted or ():
        same = [n for n, other in enumerate(names) if other == name]
        alike = [n for n, other in enumerate(names) if other.casefold() == name.casefold()]
        if len(same) != 1 and len(alike) != 1:
            rule = f"one of the columns {cut(', '.join(names), 200)}"
            faults.stop(line, f"found {cut(name)!r} asked for, expected {rule}")
        found.append((same if len(same) == 1 else alike)[0])
    return tuple(dict.fromkeys(found))


def _triples(header: bool, columns: tuple[int, int, int], told: Iterable[str]) -> Layout:
    return Layout("triples", header, columns[:1], columns[1:], tuple(told))


# ---- sentences ---------------------------------------------------------------------------------


def _near_miss(first: Record, faults: Faults) -> None:
    """A header of triples with one name too few is a fault, not a table."""
    line, row = first
    names = [cell.strip().lower() for cell in row]
    for known in PLAIN_NAMES:
        if len(names) == 2 and known[1] in names and set(names) < set(known):
            faults.stop(
                line,
                f"found the header {cut(','.join(names))}, expected the header {','.join(known)} "
                "(or the format 'wide', if this is a table)",
            )


def told_triples(name: str, names: Sequence[str], columns: Sequence[int], other: str) -> str:
    """Which columns were taken for key, query and value, and how to read otherwise."""
    key, query, value = (cut(names[n].strip(), 30) for n in columns)
    return f"{name}: read as triples, key {key!r}, query {query!r}, value {value!r} ({other})"


def told_again(name: str, line: int, key: str, rows: int, keys: int, other: str = "") -> str:
    """What to say of several rows of one key: their cells can no longer be told apart."""
    counted = "1 key" if keys == 1 else f"{keys} keys"
    return (
        f"{name}: read {rows} rows as {counted}: line {line} has the key {cut(key, 30)!r} again "
        f"(--key COLUMN[,COLUMN] chooses the key{other})"
    )


def _otherwise(row: Sequence[str], format: str | None) -> str:
    other = WIDE if format is None else "--columns KEY,QUERY,VALUE chooses others"
    return f"{other}, --no-header reads the first line as a fact" if len(row) == 3 else other


def _again(row: Sequence[str], again: tuple[int, int]) -> str:
    column, line = again
    return f"{cut(row[column], 30)!r} stands in column {column + 1} of line {line} too"


def _of_first(row: Sequence[str], seen: Seen, faults: Faults) -> str:
    return (
        f"{faults.name}: read as triples without a header, as {_again(row, seen.again)} (--header "  # type: ignore[arg-type]  # where there is one
        f"if the first line names the columns; {WIDE})"
    )  # fmt: skip


def _by_place(row: Sequence[str], faults: Faults) -> str:
    return (
        f"{faults.name}: read the first line, {cut(','.join(row))}, as the header of key, query, "
        "value (--no-header if it is a fact, --header if not)"
    )


def _as_header(row: Sequence[str], again: tuple[int, int], faults: Faults) -> str:
    return (
        f"{faults.name}: read the first line as a header, though {_again(row, again)} "
        "(--no-header, with --format wide or triples, if it is data; --header if not)"
    )


def _as_table(row: Sequence[str], faults: Faults) -> str:
    one, other = (cut(name.strip(), 30) for name in row[1:])
    facts = "--no-header if every line is a fact, --format triples if all but the first are"
    if faults.reading.header:
        facts = "--format triples if each line below the header is a fact"
    return (
        f"{faults.name}: read one row a key, the first line as a header, relations {one!r} and "
        f"{other!r} ({facts}, --format wide if not)"
    )
