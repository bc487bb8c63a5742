"""The experiment softmax-scale: how large logits must be on spheres in 2, 3, 4 and 8 dimensions.

n values stand on a sphere in rho dimensions, spread well from ten random starts. Logits
beta <p_v, p_w> have a value unfolding of rank rho; the least beta that holds every value at 0.9
is measured against n.
The theory says beta* = Theta(n^(2/(rho-1))) for fixed rho; the criterion asks where that is seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import log10
from typing import TYPE_CHECKING, Any

from companion.engine.catalogue import CATALOGUE
from companion.engine.sweeps import Experiment, Judgement
from companion.studies.spheres import least_scale, scale_floor, spread

if TYPE_CHECKING:
    from pandas import DataFrame

TAU = 0.9
FROM = 256  # smaller n do not count for the slope: chosen after a pilot of one seed
WITHIN = 0.1  # of the exponent 2/(rho-1)
STUDENT = {3: 4.303, 10: 2.262}  # of 95% intervals, by number of seeds
GRID = {
    "quick": ((2, 3, 4), (256, 512, 1024), 3),
    # eight dimensions need the large sizes: up to 1024 values their slope is 11% too steep
    "full": ((2, 3, 4, 8), (64, 128, 256, 512, 1024, 2048), 10),
}


def items(tier: str) -> list[dict[str, Any]]:
    """Every point of a tier: a dimension, a number of values, a seed."""
    dimensions, sizes, seeds = GRID[tier]
    return [
        {"rho": rho, "n": n, "tau": TAU, "seed": seed}
        for rho in dimensions
        for n in sizes
        for seed in range(seeds)
    ]


def group(config: Mapping[str, Any]) -> tuple[object, ...]:
    """What is measured in one call: all seeds of a dimension and a number of values."""
    return config["rho"], config["n"]


def measure(batch: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One row a point: the least scale, and the floor under it that is proved."""
    rows = []
    for item in batch:
        n, rho, tau = item["n"], item["rho"], item["tau"]
        scale = least_scale(spread(n, rho, item["seed"]), tau)
        floor = scale_floor(n, rho, tau)
        rows.append({**item, "floor": round(floor, 6), "log10_scale": round(log10(scale), 6)})
    return rows


def slopes(frame: DataFrame, least: int = FROM) -> dict[int, list[float]]:
    """For each dimension the slopes of log beta* against log n, one a seed, from n = least on."""
    import numpy as np

    mine = frame[frame["n"] >= least]
    return {
        int(rho): [
            float(np.polyfit(np.log10(one["n"].to_numpy(float)), one["log10_scale"], 1)[0])
            for _, one in rows.groupby("seed")
        ]
        for rho, rows in mine.groupby("rho")
    }


def interval(values: Sequence[float]) -> tuple[float, float]:
    """The mean, and the half width of its 95% interval over the seeds (Student).

    >>> [round(x, 2) for x in interval([1.0, 2.0, 3.0])]
    [2.0, 2.48]
    """
    import numpy as np

    half = STUDENT[len(values)] * np.std(values, ddof=1) / len(values) ** 0.5
    return float(np.mean(values)), float(half)


def judge(frame: DataFrame) -> list[Judgement]:
    """A slope within 10% in each dimension; no scale below its floor."""
    return [*_slopes(frame), _floor(frame)]


def _slopes(frame: DataFrame) -> Iterator[Judgement]:
    whole = slopes(frame, 0)
    for rho, found in slopes(frame).items():
        (mean, half), hoped = interval(found), 2 / (rho - 1)
        text = f"{mean:.4f} ± {half:.4f}, {mean / hoped - 1:+.1%}"
        if frame["n"].min() < FROM:
            text += f" (from {frame['n'].min()} values on {interval(whole[rho])[0]:.4f})"
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
    name="softmax-scale",
    question=CATALOGUE["softmax-scale"].question,
    items=items,
    group=group,
    work=measure,
    judge=judge,
    outcomes=("log10_scale",),
    measured=(),
)
