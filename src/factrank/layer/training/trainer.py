"""Trains many layers of one shape at once: weights stacked, losses summed, one fused optimiser.

The models never mix, so each comes out as if it were trained alone, up to rounding.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from factrank.errors import FactrankError
from factrank.facts.database import Database
from factrank.layer.attention import AttentionLayer, Weights, layer_tensor
from factrank.layer.config import LayerConfig
from factrank.layer.training.first_weights import EMBEDDINGS, first_weights, masks
from factrank.layer.training.losses import Targets, bounded, loss_of


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


@dataclass(frozen=True, eq=False)
class Trained:
    """The trained layers in float64, the steps that each was trained, and the loss at the end."""

    layer: AttentionLayer
    steps: tuple[int, ...]
    loss: Tensor


def train(
    config: LayerConfig,
    databases: Sequence[Database],
    recipe: Recipe,
    seeds: Sequence[int],
    *,
    rates: Sequence[float] | None = None,
    widths: Sequence[int] | None = None,
    key_independent: bool = False,
    dtype: torch.dtype = torch.float32,
    device: str = "cpu",
) -> Trained:
    """Train one model for each (database, seed), all at once; see ``start.first_weights``.

    ``rates`` are learning rates, one a model, in place of the recipe's: models that share one are
    trained together. The layers come back in float64 on the CPU, in the order given. [ours]

    Errors: ``FactrankError`` for lists of different lengths, for a database of another shape.

    >>> from factrank.facts.families import disjoint_ranges
    >>> facts = disjoint_ranges(6, 2, 2, 1.0, seed=0)
    >>> config = LayerConfig(*facts.shape, d_model=8, n_heads=2, d_head_qk=2, d_head_vo=2)
    >>> found = train(config, [facts] * 3, Recipe(steps=200, weight_decay=0.03), range(3))
    >>> found.layer.models, bool((found.loss < 0.1).all())
    (3, True)
    """
    models = len(seeds)
    rates = [recipe.lr] * models if rates is None else list(rates)
    for name, given in (("databases", databases), ("rates", rates)):
        if len(given) != models:
            raise FactrankError(
                f"{name}: expected one for each of {models} seeds, found {len(given)}"
            )
    for database in databases:
        if database.shape != (config.keys, config.queries, config.values):
            raise FactrankError(
                f"databases: expected the layer's shape "
                f"{(config.keys, config.queries, config.values)}, found {database.shape}"
            )
    start = first_weights(config, seeds, widths=widths, key_independent=key_independent)
    keep = masks(config, models, widths=widths, key_independent=key_independent)
    targets = Targets.of(databases)
    done = [w.clone() for w in start]
    steps = torch.zeros(models, dtype=torch.long)
    for rate in dict.fromkeys(rates):
        mine = torch.tensor([m for m in range(models) if rates[m] == rate])
        stack = _Stack(
            config,
            Weights(*(w[mine].to(device, dtype) for w in start)),
            [None if k is None else k[mine].to(device, dtype) for k in keep],
            targets.at(mine).to(dtype).to(device),
            recipe,
            rate,
        )
        for rows, weights, count in stack.run():
            steps[mine[rows]] = count
            for whole, part in zip(done, weights, strict=True):
                whole[mine[rows]] = part.double().cpu()
    layer = AttentionLayer(config, tie(Weights(*done), config))
    loss = loss_of(recipe.loss, recipe.beta)(layer.layer_tensor(), targets)
    return Trained(layer, tuple(steps.tolist()), loss)


def logits(trained: AttentionLayer, recipe: Recipe) -> Tensor:
    """What the layers answer with: L, or L brought to norm beta where that was trained."""
    L = trained.layer_tensor()
    return bounded(L, recipe.beta) if recipe.loss == "bounded" else L  # type: ignore[arg-type]  # its beta


def tie(weights: Weights, config: LayerConfig) -> Weights:
    """The weights with U[:, value] = E_K[key] for tied tokens, differentiable."""
    if not config.tied:
        return weights
    keys, values = (list(side) for side in zip(*config.tied, strict=True))
    columns = torch.arange(config.values)
    columns[values] = config.values + torch.arange(len(values))
    both = torch.cat([weights.U, weights.E_K[:, keys].transpose(1, 2)], dim=2)
    return weights._replace(U=both[:, :, columns])


class _Stack:
    """Models in training; those that are done leave it, and the others go on unchanged."""

    def __init__(
        self, config: LayerConfig, weights: Weights, keep: list[Tensor | None], targets: Targets,
        recipe: Recipe, rate: float,
    ) -> None:  # fmt: skip
        self.config, self.recipe, self.lr = config, recipe, rate
        self.keep, self.targets = keep, targets
        self.rows = torch.arange(len(weights.E_K))
        self.loss = loss_of(recipe.loss, recipe.beta)
        self._take(list(weights), None)

    def run(self) -> Iterator[tuple[Tensor, list[Tensor], int]]:
        """Train; yield (rows, weights, steps) of models as they are done."""
        for step in range(1, self.recipe.steps + 1):
            self._step(step - 1)
            if step == self.recipe.steps:
                yield self.rows, [w.detach() for w in self.weights], step
            elif self.recipe.stop is not None and step % self.recipe.look == 0:
                over = self._over()
                if over.any():
                    rows = over.nonzero().flatten()
                    yield self.rows[rows.cpu()], [w.detach()[rows] for w in self.weights], step
                    if over.all():
                        return
                    self._leave((~over).nonzero().flatten())

    def _step(self, step: int) -> None:
        total = self.loss(self._logits(), self.targets).sum()
        gradients = torch.autograd.grad(total, self.free)
        for weight, mask, gradient in zip(self.free, self.free_keep, gradients, strict=True):
            # contiguous: the fused step reads gradients in the order of memory
            weight.grad = (gradient if mask is None else gradient * mask).contiguous()
        for group in self.optimiser.param_groups:
            group["lr"] = self.lr * self.recipe.rate(step)
        self.optimiser.step()

    def _logits(self) -> Tensor:
        return layer_tensor(tie(self.weights, self.config), residual=self.config.residual)

    @torch.no_grad()
    def _over(self) -> Tensor:
        """Which models meet the criterion of an early stop."""
        L = self._logits()
        if self.recipe.loss == "least squares":
            return self.loss(L, self.targets).sqrt() <= self.recipe.stop  # type: ignore[operator]  # it has a stop
        if self.recipe.loss == "bounded":
            L = bounded(L, self.recipe.beta)  # type: ignore[arg-type]  # its beta
        share = torch.log_softmax(L, -1) + self.targets.answers.log().unsqueeze(-1)
        least = share.masked_fill(self.targets.D == 0, math.inf).amin((1, 2, 3))
        return least >= math.log(self.recipe.stop)  # type: ignore[arg-type, no-any-return]  # the same

    def _leave(self, rest: Tensor) -> None:
        state = [
            {k: v if v.ndim == 0 else v[rest] for k, v in self.optimiser.state[w].items()}
            for w in self.free
        ]
        self.rows, self.targets = self.rows[rest.cpu()], self.targets.at(rest)
        self.keep = [k if k is None else k[rest] for k in self.keep]
        self._take([w.detach()[rest] for w in self.weights], state)

    def _take(self, weights: list[Tensor], state: list[dict[str, Tensor]] | None) -> None:
        """Set the weights, and an optimiser over those that learn, with the state it had."""
        T = self.config.trainable_embeddings
        learns = [T or name not in EMBEDDINGS for name in Weights._fields]
        self.weights = Weights(
            *(
                weight.contiguous().clone().requires_grad_(free)
                for weight, free in zip(weights, learns, strict=True)
            )
        )
        self.free = [w for w in self.weights if w.requires_grad]
        self.free_keep = [k for k, free in zip(self.keep, learns, strict=True) if free]
        self.optimiser = torch.optim.AdamW(
            self.free,
            lr=self.lr,
            betas=self.recipe.betas,
            weight_decay=self.recipe.weight_decay,
            fused=True,
        )
        if state is not None:
            self.optimiser.state.update(zip(self.free, state, strict=True))
