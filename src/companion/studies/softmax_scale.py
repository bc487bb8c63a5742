"""The experiment softmax-scale: how large logits must be on spheres in 2, 3, 4 and 8 dimensions.

n values stand on a sphere in rho dimensions, spread well from ten random starts. Logits
beta <p_v, p_w> have a value unfolding of rank rho; the least beta that holds every value at 0.9
is measured against n.
The theory says beta* = Theta(n^(2/(rho-1))) for fixed rho; the criterion asks where that is seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import gamma, log, log10, pi
from typing import Any

import numpy as np
from pandas import DataFrame

from companion.engine.sweeps import Experiment, Judgement
from companion.engine.thresholds import half_width
from companion.studies.item import Config, Fields, told
from factrank.errors import FactrankError

STEPS, STRIDE, LOOK = 100, 0.5, 10  # of the spreading; beta is found anew every LOOK steps
TINY = np.float32(1e-30)  # a point far from all others stays


def least_scale(points: np.ndarray, tau: float = 0.9) -> float:
    """The least beta at which logits beta <p_v, p_w> hold every value w at tau, to 1e-9 of it.

    The root of max_w sum_{v != w} exp(-beta (1 - <p_v, p_w>)) = (1 - tau)/tau, points of norm 1;
    zero where even beta = 0 is enough. [ours]

    Errors: ``FactrankError`` for two points in one place, which no scale holds.

    >>> square = np.array([[1.0, 0], [0, 1], [-1, 0], [0, -1]])
    >>> from factrank.layer.bounds import circle_scale
    >>> abs(least_scale(square) - circle_scale(4, 0.9)) < 1e-6
    True
    """
    gaps = 1 - points.astype(np.float64) @ points.T.astype(np.float64)
    np.fill_diagonal(gaps, np.inf)
    nearest, most = float(gaps.min()), (1 - tau) / tau
    if nearest < 1e-12:
        raise FactrankError("points: expected all of them apart, found two in one place")
    if len(points) - 1 <= most:
        return 0.0
    gaps = np.sort(gaps, axis=1)[:, :-1]
    # one neighbour at the least gap is enough to demand the first; n - 1 of them the second
    low, high = max(0.0, -log(most) / nearest), log((len(points) - 1) / most) / nearest
    worst = np.arange(len(points))
    while high - low > 1e-9 * high:
        beta = (low + high) / 2
        sums = np.exp(-beta * gaps[worst]).sum(1)
        if sums.max() > most:  # as the sums fall with beta, only these can decide
            low, worst = beta, worst[sums > most]
        else:
            high = beta
    return high


def spread(n: int, rho: int, seed: int, steps: int = STEPS) -> np.ndarray:
    """n points (n, rho) of norm 1, drawn at random and pushed apart.

    Each point moves away from the mean of the others, weighed by exp(-beta gap) with beta near
    the least scale: what is lowered is the very sum that decides it. In two dimensions the points
    are equally spaced, and the seed turns them. [ours]

    >>> points = spread(12, 3, seed=0)
    >>> points.shape, bool(least_scale(points) < least_scale(spread(12, 3, seed=0, steps=0)))
    ((12, 3), True)
    """
    rng = np.random.default_rng(seed)
    if rho == 2:
        angles = 2 * np.pi * (np.arange(n) / n + rng.random())
        return np.stack([np.cos(angles), np.sin(angles)], 1)
    p = _unit(rng.normal(size=(n, rho)).astype(np.float32))
    beta = np.float32(1)
    for step in range(steps):
        if step % LOOK == 0:
            beta = _typical(p)
        near = (beta * p) @ p.T  # from here on in place: it is the one large array
        near -= beta
        np.exp(near, out=near)
        np.fill_diagonal(near, 0)
        sums = near.sum(1, keepdims=True)
        # weights near[v, w] (sums[v] + sums[w]): the worst points weigh most
        told = near @ np.hstack([p, sums * p, sums])
        mean = sums * told[:, :rho] + told[:, rho:-1]
        p += STRIDE * (1 - step / steps) * (p - mean / (sums * sums + told[:, -1:] + TINY))
        p = _unit(p)
    return _unit(p.astype(np.float64))


def _unit(p: np.ndarray) -> np.ndarray:
    return p / np.linalg.norm(p, axis=1, keepdims=True)  # type: ignore[no-any-return]  # numpy says Any


def _typical(p: np.ndarray) -> np.float32:
    """The beta at which the sum over the others is 1/9 in the mean over a hundred points."""
    gaps = np.sort(1 - p[:100] @ p.T, axis=1)[:, 1:].astype(np.float64)
    low, high = 1e-3, 1e9
    for _ in range(40):
        beta = np.sqrt(low * high)
        enough = np.exp(-beta * gaps).sum(1).mean() <= 1 / 9
        low, high = (low, beta) if enough else (beta, high)
    return np.float32(high)


def scale_floor(n: int, rho: int, tau: float = 0.9) -> float:
    """A bound from below on the least scale of any n points on a sphere in rho dimensions.

    beta* >= (l/2) (a n)^(2/(rho-1)), l = log(tau/(1-tau)) and a r^(rho-1) less than the share of
    the sphere within a distance r <= 1: the caps about the points do not overlap. tau > 1/2.
    [ours]

    >>> scale_floor(64, 3) < least_scale(spread(64, 3, seed=0))
    True
    """
    d = rho - 1
    ball = pi ** (d / 2) / gamma(d / 2 + 1)
    sphere = 2 * pi ** (rho / 2) / gamma(rho / 2)
    a = (3**0.5 / 2) ** d * ball / sphere
    return log(tau / (1 - tau)) / 2 * (a * n) ** (2 / d)  # type: ignore[no-any-return]  # a power of floats


TAU = 0.9
FROM = 256  # smaller n do not count for the slope: chosen after a pilot of one seed
WITHIN = 0.1  # of the exponent 2/(rho-1)
GRID = {
    "quick": ((2, 3, 4), (256, 512, 1024), 3),
    # eight dimensions need the large sizes: up to 1024 values their slope is 11% too steep
    "full": ((2, 3, 4, 8), (64, 128, 256, 512, 1024, 2048), 10),
}


@dataclass(frozen=True)
class Points(Fields):
    """n points on a sphere in rho dimensions, to be held at tau."""

    rho: int
    n: int
    tau: float
    seed: int


@told
def items(tier: str) -> Iterator[Points]:
    """Every point of a tier: a dimension, a number of values, a seed."""
    dimensions, sizes, seeds = GRID[tier]
    return (Points(*at, TAU, seed) for at in product(dimensions, sizes) for seed in range(seeds))


def measure(batch: Sequence[Config]) -> list[dict[str, Any]]:
    """One row a point: the least scale, and the floor under it that is proved."""
    rows = []
    for item in (Points(**config) for config in batch):
        scale = least_scale(spread(item.n, item.rho, item.seed), item.tau)
        floor = scale_floor(item.n, item.rho, item.tau)
        rows.append(
            {**item.told(), "floor": round(floor, 6), "log10_scale": round(log10(scale), 6)}
        )
    return rows


def slopes(frame: DataFrame, least: int = FROM) -> dict[int, list[float]]:
    """For each dimension the slopes of log beta* against log n, one a seed, from n = least on."""
    mine = frame[frame["n"] >= least]
    return {
        int(rho): [
            float(np.polyfit(np.log10(one["n"].to_numpy(float)), one["log10_scale"], 1)[0])
            for _, one in rows.groupby("seed")
        ]
        for rho, rows in mine.groupby("rho")
    }


def interval(values: Sequence[float]) -> tuple[float, float]:
    """The mean, and the half width of its 95% interval over the seeds (Student)."""
    return float(np.mean(values)), half_width(values)


def judge(frame: DataFrame) -> list[Judgement]:
    """A slope within 10% in each dimension; no scale below its floor."""
    return [*_slopes(frame), _floor(frame)]


def _slopes(frame: DataFrame) -> Iterator[Judgement]:
    whole = slopes(frame, 0)
    for rho, found in slopes(frame).items():
        (mean, half), hoped = interval(found), 2 / (rho - 1)
        text = f"{mean:.4f} ± {half:.4f}, {mean / hoped - 1:+.1%}"
        if frame["n"].min() < FROM:
            text += f" (from {frame['n'].min()} values on {np.mean(whole[rho]):.4f})"
        yield Judgement(
            f"{rho} dimensions: the scale grows like n^{hoped:.4f}, the exponent within 10%, "
            f"n from {FROM} on",
            text,
            bool(abs(mean / hoped - 1) <= WITHIN),
        )


def _floor(frame: DataFrame) -> Judgement:
    times = 10 ** frame["log10_scale"] / frame["floor"]
    return Judgement(
        "no scale is below the floor that is proved for any layout",
        f"least {times.min():.2f} times its floor",
        bool((times >= 1).all()),
    )


EXPERIMENT = Experiment(
    "softmax-scale", items, measure, judge, outcomes=("log10_scale",), measured=()
)
