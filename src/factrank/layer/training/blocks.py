"""Trains whole blocks, and stacks of attention-only layers (``layer.deep`` over depth): many of one
shape at once, each comes out as if it were trained alone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

import torch
from torch import Tensor

from factrank.errors import FactrankError
from factrank.facts.database import Database
from factrank.layer.attention import AttentionLayer, Weights
from factrank.layer.block import EMBEDDINGS as OF_BLOCKS
from factrank.layer.block import BlockConfig, BlockWeights, Prompting, block_logits
from factrank.layer.config import LayerConfig
from factrank.layer.deep import deep_tensor, stacked
from factrank.layer.training.first_weights import EMBEDDINGS, first_weights
from factrank.layer.training.losses import Targets, cross_entropy
from factrank.layer.training.trainer import Recipe

W = TypeVar("W", BlockWeights, Weights)
FILLERS = 7_000_003  # between a model's seed and that of its fillers in training


def first_blocks(config: BlockConfig, seeds: Sequence[int], *, std: float = 1.0) -> BlockWeights:
    """First weights of blocks, one model a seed, in float64.

    Embeddings, positions and U are normal with ``std``, the others with variance 1/(fan in).

    >>> config = BlockConfig(5, 3, 4, d_model=6, n_heads=2, d_head_qk=1, d_head_vo=2, d_mlp=7)
    >>> first_blocks(config, [0, 1]).W_in.shape
    torch.Size([2, 6, 7])
    """
    drawn = [_one(config, seed, std) for seed in seeds]
    return BlockWeights(*(torch.stack(column) for column in zip(*drawn, strict=True)))


def _one(config: BlockConfig, seed: int, std: float) -> list[Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return [
        torch.randn(shape, generator=generator, dtype=torch.float64)
        * (std if name in OF_BLOCKS else max(1, shape[-2]) ** -0.5)
        for name, shape in config.shapes.items()
    ]


def pairs_of(databases: Sequence[Database]) -> tuple[Tensor, Tensor]:
    """The pairs (p, 2) that all of these databases answer, and their answers (m, p).

    Errors: ``FactrankError`` if they do not answer the same questions.
    """
    facts = [torch.tensor(sorted(database.facts)) for database in databases]
    if any(one.shape != facts[0].shape or (one - facts[0])[:, :2].any() for one in facts):
        raise FactrankError("databases: expected the same questions in each, found others")
    return facts[0][:, :2], torch.stack([one[:, 2] for one in facts])


def train_blocks(
    config: BlockConfig,
    way: Prompting,
    databases: Sequence[Database],
    recipe: Recipe,
    seeds: Sequence[int],
    *,
    learns: Collection[str] = BlockWeights._fields,
    std: float = 1.0,
    dtype: torch.dtype = torch.float32,
) -> BlockWeights:
    """Train a block for each (database, seed), all at once, by cross-entropy over all facts.

    ``learns`` names the weights that are trained; the others stay as ``first_blocks`` draws them.
    Fillers are drawn anew in each step, from the seed of the model. ``recipe`` as in
    ``trainer.train``, without an early stop. The weights come back in float64. [ours]

    Errors: ``FactrankError`` for databases that ``way`` cannot ask, another loss, an early stop.

    >>> from factrank.facts.families import total_functions
    >>> facts, way = total_functions(4, 2, 2, seed=0), Prompting(2, 2, 2, 2, 1)
    >>> config = BlockConfig(way.tokens, way.positions, 2, 8, 2, 1, 2, d_mlp=8)
    >>> weights = train_blocks(config, way, [facts] * 2, Recipe(steps=200), [0, 1])
    >>> bool(recalls(weights, config, way, [facts] * 2, [0, 1], draws=4).all())
    True
    """
    for database in databases:
        way.check(database)
    pairs, right = pairs_of(databases)
    draws = [torch.Generator().manual_seed(FILLERS + seed) for seed in seeds]

    def loss(weights: BlockWeights) -> Tensor:
        L = block_logits(weights, way.drawn(pairs, draws), norm=config.norm)
        each = torch.logsumexp(L, -1) - L.gather(2, right.unsqueeze(2)).squeeze(2)
        return each.mean(1).sum()

    return _minimised(first_blocks(config, seeds, std=std), learns, recipe, dtype, loss)


def _minimised(
    first: W,
    learns: Collection[str],
    recipe: Recipe,
    dtype: torch.dtype,
    loss: Callable[[W], Tensor],
) -> W:
    """The weights after all steps of AdamW down the loss, in float64; those named learn."""
    if recipe.loss != "cross-entropy" or recipe.stop is not None:
        raise FactrankError(
            f"recipe: expected cross-entropy and no early stop, "
            f"found {recipe.loss!r} and {recipe.stop!r}"
        )
    weights = type(first)(
        *(
            weight.to(dtype).contiguous().requires_grad_(name in learns and weight.numel() > 0)
            for name, weight in first._asdict().items()
        )
    )
    free = [weight for weight in weights if weight.requires_grad]
    optimiser = torch.optim.AdamW(
        free, lr=recipe.lr, betas=recipe.betas, weight_decay=recipe.weight_decay, fused=True
    )
    for step in range(recipe.steps):
        for weight, slope in zip(free, torch.autograd.grad(loss(weights), free), strict=True):
            weight.grad = slope.contiguous()
        optimiser.param_groups[0]["lr"] = recipe.lr * recipe.rate(step)
        optimiser.step()
    return type(first)(*(weight.detach().double() for weight in weights))


def recalls(
    weights: BlockWeights,
    config: BlockConfig,
    way: Prompting,
    databases: Sequence[Database],
    seeds: Sequence[int],
    *,
    draws: int,
) -> Tensor:
    """Which facts are recalled (m, draws, p): their value's logit leads alone, fillers drawn.

    The fillers come from the seed of each model and were not seen in training but by chance.
    """
    pairs, right = pairs_of(databases)
    generators = [torch.Generator().manual_seed(-1 - seed) for seed in seeds]
    found = []
    for _ in range(draws):
        with torch.no_grad():
            L = block_logits(weights, way.drawn(pairs, generators), norm=config.norm)
        found.append(leads(L, right))
    return torch.stack(found, 1)


def leads(L: Tensor, right: Tensor) -> Tensor:
    """Whether the right value's logit is the largest one alone, (m, p), of logits (m, p, v)."""
    at = right.unsqueeze(2)
    others = L.scatter(2, at, -torch.inf).amax(2)
    return L.gather(2, at).squeeze(2) > others


APART = 1_000_003  # between the seeds of the layers of one model


def first_stack(config: LayerConfig, layers: int, seeds: Sequence[int]) -> Weights:
    """First weights of stacks of layers of one shape, one model a seed, in float64.

    Each layer is drawn as ``first_weights`` does it; the embeddings are those of the first.

    >>> first_stack(LayerConfig(4, 3, 5, 8, 2, 1, 3), 2, [0, 1]).W_V.shape
    torch.Size([2, 2, 2, 8, 3])
    """
    drawn = (first_weights(config, [seed + APART * n for seed in seeds]) for n in range(layers))
    return stacked(*(AttentionLayer(config, one) for one in drawn))


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
    targets = Targets.of(databases).to(dtype)
    T = config.trainable_embeddings
    learns = [name for name in Weights._fields if T or name not in EMBEDDINGS]

    def loss(weights: Weights) -> Tensor:
        return cross_entropy(deep_tensor(weights), targets).sum()

    return _minimised(first_stack(config, layers, seeds), learns, recipe, dtype, loss)
