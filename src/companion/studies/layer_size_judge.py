"""Thresholds of layer-size, a fit that predicts them, and the criteria, written before the run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from companion.engine.intervals import EMBEDDINGS
from companion.engine.sweeps import Judgement
from factrank.practice.plan.thresholds import Line, fit

if TYPE_CHECKING:
    from pandas import DataFrame

LINE = ["family", "keys", "queries", "range_size", "regime"]
COVERED = 0.8  # of the lines left out lie inside their interval
NARROW = 3.0  # the interval's upper end over its lower end, at most


def lines(frame: DataFrame) -> list[Line]:
    """Each line of the record with its threshold."""
    found = []
    for which, group in frame.groupby(LINE, sort=False):
        most = (group["recalled"] == 1).groupby(group["d_model"]).mean() > 0.5
        rungs = most.sort_index(ascending=False)
        good = rungs.index[rungs.cummin()]
        bad = rungs.index[~rungs.cummin()]
        rank = float(np.sqrt(group["rank_lower"] * group["rank_upper"]).mean())
        told = [
            *which,
            int(group["values"].iloc[0]),
            round(float(group["facts"].mean()), 1),
            round(float(group["bits"].mean()), 1),
            round(rank, 2),
            int(bad.max()) if len(bad) else None,
            int(good.min()) if len(good) else None,
        ]
        found.append(Line._make(told))
    return found


def covered(found: Sequence[Line]) -> tuple[int, int]:
    """(inside, all): each line's threshold against the interval of a fit that never saw it.

    The interval, too, is made without the line: a line is left out, the fit and its errors come
    from the others alone. It is inside if the interval meets (fails, works], the least d_model
    being known no better than that.
    """
    inside = 0
    for n, line in enumerate(found):
        low, _, high = fit([*found[:n], *found[n + 1 :]]).predict(line.features())
        inside += low <= (line.works or np.inf) and high > (line.fails or 0)
    return inside, len(found)


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
                known >= 0.8 * len(found),
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
