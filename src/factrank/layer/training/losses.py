"""What is minimised: least squares to D, cross-entropy, cross-entropy with logits of bounded norm;
and what is looked at meanwhile: the goal, what a seed reached, how long it may take.

Every loss is one number a model, divided by its number of facts, so that models do not mix.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from factrank.errors import FactrankError
from factrank.facts.database import Database
from factrank.facts.strict import one_of
from factrank.layer.attention import AttentionLayer
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
    one_of("loss", name, LOSSES)
    if (name == "bounded") != (beta is not None and beta > 0):
        raise FactrankError(
            f"beta: expected a number above 0 for the loss 'bounded' and none for others, "
            f"found {beta!r} for {name!r}"
        )
    if name == "bounded":
        return lambda L, targets: cross_entropy(bounded(L, beta), targets)  # type: ignore[arg-type]  # not None: see above
    return least_squares if name == "least squares" else cross_entropy


UNTIL = ("recalled", "held")


@dataclass(frozen=True)
class Goal:
    """When a layer has learned enough: all facts ``recalled``, or all ``held`` at ``tau``.

    >>> Goal("learned")
    Traceback (most recent call last):
    ...
    factrank.errors.FactrankError: until: expected one of recalled, held, found 'learned'
    """

    until: str = "held"
    tau: float = 0.9

    def __post_init__(self) -> None:
        one_of("until", self.until, UNTIL)
        if not 0 < self.tau < 1:
            raise FactrankError(
                f"tau: expected a probability above 0 and below 1, found {self.tau!r}"
            )


@dataclass(frozen=True, eq=False)
class Fit:
    """The best that one seed reached: a layer in float64, the shares of the facts it recalls and
    holds, its least margin in logits, the step of that best and the steps trained. Not ``finite``
    is one that was ended since its loss was no number any more."""

    seed: int
    layer: AttentionLayer
    recalled: float
    held: float
    margin: float
    step: int
    steps: int
    reached: bool
    finite: bool = True


@dataclass(frozen=True)
class Look:
    """What is told while layers train: steps done of all that there may be, summed over layers;
    layers done, best recall, seconds since the start; seconds a step of late, once known."""

    step: int
    steps: int
    done: int
    layers: int
    recalled: float
    seconds: float
    pace: float | None = None

    @property
    def left(self) -> float:
        """Seconds left at most, at the pace of late, or at that since the start."""
        pace = self.seconds / max(self.step, 1) if self.pace is None else self.pace
        return pace * (self.steps - self.step)


class Pace:
    """Seconds a step over the later half of the steps made, or more of them; None after one look.

    The first step warms up, and a busy machine calms down: what is foretold from the start is
    wrong for as long as these weigh.

    >>> pace = Pace()
    >>> [pace(step, seconds) for step, seconds in ((1, 60), (2, 61), (4, 63), (8, 65), (9, 66))]
    [None, 1.0, 1.0, 0.5, 0.6]
    """

    def __init__(self) -> None:
        self._since = self._next = (0, 0.0)

    def __call__(self, step: int, seconds: float) -> float | None:
        if step >= 2 * self._next[0]:
            self._since, self._next = self._next, (step, seconds)
        since, then = self._since
        return (seconds - then) / (step - since) if 0 < since < step else None
