"""Heads that write the simple tensors of a decomposition: A4b (i) and A4."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from factrank.errors import FactrankError
from factrank.layer.heads import Heads, gated_heads, tanh_heads
from factrank.rank.terms import Term, Vector

DELTA = 0.5  # how far from saturation a head works: its scores stay below 2 artanh(DELTA)
NEGLIGIBLE = 1e-11  # of the largest singular value: what float64 makes of zero


def term_heads(shape: tuple[int, int, int], terms: Sequence[Term]) -> Heads:
    """A4b (i): one tanh head a ternary term; the other terms by ``independent_heads``. [ours]"""
    a, b, c = _factors(shape, terms)
    ternary = _ternary(a) | _ternary(b)
    if not ternary.any():
        return _independent(a, b, c)
    heads = _ternary_heads(a[ternary], b[ternary], c[ternary])
    if ternary.all():
        return heads
    return heads.and_also(_independent(a[~ternary], b[~ternary], c[~ternary]))


def independent_heads(shape: tuple[int, int, int], terms: Sequence[Term]) -> Heads:
    """A4 in heads of width 1, whose attention does not depend on the key. [ours]"""
    return _independent(*_factors(shape, terms))


def _ternary_heads(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> Heads:
    size = np.abs(a).max(1) * np.abs(b).max(1) / DELTA
    flat = _ternary(a)[:, None]
    a, b = _unit(a), _unit(b)
    # 2 artanh(DELTA a b): the factor that is ternary stays as it is
    ask = np.where(flat, 2 * np.arctanh(DELTA * b), b)
    key = np.where(flat, a, 2 * np.arctanh(DELTA * a))
    return tanh_heads(ask[:, :, None], key[:, :, None], size[:, None] * c)


def _independent(a: np.ndarray, b: np.ndarray, c: np.ndarray, eps: float = DELTA) -> Heads:
    """Terms with parallel query vectors share a gate 1/2 + (eps/2) b; gates 1/2 undo the 1/2."""
    size = np.abs(b).max(1) * np.sign(b[np.arange(len(b)), np.abs(b).argmax(1)])
    unit = b / size[:, None]
    # rounded to be compared only: a gate from a rounded direction would be off by that rounding
    _, first, group = np.unique(unit.round(12), axis=0, return_index=True, return_inverse=True)
    directions, group = unit[first], group.reshape(-1)
    gates, xs, outs, total = [], [], [], 0.0
    for g, direction in enumerate(directions):
        mine = group == g
        C = np.einsum("rk,rv->kv", a[mine] * size[mine, None], c[mine])
        total = total + C
        for x, out in rank_one(C):
            gates.append(0.5 + 0.5 * eps * direction)
            xs.append(2 / eps * x)
            outs.append(out)
    for x, out in rank_one(total):
        gates.append(np.full(b.shape[1], 0.5))
        xs.append(-2 / eps * x)
        outs.append(out)
    return gated_heads(np.array(gates), np.array(xs)[:, :, None], np.array(outs)[:, None, :])


def rank_one(C: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """C as a shortest sum of outer products (column, row)."""
    left, sigma, right = np.linalg.svd(C, full_matrices=False)
    kept = sigma > NEGLIGIBLE * max(sigma[0], 1e-300)
    return [(x * s, row) for x, s, row in zip(left.T[kept], sigma[kept], right[kept], strict=True)]


def _factors(
    shape: tuple[int, int, int], terms: Sequence[Term]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The vectors of all terms as rows: (R, K), (R, Q), (R, V)."""
    if not terms:
        raise FactrankError("terms: expected at least one, found none")

    def dense(vectors: list[Vector], size: int) -> np.ndarray:
        rows = np.zeros((len(vectors), size))
        for row, vector in zip(rows, vectors, strict=True):
            for index, number in vector.items():
                row[index] = float(number)
        return rows

    factors = zip(zip(*terms, strict=True), shape, strict=True)
    return tuple(dense(list(vectors), size) for vectors, size in factors)


def _ternary(rows: np.ndarray) -> np.ndarray:
    """Which rows have entries -m, 0, m only."""
    unit = np.abs(_unit(rows))
    return ((unit == 0) | (unit == 1)).all(1)


def _unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.abs(rows).max(1, keepdims=True)
