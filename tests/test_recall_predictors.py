"""AUC and log loss against their definitions, and a judge that sees every failure."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pd = pytest.importorskip("pandas")
pytest.importorskip("torch")

from factrank.experiments import recall_predictors as experiment  # noqa: E402
from factrank.experiments import recall_predictors_judge as judge  # noqa: E402
from factrank.experiments.databases import size  # noqa: E402

SCORED = st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=30)


@given(SCORED)
def test_auc_is_the_share_of_pairs_in_order(found):
    score, good = zip(*found, strict=True)
    pairs = [
        (a > b) + (a == b) / 2
        for a, x in found if x
        for b, y in found if not y
    ]  # fmt: skip
    if not pairs:
        assert math.isnan(judge.auc(score, good))
    else:
        assert judge.auc(score, good) == pytest.approx(sum(pairs) / len(pairs))


def table(rule, loss="least squares", shapes=8):
    """Layers of databases whose sizes vary apart, and that succeed by a rule of width and sizes."""
    rng = np.random.default_rng(0)
    rows = []
    for n in range(shapes):
        rank, facts = int(rng.integers(6, 30)), int(rng.integers(20, 200))
        sizes = {"rank_lower": rank, "rank_upper": rank, "rank_value": 4 + n % 3, "facts": facts}
        sizes |= {"bits": 2.0 * facts, "keys": 10 + n, "queries": 2 + n % 4, "values": 5 + n % 3}
        for width in (1, 2, 4, 6, 8, 12, 16, 24, 32, 48):
            good = rule(width, sizes)
            rows.append({"family": str(n), "range_size": 4, **sizes, "width": width, "loss": loss,
                         "attention_parameters": 100 * width, "relative_error": 0.5 - 0.49 * good,
                         "held_50": float(good), "recalled": float(good)})  # fmt: skip
    return pd.DataFrame(rows)


def test_the_size_that_decides_stands_first():
    by_rank = table(lambda w, s: w >= s["rank_upper"])
    first = judge.standings(by_rank)[0]
    assert first.size in ("rank_lower", "rank_upper") and first.auc == 1 and first.loss < 0.2
    by_facts = table(lambda w, s: w >= s["facts"] / 8)
    assert judge.standings(by_facts)[0].size in ("facts", "bits")
    within = {it.within for it in judge.standings(by_rank)}
    assert within == {1.0}
    assert judge.judge(by_rank)[1].met and not judge.judge(by_facts)[1].met


def test_too_few_or_too_many_successes_are_seen():
    for rule, met in ((lambda w, s: True, False), (lambda w, s: w > 6, True)):
        assert judge.judge(table(rule, shapes=3))[0].met == met


@pytest.mark.parametrize(
    ("loss", "column", "value"),
    [("least squares", "relative_error", 0.04), ("bounded", "held_50", 1.0),
     ("cross-entropy", "recalled", 1.0)],
)  # fmt: skip
def test_what_success_means(loss, column, value):
    rows = table(lambda w, s: False, loss, shapes=1)
    assert not judge.succeeded(rows).any()
    rows.loc[3, column] = value
    assert judge.succeeded(rows).tolist() == [n == 3 for n in range(len(rows))]


def test_log_loss_of_a_useless_score_is_that_of_the_base_rate():
    rng = np.random.default_rng(0)
    good, shape = np.arange(400) % 2 == 0, np.repeat(np.arange(8), 50)
    assert judge.log_loss(rng.normal(size=400), good, shape) == pytest.approx(math.log(2), abs=0.02)


def test_sizes_of_the_grid_vary_apart():
    sizes = pd.DataFrame(
        [size(*shape, 0)._asdict() | shape._asdict() for shape in experiment.SHAPES]
    )
    assert abs(np.log(sizes["facts"]).corr(np.log(sizes["rank_upper"]))) < 0.8
    items = experiment.EXPERIMENT.expand("full")
    assert len({it["seed"] for it in items}) == 8 and len({it["loss"] for it in items}) == 3
