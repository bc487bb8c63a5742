"""The tensor as numbers in text, in the manner of SMS, a format for sparse matrices: both ways.

SMS as LinBox and PLinOpt read it holds a matrix: a line ``rows columns M``, a line ``i j value``
for each entry, counted from 1, and a closing line of zeros. No convention for three modes is known
to us, so ours is the plainest one: one number more on each line.

    2 1 2 M
    1 1 1 1
    2 1 2 1
    0 0 0 0

are |K| = 2, |Q| = 1, |V| = 2 and the facts (1, 1, 1) and (2, 1, 2). Labels are the numbers: the
words of a database are not kept, nor, when it is read, labels without a fact. [ours]
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from factrank.facts.database import Database
from factrank.facts.reading.options import Faults, cut
from factrank.facts.rows import Collector

_NUMBER = re.compile("[0-9]{1,12}")


def sms_lines(database: Database) -> Iterator[str]:
    """The lines of the file that holds D[k, q, v], keys, queries and values numbered from 1. [ours]

    >>> print(*sms_lines(Database.from_triples([("a", "r", "x"), ("b", "r", "y")])), sep="", end="")
    2 1 2 M
    1 1 1 1
    2 1 2 1
    0 0 0 0
    """
    yield f"{' '.join(map(str, database.shape))} M\n"
    yield from (f"{k + 1} {q + 1} {v + 1} 1\n" for k, q, v in database.facts)
    yield "0 0 0 0\n"


def sms_of(text: str, faults: Faults) -> Collector:
    """The facts of such a text: a fact for each entry 1; other entries than 0 and 1 are faults."""
    collector = Collector()
    lines = ((n, line.split()) for n, line in enumerate(text.split("\n"), 1) if line.strip())
    sizes = _sizes(*next(lines, (1, [])), faults)
    seen: set[tuple[int, ...]] = set()
    closed = False
    for n, cells in lines:
        if closed:
            faults.stop(n, f"found {_shown(cells)} after the line of zeros, expected the end")
        closed = cells == ["0"] * 4
        if closed or not _are_numbers(cells, 4):
            if not closed:
                faults.add(n, f"found {_shown(cells)}, expected four numbers: k q v entry")
            continue
        *cell, entry = map(int, cells)
        if not all(0 < i <= size for i, size in zip(cell, sizes, strict=True)):
            faults.add(n, f"found {_shown(cells)}, expected indices from 1 to {_shown(sizes)}")
        elif entry not in (0, 1):
            faults.add(n, f"found the entry {entry}, expected 0 or 1: a tensor of facts")
        elif tuple(cell) in seen:
            faults.add(n, f"found the cell {_shown(cell)} again, expected each once")
        else:
            seen.add(tuple(cell))
            if entry:
                k, q, v = map(str, cell)  # 01 is 1
                collector.add(n, k, q, v)
    if not closed:
        faults.stop(text.count("\n") + 1, "found the end, expected a line 0 0 0 0 before it")
    return collector


def _sizes(n: int, cells: list[str], faults: Faults) -> list[int]:
    if len(cells) != 4 or cells[3] != "M" or not _are_numbers(cells[:3], 3):
        found = "a matrix" if len(cells) == 3 and _are_numbers(cells[:2], 2) else _shown(cells)
        faults.stop(n, f"found {found}, expected three sizes and M: a tensor, not a matrix")
    return [int(x) for x in cells[:3]]


def _are_numbers(cells: list[str], count: int) -> bool:
    return len(cells) == count and all(_NUMBER.fullmatch(x) for x in cells)


def _shown(cells: list[str] | list[int]) -> str:
    return repr(cut(" ".join(map(str, cells))))
