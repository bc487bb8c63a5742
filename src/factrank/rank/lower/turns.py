"""P10, several substitutions in turn: slices of one mode, then of another, then a minor.

A step is P2 for some slices of a mode, in what the steps before it left. Beside a slice that is not
known to be 0 the cells that stay become unknown; what is left may be substituted along another
mode, if the slices there are independent whatever the unknown cells are. [cited, ours]
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, islice, permutations, product
from math import comb
from typing import Any

from factrank.facts.database import MODES, Database, Fact
from factrank.facts.labels import axis_of
from factrank.facts.matrix import SparseMatrix
from factrank.rank.algebra.exact import PRIME, minor
from factrank.rank.lower.bounds import LowerBound

TRIES = 2  # greedy minors of each unfolding
PAIRS = 10_000  # sets of slices of two modes, up to which all are looked at
Pair = tuple[int, int]  # a column of an unfolding


@dataclass(frozen=True)
class Left:
    """What is left of a tensor: cells known to be 1, cells that may be anything, labels."""

    known: frozenset[Fact]
    unknown: frozenset[Fact]
    labels: tuple[frozenset[int], frozenset[int], frozenset[int]]

    @classmethod
    def of(cls, database: Database) -> Left:
        """The whole tensor."""
        k, q, v = (frozenset(database.used(mode)) for mode in MODES)
        return cls(frozenset(database.facts), frozenset(), (k, q, v))

    def without(self, axis: int, gone: frozenset[int]) -> Left:
        """What a substitution of these slices leaves.

        >>> w = Database.from_triples([("0", "0", "1"), ("0", "1", "0"), ("1", "0", "0")])
        >>> left = Left.of(w).without(2, frozenset({w.values.index("1")}))
        >>> sorted(left.known), sorted(left.unknown)
        ([(0, 1, 1), (1, 0, 1)], [(0, 0, 1)])
        """
        x, y = (m for m in range(3) if m != axis)
        reached = {(f[x], f[y]) for f in self.known | self.unknown if f[axis] in gone}
        stay = self.labels[axis] - gone
        more = {_cell(axis, i, pair) for i in stay for pair in reached}
        known = {f for f in self.known - more if f[axis] not in gone}
        unknown = {f for f in self.unknown if f[axis] not in gone} | more
        k, q, v = (stay if m == axis else self.labels[m] for m in range(3))
        return Left(frozenset(known), frozenset(unknown), (k, q, v))


def _cell(axis: int, i: int, pair: Pair) -> Fact:
    first, second = pair
    cells = {0: (i, first, second), 1: (first, i, second), 2: (first, second, i)}
    return cells[axis]


@dataclass(frozen=True)
class Rows:
    """A minor, good whatever the unknown cells are: pivots in order, then a core all known."""

    pivots: tuple[tuple[int, Pair], ...]
    rows: tuple[int, ...] = ()
    columns: tuple[Pair, ...] = ()

    @property
    def size(self) -> int:
        return len(self.pivots) + len(self.rows)


def rows_of(left: Left, axis: int, chosen: frozenset[int], tries: int, rng: random.Random) -> Rows:
    """The largest minor of these rows met in some greedy runs: pivots, rows or columns dropped at
    random where there is none, and a core of rows that are all known."""
    best = Rows(())
    for _ in range(tries):
        for found in _run(left, axis, chosen, rng):
            if found.size > best.size:
                best = found
        if best.size == len(chosen):
            break
    return best


def _run(left: Left, axis: int, chosen: frozenset[int], rng: random.Random) -> Iterator[Rows]:
    x, y = (m for m in range(3) if m != axis)
    ones, maybe = (
        {i: {(f[x], f[y]) for f in cells if f[axis] == i} for i in sorted(chosen)}
        for cells in (left.known, left.unknown)
    )
    columns = {column for row in ones.values() for column in row}
    rows, pivots = set(chosen), list[tuple[int, Pair]]()
    while rows and columns:
        live = {i: (ones[i] | maybe[i]) & columns for i in sorted(rows)}
        pivot = _pivot(live, ones)
        if pivot:
            pivots.append(pivot)
            rows.discard(pivot[0])
            columns.discard(pivot[1])
            continue
        clean = [i for i in live if not maybe[i] & columns]
        yield _with_core(pivots, clean, sorted(columns), ones)
        if len(clean) < len(rows) and rng.random() < 0.5:
            rows.discard(rng.choice([i for i in live if i not in clean]))
        else:
            columns.discard(rng.choice(sorted(columns)))
    yield Rows(tuple(pivots))


def _pivot(live: dict[int, set[Pair]], ones: dict[int, set[Pair]]) -> tuple[int, Pair] | None:
    """A known cell that is alone in its row or its column."""
    seen: dict[Pair, list[int]] = {}
    for i, row in live.items():
        if len(row) == 1 and row <= ones[i]:
            return i, next(iter(row))
        for column in row:
            seen.setdefault(column, []).append(i)
    for column, holders in sorted(seen.items()):
        if len(holders) == 1 and column in ones[holders[0]]:
            return holders[0], column
    return None


def _with_core(
    pivots: Sequence[tuple[int, Pair]],
    clean: Sequence[int],
    columns: Sequence[Pair],
    ones: dict[int, set[Pair]],
) -> Rows:
    number = {column: n for n, column in enumerate(columns)}
    part = tuple({number[column]: 1 for column in ones[i] if column in number} for i in clean)
    found = minor(SparseMatrix((len(clean), len(columns)), part))
    rows = [i for i, _ in found.pivots] + list(found.rows)
    across = [j for _, j in found.pivots] + list(found.columns)
    return Rows(tuple(pivots), tuple(clean[i] for i in rows), tuple(columns[j] for j in across))


def in_turn(
    database: Database,
    steps: Sequence[tuple[str, Sequence[str]]],
    unfolding: str,
    tries: int = TRIES,
    seed: int = 0,
) -> LowerBound | None:
    """P10 for these slices, mode by mode, and the rows of an unfolding; None if slices of a step
    are not seen to be independent. [cited, ours]

    >>> w = Database.from_triples([("0", "0", "1"), ("0", "1", "0"), ("1", "0", "0")])
    >>> in_turn(w, [("V", ["1"])], "K").value
    3
    """
    rng, left = random.Random(seed), Left.of(database)
    documents, total = list[dict[str, Any]](), 0
    for mode, labels in steps:
        gone = frozenset(database.labels(mode).index(label) for label in labels)
        found = rows_of(left, axis_of(mode), gone, tries, rng)
        if not gone or found.size < len(gone):
            return None
        documents.append(
            {"mode": mode, "labels": list(labels), "minor": _document(database, mode, found)}
        )
        left, total = left.without(axis_of(mode), gone), total + len(gone)
    b = axis_of(unfolding)
    found = rows_of(left, b, left.labels[b], tries, rng)
    data = {"steps": documents, "unfolding": unfolding, **_document(database, unfolding, found)}
    return LowerBound(total + found.size, "P10", data)


def _document(database: Database, mode: str, found: Rows) -> dict[str, Any]:
    rows = database.labels(mode)
    first, second = (database.labels(m) for m in MODES if m != mode)

    def column(pair: Pair) -> list[str]:
        return [first[pair[0]], second[pair[1]]]

    return {
        "pivots": [[rows[i], column(pair)] for i, pair in found.pivots],
        "core": {
            "prime": PRIME,
            "rows": [rows[i] for i in found.rows],
            "columns": [column(pair) for pair in found.columns],
        },
    }


def best_in_turn(
    database: Database,
    goal: int,
    tries: int,
    seed: int,
    stop: Callable[[], bool] = lambda: False,
) -> LowerBound | None:
    """P10 that proves ``goal``, met in ``tries`` pairs of sets of slices. [cited, ours]"""
    rng = random.Random(seed)
    for (a, some), (b, others) in islice(_pairs(database, goal, rng), tries):
        if stop():
            break
        left, steps = Left.of(database).without(axis_of(a), some), [(a, some), (b, others)]
        found = rows_of(left, axis_of(b), others, 1, rng)
        if found.size < len(others):
            continue
        left = left.without(axis_of(b), others)
        least = goal - len(some) - len(others)
        for mode in MODES:
            if rows_of(left, axis_of(mode), left.labels[axis_of(mode)], 1, rng).size >= least:
                named = [(m, [database.labels(m)[i] for i in sorted(s)]) for m, s in steps]
                bound = in_turn(database, named, mode, tries=10, seed=seed)
                if bound and bound.value >= goal:
                    return bound
    return None


Chosen = tuple[str, frozenset[int]]


def _pairs(database: Database, goal: int, rng: random.Random) -> Iterator[tuple[Chosen, Chosen]]:
    """Sets of slices of two modes that leave enough rows in some mode, in random order: each once
    if they are few, else drawn without end."""
    used = {mode: database.used(mode) for mode in MODES}
    sizes = [
        (a, n, b, m)
        for a, b, c in permutations(MODES)
        for n, m in product(range(1, len(used[a])), range(1, len(used[b])))
        if n + m + max(len(used[a]) - n, len(used[b]) - m, len(used[c])) >= goal
    ]
    if sum(comb(len(used[a]), n) * comb(len(used[b]), m) for a, n, b, m in sizes) <= PAIRS:
        pairs = [
            ((a, frozenset(some)), (b, frozenset(others)))
            for a, n, b, m in sizes
            for some, others in product(combinations(used[a], n), combinations(used[b], m))
        ]
        rng.shuffle(pairs)
        yield from pairs
        return
    while True:
        a, n, b, m = rng.choice(sizes)
        yield (a, frozenset(rng.sample(used[a], n))), (b, frozenset(rng.sample(used[b], m)))
