"""The experiment recall-predictors: which size of a database says whether a layer learns it?

The same layers under three readouts: least squares, bounded logits, unbounded cross-entropy. One
head a relation, d_head_qk = 4, embeddings frozen and orthonormal; total widths from 1 to beyond the
rank. Databases in which keys, queries, values and sharing vary apart. A size s predicts by
log(width / s): the right size puts all successes above all failures, whatever the database.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from factrank.experiments.catalogue import CATALOGUE
from factrank.experiments.databases import size
from factrank.experiments.measure import SOURCE, group, train_items
from factrank.experiments.recall_predictors_judge import judge
from factrank.experiments.sweeps import Experiment, source_digest

SEEDS = {"quick": 3, "full": 8}
STEPS = {"quick": 600, "full": 1000}
WIDTHS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 64, 80)
BETA = 8.0
READOUTS = (("least squares", None), ("bounded", BETA), ("cross-entropy", None))


class Shape(NamedTuple):
    """Sizes of a database."""

    family: str
    keys: int
    queries: int
    range_size: int


SHAPES = (
    Shape("disjoint", 24, 3, 8), Shape("disjoint", 48, 6, 4), Shape("disjoint", 12, 6, 3),
    Shape("halves", 32, 4, 6), Shape("halves", 40, 2, 8),
    Shape("shared", 32, 4, 4), Shape("shared", 36, 3, 8), Shape("shared", 48, 8, 4),
    Shape("duplicated", 32, 4, 4), Shape("duplicated", 32, 6, 4),
    Shape("shifted", 24, 4, 6), Shape("permuted", 10, 3, 10),
    Shape("uniform", 16, 4, 8), Shape("uniform", 48, 3, 6), Shape("uniform", 12, 8, 6),
    Shape("modular", 5, 5, 5), Shape("modular", 7, 7, 7),
)  # fmt: skip
SMALL = (Shape("disjoint", 15, 3, 3), Shape("shared", 24, 3, 3), Shape("duplicated", 24, 4, 3))


def widths(loss: str, rank: int) -> list[int]:
    """Total widths to one and a half times the rank; unbounded cross-entropy needs few.

    >>> widths("least squares", 8), widths("cross-entropy", 24)
    ([1, 2, 3, 4, 5, 6, 8, 10, 12], [1, 2, 3, 4, 5, 6])
    """
    most = 6 if loss == "cross-entropy" else 1.5 * rank
    return [width for width in WIDTHS if width <= most]


def items(tier: str) -> list[dict[str, object]]:
    """Every layer of a tier, in full."""
    return list(_items(tier))


def _items(tier: str) -> Iterator[dict[str, object]]:
    quick = tier == "quick"
    for shape in SMALL if quick else SHAPES:
        rank = size(*shape, 0).rank_upper
        for loss, beta in READOUTS[::2] if quick else READOUTS:
            tried = widths(loss, rank)
            for width in tried[:: 1 + (quick and loss == "least squares")]:
                for seed in range(SEEDS[tier]):
                    yield {
                        **shape._asdict(),
                        "regime": "F",
                        "attention": "free",
                        "loss": loss,
                        "beta": beta,
                        "n_heads": shape.queries,
                        "d_model": shape.keys + shape.queries,
                        "d_head_qk": 4,
                        "width": width,
                        "steps": STEPS[tier],
                        "lr": 0.03,
                        "weight_decay": 0.0 if loss == "least squares" else 0.03,
                        "stop": 0.02 if loss == "least squares" else 0.9,
                        "seed": seed,
                    }


EXPERIMENT = Experiment(
    name="recall-predictors",
    question=CATALOGUE["recall-predictors"].question,
    items=items,
    group=group,
    work=train_items,
    judge=judge,
    source=source_digest((*SOURCE, "factrank.experiments.recall_predictors")),
    batch=40,
)
