"""The interval of paired differences: as wide as few seeds ask for."""

from __future__ import annotations

import math
import random
from itertools import product
from statistics import fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factrank import FactrankError
from factrank.practice.trial import noise
from factrank.practice.trial.noise import paired, student
from factrank.practice.trial.splits import Arm, judge

NUMBERS = st.integers(-100, 100).map(lambda n: n / 100)


@settings(max_examples=30)
@given(st.lists(NUMBERS, min_size=5, max_size=5))
def test_five_differences_are_certain_only_if_they_have_one_sign(differences):
    found = paired(differences)
    assert found.low == pytest.approx(min(differences))
    assert found.high == pytest.approx(max(differences))
    one_sign = min(differences) > 0 or max(differences) < 0
    assert (found.sign != 0) == one_sign


@settings(max_examples=10)
@given(st.lists(NUMBERS, min_size=7, max_size=12))
def test_turning_the_sides_turns_the_interval(differences):
    found, turned = paired(differences), paired([-x for x in differences])
    assert found.low <= found.mean <= found.high
    assert turned.mean == pytest.approx(-found.mean)
    assert (found.low, found.high) == pytest.approx((-turned.high, -turned.low), abs=1e-9)


def test_the_interval_stands_at_the_percentiles_that_are_said():
    """Of all 3125 resamples of five, at levels whose percentiles are well inside."""
    stats = pytest.importorskip("scipy.stats")
    differences = [0.31, -0.12, 0.44, 0.05, 0.27]
    means = sorted(sum(drawn) / 5 for drawn in product(differences, repeat=5))
    for level in (0.5, 0.8):
        share = stats.norm.cdf(-((5 / 4) ** 0.5) * stats.t.ppf((1 + level) / 2, 4))
        below = int(share * 5**5)
        found = paired(differences, level)
        assert below > 100
        assert (found.low, found.high) == pytest.approx((means[below], means[-1 - below]))


@pytest.mark.parametrize("n", [6, 12])
def test_the_interval_is_about_as_wide_as_students(n):
    """For differences that are nearly normal, at a level whose percentiles are well inside."""
    stats = pytest.importorskip("scipy.stats")
    differences = stats.norm.ppf([(i + 0.5) / n for i in range(n)]).tolist()
    found = paired(differences, 0.8)
    low, high = stats.t.interval(0.8, n - 1, found.mean, stats.sem(differences))
    assert (found.low, found.high) == pytest.approx((low, high), rel=0.04)


def test_luck_alone_seldom_wins_and_a_true_difference_is_seen(monkeypatch):
    """Of 300 experiments with no difference at most 5 in 100 find one; a large one is found."""
    monkeypatch.setattr(noise, "DRAWS", 2000)
    rng = random.Random(1)
    false = sum(paired([rng.gauss(0, 1) for _ in range(8)]).sign != 0 for _ in range(300))
    assert false <= 15
    seen = [paired([rng.gauss(1, 0.3) for _ in range(8)]).sign for _ in range(100)]
    assert seen.count(1) >= 95


def test_quantiles_of_student_agree_with_scipy():
    stats = pytest.importorskip("scipy.stats")
    for freedom in (1, 2, 3, 4, 5, 9, 10, 31, 200):
        for p in (0.6, 0.9, 0.975, 0.995):
            assert student(p, freedom) == pytest.approx(stats.t.ppf(p, freedom), rel=1e-9)


def test_too_few_are_refused():
    with pytest.raises(FactrankError, match="expected at least 5 to tell luck apart, found 4"):
        paired([1, 2, 3, 4])


def test_a_tie_is_one_whatever_shares_add_up_to_it():
    def shares(*counts):
        return tuple(n / 27 for n in counts)

    for last in ((4, 17, 5, 16), (1, 20, 8, 13), (11, 10, 7, 14)):
        wide = Arm(1, 7, shares(*[20] * 4, last[0])), Arm(2, 6, shares(*[20] * 4, last[1]))
        narrow = Arm(6, 2, shares(*[5] * 4, last[2])), Arm(7, 1, shares(*[5] * 4, last[3]))
        found = judge((*wide, *narrow))
        assert (found.word, found.difference.low) == ("no difference", 0)


@given(st.permutations([0.004, 0.04, -0.003, 0.095, 0.013, 0.022, 0.0145]))
def test_the_order_of_the_seeds_changes_nothing(differences):
    assert paired(differences) == paired(sorted(differences))


@pytest.mark.parametrize("n", [5, 6, 7])
def test_every_resample_is_counted(n):
    stats = pytest.importorskip("scipy.stats")
    rng = random.Random(n)
    differences = [rng.gauss(0.01, 0.03) for _ in range(n)]
    means = sorted(fmean(it) for it in product(differences, repeat=n))
    tail = stats.norm.cdf(-math.sqrt(n / (n - 1)) * stats.t.ppf(0.995, n - 1))
    cut, found = math.floor(tail * len(means)), paired(differences)
    told = found.mean, found.low, found.high
    assert told == pytest.approx((fmean(differences), means[cut], means[-1 - cut]), abs=1e-12)
