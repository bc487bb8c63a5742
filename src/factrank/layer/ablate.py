"""Taking a vote away: predicted from the votes, and done by editing weights.

A vote is what one head says through one source, the key token or the query token. The prediction
reads ``AttentionLayer.votes_of``; the edit zeroes the part of W_V through which that head reads
that token. The two share nothing but the weights, so that their agreement is evidence.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from factrank.errors import FactrankError
from factrank.layer.attention import AttentionLayer, Weights

KEY, QUERY = 0, 1


def split_stream(layer: AttentionLayer) -> AttentionLayer:
    """The same L from a stream twice as wide: keys live in its first half, queries in its second.

    W_Q, W_K and W_V read both halves alike, W_O writes into the first and U reads the sum of the
    two. Now the rows of W_V belong to keys or to queries. [ours]

    Errors: ``FactrankError`` for tied tokens, which would be keys and values at once.

    >>> from factrank.layer.config import LayerConfig
    >>> layer = AttentionLayer.random(LayerConfig(4, 3, 5, 8, 2, 1, 3), seed=0)
    >>> bool((split_stream(layer).layer_tensor() - layer.layer_tensor()).abs().max() < 1e-12)
    True
    """
    if layer.config.tied:
        raise FactrankError("split_stream: expected no tied tokens, found some")
    w = layer.weights
    zero_k, zero_q = torch.zeros_like(w.E_K), torch.zeros_like(w.E_Q)
    weights = Weights(
        E_K=torch.cat([w.E_K, zero_k], -1),
        E_Q=torch.cat([zero_q, w.E_Q], -1),
        U=torch.cat([w.U, w.U], -2),
        W_Q=torch.cat([w.W_Q, w.W_Q], -2),
        W_K=torch.cat([w.W_K, w.W_K], -2),
        W_V=torch.cat([w.W_V, w.W_V], -2),
        W_O=torch.cat([w.W_O, torch.zeros_like(w.W_O)], -1),
    )
    return AttentionLayer(replace(layer.config, d_model=2 * layer.config.d_model), weights)


def without(layer: AttentionLayer, head: int, source: int | None = None) -> AttentionLayer:
    """The layer with one vote taken away by an edit of W_V: that of a head through a source.

    ``source`` is 0 for the key token, 1 for the query token, None for both. Attention stays as it
    is. [ours]

    Errors: ``FactrankError`` for a head or a source that is not there.

    >>> from factrank.layer.config import LayerConfig
    >>> layer = AttentionLayer.random(LayerConfig(4, 3, 5, 8, 2, 1, 3), seed=0)
    >>> less = without(layer, 1, KEY).layer_tensor()
    >>> bool((layer.layer_tensor() - layer.votes()[:, 1, KEY] - less).abs().max() < 1e-12)
    True
    """
    if not 0 <= head < layer.config.n_heads:
        raise FactrankError(f"head: expected 0 to {layer.config.n_heads - 1}, found {head!r}")
    if source not in (KEY, QUERY, None):
        raise FactrankError(f"source: expected 0 (key), 1 (query) or None, found {source!r}")
    wide = split_stream(layer)
    d = layer.config.d_model
    rows = slice(None) if source is None else slice(source * d, (source + 1) * d)
    W_V = wide.weights.W_V.clone()
    W_V[:, head, rows] = 0
    return replace(wide, weights=wide.weights._replace(W_V=W_V))


def answers_without(votes: Tensor, rest: Tensor) -> Tensor:
    """The answer to each question when one vote is taken away, from the votes alone.

    ``votes`` (n, h, s, v) and ``rest`` (n, v), what the residual path adds. Answers (n, h, s + 1):
    without the key's vote, the query's, both. The winner a stays where its margin over every
    rival w exceeds the difference of the vote, vote[a] - vote[w]. [ours]

    >>> votes = torch.tensor([[[[3.0, 0.0], [0.0, 1.0]]]])
    >>> answers_without(votes, torch.zeros(1, 2)).tolist()
    [[[1, 0, 0]]]
    """
    L = votes.sum((1, 2)) + rest
    taken = torch.cat([votes, votes.sum(2, keepdim=True)], 2)
    a = L.argmax(-1)
    margin = L.gather(-1, a[:, None]) - L  # n v
    at = a[:, None, None, None].expand(*taken.shape[:3], 1)
    difference = taken.gather(-1, at) - taken
    left = margin[:, None, None] - difference  # the lead of a over each value afterwards
    return left.argmin(-1)
