"""Closed forms: recognised where they hold, refused elsewhere, both halves of the proof real."""

from __future__ import annotations

import pytest
from hypothesis import given

from factrank.facts import families
from factrank.facts.library import load
from factrank.rank.algebra.reduction import distinct, spread
from factrank.rank.algebra.terms import sums_to
from factrank.rank.interval import rank_interval
from factrank.rank.lower import bounds as lower
from factrank.rank.upper import counts
from tests.strategies import databases


def full_grid(database):
    """C3: all |V|^|Q| records occur, in any number of copies: rank(D) = |Q|(|V| - 1) + 1."""
    if not database.functional or not database.facts:
        return False
    small, _ = distinct(database)
    return (
        len(small.keys)
        == len(small.values) ** len(small.queries)
        == len(small) / len(small.queries)
    )


def forms_of(db):
    """The values that C1, C2 and C3 tell, each with its lower bound and its terms."""
    used, values = len(db.used("V")), lower.unfolding(db, "V")
    if db.functional and db.pair_counts()["QV"] == used:  # no value shared by two relations
        yield "C1", used, values, counts.pair_terms(db, "QV")
    if db.functional and len(counts.slice_terms(db)) == used:  # each slice of rank one
        yield "C2", used, values, counts.slice_terms(db)
    if full_grid(db):
        small, members = distinct(db)
        value = len(small.queries) * (len(small.values) - 1) + 1
        terms = spread(counts.hub_terms(small), members)
        yield "C3", value, lower.unfolding(small, "K"), terms


def values_of(db):
    return {name: value for name, value, _, _ in forms_of(db)}


@given(databases())
def test_a_closed_form_is_never_wrong(db):
    found = rank_interval(db, "quick")
    for _, value, bound, terms in forms_of(db):
        assert found.lower == value == bound.value == len(terms) == found.upper
        assert sums_to(terms, db)


def test_c1_on_the_elements():
    db = load("elements")
    assert values_of(db)["C1"] == len(db.values) == rank_interval(db, "quick").upper == 74
    assert "C1" not in values_of(load("example"))


def test_c2_is_more_general_than_c1():
    db = families.duplicated_relations(families.disjoint_ranges(6, 2, 3, 1.0, seed=0), 3)
    assert "C1" not in values_of(db)
    assert values_of(db)["C2"] == len(db.used("V")) == rank_interval(db, "quick").lower


@pytest.mark.parametrize(("n_values", "n_queries"), [(2, 2), (3, 2), (2, 4), (4, 1), (3, 3)])
def test_c3_on_full_grids(n_values, n_queries):
    db = families.full_grid(n_values, n_queries)
    for one in (db, families.duplicated_relations(db, 2)):
        ((value, bound, terms),) = [form for name, *form in forms_of(one) if name == "C3"]
        assert value == bound.value == len(terms) == n_queries * (n_values - 1) + 1
        assert sums_to(terms, one)


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
