"""Trains many layers of one shape at once, as ``steps`` makes them.

The models never mix, so each comes out as if it were trained alone, up to rounding.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

from factrank.errors import FactrankError
from factrank.facts.database import Database
from factrank.layer.attention import AttentionLayer, Weights, layer_tensor
from factrank.layer.config import LayerConfig
from factrank.layer.training.first_weights import first_weights, masks
from factrank.layer.training.losses import Targets, bounded, least_squares, loss_of
from factrank.layer.training.steps import Fused, Stacked, serves
from factrank.layer.training.steps import Recipe as Recipe
from factrank.layer.training.steps import tie as tie


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
) -> Trained:
    """Train one model for each (database, seed), all at once; see ``first_weights``.

    ``rates`` are learning rates, one a model, in place of the recipe's: models that share one are
    trained together. The layers come back in float64, in the order given. [ours]

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
    done, steps = [w.clone() for w in start], torch.zeros(models, dtype=torch.long)
    weights = Weights(*(w.to(dtype) for w in start))
    together = (
        [set(rates)] if serves(config, weights) else [{rate} for rate in dict.fromkeys(rates)]
    )
    for some in together:
        mine = torch.tensor([m for m in range(models) if rates[m] in some])
        trainer = Trainer(
            config,
            Weights(*(w[mine] for w in weights)),
            [None if k is None else k[mine].to(dtype) for k in keep],
            targets.at(mine).to(dtype),
            recipe,
            [rates[m] for m in mine.tolist()],
        )
        _to_the_end(trainer, mine, done, steps)
    layer = AttentionLayer(config, tie(Weights(*done), config))
    loss = loss_of(recipe.loss, recipe.beta)(layer.layer_tensor(), targets)
    return Trained(layer, tuple(steps.tolist()), loss)


def _to_the_end(trainer: Trainer, mine: Tensor, done: list[Tensor], steps: Tensor) -> None:
    """Train; write each layer's weights and steps as it is done, ``mine`` being its place."""

    def look(step: int) -> Tensor:
        last = step == trainer.recipe.steps
        over = torch.ones(len(trainer.rows), dtype=torch.bool) if last else trainer.met()
        if over.any():
            rows = mine[trainer.rows[over]]
            steps[rows] = step
            for whole, part in zip(done, trainer.steps.weights(), strict=True):
                whole[rows] = part[over].double()
        return over

    for _ in trainer.run(look):
        pass


def logits(trained: AttentionLayer, recipe: Recipe) -> Tensor:
    """What the layers answer with: L, or L brought to norm beta where that was trained."""
    L = trained.layer_tensor()
    return bounded(L, recipe.beta) if recipe.loss == "bounded" else L  # type: ignore[arg-type]  # its beta


@contextmanager
def flushed() -> Iterator[None]:
    """Numbers below the normal range are 0 in this thread, as long as it lasts. [ours]

    Where training has come to its end, gradients and moments fall that low, and a processor may
    take many times as long for a product of such numbers.

    >>> with flushed():
    ...     bool(torch.tensor(1e-38) * 0.5 == 0)
    True
    """
    before = bool(torch.tensor(torch.finfo(torch.float32).tiny) * 0.5 == 0)
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(before)


class Trainer:
    """Layers of one shape in training, one a seed; those that are done leave it, and the others go
    on unchanged. The compiled step where it serves, else torch, which wants one rate for all."""

    def __init__(
        self, config: LayerConfig, weights: Weights, keep: Sequence[Tensor | None],
        targets: Targets, recipe: Recipe, rates: Sequence[float],
    ) -> None:  # fmt: skip
        self.config, self.recipe, self.targets = config, recipe, targets
        self.rows = torch.arange(len(rates))  # those still in training
        self.steps: Fused | Stacked = (
            Fused(config, weights, keep, targets, recipe, rates)
            if serves(config, weights)
            else Stacked(config, weights, keep, targets, recipe, rates[0])
        )

    def run(self, look: Callable[[int], Tensor]) -> Iterator[int]:
        """Train; yield the number of steps made, a look being over where one is due.

        ``look(step)`` is asked every ``recipe.look`` steps and at the end. It answers which of
        ``rows`` are done: these leave.
        """
        made, c = 0, self.recipe
        while made < c.steps and len(self.rows):
            due = min(made - made % c.look + c.look, c.steps)
            to = min(due, made + self.steps.at_once)
            with flushed():
                self.steps.advance([c.rate(step) for step in range(made, to)])
            made = to
            if made == due:
                self.leave(look(made))
            yield made

    def leave(self, over: Tensor) -> None:
        """Those of ``rows`` that are over leave."""
        if over.any():
            rest = (~over).nonzero().flatten()
            self.rows, self.targets = (
                self.rows[rest],
                self.targets.at(rest.to(self.targets.D.device)),
            )
            self.steps.leave(rest)

    def logits(self) -> Tensor:
        """The layer tensors of ``rows`` as they are now."""
        return layer_tensor(tie(self.steps.weights(), self.config), residual=self.config.residual)

    @torch.no_grad()
    def met(self) -> Tensor:
        """Which of ``rows`` meet the recipe's criterion of an early stop."""
        stop = self.recipe.stop
        if stop is None:
            return torch.zeros(len(self.rows), dtype=torch.bool)
        L = self.logits()
        if self.recipe.loss == "least squares":
            return (least_squares(L, self.targets).sqrt() <= stop).cpu()
        if self.recipe.loss == "bounded":
            L = bounded(L, self.recipe.beta)  # type: ignore[arg-type]  # its beta
        share = torch.log_softmax(L, -1) + self.targets.answers.log().unsqueeze(-1)
        least = share.masked_fill(self.targets.D == 0, math.inf).amin((1, 2, 3))
        return (least >= math.log(stop)).cpu()
