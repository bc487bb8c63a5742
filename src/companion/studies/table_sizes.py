"""The experiment table-sizes: how small may a trained layer be for a table shaped like a real one?

The layers are those of layer-size, told by d_model, with trained embeddings, and trained as
``factrank train --until recalled`` trains. The tables are those of ``table_sizes_data``. A line is
a table; the least d_model at which most seeds recall every fact is looked for by doubling steps and
halving along ``RUNGS``, all seeds at each. ``factrank plan`` reads the record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from companion.engine.sweeps import Experiment, Judgement
from companion.engine.thresholds import COVERED, foretold
from companion.engine.thresholds import covered as covered
from companion.studies.item import Config, Fields, told
from companion.studies.table_sizes_data import made
from factrank.facts.database import Database
from factrank.layer.config import LayerConfig
from factrank.layer.training.fitting import fit, recipe_for
from factrank.layer.training.looks import Goal
from factrank.practice.plan.sizes import sizes_of
from factrank.practice.plan.thresholds import D_HEAD_QK, Table, heads

if TYPE_CHECKING:
    from pandas import DataFrame

RUNGS = (*range(2, 13), 14, 16, 18, 20, 23, 26, 30, 34, 40, 46, 54, 62, 72, 84)
SEEDS = {"quick": 2, "full": 3}
STEPS, LONG = 600, 1200  # of tables up to MANY facts, and of larger ones
MANY = 5000
DENSE = 60_000  # logits of a layer up to which all are made at a step, for all seeds at once


class Shape(NamedTuple):
    """A table of ``table_sizes_data``."""

    family: str
    keys: int
    queries: int


SHAPES = (
    Shape("unique", 24, 2), Shape("unique", 80, 2), Shape("codes", 30, 3),
    Shape("mixed", 20, 10), Shape("flags", 30, 8), Shape("skewed", 30, 4), Shape("even", 200, 4),
    Shape("nested", 60, 4), Shape("classes", 50, 6), Shape("shared", 40, 4),
    Shape("numbers", 24, 3), Shape("mixed", 40, 5), Shape("even", 1500, 6), Shape("flags", 50, 24),
)  # fmt: skip
SMALL = (Shape("unique", 12, 2), Shape("flags", 12, 4), Shape("mixed", 12, 4))


@dataclass(frozen=True)
class Tried(Fields):
    """A table, and the steps and seed of the layers tried on it."""

    family: str
    keys: int
    queries: int
    steps: int
    seed: int


@told
def items(tier: str) -> Iterator[Tried]:
    """Every table and seed of a tier; of large tables one seed."""
    for shape in SHAPES if tier == "full" else SMALL:
        large = shape.keys * shape.queries > MANY
        for seed in range(1 if large else SEEDS[tier]):
            yield Tried(*shape, steps=LONG if large else STEPS, seed=seed)


def work(batch: Sequence[Config]) -> list[dict[str, object]]:
    """The seeds of one table; one row each. [ours]"""
    tried = [Tried(**config) for config in batch]
    one, seeds = tried[0], [it.seed for it in tried]
    db = made(one.family, one.keys, one.queries, 0)
    sizes = sizes_of(db)
    found = least(lambda d: recalled(db, d, seeds, one.steps), guess(sizes.load), len(seeds))
    return [{**it.told(), **sizes.told(), **row} for it, row in zip(tried, found, strict=True)]


def least(
    shares_at: Callable[[int], list[float]], near: float, seeds: int
) -> list[dict[str, object]]:
    """For each seed the least d_model asked from which on it recalled every fact (``works``), the
    largest at which it did not (``fails``), and how much it recalled there (``nearly``).

    ``shares_at`` a d_model are what the seeds recall there; the first asked lies ``near``.
    """
    asked: dict[int, list[float]] = {}

    def most(rung: int) -> bool:
        asked[rung] = shares_at(RUNGS[rung])
        return sum(share == 1 for share in asked[rung]) * 2 > seeds

    start = min(range(len(RUNGS)), key=lambda n: abs(RUNGS[n] - near))
    climb(most, start, len(RUNGS))
    rows = []
    for n in range(seeds):
        bad = [rung for rung, shares in asked.items() if shares[n] < 1]
        good = [rung for rung in asked if rung > max(bad, default=-1)]
        rows.append({
            "works": RUNGS[min(good)] if good else None,
            "fails": RUNGS[max(bad)] if bad else None,
            "nearly": round(asked[max(bad)][n], 6) if bad else None,
            "asked": len(asked),
        })  # fmt: skip
    return rows


def guess(load: float) -> float:
    """About the threshold, from a pilot.

    >>> round(guess(0), 1), round(guess(9), 1)
    (2.5, 8.5)
    """
    return 1 + 1.5 * (1 + load) ** 0.7  # type: ignore[no-any-return]  # load is not negative


def climb(works: Callable[[int], bool], start: int, many: int) -> None:
    """Ask ``works`` of rungs 0, ..., many - 1 until the least that works stands beside one that
    does not: from ``start`` on by steps 1, 2, 4, ..., then by halves.

    >>> asked = []
    >>> climb(lambda n: asked.append(n) or n >= 5, 3, 20)
    >>> asked
    [3, 4, 6, 5]
    """
    low, high, at, step = -1, many, start, 1
    while high - low > 1:
        if works(at):
            high = at
        else:
            low = at
        if high == many:
            at = min(low + step, many - 1)
        elif low == -1:
            at = max(high - step, 0)
        else:
            at = (low + high) // 2
        step *= 2


def recalled(
    database: Database, d_model: int, seeds: Sequence[int], steps: int, *, trained: bool = True
) -> list[float]:
    """The share of the facts that each seed's layer recalls where it recalls most; embeddings are
    trained, or frozen."""
    config = LayerConfig(
        *database.shape,
        d_model=d_model,
        n_heads=heads(d_model),
        d_head_qk=D_HEAD_QK,
        d_head_vo=-(-d_model // heads(d_model)),
        trainable_embeddings=trained,
    )
    pairs = len({fact[:2] for fact in database.facts})
    few = config.keys * config.queries * config.values <= DENSE
    batch = None if few else min(pairs, max(500, pairs // 50))
    found = fit(config, database, recipe_for(config, steps), seeds, Goal("recalled"), batch=batch)
    return [one.recalled for one in found]


# ---- the criteria, as they were written before the record

LINE = ["family", "keys", "queries"]
NARROW = 2.0  # the interval's upper end over its lower end, at most


def lines(frame: DataFrame, line: Sequence[str] = LINE) -> list[Table]:
    """Each table of a record with its threshold: of the least d_model of the seeds the middle one,
    from which on most seeds recall every fact."""
    found = []
    for which, rows in frame.groupby(list(line), sort=False):
        first = rows.iloc[0]
        works, fails = middle(rows["works"].fillna(np.inf)), middle(rows["fails"].fillna(0))
        found.append(
            Table(
                ":".join(map(str, which[:-2])),
                int(first["keys"]),
                int(first["queries"]),
                float(first["values"]),
                float(first["facts"]),
                float(first["bits"]),
                float(first["again"]),
                int(fails) or None,
                int(works) if np.isfinite(works) else None,
            )
        )
    return found


def middle(found: Sequence[float]) -> float:
    """The middle one of the seeds' numbers, of an even number the larger.

    >>> middle([4, 9, 5])
    5.0
    """
    return float(np.sort(found)[len(found) // 2])


def judge(frame: DataFrame) -> list[Judgement]:
    """The criteria: every threshold on the grid, an interval that covers, and is narrow."""
    found = lines(frame)
    known = [line.works is not None for line in found]
    words = "for 80% of the tables a layer of the grid recalls every fact"
    verdict = Judgement.of(words, known, least=COVERED)
    return [verdict, *foretold(found, "tables", NARROW)]


EXPERIMENT = Experiment(
    "table-sizes", items, work, judge, batch=SEEDS["full"],
    outcomes=("works",),
    measured=("fails", "nearly", "asked"),
)  # fmt: skip
