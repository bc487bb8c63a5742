"""A plan is certain only where it was seen, expects what the record says, and tells its limits."""

from __future__ import annotations

import json
from dataclasses import replace
from math import log2

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.studies import layer_size as judge
from factrank.cli.edge import app
from factrank.errors import FactrankError
from factrank.facts.database import Database
from factrank.facts.families import modular_addition, random_functional
from factrank.facts.library import load
from factrank.facts.reading.read import read
from factrank.layer import model, survey
from factrank.layer.building import at_size, recipes
from factrank.layer.building.recipes import compile_database
from factrank.layer.file import load as load_layer
from factrank.layer.model import recall
from factrank.practice.plan import expected
from factrank.practice.plan.layers import lines, plan, record
from factrank.rank.interval import rank_interval
from tests.strategies import databases
from tools import layer_size

pytest.importorskip("torch")


def quick(database):
    return rank_interval(database, "quick")


# ---- what is certain ------------------------------------------------------------------------


@settings(max_examples=25)
@given(databases(size=4), st.sampled_from([0.6, 0.9]))
def test_what_is_certain_was_seen(database, tau):
    if not database.facts:
        with pytest.raises(FactrankError, match="expected at least one fact"):
            plan(database)
        return
    found = plan(database, tau=tau, interval=quick)
    it = found.certified
    assert it.certain and it.recalled == it.held == 1
    named = compile_database(
        database, it.how, tau=tau, allow_sets=True, interval=lambda _: found.interval
    )
    assert named.layer.config == it.config
    asked = recall(named, database, tau)
    assert asked.recalled == asked.held == 1
    sizes = [choice.parameters["all"] for choice in found.choices]
    assert sizes == sorted(sizes)
    better = [c for c in found.choices if c.certain and c.recalled == c.held == 1]
    assert better[0] == it
    named_here = {c.how for c in found.choices if c.certain}
    assert len(named_here) + len(found.left_out) == 6


def test_a_budget_is_kept_or_nothing_is_recommended():
    database = modular_addition(7)
    free = plan(database, interval=quick)
    for budget in (1, free.certified.parameters["all"], 10**9):
        found = plan(database, budget=budget, interval=quick)
        for it in (found.certified, found.expected):
            assert it is None or it.parameters["all"] <= budget
    assert plan(database, budget=1, interval=quick).certified is None
    exact = plan(database, budget=free.certified.parameters["all"], interval=quick)
    assert exact.certified == free.certified


def test_a_pair_with_several_values_is_told():
    database = Database.from_triples([("a", "r", "x"), ("a", "r", "y"), ("b", "r", "x")])
    found = plan(database, interval=quick)
    assert found.ceiling == pytest.approx(2 / 3)
    assert {why.split(":")[0] for why in found.left_out} == {"gates", "circle"}
    assert "recalls at most 66.7%" in "\n".join(lines(found))


def test_a_layer_too_large_to_build_is_not_built(monkeypatch):
    monkeypatch.setattr("factrank.practice.plan.layers.MOST_BUILT", 10)
    found = plan(modular_addition(5), interval=quick)
    assert found.certified is None and not any(it.certain for it in found.choices)
    assert len(found.left_out) == 6 and "numbers, too many to build" in found.left_out[0]


def test_a_layer_that_would_take_long_to_ask_is_not_asked(monkeypatch):
    """At 10^5 facts the layers of many numbers would take minutes; small ones are asked."""
    monkeypatch.setattr("factrank.practice.plan.layers.MOST_ASKED", 25 * 80)
    found = plan(modular_addition(5), interval=quick)
    assert found.certified is not None and found.certified.how == "circle"
    told = [why for why in found.left_out if "numbers and 25 facts, too many to build" in why]
    assert len(told) == len(found.left_out) == 5


def test_a_large_table_is_asked_once_in_each_precision(monkeypatch):
    """To ask is what a plan of 10^5 facts takes its time for."""
    asked, real = [], survey.survey

    def counts(named, *it, **how):
        asked.append((named.method, how.get("layer") is None))
        return real(named, *it, **how)

    monkeypatch.setattr(at_size, "LARGE", 0)
    for module in (at_size, model):
        monkeypatch.setattr(module, "survey", counts)
    found = plan(modular_addition(5), interval=quick)
    assert {it.how for it in found.choices if it.certain} >= {"gates", "circle"}
    for method in ("gates", "circle"):
        assert [exact for how, exact in asked if how == method] == [True, False]


def test_a_method_that_cannot_take_the_table_says_why(monkeypatch):
    monkeypatch.setattr(recipes, "MOST_CELLS", 124)
    found = plan(modular_addition(5), interval=quick)
    told = "gates: expected a table of at most 124 cells, found 125 (0.0 GB)"
    assert any(it.startswith(told) for it in found.left_out)
    left_out = {why.split(":")[0] for why in found.left_out}
    assert left_out == set(recipes.METHODS) - set(recipes.DECOMPOSED)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"budget": 0}, "--parameters: expected at least 1, found 0"),
        ({"tau": 1.0}, "tau: expected"),
    ],
)
def test_bad_settings(options, says):
    with pytest.raises(FactrankError, match=says):
        plan(modular_addition(3), **options)


# ---- what is expected -----------------------------------------------------------------------


