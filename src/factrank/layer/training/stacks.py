"""Trains stacks of attention-only layers, many of one shape at once: ``layer.deep`` over depth."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from factrank.errors import FactrankError
from factrank.facts.database import Database
from factrank.layer.attention import Weights
from factrank.layer.config import LayerConfig
from factrank.layer.deep import deep_tensor
from factrank.layer.training.first_weights import EMBEDDINGS, first_weights
from factrank.layer.training.losses import Targets, cross_entropy
from factrank.layer.training.trainer import Recipe

APART = 1_000_003  # between the seeds of the layers of one model


def first_stack(config: LayerConfig, layers: int, seeds: Sequence[int]) -> Weights:
    """First weights of stacks of layers of one shape, one model a seed, in float64.

    Each layer is drawn as ``start.first_weights`` does it; the embeddings are those of the first.

    >>> first_stack(LayerConfig(4, 3, 5, 8, 2, 1, 3), 2, [0, 1]).W_V.shape
    torch.Size([2, 2, 2, 8, 3])
    """
    drawn = [first_weights(config, [seed + APART * n for seed in seeds]) for n in range(layers)]
    heads = ("W_Q", "W_K", "W_V", "W_O")
    return drawn[0]._replace(
        **{name: torch.stack([getattr(one, name) for one in drawn], 1) for name in heads}
    )


def train_deep(
    config: LayerConfig,
    layers: int,
    databases: Sequence[Database],
    recipe: Recipe,
    seeds: Sequence[int],
    *,
    dtype: torch.dtype = torch.float32,
) -> Weights:
    """Train a stack of ``layers`` for each (database, seed), all at once, by cross-entropy.

    ``config`` is the shape of each single layer, with the residual path on; ``recipe`` as in
    ``trainer.train``, without an early stop. The weights come back in float64. [ours]

    Errors: ``FactrankError`` for a layer without the residual path, another loss, an early stop.

    >>> from factrank.facts.families import total_functions
    >>> facts = total_functions(6, 2, 3, seed=0)
    >>> config = LayerConfig(*facts.shape, 8, 1, 1, 2, residual=True)
    >>> L = deep_tensor(train_deep(config, 2, [facts] * 3, Recipe(steps=300), range(3)))
    >>> from factrank.layer.readout import recalled
    >>> bool(recalled(L, facts).all())
    True
    """
    if not config.residual or config.tied:
        raise FactrankError("layers: expected the residual path and no ties, found another layer")
    if recipe.loss != "cross-entropy" or recipe.stop is not None:
        raise FactrankError(
            f"recipe: expected cross-entropy and no early stop, "
            f"found {recipe.loss!r} and {recipe.stop!r}"
        )
    targets = Targets.of(databases).to(dtype)
    learns = [config.trainable_embeddings or name not in EMBEDDINGS for name in Weights._fields]
    weights = Weights(
        *(
            w.to(dtype).contiguous().requires_grad_(free)
            for w, free in zip(first_stack(config, layers, seeds), learns, strict=True)
        )
    )
    free = [w for w in weights if w.requires_grad]
    optimiser = torch.optim.AdamW(
        free, lr=recipe.lr, betas=recipe.betas, weight_decay=recipe.weight_decay, fused=True
    )
    for step in range(recipe.steps):
        total = cross_entropy(deep_tensor(weights), targets).sum()
        for weight, gradient in zip(free, torch.autograd.grad(total, free), strict=True):
            weight.grad = gradient.contiguous()
        optimiser.param_groups[0]["lr"] = recipe.lr * recipe.rate(step)
        optimiser.step()
    return Weights(*(w.detach().double() for w in weights))
