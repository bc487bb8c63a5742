"""Layers of real size: compiled, checked and edited without a tensor of all cells."""

from __future__ import annotations

import csv
import json
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from factrank import FactrankError, compile_facts
from factrank.facts.database import Database
from factrank.facts.families import random_functional
from factrank.layer import edit, survey, verify
from factrank.layer.attention import AttentionLayer
from factrank.layer.bounds import circle_scale, gate_scale
from factrank.layer.building import at_size, recipes
from factrank.layer.building.at_size import report, sampled
from factrank.layer.building.compile import compile_circle, compile_gates, with_room
from factrank.layer.config import LayerConfig, config_for
from factrank.layer.edit import delete_fact, set_fact
from factrank.layer.exactness import most
from factrank.layer.file import save
from factrank.layer.model import NamedLayer, recall
from tests.strategies import databases

METHODS = ("gates", "circle")


@pytest.fixture
def any_size_is_large(monkeypatch):
    monkeypatch.setattr(at_size, "LARGE", 0)
    monkeypatch.setattr("factrank.layer.building.at_size.LARGE", 0)


def mid(n: int = 400, values: int = 300, queries: int = 3) -> Database:
    return random_functional(n, queries, values, 0.5, seed=n)


# ---- compile -------------------------------------------------------------------------------------


@settings(max_examples=30)
@given(databases(functional=True), st.sampled_from(["smallest", "one-hot"]))
def test_the_same_logits_as_with_a_table_of_all_cells(db, kind):
    V = len(db.values)
    scale = with_room(gate_scale(V, 0.9))
    wanted = compile_gates(db, tau=0.9).layer_tensor()
    found = compile_gates(db, tau=0.9, embeddings=kind).layer_tensor()
    assert (found - wanted).abs().max() <= 1e-9 * scale
    scale = with_room(circle_scale(V, 0.9))
    wanted = compile_circle(db, tau=0.9).layer_tensor()
    found = at_size.circle_at_size(db, scale, kind).layer_tensor()
    assert (found - wanted).abs().max() <= 1e-9 * scale


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("tau", [None, 0.6])
def test_what_is_compiled_at_size_recalls_every_fact(any_size_is_large, method, tau):
    db = random_functional(40, 3, 25, 0.7, seed=1)
    named = compile_facts(db, method, tau=tau)
    assert (named.method, named.database, named.exact) == (method, db.digest(), None)
    found = recall(named, db, tau or 0.9)
    assert found.recalled == 1 and (tau is None or found.held == 1)
    assert named.scale == recipes.compile_database(db, method, tau=tau).scale
    assert named.layer.config.d_model <= 2 * 7 + 4  # not a dimension a token


def test_it_is_compile_database_up_to_there():
    db = random_functional(9, 3, 5, 0.7, seed=1)
    for method in recipes.METHODS:
        few, many = compile_facts(db, method), recipes.compile_database(db, method)
        for found, wanted in zip(few.layer.weights, many.layer.weights, strict=True):
            assert torch.equal(found, wanted)


def test_what_is_lost_is_refused_with_its_number(any_size_is_large, monkeypatch):
    monkeypatch.setattr(at_size, "compile_gates", lambda db, **how: compile_gates(db))
    db = random_functional(40, 3, 25, 1.0, seed=1)
    with pytest.raises(FactrankError) as error:
        compile_facts(db, "gates", tau=0.9)
    assert str(error.value) == (
        "compile gates: expected every fact recalled and held at 0.9, found 120 of 120 lost: "
        "25 values lie too close together for float64"
    )
    several = db.with_fact("k0", "q0", "v24").with_fact("k0", "q0", "v23")
    with pytest.raises(FactrankError, match=r"compile gates: expected one value for each"):
        compile_facts(several, "gates")


