"""Exact editing (A8): one fact set or deleted by one more head, every other cell of L untouched."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from factrank.errors import FactrankError
from factrank.layer.attention import AttentionLayer, Weights
from factrank.layer.edit_check import checked
from factrank.layer.model import NamedLayer

SCORE = 1.0  # t, the score of the new head on its own pair
ENOUGH = 1e-12  # how well a direction must be read off the embeddings, relative


def set_fact(named: NamedLayer, key: str, query: str, value: str) -> NamedLayer:
    """L[key, query] becomes ``scale`` times the one-hot row of ``value``; nothing else changes.

    One tanh head with d_qk = d_vo = 1, S = t e_k e_q^T and o = d / tanh(t/2), d the change of the
    row. d_model grows by at most three, where the embeddings do not single out the key or the query
    or do not tell keys from queries, or U does not span d. A new value gets a column of U. [ours]

    Errors: ``FactrankError`` for an unknown key or query (the nearest is named), a layer with the
    residual path, or tied embeddings.
    """
    grown = named if value in named.values else _with_value(named, value)
    row = torch.zeros(len(grown.values), dtype=grown.layer.weights.U.dtype)
    row[grown.index("V", value)] = grown.scale
    return _write(grown, key, query, row, {"set": [key, query, value]})


def insert_fact(named: NamedLayer, key: str, query: str, value: str) -> NamedLayer:
    """``set_fact`` for a pair that has no answer yet.

    Errors: ``FactrankError`` also if the layer answers the pair already.
    """
    if found := named.answers(key, query):
        raise FactrankError(
            f"insert {key!r} {query!r}: expected a pair without an answer, found "
            + ", ".join(map(repr, found))
        )
    return set_fact(named, key, query, value)


def delete_fact(named: NamedLayer, key: str, query: str) -> NamedLayer:
    """L[key, query] becomes zero: the pair has no answer any more; nothing else changes.

    Errors: as for ``set_fact``; and if the pair has no answer.
    """
    if not named.answers(key, query):
        raise FactrankError(f"delete {key!r} {query!r}: expected a pair with an answer, found none")
    row = torch.zeros(len(named.values), dtype=named.layer.weights.U.dtype)
    return _write(named, key, query, row, {"delete": [key, query]})


def answer_of(named: NamedLayer, key: str, query: str) -> str | None:
    """What the layer answers; None where no value leads by more than rounding."""
    return named.answer(key, query)


def _write(
    named: NamedLayer, key: str, query: str, row: Tensor, what: dict[str, Any]
) -> NamedLayer:
    if named.layer.config.residual or named.layer.config.tied:
        raise FactrankError(
            "edit: expected a layer without residual path and tied embeddings, found one with"
        )
    if (dtype := named.layer.weights.U.dtype) not in (torch.float64, torch.float32):
        raise FactrankError(f"edit: expected weights in float64 or float32, found {dtype}")
    k, q = named.index("K", key), named.index("Q", query)
    pair = named.layer.on_pair(k, q).to(torch.float64)  # whatever the weights are kept in
    change = (row.double() - pair.layer_tensor()[0, 0, 0]).to(row.dtype)
    edited = replace(named, layer=one_cell(named.layer, k, q, change))
    off, exact = checked(named, edited, k, q, row)
    return replace(edited, exact=exact, edits=(*named.edits, {**what, "off": off}))


def one_cell(layer: AttentionLayer, k: int, q: int, change: Tensor) -> AttentionLayer:
    """The layer with L[k, q] + change, by one more head; the first model of a stack of one.

    The head reads e_k off the keys (0 on queries), e_q off the queries, +1 off every key and -1
    off every query: where A = 1/2 its output is +1 - 1 = 0.
    """
    config, w = layer.config, layer.weights
    K, Q = config.keys, config.queries
    tokens = torch.cat([w.E_K[0], w.E_Q[0]])
    U = w.U[0]
    wanted = torch.zeros(3, K + Q, dtype=tokens.dtype)
    wanted[0, k] = 1  # W_K: this key
    wanted[1, K + q] = 1  # W_Q: this query; what it reads off keys does not matter
    wanted[2, :K], wanted[2, K:] = 1, -1  # W_V: keys against queries
    readers = []
    for n, want in enumerate(wanted):
        only = slice(K, K + Q) if n == 1 else slice(None)
        reader = torch.linalg.lstsq(tokens[only], want[only].unsqueeze(1), driver="gelsd").solution
        if not _close(tokens[only] @ reader[:, 0], want[only]):
            tokens = torch.cat([tokens, want.unsqueeze(1)], dim=1)
            reader = torch.eye(tokens.shape[1], dtype=tokens.dtype)[:, -1:]
        readers.append(reader[:, 0])
    d = tokens.shape[1]
    U = torch.cat([U, torch.zeros(d - len(U), U.shape[1], dtype=U.dtype)])
    writer = torch.linalg.lstsq(U.T, change.unsqueeze(1), driver="gelsd").solution[:, 0]
    if not _close(writer @ U, change):
        if d == config.d_model:  # no new dimension yet that values could share
            tokens = torch.cat([tokens, torch.zeros(K + Q, 1, dtype=tokens.dtype)], dim=1)
            U, d = torch.cat([U, torch.zeros(1, U.shape[1], dtype=U.dtype)]), d + 1
        U[-1] = change
        writer = torch.eye(d, dtype=U.dtype)[-1]
    w_k, w_q, w_v = (_padded(reader, d) for reader in readers)
    scaled = SCORE * config.d_head_qk**0.5 * w_q
    head = {"W_Q": scaled, "W_K": w_k, "W_V": w_v, "W_O": writer / math.tanh(SCORE / 2)}
    new = {"E_K": tokens[:K], "E_Q": tokens[K:], "U": U}
    for name, vector in head.items():
        new[name] = _more(getattr(w, name)[0], vector, d, across=name == "W_O")
    grown = replace(config, d_model=d, n_heads=config.n_heads + 1)
    return AttentionLayer(
        grown, Weights(**{name: new[name].unsqueeze(0) for name in Weights._fields})
    )


def _more(old: Tensor, vector: Tensor, d: int, *, across: bool) -> Tensor:
    """A weight (H, ...) with one head more, in d dimensions; ``across``: d is the last axis."""
    H, first, second = old.shape
    shape = (H + 1, first, d) if across else (H + 1, d, second)
    new = torch.zeros(shape, dtype=old.dtype)
    new[:H, :first, :second] = old
    if across:
        new[H, 0] = vector
    else:
        new[H, :, 0] = vector
    return new


def _with_value(named: NamedLayer, value: str) -> NamedLayer:
    """The layer with one value more, of logit zero everywhere."""
    w = named.layer.weights
    U = torch.cat([w.U, torch.zeros(1, w.U.shape[1], 1, dtype=w.U.dtype)], dim=2)
    config = replace(named.layer.config, values=named.layer.config.values + 1)
    layer = AttentionLayer(config, w._replace(U=U))
    return replace(named, layer=layer, values=(*named.values, value))


def _padded(vector: Tensor, d: int) -> Tensor:
    return torch.cat([vector, torch.zeros(d - len(vector), dtype=vector.dtype)])


def _close(found: Tensor, wanted: Tensor) -> bool:
    return bool((found - wanted).abs().max() <= ENOUGH * max(1.0, float(wanted.abs().max())))
