"""What several experiments hold to: when a layer has succeeded, and from which size on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from factrank.practice.plan.thresholds import Line, Table, fit

if TYPE_CHECKING:
    from pandas import Series

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
