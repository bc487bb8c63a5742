"""Thresholds of table-sizes, and its criteria, written before the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from companion.engine.sweeps import Judgement
from companion.engine.thresholds import COVERED, covered
from factrank.practice.plan.thresholds import Table, fit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pandas import DataFrame

LINE = ["family", "keys", "queries"]
NARROW = 2.0  # the interval's upper end over its lower end, at most


def lines(frame: DataFrame, line: Sequence[str] = LINE) -> list[Table]:
    """Each table of a record with its threshold: of the least d_model of the seeds the middle one,
    from which on most seeds recall every fact."""
    found = []
    for which, rows in frame.groupby(list(line), sort=False):
        first = rows.iloc[0]
        works, fails = _middle(rows["works"].fillna(np.inf)), _middle(rows["fails"].fillna(0))
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


def _middle(found: Sequence[float]) -> float:
    return float(np.sort(found)[len(found) // 2])


def judge(frame: DataFrame) -> list[Judgement]:
    """The criteria: every threshold on the grid, an interval that covers, and is narrow."""
    found = lines(frame)
    known = sum(line.works is not None for line in found)
    verdicts = [
        Judgement(
            "for 80% of the tables a layer of the grid recalls every fact",
            f"{known} of {len(found)}",
            known >= COVERED * len(found),
        )
    ]
    if len(found) < 10:
        return verdicts  # too few to leave one out
    inside, total = covered(found)
    off = fit(found)
    wide = float(np.exp(off.down + off.up))
    return [
        *verdicts,
        Judgement(
            "the interval made from the other tables holds the threshold for 80%",
            f"{inside} of {total}",
            inside >= COVERED * total,
        ),
        Judgement(
            f"its ends differ by a factor of at most {NARROW:g}", f"{wide:.2f}", wide <= NARROW
        ),
    ]
