"""The independent checker of layer files: what it says is so, and it shares no code with them."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from factrank import FactrankError, read
from factrank.facts.database import Database
from factrank.facts.families import modular_addition
from factrank.layer import recipes
from factrank.layer import verify as checker
from factrank.layer.attention import AttentionLayer
from factrank.layer.compile import compile_terms
from factrank.layer.config import config_for
from factrank.layer.edit import delete_fact, set_fact
from factrank.layer.exactness import Exactness
from factrank.layer.file import load, save
from factrank.layer.named import NamedLayer, recall
from factrank.layer.verify import verify
from factrank.rank.interval import rank_interval
from tests.strategies import databases


def quick(db: Database):
    return rank_interval(db, "quick")


def written(named: NamedLayer, folder: Path) -> Path:
    path = folder / "layer.safetensors"
    save(path, named)
    return path


def test_it_is_short_and_imports_nothing_of_the_layer():
    text = Path(checker.__file__).read_text()
    assert len(text.splitlines()) < 150
    imported = {
        node.module for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom)
    }
    assert {it for it in imported if it.startswith("factrank")} == {
        "factrank.errors",
        "factrank.facts.database",
    }


@pytest.mark.parametrize("method", recipes.METHODS)
@pytest.mark.parametrize("tau", [None, 0.9])
def test_what_is_compiled_is_verified(tmp_path, method, tau):
    db = read("library:example")
    named = recipes.compile_database(db, method, tau=tau)
    found = verify(db, written(named, tmp_path))
    assert found.valid and found.recalled == 8
    if method in recipes.TABLES:
        assert found.message.startswith("recalls 8 of 8 facts, least lead ")
    else:
        assert found.message.startswith("exact: L is ")
        assert named.exact.error <= found.bound <= 3 * named.exact.bound


def test_a_layer_that_cancels_is_false_if_it_says_exact(tmp_path):
    db = modular_addition(13)
    rough = NamedLayer.of(db, compile_terms(db.shape, quick(db).terms))
    found = verify(db, written(rough, tmp_path))
    assert not found.valid and found.recalled < 30
    assert found.message.startswith(f"recalls {found.recalled} of 169 facts")
    said = replace(rough, exact=Exactness(0.0, 1e-12, db.digest()))
    found = verify(db, written(said, tmp_path))
    assert not found.valid and found.message.startswith("false: the file says exact to 1.0e-12; it")
    good = recipes.compile_database(db, interval=quick)
    boast = replace(good, layer=rough.layer)  # recalls little, and says what the good one said
    assert not verify(db, written(boast, tmp_path)).valid


def test_a_wrong_claim_is_false_even_if_every_fact_is_recalled(tmp_path):
    db = read("library:example")
    named = recipes.compile_database(db, "values")
    weights = named.layer.weights
    off = replace(named.layer, weights=weights._replace(W_O=weights.W_O * 1.001))
    found = verify(db, written(replace(named, layer=off), tmp_path))
    assert not found.valid and found.message.startswith("false: the file says exact to")
    found = verify(db, written(replace(named, layer=off, exact=None), tmp_path))
    assert found.valid and found.message.startswith("recalls 8 of 8")


def test_other_facts_are_not_verified(tmp_path):
    db = read("library:example")
    path = written(recipes.compile_database(db), tmp_path)
    other = db.without_fact("Astrid", "born_in", "Singapore")
    found = verify(other, path)
    assert found.valid and found.message.startswith("recalls 7 of 7 facts")
    wrong = other.with_fact("Astrid", "born_in", "Malaysia")
    assert verify(wrong, path).message.startswith("recalls 7 of 8 facts")
    strange = db.with_fact("Dora", "born_in", "Malaysia")
    found = verify(strange, path)
    assert not found.valid and found.message == (
        "'Dora' in ('Dora', 'born_in', 'Malaysia'): expected a label of the layer"
    )


def test_a_deleted_fact_is_not_verified(tmp_path):
    db = Database.from_triples([("a", "r", "x"), ("b", "r", "y"), ("b", "s", "x")])
    gone = delete_fact(recipes.compile_database(db), "b", "s")
    found = verify(db, written(gone, tmp_path))
    assert not found.valid and found.recalled == 2
    assert verify(db.without_fact("b", "s", "x"), written(gone, tmp_path)).valid


@settings(deadline=None, max_examples=40)
@given(
    databases(), st.integers(0, 99), st.booleans(), st.sampled_from([torch.float32, torch.float64])
)
def test_it_agrees_with_recall_on_any_layer(tmp_path_factory, db, seed, residual, dtype):
    config = config_for(db, d_model=4, n_heads=2, d_head_qk=1, d_head_vo=2, residual=residual)
    layer = AttentionLayer.random(config, seed=seed, std=2.0, dtype=dtype)
    named = NamedLayer.of(db, layer)
    found = verify(db, written(named, tmp_path_factory.mktemp("layer")))
    assert found.recalled == round(recall(named, db).recalled * len(db))
    off = layer.layer_tensor()[0].double() - torch.tensor(db.tensor()).double()
    assert found.bound >= float(off.abs().max()) * (1 - 1e-6)
    assert found.valid == (found.recalled == len(db))


def test_edits_stay_verified(tmp_path):
    db = read("library:example")
    named = recipes.compile_database(db, tau=0.9)
    edited = set_fact(named, "Colin", "born_in", "Singapore")
    wanted = db.without_fact("Colin", "born_in", "Malaysia").with_fact(
        "Colin", "born_in", "Singapore"
    )
    assert edited.exact.facts == wanted.digest()
    path = written(edited, tmp_path)
    assert verify(wanted, path).message.startswith("exact: L is ")
    assert load(path).exact == edited.exact


@pytest.mark.parametrize("cut", [0, 5, 9, 100, 2000])
def test_a_broken_file_is_one_sentence(tmp_path, cut):
    path = written(recipes.compile_database(read("library:example")), tmp_path)
    raw = path.read_bytes()
    path.write_bytes(raw[:cut])
    with pytest.raises(FactrankError, match="expected a layer file of factrank, found one that"):
        verify(read("library:example"), path)
    with pytest.raises(FactrankError, match="found No such file"):
        verify(read("library:example"), tmp_path / "none")


def test_a_changed_weight_is_seen(tmp_path):
    path = written(recipes.compile_database(read("library:example")), tmp_path)
    raw = bytearray(path.read_bytes())
    raw[-20] ^= 1
    path.write_bytes(raw)
    with pytest.raises(FactrankError, match="changed or is none"):
        verify(read("library:example"), path)


def test_the_command_tells_a_layer_from_a_certificate(run, tmp_path):
    layer, proof = tmp_path / "l.safetensors", tmp_path / "p.json"
    assert run("compile", "library:example", "-o", layer)[0] == 0
    assert run("rank", "library:example", "--certificate", proof)[0] == 0
    status, out, _ = run("verify", "library:example", layer)
    assert status == 0 and out.startswith("verified: exact: L is 1 D to within ")
    assert run("verify", "library:example", proof)[0] == 0
    status, out, _ = run("verify", "library:family-trees", layer)
    assert status == 1 and out.startswith("not verified: 'Christopher' in ")
    status, _, err = run("verify", "library:example", tmp_path / "none")
    assert status == 2 and "No such file" in err
