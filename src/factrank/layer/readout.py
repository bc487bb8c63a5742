"""Reading answers out of logits: argmax, softmax, what is recalled, what is held at tau; and the
one rule of rounding: what counts as an answer of a layer, whoever asks.

Logits are any tensor whose last axis runs over values and whose two axes before it over keys and
queries; axes in front of them are kept. Everything is computed by log-softmax in the dtype given:
read trained layers in float64.

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
from factrank.layer.attention import AttentionLayer, attention, value_factors

if TYPE_CHECKING:
    from factrank.layer.survey import SubLayer


def facts_mask(database: Database | SubLayer) -> Tensor:
    """D as a tensor of booleans (k, q, v)."""
    mask = torch.zeros(database.shape, dtype=torch.bool)
    if database.facts:
        mask[tuple(torch.tensor(database.facts).T)] = True
    return mask


def argmax(L: Tensor, room: float | Tensor = 0.0) -> Tensor:
    """One-hot of the single best value of each pair; a tie answers nothing (zeros).

    With ``room``, a number or one for each pair (..., k, q), a lead of no more than that much
    counts as a tie: rounding is no answer.

    >>> argmax(torch.tensor([[[0.0, 2.0, 1.0], [1.0, 1.0, 0.0]]]))
    tensor([[[0., 1., 0.],
             [0., 0., 0.]]])
    """
    room = room.unsqueeze(-1) if isinstance(room, Tensor) else room
    best = L >= L.amax(-1, keepdim=True) - room
    return (best & (best.sum(-1, keepdim=True) == 1)).to(L.dtype)


def softmax(L: Tensor) -> Tensor:
    """exp(L) / sum_v exp(L), computed without overflow."""
    return torch.log_softmax(L, -1).exp()


def softmax_geq(L: Tensor, tau: float) -> Tensor:
    """Softmax with every entry below tau set to 0 [paper].

    >>> softmax_geq(torch.tensor([0.0, 3.0]), 0.9).round(decimals=2)
    tensor([0.0000, 0.9500])
    """
    P = softmax(L)
    return torch.where(P >= _checked(tau), P, torch.zeros_like(P))


def margins(L: Tensor, database: Database) -> Tensor:
    """For each fact, its logit minus the best logit of a value that is no answer to its pair.

    Shape (..., facts), in the order of ``database.facts``; infinite where every value is an
    answer. A positive margin is a recalled fact.

    >>> db = Database.from_triples([("a", "r", "x"), ("b", "r", "y")])
    >>> margins(torch.tensor([[[2.0, 0.5]], [[0.0, 0.0]]]), db)
    tensor([1.5000, 0.0000])
    """
    k, q, v = _indices(database, L)
    wrong = L.masked_fill(facts_mask(database).to(L.device), -math.inf)
    return L[..., k, q, v] - wrong.amax(-1)[..., k, q]


def recalled(L: Tensor, database: Database) -> Tensor:
    """For each fact, whether the layer answers with it.

    That is: its logit is above those of all values that are no answer to its pair. For a pair
    with one value this is argmax; a pair with s values needs all of them above all others.
    """
    return margins(L, database) > 0


def held(L: Tensor, database: Database, tau: float) -> Tensor:
    """For each fact, whether its probability is at least tau / s, s the values of its pair.

    With one value a pair this is ``softmax_geq(L, tau)`` being nonzero on the fact. Where an even
    share would do, the fact must be recalled too.
    """
    k, q, v = _indices(database, L)
    several = facts_mask(database).sum(-1).to(L.device)[k, q]
    log_p = torch.log_softmax(L, -1)[..., k, q, v]
    sure = log_p >= math.log(_checked(tau)) - several.to(L.dtype).log()
    even = tau * L.shape[-1] <= EVEN * several
    return sure & (~even | recalled(L, database)) if even.any() else sure


def artifacts(
    L: Tensor, database: Database | SubLayer, tau: float, told: Tensor | None = None
) -> Tensor:
    """Entries of ``softmax_geq(L, tau)`` that are no facts: what the layer says off the database.

    A tensor of booleans like L. Whether they are generalizations or hallucinations is not in D.
    Where an even share would do for tau, only those that are ``told``, if these are given.
    """
    _indices(database, L)
    said = (softmax_geq(L, tau) > 0) & ~facts_mask(database).to(L.device)
    return said & told if told is not None and tau * L.shape[-1] <= EVEN else said


def unfolding(T: Tensor, mode: str) -> Tensor:
    """The unfolding (..., mode, the two others) of a tensor with axes (..., k, q, v)."""
    axis = {"K": -3, "Q": -2, "V": -1}[mode]
    return T.movedim(axis, -3).flatten(-2)


def unfolding_ranks(T: Tensor, tolerance: float) -> dict[str, Tensor]:
    """Numerical rank of each unfolding: singular values above ``tolerance`` times the largest.

    A float is evidence, not proof: say the tolerance beside the number.

    >>> {m: int(r) for m, r in unfolding_ranks(torch.eye(3).unsqueeze(1), 1e-9).items()}
    {'K': 3, 'Q': 1, 'V': 3}
    """
    ranks = {}
    for mode in "KQV":
        sigma = torch.linalg.svdvals(unfolding(T, mode))
        ranks[mode] = (sigma > tolerance * sigma[..., :1]).sum(-1)
    return ranks


def _indices(database: Database | SubLayer, L: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    if tuple(L.shape[-3:]) != database.shape:
        raise FactrankError(
            f"logits: expected the database's shape {database.shape}, found {tuple(L.shape[-3:])}"
        )
    return tuple(torch.tensor(database.facts, device=L.device).reshape(-1, 3).T)


def _checked(tau: float) -> float:
    if not 0 < tau <= 1:
        raise FactrankError(f"tau: expected a probability above 0 and at most 1, found {tau!r}")
    return tau


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
