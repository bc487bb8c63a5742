"""An edit is looked at before it is kept: what it promised, against what L can be."""

from __future__ import annotations

from dataclasses import replace
from math import isqrt

import torch
from torch import Tensor

from factrank.errors import FactrankError
from factrank.facts.database import Database
from factrank.layer.attention import AttentionLayer
from factrank.layer.exactness import TOLERANCE, Exactness, exactness, in_blocks, larger
from factrank.layer.model import NamedLayer
from factrank.layer.parts import BLOCK, on
from factrank.layer.rounding_bound import logits, most

HEADS = ("W_Q", "W_K", "W_V", "W_O")
SOME = 64  # keys, and queries, at most, whose logits say how large logits are


def checked(
    before: NamedLayer, after: NamedLayer, k: int, q: int, row: Tensor
) -> tuple[float, Exactness | None]:
    """How far a cell of L is at most from what the edit promises, rounding included; and the new
    ``exact`` of a layer that had one. [ours]

    A layer that is exact is compared with ``scale`` times its facts, edited. Of any other the
    weights of the heads before must stand there as they were, and then only the new head can have
    changed a logit: it must say nothing to any other pair (``rounding_bound.most``), and the pair
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


def edited_facts(before: NamedLayer, after: NamedLayer, k: int, q: int, row: Tensor) -> Database:
    """The facts that an exact layer holds, read off its logits, with the pair (k, q) as in ``row``.

    Errors: ``FactrankError`` if these are not the facts that it is exact for.
    """
    facts = []
    for keys, found in in_blocks(before.layer):
        facts += [
            (keys.start + key, query, value)
            for key, query, value in (found.L / before.scale > 0.5).nonzero().tolist()
        ]
    held = Database(before.keys, before.queries, before.values, tuple(facts))
    if before.exact is None or held.digest() != before.exact.facts:
        raise FactrankError(
            "edit: expected a layer that holds the facts it was compiled from, found others"
        )
    kept = [fact for fact in facts if fact[:2] != (k, q)]
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
        said = most(last.on_keys(keys))
        if k in keys:
            said[k - first, q] = 0
        worst = larger(worst, said)
    many = max(1, min(SOME, isqrt(BLOCK // max(before.config.values, before.config.width))))
    some = (list(range(0, n, -(-n // many))) for n in (config.keys, config.queries))
    seen = on(before, *some), before.on_pair(k, q)  # a row that goes was no logit of zero
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
