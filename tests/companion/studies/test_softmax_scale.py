"""Points on spheres, the scale that holds them, its floor, and the criteria of softmax-scale."""

from __future__ import annotations

import numpy as np
import pytest

from companion.studies import softmax_scale as experiment
from companion.studies.softmax_scale import least_scale, scale_floor, spread
from factrank.errors import FactrankError
from factrank.layer.bounds import circle_scale
from tests.companion.studies.judged import missed_by

pd = pytest.importorskip("pandas")


def probabilities(points, beta):
    logits = beta * points @ points.T
    p = np.exp(logits - logits.max(1, keepdims=True))
    return np.diag(p / p.sum(1, keepdims=True))


@pytest.mark.parametrize("rho", [2, 3, 5, 8])
@pytest.mark.parametrize("tau", [0.6, 0.9])
def test_the_scale_is_the_least_that_holds_every_value(rho, tau):
    for seed in range(3):
        points = spread(40, rho, seed, steps=seed * 20)
        beta = least_scale(points, tau)
        assert probabilities(points, beta * (1 + 1e-6)).min() >= tau
        assert probabilities(points, beta * (1 - 1e-6)).min() < tau
        assert beta >= scale_floor(40, rho, tau)


def test_on_the_circle_it_is_that_of_s2():
    for n in (3, 17, 200):
        assert least_scale(spread(n, 2, n)) == pytest.approx(circle_scale(n, 0.9), rel=1e-7)


def test_few_values_and_small_tau_need_no_scale():
    assert least_scale(np.array([[1.0, 0], [-1, 0]]), 0.4) == 0
    with pytest.raises(FactrankError, match="expected all of them apart, found two in one place"):
        least_scale(np.array([[1.0, 0], [1.0, 0], [0, 1.0]]))


@pytest.mark.parametrize("rho", [3, 4, 8])
def test_spreading_lowers_the_scale(rho):
    before, after = (least_scale(spread(128, rho, 0, steps=s)) for s in (0, 100))
    assert after < 0.9 * before


def test_it_is_no_worse_than_a_golden_spiral():
    n = 256
    z = 1 - (2 * np.arange(n) + 1) / n
    angle, r = np.pi * (1 + 5**0.5) * np.arange(n), np.sqrt(1 - z**2)
    spiral = np.stack([r * np.cos(angle), r * np.sin(angle), z], 1)
    assert least_scale(spread(n, 3, 0)) < least_scale(spiral)


@pytest.mark.parametrize("rho", [3, 5, 8])
def test_caps_are_as_large_as_the_floor_counts_them(rho):
    """a r^(rho-1), as the floor has it, is below the share of random points in a cap."""
    rng = np.random.default_rng(rho)
    points = rng.normal(size=(200_000, rho))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    a = (2 * scale_floor(1, rho) / np.log(9)) ** ((rho - 1) / 2)
    for r in (0.7, 1.0):
        share = (np.linalg.norm(points - np.eye(rho)[0], axis=1) <= r).mean()
        assert a * r ** (rho - 1) < 1.05 * share < 5 * a * r ** (rho - 1)


# ---- the experiment -----------------------------------------------------------------------------


def ideal(tier="full"):
    rows = []
    for item in experiment.EXPERIMENT.expand(tier):
        floor = scale_floor(item["n"], item["rho"])
        wobble = 1 + 0.01 * np.random.default_rng(item["seed"]).normal()
        scale = np.log10(3 * floor * wobble)
        rows.append({**item, "floor": floor, "log10_scale": scale})
    return pd.DataFrame(rows)


missed = missed_by(experiment.judge)


def test_the_judge_is_content_with_what_is_ideal():
    assert missed(ideal()) == [] == missed(ideal("quick"))
    assert len(experiment.judge(ideal())) == 5


@pytest.mark.parametrize("rho", [2, 3, 4, 8])
@pytest.mark.parametrize("by", [0.12, -0.12])
def test_the_judge_sees_a_wrong_exponent(rho, by):
    frame = ideal()
    frame["log10_scale"] += (frame["rho"] == rho) * by * 2 / (rho - 1) * np.log10(frame["n"])
    assert any(c.startswith(f"{rho} dimensions") for c in missed(frame))
    assert not any(c[0].isdigit() and not c.startswith(str(rho)) for c in missed(frame))


def test_the_judge_sees_a_scale_below_its_floor():
    frame = ideal()
    frame.loc[17, "log10_scale"] = np.log10(frame.loc[17, "floor"]) - 0.01
    assert missed(frame) == ["no scale is below the floor that is proved for any layout"]


def test_sizes_below_the_range_do_not_count():
    frame = ideal()
    frame.loc[frame["n"] < experiment.FROM, "log10_scale"] += 1
    assert missed(frame) == []


def test_a_row_has_what_is_compared():
    [row] = experiment.measure([{"rho": 3, "n": 64, "tau": 0.9, "seed": 4}])
    assert set(experiment.EXPERIMENT.outcomes) <= set(row)
    points = spread(64, 3, 4)
    assert 10 ** row["log10_scale"] == pytest.approx(least_scale(points), rel=1e-5)
    assert row["floor"] < 10 ** row["log10_scale"]


def test_ten_seeds_a_cell_and_all_dimensions():
    cells = {}
    for item in experiment.EXPERIMENT.expand("full"):
        cells.setdefault((item["rho"], item["n"]), set()).add(item["seed"])
    assert all(len(seeds) == 10 for seeds in cells.values())
    assert {rho for rho, _ in cells} == {2, 3, 4, 8}
