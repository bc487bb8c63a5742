"""Which decomposition becomes heads: the fewest that stay exact in floating point.

For addition, whole or cut off, that is one by real Fourier waves. The rational ones (C6, C7)
interpolate at whole numbers, whose powers grow like n!: exact in fractions, lost in floating point.
Waves have entries between -2 and 2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from math import lcm

import numpy as np

from factrank.errors import FactrankError
from factrank.facts.database import MODES, Database
from factrank.layer.attention import AttentionLayer
from factrank.layer.building.assembly import Heads, assemble
from factrank.layer.building.from_terms import Factors
from factrank.layer.exactness import Exactness, exactness
from factrank.rank.algebra.reduction import Members, distinct
from factrank.rank.algebra.terms import Term
from factrank.rank.closed.table_terms import coordinates
from factrank.rank.closed.tables import group, sums
from factrank.rank.part import Plan
from factrank.rank.upper.counts import hubs, slice_terms
from factrank.rank.upper.tree import spanning_tree


def waves(database: Database) -> Factors | None:
    r"""D as waves, if it is the table of an abelian group or of k + q, under any names. [ours]

    A character chi of a group of n elements multiplies: chi(g h) = chi(g) chi(h), and

    .. math:: D[k, q, v] = \tfrac1n \textstyle\sum_\chi \chi(k)\, \chi(q)\, \overline{\chi(v)}.

    A real character is one term; a pair of conjugate ones, cos + i sin, is a product of complex
    numbers in three terms: for an abelian group as many as its rank (C7). The table k + q with m
    keys and n queries is a part of addition modulo m + n - 1, where nothing wraps.

    >>> from factrank.facts.families import modular_addition
    >>> found = waves(modular_addition(5))
    >>> found.a.shape, bool(abs(found.dense() - modular_addition(5).tensor()).max() < 1e-14)
    ((7, 5), True)
    """
    if (table := group(database)) is not None:
        if not table.abelian:
            return None
        orders, places = coordinates(table.table)
        return _waves(database, orders, places, (table.keys, table.queries, table.values))
    if (found := sums(database)) is not None:
        size = len(found.keys) + len(found.queries) - 1
        sides = found.keys, found.queries, found.values
        return _waves(database, (size,), [(i,) for i in range(size)], sides)
    return None


def _waves(
    database: Database,
    orders: tuple[int, ...],
    places: list[tuple[int, ...]],
    sides: tuple[tuple[int, ...], ...],
) -> Factors:
    """The waves on the elements, each side's labels standing for the first so many of them."""
    rows = [np.array(vectors) for vectors in zip(*_terms(orders, np.array(places)), strict=True)]
    factors = []
    for vectors, side, size in zip(rows, sides, database.shape, strict=True):
        factor = np.zeros((len(vectors), size))
        factor[:, list(side)] = vectors[:, : len(side)]
        factors.append(factor)
    return Factors(*factors)


