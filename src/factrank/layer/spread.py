"""The heads of one layer spread over two, with the same L."""

from __future__ import annotations

from dataclasses import replace

import torch

from factrank.errors import FactrankError
from factrank.layer.attention import AttentionLayer, Weights


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
    padded = {
        name: torch.cat([part, part.new_zeros(*part.shape[:2], wider - d)], 2)
        for name, part in (("E_K", w.E_K), ("E_Q", w.E_Q))
    }
    told = (w.W_O[:, :first] @ w.U.unsqueeze(1)).flatten(1, 2)  # m, first r, v
    padded["U"] = torch.cat([w.U, told], 1)
    reads = {
        name: torch.cat([part, part.new_zeros(*part.shape[:2], wider - d, part.shape[3])], 2)
        for name, part in (("W_Q", w.W_Q), ("W_K", w.W_K), ("W_V", w.W_V))
    }
    below = w.W_O.new_zeros(*w.W_O.shape[:3], wider)
    above = below.clone()
    for head in range(first):
        at = d + head * r
        below[:, head, :, at : at + r] = torch.eye(r, dtype=below.dtype)
    above[:, first:, :, :d] = w.W_O[:, first:]
    shape = replace(config, d_model=wider)
    one, other = (Weights(**padded, **reads, W_O=W_O) for W_O in (below, above))
    return AttentionLayer(shape, one), AttentionLayer(shape, other)
