"""The experiment recall-predictors: which size of a database says whether a layer holds it?

Five shapes (keys, queries) in which the two vary apart, five kinds of databases on each, so that
rank varies at equal shape and shape at equal kind; widths around the place where success begins.
Parts: ``cross-entropy`` and ``lean`` (frozen embeddings, four heads with d_qk = 4 and two with
d_qk = 1: parameters vary apart from width), ``trained`` (embeddings too), ``bounded`` (logits of
norm 8) and ``least squares`` (a head a relation).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from companion.engine.catalogue import CATALOGUE
from companion.engine.sweeps import Experiment
from companion.engine.thresholds import FITTED
from companion.studies.databases import database
from companion.studies.item import Item, told
from companion.studies.measure import group, train_items
from companion.studies.recall_predictors_judge import judge

SHAPES = {
    (48, 3): {"disjoint": 4, "halves": 4, "shared": 8, "shifted": 8, "uniform": 8},
    (32, 8): {"disjoint": 4, "halves": 4, "duplicated": 4, "shifted": 8, "uniform": 8},
    (12, 12): {"disjoint": 4, "shared": 4, "permuted": 12, "modular": 12, "uniform": 8},
    (8, 32): {"disjoint": 2, "halves": 2, "duplicated": 4, "shifted": 8, "uniform": 8},
    (4, 48): {"disjoint": 2, "halves": 2, "permuted": 4, "shifted": 4, "uniform": 4},
}
SMALL = {
    (24, 2): {"disjoint": 3, "shifted": 6, "uniform": 6},
    (8, 8): {"disjoint": 3, "modular": 8, "uniform": 6},
    (2, 24): {"disjoint": 2, "shifted": 2, "uniform": 2},
}
SEEDS = {"quick": 3, "full": 10}
STEPS = {"quick": 500, "full": 1000}
BETA = 8.0


def items(tier: str) -> list[dict[str, Any]]:
    """Every layer of a tier, in full."""
    if tier == "quick":
        return told(_part("quick", SMALL, "cross-entropy", [1, 2, 3, 4, 6], heads=2, d_qk=2))
    return told(
        [
            *_part("full", SHAPES, "cross-entropy", [1, 2, 3, 4, 5, 6], heads=4, d_qk=4),
            *_part("full", SHAPES, "lean", [1, 2, 3, 4, 6, 8], heads=2, d_qk=1),
            *_part("full", SHAPES, "trained", [1, 2, 3, 4, 5, 6], heads=4, d_qk=4, regime="T"),
            *_part("full", SHAPES, "bounded", [2, 3, 4, 6, 8, 12], heads=4, d_qk=4),
            *_part("full", SHAPES, "least squares", [4, 8, 16, 32, 64], heads=None, d_qk=4),
        ]
    )


def _part(
    tier: str,
    shapes: dict[tuple[int, int], dict[str, int]],
    part: str,
    widths: Sequence[int],
    *,
    heads: int | None,
    d_qk: int,
    regime: str = "F",
) -> Iterator[Item]:
    least, bounded = part == "least squares", part == "bounded"
    for (keys, queries), kinds in shapes.items():
        for family, range_size in kinds.items():
            values = len(database(family, keys, queries, range_size, 0).values)
            for width in widths:
                for seed in range(SEEDS[tier]):
                    yield Item(
                        family,
                        keys,
                        queries,
                        range_size,
                        part=part,
                        regime=regime,
                        loss=part if least or bounded else "cross-entropy",
                        beta=BETA if bounded else None,
                        n_heads=heads or queries,
                        # room for orthonormal embeddings and unembedding
                        d_model=max(keys + queries, values),
                        d_head_qk=d_qk,
                        width=width,
                        steps=STEPS[tier],
                        weight_decay=0.0 if least else 0.03 if regime == "F" else 0.1,
                        stop=FITTED if least else 0.9,
                        seed=seed,
                    )


EXPERIMENT = Experiment(
    name="recall-predictors",
    question=CATALOGUE["recall-predictors"].question,
    items=items,
    group=group,
    work=train_items,
    judge=judge,
)
