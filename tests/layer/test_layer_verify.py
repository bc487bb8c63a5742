"""The independent checker of layer files: what it says is so, and it shares no code with them."""

from __future__ import annotations

import ast
import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.torch import save as to_bytes

from factrank import FactrankError, read
from factrank.facts.database import Database
from factrank.facts.families import modular_addition, random_functional
from factrank.layer import file as layer_file
from factrank.layer import verify as checker
from factrank.layer.attention import AttentionLayer
from factrank.layer.building import recipes
from factrank.layer.building.choice import chosen
from factrank.layer.building.compile import compile_terms
from factrank.layer.building.from_terms import gated
from factrank.layer.config import config_for
from factrank.layer.edit import delete_fact, set_fact
from factrank.layer.exactness import Exactness
from factrank.layer.file import load, save
from factrank.layer.model import NamedLayer, recall
from factrank.layer.verify import verify
from factrank.rank.interval import rank_interval
from tests.strategies import databases


def quick(db: Database):
    return rank_interval(db, "quick")


def written(named: NamedLayer, folder: Path) -> Path:
    path = folder / "layer.safetensors"
    save(path, named, force=True)
    return path


def test_it_is_short_and_imports_nothing_of_the_layer():
    text = Path(checker.__file__).read_text()
    assert len(text.splitlines()) < 275
    imported = {
        node.module for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom)
    }
    ours = {"factrank.errors", "factrank.facts.database", "factrank.facts.words"}
    assert {it for it in imported if it.startswith("factrank")} == ours


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
        "('Dora', 'born_in', 'Malaysia'): expected labels of the layer"
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
    assert status == 1 and "expected labels of the layer" in out
    status, _, err = run("verify", "library:example", tmp_path / "none")
    assert status == 2 and "No such file" in err


# ---- a right digest, and a wrong word ------------------------------------------------------------


def retold(path: Path, **changed: object) -> Path:
    """The same file with other metadata, or weights, and the digest that belongs to it."""
    with safe_open(str(path), framework="pt") as file:
        texts = file.metadata()
        weights = {name: file.get_tensor(name) for name in sorted(file.keys())}
    for name, value in changed.items():
        if name in weights:
            weights[name] = value(weights[name])
        else:
            texts[name] = json.dumps(value(json.loads(texts[name])))
    parts = {part: texts[part] for part in layer_file.PARTS}
    texts["digest"] = layer_file._digest(parts, weights)
    new = path.with_name("retold.safetensors")
    new.write_bytes(to_bytes(weights, metadata=texts))
    return new


WORDS = {
    **{
        f"scale {scale}": {"origin": lambda it, scale=scale: it | {"scale": scale}}
        for scale in (float("inf"), float("nan"), 0, -1, 10.0**300, None, "abc", [1])
    },
    "origin a list": {"origin": lambda it: [it]},
    "exact a text": {"origin": lambda it: it | {"exact": "yes"}},
    "exact without bound": {"origin": lambda it: it | {"exact": {"facts": ""}}},
    "exact bound null": {"origin": lambda it: it | {"exact": {"facts": "", "bound": None}}},
    "labels as objects": {"labels": lambda it: [{"a": 1}, *it[1:]]},
    "labels twice": {"labels": lambda it: [[it[0][0], *it[0][:-1]], *it[1:]]},
    "a label less": {"labels": lambda it: [it[0][1:], *it[1:]]},
    "heads": {"config": lambda it: it | {"n_heads": 99}},
    "residual a text": {"config": lambda it: it | {"residual": "no"}},
    "a size of another layer": {"config": lambda it: it | {"keys": it["keys"] + 1}},
    "a size that is no number": {"config": lambda it: it | {"values": None}},
    "a size true": {"config": lambda it: it | {"d_head_qk": True}},
    "labels in one text": {"labels": lambda it: ["ABCDE"[: len(it[0])], *it[1:]]},
    "a label that is empty": {"labels": lambda it: [["", *it[0][1:]], *it[1:]]},
    "a label that is a number": {"labels": lambda it: [[5, *it[0][1:]], *it[1:]]},
    "no width": {"config": lambda it: {name: it[name] for name in it if name != "d_model"}},
    "exact null": {"origin": lambda it: it | {"exact": None}},
    "a weight that is no number": {"U": lambda it: it * float("nan")},
    "an infinite weight": {"W_Q": lambda it: it + float("inf")},
    "two models": {"U": lambda it: torch.cat([it, it])},
    "a wrong shape": {"W_Q": lambda it: it[:, :, :-1].contiguous()},
    "exact bound below zero": {"origin": lambda it: it | {"exact": it["exact"] | {"bound": -1.0}}},
    "exact facts in a list": {"origin": lambda it: it | {"exact": it["exact"] | {"facts": [1]}}},
    "scale as a text": {"origin": lambda it: it | {"scale": "1.0"}},
    "no database": {"origin": lambda it: {name: it[name] for name in it if name != "database"}},
    "a size too many": {"config": lambda it: it | {"extra": 1}},
    "a tie that is none": {"config": lambda it: it | {"tied": [[0, 0]]}},
    "edits a text": {"edits": lambda it: "nonsense"},
    "a head less": {"W_Q": lambda it: it[:, :-1].contiguous()},
}


