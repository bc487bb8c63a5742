"""Real Fourier waves: a well-conditioned decomposition of addition, whole or cut off.

The rational decompositions of such tables (C6, C7) interpolate at whole numbers, whose powers grow
like n!: exact in fractions, lost in floating point. Waves have entries between -2 and 2.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import lcm

import numpy as np

from factrank.facts.database import Database
from factrank.layer.building.from_terms import Factors
from factrank.rank.closed.table_terms import coordinates
from factrank.rank.closed.tables import Sums, group, sums


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
        return _waves(database, (size,), [(i,) for i in range(size)], _sides(found))
    return None


def _sides(found: Sums) -> tuple[tuple[int, ...], ...]:
    return found.keys, found.queries, found.values


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
