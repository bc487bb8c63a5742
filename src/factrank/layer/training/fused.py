"""Layers of one shape in training by the compiled step of ``lanes``, a block of a row at a time.

The same as the steps of ``trainer`` in torch, up to rounding. A block makes all its steps up to
the next look before another begins, so that its weights stay in the cache.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from factrank.layer.attention import Weights
from factrank.layer.config import LayerConfig
from factrank.layer.training.first_weights import EMBEDDINGS
from factrank.layer.training.losses import LOSSES, Targets

FEWEST = 4  # layers: with fewer most lanes are idle, and torch is as fast
LARGEST = 250_000  # cells of D in one layer: beyond, matrix products of torch are as fast
DTYPES = {torch.float32: np.float32, torch.float64: np.float64}


def serves(config: LayerConfig, models: int, dtype: torch.dtype, device: str) -> bool:
    """True where the compiled step can be had, and is the faster one."""
    cells = config.keys * config.queries * config.values
    can = device == "cpu" and dtype in DTYPES and find_spec("numba") is not None
    return can and models >= FEWEST and cells <= LARGEST


class Block(NamedTuple):
    """As many layers as there are lanes: what ``lanes.advance`` reads and writes."""

    weights: NamedTuple
    gradients: NamedTuple
    facts: NamedTuple
    flat: tuple[np.ndarray, ...]  # of what learns: weights, gradients, both moments
    keep: np.ndarray  # of the same, 1 where it may move; empty if all may


class Fused:
    """Layers in training; ``rates`` are learning rates and ``betas`` bounds of the logits.

    ``targets`` may be those of one database for all layers.
    """

    def __init__(
        self,
        config: LayerConfig,
        weights: Weights,
        keep: Sequence[Tensor | None],
        targets: Targets,
        *,
        loss: str,
        beta: float | None,
        rates: Sequence[float],
        betas: tuple[float, float],
        decay: float,
    ) -> None:
        from factrank.layer.training import lanes

        self.compiled, self.config = lanes, config
        self.sizes, self.loss = lanes.Sizes.of(config), LOSSES.index(loss)
        self.dtype = DTYPES[weights.E_K.dtype]
        self.lanes, self.models = lanes.BYTES // np.dtype(self.dtype).itemsize, len(rates)
        self.room = lanes.room(self.sizes, self.dtype)
        self.tied = np.array(config.tied, np.int64).reshape(-1, 2)
        self.rates, self.betas, self.decay = np.array(rates, self.dtype), betas, decay
        self.steps = 0
        at = [range(i, min(i + self.lanes, self.models)) for i in range(0, self.models, self.lanes)]
        self.blocks = [self._block(weights, keep, targets, beta or 0.0, list(it)) for it in at]

    def advance(self, factors: Sequence[float]) -> None:
        """A step for each factor on the learning rates."""
        learning = np.zeros((len(factors), len(self.blocks) * self.lanes), self.dtype)
        learning[:, : self.models] = np.outer(factors, self.rates)
        for block, rates in zip(self.blocks, np.split(learning, len(self.blocks), 1), strict=True):
            self.compiled.advance(
                self.sizes, block.weights, block.gradients, self.room, block.facts, self.loss,
                self.tied, block.flat, block.keep, np.ascontiguousarray(rates), self.betas,
                self.decay, self.steps,
            )  # fmt: skip
        self.steps += len(factors)

    def weights(self) -> Weights:
        """The weights as they are now, one model a row of the first axis."""
        rows = [np.concatenate(it, 1) for it in zip(*(b.weights for b in self.blocks), strict=True)]
        shapes = self.config.shapes.values()
        return Weights(
            *(
                torch.from_numpy(np.ascontiguousarray(found[:, : self.models].T)).view(-1, *shape)
                for found, shape in zip(rows, shapes, strict=True)
            )
        )

    def _rows(self, values: Tensor, models: list[int]) -> np.ndarray:
        """One row for each number of a model; lanes without a model are zero."""
        if len(values) > 1:
            values = values[models]
        found = values.reshape(len(values), -1).expand(len(models), -1)
        rows = np.zeros((found.shape[1], self.lanes), self.dtype)
        rows[:, : len(models)] = found.detach().numpy().T
        return rows

    def _block(self, weights, keep, targets, beta, models) -> Block:
        lanes = self.compiled
        parts = [self._rows(weight, models) for weight in weights]
        ends = np.cumsum([len(part) for part in parts])
        whole, slopes = np.concatenate(parts), np.zeros((ends[-1], self.lanes), self.dtype)
        fixed = 0 if self.config.trainable_embeddings else ends[len(EMBEDDINGS) - 1]
        moments = (np.zeros((ends[-1] - fixed, self.lanes), self.dtype) for _ in range(2))
        may = np.zeros((0, self.lanes), self.dtype)
        if any(it is not None for it in keep):
            ones = [
                torch.ones_like(w) if k is None else k.expand_as(w) for w, k in zip(weights, keep, strict=True)
            ]
            may = np.concatenate([self._rows(it, models) for it in ones])[fixed:]
        facts = lanes.Facts(
            self._rows(targets.D, models),
            self._rows(targets.answers, models),
            self._rows(1 / targets.facts.double(), models),
            np.full((1, self.lanes), beta, self.dtype),
        )
        split = (np.split(it, ends[:-1]) for it in (whole, slopes))
        flat = (whole[fixed:], slopes[fixed:], *moments)
        return Block(*(lanes.Lanes(*it) for it in split), facts, flat, may)
