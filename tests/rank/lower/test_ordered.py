"""P6 in order: proofs that the checker accepts, and more than P5 and P6 grown prove where an order
of the relations is what helps."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factrank.errors import FactrankError
from factrank.facts.database import Database
from factrank.facts.families import random_functional
from factrank.rank.certificate import certificate
from factrank.rank.interval import RankInterval, rank_interval
from factrank.rank.lower.bounds import LowerBound, mixed, unfolding
from factrank.rank.lower.incremental import grow
from factrank.rank.lower.ordered import _compiled_sizes, _sizes, ordered
from factrank.rank.upper import counts as upper
from factrank.rank.upper.parts import part_terms
from factrank.rank.verify.checker import verify
from tests.benchmarks.graphs import wordnet_like, zipf_graph
from tests.strategies import databases

# With s below: x is at the top of t, y of r, both by c alone, and a and b lie below these.
FOUR = [("a", "s", "x"), ("b", "s", "y"), ("c", "r", "y"), ("c", "t", "x")]


def accepted(db: Database, proof: LowerBound) -> bool:
    """The independent checker's word on a lower bound (beside the value slices)."""
    terms = upper.slice_terms(db)
    interval = RankInterval(proof.value, len(terms), "R", (), proof, terms)
    return verify(db, certificate(db, interval)).lower == proof.value


@given(databases(functional=True), st.integers(0, 3))
@settings(deadline=None)
def test_the_checker_accepts_every_order(db, seed):
    proof = ordered(db, work=20 * len(db), seed=seed)
    assert proof.value <= min(len(upper.slice_terms(db)), len(part_terms(db)))
    assert accepted(db, proof)


@pytest.mark.parametrize("seed", range(20))
def test_crowded_databases_are_accepted_and_never_lose_to_p5(seed):
    db = random_functional(
        10 + 3 * seed, 2 + seed % 5, 4 + 2 * seed, (0.2, 0.5, 0.9)[seed % 3], seed
    )
    proof = ordered(db, work=50 * len(db))
    assert proof.value >= max(unfolding(db, "V").value, mixed(db).value)
    assert accepted(db, proof)


def test_an_order_of_relations_proves_what_p5_and_p6_grown_do_not():
    db = Database.from_triples(FOUR)
    start = mixed(db)
    assert (start.value, grow(db, start).value, ordered(db).value) == (3, 3, 4)
    assert len(upper.slice_terms(db)) == 4


def test_pivots_stand_in_the_order_of_their_tops():
    """x and y are unknown at s, where w has its pivot: they come before it."""
    db = Database.from_triples([*FOUR, ("d", "s", "w")])
    proof = ordered(db)
    assert proof.value == 5 == len(upper.slice_terms(db))
    assert [row for row, _ in proof.data["pivots"]][-1] == "w"
    assert accepted(db, proof)


def test_other_orders_are_tried_as_far_as_the_work_goes():
    db = zipf_graph(3000, seed=1, n_queries=60, shared=0.5)
    values = [ordered(db, work=n * len(db)).value for n in (0, 20, 400)]
    assert values[0] < values[1] < values[2]
    assert ordered(db, work=400 * len(db), stop=lambda: True).value == values[0]
    assert ordered(db, work=400 * len(db), goal=values[1]).value == values[1]
    assert accepted(db, ordered(db, work=20 * len(db)))


@pytest.mark.parametrize("seed", range(5))
def test_scipy_tells_the_same_sizes(seed):
    pytest.importorskip("scipy")
    db = random_functional(200, 6, 90, 0.4, seed)
    rows = set(range(0, 200, 2))
    places = {q: (q * 5 + seed) % 6 for q in range(6)}
    assert _compiled_sizes(db.facts, rows)(places) == _sizes(db.facts, rows)(places)


def test_the_interval_of_a_lexical_graph_is_closed_from_below_by_it():
    found = rank_interval(wordnet_like(0), "normal")
    evidence = dict(found.evidence)
    assert found.lower == evidence["P6 in order"] > evidence["P5 mixed"]


def test_a_thousand_facts_have_it_without_a_search():
    found = rank_interval(zipf_graph(3000, seed=1, n_queries=60, shared=0.5), "quick")
    evidence = dict(found.evidence)
    assert found.lower == evidence["P6 in first order"] > evidence["P5 mixed"]


def test_a_key_with_two_values_is_refused():
    db = Database.from_triples([("a", "r", "x"), ("a", "r", "y")])
    with pytest.raises(FactrankError, match="P6 in order: expected a functional database"):
        ordered(db)