def _terms(
    orders: tuple[int, ...], places: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """(a, b, c) of each term, over all elements of the group."""
    turn = lcm(*orders)
    steps = [turn // d for d in orders]
    for chosen in product(*map(range, orders)):
        opposite = tuple(-c % d for c, d in zip(chosen, orders, strict=True))
        if opposite < chosen:
            continue  # the conjugate of one that was there
        angle = (places * np.multiply(chosen, steps)).sum(1) % turn  # in parts of a whole turn
        cos, sin = wave(angle, turn), wave(angle - turn / 4, turn)
        n = len(places)
        if opposite == chosen:
            yield cos, cos, cos / n
            continue
        # cos(a + b) and sin(a + b) by three products
        yield cos, cos, 2 / n * (cos - sin)
        yield sin, sin, -2 / n * (cos + sin)
        yield cos + sin, cos + sin, 2 / n * sin


def wave(angle: np.ndarray, turn: int) -> np.ndarray:
    """cos(2 pi angle / turn), exact where it is 0, 1 or -1.

    >>> wave(np.array([0, 1, 2, 3]), 4).tolist()
    [1.0, 0.0, -1.0, 0.0]
    """
    quarters = 4 * np.asarray(angle) / turn % 4
    exact = np.select([quarters == 0, quarters == 2], [1.0, -1.0], 0.0)
    return np.where(quarters % 1 == 0, exact, np.cos(np.pi / 2 * quarters))


COMPARED_KEYS = 2_000  # beyond this, comparing keys with keys costs more than the layer


def chosen(
    database: Database,
    terms: Sequence[Term],
    write: Callable[[Factors], Heads],
    *,
    scale: float,
    tolerance: float,
    embeddings: str,
    holds: Callable[[AttentionLayer, float, Exactness], bool] = lambda layer, scale, exact: True,
) -> tuple[AttentionLayer, Exactness]:
    """The layer with the fewest heads, of those within the tolerance that also ``holds`` what is
    asked of it; if there is none, the one that is off by least.

    Tried are the terms given; waves, where the facts or a block of them are addition; and the
    shortest decomposition by counting (U2 to U4), whose entries are 0, 1 and -1. A term that is not
    ternary may cost two heads, so the shortest need not have the fewest. [ours]
    """

    done = []
    for heads in _by_number(_candidates(database, terms, write), len(terms)):
        layer = assemble(heads.times(scale), embeddings)
        found = exactness(layer, database, scale)
        if found.within(tolerance, scale) and holds(layer, scale, found):
            return layer, found
        done.append((layer, found))
    return min(done, key=lambda it: it[1].bound)


def _by_number(lots: Iterator[Heads], least: int) -> Iterator[Heads]:
    """The fewest first, of equal ones the earlier; the others are not looked at before the first
    one if that has no more than the least."""
    first = next(lots)
    if len(first.ask) <= least:
        yield first
        yield from sorted(lots, key=lambda heads: len(heads.ask))
    else:
        yield from sorted([first, *lots], key=lambda heads: len(heads.ask))


def _candidates(
    database: Database, terms: Sequence[Term], write: Callable[[Factors], Heads]
) -> Iterator[Heads]:
    if not terms:
        raise FactrankError("terms: expected at least one, found none")
    if (heads := _written(lambda: Factors.of(database.shape, terms), write)) is not None:
        yield heads
    by_block = by_blocks(database)
    if by_block is not None:
        yield write(by_block)
    yield write(Factors.of(database.shape, counted(database)))


def _written(factors: Callable[[], Factors], write: Callable[[Factors], Heads]) -> Heads | None:
    """The heads; None where fractions or their products are beyond float64."""
    with np.errstate(over="ignore", invalid="ignore"):
        try:
            heads = write(factors())
        except (FactrankError, np.linalg.LinAlgError):
            return None
    return heads if all(np.isfinite(part).all() for part in vars(heads).values()) else None


def by_blocks(database: Database) -> Factors | None:
    """Waves for every block of the facts that is addition, counted terms for the others; None if
    no block is."""
    small, members = distinct(database)
    lots, waved = [], False
    for block in small.blocks():
        found = waves(block)
        waved |= found is not None
        lots.append((block, found or Factors.of(block.shape, counted(block))))
    if not waved:
        return None
    return Factors.joined(found.taken(_places(database, small, members, it)) for it, found in lots)


def _places(
    database: Database, small: Database, members: Members, block: Database
) -> list[list[int]]:
    """For each side of the database, the index in the block of each label or of its like; -1 where
    the block has none."""
    places = []
    for axis, mode in enumerate(MODES):
        index = {label: i for i, label in enumerate(block.labels(mode))}
        place = [-1] * database.shape[axis]
        for kept, same in members[axis].items():
            for i in same:
                place[i] = index.get(small.labels(mode)[kept], -1)
        places.append(place)
    return places


def counted(database: Database) -> Sequence[Term]:
    """The shortest decomposition of U2, and for functional facts U3 and U4: ternary terms."""
    best = slice_terms(database)
    if not database.functional:
        return best
    plans: list[Plan]
    plans = [hubs(database), spanning_tree(database, "Q")]
    if database.shape[0] <= COMPARED_KEYS:
        plans.append(spanning_tree(database, "K"))
    least = min(plans, key=lambda plan: plan.size)
    return least.terms() if least.size < len(best) else best
