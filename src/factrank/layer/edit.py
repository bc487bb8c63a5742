"""Exact editing (A8): one fact set or deleted by one more head, every other cell of L untouched.

An edit is looked at before it is kept: what it promised, against what L can be. After many edits
``compacted`` gives the same facts in a layer without a head for each.
"""

from __future__ import annotations

import math
from dataclasses import replace
from math import isqrt
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import pad

from factrank.errors import FactrankError, given
from factrank.facts.database import Database
from factrank.layer.attention import AttentionLayer, Weights
from factrank.layer.building.compile import compile_values
from factrank.layer.exactness import (
    TOLERANCE,
    Exactness,
    exactness,
    in_blocks,
    larger,
    logits,
    most,
)
from factrank.layer.model import NamedLayer
from factrank.layer.survey import BLOCK

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
    given("layer", named, NamedLayer, "a layer with names")
    given("value", value, str, "a text label")
    if not value:
        raise FactrankError("value: expected a text that is not empty, found ''")
    grown = named if value in named.values else _with_value(named, value)
    row = torch.zeros(len(grown.values), dtype=grown.layer.weights.U.dtype)
    row[grown.index("V", value)] = grown.scale
    return _write(grown, key, query, row, {"set": [key, query, value]})


def insert_fact(named: NamedLayer, key: str, query: str, value: str) -> NamedLayer:
    """``set_fact`` for a pair that has no answer yet.

    Errors: ``FactrankError`` also if the layer answers the pair already.
    """
    given("layer", named, NamedLayer, "a layer with names")
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
    given("layer", named, NamedLayer, "a layer with names")
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
    U = pad(U, (0, 0, 0, d - len(U)))
    writer = torch.linalg.lstsq(U.T, change.unsqueeze(1), driver="gelsd").solution[:, 0]
    if not _close(writer @ U, change):
        if d == config.d_model:  # no new dimension yet that values could share
            tokens, U, d = pad(tokens, (0, 1)), pad(U, (0, 0, 0, 1)), d + 1
        U[-1] = change
        writer = torch.eye(d, dtype=U.dtype)[-1]
    w_k, w_q, w_v = (pad(reader, (0, d - len(reader))) for reader in readers)
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
    wider = d - old.shape[2 if across else 1]
    new = pad(old, (0, wider, 0, 0, 0, 1) if across else (0, 0, 0, wider, 0, 1))
    (new[-1, 0] if across else new[-1, :, 0]).copy_(vector)
    return new


def _with_value(named: NamedLayer, value: str) -> NamedLayer:
    """The layer with one value more, of logit zero everywhere."""
    w = named.layer.weights
    config = replace(named.layer.config, values=named.layer.config.values + 1)
    layer = AttentionLayer(config, w._replace(U=pad(w.U, (0, 1))))
    return replace(named, layer=layer, values=(*named.values, value))


def _close(found: Tensor, wanted: Tensor) -> bool:
    return bool((found - wanted).abs().max() <= ENOUGH * max(1.0, float(wanted.abs().max())))


HEADS = ("W_Q", "W_K", "W_V", "W_O")
SOME = 64  # keys, and queries, at most, whose logits say how large logits are


def checked(
    before: NamedLayer, after: NamedLayer, k: int, q: int, row: Tensor
) -> tuple[float, Exactness | None]:
    """How far a cell of L is at most from what the edit promises, rounding included; and the new
    ``exact`` of a layer that had one. [ours]

    A layer that is exact is compared with ``scale`` times its facts, edited. Of any other the
    weights of the heads before must stand there as they were, and then only the new head can have
    changed a logit: it must say nothing to any other pair (``exactness.most``), and the pair
    must have the new row. No array of the size of L is needed for that.

    Errors: ``FactrankError`` beyond ``TOLERANCE``, relative to the largest logit of the pair and
    some others, or the unit of the layer's dtype where that is coarser, or twice what an exact
    layer was off before.
    """
    exact = None
    if before.exact is not None:
        exact = exactness(after.layer, edited_facts(before, after, k, q, row), after.scale)
        off, size = exact.bound, max(abs(after.scale), 2 * before.exact.bound / TOLERANCE)
    else:
        off, size = _off(before.layer, after.layer, k, q, row)
    allowed = max(TOLERANCE, 8 * torch.finfo(after.layer.weights.E_K.dtype).eps) * size
    if not off <= allowed:
        raise FactrankError(
            f"edit: expected every logit within {allowed:.1g} of what it should be, found one off "
            f"by up to {off:.1e}; compile the edited facts anew"
        )
    return off, exact


