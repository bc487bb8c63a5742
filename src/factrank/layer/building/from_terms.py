"""Heads that write the simple tensors of a decomposition, A4b (i) and A4, or a table
or a tensor slice by slice: A4b (ii), (iii), A6, A7.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from factrank.errors import FactrankError
from factrank.facts.database import Database
from factrank.layer.building.assembly import NEGLIGIBLE, Heads, gated_heads, tanh_heads
from factrank.rank.algebra.terms import Term, Vector


@dataclass(frozen=True, eq=False)
class Factors:
    """R terms a (x) b (x) c as rows: ``a`` (R, K), ``b`` (R, Q), ``c`` (R, V), in float64."""

    a: np.ndarray
    b: np.ndarray
    c: np.ndarray

    @classmethod
    def of(cls, shape: tuple[int, int, int], terms: Sequence[Term]) -> Factors:
        """Exact terms, each entry rounded once.

        Errors: ``FactrankError`` if there is none, or an entry beyond float64.

        >>> Factors.of((2, 1, 1), [Term({1: 3}, {0: 1}, {0: 1})]).a.tolist()
        [[0.0, 3.0]]
        """
        if not terms:
            raise FactrankError("terms: expected at least one, found none")
        sides = zip(zip(*terms, strict=True), shape, strict=True)
        return cls(*(_dense(vectors, size) for vectors, size in sides))

    @classmethod
    def joined(cls, lots: Iterable[Factors]) -> Factors:
        """All terms of several decompositions of one shape."""
        sides = zip(*((it.a, it.b, it.c) for it in lots), strict=True)
        return cls(*(np.concatenate(side) for side in sides))

    def taken(self, places: Sequence[Sequence[int]]) -> Factors:
        """Entry i of a side becomes entry ``places[side][i]`` of this one; -1 means zero."""
        sides = []
        for factor, place in zip((self.a, self.b, self.c), places, strict=True):
            index = np.asarray(place)
            sides.append(np.where(index >= 0, factor[:, index], 0.0))
        return Factors(*sides)

    def rows(self, chosen: np.ndarray) -> Factors:
        """Some of the terms."""
        return Factors(self.a[chosen], self.b[chosen], self.c[chosen])

    def dense(self) -> np.ndarray:
        """The sum of the terms, (K, Q, V)."""
        return np.einsum("rk,rq,rv->kqv", self.a, self.b, self.c)  # type: ignore[no-any-return]  # numpy says Any


def _dense(vectors: Sequence[Vector], size: int) -> np.ndarray:
    rows = np.zeros((len(vectors), size))
    for row, vector in zip(rows, vectors, strict=True):
        for index, number in vector.items():
            try:
                row[index] = float(number)
            except OverflowError:
                raise FactrankError(
                    "terms: expected entries that float64 can hold, found one beyond 1e308"
                ) from None
    return rows


DELTA = 0.5  # how far from saturation a head works: its scores stay below 2 artanh(DELTA)


def term_heads(shape: tuple[int, int, int], terms: Sequence[Term]) -> Heads:
    """A4b (i): one tanh head a ternary term; the other terms as ``gated``. [ours]"""
    return written_heads(Factors.of(shape, terms))


def written_heads(factors: Factors) -> Heads:
    """The same for terms in floating point. [ours]"""
    ternary = _ternary(factors.a) | _ternary(factors.b)
    if not ternary.any():
        return gated(factors)
    heads = _ternary_heads(factors.rows(ternary))
    return heads if ternary.all() else heads.and_also(gated(factors.rows(~ternary)))


def _ternary_heads(factors: Factors) -> Heads:
    a, b, c = factors.a, factors.b, factors.c
    size = np.abs(a).max(1) * np.abs(b).max(1) / DELTA
    flat = _ternary(a)[:, None]
    a, b = _unit(a), _unit(b)
    # 2 artanh(DELTA a b): the factor that is ternary stays as it is
    ask = np.where(flat, 2 * np.arctanh(DELTA * b), b)
    key = np.where(flat, a, 2 * np.arctanh(DELTA * a))
    return tanh_heads(ask[:, :, None], key[:, :, None], size[:, None] * c)


def gated(factors: Factors) -> Heads:
    """A4 in heads of width 1, whose attention does not depend on the key: terms with parallel query
    vectors share a gate 1/2 + (DELTA/2) b; gates 1/2 undo the 1/2. [ours]"""
    a, b, c = factors.a, factors.b, factors.c
    size = b[np.arange(len(b)), np.abs(b).argmax(1)]
    directions = b / size[:, None]
    # rounded to be compared only: a gate from a rounded direction would be off by that rounding
    _, first, group = np.unique(
        directions.round(12), axis=0, return_index=True, return_inverse=True
    )
    half = np.full(b.shape[1], 0.5)
    total = np.zeros((a.shape[1], c.shape[1]))
    heads = []  # gate, what keys say, in which direction
    for g, direction in enumerate(directions[first]):
        mine = group.reshape(-1) == g
        C = np.einsum("rk,rv->kv", a[mine] * size[mine, None], c[mine])
        total += C
        heads += [(half + DELTA / 2 * direction, 2 / DELTA * x, out) for x, out in rank_one(C)]
    heads += [(half, -2 / DELTA * x, out) for x, out in rank_one(total)]
    if not heads:  # the terms cancel: one head that says nothing
        heads = [(half, total[:, 0], total[0])]
    gates, x, out = (np.array(part) for part in zip(*heads, strict=True))
    return gated_heads(gates, x[:, :, None], out[:, None, :])


def rank_one(C: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """C as a shortest sum of outer products (column, row)."""
    left, sigma, right = np.linalg.svd(C, full_matrices=False)
    kept = sigma > NEGLIGIBLE * max(sigma[0], 1e-300)
    return [(x * s, row) for x, s, row in zip(left.T[kept], sigma[kept], right[kept], strict=True)]


def _ternary(rows: np.ndarray) -> np.ndarray:
    """Which rows have entries -m, 0, m only."""
    unit = np.abs(_unit(rows))
    return ((unit == 0) | (unit == 1)).all(1)  # type: ignore[no-any-return]  # numpy says Any


def _unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.abs(rows).max(1, keepdims=True)  # type: ignore[no-any-return]  # the same


def slice_heads(M: np.ndarray, out: np.ndarray) -> Heads:
    """sum_j M[:, :, j] (x) out[j]: one tanh head a slice, its whole matrix in the scores. [ours]"""
    sizes = np.abs(M).max((0, 1)) / DELTA
    S = 2 * np.arctanh(M / sizes).transpose(2, 0, 1)  # j k q
    left, sigma, right = np.linalg.svd(S, full_matrices=False)
    width = int((sigma > NEGLIGIBLE * sigma[:, :1]).sum(1).max())
    key = left[:, :, :width] * sigma[:, None, :width]
    ask = right[:, :width].transpose(0, 2, 1)
    return tanh_heads(ask, key, sizes[:, None] * out)


def relation_heads(D: np.ndarray) -> Heads:
    """A6 with finite weights: one tanh head a used pair (query, value). [ours]"""
    pairs = np.argwhere(D.any(0))  # (q, v)
    key = D[:, pairs[:, 0], pairs[:, 1]].T[:, :, None]
    ask = 2 * np.arctanh(DELTA) * np.eye(D.shape[1])[pairs[:, 0]][:, :, None]
    return tanh_heads(ask, key, np.eye(D.shape[2])[pairs[:, 1]] / DELTA)


def relation_gates(D: np.ndarray, sharpness: float) -> Heads:
    """A6 with gates: one head a relation, open for its own query up to sigmoid(-t). [ours]"""
    if not 0 < sharpness < 36:  # beyond, 1 - sigmoid(t) is lost in float64
        raise FactrankError(f"sharpness: expected a number between 0 and 36, found {sharpness!r}")
    Q = D.shape[1]
    open_gate = 1 / (1 + np.exp(-sharpness))
    gate = np.where(np.eye(Q, dtype=bool), open_gate, 1 - open_gate)
    ranges = [np.flatnonzero(D[:, q].any(0)) for q in range(Q)]
    width = max(map(len, ranges))
    x, out = np.zeros((Q, len(D), width)), np.zeros((Q, width, D.shape[2]))
    for q, values in enumerate(ranges):
        x[q, :, : len(values)] = D[:, q, values]
        out[q, np.arange(len(values)), values] = 1
    return gated_heads(gate, x, out)


def gate_heads(table: np.ndarray, values: int) -> Heads:
    """A7: A = (v + 1/2)/V at v = f_q(k), 1/2 where there is none; L = A^2 - (A - g_v)^2. [ours]"""
    K, Q = table.shape
    g, Theta = gates(values), log_odds(table, values)
    ask, key = (np.eye(Q), Theta) if Q <= K else (Theta.T, np.eye(K))
    x, y = np.tile([1.0, 0.0], (K, 1)), np.tile([0.0, 1.0], (Q, 1))
    out = np.stack([2 * g - g**2, -(g**2)])
    arrays = (ask, key, np.zeros_like(ask), x, y, out)
    return Heads(*(array[None] for array in arrays))


def log_odds(table: np.ndarray, values: int) -> np.ndarray:
    """What a score must be for A = (v + 1/2)/V at v = table[k, q]: 0, A = 1/2, where it is -1.

    >>> log_odds(np.array([[0, 1, -1]]), 2).round(3).tolist()
    [[-1.099, 1.099, 0.0]]
    """
    g = gates(values)
    return np.where(table >= 0, np.log(g / (1 - g))[table], 0.0)


def gates(values: int) -> np.ndarray:
    """(v + 1/2)/V."""
    return (np.arange(values) + 0.5) / values


def table_of(database: Database, method: str) -> np.ndarray:
    """f_q(k) as a (K, Q) table of value indices, -1 where there is no fact."""
    if not database.functional:
        raise FactrankError(
            f"compile {method}: expected one value for each (key, query), found {quarrel(database)}"
        )
    table = np.full(database.shape[:2], -1)
    for k, q, v in database.facts:
        table[k, q] = v
    return table


def quarrel(database: Database) -> str:
    """The pairs that have several values, in words, at most three of them."""
    values: dict[tuple[int, int], list[str]] = {}
    for k, q, v in database.facts:
        values.setdefault((k, q), []).append(database.values[v])
    several = {pair: found for pair, found in values.items() if len(found) > 1}
    shown = [
        f"{database.keys[k]!r} {database.queries[q]!r}: {', '.join(map(repr, found))}"
        for (k, q), found in list(several.items())[:3]
    ]
    rest = f" and {len(several) - 3} more" if len(several) > 3 else ""
    return f"{'; '.join(shown)}{rest}"
