"""Reading answers out of logits: argmax, softmax, what is recalled, what is held at tau.

Logits are any tensor whose last axis runs over values and whose two axes before it over keys and
queries; axes in front of them are kept. Everything is computed by log-softmax in the dtype given:
read trained layers in float64.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from factrank.errors import FactrankError
from factrank.facts.database import Database

if TYPE_CHECKING:
    from factrank.layer.parts import SubLayer


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

    With one value a pair this is ``softmax_geq(L, tau)`` being nonzero on the fact.
    """
    k, q, v = _indices(database, L)
    several = facts_mask(database).sum(-1).to(L.device)[k, q]
    log_p = torch.log_softmax(L, -1)[..., k, q, v]
    return log_p >= math.log(_checked(tau)) - several.to(L.dtype).log()


def artifacts(L: Tensor, database: Database | SubLayer, tau: float) -> Tensor:
    """Entries of ``softmax_geq(L, tau)`` that are no facts: what the layer says off the database.

    A tensor of booleans like L. Whether they are generalizations or hallucinations is not in D.
    """
    _indices(database, L)
    said = softmax_geq(L, tau) > 0
    return said & ~facts_mask(database).to(L.device)


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
