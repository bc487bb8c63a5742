"""Upper bounds: every decomposition sums to D exactly, and counts what theory says."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from factrank.errors import FactrankError
from factrank.facts.database import Database
from factrank.rank.algebra.terms import Term, carry, expand, sums_to
from factrank.rank.interval import rank_interval
from factrank.rank.upper import apart
from factrank.rank.upper import counts as upper
from factrank.rank.upper.basis import basis_terms
from factrank.rank.upper.tree import spanning_tree, tree_terms
from tests.strategies import crowded, databases


def db_of(text: str) -> Database:
    return Database.from_triples(line.split() for line in text.split(";"))


@given(databases())
def test_u1_pairs(db):
    for pair in upper.PAIRS:
        terms = upper.pair_terms(db, pair)
        assert sums_to(terms, db)
        assert len(terms) == db.pair_counts()[pair]


@given(databases())
def test_u2_slices(db):
    for axis, mode in enumerate("KQV"):
        terms = upper.slice_terms(db, mode)
        assert sums_to(terms, db)
        dense = np.moveaxis(db.tensor(), axis, 0)
        assert len(terms) == sum(np.linalg.matrix_rank(s) for s in dense)
    if db.functional:
        assert len(upper.slice_terms(db, "V")) <= min(db.pair_counts().values())


def test_u2_can_be_worse_than_a_pair_count_when_set_valued():
    db = db_of("a r x;a r y")
    assert len(upper.slice_terms(db, "V")) == 2 > db.pair_counts()["KQ"]


@given(databases(functional=True))
def test_u3_hub(db):
    terms = upper.hub_terms(db)
    assert sums_to(terms, db)
    tensor = db.tensor()
    sizes = [np.linalg.matrix_rank(tensor[:, q]) for q in db.used("Q")]
    assert len(terms) <= sum(sizes)
    if len({tensor[:, q].sum(axis=1).tobytes() for q in db.used("Q")}) == 1:
        # one common domain: sum (|range| - 1) + number of hubs, at most one hub a relation
        hubs = len(terms) - sum(sizes) + len(sizes)
        assert 1 <= hubs <= len(sizes)


def test_u3_one_hub_serves_all_relations_with_a_common_domain():
    terms = upper.hub_terms(db_of("a r x;b r y;c r z;a s x;b s x;c s u;a t w;b t x;c t w"))
    assert len(terms) == (3 - 1) + (2 - 1) + (2 - 1) + 1


@given(databases(functional=True))
def test_u4_trees(db):
    ranges = db.pair_counts()
    for mode, cost in (("Q", ranges["QV"]), ("K", ranges["KV"])):
        terms = tree_terms(db, mode)
        assert sums_to(terms, db)
        assert len(terms) <= cost


@given(databases(functional=True))
def test_u4_weight_of_two_relations_is_the_rank_of_their_difference(db):
    tensor = db.tensor()
    used = db.used("Q")[:2]
    if len(used) < 2:
        return
    two = db.restrict(queries=[db.queries[q] for q in used])
    alone = [np.linalg.matrix_rank(tensor[:, q]) for q in used]
    between = np.linalg.matrix_rank(tensor[:, used[0]] - tensor[:, used[1]])
    assert len(tree_terms(two)) == min(sum(alone), min(alone) + between)


def test_u4_a_cut_in_the_work_keeps_the_decomposition_exact():
    db = db_of("a r x;b r y;a s x;b s y;a t x;b t z")
    assert sums_to(tree_terms(db, limit=0), db)
    assert len(tree_terms(db, limit=0)) >= len(tree_terms(db)) == 3


@given(databases(functional=False) | crowded(), st.sampled_from("KQV"))
def test_u4_of_any_database_is_at_most_the_slices_alone(db, mode):
    tree = spanning_tree(db, mode)
    assert sums_to(tree.terms(), db) and len(tree.terms()) == tree.size
    assert tree.size <= len(upper.slice_terms(db, mode))
    dense = np.moveaxis(db.tensor(), "KQV".index(mode), 0)
    used = [dense[i] for i in db.used(mode)]
    for order in itertools.islice(itertools.permutations(used), 6):
        assert tree.size <= nearest(order)


def nearest(order) -> int:
    """The weight of a tree by hand: each slice less an earlier one, or alone, what is nearer."""
    rank = np.linalg.matrix_rank
    return sum(min([rank(m), *(rank(m - p) for p in order[:n])]) for n, m in enumerate(order))


@given(crowded(), st.sampled_from("KQV"))
def test_u4_weight_of_two_slices_is_the_rank_of_their_difference(db, mode):
    used = [db.labels(mode)[i] for i in db.used(mode)][:2]
    if len(used) < 2:
        return
    name = {"K": "keys", "Q": "queries", "V": "values"}[mode]
    two = db.restrict(**{name: used})
    one, other = np.moveaxis(two.tensor(), "KQV".index(mode), 0)
    alone = [int(np.linalg.matrix_rank(m)) for m in (one, other)]
    between = int(np.linalg.matrix_rank(one - other))
    assert len(tree_terms(two, mode)) == min(sum(alone), min(alone) + between)


@given(databases() | crowded(), st.sampled_from("KQV"))
def test_u4_slices_are_at_least_as_far_apart_as_their_pivots_tell(db, mode):
    dense = np.moveaxis(db.tensor(), "KQV".index(mode), 0)
    parts = upper.slices(db, mode)
    marks = {i: apart._marks(part) for i, part in parts.items()}
    for i, j in itertools.product(parts, parts):
        rank = np.linalg.matrix_rank(dense[i] - dense[j])
        assert apart.least_apart(marks[i], marks[j]) <= rank
    assert all(mark.rank == np.linalg.matrix_rank(dense[i]) for i, mark in marks.items())


def test_u4_slices_with_nothing_in_common_are_apart_by_all_of_both():
    parts = upper.slices(db_of("a r x;b s x;c t y;d u y"), "V")
    one, other = (apart._marks(part) for part in parts.values())
    assert apart.least_apart(one, other) == one.rank + other.rank == 4


def test_u4_finds_values_that_go_together():
    """x and y are answers to the same questions but for one; apart they cost 3 + 4."""
    rows = ["a r x", "b s x", "c t x", "a r y", "b s y", "c t y", "d u y"]
    db = db_of(";".join(rows))
    assert not db.functional and len(upper.slice_terms(db, "V")) == 7
    assert len(tree_terms(db, "V")) == 4 == rank_interval(db).lower
    for stop in ({"limit": 0}, {"stop": lambda: True}):
        cut = spanning_tree(db, "V", **stop)
        assert cut.size == 7 and sums_to(cut.terms(), db)


def test_u4_compares_slices_without_a_common_fact_too():
    """The identity less the swap has rank 1."""
    db = db_of("a r x;b s x;a s y;b r y")
    assert len(upper.slice_terms(db, "V")) == 4 and len(tree_terms(db, "V")) == 3


def test_set_valued_databases_are_refused_by_the_bound_that_needs_functions():
    with pytest.raises(FactrankError, match=r"expected a functional database .* found 1 further"):
        upper.hub_terms(db_of("a r x;a r y"))


def test_wrong_names_are_told():
    db = db_of("a r x")
    with pytest.raises(FactrankError, match="pair: expected one of KQ, QV, KV, found 'QK'"):
        upper.pair_terms(db, "QK")
    with pytest.raises(FactrankError, match=r"mode: expected .* found 'X'"):
        tree_terms(db, "X")


@given(databases())
def test_sums_to_sees_one_wrong_cell(db):
    terms = upper.pair_terms(db, "KQ")
    assert not sums_to(terms[1:], db)
    assert not sums_to([*terms, Term({0: 1}, {0: 1}, {0: 1})], db)


@given(databases())
def test_carry_moves_the_terms_of_every_block_to_the_whole(db):
    terms = [t for b in db.blocks() for t in carry(upper.pair_terms(b, "KQ"), b, db)]
    assert expand(terms) == dict.fromkeys(db.facts, 1)


def test_a_slice_less_another_can_have_a_smaller_rank():
    """Two keys that differ in one answer: their difference has rank 1, their sum rank 2."""
    facts = [("a", "r", "x"), ("a", "s", "y"), ("b", "r", "x"), ("b", "s", "z")]
    terms = basis_terms(Database.from_triples(facts), "K")
    assert len(terms) == 3 and sums_to(terms, Database.from_triples(facts))
