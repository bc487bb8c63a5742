"""Layers of one shape in training by the compiled step of ``lanes``, a row of layers at a time.

The same as the steps in torch of ``stacked``, up to rounding. A row of layers makes all its steps
up to the next look before another begins, so that its weights stay in the cache.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from factrank.layer.attention import Weights
from factrank.layer.config import LayerConfig
from factrank.layer.training.losses import LOSSES, Targets
from factrank.layer.training.stacked import Recipe, tie

LARGEST = 250_000  # cells of D in one layer: beyond, matrix products of torch are as fast
AT_ONCE = 20_000_000  # cells asked in one call, a fraction of a second
DTYPES = {torch.float32: np.float32, torch.float64: np.float64}


def serves(config: LayerConfig, weights: Weights) -> bool:
    """True where the compiled step can be had, and is the faster one."""
    cells, one = config.keys * config.queries * config.values, weights.E_K
    known = one.dtype in DTYPES and one.device.type == "cpu"
    return cells <= LARGEST and known and find_spec("numba") is not None


class Fused:
    """Layers in training, each at its learning rate; ``targets`` may be one database for all."""

    def __init__(
        self, config: LayerConfig, weights: Weights, keep: Sequence[Tensor | None],
        targets: Targets, recipe: Recipe, rates: Sequence[float],
    ) -> None:  # fmt: skip
        from factrank.layer.training import lanes, layout, vectors

        self.config, self.recipe, self.compiled = config, recipe, lanes.advance
        masked = any(mask is not None for mask in keep)
        it = self.layout = layout.lay_out(config, LOSSES.index(recipe.loss), masked)
        self.dtype = np.dtype(DTYPES[weights.E_K.dtype])
        self.lanes, models = vectors.BYTES // self.dtype.itemsize, len(rates)
        self.rates, self.steps = np.array(rates, self.dtype), 0
        tied = config.tied if config.trainable_embeddings else ()  # frozen, they stay as they are
        self.tied = np.array(tied, np.int64).reshape(-1, 2)
        self.own = np.zeros((models, it.own), self.dtype)  # of each layer its rows
        s, moves = it.places, slice(it.places.weights, it.places.weights + it.places.learning)
        self.own[:, : s.first] = self._flat(tie(weights, config))
        if masked:
            masks = (
                torch.ones_like(w) if k is None else k.expand_as(w)
                for w, k in zip(weights, keep, strict=True)
            )
            self.own[:, s.keep : s.answers] = self._flat(Weights(*masks))[:, moves]
        self.own[:, s.answers : s.share] = targets.answers.flatten(1).numpy()
        self.own[:, s.share] = 1 / targets.facts.double().numpy()
        self.own[:, s.beta] = recipe.beta or 0
        ones = [D.nonzero().numpy() for D in targets.D]
        self.ones = ones * models if len(ones) == 1 else ones
        self._gather()

    @property
    def at_once(self) -> int:
        """How many steps of all layers a call should make."""
        c = self.config
        return max(1, AT_ONCE // (len(self.own) * c.keys * c.queries * c.values))

    def advance(self, factors: Sequence[float]) -> None:
        """A step for each factor on the learning rates."""
        it, c, own = self.layout, self.recipe, self.layout.own
        for n, facts in enumerate(self.facts):
            mine = slice(n * self.lanes, (n + 1) * self.lanes)
            rates = np.zeros((len(factors), self.lanes), self.dtype)
            rates[:, : len(self.rates[mine])] = np.outer(factors, self.rates[mine])
            self.array[:own] = 0
            self.array[:own, : len(self.rates[mine])] = self.own[mine].T
            self.compiled(
                self.array, it.places, *it.plans, *facts, self.tied, rates, c.betas,
                c.weight_decay, self.steps,
            )  # fmt: skip
            self.own[mine, : it.kept] = self.array[: it.kept, : len(self.rates[mine])].T
        self.steps += len(factors)

    def weights(self) -> Weights:
        """The weights as they are now, one layer a row of the first axis."""
        parts = dict[str, Tensor]()
        for name, shape in self.config.shapes.items():
            view = self.layout.weights[name]
            found = torch.from_numpy(self.own[:, view.at : view.end].copy())
            if name in ("W_Q", "W_K", "W_V"):  # here the heads stand side by side
                heads, d, width = shape
                parts[name] = found.view(-1, d, heads, width).transpose(1, 2).contiguous()
            else:
                parts[name] = found.view(-1, *shape)
        return Weights(**parts)

    def leave(self, rest: Tensor) -> None:
        """Only these layers go on."""
        self.own, self.rates = self.own[rest.numpy()], self.rates[rest.numpy()]
        self.ones = [self.ones[n] for n in rest.tolist()]
        self._gather()

    def _flat(self, weights: Weights) -> NDArray[np.floating]:
        """The weights of each layer in one row, in the order of the array."""
        parts = [
            (part.transpose(1, 2) if name in ("W_Q", "W_K", "W_V") else part).flatten(1)
            for name, part in zip(Weights._fields, weights, strict=True)
        ]
        return torch.cat(parts, 1).numpy()

    def _gather(self) -> None:
        """For each row of layers the places of the ones of D, by keys; and the array itself."""
        self.array = np.zeros((self.layout.end, self.lanes), self.dtype)
        models = range(len(self.own))
        self.facts = [self._places(self.ones[n : n + self.lanes]) for n in models[:: self.lanes]]

    def _places(self, ones: Sequence[NDArray[np.int64]]) -> tuple[NDArray[np.int64], ...]:
        s = self.layout.places
        lane = np.repeat(np.arange(len(ones)), [len(it) for it in ones])
        k, q, v = np.concatenate(ones).T
        part, inside = np.divmod(k, s.few)
        order = np.argsort(part, kind="stable")
        places = ((inside * s.Q + q) * s.V + v) * self.lanes + lane
        begins = np.searchsorted(part[order], np.arange(-(-s.K // s.few) + 1))
        return places[order], begins