@pytest.mark.parametrize("word", WORDS)
def test_a_right_digest_and_a_wrong_word_is_one_sentence(tmp_path, word):
    db = read("library:example")
    path = retold(written(recipes.compile_database(db), tmp_path), **WORDS[word])
    with pytest.raises(FactrankError, match="found one that was changed or is none"):
        verify(db, path)
    with pytest.raises(FactrankError, match=r"^.*retold.safetensors: "):
        load(path)


def test_a_layer_of_another_format_is_none(tmp_path):
    path = written(recipes.compile_database(read("library:example")), tmp_path)
    assert checker.FORMAT == layer_file.FORMAT
    path.write_bytes(path.read_bytes().replace(b"factrank-layer-1", b"factrank-layer-2"))
    with pytest.raises(FactrankError, match="found one that was changed or is none"):
        verify(read("library:example"), path)


@pytest.mark.parametrize("everywhere", [True, False])
def test_a_claim_that_is_false_by_little_is_false_wherever_one_looks(tmp_path, everywhere):
    db = read("library:example")
    path = written(recipes.compile_database(db), tmp_path)
    path = retold(path, origin=lambda it: it | {"scale": it["scale"] * (1 + 1e-10)})
    assert verify(db, path, everywhere).message.startswith("false: the file says exact to")


@pytest.mark.parametrize("part", ["config", "labels", "origin"])
def test_a_right_digest_and_brackets_without_end_is_one_sentence(tmp_path, monkeypatch, part):
    db = read("library:example")
    path = written(recipes.compile_database(db), tmp_path)
    deep = "[" * 100_000
    dumps = json.dumps
    monkeypatch.setattr(json, "dumps", lambda it: deep if it == deep else dumps(it))
    path = retold(path, **{part: lambda it: deep})
    with pytest.raises(FactrankError, match="found one that was changed or is none"):
        verify(db, path)
    with pytest.raises(FactrankError, match=rf"^.*retold.safetensors: {part}: expected JSON"):
        load(path)


def test_an_infinite_scale_proves_nothing(tmp_path):
    db = read("library:example")
    path = written(recipes.compile_database(db), tmp_path)
    louder = {"W_O": lambda it: it * 1.3, "origin": lambda it: it | {"scale": 1e299}}
    found = verify(db, retold(path, **louder))
    assert not found.valid and found.message.startswith("false: the file says exact to")


def test_a_deleted_fact_is_gone_in_float32_too(tmp_path):
    db = Database.from_triples(
        (f"k{k}", f"q{q}", f"v{(k * k + q) % 4}") for k in range(5) for q in range(3)
    )
    for method in ("terms", "values", "relations", "circle"):
        exact = recipes.compile_database(db, method, tau=0.9, interval=quick)
        named = replace(exact, layer=exact.layer.to(torch.float32), exact=None)
        for key, query, value in list(db.triples())[::4]:
            gone = delete_fact(named, key, query)
            one = Database.from_triples([(key, query, value)])
            assert gone.answer(key, query) is None
            assert recall(gone, one).recalled == 0
            assert not verify(one, written(gone, tmp_path)).valid


KINDS = torch.float64, torch.float32, torch.float16, torch.bfloat16


