"""Dropping equal slices keeps the rank; the terms spread back exactly."""

from __future__ import annotations

from hypothesis import given

from factrank.facts import families
from factrank.rank.algebra.reduction import distinct, spread
from factrank.rank.algebra.terms import sums_to
from factrank.rank.upper import counts as upper
from tests.strategies import databases, has_duplicate_slices


@given(databases())
def test_no_equal_slices_are_left_and_terms_spread_back(db):
    small, members = distinct(db)
    assert not has_duplicate_slices(small)
    for mode, kept in zip("KQV", members, strict=True):
        assert sorted(kept) == list(range(len(small.labels(mode))))
        assert sorted(i for same in kept.values() for i in same) == list(db.used(mode))
    assert sums_to(spread(upper.slice_terms(small), members), db)


def test_a_relation_given_twice_costs_nothing():
    base = families.modular_addition(4)
    small, _ = distinct(families.duplicated_relations(base, 3))
    assert small.shape == base.shape
