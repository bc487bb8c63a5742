"""What relations cost and which nearly agree: sound, and exact where it can be known."""

from __future__ import annotations

from inspect import signature
from itertools import combinations

from hypothesis import assume, given, settings

from factrank import Database, rank_interval, read
from factrank.facts.families import random_facts
from factrank.facts.matrix import SparseMatrix
from factrank.practice.audit.relation_costs import (
    _difference,
    _rank,
    agreements,
    costs,
    forest_size,
)
from factrank.practice.audit.relation_costs import relation_matrix as tables_of
from factrank.practice.audit.report import report
from factrank.rank.algebra.exact import rank as exact_rank
from factrank.rank.algebra.terms import Term, sums_to
from tests.strategies import databases


def without(db, query):
    return Database.from_triples(t for t in db.triples() if t[1] != query)


@settings(max_examples=12)
@given(databases())
def test_costs_hold_the_true_cost(db):
    whole = rank_interval(db)
    assume(whole.exact)
    for most_work in (0, 10**6):
        found, how = costs(db, whole, most_work=most_work)
        assert {cost.query for cost in found} == set(db.queries)
        assert ("not ranked without each" in how) == (most_work == 0)
        for cost in found:
            rest = without(db, cost.query)
            without_it = rank_interval(rest) if len(rest) else None
            if without_it and not without_it.exact:
                continue
            true = whole.lower - (without_it.lower if without_it else 0)
            assert cost.least <= true <= cost.most <= cost.alone


@settings(max_examples=60)
@given(databases())
def test_own_terms_go_with_their_relation(db):
    whole = rank_interval(db, "quick")
    for cost in costs(db, whole, most_work=0)[0]:
        q = db.queries.index(cost.query)
        kept = [Term(a, {i: x for i, x in b.items() if i != q}, c) for a, b, c in whole.terms]
        kept = [term for term in kept if term.b]
        assert len(kept) == len(whole.terms) - cost.own
        rest = Database(db.keys, db.queries, db.values, tuple(f for f in db.facts if f[1] != q))
        assert sums_to(kept, rest)
        assert cost.used >= cost.own


@given(databases())
def test_alone_is_the_rank_of_the_relations_matrix(db):
    for cost in costs(db, rank_interval(db, "quick"), most_work=0)[0]:
        q = db.queries.index(cost.query)
        rows = [{} for _ in db.keys]
        for k, p, v in db.facts:
            if p == q:
                rows[k][v] = 1
        matrix = SparseMatrix((len(db.keys), len(db.values)), tuple(rows))
        assert cost.alone == exact_rank(matrix)


@given(databases(functional=True))
def test_the_forest_is_the_rank_of_the_difference(db):
    tables = tables_of(db)
    for p, q in combinations(range(len(db.queries)), 2):
        f, g = tables[p], tables[q]
        assert forest_size(f, g) == _rank(_difference(f, g), db)


@given(databases())
def test_agreements_are_all_pairs_that_save(db):
    found, complete = agreements(db)
    assert complete
    tables = {q: f for q, f in tables_of(db).items() if f}
    alone = {q: _rank(_difference(f, {}), db) for q, f in tables.items()}
    expected = {}
    for p, q in combinations(tables, 2):
        apart = _rank(_difference(tables[p], tables[q]), db)
        if apart < max(alone[p], alone[q]):
            expected[db.queries[p], db.queries[q]] = apart, max(alone[p], alone[q]) - apart
    assert {(a.one, a.two): (a.apart, a.saved) for a in found} == expected
    for a in found:
        f, g = tables[db.queries.index(a.one)], tables[db.queries.index(a.two)]
        assert a.same == sum(f[k] == g[k] for k in f.keys() & g.keys())
        assert a.same + a.other == len(f.keys() | g.keys())


def test_a_copy_costs_nothing_and_a_column_of_its_own_all_its_rank():
    rows = [("a", "x", "u"), ("b", "y", "u"), ("c", "x", "w")]
    db = Database.from_triples(
        fact for k, v, w in rows for fact in ((k, "one", v), (k, "copy", v), (k, "own", w))
    )
    found = {c.query: (c.least, c.most, c.alone) for c in costs(db, rank_interval(db))[0]}
    assert found == {"one": (0, 0, 2), "copy": (0, 0, 2), "own": (2, 2, 2)}
    (pair,) = agreements(db)[0]
    assert (pair.one, pair.two, pair.apart, pair.saved, pair.other) == ("one", "copy", 0, 2, 0)


def test_costs_of_elements_are_the_ranges_since_nothing_is_shared():
    db = read("library:elements")
    for cost in costs(db, rank_interval(db))[0]:
        assert cost.least == cost.most == cost.alone == cost.own


def test_the_work_of_comparing_is_bounded():
    db = read("library:modular-addition-7")
    found, complete = agreements(db, most_work=0)
    assert (found, complete) == ((), False)


def test_a_rank_known_by_theorem_with_more_terms_than_it_bounds_no_cost_too_low():
    db = random_facts(4, 3, 3, 0.2, 69)
    whole = rank_interval(db, "quick")
    assert whole.upper < len(whole.terms)  # the case itself
    rest = rank_interval(Database.from_triples(t for t in db.triples() if t[1] != "q2"), "quick")
    (cost,) = (it for it in costs(db, whole)[0] if it.query == "q2")
    assert whole.exact and rest.exact
    assert cost.least <= whole.lower - rest.lower <= cost.most


def test_a_report_searches_as_rank_interval_does():
    ours, theirs = signature(report).parameters, signature(rank_interval).parameters
    for name in ("effort", "seconds", "seed"):
        assert ours[name].default == theirs[name].default, name


def test_without_each_relation_is_ranked_while_facts_times_relations_allow():
    db = Database.from_triples([(str(k), str(q), "x") for k in range(4) for q in range(3)])
    whole = rank_interval(db)
    for most_work, ranked in ((36, True), (35, False)):
        _, how = costs(db, whole, most_work=most_work)
        assert ("not ranked without each" not in how) == ranked