@pytest.mark.parametrize("kind", KINDS)
def test_every_dtype_that_a_file_may_have_is_checked(tmp_path, run, kind):
    """As exact numbers: what they hold is theirs, with the unit of their dtype."""
    db = read("library:example")
    exact = recipes.compile_database(db, "values", tau=0.9)
    named = replace(exact, layer=exact.layer.to(kind), exact=None)
    facts, path = tmp_path / "facts.csv", written(named, tmp_path)
    lines = (",".join(it) for it in db.triples())
    facts.write_text("\n".join(["key,query,value", *lines]))
    assert run("verify", facts, path)[0] == 0
    found = verify(db, path)
    assert found.valid and found.recalled == 8 == round(recall(named, db).recalled * 8)
    off = (
        named.layer.to(torch.float64).layer_tensor()[0]
        - named.scale * torch.tensor(db.tensor()).double()
    )
    assert found.bound == pytest.approx(float(off.abs().max()), rel=1e-6, abs=1e-12)
    (key, query, value), *_ = db.triples()
    wrong = db.without_fact(key, query, value).with_fact(key, query, "Malaysia")
    assert not verify(wrong, path).valid
    said = replace(named, exact=Exactness(0.0, 1e-14, db.digest()))
    found = verify(db, written(said, tmp_path)).message
    assert found.startswith("exact: " if kind is torch.float64 else "false: the file says exact to")
    weights = named.layer.weights
    quiet = replace(
        named, layer=replace(named.layer, weights=weights._replace(W_O=weights.W_O / 1e4))
    )
    assert verify(db, written(quiet, tmp_path)).recalled == round(recall(quiet, db).recalled * 8)


def test_weights_that_are_no_floats_or_of_two_kinds_are_one_sentence(tmp_path):
    db = read("library:example")
    path = written(recipes.compile_database(db), tmp_path)
    whole = dict.fromkeys(checker.SHAPES, lambda it: it.to(torch.int64))
    for change in (whole, {"U": lambda it: it.to(torch.bfloat16)}):
        broken = retold(path, **change)
        with pytest.raises(FactrankError, match="found one that was changed or is none"):
            verify(db, broken)


def test_a_looser_tolerance_keeps_its_word(tmp_path):
    """Terms that lose half of their digits: taken where that is allowed, verified, edited."""
    db = Database.from_triples((f"k{i}", f"q{j}", f"v{i + j}") for i in range(7) for j in range(7))
    named = recipes.compile_database(db, tolerance=1e-2, interval=quick)
    assert named.exact.bound > 1e-9
    found = verify(db, written(named, tmp_path))
    assert found.valid and found.message.startswith("recalls 49 of 49 facts")
    assert delete_fact(named, "k0", "q0").answer("k0", "q0") is None
    for size in (8, 9):  # within the tolerance, and facts are lost: another decomposition is taken
        db = Database.from_triples(
            (f"k{i}", f"q{j}", f"v{i + j}") for i in range(size) for j in range(size)
        )
        for method in ("terms", "key-independent"):
            named = recipes.compile_database(db, method, tolerance=1e-2, interval=quick)
            assert recall(named, db).recalled == 1


def test_products_beyond_float64_leave_the_waves():
    db = Database.from_triples(
        (f"k{i}", f"q{j}", f"v{i + j}") for i in range(12) for j in range(12)
    )
    terms = quick(db).terms
    huge = [term._replace(a={k: x * 10**250 for k, x in term.a.items()}) for term in terms]
    huge = [t._replace(c={v: Fraction(x, 1) * 10**100 for v, x in t.c.items()}) for t in huge]
    _, exact = chosen(db, huge, gated, scale=1.0, tolerance=1e-9, embeddings="smallest")
    assert exact.within(1e-11, 1.0)


def test_sets_are_asked_and_deleted(run, tmp_path):
    facts, layer = tmp_path / "sets.csv", tmp_path / "sets.safetensors"
    facts.write_text("key,query,value\na,r,x\na,r,y\nb,r,y\nb,s,z\n")
    assert run("compile", facts, "-o", layer, "--allow-sets")[0] == 0
    assert run("verify", facts, layer)[0] == 0
    assert run("ask", layer, "a", "r")[1].startswith("a r: x, y   (the facts of this pair")
    status, out, _ = run("edit", layer, "set", "a", "r", "z")
    assert status == 0 and out.startswith("a r: x, y -> z\n")
    assert run("compile", facts, "-o", layer, "--allow-sets", "--force")[0] == 0
    status, out, _ = run("edit", layer, "delete", "a", "r")
    assert status == 0 and out.startswith("a r: x, y -> no answer\n")


# ---- blocks of pairs -----------------------------------------------------------------------------


