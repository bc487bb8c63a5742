"""The experiment knowledge-graphs: what it draws, what is not here, how numbers are judged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pd = pytest.importorskip("pandas")
pytest.importorskip("torch")

from companion.engine.results import load  # noqa: E402
from companion.studies import knowledge_graphs as experiment  # noqa: E402
from companion.studies import knowledge_graphs_judge as judge  # noqa: E402
from factrank import FactrankError, read  # noqa: E402

RESULTS = Path(__file__).resolve().parents[3] / "notebooks" / "results"


@pytest.fixture
def bare(monkeypatch, tmp_path):
    """A machine with neither the files nor the package of the cities."""
    monkeypatch.setenv("FACTRANK_GRAPHS", str(tmp_path))
    monkeypatch.setattr(experiment, "find_spec", lambda name: None)
    caches = experiment.graph, experiment.part, experiment.sizes
    for cache in caches:
        cache.cache_clear()
    yield tmp_path
    for cache in caches:
        cache.cache_clear()


def test_a_step_asks_as_many_questions_as_is_recorded():
    frame = load("knowledge-graphs", RESULTS).frame
    clean = frame[(frame["kind"] == "clean") & frame["facts"].notna()]
    epoch = np.ceil(clean["facts"] / experiment.EPOCH).clip(lower=experiment.LEAST)
    assert (clean["batch"] == np.minimum(clean["facts"], epoch)).all() and (epoch > 256).any()


def test_the_questions_with_one_answer_are_taken_by_whole_keys():
    whole = experiment.graph("countries")
    several = {(k, q) for k, q, v in read("library:countries").triples()}
    assert whole.functional and len(whole) == len({it[:2] for it in whole.triples()}) < len(several)
    part = experiment.part("countries", 1000, "clean", 0.0, 3)
    assert part.functional and 1000 - len(whole.queries) < len(part) <= 1000
    of = {key: {it for it in whole.triples() if it[0] == key} for key in part.keys}
    assert {*part.triples()} == set().union(*of.values())
    assert experiment.part("countries", 1000, "clean", 0.0, 4) != part
    assert experiment.part("countries", 10**6, "clean", 0.0, 4) == whole


def test_what_is_not_here_is_a_row_without_an_outcome_and_is_told(bare):
    kinds = [
        it for it in experiment.items("full") if it["most_facts"] == 100 and it["d_model"] == 3
    ]
    rows = [row for it in kinds for row in experiment.work([it | {"steps": 25}])]
    here = {row["database"] for row in rows if row["recalled"] is not None}
    assert here == {"elements", "countries"}
    assert len({tuple(row) for row in rows}) == 1  # the same columns, here or not
    first, second, *_ = judge.judge(pd.DataFrame(rows))
    assert not first.met and first.found == (
        "2 are, absent: cities, fb237tv, kinship, nations, umls, wn18rr"
    )
    assert second.found.endswith(" of 4")


def test_a_file_that_says_something_else_is_refused(bare):
    (bare / "umls.tsv").write_text("a\tr\tx\n", encoding="utf-8")
    with pytest.raises(
        FactrankError, match=r"umls: expected the facts of the record \(digest 3695"
    ):
        experiment.graph("umls")
    (bare / "nations.tsv").write_text("a\tr\tx\nb r y\n", encoding="utf-8")
    with pytest.raises(FactrankError, match=r"nations.tsv:2: expected head, relation, tail, found"):
        experiment.graph("nations")


def test_a_layer_is_asked_off_its_facts():
    import torch

    from factrank.facts.database import Database
    from factrank.layer.attention import AttentionLayer
    from factrank.layer.config import LayerConfig

    clean = Database.from_triples([(str(k), "r", str(k % 2)) for k in range(8)])
    told = Database(clean.keys, ("r", "s"), clean.values, clean.facts[:6])
    weights = AttentionLayer.random(LayerConfig(8, 2, 2, 4, 1, 1, 2), seed=0).weights
    for size, sure in ((0.0, 0.0), (1e9, 1.0)):  # all values alike; the larger one is certain
        scaled = weights._replace(U=weights.U * size)
        found = experiment.off_the_facts(scaled, told, clean, 0)
        top = experiment._said(scaled, torch.tensor(clean.facts)[:, :2])[0]
        right = (top == torch.tensor(clean.facts)[:, 2]).double()
        assert found["artifacts"] == sure
        assert found["truth"] == float(right.mean()) and found["hidden"] == float(right[6:].mean())
    assert experiment.off_the_facts(weights, clean, clean, 0)["hidden"] is None


def frame(law, noise=0.0, grid=(2, 3, 4, 6, 8, 12, 16)):
    """Six databases whose bits, facts, values and ranks vary apart; least d_model by a law."""
    rng = np.random.default_rng(0)
    rows = []
    for name in "abcdef":
        for most in (100, 1000, 10_000):
            for seed in range(2):
                one = {"database": name, "most_facts": most, "kind": "clean", "seed": seed,
                       "facts": most, "values": most * rng.uniform(0.02, 0.9), "queries": 5,
                       "keys": most * rng.uniform(0.1, 0.9), "n_heads": 2}  # fmt: skip
                one["bits"] = most * rng.uniform(2, 10)
                one["rank_lower"] = most * rng.uniform(0.05, 0.9)
                one["rank_upper"] = 1.2 * one["rank_lower"]
                needed = law(one) * np.exp(noise * rng.normal())
                for d in grid:
                    share = 1.0 if d >= needed else 0.995 if d >= 0.8 * needed else 0.5
                    rows.append({**one, "d_model": d, "recalled": share, "artifacts": 0.1})
    return pd.DataFrame(rows)


def test_the_number_that_makes_the_law_orders_the_lines_and_foretells_them():
    rows = frame(lambda it: 0.9 * it["rank_upper"] ** 0.25)
    told = judge.compared(rows)
    assert told["rank (upper)"].concordance > 0.99 > told["bits"].concordance
    assert told["rank (upper)"].factor < 1.3
    assert told["rank (upper)"].low <= told["rank (upper)"].concordance
    rank = judge.judge(rows)[2]
    assert rank.met and rank.found.startswith("rank (")
    assert not judge.judge(frame(lambda it: 0.6 * it["bits"] ** 0.25))[2].met


def test_a_line_above_the_grid_is_ordered_where_it_is_known_and_counted_as_missed():
    rows = frame(lambda it: 0.9 * it["rank_upper"] ** 0.25, grid=(2, 3, 4))
    found = judge.lines(rows)
    above = found["works"].isna()
    assert 0.2 < above.mean() < 0.9 and (found["fails"][above] == 4).all()
    told = judge.compared(rows)["rank (upper)"]
    assert told.concordance > 0.99  # none of them is compared with another
    assert judge.judge(rows)[1].met == (above.mean() <= 0.2)
    lenient = judge.lines(rows, 0.99)
    assert lenient["works"].isna().sum() < above.sum()


def test_a_seed_that_fails_above_a_success_moves_the_threshold_up():
    rows = frame(lambda it: 3.0)
    rows.loc[rows["d_model"] == 8, "recalled"] = 0.9
    assert set(judge.lines(rows)["works"]) == {12} and set(judge.lines(rows)["fails"]) == {8}


def test_a_cost_compares_the_same_layer():
    rows = frame(lambda it: 3.0)
    noisy = rows[(rows["most_facts"] == 100) & (rows["d_model"] == 4)].assign(kind="noise")
    noisy["recalled"] -= 0.1
    found = judge.costs(pd.concat([rows, noisy]))
    assert len(found) == 12 and np.allclose(found["cost"], 0.1)
    assert "noise a +0.100" in judge._spoiled(pd.concat([rows, noisy])).found


@pytest.mark.parametrize("tier", ["quick", "full"])
def test_the_grid(tier):
    items = experiment.EXPERIMENT.expand(tier)
    assert {it["seed"] for it in items} == set(range(experiment.SEEDS))
    if tier == "quick":  # of what comes along with the package
        assert {it["database"] for it in items} == {"elements"}
