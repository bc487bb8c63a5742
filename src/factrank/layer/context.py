"""Prompts of many keys and one query: what a layer for two tokens says there, and marked keys.

The query is read last and there are no positions. A key has the odds w = A/(1 - A) against the
query in a prompt of two tokens; in a longer one the odds of all keys share one sum.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from factrank.errors import FactrankError
from factrank.facts.database import Database
from factrank.layer.attention import AttentionLayer, Weights, value_factors
from factrank.layer.building.assembly import assemble
from factrank.layer.building.from_terms import slice_heads


def context_logits(
    weights: Weights, keys: Tensor, query: Tensor, *, residual: bool = False
) -> Tensor:
    r"""Logits (m, n, v) of n prompts: ``keys`` (n, c) in any order, then ``query`` (n).

    .. math::
        L = \sum_h \frac{\sum_{k} w^h_{kq} X^h_k + Y^h_q}{1 + \sum_k w^h_{kq}}
            \;(+\, (E_Q U)_q), \quad w^h_{kq} = e^{s^h_{qk} - s^h_{qq}}

    summed over the c keys of the prompt. One key: the layer tensor. Differentiable. [ours]

    Errors: ``FactrankError`` for keys or queries of another shape or out of range.

    >>> from factrank.layer.config import LayerConfig
    >>> layer = AttentionLayer.random(LayerConfig(4, 3, 5, 8, 2, 1, 3))
    >>> two = context_logits(layer.weights, torch.tensor([[3]]), torch.tensor([1]))
    >>> bool((two[0, 0] - layer.layer_tensor()[0, 3, 1]).abs().max() < 1e-12)
    True
    """
    _check(weights, keys, query)
    own, asking = weights.E_Q.unsqueeze(1) @ weights.W_K, weights.E_Q.unsqueeze(1) @ weights.W_Q
    s_qk = asking @ (weights.E_K.unsqueeze(1) @ weights.W_K).transpose(-1, -2)  # m h q k
    odds = (s_qk - (asking * own).sum(-1, keepdim=True)) / weights.W_Q.shape[-1] ** 0.5
    mine = odds[:, :, query.unsqueeze(1), keys]  # m h n c, logarithms
    share = torch.softmax(torch.cat([mine, torch.zeros_like(mine[..., :1])], -1), -1)
    x, y, out = value_factors(weights)
    said = torch.cat([x[:, :, keys], y[:, :, query].unsqueeze(3)], 3)  # m h n c+1 r
    mixed = (share.unsqueeze(3) @ said).squeeze(3)
    L = torch.einsum("mhnr,mhrv->mnv", mixed, out)
    return L + (weights.E_Q @ weights.U)[:, query] if residual else L


def compile_marked(database: Database, *, boost: float = 0.0) -> AttentionLayer:
    r"""A layer whose prompts say which key is asked: it is right whatever other keys stand there.

    Its keys are |K| unmarked ones and then the same ones marked, one dimension apart. One tanh head
    a used value, as in A4b (ii), but only the mark speaks: marked keys say +1, others 0. With the
    key k marked and m others

    .. math::
        L_{qv} = c\, D_{kqv}, \quad \frac{1}{1 + m e^{-b}} \le c \le 1

    with b the ``boost`` by which unmarked keys score lower: one more dimension of d_head_qk, none
    if it is 0. Zeros stay zeros; c = 1 at m = 0. [ours]

    Errors: ``FactrankError`` for no facts, or a boost that is negative or not finite.

    >>> db = Database.from_triples([("a", "r", "x"), ("b", "r", "y")])
    >>> layer = compile_marked(db, boost=9.0)
    >>> prompt = torch.tensor([[0, 3, 0]])  # a, b marked, a
    >>> context_logits(layer.weights, prompt, torch.tensor([0]))[0, 0].numpy().round(2).tolist()
    [0.0, 1.0]
    """
    if not (np.isfinite(boost) and boost >= 0):
        raise FactrankError(f"boost: expected a finite number of at least 0, found {boost!r}")
    used = list(database.used("V"))
    if not used:
        raise FactrankError("database: expected at least one fact, found none")
    D = database.tensor().astype(float)[:, :, used]
    heads = slice_heads(D, np.eye(database.shape[2])[used])
    count, keys = len(heads.ask), len(D)
    mark = np.repeat([[0.0], [1.0]], keys, axis=0)[None].repeat(count, 0)
    ask, own, key = heads.ask, heads.own, np.concatenate([heads.key, heads.key], 1)
    if boost:
        more = np.ones((*ask.shape[:2], 1))
        ask, own = np.concatenate([ask, boost * more], 2), np.concatenate([own, 0 * more], 2)
        key = np.concatenate([key, mark - 1], 2)
    return assemble(replace(heads, ask=ask, own=own, key=key, x=mark))


def _check(weights: Weights, keys: Tensor, query: Tensor) -> None:
    if keys.ndim != 2 or query.shape != keys.shape[:1]:
        raise FactrankError(
            f"prompts: expected keys (n, c) and a query (n), found {tuple(keys.shape)} "
            f"and {tuple(query.shape)}"
        )
    for name, given, most in (
        ("keys", keys, weights.E_K.shape[1]),
        ("query", query, weights.E_Q.shape[1]),
    ):
        if given.numel() and not (0 <= int(given.min()) and int(given.max()) < most):
            raise FactrankError(f"{name}: expected numbers from 0 to {most - 1}, found others")
