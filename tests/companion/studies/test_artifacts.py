"""Artifacts a triple: what is drawn and counted, when a rule says stop, what the judge sees."""

from __future__ import annotations

from math import log

import pytest
import torch

from companion.studies import artifacts as experiment
from companion.studies.artifacts import LINE, STOPS, TAUS, TRIPLES, triples
from factrank.facts.database import Database

pd = pytest.importorskip("pandas")


def test_triples_are_as_many_and_differ_by_seed():
    assert len({triples(seed).facts for seed in range(10)}) == 10
    assert all(len({*triples(seed).facts}) == TRIPLES for seed in range(10))


def test_what_is_counted():
    db = Database.from_triples([("a", "r", "x"), ("b", "r", "y"), ("a", "s", "x"), ("a", "s", "y")])
    L = torch.zeros(2, 2, 2, dtype=torch.float64)
    L[0, 0, 0] = L[1, 0, 1] = 3.0  # two facts held at 0.95
    L[1, 1, 1] = log(4)  # no fact there: 0.8 and 0.2
    found = experiment.found_of(L, db)
    # (b, s) gives two at 0.1 and one at 0.5; the pair (a, s) has both values, even
    assert {name: found[name] * len(db) for name in TAUS} == {
        "artifacts_10": 2, "artifacts_50": 1, "artifacts_90": 0,
    }  # fmt: skip
    assert found["recalled"] == 1.0  # (a, s) has every value as an answer
    best = (2 * log(1 + torch.exp(torch.tensor(-3.0)).item())) / 4
    assert found["above"] == pytest.approx(best, abs=1e-6)


def test_a_layer_has_the_size_that_it_is_called_by():
    for item in experiment.items("full"):
        config = experiment.layer_of(experiment.Look(**item))
        assert config.width == config.n_heads * config.d_head_qk == item["size"]
        assert config.d_model == (item["size"] if item["regime"] == "T" else 80)


@pytest.fixture(scope="module")
def rows():
    some = [
        item | {"steps": 200}
        for item in experiment.items("quick")
        if item["size"] == 16 and item["regime"] == "T" and not item["weight_decay"]
    ]
    return pd.DataFrame(experiment.measure(some))


def test_a_look_is_where_the_rule_first_says_stop(rows):
    assert (rows["reached"] == 1).all() and set(rows["stop"]) == {*STOPS}
    made = rows.pivot(index="seed", columns="stop", values="made")
    assert (made["end"] == 200).all() and (made[["recall", "loss"]] < 200).all(axis=None)
    first = rows[rows["stop"] == "recall"]
    assert (first["recalled"] == 1).all()
    assert (rows[rows["stop"] == "loss"]["above"] <= experiment.NEAR).all()


def test_a_rule_that_never_says_stop_leaves_a_row_without_counts():
    items = [
        item | {"steps": 25, "stop": stop}
        for item in experiment.items("quick")[:1]
        for stop in STOPS
    ]
    found = {row["stop"]: row for row in experiment.measure(items)}
    assert found["end"]["reached"] == 1 and found["recall"]["reached"] == 0
    assert found["recall"]["artifacts_50"] is None and found["recall"].keys() == found["end"].keys()


def judged(*changes):
    """Verdicts on a table where every criterion is met, but for (where, column, value)."""
    lines = [("T", "fast", 0.0), ("F", "slow", 0.0)]
    table = [
        dict(zip(LINE, line, strict=True))
        | {"size": size, "stop": stop, "seed": seed, "reached": int(size > 2 or stop == "end")}
        | {"artifacts_50": count + 0.1 * seed}
        for line in lines
        for size, counts in ((2, (0, 0, 4)), (4, (11, 10, 9)), (64, (9, 8, 7)))
        for stop, count in zip(STOPS, counts, strict=True)
        for seed in range(3)
    ]
    frame = pd.DataFrame(table)
    for where, column, value in changes:
        frame.loc[frame.query(where).index, column] = value
    return [verdict.met for verdict in experiment.judge(frame)]


def test_the_criteria_notice_what_is_missed():
    first = "regime == 'T' and size == 4"
    assert judged() == [True] * 7
    assert judged((f"{first} and stop == 'recall' and seed < 2", "reached", 0))[0] is False
    for n, stop in enumerate(STOPS):
        verdicts = judged((f"{first} and stop == '{stop}' and seed == 0", "artifacts_50", 4.9))
        assert verdicts[1 + n] is False
    assert judged(("size == 2 and stop == 'end'", "artifacts_50", 1.0)) == [True] * 7
    smaller = judged((f"{first} and stop == 'recall'", "artifacts_50", 9.1))
    assert smaller == [True, True, True, True, True, False, False]
    assert judged((f"{first} and stop == 'end'", "artifacts_50", 11.1))[6] is False
