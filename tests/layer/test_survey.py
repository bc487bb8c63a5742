"""Recall in parts of any size, against all of L at once, read by the words of the definition."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from factrank import FactrankError
from factrank.facts.database import Database
from factrank.facts.families import random_functional
from factrank.layer import readout
from factrank.layer import survey as parts
from factrank.layer.attention import AttentionLayer
from factrank.layer.building.compile import compile_values
from factrank.layer.building.recipes import compile_database
from factrank.layer.config import config_for
from factrank.layer.model import NamedLayer, recall
from factrank.layer.readout import EVEN, FAR, answers, logits, room, shares
from factrank.layer.survey import Recall, Relation, Survey, survey
from tests.strategies import databases

OFF = "artifacts", "answers_off"


def any_layer(database: Database, seed: int = 0, std: float = 3.0, **more) -> NamedLayer:
    config = config_for(database, d_model=4, n_heads=2, d_head_qk=1, d_head_vo=2, **more)
    return NamedLayer.of(database, AttentionLayer.random(config, seed=seed, std=std))


def alike(found: object, wanted: object, **also: object) -> None:
    """Equal counts; a product of fewer rows may be summed in another order."""
    assert found.margin == pytest.approx(wanted.margin, rel=1e-9, abs=1e-9)
    assert replace(found, margin=0) == replace(wanted, margin=0, **also)


def plainly(named: NamedLayer, db: Database, tau: float, layer: AttentionLayer | None) -> Survey:
    """What is to be counted, with one tensor of all cells for each word of the definition."""
    asked, off = (named.layer, named.off) if layer is None else (layer, None)
    L, least = logits(asked, rough=layer is not None), room(asked, off)
    told, D = answers(L, least, sets=off is not None), readout.facts_mask(db)
    k, q, v = torch.tensor(db.facts).reshape(-1, 3).T
    margin, several = readout.margins(L, db), D.sum(-1)[k, q]
    known = torch.where(several == L.shape[-1], L[k, q, v].abs(), margin) > least[k, q]
    even = tau * L.shape[-1] <= EVEN * several
    held = readout.held(L, db, tau) & (~even | known)
    loud = readout.artifacts(L, db, tau) & (told if tau * L.shape[-1] <= EVEN else True)
    answered = told.any(-1) & ~D.any(-1)

    def part(mine: torch.Tensor, of: slice | int) -> tuple:
        least = min(margin[mine].tolist(), default=torch.inf)
        pairs = len({(fact[0], fact[1]) for fact, it in zip(db.facts, mine, strict=True) if it})
        counted = loud[:, of], answered[:, of]
        told = (int(it.sum()) for it in (known[mine], held[mine], *counted))
        return int(mine.sum()), pairs, *told, least

    n, pairs, right, sure, more, said, least = part(torch.ones(len(k), dtype=bool), slice(None))
    whole = Recall(n, right / n, sure / n, tau, more, said, least, pairs / n)
    return Survey(
        whole, tuple(Relation(name, *part(q == j, j)) for j, name in enumerate(named.queries))
    )


def same(named: NamedLayer, db: Database, tau: float, layer: AttentionLayer | None = None) -> None:
    """The survey and what it stands for, of all pairs and of those with facts."""
    found, wanted = survey(named, db, tau, layer=layer), plainly(named, db, tau, layer)
    facts, off = survey(named, db, tau, layer=layer, everywhere=False), dict.fromkeys(OFF)
    alike(found.whole, wanted.whole)
    alike(facts.whole, wanted.whole, **off)
    assert recall(named, db, tau, layer=layer) == found.whole
    for it, some, that in zip(found.relations, facts.relations, wanted.relations, strict=True):
        alike(it, that)
        alike(some, that, **off)


@settings(max_examples=60)
@given(
    databases(),
    st.integers(0, 99),
    st.sampled_from([0.05, 0.3, 0.6, 0.9]),
    st.booleans(),
    st.sampled_from([1, 7, 10**6]),
)
def test_parts_count_what_the_whole_does(db, seed, tau, residual, block):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "BLOCK", block)
        patch.setattr(parts, "MOST", block)
        patch.setattr(parts, "TOGETHER", block)
        same(any_layer(db, seed, residual=residual), db, tau)


@settings(max_examples=30)
@given(databases(), st.sampled_from([0.3, 0.6]), st.booleans())
def test_layers_that_are_exact_are_counted_by_their_own_room(db, tau, coarse):
    named = compile_database(db, "values", allow_sets=True)
    if coarse:  # rounded by hand: it says less of its logits than it did
        near = replace(named.exact, bound=1e-3)
        named = replace(named, layer=named.layer.to(torch.float32), exact=near)
    same(named, db, tau)


@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16, torch.float16])
def test_it_counts_so_in_another_precision(kind):
    db = random_functional(9, 3, 5, 0.7, seed=1)
    named = NamedLayer.of(db, compile_values(db, scale=4.0))
    same(named, db, 0.6, named.layer.to(kind))
    coarse = any_layer(db, 3)
    same(replace(coarse, layer=coarse.layer.to(kind)), db, 0.6)


def test_silence_and_single_values_are_counted_by_the_same_rule():
    """Where an even share would do; where all logits are alike; where there is one value."""
    for triples in ([("a", "r", "x")], [("a", "r", "x"), ("b", "s", "x"), ("b", "r", "y")]):
        db = Database.from_triples(triples)
        for scale in (1e-20, 1.0):
            named = NamedLayer.of(db, compile_values(db, scale=scale), scale=scale)
            for tau in (0.1, 0.5, 0.9):
                same(named, db, tau)
                quiet = replace(
                    named.layer,
                    weights=named.layer.weights._replace(W_O=0 * named.layer.weights.W_O),
                )
                same(replace(named, layer=quiet), db, tau)


def test_every_pair_is_in_one_part_and_every_fact_in_one(monkeypatch):
    db = random_functional(11, 7, 5, 0.4, seed=2)
    named = any_layer(db)
    for block in (1, 12, 40, 10**6):
        for name in ("BLOCK", "MOST", "TOGETHER"):
            monkeypatch.setattr(parts, name, block)
        for listed in (parts.every_pair, parts.pairs_with_facts):
            seen, told = [], []
            for part in listed(named.layer, db.facts):
                seen += [(k, q) for k in part.keys for q in part.queries]
                told += [(part.keys[k], part.queries[q], v) for k, q, v in part.facts]
            assert sorted(told) == list(db.facts)
            assert len(seen) == len(set(seen))
            assert {fact[:2] for fact in db.facts} <= set(seen)
            if listed is parts.every_pair:
                assert len(seen) == 77


@pytest.mark.parametrize("everywhere", [True, False])
def test_the_pairs_done_are_told_and_end_with_all(everywhere):
    db, told = random_functional(11, 7, 5, 0.4, seed=2), []
    survey(any_layer(db), db, everywhere=everywhere, progress=lambda *it: told.append(it))
    total = 77 if everywhere else len(db)
    assert told[-1] == (total, total) and told == sorted(told)


def test_wrong_layers_and_facts_are_one_sentence():
    db = Database.from_triples([("a", "r", "x"), ("b", "r", "y")])
    named = any_layer(db)
    with pytest.raises(FactrankError, match="expected at least one fact, found none"):
        survey(named, Database((), (), (), ()))
    with pytest.raises(FactrankError, match="key 'c': expected a key of the layer"):
        survey(named, db.with_fact("c", "r", "x"))
    with pytest.raises(FactrankError, match="tau: expected a probability above 0"):
        survey(named, db, 0)
    w = named.layer.weights
    loud = replace(named.layer, weights=w._replace(W_V=w.W_V * 1e200, W_O=w.W_O * 1e200))
    with pytest.raises(FactrankError, match="layer: expected finite logits, found weights whose"):
        survey(replace(named, layer=loud), db)


@pytest.mark.parametrize("n", [60, 600])
def test_no_array_grows_with_the_product(monkeypatch, n):
    """Whatever keys x queries x values is: no array of a part is larger than a block or a row."""
    for name in ("BLOCK", "MOST", "TOGETHER"):
        monkeypatch.setattr(parts, name, 20_000)
    sizes, real = [], torch.Tensor.exp_

    def exp_(self: torch.Tensor) -> torch.Tensor:
        sizes.append(self.numel())
        return real(self)

    monkeypatch.setattr(torch.Tensor, "exp_", exp_)
    db = random_functional(n, 5, n, 1.0, seed=0)
    survey(any_layer(db), db)
    assert sum(sizes) == 5 * n * n and max(sizes) <= 20_000


def test_what_is_far_below_adds_nothing_to_a_row() -> None:
    generator = torch.Generator().manual_seed(0)
    drawn = torch.rand(40, 1000, generator=generator, dtype=torch.float64)
    away = drawn * -torch.logspace(0, 6, 40, dtype=torch.float64).unsqueeze(-1)
    away[:, 7] = 0.0  # the largest of each row
    plain = away.exp()
    assert ((plain > 0) & (plain < torch.finfo(torch.float64).tiny)).any(), "a number below normal"
    assert (plain == 0).any() and (away.amin(-1) > FAR).any()
    assert torch.equal(shares(away.clone()).sum(-1), plain.sum(-1))
    assert (shares(away) >= torch.finfo(torch.float64).tiny).all(), "none is slow to compute with"


def test_the_threshold_of_tau_is_in_float64():
    """In float32 it would be off by more than such a tau leaves."""
    db = Database.from_triples([*(("a", "r", f"v{n}") for n in range(7)), ("b", "r", "w")])
    layer = NamedLayer.of(db, compile_values(db, scale=60.0))
    for tau in (0.99999999, 0.999999999):
        assert recall(layer, db, tau).held == 1
    made = compile_database(db, "values", tau=0.999999999, allow_sets=True)
    assert recall(made, db, 0.999999999).held == 1
