"""What recall-predictors counts, against brute force; its grid; and what its judge sees."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from companion.engine import predictors as own
from companion.studies import recall_predictors as experiment
from companion.studies.databases import FAMILIES, size

pd = pytest.importorskip("pandas")


@pytest.mark.parametrize("seed", range(5))
def test_pairs_are_counted_as_by_hand(seed):
    rng = np.random.default_rng(seed)
    score, good = rng.integers(0, 6, 60).astype(float), rng.random(60) < 0.4
    group = rng.integers(0, 4, 60)
    wins, pairs = own.pair_counts(score, good, group, 4)
    times = np.array([2, 0, 1, 3])
    won = total = 0.0
    for i in np.flatnonzero(good):
        for j in np.flatnonzero(~good):
            weight = times[group[i]] * times[group[j]]
            won += weight * ((score[i] > score[j]) + (score[i] == score[j]) / 2)
            total += weight
    assert own.auc(wins, pairs, times) == pytest.approx(won / total)
    draws = own.resamples(4, 50, seed)
    assert own.aucs(wins, pairs, draws).tolist() == [own.auc(wins, pairs, it) for it in draws]


def test_an_auc_without_pairs_is_no_number():
    wins, pairs = own.pair_counts(np.arange(3.0), np.ones(3), np.zeros(3, dtype=int), 1)
    assert np.isnan(own.auc(wins, pairs))


@pytest.mark.parametrize("seed", range(4))
def test_the_fit_is_the_least_of_its_loss(seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(80, 2))
    good = (rng.random(80) < own.probability(np.array([0.5, 2.0, -1.0]), x)).astype(float)

    def loss(b):
        z = b[0] + x @ b[1:]
        return np.logaddexp(0, z).sum() - z @ good + 0.01 * (b[1:] @ b[1:] + 1e-6 * b[0] ** 2) / 2

    assert own.logistic(x, good) == pytest.approx(minimize(loss, np.zeros(3)).x, abs=1e-3)


def test_a_fold_is_judged_by_a_fit_that_has_not_seen_it():
    """Two folds in which the feature says the opposite: each is then foretold wrongly."""
    x = np.tile([-1.0, 1.0], 40)
    fold = np.repeat([0, 1], 40)
    good = (x > 0) ^ (fold == 1)
    lost = own.held_out_loss(x, good, fold)
    assert (lost > np.log(2)).all()
    assert lost.max() <= -np.log(1e-3) + 1e-9
    honest = own.held_out_loss(x, x > 0, fold)
    assert (honest < 0.1).all()


def test_resamples_are_seeded_and_drawn_whole():
    draws = own.resamples(7, 50, 3)
    assert (draws.sum(1) == 7).all() and (draws >= 0).all() and (draws == 0).any()
    assert (draws == own.resamples(7, 50, 3)).all() and (draws != own.resamples(7, 50, 4)).any()


def test_keys_and_queries_vary_apart_and_rank_at_equal_shape():
    items = experiment.EXPERIMENT.expand("full")
    shapes = {(item["keys"], item["queries"]) for item in items}
    keys, queries = np.array(sorted(shapes)).T
    assert len(shapes) == 5 and keys.max() >= 8 * keys.min() and queries.max() >= 8 * queries.min()
    used = {kind for kinds in experiment.SHAPES.values() for kind in kinds}
    assert used == set(FAMILIES)
    for (k, q), kinds in experiment.SHAPES.items():
        ranks = [size(family, k, q, r, 0).rank_upper for family, r in kinds.items()]
        assert max(ranks) >= 2 * min(ranks)
    cells = (
        pd.DataFrame(items)
        .groupby([*experiment.LAYER, *experiment.KIND, "width"])["seed"]
        .nunique()
    )
    assert cells.min() == 10


# ---- the judge ----------------------------------------------------------------------------------


def made(by):
    """A table in which a layer succeeds from a threshold on that ``by`` gives of its sizes."""
    rows = []
    for item in experiment.items("full"):
        if item["seed"] > 1:
            continue
        sizes = size(*(item[n] for n in ("family", "keys", "queries", "range_size")), 0)
        good = item["width"] >= by(item, sizes)
        rows.append(
            {
                **item,
                **sizes._asdict(),
                "attention_parameters": item["width"] * item["d_model"],
                "trained_parameters": item["width"] * item["d_model"] * 2,
                "recalled": float(good) if item["loss"] == "cross-entropy" else 0.5,
                "held_50": float(good) if item["loss"] == "bounded" else 0.5,
                "relative_error": (0.02 if good else 0.3) if "least" in item["loss"] else None,
            }
        )
    return pd.DataFrame(rows)


def least(item, share):
    return share / (1 if "least" in item["loss"] else 8)


def test_the_judge_is_content_where_rank_decides_and_not_where_facts_do():
    by_rank = made(lambda item, s: least(item, s.rank_upper))
    by_facts = made(lambda item, s: least(item, s.facts / 8))
    told = [v for v in experiment.judge(by_rank) if "predicts" in v.criterion]
    assert len(told) == 4 and all(v.met for v in told)
    other = [v for v in experiment.judge(by_facts) if "predicts" in v.criterion]
    assert len(other) == 4 and not any(v.met for v in other)
    table = experiment.compared(by_rank[by_rank["part"] == "least squares"])
    assert table["auc"]["width / rank (upper)"] == 1 == table["within"]["width / rank (upper)"]
    assert table["loss"].idxmin() == "width / rank (upper)"


def test_a_grid_without_failures_does_not_count():
    all_good = made(lambda item, s: 0 if item["width"] > 2 else 99)
    grids = [v for v in experiment.judge(all_good) if "both outcomes" in v.criterion]
    assert [v.met for v in grids][-1] is False and len(grids) == 4


def test_the_threshold_is_where_success_begins_for_good():
    frame = made(lambda item, s: 4)
    found = experiment.thresholds(frame[frame["part"] == "bounded"])
    assert set(found["threshold"]) == {4}
    assert experiment.thresholds(made(lambda item, s: 999))["threshold"].isna().all()


def test_no_single_layer_decides_however_sure_the_fit():
    """A feature that parts all other layers is wrong about two, one of each kind."""
    x = np.concatenate([np.tile([-1.0, 1.0], 4000), [-9.0, 9.0]])
    good = np.concatenate([np.tile([False, True], 4000), [True, False]])
    fold = np.repeat([0, 1], [8000, 2])
    lost = own.held_out_loss(x, good, fold)
    assert lost[-2:] == pytest.approx([-np.log(1e-3)] * 2)
