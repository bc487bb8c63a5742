"""U4 part by part: exact sums, and one term less where two relations agree on some keys only."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factrank.errors import FactrankError
from factrank.facts.database import Database
from factrank.rank.algebra.terms import sums_to
from factrank.rank.interval import rank_interval
from factrank.rank.lower.bounds import unfolding
from factrank.rank.upper import counts as upper
from factrank.rank.upper.parts import components, part_terms
from factrank.rank.upper.tree import tree_terms
from tests.strategies import databases

# k alone has (r, x) and (s, y); both relations give the other's value to a key of their own.
CROSSED = [("k", "r", "x"), ("k", "s", "y"), ("a", "r", "y"), ("b", "s", "x")]


@given(databases(functional=True), st.sampled_from("KQ"))
def test_the_terms_sum_to_the_facts_and_are_never_more_than_the_pairs(db, mode):
    terms = part_terms(db, mode)
    assert sums_to(terms, db)
    assert len(terms) <= db.pair_counts()["QV" if mode == "Q" else "KV"]


def test_one_key_saves_a_term_where_whole_relations_save_none():
    db = Database.from_triples(CROSSED)
    assert min(len(upper.slice_terms(db)), len(upper.hub_terms(db)), len(tree_terms(db))) == 4
    assert len(part_terms(db)) == 3 == unfolding(db, "K").value


@pytest.mark.parametrize("missing", CROSSED[2:])
def test_without_one_of_the_other_columns_nothing_is_saved(missing):
    db = Database.from_triples(fact for fact in CROSSED if fact != missing)
    assert len(part_terms(db)) == 3


def test_a_key_with_one_of_the_relations_alone_opens_a_component():
    open_ = Database.from_triples([*CROSSED, ("c", "r", "x")])
    assert len(part_terms(open_)) == 4 == unfolding(open_, "K").value


def test_a_key_far_off_opens_a_component_too():
    """c has r alone; by way of z and of j, which says y as k does, that reaches k."""
    far = [("j", "r", "z"), ("j", "s", "y"), ("c", "r", "z")]
    db = Database.from_triples([*CROSSED, *far])
    terms = part_terms(db)
    assert sums_to(terms, db)
    assert len(terms) == 5 == unfolding(db, "K").value


def test_components_that_need_the_same_columns_are_not_both_taken():
    """i has the columns that a link of k goes over, and the other way round."""
    facts = [("k", "r", "x"), ("k", "s", "y"), ("i", "r", "y"), ("i", "s", "x")]
    db = Database.from_triples([*facts, ("c", "t", "x"), ("d", "t", "y")])
    terms = part_terms(db)
    assert sums_to(terms, db)
    assert len(terms) == 5


def test_a_component_of_many_columns_saves_one_term():
    """r says one thing of three keys, s another of each: one star, linked by a value of both."""
    facts = [("a", "r", "x"), ("b", "r", "x"), ("c", "r", "x")]
    facts += [("a", "s", "x"), ("b", "s", "y"), ("c", "s", "z"), ("d", "t", "y")]
    db = Database.from_triples(facts)
    assert len(part_terms(db)) == 4 == unfolding(db, "K").value


def test_more_pairs_of_relations_than_the_limit_leave_the_slices():
    db = Database.from_triples(CROSSED)
    assert len(part_terms(db, limit=5)) == 4  # the four keys take 4 + 1 + 1 steps


def test_the_interval_of_a_hundred_facts_is_closed_by_it():
    facts = [
        (f"{k}{n}", q, f"{v}{n}") for n in range(20) for k, q, v in [*CROSSED, ("c", "t", "x")]
    ]
    found = rank_interval(Database.from_triples(facts))
    assert (found.lower, found.upper, found.upper_by) == (80, 80, "U4 parts of relations")


def test_a_key_with_two_values_is_refused():
    db = Database.from_triples([("a", "r", "x"), ("a", "r", "y")])
    with pytest.raises(FactrankError, match="U4: expected a functional database"):
        part_terms(db)


def test_a_component_is_told_by_its_relations_and_values():
    (one,) = components({0: {0: 7, 1: 8}}, {(0, 7): [0], (1, 8): [0]})
    assert one.columns == [(0, 7), (1, 8)]
