"""An edit is looked at before it is kept: what it promised, against all cells of L."""

from __future__ import annotations

import torch
from torch import Tensor

from factrank.errors import FactrankError
from factrank.facts.database import Database
from factrank.layer.exactness import TOLERANCE, Exactness, exactness, in_blocks
from factrank.layer.model import NamedLayer
from factrank.layer.rounding_bound import logits


def checked(
    before: NamedLayer, after: NamedLayer, k: int, q: int, row: Tensor
) -> tuple[float, Exactness | None]:
    """How far a cell of L is at most from what the edit promises, rounding included; and the new
    ``exact`` of a layer that had one. [ours]

    A layer that is exact is compared with ``scale`` times its facts, edited; any other with what
    its logits were before, and the new row, both computed in float64 from the weights as they are.

    Errors: ``FactrankError`` beyond ``TOLERANCE``, relative to the largest logit involved, or the
    unit of the layer's dtype where that is coarser, or twice what an exact layer was off before.
    """
    exact = None
    if before.exact is not None:
        exact = exactness(after.layer, edited_facts(before, after, k, q, row), after.scale)
        off, size = exact.bound, max(abs(after.scale), 2 * before.exact.bound / TOLERANCE)
    else:
        off, size = _elsewhere(before, after, k, q, row)
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


def _elsewhere(
    before: NamedLayer, after: NamedLayer, k: int, q: int, row: Tensor
) -> tuple[float, float]:
    """The largest difference from the logits before, with the new row; the largest logit."""
    worst = size = 0.0
    original = before.layer.to(torch.float64)
    for keys, new in in_blocks(after.layer.to(torch.float64)):
        old = logits(original.on_keys(keys))
        wanted, rounding = torch.zeros_like(new.L), new.rounding.clone()
        wanted[..., : old.L.shape[-1]] = old.L
        rounding[..., : old.L.shape[-1]] += old.rounding
        if k in keys:
            wanted[k - keys.start, q] = row.double()
            rounding[k - keys.start, q] = new.rounding[k - keys.start, q]
        worst = max(worst, float(((new.L - wanted).abs() + rounding).max()))
        size = max(size, float(wanted.abs().max()), float(old.L.abs().max()))
    return worst, size
