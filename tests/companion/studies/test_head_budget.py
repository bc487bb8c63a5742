"""The grid of head-budget holds its budgets, and its judge sees every failure."""

from __future__ import annotations

import pytest

pd = pytest.importorskip("pandas")
pytest.importorskip("torch")

from companion.studies import head_budget as experiment  # noqa: E402


def line(part, x, recalled, **more):
    """Cells of one line: x and d_head_vo as given, ten seeds a cell around a recall."""
    base = {"part": part, "family": "uniform", "keys": 48, "queries": 6, "range_size": 8}
    base |= {"regime": "F", "n_heads": 4} | more
    rows = []
    for (d_qk, d_vo), mean in zip(x, recalled, strict=True):
        for seed in range(10):
            share = min(1.0, max(0.0, mean + 0.01 * (seed - 4.5) / 4.5))
            rows.append({**base, "d_head_qk": d_qk, "d_head_vo": d_vo, "seed": seed,
                         "width": d_vo * base["n_heads"], "recalled": share})  # fmt: skip
    return rows


def verdicts(rows):
    return {it.criterion.split(":")[-1].strip(): it for it in experiment.judge(pd.DataFrame(rows))}


@pytest.mark.parametrize("tier", ["quick", "full"])
def test_items_differ_and_keep_their_budget(tier):
    items = experiment.EXPERIMENT.expand(tier)
    for it in items:
        assert it["width"] % it["n_heads"] == 0
        if it["part"] == "split":
            total = it["d_head_qk"] + it["width"] // it["n_heads"]
            assert total == experiment.SHARE[it["n_heads"]]
        if it["part"] == "heads":
            assert it["width"] == 16
        if it["part"] == "query-key":
            assert it["width"] == experiment.TOTAL
    assert {it["seed"] for it in items} == set(range(experiment.SEEDS[tier]))
    assert {it["part"] for it in items} >= {"width", "split", "query-key"}


def test_a_falling_trend_is_seen():
    x = [(2, 1), (2, 2), (2, 4)]
    name = "recall does not fall as d_head_vo grows, in 95% of the steps"
    assert verdicts(line("width", x, [0.3, 0.5, 0.5]))[name].met
    assert not verdicts(line("width", x, [0.5, 0.4, 0.5]))[name].met


def test_equal_parameters_and_their_reversal():
    x = [(1, 7), (2, 6), (4, 4), (6, 2), (7, 1)]
    falling, rising = [0.8, 0.7, 0.5, 0.4, 0.2], [0.3, 0.4, 0.5, 0.5, 0.4]
    level = [0.5] * 5
    for shapes, advice, reverses in (
        ([falling] * 4, True, False),
        ([falling] * 3 + [rising], True, True),
        ([falling] * 2 + [rising] * 2, False, True),
        ([falling] * 2 + [level] * 2, False, False),
    ):
        rows = [r for n, shape in enumerate(shapes) for r in line("split", x, shape, queries=n)]
        found = list(verdicts(rows).values())
        assert [it.met for it in found] == [advice, reverses]


def test_the_interval_of_a_difference_is_that_of_its_seeds():
    x = [(1, 7), (4, 4), (7, 1)]
    (one,) = experiment.contrasts(pd.DataFrame(line("split", x, [0.7, 0.5, 0.2])))
    assert one.low <= one.difference <= one.high and one.difference == pytest.approx(0.2)
    (none,) = experiment.contrasts(pd.DataFrame(line("split", x, [0.5, 0.5, 0.2])))
    assert none.low <= 0 <= none.high


def test_heads_and_one_dimension():
    grown = [r for h, m in ((1, 0.4), (4, 0.6)) for r in line("heads", [(16 // h, 16 // h)], [m],
             n_heads=h)]  # fmt: skip
    name = "at constant parameters four heads recall more than one"
    assert verdicts(grown)[name].met
    turned = [{**r, "recalled": 1 - r["recalled"]} for r in grown]
    assert not verdicts(turned)[name].met
    x = [(1, 4), (8, 4)]
    enough, short = line("query-key", x, [1.01, 1.01], queries=3), line("query-key", x, [0.5, 0.9])
    criterion = next(iter(verdicts(enough + short)))
    assert verdicts(enough + short)[criterion].met
    assert not verdicts(enough)[criterion].met and not verdicts(short)[criterion].met