def held_facts(named: NamedLayer) -> Database:
    """The facts that an exact layer holds, read off its logits. [ours]

    Errors: ``FactrankError`` for a layer that is not exact, and if these are not the facts that it
    is exact for.
    """
    if named.exact is None:
        raise FactrankError(
            "layer: expected one compiled so that its logits are the facts, found another"
        )
    facts = []
    for keys, found in in_blocks(named.layer):
        facts += [
            (keys.start + key, query, value)
            for key, query, value in (found.L / named.scale > 0.5).nonzero().tolist()
        ]
    held = Database(named.keys, named.queries, named.values, tuple(facts))
    if held.digest() != named.exact.facts:
        raise FactrankError(
            "edit: expected a layer that holds the facts it was compiled from, found others"
        )
    return held


def edited_facts(before: NamedLayer, after: NamedLayer, k: int, q: int, row: Tensor) -> Database:
    """The facts of an exact layer with the pair (k, q) as in ``row``.

    Errors: as for ``held_facts``.
    """
    kept = [fact for fact in held_facts(before).facts if fact[:2] != (k, q)]
    new = [(k, q, int(v)) for v in row.nonzero().flatten()]
    return Database(after.keys, after.queries, after.values, tuple(sorted([*kept, *new])))


def _off(
    before: AttentionLayer, after: AttentionLayer, k: int, q: int, row: Tensor
) -> tuple[float, float]:
    """How far a logit is from what it should be at most; a size of logits to compare that with."""
    if not kept(before, after):
        return float("inf"), 1.0
    pair = logits(after.on_pair(k, q).to(torch.float64))
    worst = float(((pair.L[0, 0] - row.double()).abs() + pair.rounding[0, 0]).max())
    H = before.config.n_heads
    heads = {name: getattr(after.weights, name)[:, H:] for name in HEADS}
    last = replace(
        after,
        config=replace(after.config, n_heads=after.config.n_heads - H),
        weights=after.weights._replace(**heads),
    ).to(torch.float64)
    config = last.config
    for first in range(0, config.keys, step := max(1, BLOCK // (config.queries * config.width))):
        keys = range(first, min(first + step, config.keys))
        said = most(last.on(keys, range(config.queries)))
        if k in keys:
            said[k - first, q] = 0
        worst = larger(worst, said)
    many = max(1, min(SOME, isqrt(BLOCK // max(before.config.values, before.config.width))))
    some = (list(range(0, n, -(-n // many))) for n in (config.keys, config.queries))
    seen = before.on(*some), before.on_pair(k, q)  # a row that goes was no logit of zero
    usual = (float(it.to(torch.float64).layer_tensor().abs().max()) for it in seen)
    return worst, max(*usual, float(row.abs().max()))


def kept(before: AttentionLayer, after: AttentionLayer) -> bool:
    """Whether all that stood in the weights stands there still, and nothing beside it but what the
    heads before neither read nor write. [ours]

    Then the logits of the layer after are those of the layer before, in exact arithmetic, and what
    further heads say.
    """
    H, V = before.config.n_heads, before.config.values
    for name, old in before.weights._asdict().items():
        new = getattr(after.weights, name)
        new = new[:, :H] if name in HEADS else new
        same = tuple(slice(0, size) for size in old.shape)
        if not torch.equal(new[same], old):
            return False
        if name in HEADS:  # all beside what was there is zero
            beside = new.clone()
            beside[same] = 0
            if beside.any():
                return False
    d = before.config.d_model  # a value that is new, as the heads before see it
    alike = before.config.d_head_qk == after.config.d_head_qk
    return alike and not after.weights.U[:, :d, V:].any()


def compacted(named: NamedLayer) -> NamedLayer:
    """The layer compiled anew from the facts that it holds, with the same labels, scale and log.

    One tanh head a used value (A4b), the least total width that L = scale D can have where every
    pair has one value (A2), however many edits there were. Facts that were edited away leave no
    trace in the weights, only in the log. [ours]

    Errors: ``FactrankError`` for a layer that is not exact, or holds no fact, and for a layer
    whose logits would be off by more than the tolerance of ``compile_facts`` and twice as much as
    now.

    >>> from factrank.layer.building.at_size import compile_facts
    >>> from factrank.layer.edit import set_fact
    >>> from factrank.facts.database import Database
    >>> layer = compile_facts(Database.from_triples([("a", "r", "x"), ("b", "r", "y")]), "values")
    >>> for value in "xyxyxy":
    ...     layer = set_fact(layer, "a", "r", value)
    >>> layer.layer.config.n_heads, compacted(layer).layer.config.n_heads
    (8, 1)
    """
    facts = held_facts(named)
    layer = compile_values(facts, scale=named.scale).to(named.layer.weights.U.dtype)
    exact = exactness(layer, facts, named.scale)
    allowed = max(TOLERANCE * named.scale, 2 * named.exact.bound)  # type: ignore[union-attr]  # held
    if not exact.bound <= allowed:
        raise FactrankError(
            f"compact: expected every logit within {allowed:.1g} of what it should be, "
            f"found one off by up to {exact.bound:.1e}"
        )
    log: dict[str, object] = {"compact": named.layer.config.n_heads, "off": exact.bound}
    return replace(named, layer=layer, method="values", exact=exact, edits=(*named.edits, log))
