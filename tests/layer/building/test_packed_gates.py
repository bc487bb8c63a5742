"""Gates packed: every functional table is recalled, at the sizes that were told before."""

from __future__ import annotations

from dataclasses import replace
from math import ceil, log, log2

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from factrank import FactrankError
from factrank.facts.database import Database
from factrank.facts.families import random_functional, total_functions
from factrank.layer import readout
from factrank.layer.building import packed
from factrank.layer.building.packed import FACTS_IN, compile_packed, packed_sizes
from factrank.layer.model import recall
from factrank.layer.survey import survey
from tests.strategies import databases

places = st.sampled_from(FACTS_IN)


@given(databases(functional=True), places, st.sampled_from([None, 0.6, 0.9]))
@settings(deadline=None)
def test_every_fact_is_recalled_and_held_where_asked(db, place, tau):
    named = compile_packed(db, facts_in=place, tau=tau)
    found = recall(named, db, tau or 0.5)
    assert found.recalled == 1 and (tau is None or found.held == 1)
    margins = readout.margins(named.layer.layer_tensor()[0], db)
    assert (margins >= named.scale / db.shape[2] ** 2 - 1e-9 * named.scale).all()


@given(databases(functional=True), places)
@settings(deadline=None)
def test_the_sizes_are_those_that_were_told(db, place):
    config, sizes = compile_packed(db, facts_in=place).layer.config, packed_sizes(db.shape, place)
    counts = config.parameters()
    assert (config.n_heads, config.d_head_vo) == (1, 2)
    assert (config.d_model, config.d_head_qk) == sizes[:2]
    assert (counts["attention"], counts["embedding"]) == sizes[2:4]


@pytest.mark.parametrize("shape", [(7, 3, 4), (3, 7, 4), (4, 4, 9)])
def test_what_does_not_hold_the_facts_is_the_same_for_every_table(shape):
    one, other = (total_functions(*shape, seed) for seed in (0, 1))
    assert one.facts != other.facts
    changed = {}
    for place in FACTS_IN:
        a, b = (compile_packed(db, facts_in=place).layer.weights._asdict() for db in (one, other))
        changed[place] = {name for name in a if not torch.equal(a[name], b[name])}
    K, Q, _ = shape
    assert changed == {"embeddings": {"E_K"}, "attention": {"W_K" if Q <= K else "W_Q"}}


@pytest.mark.parametrize("place", FACTS_IN)
@pytest.mark.parametrize("shape", [(9, 4, 5), (4, 9, 5)])
def test_attention_is_at_the_gate_and_one_half_without_a_fact(place, shape):
    db = random_functional(*shape, 0.6, seed=3)
    A = compile_packed(db, facts_in=place).layer.attention()[0, 0]
    wanted = torch.full(db.shape[:2], 0.5, dtype=A.dtype)
    for k, q, v in db.facts:
        wanted[k, q] = (v + 0.5) / db.shape[2]
    assert (A - wanted).abs().max() < 1e-12


@pytest.mark.parametrize("values", [3, 5, 32, 200])
def test_rounded_to_as_many_bits_as_the_theorem_says_it_loses_nothing(values):
    """And a grid of fewer numbers than there are values loses facts."""
    db = total_functions(60, 6, values, seed=values)
    named = compile_packed(db)
    most = log(2 * values - 1)
    needed = ceil(log2(1 + values * most / 2) + 1e-9)
    kept = []
    for bits in (needed, ceil(log2(values)) - 1):
        step = 2 * most / (2**bits - 1)
        E_K = named.layer.weights.E_K.clone()
        rows = E_K[0, :, :-2]
        E_K[0, :, :-2] = ((rows + most) / step).round() * step - most
        rough = replace(named.layer, weights=named.layer.weights._replace(E_K=E_K))
        kept.append(float(readout.recalled(rough.layer_tensor()[0], db).double().mean()))
    assert kept[0] == 1 > kept[1]


def test_a_table_of_many_cells_is_asked_for_its_facts_alone():
    db = random_functional(2000, 4, 2000, 0.25, seed=0)  # 16 million cells
    named = compile_packed(db)
    found = survey(named, db, 0.5, everywhere=False).whole
    assert found.recalled == 1 and named.layer.config.d_model == 6


def test_what_cannot_be_is_refused_in_one_sentence(monkeypatch):
    db = Database.from_triples([("a", "r", "x"), ("a", "r", "y")])
    with pytest.raises(FactrankError, match="compile packed: expected one value for each"):
        compile_packed(db)
    good = Database.from_triples([("a", "r", "x"), ("b", "r", "y")])
    with pytest.raises(FactrankError, match="expected one of embeddings, attention, found 'heads'"):
        compile_packed(good, facts_in="heads")
    with pytest.raises(FactrankError, match="expected at least one fact"):
        compile_packed(replace(good, facts=()))
    monkeypatch.setattr(packed, "MOST_WEIGHTS", 10)
    with pytest.raises(FactrankError, match="expected at most 10 weights, found 33"):
        compile_packed(good)
    monkeypatch.undo()
    monkeypatch.setattr(packed, "log_odds", lambda table, values: np.zeros(table.shape))
    with pytest.raises(FactrankError, match="expected every fact recalled, found some lost"):
        compile_packed(good)
