"""Exact editing: the one cell becomes what was asked, and every other cell stays what it was."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from factrank import FactrankError, read
from factrank.facts.database import Database
from factrank.layer.attention import AttentionLayer
from factrank.layer.building import recipes
from factrank.layer.config import LayerConfig
from factrank.layer.edit import answer_of, delete_fact, insert_fact, one_cell, set_fact
from factrank.layer.model import NamedLayer, recall
from factrank.rank.interval import rank_interval
from tests.strategies import databases, has_duplicate_slices

methods = st.sampled_from(["terms", "key-independent", "values", "relations"])
kinds = st.sampled_from(["smallest", "one-hot"])


def compiled(db: Database, method: str, kind: str = "smallest") -> NamedLayer:
    return recipes.compile_database(
        db, method, embeddings=kind, interval=lambda it: rank_interval(it, "quick")
    )


def tensor(named: NamedLayer) -> torch.Tensor:
    return named.layer.layer_tensor()[0]


def only(before: torch.Tensor, after: torch.Tensor, k: int, q: int) -> float:
    """The largest change of any cell but those of the pair (k, q)."""
    change = (after - before).abs()
    change[k, q] = 0
    return float(change.max())


@given(databases(functional=True), methods, kinds, st.data())
@settings(deadline=None)
def test_an_edit_changes_its_cell_and_no_other(db, method, kind, data):
    named = compiled(db, method, kind)
    k, q, v = (data.draw(st.integers(0, size - 1)) for size in db.shape)
    key, query, value = db.keys[k], db.queries[q], db.values[v]
    edited = set_fact(named, key, query, value)
    before, after = tensor(named), tensor(edited)
    assert only(before, after, k, q) <= 1e-12
    row = torch.zeros(len(db.values), dtype=torch.float64)
    row[v] = 1
    assert (after[k, q] - row).abs().max() <= 1e-12
    assert edited.layer.config.n_heads == named.layer.config.n_heads + 1
    assert 0 <= edited.layer.config.d_model - named.layer.config.d_model <= 3
    gone = delete_fact(edited, key, query)
    assert only(after, tensor(gone), k, q) <= 1e-12
    assert tensor(gone)[k, q].abs().max() <= 1e-12
    assert [{**it, "off": 0} for it in gone.edits] == [
        {"set": [key, query, value], "off": 0},
        {"delete": [key, query], "off": 0},
    ]
    assert max(it["off"] for it in gone.edits) <= 1e-11
    assert gone.exact.bound == gone.edits[-1]["off"]
    assert (
        gone.exact.facts
        == Database.from_triples(fact for fact in db.triples() if fact[:2] != (key, query)).digest()
    )


def test_the_strategies_reach_duplicate_keys():
    seen = []

    @given(databases(functional=True))
    @settings(deadline=None, derandomize=True, database=None)
    def look(db):
        seen.append(db)

    look()
    assert any(map(has_duplicate_slices, seen))


def test_duplicate_keys_get_a_dimension_that_tells_them_apart():
    db = Database.from_triples(
        [(k, r, "x" if r == "r" else "y") for k in ("a", "twin") for r in "rs"]
    )
    named = compiled(db, "terms")
    edited = set_fact(named, "twin", "r", "y")
    assert edited.layer.config.d_model > named.layer.config.d_model
    assert answer_of(edited, "twin", "r") == "y" and answer_of(edited, "a", "r") == "x"
    again = set_fact(edited, "twin", "s", "x")
    assert again.layer.config.d_model <= edited.layer.config.d_model + 1  # the key is told apart


def test_a_long_list_of_edits_turns_one_database_into_another():
    old, new = read("library:example"), read("library:example")
    new = new.without_fact("Astrid", "born_in", "Singapore")
    new = new.with_fact("Astrid", "born_in", "Malaysia").with_fact("Colin", "currency", "Euro")
    named = compiled(old, "terms")
    for _ in range(5):  # to and fro: the errors must not grow
        named = set_fact(named, "Astrid", "born_in", "Malaysia")
        named = set_fact(named, "Astrid", "born_in", "Singapore")
    named = set_fact(named, "Astrid", "born_in", "Malaysia")
    named = insert_fact(named, "Colin", "currency", "Euro")  # a new value
    assert (tensor(named) - torch.tensor(named.aligned(new).tensor())).abs().max() <= 1e-12
    assert recall(named, new).recalled == 1
    assert len(named.edits) == 12


@given(st.integers(0, 99), st.integers(1, 3), st.integers(1, 3))
@settings(deadline=None)
def test_layers_that_were_trained_or_drawn_are_edited_too(seed, d_head_qk, d_head_vo):
    config = LayerConfig(4, 3, 5, 6, 2, d_head_qk, d_head_vo)
    layer = AttentionLayer.random(config, seed=seed)
    change = torch.arange(5, dtype=torch.float64)
    edited = one_cell(layer, 2, 1, change)
    before, after = layer.layer_tensor()[0], edited.layer_tensor()[0]
    size = 1 + float(before.abs().max())
    assert only(before, after, 2, 1) <= 1e-9 * size
    assert (after[2, 1] - before[2, 1] - change).abs().max() <= 1e-9 * size


def test_the_scale_of_the_layer_is_kept():
    db = read("library:elements")
    named = recipes.compile_database(db, "values", tau=0.9)
    edited = set_fact(named, "Iron", "period", "period 5")
    wanted = db.without_fact("Iron", "period", "period 4").with_fact("Iron", "period", "period 5")
    assert recall(edited, wanted).held == 1


def test_what_cannot_be_edited_is_told():
    db = Database.from_triples([("Ann", "likes", "tea"), ("Bob", "likes", "milk")])
    named = compiled(db, "terms")

    def told(call) -> str:
        with pytest.raises(FactrankError) as error:
            call()
        return str(error.value)

    assert "nearest is 'Ann'" in told(lambda: set_fact(named, "Anna", "likes", "tea"))
    assert told(lambda: insert_fact(named, "Ann", "likes", "milk")) == (
        "insert 'Ann' 'likes': expected a pair without an answer, found 'tea'"
    )
    gone = delete_fact(named, "Ann", "likes")
    assert told(lambda: delete_fact(gone, "Ann", "likes")) == (
        "delete 'Ann' 'likes': expected a pair with an answer, found none"
    )
    config = LayerConfig(2, 1, 2, 4, 1, 1, 1, residual=True)
    other = NamedLayer.of(db, AttentionLayer.random(config))
    assert "expected a layer without residual path" in told(
        lambda: set_fact(other, "Ann", "likes", "milk")
    )
