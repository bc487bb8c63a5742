"""What a compiled layer costs: widths, numbers, norms, and the precision that it needs."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch

from factrank.facts.database import Database
from factrank.layer.exactness import exactness
from factrank.layer.model import NamedLayer, recall

PRECISIONS = {"float64": torch.float64, "float32": torch.float32, "bfloat16": torch.bfloat16}
BOUNDED = ("float64", "float32")  # of bfloat16 the machine decides what is summed in it


@dataclass(frozen=True)
class Precision:
    """One dtype: what is recalled and held in it, the least margin of a fact; and for a layer with
    L = scale D the largest error of a computed logit against the facts, and what no logit of the
    weights can be off by more (where rounding can be bounded: float64 and float32)."""

    dtype: str
    recalled: float
    held: float
    margin: float
    error: float | None = None
    bound: float | None = None


@dataclass(frozen=True)
class Report:
    """Sizes of a layer: ``width`` is n_heads d_head_vo, ``score_width`` n_heads d_head_qk.

    ``norms`` are the largest absolute entry and the Frobenius norm of the attention weights.
    """

    n_heads: int
    d_model: int
    d_head_qk: int
    d_head_vo: int
    width: int
    score_width: int
    parameters: dict[str, int]
    largest: float
    frobenius: float
    precisions: tuple[Precision, ...]


def report(named: NamedLayer, database: Database, tau: float = 0.9) -> Report:
    """The sizes of the layer, and its answers measured again in float32 and bfloat16.

    All of the layer's arithmetic is done in the dtype; its logits are then read in float64.

    >>> from factrank.layer.building.compile import compile_values
    >>> db = Database.from_triples([("a", "r", "x"), ("b", "r", "y")])
    >>> found = report(NamedLayer.of(db, compile_values(db)), db)
    >>> found.width, [p.recalled for p in found.precisions]
    (2, [1.0, 1.0, 1.0])
    """
    config, weights = named.layer.config, named.layer.weights
    numbers = torch.cat([weight.flatten() for weight in weights[3:]])
    return Report(
        config.n_heads,
        config.d_model,
        config.d_head_qk,
        config.d_head_vo,
        config.width,
        config.n_heads * config.d_head_qk,
        config.parameters(),
        float(numbers.abs().max()),
        float(torch.linalg.vector_norm(numbers)),
        tuple(precision(named, database, name, tau) for name in PRECISIONS),
    )


def precision(named: NamedLayer, database: Database, dtype: str, tau: float = 0.9) -> Precision:
    """How well the layer knows the facts when its weights and sums are of another dtype."""
    rough = named.layer.to(PRECISIONS[dtype])
    found = recall(named, database, tau, layer=rough)
    told = Precision(dtype, found.recalled, found.held, found.margin)
    if named.exact is None:
        return told
    off = exactness(rough, named.aligned(database), named.scale)
    bound = off.bound if math.isfinite(off.bound) and dtype in BOUNDED else None
    return replace(told, error=off.error, bound=bound)
