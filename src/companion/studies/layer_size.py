"""The experiment layer-size: how small may a trained layer be and still recall every fact?

One family of layers, told by its d_model: 4 heads (2 where d_model is below 8), d_head_qk = 2,
total width d_model. Shapes of databases in which keys, queries, values and sharing vary apart,
embeddings trained and frozen, cross-entropy, eight seeds a cell. A line is a database and a regime;
its rungs lie around a guess from the bits, so that most lines cross from failure to success inside.
``factrank plan`` reads the record.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from pandas import DataFrame

from companion.engine.sweeps import Experiment, Judgement
from companion.engine.thresholds import COVERED, EMBEDDINGS, MOST, edge, foretold
from companion.engine.thresholds import covered as covered
from companion.studies.databases import database
from companion.studies.item import Item, Shape, told
from companion.studies.measure import train_items
from factrank.facts.bits import bits
from factrank.practice.plan.thresholds import D_HEAD_QK, Line, heads
from factrank.practice.plan.thresholds import fit as fit

SEEDS = {"quick": 3, "full": 8}
STEPS = {"quick": 600, "full": 1000}
RUNGS = (2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64, 80)


SHAPES = (
    Shape("uniform", 16, 4, 8), Shape("uniform", 32, 2, 16), Shape("uniform", 24, 8, 8),
    Shape("uniform", 64, 8, 4), Shape("uniform", 16, 16, 32), Shape("uniform", 48, 6, 16),
    Shape("uniform", 96, 4, 32), Shape("uniform", 64, 8, 32), Shape("uniform", 128, 4, 16),
    Shape("uniform", 40, 12, 24), Shape("uniform", 128, 8, 32),
    Shape("disjoint", 24, 3, 8), Shape("disjoint", 48, 6, 8), Shape("disjoint", 96, 4, 16),
    Shape("disjoint", 64, 8, 12), Shape("disjoint", 120, 10, 8),
    Shape("halves", 32, 4, 8), Shape("halves", 64, 6, 16),
    Shape("shared", 32, 4, 8), Shape("shared", 64, 6, 16),
    Shape("duplicated", 48, 6, 8), Shape("duplicated", 64, 8, 16),
    Shape("shifted", 48, 4, 16), Shape("shifted", 64, 8, 8),
    Shape("permuted", 16, 4, 16), Shape("permuted", 32, 6, 32),
    Shape("modular", 11, 11, 11), Shape("modular", 17, 17, 17),
)  # fmt: skip
SMALL = (
    Shape("uniform", 16, 4, 8), Shape("disjoint", 24, 3, 8), Shape("shifted", 24, 3, 8),
    Shape("modular", 7, 7, 7),
)  # fmt: skip


def rungs(regime: str, bits: float) -> list[int]:
    """The d_model tried for a database of so many bits: from about half a guess to twice it.

    >>> rungs("F", 1000), rungs("T", 1000)
    ([12, 14, 16, 20, 24, 28, 32, 40], [5, 6, 8, 10, 12, 14, 16])
    """
    middle = guess(regime, bits)
    return [d for d in RUNGS if 0.5 * middle <= d <= 2 * middle] or [RUNGS[0]]


def guess(regime: str, bits: float) -> float:
    """About the threshold, from a pilot: where 2 d_model (8 + d_model), the attention parameters,
    are 1.2 times the bits in F; 0.28 times the root of the bits in T.

    >>> round(guess("F", 1000), 1), round(guess("T", 1000), 1)
    (20.8, 8.9)
    """
    return float((16 + 0.6 * bits) ** 0.5 - 4 if regime == "F" else 0.28 * bits**0.5)


@told
def items(tier: str) -> Iterator[Item]:
    """Every layer of a tier, in full."""
    for shape in SHAPES if tier == "full" else SMALL:
        said = round(bits(database(*shape, 0)), 1)
        for regime in "TF" if tier == "full" else "F":
            for d_model in rungs(regime, said):
                for seed in range(SEEDS[tier]):
                    yield Item(
                        *shape, regime=regime, n_heads=heads(d_model), d_model=d_model,
                        d_head_qk=D_HEAD_QK, width=max(d_model, heads(d_model)), steps=STEPS[tier],
                        seed=seed,
                    )  # fmt: skip


# ---- the criteria, as they were written before the record

LINE = ["family", "keys", "queries", "range_size", "regime"]
NARROW = 3.0  # the interval's upper end over its lower end, at most


def lines(frame: DataFrame) -> list[Line]:
    """Each line of the record with its threshold."""
    found = []
    for which, rows in frame.groupby(LINE, sort=False):
        ends = edge((rows["recalled"] == 1).groupby(rows["d_model"]).mean() > MOST)
        rank = float(np.sqrt(rows["rank_lower"] * rows["rank_upper"]).mean())
        told = [
            *which,
            int(rows["values"].iloc[0]),
            round(float(rows["facts"].mean()), 1),
            round(float(rows["bits"].mean()), 1),
            round(rank, 2),
            *(None if end != end else int(end) for end in ends),
        ]
        found.append(Line._make(told))
    return found


def judge(frame: DataFrame) -> list[Judgement]:
    """The criteria: few lines off the grid, an interval that covers, and is narrow."""
    verdicts = []
    for regime, rows in frame.groupby("regime"):
        found = lines(rows)
        known = [line.works is not None and line.fails is not None for line in found]
        name = EMBEDDINGS[regime]
        words = f"{name}: the threshold lies inside the grid for 80% of the databases"
        verdicts.append(Judgement.of(words, known, least=COVERED))
        verdicts += foretold(found, "databases", NARROW, f"{name}: ")
    return verdicts


EXPERIMENT = Experiment("layer-size", items, train_items, judge, batch=8)
