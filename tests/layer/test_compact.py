"""After many edits: the same answers from a layer that is as small as one compiled afresh."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
import torch

from factrank import FactrankError
from factrank.facts.database import Database
from factrank.facts.families import random_facts, random_functional
from factrank.layer import edit
from factrank.layer.attention import AttentionLayer
from factrank.layer.building.recipes import METHODS, compile_database
from factrank.layer.config import LayerConfig
from factrank.layer.edit import compacted, delete_fact, held_facts, set_fact
from factrank.layer.exactness import exactness
from factrank.layer.file import load, save
from factrank.layer.model import NamedLayer, recall
from factrank.layer.verify import verify


def edited(named: NamedLayer, truth: dict, times: int, rng: random.Random) -> NamedLayer:
    """Random edits; ``truth`` (key, query) -> value follows them."""
    for n in range(times):
        key, query = rng.choice(named.keys), rng.choice(named.queries)
        if (key, query) in truth and len(truth) > 1 and rng.random() < 0.3:
            named = delete_fact(named, key, query)
            del truth[key, query]
        else:
            truth[key, query] = rng.choice([*named.values, f"new {n}"])
            named = set_fact(named, key, query, truth[key, query])
    return named


@pytest.mark.parametrize("method", [m for m in METHODS if m not in ("gates", "circle")])
@pytest.mark.parametrize("seed", range(3))
def test_it_holds_the_same_facts_in_the_least_width(method, seed, tmp_path):
    rng, db = random.Random(seed), random_functional(4, 3, 3, 0.7, seed)
    truth = {(k, q): v for k, q, v in db.triples()}
    dtype = torch.float32 if seed == 2 else torch.float64
    first = compile_database(db, method, tau=0.9, tolerance=1e-4)
    named = edited(first, truth, 12, rng) if seed < 2 else first
    if seed == 2:
        coarse = named.layer.to(dtype)
        named = replace(named, layer=coarse, exact=exactness(coarse, db, named.scale))
    small = compacted(named)
    triples = sorted((k, q, v) for (k, q), v in truth.items())
    assert sorted(held_facts(small).triples()) == triples
    assert small.layer.config.n_heads == small.layer.config.width == len({v for *_, v in triples})
    assert (small.keys, small.queries, small.values) == (named.keys, named.queries, named.values)
    L, before = (it.layer.layer_tensor()[0].double() for it in (small, named))
    assert (L - before).abs().max() <= (1e-4 if seed == 2 else 1e-9) * named.scale
    assert small.scale == named.scale and small.layer.weights.U.dtype == dtype
    assert small.edits[:-1] == named.edits
    assert small.edits[-1]["compact"] == named.layer.config.n_heads
    save(tmp_path / "layer", small)
    again = load(tmp_path / "layer")
    assert again.edits == small.edits
    facts = Database.from_triples(triples)
    assert recall(again, facts).recalled == 1
    assert verify(facts, tmp_path / "layer").valid


def test_several_values_of_a_pair_stay():
    db = random_facts(4, 3, 5, 0.4, 0)
    assert not db.functional
    named = compile_database(db, "values", allow_sets=True)
    assert held_facts(compacted(named)).facts == db.facts


def test_what_holds_no_facts_is_refused(monkeypatch):
    db = random_functional(3, 2, 2, 1.0, 0)
    trained = AttentionLayer.random(LayerConfig(3, 2, 2, 4, 1, 1, 1))
    with pytest.raises(FactrankError, match="expected one compiled so that its logits are the fac"):
        compacted(NamedLayer.of(db, trained))
    one = compile_database(Database.from_triples([("a", "r", "x")]), "values")
    with pytest.raises(FactrankError, match="expected at least one fact"):
        compacted(delete_fact(one, "a", "r"))
    named = compile_database(db, "values")
    other = replace(named.exact, facts=one.exact.facts)
    with pytest.raises(FactrankError, match="holds the facts it was compiled from"):
        compacted(replace(named, exact=other))
    monkeypatch.setattr(edit, "TOLERANCE", 1e-30)
    sure = replace(named, exact=replace(named.exact, bound=1e-31))
    with pytest.raises(FactrankError, match="compact: expected every logit within 1e-30 of what"):
        compacted(sure)
