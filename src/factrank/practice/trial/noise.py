"""Is a difference more than luck of the seeds? A bootstrap interval, wide enough for few."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from statistics import NormalDist, fmean

from factrank.errors import FactrankError

FEWEST = 5  # differences below which chance alone gives all of them one sign too often
EXACT = 6  # up to so many differences every resample is counted: 46,656 of them
DRAWS = 10_000


@dataclass(frozen=True)
class Difference:
    """A mean and its interval; ``sign`` is 0 where the interval holds 0, else that of the mean."""

    mean: float
    low: float
    high: float

    @property
    def sign(self) -> int:
        return (self.low > 0) - (self.high < 0)


def paired(differences: Sequence[float], level: float = 0.99, *, seed: int = 0) -> Difference:
    """The mean of paired differences, one a seed, with its expanded percentile interval. [ours]

    Percentiles of the bootstrap are too narrow for few differences: they are taken at
    Phi(-sqrt(n / (n - 1)) t), t the quantile of Student's distribution with n - 1 degrees of
    freedom, in place of (1 - level) / 2 [cited]. With five differences that gives their least and
    their greatest: 0 lies outside if all have one sign, which chance brings once in 16.

    Errors: ``FactrankError`` for fewer than ``FEWEST``.

    >>> paired([0.1, 0.2, 0.15, 0.1, 0.2]).sign, paired([0.1, -0.2, 0.15, 0.1, 0.2]).sign
    (1, 0)
    """
    n = len(differences)
    if n < FEWEST:
        raise FactrankError(f"seeds: expected at least {FEWEST} to tell luck apart, found {n}")
    tail = NormalDist().cdf(-math.sqrt(n / (n - 1)) * student((1 + level) / 2, n - 1))
    if n <= EXACT:
        means = sorted(fmean(drawn) for drawn in product(differences, repeat=n))
    else:
        rng = random.Random(f"bootstrap {seed}")
        means = sorted(fmean(rng.choices(differences, k=n)) for _ in range(DRAWS))
    cut = math.floor(tail * len(means))
    return Difference(fmean(differences), means[cut], means[-1 - cut])


def student(p: float, freedom: int) -> float:
    """The quantile of Student's distribution, by bisection of its closed form [cited].

    >>> round(student(0.975, 4), 3), round(student(0.975, 9), 3)
    (2.776, 2.262)
    """
    low, high = 0.0, 1e4
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if _student_cdf(middle, freedom) < p else (low, middle)
    return high


def _student_cdf(t: float, freedom: int) -> float:
    """P(T <= t) for t >= 0: a finite sum of powers of cos(theta), theta = arctan(t / sqrt(n))."""
    theta = math.atan(t / math.sqrt(freedom))
    cosine, sine = math.cos(theta), math.sin(theta)
    odd = freedom % 2
    term, total = (cosine, 0.0) if odd else (1.0, 0.0)
    for k in range(1 + odd, freedom, 2):
        total += term
        term *= cosine * cosine * k / (k + 1)
    inner = 2 / math.pi * (theta + sine * total) if odd else sine * total
    return 0.5 + inner / 2
