"""The layers that ``plan.guarantees`` counts, written head by head and fitted into given sizes."""

from __future__ import annotations

import numpy as np
import torch

from factrank.layer.attention import AttentionLayer, Weights
from factrank.layer.building.assembly import Heads, assemble, gated_heads
from factrank.layer.building.from_terms import slice_heads
from factrank.layer.config import LayerConfig
from factrank.practice.plan import guarantees


def heads_of(need, table: np.ndarray, config: LayerConfig, by_query: bool) -> Heads:
    """The construction for a table (K, Q) of value indices, -1 where there is no fact; cut by
    queries, or by keys."""
    V, i, r = config.values, config.d_head_qk, config.d_head_vo
    if need is guarantees.tanh_heads:
        pieces, outs = [], []
        for v in np.unique(table[table >= 0]):
            for part in _cut(table == v, i, by_query):
                pieces.append(part * 1.0)
                outs.append(np.eye(V)[v])
        return slice_heads(np.stack(pieces, -1), np.stack(outs))
    if need is guarantees.circle_heads:
        angle = 2 * np.pi * np.arange(V) / V + 0.3  # no answer without a sine
        places = [np.cos(angle), np.sin(angle)] if V > 2 else [np.array([1.0, -1.0])]
        parts = _cut(table >= 0, i, by_query)
        pieces = [part * place[table] for part in parts for place in places]
        return slice_heads(np.stack(pieces, -1), np.stack(places * len(parts)))
    if need is guarantees.nearest_gates:
        return _nearest(table, V, i, r, by_query)
    D = np.stack([table == v for v in range(V)], -1).astype(float)
    if need is guarantees.query_gates:
        gate, X = _gates(D.transpose(1, 0, 2))
        x, out, which = _narrow(X, r)
        return gated_heads(gate[which], x, out)
    gate, Y = _gates(D)  # for every key, 1 - A is the gate
    y, out, which = _narrow(Y, r)
    K, Q = table.shape
    key = np.log(1 - gate[which])[:, :, None] - np.log(gate[which])[:, :, None]
    one, zero = np.ones((len(which), Q, 1)), np.zeros((len(which), Q, 1))
    return Heads(one, key, zero, np.zeros((len(which), K, r)), y, out)


def _cut(mask: np.ndarray, size: int, by_query: bool) -> list[np.ndarray]:
    """Masks of at most so many used rows (queries, or keys) that add up to this one."""
    rows = np.flatnonzero(mask.any(0 if by_query else 1))
    parts = []
    for start in range(0, len(rows), size):
        part = np.zeros_like(mask)
        mine = rows[start : start + size]
        where = (slice(None), mine) if by_query else (mine, slice(None))
        part[where] = mask[where]
        parts.append(part)
    return parts


def _gates(M: np.ndarray, eps: float = 0.5) -> tuple[np.ndarray, np.ndarray]:
    """Gates (n, n) and X with sum_h gate[h, n] X[h] = M[n]."""
    gate = 0.5 + eps / 2 * np.eye(len(M))
    return gate, np.tensordot(np.linalg.inv(gate), M, 1)


