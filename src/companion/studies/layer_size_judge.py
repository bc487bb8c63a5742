"""Thresholds of layer-size, a fit that predicts them, and the criteria, written before the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from companion.engine.intervals import EMBEDDINGS
from companion.engine.sweeps import Judgement
from companion.engine.thresholds import COVERED, MOST, covered, edge
from factrank.practice.plan.thresholds import Line, fit

if TYPE_CHECKING:
    from pandas import DataFrame

LINE = ["family", "keys", "queries", "range_size", "regime"]
NARROW = 3.0  # the interval's upper end over its lower end, at most


def lines(frame: DataFrame) -> list[Line]:
    """Each line of the record with its threshold."""
    found = []
    for which, group in frame.groupby(LINE, sort=False):
        ends = edge((group["recalled"] == 1).groupby(group["d_model"]).mean() > MOST)
        rank = float(np.sqrt(group["rank_lower"] * group["rank_upper"]).mean())
        told = [
            *which,
            int(group["values"].iloc[0]),
            round(float(group["facts"].mean()), 1),
            round(float(group["bits"].mean()), 1),
            round(rank, 2),
            *(None if end != end else int(end) for end in ends),
        ]
        found.append(Line._make(told))
    return found


def judge(frame: DataFrame) -> list[Judgement]:
    """The criteria: few lines off the grid, an interval that covers, and is narrow."""
    verdicts = []
    for regime, group in frame.groupby("regime"):
        found = lines(group)
        known = sum(line.works is not None and line.fails is not None for line in found)
        name = EMBEDDINGS[regime]
        verdicts.append(
            Judgement(
                f"{name}: the threshold lies inside the grid for 80% of the databases",
                f"{known} of {len(found)}",
                known >= COVERED * len(found),
            )
        )
        if len(found) < 10:
            continue  # too few to leave one out
        inside, total = covered(found)
        verdicts.append(
            Judgement(
                f"{name}: the interval made from the other databases holds the threshold for 80%",
                f"{inside} of {total}",
                inside >= COVERED * total,
            )
        )
        off = fit(found)
        wide = float(np.exp(off.down + off.up))
        verdicts.append(
            Judgement(
                f"{name}: its ends differ by a factor of at most {NARROW:g}",
                f"{wide:.2f}",
                wide <= NARROW,
            )
        )
    return verdicts
