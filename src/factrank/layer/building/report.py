"""What a compiled layer costs: widths, numbers, norms, and the precision that it needs."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, replace

import torch

from factrank.facts.database import Database
from factrank.layer.building.at_size import LARGE
from factrank.layer.exactness import exactness
from factrank.layer.model import NamedLayer, recall
from factrank.layer.parts import cells
from factrank.layer.survey import Recall, survey

PRECISIONS = {"float64": torch.float64, "float32": torch.float32, "bfloat16": torch.bfloat16}
SAMPLE = 10_000  # facts asked for in a coarser dtype, of a large table
BOUNDED = ("float64", "float32")  # of bfloat16 the machine decides what is summed in it


@dataclass(frozen=True)
class Precision:
    """One dtype: what is recalled and held in it, the least margin of a fact; and for a layer with
    L = scale D the largest error of a computed logit against the facts, and what no logit of the
    weights can be off by more (where rounding can be bounded: float64 and float32). ``asked`` is
    the number of facts that this was measured on."""

    dtype: str
    recalled: float
    held: float
    margin: float
    error: float | None = None
    bound: float | None = None
    asked: int = 0


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


def report(
    named: NamedLayer, database: Database, tau: float = 0.9, *, known: Recall | None = None
) -> Report:
    """The sizes of the layer, and its answers measured again in float32 and bfloat16.

    All of the layer's arithmetic is done in the dtype; its logits are then read in float64. Of a
    table of more than ``LARGE`` cells only the facts are asked for, and of those ``SAMPLE``, drawn
    with seed 0, in the coarser dtypes. ``known`` is what float64 recalls, if that was asked before.

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
        tuple(
            precision(named, database, name, tau)
            if known is None or name != "float64"
            else Precision(name, known.recalled, known.held, known.margin, asked=known.facts)
            for name in PRECISIONS
        ),
    )


def precision(named: NamedLayer, database: Database, dtype: str, tau: float = 0.9) -> Precision:
    """How well the layer knows the facts when its weights and sums are of another dtype."""
    rough = named.layer.to(PRECISIONS[dtype])
    if named.exact is None and cells(database) > LARGE:
        database = database if dtype == "float64" else sampled(database)
        found = survey(named, database, tau, layer=rough, everywhere=False).whole
    else:
        found = recall(named, database, tau, layer=rough)
    told = Precision(dtype, found.recalled, found.held, found.margin, asked=found.facts)
    if named.exact is None:
        return told
    off = exactness(rough, named.aligned(database), named.scale)
    bound = off.bound if math.isfinite(off.bound) and dtype in BOUNDED else None
    return replace(told, error=off.error, bound=bound)


def sampled(database: Database, most: int = SAMPLE) -> Database:
    """All facts of pairs drawn with seed 0, at least so many; or all there are."""
    pairs = sorted({fact[:2] for fact in database.facts})
    if len(pairs) <= most:
        return database
    drawn = set(random.Random(0).sample(pairs, most))
    facts = tuple(fact for fact in database.facts if fact[:2] in drawn)
    return Database(database.keys, database.queries, database.values, facts)
