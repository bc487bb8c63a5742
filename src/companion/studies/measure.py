"""One trained layer as a row: its sizes, what it recalls and holds, the ranks of its tensors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from companion.studies.databases import database, size
from companion.studies.item import Config, Item
from factrank.errors import FactrankError
from factrank.facts.database import Database
from factrank.layer import readout
from factrank.layer.attention import AttentionLayer, Weights
from factrank.layer.config import LayerConfig
from factrank.layer.training.first_weights import head_widths, masks
from factrank.layer.training.trainer import Recipe, Trained, logits, train

TOLERANCE = 0.01  # singular values above this share of the largest count for a rank


@dataclass(frozen=True, eq=False)
class Batch:
    """Layers trained together: the items they come from, and what ``row`` needs of each."""

    items: Sequence[Any]
    databases: Sequence[Database]
    layer: LayerConfig
    recipe: Recipe
    trained: Trained

    def logits(self, m: int) -> torch.Tensor:
        """L[k, q, v] of one model in float64, as it answers."""
        return logits(self.trained.layer.model(m), self.recipe)[0]

    def found(self, m: int) -> dict[str, Any]:
        """What rows say of one model: its sizes, its parameters, what it recalls and holds."""
        item, db, layer = self.items[m], self.databases[m], self.layer
        attention, embedding = parameters(layer, item.width, item.attention == "key-independent")
        L = self.logits(m)
        return {
            "values": layer.values,
            "facts": len(db),
            "d_head_vo": int(head_widths(layer, item.width)[0]),
            "attention_parameters": attention,
            "trained_parameters": attention + embedding * layer.trainable_embeddings,
            "all_parameters": attention + embedding,
            "steps": self.trained.steps[m],
            "most_steps": self.recipe.steps,
            "loss_at_end": round(float(self.trained.loss[m]), 6),
            "recalled": share(readout.recalled(L, db)),
            "held_50": share(readout.held(L, db, 0.5)),
            "held_90": share(readout.held(L, db, 0.9)),
        }


def train_items(batch: Sequence[Config]) -> list[dict[str, Any]]:
    """Train the layers of one group at once; one row each, in float64. [ours]"""
    trained = train_batch(batch)
    return [row(trained, m) for m in range(len(batch))]


def train_batch(
    batch: Sequence[Config],
    kind: Callable[..., Any] = Item,
    shown: Callable[..., Database] = database,
) -> Batch:
    """Train the layers of one group of items of a kind at once, each on what it is shown."""
    items = [kind(**config) for config in batch]
    one, widths = items[0], [item.width for item in items]
    databases = [shown(*item.which) for item in items]
    layer = LayerConfig(
        *databases[0].shape, d_model=one.d_model, n_heads=one.n_heads, d_head_qk=one.d_head_qk,
        d_head_vo=-(-max(widths) // one.n_heads), trainable_embeddings=one.regime == "T",
    )  # fmt: skip
    recipe = Recipe(
        one.loss, one.beta, one.steps, lr=one.lr, weight_decay=one.weight_decay, stop=one.stop
    )
    silent = one.attention == "key-independent"
    seeds = [item.seed for item in items]
    trained = train(layer, databases, recipe, seeds, widths=widths, key_independent=silent)
    return Batch(items, databases, layer, recipe, trained)


def row(batch: Batch, m: int) -> dict[str, Any]:
    """One model of a batch as a row: its item, its sizes, what it recalls and holds, its ranks."""
    item, found, L = batch.items[m], batch.found(m), batch.logits(m)
    least = batch.recipe.loss == "least squares"
    return {
        **item.told(),
        **named(found, "values"),
        **size(*item.which)._asdict(),
        **named(found, "d_head_vo", "attention_parameters", "trained_parameters"),
        **named(found, "steps", "most_steps", "loss_at_end", "recalled", "held_50", "held_90"),
        "relative_error": round(float(batch.trained.loss[m].sqrt()), 6) if least else None,
        **ranks("L", L),
        **ranks("P90", readout.softmax_geq(L, 0.9)),
    }


def named(found: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Some columns of what was found, in the order in which they are named."""
    return {name: found[name] for name in names}


def share(hits: Tensor) -> float:
    """The share of what is hit, as rows have it.

    >>> share(torch.tensor([True, False, False]))
    0.333333
    """
    return round(float(hits.double().mean()), 6)


def parameters(layer: LayerConfig, width: int, silent: bool) -> tuple[int, int]:
    """(attention, embedding) numbers that may differ from zero in a layer of that total width.

    >>> parameters(LayerConfig(4, 3, 5, d_model=8, n_heads=2, d_head_qk=1, d_head_vo=3), 5, False)
    (112, 96)
    """
    keep = masks(layer, 1, widths=[width], key_independent=silent)
    counts = {
        name: int(torch.ones(shape).mul(1 if mask is None else mask[0]).sum())
        for (name, shape), mask in zip(layer.shapes.items(), keep, strict=True)
    }
    attention = sum(count for name, count in counts.items() if name.startswith("W_"))
    return attention, sum(counts.values()) - attention


def ranks(name: str, T: torch.Tensor) -> dict[str, int]:
    """The unfolding ranks of a tensor of that name, as columns."""
    found = readout.unfolding_ranks(T, TOLERANCE)
    return {f"rank_{name}_{mode}": int(found[mode]) for mode in "KQV"}


DTYPES = {"float64": torch.float64, "float32": torch.float32, "bfloat16": torch.bfloat16}
BITS = (8, 6, 5, 4, 3, 2)
PRECISIONS = (*DTYPES, *(f"{k} bits" for k in BITS))


def in_precision(layer: AttentionLayer, precision: str) -> Tensor:
    """L[k, q, v] of one layer in a precision, given back in float64.

    A dtype rounds the weights and does all arithmetic in it. ``k bits`` rounds the weights only,
    see ``rounded``, and computes in float64. [ours]

    Errors: ``FactrankError`` for a precision that is not in ``PRECISIONS``.
    """
    if precision not in PRECISIONS:
        raise FactrankError(
            f"precision: expected one of {', '.join(PRECISIONS)}, found {precision!r}"
        )
    if precision in DTYPES:
        rough = layer.to(DTYPES[precision])
    else:
        k = int(precision.split()[0])
        rough = replace(layer, weights=Weights(*(rounded(w, k) for w in layer.weights)))
    return rough.layer_tensor()[0].double()


def rounded(weight: Tensor, bits: int) -> Tensor:
    """A weight on the grid of 2^bits - 1 equal steps around 0 that just holds its largest entry.

    >>> rounded(torch.tensor([1.0, 0.4, -0.2]), 2)
    tensor([1., 0., -0.])
    >>> rounded(torch.tensor([1.0, 0.4, -0.2]), 3)
    tensor([ 1.0000,  0.3333, -0.3333])
    """
    if bits < 2:
        raise FactrankError(f"bits: expected at least 2, found {bits!r}")
    most = float(weight.abs().max())
    if not most:
        return weight
    step = most / (2 ** (bits - 1) - 1)
    return (weight / step).round() * step  # type: ignore[no-any-return]  # torch says Any
