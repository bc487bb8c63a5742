"""Attention-only layers one upon the other: many such stacks of one shape at once, and their L.

Two tokens, key k then query q, read at q. The key comes first and sees itself alone; the query
sees both. The residual path is on between the layers and to the end: each layer reads the sum of
the embedding and of all that the layers beneath it wrote.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import pad

from factrank.errors import FactrankError
from factrank.layer.attention import AttentionLayer, Weights


class Pass(NamedTuple):
    """One layer at work: its attention A[m, h, k, q] on the key, what it reads, how it writes.

    ``key`` (m, k, d) and ``query`` (m, k, q, d) are the streams that it reads; ``W_V`` and ``W_O``
    those of its heads.
    """

    A: Tensor
    key: Tensor
    query: Tensor
    W_V: Tensor
    W_O: Tensor

    def at_key(self, stream: Tensor) -> Tensor:
        """What the layer adds at the key, which sees itself alone, of a stream (m, k, d)."""
        return _joined((stream.unsqueeze(1) @ self.W_V).transpose(1, 2), self.W_O)

    def from_key(self, stream: Tensor) -> Tensor:
        """What it brings to the query from a stream (m, k, d) at the key."""
        said = self.A.unsqueeze(-1) * (stream.unsqueeze(1) @ self.W_V).unsqueeze(3)
        return _joined(said.permute(0, 2, 3, 1, 4), self.W_O)

    def from_query(self, stream: Tensor) -> Tensor:
        """What it brings to the query from a stream (m, k, q, d) at the query itself."""
        said = (1 - self.A).unsqueeze(-1) * (stream.unsqueeze(1) @ self.W_V.unsqueeze(2))
        return _joined(said.permute(0, 2, 3, 1, 4), self.W_O)


def _joined(said: Tensor, W_O: Tensor) -> Tensor:
    """All heads in one product: (m, ..., h, r) by (m, h, r, d)."""
    flat = said.flatten(-2)
    return (flat.flatten(1, -2) @ W_O.flatten(1, 2)).view(*flat.shape[:-1], W_O.shape[-1])


def depth(weights: Weights) -> int:
    """How many layers: W_Q, W_K, W_V, W_O have shape (m, layers, h, ...) here."""
    return weights.W_Q.shape[1]


def stacked(*layers: AttentionLayer) -> Weights:
    """The weights of layers one upon the other, with the embeddings of the first.

    They need the same shape; W_Q, W_K, W_V, W_O get an axis over layers after that over models.

    >>> from factrank.layer.config import LayerConfig
    >>> config = LayerConfig(4, 3, 5, 8, 2, 1, 3)
    >>> both = stacked(*(AttentionLayer.random(config, seed=seed) for seed in (0, 1)))
    >>> depth(both), deep_tensor(both).shape
    (2, torch.Size([1, 4, 3, 5]))
    """
    first = layers[0].weights
    heads = {
        name: torch.stack([getattr(layer.weights, name) for layer in layers], 1)
        for name in ("W_Q", "W_K", "W_V", "W_O")
    }
    return first._replace(**heads)


def passes(weights: Weights) -> Iterator[Pass]:
    r"""Each layer in turn. With x_k, x_q the streams before it and OV = W_V W_O,

    .. math::
        x_k' = x_k + \textstyle\sum_h x_k OV^h, \quad
        x_q' = x_q + \textstyle\sum_h A^h_{kq} x_k OV^h + (1 - A^h_{kq}) x_q OV^h,

    and A^h = sigmoid(s_qk - s_qq) of their scores. After the first layer x_q depends on k. [ours]
    """
    keys, queries = weights.E_K.shape[1], weights.E_Q.shape[1]
    key = weights.E_K
    query = weights.E_Q.unsqueeze(1).expand(-1, keys, queries, -1)
    for layer in range(depth(weights)):
        W_Q, W_K, W_V, W_O = (w[:, layer] for w in weights[3:])
        ask = query.unsqueeze(1) @ W_Q.unsqueeze(2)  # m h k q i
        scores = (ask * (key.unsqueeze(1) @ W_K).unsqueeze(3)).sum(-1)
        own = (ask * (query.unsqueeze(1) @ W_K.unsqueeze(2))).sum(-1)
        A = torch.sigmoid((scores - own) / W_Q.shape[-1] ** 0.5)
        done = Pass(A, key, query, W_V, W_O)
        yield done
        query = query + done.from_key(key) + done.from_query(query)
        key = key + done.at_key(key)


def deep_tensor(weights: Weights) -> Tensor:
    """L[m, k, q, v], the logits of all pairs, differentiable. Depth 1 is ``AttentionLayer`` with
    the residual path."""
    *_, last = passes(weights)
    end = last.query + last.from_key(last.key) + last.from_query(last.query)
    return end @ weights.U.unsqueeze(1)


def deep_votes(weights: Weights) -> dict[tuple[str, str], Tensor]:
    """Who votes in a stack of two layers: (path, token) to (m, k, q, v); they sum to L exactly.

    Paths: ``direct`` (E_Q U), ``1`` (written by layer 1, read out), ``2`` (layer 2 on the
    embeddings) and ``2 on 1`` (layer 2 on what layer 1 wrote, at either position). The token is
    the one that the vote came from in the end: ``key`` or ``query``. [ours]
    """
    one, two = passes(weights)
    x_k, x_q = one.key, one.query
    key, query = one.from_key(x_k), one.from_query(x_q)
    votes = {
        ("direct", "query"): x_q,
        ("1", "key"): key,
        ("1", "query"): query,
        ("2", "key"): two.from_key(x_k),
        ("2", "query"): two.from_query(x_q),
        ("2 on 1", "key"): two.from_key(one.at_key(x_k)) + two.from_query(key),
        ("2 on 1", "query"): two.from_query(query),
    }
    return {name: vote @ weights.U.unsqueeze(1) for name, vote in votes.items()}


def spread(layer: AttentionLayer, first: int) -> tuple[AttentionLayer, AttentionLayer]:
    """Two layers, one upon the other, with the L of one: its ``first`` heads below, the rest above.

    The stream gets a new dimension for each value-output width of the heads below. They write there
    and nowhere else, no head reads there, and U reads there what they wrote into the old
    dimensions: W_O U. Heads that a layer lacks are zeros, so that both have one shape. [ours]

    Errors: ``FactrankError`` for a layer without the residual path or with ties, or a number of
    heads outside 1, ..., n_heads - 1.

    >>> from factrank.layer.config import LayerConfig
    >>> from factrank.layer.deep import deep_tensor, stacked
    >>> one = AttentionLayer.random(LayerConfig(4, 3, 5, 6, 3, 1, 2, residual=True))
    >>> below, above = spread(one, first=1)
    >>> bool((deep_tensor(stacked(below, above)) - one.layer_tensor()).abs().max() < 1e-12)
    True
    """
    config, w = layer.config, layer.weights
    if not config.residual or config.tied:
        raise FactrankError("layer: expected the residual path and no ties, found another layer")
    if not 1 <= first < config.n_heads:
        raise FactrankError(f"first: expected 1 to {config.n_heads - 1} heads, found {first!r}")
    r, d = config.d_head_vo, config.d_model
    wider = d + first * r
    padded = {"E_K": pad(w.E_K, (0, wider - d)), "E_Q": pad(w.E_Q, (0, wider - d))}
    told = (w.W_O[:, :first] @ w.U.unsqueeze(1)).flatten(1, 2)  # m, first r, v
    padded["U"] = torch.cat([w.U, told], 1)
    reads = {it: pad(getattr(w, it), (0, 0, 0, wider - d)) for it in ("W_Q", "W_K", "W_V")}
    below = w.W_O.new_zeros(*w.W_O.shape[:3], wider)
    above = below.clone()
    for head in range(first):
        at = d + head * r
        below[:, head, :, at : at + r] = torch.eye(r, dtype=below.dtype)
    above[:, first:, :, :d] = w.W_O[:, first:]
    shape = replace(config, d_model=wider)
    one, other = (Weights(**padded, **reads, W_O=W_O) for W_O in (below, above))
    return AttentionLayer(shape, one), AttentionLayer(shape, other)
