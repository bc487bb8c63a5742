"""Families made by rule or at random: the counts they promise, for every seed tried."""

from __future__ import annotations

from collections import Counter

import pytest

from factrank import FactrankError
from factrank.facts import families

SEEDS = range(8)


@pytest.mark.parametrize("m", [1, 2, 3, 7, 12])
def test_modular_addition(m):
    db = families.modular_addition(m)
    assert db.shape == (m, m, m)
    assert len(db) == m * m and db.functional
    assert all(int(v) == (int(k) + int(q[1:])) % m for k, q, v in db.triples())
    assert set(db.pair_counts().values()) == {m * m}


def test_family_trees_are_hintons():
    db = families.family_trees()
    assert len(db) == 112
    answers = Counter((k, q) for k, q, _ in db.triples())
    assert sorted(answers.values()) == [1] * 96 + [2] * 8
    assert {pair for pair, n in answers.items() if n == 2} == {
        (child, relation)
        for child in ("Colin", "Charlotte", "Alfonso", "Sophia")
        for relation in ("uncle", "aunt")
    }
    assert db.shape == (24, 12, 24)
    assert len(db.blocks()) == 1  # the trees share the relations


def test_family_trees_are_isomorphic_and_consistent():
    db = families.family_trees()
    half = {(k, q, v) for k, q, v in db.facts if k < 12}
    assert {(k - 12, q, v - 12) for k, q, v in db.facts if k >= 12} == half
    facts = set(db.triples())
    for a, relation, b in facts:
        if relation == "husband":
            assert (b, "wife", a) in facts
        if relation == "father":
            assert (b, "son", a) in facts or (b, "daughter", a) in facts
        if relation == "uncle":
            assert (b, "nephew", a) in facts or (b, "niece", a) in facts
    for fact in [
        ("Colin", "father", "James"),
        ("Colin", "mother", "Victoria"),
        ("Colin", "uncle", "Arthur"),
        ("Colin", "uncle", "Charles"),
        ("Charlotte", "brother", "Colin"),
        ("Christopher", "wife", "Penelope"),
        ("Arthur", "niece", "Charlotte"),
        ("Alfonso", "aunt", "Gina"),
        ("Lucia", "father", "Roberto"),
        ("Marco", "mother", "Francesca"),
    ]:
        assert fact in facts
    assert Counter(q for _, q, _ in facts) == dict(
        father=12, mother=12, husband=10, wife=10, son=12, daughter=12,
        uncle=8, aunt=8, brother=6, sister=6, nephew=8, niece=8,
    )  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
def test_random_functional(seed):
    db = families.random_functional(30, 10, 5, 0.5, seed)
    assert db.shape == (30, 10, 5) and db.functional
    assert 100 < len(db) < 200
    assert db == families.random_functional(30, 10, 5, 0.5, seed)
    assert db != families.random_functional(30, 10, 5, 0.5, seed + 1)
    assert not len(families.random_functional(3, 3, 3, 0, seed))


@pytest.mark.parametrize("seed", SEEDS)
def test_total_functions(seed):
    db = families.total_functions(6, 3, 4, seed)
    assert db.functional and len(db) == 18


@pytest.mark.parametrize("seed", SEEDS)
def test_random_facts(seed):
    db = families.random_facts(10, 10, 10, 0.3, seed)
    assert 200 < len(db) < 400 and not db.functional
    assert len(families.random_facts(2, 3, 4, 1, seed)) == 24


@pytest.mark.parametrize("seed", SEEDS)
def test_disjoint_ranges(seed):
    db = families.disjoint_ranges(20, 4, 3, 0.8, seed)
    assert db.functional and db.shape == (20, 4, 12)
    assert db.pair_counts()["QV"] == len(db.used("V"))


@pytest.mark.parametrize("seed", SEEDS)
def test_shared_range_and_permutations(seed):
    db = families.shared_range(9, 3, 4, seed)
    assert db.functional and len(db) == 27
    assert db.pair_counts()["QV"] == 12
    bijections = families.permuted_relations(5, 3, seed)
    assert bijections.pair_counts()["KQ"] == bijections.pair_counts()["QV"] == 15


def test_duplicated_relations():
    db = families.random_functional(5, 3, 4, 0.7, seed=1)
    twice = families.duplicated_relations(db, 2)
    assert twice.shape == (5, 6, 4) and len(twice) == 2 * len(db)
    rows = twice.unfolding("Q").rows
    assert rows[:3] == rows[3:] == db.unfolding("Q").rows


@pytest.mark.parametrize(("n_values", "n_queries"), [(1, 1), (1, 30), (2, 4), (3, 2), (5, 1)])
def test_full_grid(n_values, n_queries):
    db = families.full_grid(n_values, n_queries)
    assert db.shape == (n_values**n_queries, n_queries, n_values)
    records = {frozenset((q, v) for k, q, v in db.facts if k == key) for key in range(len(db.keys))}
    assert len(records) == n_values**n_queries
    assert all(len(record) == n_queries for record in records)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("modular_addition(0)", "m: 0"),
        ("modular_addition(2.0)", "m: 2.0"),
        ("modular_addition(True)", "m: True"),
        ("full_grid(0, 2)", "n_values: 0"),
        ("full_grid(2, -1)", "n_queries: -1"),
        ("full_grid(2, 20)", "full grid: expected at most 1000000 records, found 2^20"),
        ("full_grid(2, 10**9)", "full grid: expected at most 1000000 records, found 2^1000000000"),
        ("random_functional(0, 1, 1, 1, 0)", "n_keys: 0"),
        ("random_functional(1, 1, 1, 1.5, 0)", "density: expected a number from 0 to 1, found 1.5"),
        ("random_facts(1, 0, 1, 1, 0)", "n_queries: 0"),
        ("disjoint_ranges(1, 1, 0, 1, 0)", "range_size: 0"),
        ("shared_range(2, 1, 3, 0)", "n_keys: expected at least n_values = 3 keys, found 2"),
        ("duplicated_relations(modular_addition(1), 0)",
         "copies: 0"),
    ],
)  # fmt: skip
def test_bad_sizes_get_a_sentence(call, expected):
    with pytest.raises(FactrankError) as caught:
        eval(call, vars(families).copy())
    short = ": expected a whole number of at least 1, found "
    assert str(caught.value) in (expected, expected.replace(": ", short, 1))
