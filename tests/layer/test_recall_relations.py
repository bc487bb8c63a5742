"""Recall by relation: its counts add up to those of the whole, whatever the layer."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings

from factrank import Database, FactrankError
from factrank.layer import readout
from factrank.layer.attention import AttentionLayer
from factrank.layer.config import config_for
from factrank.layer.model import NamedLayer, recall
from factrank.layer.survey import seconds_per_answer, survey
from tests.strategies import databases


def any_layer(database: Database, seed: int = 0) -> NamedLayer:
    config = config_for(database, d_model=4, n_heads=2, d_head_qk=1, d_head_vo=2)
    return NamedLayer.of(database, AttentionLayer.random(config, seed=seed, std=3.0))


@settings(max_examples=60)
@given(databases())
def test_relations_add_up_to_the_whole(database):
    named = any_layer(database)
    whole, parts = recall(named, database, 0.6), survey(named, database, 0.6).relations
    assert sum(it.facts for it in parts) == whole.facts
    assert sum(it.recalled for it in parts) == round(whole.recalled * whole.facts)
    assert sum(it.held for it in parts) == round(whole.held * whole.facts)
    assert sum(it.artifacts for it in parts) == whole.artifacts
    assert sum(it.answers_off for it in parts) == whole.answers_off
    assert min(it.margin for it in parts) == whole.margin
    assert sum(it.pairs for it in parts) == round(whole.ceiling * whole.facts)


@settings(max_examples=40)
@given(databases())
def test_a_relation_is_what_the_readouts_say_of_its_slice(database):
    named = any_layer(database, seed=1)
    L = named.layer.layer_tensor()[0]
    right, held = readout.recalled(L, database), readout.held(L, database, 0.5)
    pairs = [fact[:2] for fact in database.facts]
    several = torch.tensor([pairs.count(pair) for pair in pairs])
    held &= right | (0.5 * len(database.values) > several)  # where an even share would do
    for q, it in enumerate(survey(named, database, 0.5).relations):
        mine = torch.tensor([fact[1] == q for fact in database.facts])
        assert (it.query, it.facts) == (database.queries[q], int(mine.sum()))
        assert (it.recalled, it.held) == (int(right[mine].sum()), int(held[mine].sum()))
        assert it.artifacts == int(readout.artifacts(L, database, 0.5)[:, q].sum())
        assert it.pairs == len({k for k, p, _ in database.facts if p == q})


def test_facts_of_some_relations_may_be_asked():
    database = Database.from_triples([("a", "r", "x"), ("b", "s", "y")])
    part = Database.from_triples([("b", "s", "y")])
    found = survey(any_layer(database), part).relations
    assert [(it.query, it.facts, it.pairs) for it in found] == [("r", 0, 0), ("s", 1, 1)]
    assert found[0].margin == float("inf")
    with pytest.raises(FactrankError, match="expected at least one fact"):
        survey(any_layer(database), Database((), (), (), ()))


def test_the_time_of_an_answer_is_the_median_of_single_ones():
    database = Database.from_triples([(str(k), "r", "x") for k in range(4)])
    ticks = iter([0, 100, 200, 203, 300, 301, 400, 402, 500, 507])  # the first is not counted
    assert seconds_per_answer(any_layer(database), database, clock=lambda: next(ticks)) == 2.5
