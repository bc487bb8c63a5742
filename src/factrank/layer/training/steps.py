"""Many layers of one shape in training at once, in two ways that agree up to rounding: ``Stacked``
in torch, with one optimiser, and ``Fused`` by the compiled step of ``lanes``.

A row of layers makes all its steps up to the next look before another begins, so that its weights
stay in the cache.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from factrank.errors import FactrankError
from factrank.layer.attention import Weights, layer_tensor
from factrank.layer.config import LayerConfig
from factrank.layer.training.first_weights import EMBEDDINGS
from factrank.layer.training.losses import LOSSES, Targets, loss_of


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
