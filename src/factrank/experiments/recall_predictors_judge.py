"""How well a size predicts success, and the criteria, written before the figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from factrank.experiments.sweeps import Judgement

if TYPE_CHECKING:
    from pandas import DataFrame, Series

SIZES = ("rank_lower", "rank_upper", "rank_value", "facts", "bits", "keys", "queries", "values")
SHAPE = ["family", "keys", "queries", "range_size"]
NAMES = {
    "rank_lower": "rank, lower", "rank_upper": "rank, upper", "rank_value": "rank of D_(V)",
    "facts": "facts", "bits": "bits", "keys": "keys", "queries": "queries", "values": "values",
    "one": "width alone", "parameters": "parameters alone",
}  # fmt: skip
DRAWS = 400


def succeeded(frame: DataFrame) -> Series:
    """Least squares: relative error below 0.05. Bounded: all held at 0.5. Else: all recalled."""
    loss = frame["loss"]
    return (
        (frame["relative_error"] < 0.05)
        .where(loss == "least squares", frame["held_50"] == 1)
        .where(loss != "cross-entropy", frame["recalled"] == 1)
    )


def scores(frame: DataFrame) -> dict[str, np.ndarray]:
    """For each size log(width / size); width and attention parameters alone beside them."""
    found = {name: np.log(frame["width"] / frame[name]).to_numpy() for name in SIZES}
    found["one"] = np.log(frame["width"].to_numpy())
    found["parameters"] = np.log(frame["attention_parameters"].to_numpy())
    return found


def auc(score: Sequence[float], good: Sequence[bool]) -> float:
    """The chance that a success has a larger score than a failure, ties counted half.

    >>> auc([1, 2, 3, 3], [False, True, False, True])
    0.625
    """
    from scipy.stats import rankdata

    good = np.asarray(good, bool)
    ranks, many = rankdata(score), int(good.sum())
    if not 0 < many < len(good):
        return float("nan")
    return float((ranks[good].sum() - many * (many + 1) / 2) / (many * (len(good) - many)))


def log_loss(score: np.ndarray, good: np.ndarray, shape: np.ndarray) -> float:
    """Mean -log likelihood in nats of a logistic curve in one score, fitted to the other shapes."""
    total = 0.0
    for one in np.unique(shape):
        out = shape == one
        a, b = _logistic(score[~out], good[~out])
        total += float(_losses(a + b * score[out], good[out]).sum())
    return total / len(good)


class Standing(NamedTuple):
    """One size under one readout: AUC over all shapes with its 95% interval by resampling shapes,
    the mean AUC within a shape, and the log loss on shapes left out."""

    size: str
    auc: float
    low: float
    high: float
    within: float
    loss: float


def standings(frame: DataFrame) -> list[Standing]:
    """Every size under one readout, the best first."""
    good = succeeded(frame).to_numpy()
    shape = frame.groupby(SHAPE).ngroup().to_numpy()
    places = [np.flatnonzero(shape == one) for one in np.unique(shape)]
    rng = np.random.default_rng(0)
    drawn = [
        np.concatenate([places[n] for n in rng.integers(len(places), size=len(places))])
        for _ in range(DRAWS)
    ]
    found = []
    for name, score in scores(frame).items():
        again = [auc(score[rows], good[rows]) for rows in drawn]
        low, high = np.nanquantile(again, [0.025, 0.975])
        within = np.nanmean([auc(score[rows], good[rows]) for rows in places])
        found.append(
            Standing(name, auc(score, good), float(low), float(high), float(within),
                     log_loss(score, good, shape))
        )  # fmt: skip
    return sorted(found, key=lambda it: -it.auc)


def margin(frame: DataFrame, one: str, other: str) -> tuple[float, float, float]:
    """AUC of one size minus that of another, and its 95% interval by resampling shapes."""
    good, given = succeeded(frame).to_numpy(), scores(frame)
    shape = frame.groupby(SHAPE).ngroup().to_numpy()
    places = [np.flatnonzero(shape == n) for n in np.unique(shape)]
    rng = np.random.default_rng(0)

    def apart(rows: np.ndarray) -> float:
        return auc(given[one][rows], good[rows]) - auc(given[other][rows], good[rows])

    again = [
        apart(np.concatenate([places[n] for n in rng.integers(len(places), size=len(places))]))
        for _ in range(DRAWS)
    ]
    low, high = np.nanquantile(again, [0.025, 0.975])
    return apart(np.arange(len(good))), float(low), float(high)


def judge(frame: DataFrame) -> list[Judgement]:
    """Rank against facts, bits, parameters and width, readout by readout."""
    verdicts = []
    for loss, rows in frame.groupby("loss", sort=False):
        share = float(succeeded(rows).mean())
        verdicts.append(
            Judgement(
                f"{loss}: between a fifth and four fifths of the layers succeed",
                f"{share:.0%}",
                0.2 <= share <= 0.8,
            )
        )
        if rows.groupby(SHAPE).ngroups < 6:
            continue
        rival = max(
            (it for it in standings(rows) if not it.size.startswith("rank")), key=lambda it: it.auc
        )
        by, low, high = margin(rows, "rank_upper", rival.size)
        verdicts.append(
            Judgement(
                f"{loss}: rank (upper) predicts success better than every size that is no rank, "
                "by more than the databases differ",
                f"AUC {rival.auc + by:.3f} against {rival.auc:.3f} of {NAMES[rival.size]}, "
                f"difference {by:+.3f} ({low:+.3f} to {high:+.3f})",
                low > 0,
            )
        )
    return verdicts


def _logistic(score: np.ndarray, good: np.ndarray, ridge: float = 1e-2) -> tuple[float, float]:
    """Intercept and slope by Newton's method; the small ridge keeps separable data finite."""
    X, w = np.stack([np.ones_like(score), score], 1), np.zeros(2)
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(X @ w, -30, 30)))
        H = (X * (p * (1 - p))[:, None]).T @ X + ridge * np.eye(2)
        step = np.linalg.solve(H, X.T @ (good - p) - ridge * w)
        w = w + step
        if abs(step).max() < 1e-9:
            break
    return float(w[0]), float(w[1])


def _losses(logit: np.ndarray, good: np.ndarray) -> np.ndarray:
    return np.logaddexp(0, np.where(good, -logit, logit))
