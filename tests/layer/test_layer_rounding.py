"""What is exact in a construction stays exact to rounding: gates, edits, silence."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from factrank import FactrankError
from factrank.facts.database import Database
from factrank.layer import edit
from factrank.layer.attention import AttentionLayer
from factrank.layer.building.compile import compile_key_independent, compile_values
from factrank.layer.building.recipes import compile_database
from factrank.layer.config import config_for
from factrank.layer.edit import answer_of, delete_fact, set_fact
from factrank.layer.exactness import exactness
from factrank.layer.model import NamedLayer, recall
from factrank.layer.survey import survey
from factrank.rank.algebra.terms import Term
from factrank.rank.interval import rank_interval
from tests.strategies import databases

FACTS = [("a", "r", "x"), ("b", "r", "y"), ("b", "s", "x"), ("c", "s", "y"), ("d", "t", "z")]


def quick(db: Database):
    return rank_interval(db, "quick")


@pytest.fixture
def named() -> NamedLayer:
    db = Database.from_triples(FACTS)
    return NamedLayer.of(db, compile_values(db, scale=7.0), scale=7.0)


def test_a_gate_keeps_a_query_vector_of_no_round_numbers():
    terms = [Term({0: 3000.0}, {0: 1 / 3, 1: 1.0, 2: -1 / 7}, {0: 1})]
    L = compile_key_independent((1, 3, 1), terms).layer_tensor()[0, 0, :, 0]
    wanted = torch.tensor([1000.0, 3000.0, -3000.0 / 7], dtype=torch.float64)
    assert (L - wanted).abs().max() < 3e-11


def test_an_edit_hits_its_cell_to_rounding(named):
    edited = set_fact(named, "a", "r", "z")
    row = torch.zeros(3, dtype=torch.float64)
    row[named.index("V", "z")] = 7
    assert (edited.logits("a", "r") - row).abs().max() < 1e-12


def test_a_deleted_fact_has_no_answer(named):
    gone = delete_fact(named, "b", "s")
    assert answer_of(gone, "b", "s") is None
    assert gone.logits("b", "s").abs().max() < 1e-12


def test_rounding_off_the_database_is_no_answer(named):
    db = Database.from_triples(FACTS)
    assert recall(named, db).answers_off == 0
    loud = set_fact(named, "a", "t", "z")
    assert recall(loud, db).answers_off == 1


def gone_everywhere(named: NamedLayer, db: Database, key: str, query: str, value: str) -> None:
    """ask, recall, its relations, edit and the checker say the same of a fact that was deleted."""
    gone = delete_fact(named, key, query)
    n = len(db)
    assert answer_of(gone, key, query) is None
    assert round(recall(gone, db).recalled * n) == n - 1
    assert {it.query: it.facts - it.recalled for it in survey(gone, db).relations}[query] == 1
    if n > 1:
        rest = db.without_fact(key, query, value)
        found = recall(gone, rest)
        assert found.recalled == 1 and found.answers_off == 0
    with pytest.raises(FactrankError, match="expected a pair with an answer, found none"):
        delete_fact(gone, key, query)


@settings(deadline=None, max_examples=60)
@given(
    databases(functional=True),
    st.sampled_from(["terms", "key-independent", "values", "relations", "gates", "circle"]),
    st.sampled_from([None, 0.9]),
    st.sampled_from(["smallest", "one-hot"]),
    st.data(),
)
def test_a_deleted_fact_is_gone_for_whoever_asks(db, method, tau, kind, data):
    if method in ("gates", "circle") and len(db.values) < 2:
        return
    named = compile_database(db, method, tau=tau, embeddings=kind, interval=quick)
    if method == "gates":  # pairs without a fact are answered too
        k, q, v = db.facts[0]
        gone = delete_fact(named, db.keys[k], db.queries[q])
        assert answer_of(gone, db.keys[k], db.queries[q]) is None
        assert round(recall(gone, db).recalled * len(db)) == len(db) - 1
        return
    k, q, v = data.draw(st.sampled_from(db.facts))
    gone_everywhere(named, db, db.keys[k], db.queries[q], db.values[v])


def test_the_generator_reaches_databases_with_one_value_and_with_many():
    seen = []

    @given(databases(functional=True))
    @settings(deadline=None, derandomize=True, database=None)
    def look(db):
        seen.append((len(db.values), len(db)))

    look()
    assert {1, 2, 3} <= {values for values, _ in seen} and max(n for _, n in seen) > 5


def test_the_same_answer_whoever_else_is_asked():
    """A quiet pair beside a loud one: what counts as an answer is a matter of its own votes."""
    db = Database.from_triples(FACTS)
    quiet = NamedLayer.of(db, compile_values(db, scale=1e-3), scale=1e-3)
    loud = replace(set_fact(quiet, "a", "r", "x"), scale=1e3)
    loud = set_fact(loud, "d", "t", "z")
    assert answer_of(loud, "b", "s") == "x"
    found = recall(loud, db)
    assert found.recalled == 1 and found.answers_off == 0


def test_recall_require_fails_after_a_deletion(run, tmp_path):
    facts, layer = tmp_path / "three.csv", tmp_path / "layer.safetensors"
    facts.write_text("key,query,value\nAnn,likes,tea\nBob,likes,milk\nBob,owns,tea\n")
    for method in ("terms", "values", "relations", "key-independent"):
        args = ("compile", facts, "-o", layer, "--force", "--method", method)
        assert run(*args)[0] == 0
        status, out, _ = run("edit", layer, "delete", "Bob", "likes")
        assert status == 0 and "no logit is further than" in out
        assert run("ask", layer, "Bob", "likes")[1].startswith("Bob likes: no answer")
        status, out, _ = run("recall", layer, facts, "--require", 1)
        assert status == 1 and out.startswith("recalled 2 of 3 facts")
        assert run("verify", facts, layer)[0] == 1


def test_an_edit_that_would_touch_other_cells_is_refused(named, monkeypatch):
    exact = compile_database(Database.from_triples(FACTS), "values")
    for before in (named, exact):
        assert before.exact is None or before.exact.bound < 1e-13
        whole = edit.one_cell

        def careless(layer, k, q, change, whole=whole):
            new = whole(layer, k, q, change)
            return replace(new, weights=new.weights._replace(U=new.weights.U * (1 + 1e-6)))

        monkeypatch.setattr(edit, "one_cell", careless)
        with pytest.raises(FactrankError, match=r"edit: expected every logit within .* anew$"):
            set_fact(before, "a", "r", "z")
        monkeypatch.setattr(edit, "one_cell", whole)


def test_an_exact_layer_that_holds_other_facts_is_not_edited():
    db = Database.from_triples(FACTS)
    exact = compile_database(db, "values")
    other = replace(exact, exact=replace(exact.exact, facts="0" * 64))
    with pytest.raises(
        FactrankError, match="expected a layer that holds the facts it was compiled"
    ):
        set_fact(other, "a", "r", "z")


def test_trained_layers_keep_their_dtype_and_are_compared_too():
    db = Database.from_triples(FACTS)
    config = config_for(db, d_model=8, n_heads=3, d_head_qk=2, d_head_vo=2)
    layer = AttentionLayer.random(config, seed=3, dtype=torch.float32)
    edited = set_fact(NamedLayer.of(db, layer), "a", "r", "z")
    assert edited.layer.weights.U.dtype == torch.float32
    assert edited.exact is None and 0 < edited.edits[-1]["off"] < 1e-4


# ---- where softmax alone cannot tell: an even share is enough for tau ----------------------------

ONE_VALUE = [("Ann", "likes", "tea"), ("Bob", "likes", "tea"), ("Bob", "owns", "tea")]
TWO_VALUES = [("a", "r", "x"), ("b", "r", "y"), ("b", "s", "x")]
ALL_VALUES = [("a", "r", "x"), ("a", "r", "y"), ("b", "r", "x"), ("b", "s", "y")]
EVEN = {"one value": (ONE_VALUE, 0.9), "half": (TWO_VALUES, 0.5), "all values": (ALL_VALUES, 0.9)}


@pytest.mark.parametrize("method", ["terms", "key-independent", "values", "relations"])
@pytest.mark.parametrize("case", EVEN)
def test_what_is_deleted_is_not_held_where_an_even_share_would_do(case, method):
    triples, tau = EVEN[case]
    db = Database.from_triples(triples)
    named = compile_database(db, method, tau=tau, allow_sets=True, interval=quick)
    whole = recall(named, db, tau)
    assert whole.held == whole.recalled == 1 and whole.artifacts == whole.answers_off == 0
    key, query, _ = triples[0]
    lost = sum(it[:2] == (key, query) for it in triples)
    gone = delete_fact(named, key, query)
    found = recall(gone, db, tau)
    assert round(found.held * len(db)) == round(found.recalled * len(db)) == len(db) - lost
    assert found.artifacts == 0
    told = {it.query: it for it in survey(gone, db, tau).relations}
    assert told[query].held == told[query].recalled == told[query].facts - lost
    assert sum(it.artifacts for it in told.values()) == 0


def test_an_answer_nobody_gave_is_an_artifact_of_one_value_too():
    db = Database.from_triples(ONE_VALUE)
    loud = set_fact(compile_database(db, "values"), "Ann", "owns", "tea")
    found = recall(loud, db)
    assert (
        found.artifacts
        == found.answers_off
        == 1
        == sum(it.artifacts for it in survey(loud, db).relations)
    )


def test_the_commands_agree_about_the_only_value(run, tmp_path):
    facts, layer = tmp_path / "one.csv", tmp_path / "layer.safetensors"
    facts.write_text("key,query,value\n" + "".join(",".join(it) + "\n" for it in ONE_VALUE))
    assert run("compile", facts, "-o", layer, "--hold", 0.9)[0] == 0
    assert run("edit", layer, "delete", "Bob", "likes")[1].startswith("Bob likes: tea -> no answer")
    assert run("ask", layer, "Bob", "likes")[1] == (
        "Bob likes: no answer   (the logit of the only value is zero, or no more than rounding)\n"
    )
    record = json.loads(run("ask", layer, "Bob", "likes", "--json")[1])
    assert record["answer"] is record["probability"] is None
    status, out, _ = run("recall", layer, facts, "--require", 1)
    assert status == 1
    assert out.startswith(
        "recalled 2 of 3 facts (66.7%), held at 0.9: 2 (66.7%)\n"
        "  least margin of a fact: none, no pair has another value\n"
        "  off the facts: 0 entries at 0.9 or more (artifacts), 0 pairs answered\n"
    )


def test_a_layer_further_off_than_half_a_fact_answers_as_it_is_recalled():
    """A tolerance that wide may be asked for; then half of the scale parts nothing."""
    db = Database.from_triples(FACTS)
    exact = compile_database(db, "values")
    w = exact.layer.weights
    layer = replace(exact.layer, weights=w._replace(W_O=0.4 * w.W_O))
    quiet = replace(exact, layer=layer, exact=exactness(layer, db))
    assert quiet.exact.within(0.61, 1.0) and recall(quiet, db).recalled == 1
    assert all(quiet.answers(k, q) == (v,) for k, q, v in db.triples())
