"""Readouts on logits of every size: ties, overflow, sets, artifacts, ranks at a tolerance."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from factrank.errors import FactrankError
from factrank.facts.database import Database
from factrank.layer import readout
from tests.strategies import databases


def logits_for(db: Database, seed: int, spread: float = 3.0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(db.shape, generator=generator, dtype=torch.float64)
    return spread * noise + 4 * readout.facts_mask(db).double()


@given(databases(), st.integers(0, 99), st.sampled_from([0.1, 0.5, 0.9]))
@settings(deadline=None)
def test_readouts_are_their_definitions_fact_by_fact(db, seed, tau):
    L = logits_for(db, seed)
    recalled, held = readout.recalled(L, db), readout.held(L, db, tau)
    for n, (k, q, v) in enumerate(db.facts):
        row = L[k, q].tolist()
        answers = [w for p, r, w in db.facts if (p, r) == (k, q)]
        wrong = [x for w, x in enumerate(row) if w not in answers]
        assert bool(recalled[n]) == all(row[v] > x for x in wrong)
        share = math.exp(row[v]) / sum(map(math.exp, row))
        even = tau * db.shape[2] <= len(answers)  # an even share says nothing, if it is no answer
        assert bool(held[n]) == (share >= tau / len(answers) and (bool(recalled[n]) or not even))
    P = readout.softmax_geq(L, tau)
    off = [(k, q, v) for k, q, v in (P > 0).nonzero().tolist() if (k, q, v) not in set(db.facts)]
    assert sorted(off) == sorted(map(tuple, readout.artifacts(L, db, tau).nonzero().tolist()))


def test_the_strategies_reach_sets_and_silent_pairs():
    seen = []

    @given(databases())
    @settings(deadline=None, derandomize=True, database=None)
    def look(db):
        seen.append(db)

    look()
    assert any(not db.functional for db in seen)
    assert any(db.pair_counts()["KQ"] < db.shape[0] * db.shape[1] for db in seen)


@pytest.mark.parametrize("size", [1e-300, 1.0, 1e4, 1e300])
def test_no_size_of_logits_overflows(size):
    L = size * torch.tensor([[[1.0, 0.0, -1.0]]], dtype=torch.float64)
    db = Database(("a",), ("r",), ("x", "y", "z"), ((0, 0, 0),))
    P = readout.softmax(L)
    assert torch.isfinite(P).all() and float(P.sum()) == pytest.approx(1)
    assert readout.recalled(L, db).item()
    assert readout.argmax(L).tolist() == [[[1, 0, 0]]]


def test_a_tie_recalls_nothing_and_answers_nothing():
    db = Database(("a",), ("r",), ("x", "y"), ((0, 0, 0),))
    L = torch.zeros(1, 1, 2, dtype=torch.float64)
    assert not readout.recalled(L, db).item()
    assert readout.argmax(L).sum() == 0
    L[0, 0, 0] = 1e-12
    assert readout.argmax(L).sum() == 1
    assert readout.argmax(L, room=1e-9).sum() == 0


def test_stacked_models_are_read_one_by_one():
    db = Database.from_triples([("a", "r", "x"), ("b", "r", "y")])
    L = torch.stack([logits_for(db, seed) for seed in range(3)])
    for m in range(3):
        assert torch.equal(readout.recalled(L, db)[m], readout.recalled(L[m], db))
        assert torch.equal(readout.held(L, db, 0.5)[m], readout.held(L[m], db, 0.5))
        for mode, ranks in readout.unfolding_ranks(L, 1e-9).items():
            assert ranks[m] == readout.unfolding_ranks(L[m], 1e-9)[mode]


@given(databases())
@settings(deadline=None)
def test_unfoldings_and_their_ranks_are_those_of_the_database(db):
    D = torch.tensor(db.tensor()).double()
    for mode in "KQV":
        assert readout.unfolding(D, mode).int().tolist() == db.unfolding(mode).dense()
    exact = {
        mode: torch.linalg.matrix_rank(torch.tensor(db.unfolding(mode).dense()).double())
        for mode in "KQV"
    }
    assert readout.unfolding_ranks(D, 1e-9) == exact


def test_the_tolerance_decides_what_counts():
    T = torch.diag(torch.tensor([1.0, 1e-3, 1e-6])).unsqueeze(1)
    counted = [int(readout.unfolding_ranks(T, t)["K"]) for t in (1e-1, 1e-4, 1e-9)]
    assert counted == [1, 2, 3]


@pytest.mark.parametrize("tau", [0, -0.1, 1.5, math.nan])
def test_a_tau_that_is_no_probability_is_refused(tau):
    db = Database.from_triples([("a", "r", "x")])
    with pytest.raises(FactrankError, match=r"^tau: expected a probability above 0 and at most 1"):
        readout.held(torch.zeros(db.shape), db, tau)


def test_logits_of_another_shape_are_refused():
    db = Database.from_triples([("a", "r", "x")])
    sentence = r"logits: expected the database's shape \(1, 1, 1\), found \(1, 1, 2\)"
    for ask in (readout.recalled, readout.margins):
        with pytest.raises(FactrankError, match=sentence):
            ask(torch.zeros(1, 1, 2), db)


def test_a_probability_of_exactly_tau_counts():
    """A single value has the probability 1: that is at least 1."""
    db = Database(("a",), ("r",), ("x",), ((0, 0, 0),))
    empty = Database(("a",), ("r",), ("x",), ())
    L = torch.tensor([[[3.0]]], dtype=torch.float64)
    assert readout.softmax_geq(L, 1.0).tolist() == [[[1.0]]]
    assert readout.held(L, db, 1.0).tolist() == [True]
    assert readout.artifacts(L, empty, 1.0).tolist() == [[[True]]]
