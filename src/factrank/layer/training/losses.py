"""What is minimised: least squares to D, cross-entropy, cross-entropy with logits of bounded norm.

Every loss is one number a model, divided by its number of facts, so that models do not mix.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from factrank.errors import FactrankError
from factrank.facts.database import Database
from factrank.layer.readout import facts_mask

LOSSES = ("least squares", "cross-entropy", "bounded")


class Targets(NamedTuple):
    """Databases of one shape: D (m, k, q, v); how many answers each pair has (m, k, q); facts."""

    D: Tensor
    answers: Tensor
    facts: Tensor

    @classmethod
    def of(cls, databases: Sequence[Database]) -> Targets:
        D = torch.stack([facts_mask(database) for database in databases]).double()
        if not D.flatten(1).any(1).all():
            raise FactrankError("databases: expected at least one fact in each, found an empty one")
        return cls(D, D.sum(-1), D.flatten(1).sum(1))

    def to(self, where: str | torch.dtype) -> Targets:
        return Targets(*(part.to(where) for part in self))

    def at(self, models: Tensor) -> Targets:
        return Targets(*(part[models] for part in self))


def least_squares(L: Tensor, targets: Targets) -> Tensor:
    """|L - D|^2 / |D|^2 over all pairs, those without a fact having target zero."""
    return (L - targets.D).square().sum((1, 2, 3)) / targets.facts


def cross_entropy(L: Tensor, targets: Targets) -> Tensor:
    """The mean over facts of -log softmax(L) there; pairs without a fact are left out."""
    total = targets.answers * torch.logsumexp(L, -1) - (targets.D * L).sum(-1)
    return total.sum((1, 2)) / targets.facts


def bounded(L: Tensor, beta: float) -> Tensor:
    """Logits of Euclidean norm beta for each pair, in the direction of L.

    >>> bounded(torch.tensor([[3.0, 4.0]]), 10.0)
    tensor([[6., 8.]])
    """
    return beta * L / L.square().sum(-1, keepdim=True).add(1e-30).sqrt()


def loss_of(name: str, beta: float | None) -> Callable[[Tensor, Targets], Tensor]:
    """The loss of that name; ``beta`` belongs to ``bounded`` alone.

    >>> loss_of("squares", None)
    Traceback (most recent call last):
    ...
    factrank.errors.FactrankError: loss: expected one of least squares, cross-entropy, bounded, \
found 'squares'
    """
    if name not in LOSSES:
        raise FactrankError(f"loss: expected one of {', '.join(LOSSES)}, found {name!r}")
    if (name == "bounded") != (beta is not None and beta > 0):
        raise FactrankError(
            f"beta: expected a number above 0 for the loss 'bounded' and none for others, "
            f"found {beta!r} for {name!r}"
        )
    if name == "bounded":
        return lambda L, targets: cross_entropy(bounded(L, beta), targets)  # type: ignore[arg-type]  # not None: see above
    return least_squares if name == "least squares" else cross_entropy
