"""The experiment constructions: what needs no training, how large is it, how precise must it be?

Part ``built``: every construction on every family, in float64, float32, bfloat16 and with weights
rounded to k bits. Part ``values``: three of them as the number of values grows. Part ``trained``:
for the same families a ladder of layers, trained on cross-entropy, to find the smallest one that
recalls every fact.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from companion.engine.sweeps import Experiment, all_but
from companion.studies.constructions_judge import judge
from companion.studies.databases import database
from companion.studies.item import Config, Fields, Item, Shape, told
from companion.studies.measure import parameters, train_batch
from factrank.errors import FactrankError
from factrank.facts.database import Database
from factrank.layer import readout
from factrank.layer.attention import AttentionLayer, Weights
from factrank.layer.building.recipes import compile_database
from factrank.layer.model import NamedLayer
from factrank.rank.interval import RankInterval, rank_interval

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


TAU = 0.9
METHODS = ("key-independent", "terms", "values", "relations", "gates")  # A4, A4b, A4b, A6, A7
FAMILIES = (
    Shape("disjoint", 16, 4, 4),
    Shape("halves", 16, 4, 4),
    Shape("shared", 16, 4, 4),
    Shape("duplicated", 16, 4, 4),
    Shape("shifted", 16, 4, 4),
    Shape("permuted", 8, 8, 8),
    Shape("uniform", 16, 4, 4),
    Shape("modular", 8, 8, 8),
)
VALUES = (4, 8, 16, 32, 64, 128)
SEEDS = {"quick": 2, "full": 10}
STEPS = {"quick": 600, "full": 1200}
LAYOUTS = ((2, 2), (4, 1), (4, 2), (8, 1), (8, 2))  # heads, value-output width of each
STREAMS = {"quick": (2, 8), "full": (2, 3, 4, 6, 8)}
# of a trained layer they are given, of a built one they follow from the terms found
SIZES = ("n_heads", "d_model", "d_head_qk", "width", "attention_parameters", "all_parameters")
Which = tuple[str, int, int, int, int]


@dataclass(frozen=True)
class Built(Fields):
    """A construction for a database, in a precision."""

    part: str
    family: str
    keys: int
    queries: int
    range_size: int
    seed: int
    method: str
    precision: str


@told
def items(tier: str) -> list[Built | Item]:
    """Every construction in every precision and every trained layer of a tier."""
    return [*_built(tier), *_values(tier), *_trained(tier)]


def _built(tier: str) -> Iterator[Built]:
    precisions = PRECISIONS if tier == "full" else ("float64", "bfloat16", "4 bits")
    for shape in FAMILIES:
        for seed in range(SEEDS[tier]):
            for method in METHODS:
                for precision in precisions:
                    yield Built("built", *shape, seed, method, precision)


def _values(tier: str) -> Iterator[Built]:
    for size in VALUES if tier == "full" else (4, 64):
        for seed in range(SEEDS[tier]):
            for method in ("terms", "values", "gates"):
                for precision in ("float64", "float32", "bfloat16", "8 bits"):
                    yield Built("values", "uniform", 32, 4, size, seed, method, precision)


def _trained(tier: str) -> Iterator[Item]:
    layouts = LAYOUTS if tier == "full" else LAYOUTS[2:3]
    for shape in FAMILIES if tier == "full" else FAMILIES[:3:2]:
        for regime in "FT":
            for heads, width in layouts:
                for d_model in STREAMS[tier]:
                    for seed in range(SEEDS[tier]):
                        yield Item(
                            *shape,
                            part="trained",
                            regime=regime,
                            n_heads=heads,
                            d_model=d_model,
                            d_head_qk=1,
                            width=heads * width,
                            steps=STEPS[tier],
                            weight_decay=0.03,
                            seed=seed,
                        )


def measure(batch: Sequence[Config]) -> list[dict[str, Any]]:
    """One row a construction and precision, or one a trained layer."""
    if batch[0]["part"] == "trained":
        return _train(batch)
    return [_build(Built(**config)) for config in batch]


def _build(item: Built) -> dict[str, Any]:
    """A construction in a precision: its error, what it recalls, its worst margin.

    ``residual`` is max |L / beta - D|, for gates (whose L is no multiple of D) the same of the
    tensor of A7 on the facts' pairs. ``margin`` is the worst margin of a fact over beta, the logit
    of a fact. [ours]
    """
    which = item.family, item.keys, item.queries, item.range_size, item.seed
    db, found = database(*which), _interval(which)
    built = _layer(which, item.method)
    config, counts = built.layer.config, built.layer.parameters()
    L = in_precision(built.layer, item.precision)
    target = _wanted(db, item.method)
    off = (L / built.scale - target).abs()
    if item.method == "gates":
        off = off[readout.facts_mask(db).any(-1)]
    return {
        **item.told(),
        "values": db.shape[2],
        "facts": len(db),
        "terms": len(found.terms),
        "rank_lower": found.lower,
        "rank_upper": found.upper,
        "rank_value": len(db.used("V")),
        "ranges": len({(q, v) for _, q, v in db.facts}),
        "n_heads": config.n_heads,
        "d_model": config.d_model,
        "d_head_qk": config.d_head_qk,
        "width": config.width,
        "attention_parameters": counts["attention"],
        "all_parameters": counts["attention"] + counts["embedding"],
        "recalled": round(float(readout.recalled(L, db).double().mean()), 6),
        "held_90": round(float(readout.held(L, db, TAU).double().mean()), 6),
        "residual": float(f"{float(off.max()):.3g}"),
        "margin": float(readout.margins(L, db).min()) / built.scale,
    }


def _wanted(db: Database, method: str) -> torch.Tensor:
    """D, or for gates A^2 - (A - g_v)^2 with A at the gate of the fact."""
    D = readout.facts_mask(db).double()
    if method != "gates":
        return D
    g = (torch.arange(db.shape[2], dtype=torch.float64) + 0.5) / db.shape[2]
    A = (D * g).sum(-1, keepdim=True)
    return A**2 - (A - g) ** 2


@lru_cache(maxsize=512)
def _interval(which: Which) -> RankInterval:
    return rank_interval(database(*which), "quick")


@lru_cache(maxsize=16)
def _layer(which: Which, method: str) -> NamedLayer:
    db = database(*which)
    return compile_database(db, method, tau=TAU, interval=lambda _: _interval(which))


def _train(batch: Sequence[Config]) -> list[dict[str, Any]]:
    done, rows = train_batch(batch), []
    for m, (item, db) in enumerate(zip(done.items, done.databases, strict=True)):
        L = done.logits(m)
        attention, embedding = parameters(done.layer, item.width, False)
        rows.append(
            {
                **item.told(),
                "values": db.shape[2],
                "facts": len(db),
                "attention_parameters": attention,
                "all_parameters": attention + embedding,
                "steps": done.trained.steps[m],
                "most_steps": item.steps,
                "loss_at_end": round(float(done.trained.loss[m]), 6),
                "recalled": round(float(readout.recalled(L, db).double().mean()), 6),
                "held_90": round(float(readout.held(L, db, TAU).double().mean()), 6),
            }
        )
    return rows


EXPERIMENT = Experiment(
    "constructions", items, measure, judge, group=all_but("seed", "method", "precision", "width"),
    batch=120,
    outcomes=("recalled", "held_90"),
    measured=(
        *("steps", "loss_at_end", "residual", "margin", "terms", "rank_*"),
        *(f"{size} where method" for size in SIZES),
    ),
)  # fmt: skip
