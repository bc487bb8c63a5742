"""Upper bound U5: change the basis of one mode so that its slices get smaller ranks."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from factrank.facts.database import MODES, Database
from factrank.facts.labels import axis_of
from factrank.rank.algebra.exact import factor, rank_of
from factrank.rank.algebra.terms import Term, term_of
from factrank.rank.upper.counts import slices

Slice = dict[int, dict[int, int]]
ENTRY_LIMIT = 3  # entries beyond this never helped and make the terms unreadable


def basis_terms(
    database: Database,
    mode: str,
    solves: int = 2000,
    seed: int = 0,
    stop: Callable[[], bool] = lambda: False,
) -> tuple[Term, ...]:
    """U5: add or subtract slices while the sum of slice ranks drops. [cited, ours]

    Rank is invariant under invertible maps of one mode: D = sum_i g_i (x) B_i stays true when
    B_i becomes B_i + s B_j and g_j becomes g_j - s g_i. Every candidate costs one exact rank, at
    most ``solves`` of them; pairs of slices that overlap most come first.

    >>> db = Database.from_triples([("a", "r", "x"), ("a", "s", "x"), ("b", "r", "x"),
    ...     ("b", "s", "y")])
    >>> len(slices(db, "V")), len(basis_terms(db, "V"))
    (2, 2)
    """
    axis = axis_of(mode)
    parts = slices(database, mode)
    vectors: dict[int, dict[int, int]] = {i: {i: 1} for i in parts}
    ranks = {i: rank_of(part) for i, part in parts.items()}
    rng = random.Random(seed)
    improved = True
    while improved and solves > 0 and not stop():
        improved = False
        for i, j in _pairs(parts, ranks, rng):
            for sign in (-1, 1):
                if solves <= 0 or stop():
                    break
                solves -= 1
                candidate = _combine(parts[i], parts[j], sign)
                found = rank_of(candidate)
                if found < ranks[i] and _small(candidate):
                    parts[i], ranks[i] = candidate, found
                    vectors[j] = _add(vectors[j], vectors[i], -sign)
                    improved = True
    return tuple(
        term_of(axis, vectors[i], x, y) for i, part in parts.items() for x, y in factor(part)
    )


def _pairs(
    parts: dict[int, Slice], ranks: dict[int, int], rng: random.Random
) -> Iterator[tuple[int, int]]:
    """Pairs of slices with cells in common, the largest overlap first; i must have rank >= 2
    or j be its equal (then their difference is zero)."""
    by_row: dict[int, list[int]] = {}
    for i, part in parts.items():
        for row in part:
            by_row.setdefault(row, []).append(i)
    overlap: dict[tuple[int, int], int] = {}
    work = 400_000
    for members in sorted(by_row.values(), key=len):
        work -= len(members) ** 2
        if work < 0:
            break
        for i in members:
            for j in members:
                if i != j and ranks[i] >= 1:
                    overlap[i, j] = overlap.get((i, j), 0) + 1
    order = list(overlap)
    rng.shuffle(order)
    order.sort(key=lambda pair: -overlap[pair])
    yield from order


def _combine(part: Slice, other: Slice, sign: int) -> Slice:
    total = {i: dict(row) for i, row in part.items()}
    for i, row in other.items():
        mine = total.setdefault(i, {})
        for j, x in row.items():
            value = mine.get(j, 0) + sign * x
            if value:
                mine[j] = value
            else:
                mine.pop(j, None)
        if not mine:
            del total[i]
    return total


def _add(vector: dict[int, int], other: dict[int, int], factor_: int) -> dict[int, int]:
    total = dict(vector)
    for i, x in other.items():
        total[i] = total.get(i, 0) + factor_ * x
    return {i: x for i, x in total.items() if x}


def _small(part: Slice) -> bool:
    return all(abs(x) <= ENTRY_LIMIT for row in part.values() for x in row.values())


def best_basis_terms(
    database: Database, solves: int, seed: int, stop: Callable[[], bool] = lambda: False
) -> tuple[Term, ...]:
    """U5 along each of the three modes; the shortest decomposition."""
    found = [basis_terms(database, mode, solves // 3, seed, stop) for mode in MODES]
    return min(found, key=len)