def _narrow(X: np.ndarray, r: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """X[h] = x[h] out[h] cut into heads of width r, along tokens or used values, the fewer."""
    used = np.flatnonzero(X.any((0, 1)))
    n, V = X.shape[1:]
    xs, outs, which = [], [], []
    for h, one in enumerate(X):
        by_value = len(used) <= n
        lot = used if by_value else np.arange(n)
        for start in range(0, len(lot), r):
            mine = lot[start : start + r]
            x, out = np.zeros((n, r)), np.zeros((r, V))
            x[:, : len(mine)] = one[:, mine] if by_value else np.eye(n)[:, mine]
            out[: len(mine)] = np.eye(V)[mine] if by_value else one[mine]
            xs.append(x), outs.append(out), which.append(h)
    return np.stack(xs), np.stack(outs), np.array(which)


def _nearest(table: np.ndarray, V: int, i: int, r: int, by_query: bool) -> Heads:
    g = (np.arange(V) + 0.5) / V
    parts = _cut(table >= 0, i, by_query)
    b = (g**2 + (len(parts) - 1) * g) / len(parts)
    K, Q = table.shape
    lots = []
    for part in parts:
        theta = np.where(part, np.log(g / (1 - g))[table], 0.0)
        rows = np.flatnonzero(part.any(0 if by_query else 1))
        ask, key = np.zeros((Q, i)), np.zeros((K, i))
        if by_query:
            ask[rows, range(len(rows))] = 1
            key[:, : len(rows)] = theta[:, rows]
        else:
            key[rows, range(len(rows))] = 1
            ask[:, : len(rows)] = theta[rows].T
        x, y = np.tile([1.0, 0.0], (K, 1)), np.tile([0.0, 1.0], (Q, 1))
        out = np.stack([2 * g - b, -b])
        for pair in [slice(0, 2)] if r >= 2 else [slice(0, 1), slice(1, 2)]:
            lots.append((ask, key, 0 * ask, x[:, pair], y[:, pair], out[pair]))
    return Heads(*(np.stack(arrays) for arrays in zip(*lots, strict=True)))


# ---- into the sizes that are given ----------------------------------------------------------


def fitted(
    heads: Heads, keys, queries, answers, config: LayerConfig, seed: int = 0
) -> AttentionLayer:
    """A layer of exactly these sizes that has the heads on these of its keys and queries, for these
    of its answers.

    Trained: embeddings as ``assemble`` chooses them, zeros for the other tokens, and right for all
    answers. Frozen: embeddings drawn before, for all tokens and values; what the layer says of
    answers that do not occur is whatever follows.
    """
    weights = {name: np.zeros(shape) for name, shape in config.shapes.items()}
    H, i, r = len(heads.ask), heads.ask.shape[2], heads.x.shape[2]
    assert H <= config.n_heads and i <= config.d_head_qk and r <= config.d_head_vo
    if config.trainable_embeddings:
        small = assemble(heads)
        d = small.config.d_model
        assert d <= config.d_model, (d, config.d_model)
        given = {name: weight[0].numpy() for name, weight in small.weights._asdict().items()}
        weights["E_K"][keys, :d], weights["E_Q"][queries, :d] = given["E_K"], given["E_Q"]
        weights["U"][:d] = given["U"]
        weights["W_Q"][:H, :d, :i] = given["W_Q"] * (config.d_head_qk / i) ** 0.5
        weights["W_K"][:H, :d, :i] = given["W_K"]
        weights["W_V"][:H, :d, :r], weights["W_O"][:H, :r, :d] = given["W_V"], given["W_O"]
    else:
        rng = np.random.default_rng(seed)
        for name in ("E_K", "E_Q", "U"):
            weights[name] = rng.normal(size=weights[name].shape)
        E = np.concatenate([weights["E_K"][keys], weights["E_Q"][queries]])
        assert len(E) <= config.d_model and len(answers) <= config.d_model
        solve = np.linalg.pinv(E)
        silent = np.zeros((H, len(keys), i))
        weights["W_Q"][:H, :, :i] = _on(solve, silent, heads.ask) * config.d_head_qk**0.5
        weights["W_K"][:H, :, :i] = _on(solve, heads.key, heads.own)
        weights["W_V"][:H, :, :r] = _on(solve, heads.x, heads.y)
        weights["W_O"][:H, :r] = heads.out[..., answers] @ np.linalg.pinv(weights["U"][:, answers])
    stacked = {name: torch.from_numpy(weight).unsqueeze(0) for name, weight in weights.items()}
    return AttentionLayer(config, Weights(**stacked))


def _on(solve: np.ndarray, on_key: np.ndarray, on_query: np.ndarray) -> np.ndarray:
    return solve @ np.concatenate([on_key, on_query], axis=1)
