"""How well does a number predict success? AUC, a small logistic fit, and a bootstrap. [ours]

A predictor is a score for each layer: the larger, the likelier the success. Pairs of a layer that
succeeded and one that failed are counted, those within one shape apart from those across shapes.
What is resampled are groups of layers (here all layers on one kind of database), not layers.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Array = np.ndarray


def pair_counts(score: Array, good: Array, group: Array, groups: int) -> tuple[Array, Array]:
    """(wins, pairs): for groups c, d, the pairs of a success in c and a failure in d.

    ``wins`` counts those whose success has the larger score, ties as half.

    >>> score, good, group = np.array([1.0, 2.0, 2.0]), np.array([0, 1, 0]), np.array([0, 0, 1])
    >>> wins, pairs = pair_counts(score, good, group, 2)
    >>> wins.tolist(), pairs.tolist()
    ([[1.0, 0.5], [0.0, 0.0]], [[1.0, 1.0], [0.0, 0.0]])
    """
    wins, pairs = np.zeros((groups, groups)), np.zeros((groups, groups))
    good = np.asarray(good, dtype=bool)
    low = [np.sort(score[~good & (group == d)]) for d in range(groups)]
    for c in range(groups):
        high = score[good & (group == c)]
        for d in range(groups):
            below = np.searchsorted(low[d], high, "left").sum()
            wins[c, d] = (below + np.searchsorted(low[d], high, "right").sum()) / 2
            pairs[c, d] = len(high) * len(low[d])
    return wins, pairs


def auc(wins: Array, pairs: Array, times: Array | None = None) -> float:
    """The share of pairs that are won, each group taken ``times`` often.

    >>> auc(np.array([[1.0, 0.5], [0.0, 0.0]]), np.array([[1.0, 1.0], [0.0, 0.0]]))
    0.75
    """
    times = np.ones(len(wins)) if times is None else times
    total = times @ pairs @ times
    return float(times @ wins @ times / total) if total else float("nan")


def aucs(wins: Array, pairs: Array, draws: Array) -> Array:
    """``auc`` for each row of ``draws``, to the last bit: counts and their halves add up exactly.

    >>> wins, pairs = np.array([[1.0, 0.5], [0.0, 0.0]]), np.array([[1.0, 1.0], [0.0, 0.0]])
    >>> aucs(wins, pairs, np.array([[1, 1], [2, 0], [0, 2]])).tolist()
    [0.75, 1.0, nan]
    """
    won, total = (((draws @ counts) * draws).sum(axis=1) for counts in (wins, pairs))
    shares = np.full(len(draws), np.nan)
    np.divide(won, total, out=shares, where=total > 0)
    return shares


def resamples(groups: int, repeats: int, seed: int) -> Array:
    """How often each group is drawn, in ``repeats`` draws of ``groups`` with replacement.

    >>> resamples(4, 3, 0).sum(axis=1).tolist()
    [4, 4, 4]
    """
    draws = np.random.default_rng(seed).integers(groups, size=(repeats, groups))
    return np.stack([np.bincount(draw, minlength=groups) for draw in draws])


def interval(values: Sequence[float]) -> tuple[float, float]:
    """The middle 95% of resampled values, those that are no number left out.

    >>> [round(x, 9) for x in interval([0.0, 1.0, 2.0, 3.0, float("nan")])]
    [0.075, 2.925]
    """
    if np.isnan(values).all():
        return float("nan"), float("nan")
    low, high = np.nanquantile(values, [0.025, 0.975])
    return float(low), float(high)


def logistic(features: Array, good: Array, ridge: float = 1e-2) -> Array:
    """Coefficients b of P(good) = sigmoid(b_0 + sum_j b_j x_j), by scipy.

    ``ridge`` / 2 times the square of each slope is added to the loss, so that a feature that
    separates has finite slopes.

    >>> x = np.array([[-2.0], [-1.0], [1.0], [2.0]])
    >>> b = logistic(x, np.array([0, 1, 0, 1]))
    >>> bool(abs(b[0]) < 1e-6 and b[1] > 0)
    True
    """
    from scipy.optimize import minimize

    x = np.column_stack([np.ones(len(features)), features])
    weight = ridge * np.r_[1e-6, np.ones(x.shape[1] - 1)]

    def loss(b: Array) -> float:
        z = x @ b
        return float(np.logaddexp(0, z).sum() - z @ good + weight @ b**2 / 2)

    def slope(b: Array) -> Array:
        return np.asarray(x.T @ (probability(b, features) - good) + weight * b)

    def bend(b: Array) -> Array:
        p = probability(b, features)
        return np.asarray((x * (p * (1 - p))[:, None]).T @ x + np.diag(weight))

    start = np.zeros(x.shape[1])
    return np.asarray(
        minimize(loss, start, jac=slope, hess=bend, method="trust-exact", options={"gtol": 1e-9}).x
    )


def probability(b: Array, features: Array) -> Array:
    """sigmoid(b_0 + sum_j b_j x_j), without overflow."""
    z = b[0] + features @ b[1:]
    return np.asarray(1 / (1 + np.exp(-np.clip(z, -700, 700))))


def held_out_loss(features: Array, good: Array, fold: Array) -> Array:
    """-log of what each layer's outcome was given, by a fit to all layers of other folds.

    Chances are held to 0.001 to 0.999, so that no single layer decides.
    """
    features = features.reshape(len(good), -1).astype(float)
    lost = np.empty(len(good))
    for one in np.unique(fold):
        out = fold == one
        mean, spread = features[~out].mean(0), features[~out].std(0)
        spread = np.where(spread > 0, spread, 1.0)
        b = logistic((features[~out] - mean) / spread, good[~out].astype(float))
        p = np.clip(probability(b, (features[out] - mean) / spread), 1e-3, 1 - 1e-3)
        lost[out] = -np.log(np.where(good[out], p, 1 - p))
    return lost