def test_several_values_a_pair_are_no_step_beyond_what_was_recorded():
    """The record set-sizes holds the plan's intervals against such tables."""
    facts = [(f"k{n}", f"q{n % 4}", f"v{(5 * n + i) % 16}") for n in range(24) for i in range(3)]
    found = plan(Database.from_triples(facts), interval=quick)
    assert [it.beyond for it in found.choices if not it.certain] == [(), ()]
    assert not any("extrapolated" in line for line in lines(found))


def test_the_shipped_thresholds_are_those_of_the_record():
    pytest.importorskip("pandas")
    assert layer_size.PATH.read_text(encoding="utf-8") == layer_size.text()


@pytest.mark.parametrize("regime", "TF")
def test_four_in_five_databases_fall_into_an_interval_made_without_them(regime):
    inside, total = judge.covered(expected.recorded()[regime])
    assert total >= 20 and inside >= 0.8 * total


@pytest.mark.parametrize("regime", "TF")
def test_the_recorded_thresholds_mostly_lie_inside_the_interval(regime):
    fit = expected.fitted(regime)
    known = [line for line in expected.recorded()[regime] if line.works is not None]
    inside = 0
    for line in known:
        low, middle, high = fit.predict(line.features())
        assert low < middle < high
        inside += low <= line.works and high > (line.fails or 0)
    assert inside >= 0.8 * len(known)


def test_sizes_are_those_of_the_database():
    database = random_functional(9, 3, 5, 0.8, seed=1)
    sizes = expected.sizes_of(database, quick(database))
    ranges = [{v for _, p, v in database.facts if p == q} for q in range(3)]
    bits = sum(len([1 for _, p, _ in database.facts if p == q]) * log2(len(r))
               for q, r in enumerate(ranges))  # fmt: skip
    assert sizes["bits"] == pytest.approx(bits)
    assert (sizes["keys"], sizes["queries"]) == (len(database.used("K")), 3)


def test_unused_labels_change_nothing():
    database = modular_addition(5)
    more = replace(database, keys=(*database.keys, "nobody"), values=(*database.values, "nothing"))
    one, two = (expected.expected_layers(it, quick(it)) for it in (database, more))
    assert [it.d_models for it in one] == [it.d_models for it in two]


def test_more_bits_need_more():
    small, large = (modular_addition(m) for m in (8, 16))
    for one, two in zip(*(expected.expected_layers(it, quick(it)) for it in (small, large)),
                        strict=True):  # fmt: skip
        assert one.config.d_model < two.config.d_model


def test_each_expectation_is_of_the_embeddings_that_it_names():
    database = modular_addition(7)
    found = expected.expected_layers(database, quick(database))
    assert [it.config.trainable_embeddings for it in found] == [r == "T" for r in expected.HOW]


def test_what_lies_outside_the_record_is_told():
    tiny = Database.from_triples([("a", "r", "x"), ("b", "r", "y")])
    for it in expected.expected_layers(tiny, quick(tiny)):
        regime = "T" if it.config.trainable_embeddings else "F"
        told = [why.split()[0] for why in it.beyond]  # tables of no load were recorded
        assert told == [name for name in expected.INSIDE[regime] if name != "load"]
    inside = modular_addition(11)
    assert all(not it.beyond for it in expected.expected_layers(inside, quick(inside)))


# ---- the command ----------------------------------------------------------------------------


def test_the_command_recommends(run):
    status, out, err = run("plan", "library:elements", "--effort", "quick")
    assert (status, err) == (0, "")
    first = out.splitlines()
    assert first[0] == "1054 facts, rank exactly 74"
    assert first[1].startswith("certain: n_heads ") and "factrank compile FACTS --method" in out
    assert "expected: n_heads 4, d_head_qk 2" in out and "all choices, smallest first" in out


def test_the_command_as_json(run):
    status, out, _ = run("plan", "library:example", "--json", "--parameters", 1000)
    found = json.loads(out)
    assert status == 0 and found == json.loads(
        json.dumps(record(plan(load("example"), budget=1000)))
    )
    assert {"how", "parameters", "multiply_adds", "bytes", "expected_d_model"} <= set(
        found["choices"][0]
    )


def test_the_command_refuses(run):
    status, out, err = run("plan", "library:example", "--parameters", 0)
    assert (status, out) == (2, "") and err.startswith("--parameters: expected at least 1")


def test_the_commands_of_a_plan_make_what_it_tells_of(tmp_path):
    """Also where pairs have several values, and for another tau."""
    facts = tmp_path / "facts.csv"
    facts.write_text(
        "ann,speaks,english\nann,speaks,malay\nbob,speaks,english\nbob,lives_in,Oslo\n"
    )
    found = plan(read(facts), tau=0.99, interval=quick)
    told = [it.strip() for it in lines(found) if it.strip().startswith("factrank ")]
    assert len(told) == 2
    for n, line in enumerate(told):
        assert ("--allow-sets" in line, "--tau 0.99" in line) == (n == 0, n == 1)
        files = {"FACTS": facts, "LAYER": tmp_path / f"{n}"}
        words = [str(files.get(it, it)) for it in line.split()]
        assert CliRunner().invoke(app, words[1:]).exit_code == 0
        assert recall(load_layer(tmp_path / f"{n}"), read(facts), 0.99).held == 1
