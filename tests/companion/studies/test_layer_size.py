"""Thresholds and intervals of layer-size, against databases whose law is known."""

from __future__ import annotations

import numpy as np
import pytest

pd = pytest.importorskip("pandas")
pytest.importorskip("torch")

from companion.studies import layer_size as experiment  # noqa: E402
from factrank.practice.plan import thresholds  # noqa: E402


def frame(law, lines=20, noise=0.05, regime="F"):
    """Databases whose threshold is law(bits, keys), up to noise; three rungs around it."""
    rng = np.random.default_rng(1)
    rows = []
    for n in range(lines):
        bits, keys = float(rng.uniform(100, 3000)), int(rng.integers(10, 100))
        works = law(bits, keys) * np.exp(noise * rng.normal())
        for d_model in (int(0.5 * works), int(0.8 * works), int(np.ceil(works)), int(2 * works)):
            for seed in range(4):
                rows.append({"family": str(n), "keys": keys, "queries": 4, "range_size": 8,
                             "regime": regime, "values": 8, "facts": bits / 3, "bits": bits,
                             "rank_lower": 20 + n, "rank_upper": 20 + n, "d_model": d_model,
                             "seed": seed, "recalled": float(d_model >= works)})  # fmt: skip
    return pd.DataFrame(rows)


def test_thresholds_are_those_of_most_seeds_from_there_on():
    rows = frame(lambda bits, keys: 20.0, lines=1)
    (line,) = experiment.lines(rows)
    assert line.fails < 20 * 1.2 and line.works >= line.fails
    odd = rows.copy()
    odd.loc[odd["d_model"] == odd["d_model"].max(), "recalled"] = 0.5  # the widest fails
    assert experiment.lines(odd)[0].works is None
    easy = rows.assign(recalled=1.0)
    assert experiment.lines(easy)[0].fails is None


def test_a_law_is_found_and_its_interval_covers():
    rows = frame(lambda bits, keys: 0.5 * bits**0.5 * keys**0.1)
    found = experiment.lines(rows)
    fit = thresholds.fit(found)
    low, middle, high = fit.predict(thresholds.features(50, 4, 8, 1000, 30))
    assert low < middle < high
    assert middle == pytest.approx(0.5 * 1000**0.5 * 50**0.1, rel=0.15)
    inside, total = experiment.covered(found)
    assert inside >= 0.8 * total
    assert all(verdict.met for verdict in experiment.judge(rows))


def test_a_law_that_is_none_is_seen():
    rng = np.random.default_rng(0)
    rows = frame(lambda bits, keys: float(rng.uniform(4, 200)))
    assert not all(verdict.met for verdict in experiment.judge(rows))


def test_a_line_left_out_does_not_help_itself():
    """One line far off: no fit of the others holds it."""
    rows = frame(lambda bits, keys: 0.5 * bits**0.5, noise=0.01)
    far = rows["family"] == "7"
    rows.loc[far, "d_model"] *= 9
    inside, total = experiment.covered(experiment.lines(rows))
    assert inside <= total - 1


@pytest.mark.parametrize("tier", ["quick", "full"])
def test_the_grid(tier):
    items = experiment.EXPERIMENT.expand(tier)
    assert {it["seed"] for it in items} == set(range(experiment.SEEDS[tier]))
    for it in items:
        assert it["width"] >= it["n_heads"] and it["d_model"] in experiment.RUNGS
