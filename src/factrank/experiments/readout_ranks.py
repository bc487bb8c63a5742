"""The experiment readout-ranks: what softmax and argmax do to the rank of a trained layer.

Layers are trained by least squares and by unbounded cross-entropy, embeddings frozen and
orthonormal or trained, one head a relation, at total widths below, at and above the rank. Of each
the unfolding ranks of L, softmax(L), softmax_{>= tau}(L) and argmax(L), in float64, at two
tolerances, beside those of D.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import torch

from factrank.experiments.catalogue import CATALOGUE
from factrank.experiments.databases import database, size
from factrank.experiments.measure import SOURCE, group, row, train_batch
from factrank.experiments.readout_ranks_judge import judge
from factrank.experiments.sweeps import MEASURED, Experiment, source_digest
from factrank.layer import readout

SEEDS = {"quick": 2, "full": 10}
STEPS = {"quick": 500, "full": 1200}
TOLERANCES = {"2": 1e-2, "6": 1e-6}  # of the largest singular value, by the name in a column
TAUS = {"P50": 0.5, "P90": 0.9}


class Shape(NamedTuple):
    """Sizes of a database."""

    family: str
    keys: int
    queries: int
    range_size: int


SHAPES = (
    Shape("disjoint", 24, 3, 4), Shape("shared", 32, 3, 6), Shape("duplicated", 32, 4, 4),
    Shape("uniform", 20, 4, 8), Shape("modular", 7, 7, 7),
)  # fmt: skip
SMALL = (Shape("shared", 24, 3, 4),)


def items(tier: str) -> list[dict[str, object]]:
    """Every layer of a tier, in full."""
    return list(_items(tier))


def _items(tier: str) -> Iterator[dict[str, object]]:
    for shape in SHAPES if tier == "full" else SMALL:
        rank = size(*shape, 0).rank_upper
        for regime in "FT" if tier == "full" else "F":
            for loss in ("least squares", "cross-entropy"):
                for width in sorted({3, rank // 2, rank, 3 * rank // 2}):
                    for seed in range(SEEDS[tier]):
                        yield {
                            **shape._asdict(),
                            "regime": regime,
                            "attention": "free",
                            "loss": loss,
                            "beta": None,
                            "n_heads": shape.queries,
                            "d_model": shape.keys + shape.queries,
                            "d_head_qk": 4,
                            "width": width,
                            "steps": STEPS[tier],
                            "lr": 0.03,
                            "weight_decay": 0.0 if loss == "least squares" else 0.03,
                            "stop": 0.02 if loss == "least squares" else 0.95,
                            "seed": seed,
                        }


def work(batch: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
    """Train the layers of one group and rank their tensors; one row each. [ours]"""
    trained = train_batch(batch)
    return [
        row(trained, m) | ranks(trained.logits(m)) | facts_ranks(*_which(it))
        for m, it in enumerate(batch)
    ]


def ranks(L: torch.Tensor) -> dict[str, int]:
    """Unfolding ranks of L and of what is read out of it, columns like ``L_V_2``: the tensor, the
    mode, the tolerance 1e-2.

    >>> found = ranks(torch.eye(3, dtype=torch.float64).unsqueeze(1))
    >>> found["L_K_6"], found["softmax_V_6"], found["argmax_V_2"], found["P90_V_2"]
    (3, 3, 3, 0)
    """
    tensors = {"L": L, "softmax": readout.softmax(L), "argmax": readout.argmax(L)}
    tensors |= {name: readout.softmax_geq(L, tau) for name, tau in TAUS.items()}
    found = {}
    for name, T in tensors.items():
        for mode in "KQV":
            sigma = torch.linalg.svdvals(readout.unfolding(T, mode))
            for digits, tolerance in TOLERANCES.items():
                found[f"{name}_{mode}_{digits}"] = int((sigma > tolerance * sigma[0]).sum())
    return found


@lru_cache(maxsize=512)
def facts_ranks(family: str, keys: int, queries: int, range_size: int, seed: int) -> dict[str, int]:
    """The unfolding ranks of D, exact."""
    from factrank.rank.lower import unfolding

    db = database(family, keys, queries, range_size, seed)
    return {f"D_{mode}": unfolding(db, mode).value for mode in "KQV"}


def _which(config: Mapping[str, object]) -> tuple[object, ...]:
    return tuple(config[name] for name in ("family", "keys", "queries", "range_size", "seed"))


EXPERIMENT = Experiment(
    name="readout-ranks",
    question=CATALOGUE["readout-ranks"].question,
    items=items,
    group=group,
    work=work,
    judge=judge,
    source=source_digest((*SOURCE, "factrank.experiments.readout_ranks")),
    batch=40,
    measured=(*MEASURED, "L_*", "softmax_*", "argmax_*", "P50_*", "P90_*"),
)
