"""Thresholds of layer-size, a fit that predicts them, and the criteria, written before the run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from factrank.experiments.sweeps import Judgement

if TYPE_CHECKING:
    from pandas import DataFrame

LINE = ["family", "keys", "queries", "range_size", "regime"]
COVERED = 0.8  # of the lines left out lie inside their interval
NARROW = 3.0  # the interval's upper end over its lower end, at most


def features(keys: float, queries: float, values: float, bits: float, rank: float) -> list[float]:
    """What a threshold is predicted from, in logarithms.

    >>> [round(x, 2) for x in features(16, 4, 8, 192, 24)]
    [1.0, 5.26, 2.77, 1.39, 2.08, 3.18]
    """
    return [1.0, *np.log([bits, keys, queries, values, rank]).tolist()]


class Line(NamedTuple):
    """A database and a regime: its sizes, and the d_model at which training succeeds.

    Most seeds fail at ``fails`` and from ``works`` on they recall every fact; None where no rung
    of the grid failed, or the last one did not work. ``rank`` is the geometric mean of the
    interval's ends, sizes are means over the seeds.
    """

    family: str
    keys: int
    queries: int
    range_size: int
    regime: str
    values: int
    facts: float
    bits: float
    rank: float
    fails: int | None
    works: int | None

    def features(self) -> list[float]:
        return features(self.keys, self.queries, self.values, self.bits, self.rank)


def lines(frame: DataFrame) -> list[Line]:
    """Each line of the record with its threshold."""
    found = []
    for which, group in frame.groupby(LINE, sort=False):
        most = (group["recalled"] == 1).groupby(group["d_model"]).mean() > 0.5
        rungs = most.sort_index(ascending=False)
        good = rungs.index[rungs.cummin()]
        bad = rungs.index[~rungs.cummin()]
        rank = float(np.sqrt(group["rank_lower"] * group["rank_upper"]).mean())
        found.append(
            Line(
                *which,
                int(group["values"].iloc[0]),
                round(float(group["facts"].mean()), 1),
                round(float(group["bits"].mean()), 1),
                round(rank, 2),
                int(bad.max()) if len(bad) else None,
                int(good.min()) if len(good) else None,
            )
        )
    return found


class Fit(NamedTuple):
    """log works = features . weights, and how far it was off for lines that it had not seen."""

    weights: tuple[float, ...]
    down: float
    up: float

    def predict(self, given: Sequence[float]) -> tuple[float, float, float]:
        """(low, middle, high) of the threshold d_model."""
        middle = float(np.dot(given, self.weights))
        return tuple(float(np.exp(middle + by)) for by in (-self.down, 0.0, self.up))


def fit(found: Sequence[Line]) -> Fit:
    """Ridge regression, light, on the logarithms, and the interval from leaving each line out.

    ``down`` and ``up`` are such that one line in ten, left out, falls below and one above.
    """
    known = [line for line in found if line.works is not None]
    X = np.array([line.features() for line in known])
    y = np.log([line.works for line in known])
    errors = []
    for n in range(len(known)):
        rest = np.arange(len(known)) != n
        errors.append(y[n] - X[n] @ _ridge(X[rest], y[rest]))
    low, high = np.quantile(errors, [0.1, 0.9], method="higher")
    low = np.quantile(errors, 0.1, method="lower")
    return Fit(tuple(map(float, _ridge(X, y))), float(max(0.0, -low)), float(max(0.0, high)))


def _ridge(X: np.ndarray, y: np.ndarray, strength: float = 0.1) -> np.ndarray:
    penalty = strength * np.eye(X.shape[1])
    penalty[0, 0] = 0.0  # the constant is free
    return np.linalg.solve(X.T @ X + penalty, X.T @ y)


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
        name = {"T": "trained embeddings", "F": "frozen embeddings"}[regime]
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
