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
from typing import NamedTuple

import torch
from torch import Tensor

from factrank.errors import FactrankError
from factrank.facts.database import Database
from factrank.layer import readout
from factrank.layer.attention import AttentionLayer, attention, value_factors

ROUNDING = 1e-9  # of the size of a logit: a lead of no more than that is no answer
EVEN = 1 + 1e-9  # an even share, and what rounding may add to it


class Asked(NamedTuple):
    """What a layer says to its pairs: the logits ``L`` (k, q, v) in float64, the ``room`` (k, q)
    that a lead needs, and what is ``told`` (k, q, v), as booleans."""

    L: Tensor
    room: Tensor
    told: Tensor


def asked(layer: AttentionLayer, off: float | None = None, *, rough: bool = False) -> Asked:
    """The first model of a stack, asked for every pair that it knows. [ours]

    ``off``: no logit of it is further from scale D, and facts are parted from others by that; so
    a pair may have several answers. The weights are taken as they are and summed in float64, or,
    where ``rough``, in their own dtype.

    Errors: ``FactrankError`` where a logit is not finite.
    """
    dtype = layer.weights.E_K.dtype if rough else torch.float64
    L = layer.to(dtype).layer_tensor()[0].double()
    if not torch.isfinite(L).all():
        where = f"layer in {str(dtype).removeprefix('torch.')}" if rough else "layer"
        raise FactrankError(f"{where}: expected finite logits, found weights whose sums overflow")
    least = room(layer) if off is None else room(layer).clamp(min=2 * off)
    return Asked(L, least, answers(L, least, sets=off is not None))


def room(layer: AttentionLayer) -> Tensor:
    """The lead (k, q) that a value must have more than, for the first model of a stack. [ours]

    ``ROUNDING`` of the largest size of a logit of the pair, or the unit of the layer's dtype where
    that is coarser.
    """
    part = max(ROUNDING, torch.finfo(layer.weights.E_K.dtype).eps)
    weights = type(layer.weights)(*(weight[:1].double() for weight in layer.weights))
    A, (x, y, out) = attention(weights)[0], (it[0].abs() for it in value_factors(weights))
    A = A.permute(1, 2, 0).unsqueeze(-1)  # k q h 1
    said = A * x.transpose(0, 1).unsqueeze(1) + (1 - A) * y.transpose(0, 1).unsqueeze(0)
    size = said.flatten(2) @ out.flatten(0, 1)
    if layer.config.residual:
        size += (weights.E_Q.abs() @ weights.U.abs())[0]
    return part * size.amax(-1)


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


def leads(L: Tensor, database: Database) -> Tensor:
    """For each fact, by how much it leads: its margin, or, where its pair has no other value that
    it could lead, the distance of its logit from zero.

    A fact is recalled if that is more than the room of its pair.
    """
    k, q, v = torch.tensor(database.facts).reshape(-1, 3).T
    alone = readout.facts_mask(database).all(-1)[k, q]
    return torch.where(alone, L[k, q, v].abs(), readout.margins(L, database))


def recalled(L: Tensor, room: Tensor, database: Database) -> Tensor:
    """For each fact, whether it leads the values that are no answers by more than the room."""
    k, q, _ = torch.tensor(database.facts).reshape(-1, 3).T
    return leads(L, database) > room[k, q]


def held(L: Tensor, room: Tensor, database: Database, tau: float) -> Tensor:
    """For each fact, whether its probability is at least tau / s, s the values of its pair; and
    where an even share 1 / V would do, whether it is recalled too.

    >>> db = Database.from_triples([("a", "r", "x")])  # one value: softmax is 1 whatever L says
    >>> held(torch.zeros(1, 1, 1), torch.zeros(1, 1), db, 0.9)
    tensor([False])
    """
    k, q, _ = torch.tensor(database.facts).reshape(-1, 3).T
    even = tau * L.shape[-1] <= EVEN * readout.facts_mask(database).sum(-1)[k, q]
    return readout.held(L, database, tau) & (~even | recalled(L, room, database))


def artifacts(L: Tensor, told: Tensor, database: Database, tau: float) -> Tensor:
    """Entries (k, q, v) that are no facts, with a probability of at least tau; and where an even
    share would do, that are told."""
    said = readout.artifacts(L, database, tau)
    return said & told if tau * L.shape[-1] <= EVEN else said


def answered_off(told: Tensor, database: Database) -> Tensor:
    """The pairs (k, q) without a fact that are answered all the same."""
    return told.any(-1) & ~readout.facts_mask(database).any(-1)
