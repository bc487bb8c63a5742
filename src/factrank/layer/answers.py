"""The one rule of rounding: what counts as an answer of a layer, whoever asks.

A logit is a sum of products, what heads say times the directions that they say it in. Computed in
floating point it is off by a few roundings of the sum of their absolute values, the *size* of the
logits of a pair. So a lead counts only if it is more than ``ROUNDING`` times that size: what is
less may be rounding, of the sum or of the weights, and is no answer. A layer that says itself how
far its logits are off scale D must lead by twice that.

A probability tells of an answer only where it is more than an even share: a pair whose logits are
all alike gives 1 / V to every value. Up to there a value must also be answered.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from factrank.errors import FactrankError
from factrank.facts.database import Database
from factrank.layer import readout
from factrank.layer.attention import AttentionLayer, attention, value_factors

if TYPE_CHECKING:
    from factrank.layer.parts import SubLayer

ROUNDING = 1e-9  # of the size of a logit: a lead of no more than that is no answer
EVEN = 1 + 1e-9  # an even share, and what rounding may add to it
FAR = -700.0  # e^FAR is nothing beside 1; below, exp takes twenty to a hundred times as long


class Asked(NamedTuple):
    """What a layer says to its pairs: the logits ``L`` (k, q, v) in float64, the ``room`` (k, q)
    that a lead needs, and what is ``told`` (k, q, v), as booleans."""

    L: Tensor
    room: Tensor
    told: Tensor


def asked(layer: AttentionLayer, off: float | None = None) -> Asked:
    """The first model of a stack, asked for every pair that it knows. [ours]

    ``off``: no logit of it is further from scale D, and facts are parted from others by that; so
    a pair may have several answers.

    Errors: ``FactrankError`` where a logit is not finite.
    """
    L, least = logits(layer), room(layer, off)
    return Asked(L, least, answers(L, least, sets=off is not None))


def logits(layer: AttentionLayer, *, rough: bool = False) -> Tensor:
    """L (k, q, v) in float64: of the weights as they are, or, where ``rough``, computed in their
    own dtype.

    Errors: ``FactrankError`` where one is not finite.
    """
    dtype = layer.weights.E_K.dtype if rough else torch.float64
    layer = layer if dtype == layer.weights.E_K.dtype else layer.to(dtype)
    L = layer.layer_tensor()[0].double()
    if not torch.isfinite(torch.stack(L.aminmax())).all():
        where = f"layer in {str(dtype).removeprefix('torch.')}" if rough else "layer"
        raise FactrankError(f"{where}: expected finite logits, found weights whose sums overflow")
    return L


def room(layer: AttentionLayer, off: float | None = None) -> Tensor:
    """The lead (k, q) that a value must have more than, for the first model of a stack. [ours]

    ``ROUNDING`` of the largest size of a logit of the pair, or the unit of the layer's dtype where
    that is coarser; and at least twice what a logit may be ``off``.
    """
    part = max(ROUNDING, torch.finfo(layer.weights.E_K.dtype).eps)
    weights = type(layer.weights)(*(weight[:1].double() for weight in layer.weights))
    A, (x, y, out) = attention(weights)[0], (it[0].abs() for it in value_factors(weights))
    A = A.permute(1, 2, 0).unsqueeze(-1)  # k q h 1
    said = A * x.transpose(0, 1).unsqueeze(1) + (1 - A) * y.transpose(0, 1).unsqueeze(0)
    size = said.flatten(2) @ out.flatten(0, 1)
    if layer.config.residual:
        size += (weights.E_Q.abs() @ weights.U.abs())[0]
    least = part * size.amax(-1)
    return least if off is None else least.clamp(min=2 * off)


def shares(away: Tensor) -> Tensor:
    """exp of logits (..., v) less the largest of their row, in place of them. [ours]

    What is less than e^``FAR`` times the largest is given as that: below, exp leaves the normal
    numbers of float64, for which processors are slow, and no sum of a row with 1 in it changes.

    >>> shares(torch.tensor([0.0, -1e6], dtype=torch.float64)).sum(-1).item()
    1.0
    """
    return away.clamp_(min=FAR).exp_()


def answers(L: Tensor, room: Tensor, *, sets: bool = False) -> Tensor:
    """The answers (k, q, v), as booleans: the fewest values that lead all others by more than the
    room. Without ``sets`` one value only, or none.

    Where no others are left, as for an only value, each logit must differ from zero by more.

    >>> L, room = torch.tensor([[[1.0, 1.0 + 1e-12, 0.0]]]), torch.tensor([[1e-9]])
    >>> answers(L, room).tolist(), answers(L, room, sets=True).tolist()
    ([[[False, False, False]]], [[[True, True, False]]])
    """
    least, low = room.unsqueeze(-1), L.amax(-1, keepdim=True)
    told = low - L <= least
    while sets:  # what the lowest of them does not lead by enough is one of them
        lower = torch.where(told, L, math.inf).amin(-1, keepdim=True)
        if torch.equal(lower, low):
            break
        low, told = lower, lower - L <= least
    told &= ~told.all(-1, keepdim=True) | (L.abs() > least).all(-1, keepdim=True)
    return told if sets else told & (told.sum(-1, keepdim=True) == 1)


def artifacts(L: Tensor, told: Tensor, database: Database | SubLayer, tau: float) -> Tensor:
    """Entries (k, q, v) that are no facts, with a probability of at least tau; and where an even
    share would do, that are told."""
    said = readout.artifacts(L, database, tau)
    return said & told if tau * L.shape[-1] <= EVEN else said
