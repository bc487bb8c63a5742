"""What several experiments hold to: when a layer has succeeded, from which size on, and how
it is told: a share over seeds with its 95% interval, a regime by a word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from pandas import DataFrame, Series

from companion.engine.sweeps import Judgement
from factrank.practice.plan.thresholds import Line, Table, fit

REGIMES = {"F": "frozen", "T": "trained"}
EMBEDDINGS = {letter: f"{word} embeddings" for letter, word in REGIMES.items()}


class Interval(NamedTuple):
    """A mean over seeds and the ends of its 95% interval."""

    mean: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Series) -> Interval:
        """Student's, of at least two numbers.

        >>> import pandas as pd
        >>> [round(x, 2) for x in Interval.of(pd.Series([1.0, 2.0, 3.0]))]
        [2.0, -0.48, 4.48]
        """
        mean, wide = float(values.mean()), half_width(values)
        return cls(mean, mean - wide, mean + wide)

    def __str__(self) -> str:
        """In percent.

        >>> print(Interval(0.5, 0.4, 0.62))
        50% (40-62)
        """
        return f"{self.mean:.0%} ({100 * self.low:.0f}-{100 * self.high:.0f})"


def interval(shares: Series) -> Interval:
    """The mean of some seeds' shares, and Student's 95% interval for it, within 0 and 1.

    The pairs of one layer hang together, so a seed counts once. Where all seeds agree the interval
    is a point, and says no more than that they agree.

    >>> import pandas as pd
    >>> [round(x, 2) for x in interval(pd.Series([0.0, 0.5, 0.5, 1.0]))]
    [0.5, 0.0, 1.0]
    """
    mean = float(shares.mean())
    wide = half_width(shares) if len(shares) > 1 else 1.0
    return Interval(mean, max(0.0, mean - wide), min(1.0, mean + wide))


def points(gap: Interval) -> str:
    """A difference of shares in points.

    >>> points(Interval(0.05, 0.04, 0.0612))
    '+5.0 points (+4.0 to +6.1)'
    """
    mean, low, high = (100 * end for end in gap)
    return f"{mean:+.1f} points ({low:+.1f} to {high:+.1f})"


def lead(frame: DataFrame, first: str, second: str) -> Interval:
    """Recall of one arrangement less that of another: paired by seed, means over all else."""
    by = frame.pivot_table("recalled", "seed", "arrangement", aggfunc="mean")
    return Interval.of(by[first] - by[second])


def leads(
    frame: DataFrame, first: str, second: str, criterion: str, holds: Callable[[Interval], bool]
) -> Judgement:
    """That the lead of one arrangement is as demanded, in each family."""
    found = {name: lead(rows, first, second) for name, rows in frame.groupby("family")}
    told = ", ".join(f"{name} {points(gap)}" for name, gap in found.items())
    return Judgement(criterion, told, all(map(holds, found.values())))


def half_width(values: Sequence[float] | Series) -> float:
    """Half of Student's 95% interval for the mean of at least two numbers.

    >>> round(half_width([1.0, 2.0, 3.0]), 2)
    2.48
    """
    from scipy.stats import t

    return float(t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / len(values) ** 0.5)


FITTED = 0.02  # least squares stops at this relative error ...
CLOSE = 0.05  # ... and has succeeded below this one
MOST = 0.5  # of the seeds of a cell: more than that are most
EXACT = 1e-12  # a difference, as a share of the largest entry, that is rounding
SAME = 0.03  # a change of recall that counts as none
COVERED = 0.8  # of the lines left out lie inside their interval


def edge(good: Series) -> tuple[float, float]:
    """(fails, works) along sizes, the index: the largest one that is not good or lies below one
    that is not, and the least from which on all are. NaN where there is none.

    >>> import pandas as pd
    >>> [float(x) for x in edge(pd.Series({2: False, 3: True, 4: False, 6: True, 8: True}))]
    [4.0, 6.0]
    >>> edge(pd.Series({2: True, 3: True}))[0]
    nan
    """
    held = good.sort_index(ascending=False).cummin()
    return held.index[~held].max(), held.index[held].min()


def covered(found: Sequence[Line | Table]) -> tuple[int, int]:
    """(inside, all): each line's threshold against the interval of a fit that never saw it.

    The interval, too, is made without the line: a line is left out, the fit and its errors come
    from the others alone. It is inside if the interval meets (fails, works], the least d_model
    being known no better than that.
    """
    inside = 0
    for n, line in enumerate(found):
        others = [it for m, it in enumerate(found) if m != n]
        low, _, high = fit(others).predict(line.features())
        inside += low <= (line.works or np.inf) and high > (line.fails or 0)
    return inside, len(found)


def foretold(
    found: Sequence[Line | Table], kind: str, narrow: float, words: str = ""
) -> Iterator[Judgement]:
    """The criteria for an interval made from some kind of databases: it covers, and its ends differ
    by a factor of at most ``narrow``; each begins with ``words``."""
    if len(found) < 10:
        return  # too few to leave one out
    inside, total = covered(found)
    covers = f"{words}the interval made from the other {kind} holds the threshold for 80%"
    yield Judgement(covers, f"{inside} of {total}", inside >= COVERED * total)
    off = fit(found)
    wide = float(np.exp(off.down + off.up))
    ends = f"{words}its ends differ by a factor of at most {narrow:g}"
    yield Judgement(ends, f"{wide:.2f}", wide <= narrow)
