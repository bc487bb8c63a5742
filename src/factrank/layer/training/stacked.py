"""Many layers of one shape in training at once, in torch: weights stacked, one fused optimiser."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from factrank.errors import FactrankError
from factrank.layer.attention import Weights, layer_tensor
from factrank.layer.config import LayerConfig
from factrank.layer.training.first_weights import EMBEDDINGS
from factrank.layer.training.losses import Targets, loss_of


@dataclass(frozen=True)
class Recipe:
    """How to train: AdamW over the full batch, linear warm-up, then a cosine down to zero.

    ``loss`` is one of ``losses.LOSSES``, ``beta`` the norm of bounded logits. ``stop`` ends a
    model early: in least squares once its relative error is at most ``stop``, else once all its
    facts have a probability of at least ``stop``; looked at every ``look`` steps.
    """

    loss: str = "cross-entropy"
    beta: float | None = None
    steps: int = 1200
    lr: float = 0.03
    weight_decay: float = 0.1
    betas: tuple[float, float] = (0.9, 0.99)
    warmup: float = 0.05
    stop: float | None = None
    look: int = 50

    def __post_init__(self) -> None:
        loss_of(self.loss, self.beta)
        for name in ("steps", "look"):
            if getattr(self, name) < 1:
                raise FactrankError(f"{name}: expected at least 1, found {getattr(self, name)!r}")

    def rate(self, step: int) -> float:
        """The factor on the learning rate at a step counted from 0.

        >>> [round(Recipe(steps=20, warmup=0.2).rate(s), 2) for s in (0, 3, 4, 12, 19)]
        [0.25, 1.0, 1.0, 0.5, 0.01]
        """
        warm = max(1, round(self.warmup * self.steps))
        if step < warm:
            return (step + 1) / warm
        return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, self.steps - warm)))


def tie(weights: Weights, config: LayerConfig) -> Weights:
    """The weights with U[:, value] = E_K[key] for tied tokens, differentiable."""
    if not config.tied:
        return weights
    keys, values = (list(side) for side in zip(*config.tied, strict=True))
    columns = torch.arange(config.values)
    columns[values] = config.values + torch.arange(len(values))
    both = torch.cat([weights.U, weights.E_K[:, keys].transpose(1, 2)], dim=2)
    return weights._replace(U=both[:, :, columns])


class Stacked:
    """Layers in training at one learning rate; ``targets`` may be one database for all."""

    at_once = 1  # steps a call: the caller may look, or stop, after each

    def __init__(
        self, config: LayerConfig, weights: Weights, keep: Sequence[Tensor | None],
        targets: Targets, recipe: Recipe, rate: float,
    ) -> None:  # fmt: skip
        self.config, self.recipe, self.rate = config, recipe, rate
        self.keep, self.targets, self.steps = list(keep), targets, 0
        self.loss = loss_of(recipe.loss, recipe.beta)
        self._take(weights, None)

    def advance(self, factors: Sequence[float]) -> None:
        """A step for each factor on the learning rate."""
        for factor in factors:
            L = layer_tensor(tie(self.all, self.config), residual=self.config.residual)
            total = self.loss(L, self.targets).sum()
            gradients = torch.autograd.grad(total, self.free)
            for weight, mask, gradient in zip(self.free, self.free_keep, gradients, strict=True):
                # contiguous: the fused step reads gradients in the order of memory
                weight.grad = (gradient if mask is None else gradient * mask).contiguous()
            self.optimiser.param_groups[0]["lr"] = self.rate * factor
            self.optimiser.step()

    def weights(self) -> Weights:
        """The weights as they are now, one layer a row of the first axis."""
        return Weights(*(weight.detach() for weight in self.all))

    def leave(self, rest: Tensor) -> None:
        """Only these layers go on."""
        state = [
            {k: v if v.ndim == 0 else v[rest] for k, v in self.optimiser.state[w].items()}
            for w in self.free
        ]
        self.targets = self.targets.at(rest)
        self.keep = [k if k is None else k[rest] for k in self.keep]
        self._take(Weights(*(weight.detach()[rest] for weight in self.all)), state)

    def _take(self, weights: Weights, state: list[dict[str, Tensor]] | None) -> None:
        """Set the weights, and an optimiser over those that learn, with the state it had."""
        T = self.config.trainable_embeddings
        learns = [T or name not in EMBEDDINGS for name in Weights._fields]
        self.all = Weights(
            *(
                weight.contiguous().clone().requires_grad_(free)
                for weight, free in zip(weights, learns, strict=True)
            )
        )
        self.free = [w for w in self.all if w.requires_grad]
        self.free_keep = [k for k, free in zip(self.keep, learns, strict=True) if free]
        c = self.recipe
        self.optimiser = torch.optim.AdamW(
            self.free, lr=self.rate, betas=c.betas, weight_decay=c.weight_decay, fused=True
        )
        if state is not None:
            self.optimiser.state.update(zip(self.free, state, strict=True))
