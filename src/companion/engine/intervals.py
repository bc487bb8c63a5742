"""How results are told: a share over seeds with its 95% interval, a regime by a word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pandas import Series

REGIMES = {"F": "frozen", "T": "trained"}
EMBEDDINGS = {letter: f"{word} embeddings" for letter, word in REGIMES.items()}


class Interval(NamedTuple):
    """A mean over seeds and the ends of its 95% interval."""

    mean: float
    low: float
    high: float

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


def half_width(values: Sequence[float] | Series) -> float:
    """Half of Student's 95% interval for the mean of at least two numbers.

    >>> round(half_width([1.0, 2.0, 3.0]), 2)
    2.48
    """
    import numpy as np
    from scipy.stats import t

    return float(t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / len(values) ** 0.5)
