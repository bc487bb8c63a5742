"""Which side of a split wins, if one does: recall seed by seed, and a word for it.

Is a difference more than luck of the seeds? A bootstrap interval, wide enough for few.
"""

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


NEGLIGIBLE = 0.01  # of the facts: a smaller difference is none, however sure it is
WIDER, NARROWER, NEITHER = "wider value-output wins", "narrower value-output wins", "no difference"
UNDECIDED = "no verdict"


@dataclass(frozen=True)
class Arm:
    """One split, and the share of the facts that each seed recalled."""

    d_head_qk: int
    d_head_vo: int
    recalled: tuple[float, ...]

    @property
    def mean(self) -> float:
        return fmean(self.recalled)


@dataclass(frozen=True)
class Verdict:
    """What the seeds say; ``difference`` is recall of the splits with d_head_vo > d_head_qk minus
    that of those with d_head_vo < d_head_qk, seed by seed; None if not every split was trained."""

    word: str
    why: str
    difference: Difference | None


def judge(arms: tuple[Arm, ...]) -> Verdict:
    """Which side wins, if one does, beyond the luck of the seeds. [ours]

    >>> arms = (Arm(1, 3, (0.9, 0.8, 0.9, 0.8, 0.9)), Arm(3, 1, (0.5, 0.6, 0.5, 0.6, 0.5)))
    >>> judge(arms).word
    'wider value-output wins'
    """
    wide = [arm.recalled for arm in arms if arm.d_head_vo > arm.d_head_qk]
    narrow = [arm.recalled for arm in arms if arm.d_head_vo < arm.d_head_qk]
    difference = paired(
        [
            fmean(ours) - fmean(theirs)
            for ours, theirs in zip(zip(*wide, strict=True), zip(*narrow, strict=True), strict=True)
        ]
    )
    if min(min(arm.recalled) for arm in arms) == 1:
        return Verdict(NEITHER, "every split recalls every fact: try fewer parameters", difference)
    if difference.sign == 0:
        return Verdict(NEITHER, "none beyond the luck of the seeds", difference)
    if abs(difference.mean) < NEGLIGIBLE:
        return Verdict(NEITHER, f"less than {NEGLIGIBLE:.0%} of the facts", difference)
    word = WIDER if difference.sign > 0 else NARROWER
    return Verdict(word, f"by {abs(difference.mean):.1%} of the facts", difference)
