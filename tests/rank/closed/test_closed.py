"""Closed forms: recognised where they hold, refused elsewhere, both halves of the proof real."""

from __future__ import annotations

import pytest
from hypothesis import given

from factrank.facts import families
from factrank.facts.library import load
from factrank.rank.algebra.terms import sums_to
from factrank.rank.closed import shapes as closed
from factrank.rank.interval import rank_interval
from factrank.rank.lower import bounds as lower
from tests.strategies import databases


@given(databases())
def test_a_closed_form_is_never_wrong(db):
    found = rank_interval(db, "quick")
    for form in (closed.disjoint_ranges, closed.rank_one_slices, closed.full_grid):
        told = form(db)
        if told:
            assert found.lower <= told.value <= found.upper
            assert sums_to(told.terms, db)
            assert told.value == told.proof.value == len(told.terms)


def test_c1_on_the_elements():
    db = load("elements")
    assert closed.disjoint_ranges(db).value == len(db.values) == 74
    assert closed.disjoint_ranges(load("example")) is None


def test_c2_is_more_general_than_c1():
    db = families.duplicated_relations(families.disjoint_ranges(6, 2, 3, 1.0, seed=0), 3)
    assert closed.disjoint_ranges(db) is None
    assert closed.rank_one_slices(db).value == len(db.used("V"))


@pytest.mark.parametrize(("n_values", "n_queries"), [(2, 2), (3, 2), (2, 4), (4, 1), (3, 3)])
def test_c3_on_full_grids(n_values, n_queries):
    db = families.full_grid(n_values, n_queries)
    form = closed.full_grid(db)
    assert form.value == n_queries * (n_values - 1) + 1
    assert sums_to(form.terms, db)


def test_c3_refuses_a_grid_with_a_record_missing():
    db = families.full_grid(2, 3)
    assert closed.full_grid(db.restrict(keys=db.keys[1:])) is None
    assert closed.full_grid(load("modular-addition-3")) is None


def test_thousands_of_random_databases_keep_lower_below_upper():
    """The cheap bounds of 3000 databases, sparse and dense, functional or not, one key and up."""
    for seed in range(1500):
        shape = 1 + seed % 6, 1 + seed % 4, 1 + seed % 5
        density = (1 + seed % 7) / 7
        for make in (families.random_functional, families.random_facts):
            db = make(*shape, density, seed)
            if db.facts:
                found = rank_interval(db, "quick")
                assert found.lower <= found.upper
                assert max(lower.unfolding(db, m).value for m in "KQV") <= found.lower
                assert sums_to(found.terms, db)