def test_more_gates_than_float64_can_part_are_refused_before_the_work(any_size_is_large):
    """Up to there the nearest of all gates is told from its neighbours, beyond it is not."""
    assert at_size.MOST_GATES == 31_622
    for values, few in ((31_500, True), (31_750, False)):
        names = tuple(f"v{v}" for v in range(values))
        db = Database(("a", "b"), ("r",), names, ((0, 0, 0), (1, 0, values // 2)))
        layer = compile_gates(db, embeddings="smallest")
        found = survey.survey(NamedLayer.of(db, layer), db, everywhere=False).whole
        assert found.recalled == few
    with pytest.raises(FactrankError) as error:
        compile_facts(db, "gates")
    assert str(error.value) == (
        "compile gates: expected at most 31,622 values, found 31,750: beyond, gates lie closer "
        "together than rounding; circle keeps values further apart"
    )
    circle = compile_facts(db, "circle", tau=0.9)
    assert circle.answers("b", "r") == ("v15875",)


def test_too_large_is_told_with_the_size_before_the_work(monkeypatch):
    names = [
        tuple(f"{mode}{i}" for i in range(n))
        for mode, n in zip("kqv", (9000, 9000, 9), strict=True)
    ]
    wide = Database(*names, tuple((k, k, 0) for k in range(9000)))
    monkeypatch.setattr(at_size, "table_of", lambda *_: pytest.fail("nothing is built"))
    told = {
        "gates": "weights, found at least 162,099,009 (1.3 GB) for 9,000 facts",
        "circle": "pairs of a key and a query, found 81,000,000",
    }
    for method, limit in (("gates", "100,000,000"), ("circle", "20,000,000")):
        with pytest.raises(FactrankError) as error:
            compile_facts(wide, method)
        assert str(error.value) == f"compile {method}: expected at most {limit} {told[method]}"
    for method in ("values", "relations"):
        for call in (compile_facts, at_size.least_weights):
            with pytest.raises(FactrankError) as error:
                call(wide, method)
            assert str(error.value) == (
                f"compile {method}: expected a table of at most 100,000,000 cells, found "
                "729,000,000 (5.8 GB); gates and circle need no table"
            )


def test_too_many_weights_are_told_alike_with_a_table_and_without():
    names = [
        tuple(f"{mode}{i}" for i in range(n)) for mode, n in (("k", 5001), ("q", 1), ("v", 5001))
    ]
    wide = Database(*names, tuple((k, 0, k) for k in range(5001)))  # few cells, many weights
    with pytest.raises(FactrankError) as error:
        compile_facts(wide, "values")
    assert str(error.value) == (
        "compile values: expected at most 100,000,000 weights, found at least 150,060,006 "
        "(1.2 GB) for 5,001 facts"
    )


@pytest.mark.parametrize("method", METHODS)
def test_memory_is_in_proportion_to_the_layer(any_size_is_large, method):
    """10 times the values, and no array of the size of a table: numpy's own are traced."""
    peaks = []
    for values in (300, 3000):
        db = mid(2000, values)
        tracemalloc.start()
        compile_facts(db, method)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    cells = 8 * 2000 * 3 * 3000
    assert peaks[1] < cells / 10 and peaks[1] < 2 * peaks[0]


def test_a_report_at_size_asks_for_facts_and_draws_some(any_size_is_large, monkeypatch):
    db = random_functional(60, 3, 25, 1.0, seed=1)
    assert len(sampled(db, 50)) == 50 and set(sampled(db, 50).facts) < set(db.facts)
    assert sampled(db, 180) == db
    named = compile_facts(db, "circle", tau=0.9)
    monkeypatch.setattr(
        "factrank.layer.building.at_size.sampled", lambda it: sampled(it, 50), raising=True
    )
    found = report(named, db)
    assert [it.asked for it in found.precisions] == [180, 50, 50]
    assert found.precisions[0].recalled == found.precisions[0].held == 1


# ---- the commands --------------------------------------------------------------------------------


def written(db: Database, folder: Path) -> Path:
    path = folder / "facts.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("key", "query", "value"), *db.triples()])
    return path


def test_commands_at_size(run, tmp_path, monkeypatch, any_size_is_large):
    db, layer = random_functional(30, 3, 25, 0.8, seed=1), tmp_path / "layer"
    facts = written(db, tmp_path)
    monkeypatch.setattr(survey, "EVERYWHERE", 1000)
    monkeypatch.setattr(verify, "MOST", 1000)
    status, out, err = run("compile", facts, "-o", layer, "--method", "circle", "--hold", 0.9)
    assert (status, err) == (0, "") and f"{len(db)} facts in 2 heads" in out
    K, Q, V = (len(db.used(mode)) for mode in "KQV")
    status, out, err = run("recall", layer, facts, "--require", 1)
    assert (status, err) == (0, "")
    assert (
        "  off the facts: not counted, only pairs with a fact were asked for; recall --all-pairs "
        f"asks for all {K * Q:,}, {K * Q * V:.1e} logits\n" in out
    )
    few = json.loads(run("recall", layer, facts, "--json")[1])
    many = json.loads(run("recall", layer, facts, "--json", "--all-pairs")[1])
    assert few["artifacts"] is few["answers_off"] is None
    assert many["artifacts"] == 0 and many["recalled"] == few["recalled"] == 1
    for a, b in zip(few["relations"], many["relations"], strict=True):
        assert a["artifacts"] is None and b["artifacts"] == 0
        assert {**a, "artifacts": 0, "answers_off": 0, "margin": 0} == {**b, "margin": 0}
    status, out, _ = run("verify", facts, layer)
    assert status == 0 and "; on their pairs a logit is " in out
    status, out, _ = run("verify", facts, layer, "--all-pairs")
    assert status == 0 and f"verified: recalls {len(db)} of {len(db)} facts" in out
    assert "on their pairs" not in out
    key, query, value = next(db.triples())
    status, out, _ = run("edit", layer, "delete", key, query)
    assert status == 0 and out.startswith(f"{key} {query}: {value} -> no answer\n")
    assert run("verify", facts, layer)[0] == 1
    status, out, _ = run("recall", layer, facts)
    assert status == 0 and out.startswith(f"recalled {len(db) - 1} of {len(db)} facts")


def test_small_layers_are_asked_for_every_pair_unless_told(run, tmp_path):
    layer = tmp_path / "layer"
    assert run("compile", "library:example", "-o", layer)[0] == 0
    assert json.loads(run("recall", layer, "library:example", "--json")[1])["artifacts"] == 0
    told = run("recall", layer, "library:example", "--facts-only", "--json")[1]
    assert json.loads(told)["artifacts"] is None
    assert run("verify", "library:example", layer)[1].startswith("verified: exact: ")
    out = run("verify", "library:example", layer, "--facts-only")[1]
    assert out.startswith("verified: recalls 8 of 8 facts") and "on their pairs" in out


# ---- verify --------------------------------------------------------------------------------------


@settings(max_examples=25)
@given(databases(), st.integers(0, 99), st.booleans())
def test_the_checker_says_the_same_in_parts(tmp_path_factory, db, seed, residual):
    config = config_for(db, d_model=4, n_heads=2, d_head_qk=1, d_head_vo=2, residual=residual)
    named = NamedLayer.of(db, AttentionLayer.random(config, seed=seed, std=2.0))
    path = tmp_path_factory.mktemp("layer") / "layer"
    save(path, named)
    whole = verify.verify(db, path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verify, "BLOCK", 1)  # a row at a time
        parts, told = verify.verify(db, path), []
        few = verify.verify(db, path, False, lambda *it: told.append(it))
    assert parts.recalled == whole.recalled == few.recalled and parts.valid == whole.valid
    assert parts.bound == pytest.approx(whole.bound, rel=1e-9) and few.bound <= whole.bound * 1.01
    assert {total for _, total in told} == {len(db.keys)}


def test_a_false_claim_of_a_large_layer_is_looked_at_everywhere(tmp_path, monkeypatch):
    monkeypatch.setattr(verify, "MOST", 1)
    db = random_functional(6, 3, 5, 0.5, seed=1)
    good = recipes.compile_database(db, "values")
    empty = next(
        (k, q) for k in range(6) for q in range(3) if all(f[:2] != (k, q) for f in db.facts)
    )
    more = set_fact(good, db.keys[empty[0]], db.queries[empty[1]], db.values[0])
    save(tmp_path / "layer", replace(good, layer=more.layer))  # says what the good one may say
    found = verify.verify(db, tmp_path / "layer")
    assert not found.valid and found.message.startswith("false: the file says exact to ")


# ---- edit ----------------------------------------------------------------------------------------


@settings(max_examples=30)
@given(st.integers(0, 99), st.booleans(), st.sampled_from([torch.float64, torch.float32]))
def test_no_logit_is_further_off_than_an_edit_says(seed, new_value, kind):
    db = random_functional(5, 3, 4, 0.9, seed)
    config = config_for(db, d_model=6, n_heads=2, d_head_qk=2, d_head_vo=2)
    named = NamedLayer.of(db, AttentionLayer.random(config, seed=seed, dtype=kind))
    value = "new" if new_value else "v1"
    edited = set_fact(named, "k2", "q1", value)
    wanted = named.layer.to(torch.float64).layer_tensor()[0]
    wanted = torch.cat([wanted, torch.zeros(5, 3, new_value)], 2)
    wanted[2, 1] = torch.tensor([it == value for it in edited.values]).double()
    off = (edited.layer.to(torch.float64).layer_tensor()[0] - wanted).abs().max()
    assert float(off) <= edited.edits[-1]["off"] + 1e-13


def test_what_an_edit_left_alone_is_looked_at_bit_by_bit(monkeypatch):
    db = random_functional(5, 3, 4, 0.9, 1)
    config = config_for(db, d_model=6, n_heads=2, d_head_qk=2, d_head_vo=2)
    before = AttentionLayer.random(config, seed=1)
    after = set_fact(NamedLayer.of(db, before), "k2", "q1", "new").layer
    assert edit.kept(before, after)
    for name, weight in after.weights._asdict().items():
        if name in edit.HEADS:
            places = [(0, 0, -1, 0), (0, 0, 0, -1), (0, 1, 0, 0)]
        else:
            places = [(0, 0, 0), (0, 1, 1)] + [(0, 0, -1)] * (name == "U")
        for place in places:
            changed = weight.clone()
            changed[place] += 1e-9
            other = replace(after, weights=after.weights._replace(**{name: changed}))
            assert not edit.kept(before, other), (name, place)


@settings(max_examples=30)
@given(st.integers(0, 99), st.floats(1e-3, 1e3))
def test_the_bound_of_a_row_holds_and_is_close_for_one_quiet_head(seed, size):
    config = config_for(mid(7, 5), d_model=6, n_heads=2, d_head_qk=2, d_head_vo=2)
    layer = AttentionLayer.random(config, seed=seed, std=size)
    assert bool((layer.layer_tensor()[0].abs().amax(-1) <= most(layer)).all())
    w = layer.weights
    silent = replace(layer, weights=w._replace(W_V=0 * w.W_V))
    assert float(most(silent).max()) < 1e-100


def test_an_edit_builds_nothing_of_the_size_of_all_pairs(monkeypatch):
    """A head that says something to other pairs is found, though no logit of theirs is computed."""
    db = mid(60, 50)
    named = NamedLayer.of(db, AttentionLayer.random(
        config_for(db, d_model=9, n_heads=2, d_head_qk=2, d_head_vo=2), seed=0
    ))  # fmt: skip
    monkeypatch.setattr(edit, "SOME", 2)
    monkeypatch.setattr(edit, "in_blocks", lambda *_: pytest.fail("all pairs"))
    edited = set_fact(named, "k7", "q1", "v3")
    assert edited.answers("k7", "q1") == ("v3",)
    assert delete_fact(edited, "k7", "q1").answers("k7", "q1") == ()
    real = edit.kept
    monkeypatch.setattr(edit, "kept", lambda *_: True)
    w = edited.layer.weights
    loud = replace(edited.layer, weights=w._replace(W_V=w.W_V + 1e-3))
    row = torch.zeros(50, dtype=torch.float64)
    row[3] = 1
    with pytest.raises(FactrankError, match=r"edit: expected every logit within .* anew"):
        edit.checked(named, replace(edited, layer=loud), 7, 1, row)
    assert real(named.layer, edited.layer)


@pytest.mark.parametrize("large", [0, at_size.LARGE])
def test_a_fact_far_from_all_others_is_deleted(monkeypatch, large):
    """The logits of the pair say how large a logit is: it was refused where none looked at was."""
    monkeypatch.setattr(at_size, "LARGE", large)
    names = ([f"{it}{n}" for n in range(200)] for it in "kq")
    facts = tuple((i, (i + 1) % 200, i % 5) for i in range(200))
    db = Database(*map(tuple, names), tuple("abcde"), facts)
    named = compile_facts(db, "circle", tau=0.9)
    gone = delete_fact(named, "k1", "q2")
    assert gone.answers("k1", "q2") == () and gone.answers("k2", "q3") == ("c",)


def test_a_wide_layer_of_few_values_is_asked_in_parts_too():
    config = LayerConfig(100, 100, 2, d_model=8, n_heads=10, d_head_qk=1, d_head_vo=100)
    layer = AttentionLayer.random(config, seed=0)
    facts = [(k, q, 0) for k in range(100) for q in range(100)]
    found = list(survey.pairs_with_facts(layer, facts))
    assert max(it.pairs for it in found) * config.width <= survey.BLOCK
    assert sum(len(it.facts) for it in found) == len(facts)


def test_a_circle_needs_few_numbers_whatever_the_keys():
    db = Database(
        tuple(f"k{n}" for n in range(30)), tuple(f"q{n}" for n in range(30)), tuple("abc"),
        tuple((k, q, k % 3) for k in range(30) for q in range(30)),
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(at_size, "LARGE", 0)
        least = at_size.least_weights(db, "circle")
        config = compile_facts(db, "circle").layer.config
        assert least <= sum(config.parameters()[it] for it in ("attention", "embedding"))
        with pytest.raises(TypeError, match="no argument called tolerence"):
            compile_facts(db, "gates", tolerence=1)


def test_a_number_that_is_none_is_no_small_change(monkeypatch):
    """The bound of the new head is the proof: where it is no number, nothing is proved."""
    db = random_functional(20, 3, 9, 0.6, seed=1)
    config = config_for(db, d_model=9, n_heads=2, d_head_qk=2, d_head_vo=2)
    named = NamedLayer.of(db, AttentionLayer.random(config, seed=0))
    k, q, _ = next(db.triples())
    monkeypatch.setattr(edit, "most", lambda layer: most(layer) * torch.nan)
    with pytest.raises(FactrankError, match="found one off by up to inf"):
        delete_fact(named, k, q)


def test_a_certificate_has_no_pairs_to_look_at(run, tmp_path):
    proof = tmp_path / "proof.json"
    assert run("rank", "library:example", "--certificate", proof)[0] == 0
    assert run("verify", "library:example", proof)[0] == 0
    for option in ("--all-pairs", "--facts-only"):
        status, out, err = run("verify", "library:example", proof, option)
        assert (status, out) == (2, "") and err.count("\n") == 1
        assert "expected a layer with --all-pairs or --facts-only, found a certificate" in err
