"""Databases are spoiled at the rate that was asked for, and answers are counted by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

pd = pytest.importorskip("pandas")
torch = pytest.importorskip("torch")

from companion.studies import real_facts as experiment  # noqa: E402
from companion.studies.databases import KINDS, corrupt, dataset  # noqa: E402
from factrank.errors import FactrankError  # noqa: E402
from factrank.facts.database import Database  # noqa: E402
from tests.strategies import databases  # noqa: E402


@given(databases(), st.sampled_from(KINDS[1:]), st.sampled_from([0.0, 0.3, 1.0]), st.integers(0, 9))
def test_spoiling_does_what_it_says(db, kind, rate, seed):
    found = corrupt(db, kind, rate, seed)
    assert (found.keys, found.queries, found.values) == (db.keys, db.queries, db.values)
    assert corrupt(db, kind, rate, seed) == found
    before, after = set(db.facts), set(found.facts)
    pairs = {fact[:2] for fact in before}
    touched = {fact[:2] for fact in before ^ after}
    most = round(rate * len(pairs))
    assert len(touched) <= most
    ranges = {q: {v for _, p, v in before if p == q} for _, q in pairs}
    assert all(v in ranges[q] for _, q, v in after)
    if kind == "missing":
        assert after == {fact for fact in before if fact[:2] not in touched}
        assert len(touched) == most
    if kind == "contradictions":
        assert before <= after and len(after) - len(before) == len(touched)
    if kind == "noise":
        assert {fact[:2] for fact in after} == pairs
        assert all(sum(f[:2] == pair for f in after) == 1 for pair in touched)


def test_the_samples_are_real_and_always_the_same():
    elements, countries = dataset("elements"), dataset("countries")
    assert len(elements.keys) == 48 and len(countries.keys) == 40
    assert elements.functional and not countries.functional
    one = dataset("countries, one source")
    assert one.functional and set(one.triples()) < set(countries.triples())
    with pytest.raises(FactrankError, match="found 'planets'"):
        dataset("planets")
    with pytest.raises(FactrankError, match="corrupt: expected one of clean, noise"):
        corrupt(elements, "rot", 0.1, 0)


def test_answers_by_hand():
    clean = Database.from_triples([("a", "r", "x"), ("b", "r", "y"), ("c", "r", "x")])
    spoiled = Database(clean.keys, clean.queries, clean.values,
                       ((0, 0, 0), (0, 0, 1), (1, 0, 0)))  # fmt: skip
    # a says x (told, true), b says x (told, false), c says x (not told, true)
    L = torch.tensor([[[2.0, 1.0]], [[1.0, 0.0]], [[3.0, 0.0]]], dtype=torch.float64)
    said = experiment.answers(L, spoiled, clean)
    assert said["single"] == pytest.approx(2 / 3, abs=1e-5)
    assert said["truth"] == pytest.approx(2 / 3, abs=1e-5)
    assert said["hidden"] == 0.5  # b's y and c's x were taken away; c is right
    assert said["recalled"] == 1.0


def cells(name, kind, rate, recalled, **more):
    base = {"database": name, "kind": kind, "rate": rate, "regime": "F", "d_model": 8,
            "ceiling": 1.0, "attention_parameters": 400, "rank_upper": 20, "rank_lower": 20,
            "bits": 100.0, "facts": 50, "keys": 9, "queries": 3, "values": 5}  # fmt: skip
    return [
        {**base, "seed": seed, "recalled": recalled, "single": recalled, **more}
        for seed in range(4)
    ]


def frame(costs):
    rows = []
    for n, (name, cost) in enumerate(costs.items()):
        rows += cells(name, "clean", 0.0, 0.9, ceiling=0.9, single=0.9, facts=50 + n)
        rows += cells(name, "noise", 0.3, 0.9 - cost, facts=50 + n)
    return pd.DataFrame(rows)


def test_the_judge_sees_every_failure():
    good = {"family-trees": 0.1, "modular-addition-11": 0.2, "random": 0.0}
    ceiling, noise = experiment.judge(frame(good))
    assert ceiling.met and noise.met
    for name, cost in (("family-trees", 0.0), ("random", 0.1)):
        assert not experiment.judge(frame(good | {name: cost}))[1].met
    over = frame(good)
    over.loc[0, "single"] = 0.95
    assert not experiment.judge(over)[0].met
    low = frame(good)
    low["single"] = low["single"] * 0.5
    assert not experiment.judge(low)[0].met


def test_the_size_that_orders_cells_wins():
    rows = []
    for n, (rank, facts) in enumerate([(10, 90), (20, 30), (40, 60), (30, 10)]):
        rows += cells(str(n), "clean", 0.0, 1 / rank, rank_upper=rank, rank_lower=rank,
                      facts=facts, bits=2.0 * facts)  # fmt: skip
    found = experiment.agreement(pd.DataFrame(rows))
    assert found["rank_upper"] == pytest.approx(1) and found["facts"] < 0.9
    verdict = experiment.judge(pd.DataFrame(rows))[-1]
    assert "rank order the cells" in verdict.criterion and verdict.met


def test_a_row_has_all_columns():
    (item,) = [it for it in experiment.items("quick") if it["seed"] == 0 and it["d_model"] == 8][:1]
    (found,) = experiment.work([{**item, "steps": 5}])
    sizes = {"facts", "bits", "ceiling", "rank_lower", "rank_upper", "attention_parameters"}
    assert sizes | {"recalled", "held_50", "held_90", "single", "truth", "hidden"} <= set(found)
