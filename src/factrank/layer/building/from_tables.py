"""Heads that write a table or a tensor slice by slice: A4b (ii), (iii), A6, A7."""

from __future__ import annotations

import numpy as np

from factrank.errors import FactrankError
from factrank.facts.database import Database
from factrank.layer.building.assembly import Heads, gated_heads, tanh_heads
from factrank.layer.building.from_terms import DELTA, NEGLIGIBLE


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
    g = (np.arange(values) + 0.5) / values
    Theta = np.where(table >= 0, np.log(g / (1 - g))[table], 0.0)
    ask, key = (np.eye(Q), Theta) if Q <= K else (Theta.T, np.eye(K))
    x, y = np.tile([1.0, 0.0], (K, 1)), np.tile([0.0, 1.0], (Q, 1))
    out = np.stack([2 * g - g**2, -(g**2)])
    arrays = (ask, key, np.zeros_like(ask), x, y, out)
    return Heads(*(array[None] for array in arrays))


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