def forged(seed: int) -> tuple[NamedLayer, Database]:
    """A layer that says exact of its facts, and does not: a change somewhere, small or not."""
    db = random_functional(7, 3, 5, 0.6, seed)
    good = recipes.compile_database(db, ("values", "terms", "relations")[seed % 3], interval=quick)
    draw = torch.Generator().manual_seed(seed)
    weights = good.layer.weights._asdict()
    name = sorted(weights)[seed % len(weights)]
    weight = weights[name].clone().flatten()
    place = int(torch.randint(len(weight), (1,), generator=draw))
    weight[place] += 10.0 ** -(seed % 9)
    changed = good.layer.weights._replace(**{name: weight.view_as(weights[name])})
    return replace(good, layer=replace(good.layer, weights=changed)), db


@pytest.mark.parametrize("block", [1, 40, 10**6])
def test_a_tampered_layer_is_found_out_wherever_it_was_touched(tmp_path, monkeypatch, block):
    """What a logit is off is known in exact terms here: the claim stands only where it is true."""
    monkeypatch.setattr(checker, "BLOCK", block)
    caught = 0
    for seed in range(18):
        named, db = forged(seed)
        L = named.layer.layer_tensor()[0]
        off = float((L - named.scale * torch.tensor(db.tensor()).double()).abs().max())
        found = verify(db, written(named, tmp_path))
        if off > 2 * named.exact.bound:
            caught += 1
            assert not found.valid and found.message.startswith("false: the file says exact")
        else:
            assert found.valid
        few = verify(db, written(replace(named, exact=None), tmp_path), everywhere=False)
        assert few.recalled == round(recall(replace(named, exact=None), db).recalled * len(db))
    assert caught > 6


@pytest.mark.parametrize("everywhere", [True, False])
def test_weights_that_overflow_prove_nothing(tmp_path, everywhere):
    """One key whose logits are no numbers: its facts are not known, and nothing is exact."""
    db = random_functional(7, 3, 5, 1.0, 1)
    good = recipes.compile_database(db, "values", embeddings="one-hot")
    w = good.layer.weights
    loud = w.E_K.clone()
    loud[0, 3] *= 1e300
    named = replace(good, layer=replace(good.layer, weights=w._replace(E_K=loud)), exact=None)
    found = verify(db, written(named, tmp_path), everywhere)
    assert not found.valid and found.recalled <= len(db) - 3 and not found.bound < 1e200
    false = replace(named, exact=good.exact)
    assert not verify(db, written(false, tmp_path)).valid


def test_a_rival_at_the_end_of_a_block_is_seen(tmp_path, monkeypatch):
    """A fact that another value leads, in the last pair of a block, the last value of all."""
    db = random_functional(9, 2, 6, 1.0, 3)
    good = recipes.compile_database(db, "values", embeddings="one-hot")
    for block in (6, 12, 18, 10**6):
        monkeypatch.setattr(checker, "BLOCK", block)
        for key in (0, 5, 8):
            pair = next(fact for fact in db.facts if fact[0] == key and fact[2] != 5)
            wrong = set_fact(good, db.keys[key], db.queries[pair[1]], db.values[5])
            found = verify(db, written(replace(wrong, exact=None), tmp_path), False)
            assert found.recalled == len(db) - 1


def test_a_sum_of_balls_holds_the_exact_one_and_half_its_radius_would_not():
    a, b = np.random.default_rng(0).uniform(1, 2, (2, 1000))
    found = checker.Ball.exact(a) + checker.Ball.exact(b)
    both = zip(a, b, found.mid, found.rad, strict=True)
    off = [abs(Fraction(x) + Fraction(y) - Fraction(m)) / Fraction(r) for x, y, m, r in both]
    assert 0.5 < max(off) <= 1


@pytest.mark.parametrize("width", [1, 6])
@np.errstate(all="ignore")
def test_the_most_of_a_row_is_that_of_its_sums(width):
    rng = np.random.default_rng(0)
    L, rad = rng.normal(size=(400, 6)), np.exp(rng.normal(size=(400, width)) * 9)
    L[::7, 2], L[::2, 3], rad[1::26, 0] = np.nan, -np.inf, np.inf
    for larger in (np.maximum, np.fmax):  # NaN stays, and does not
        found, wanted = checker._most(larger, L, rad), larger.reduce(L + rad, axis=1)
        assert np.array_equal(found, wanted, equal_nan=True)
        assert np.isnan(wanted).any() == (larger is np.maximum)
