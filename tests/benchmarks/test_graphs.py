"""Generators of large databases: deterministic, of the sizes and shapes they promise."""

from __future__ import annotations

from collections import Counter

import pytest

from factrank.errors import FactrankError
from factrank.rank.lower import bounds as lower
from factrank.rank.upper import counts as upper
from tests.benchmarks.graphs import uniform_graph, wordnet_like, zipf_graph


@pytest.mark.parametrize("make", [zipf_graph, uniform_graph])
def test_the_same_seed_gives_the_same_database(make):
    assert make(2000, seed=3).digest() == make(2000, seed=3).digest() != make(2000, 4).digest()


def test_the_databases_of_the_recorded_times_are_still_the_same():
    made = (zipf_graph(2000, seed=0), uniform_graph(2000, seed=0), wordnet_like(seed=0))
    assert [it.digest()[:8] for it in made] == ["3b817b8e", "627dfd2f", "abd9be57"]


@pytest.mark.parametrize("make", [zipf_graph, uniform_graph])
def test_sizes_are_as_documented(make):
    db = make(10_000, seed=0)
    assert db.functional
    assert abs(len(db) - 10_000) <= 50
    assert len(db.queries) == 100
    assert len(db.used("K")) == len(db.keys) <= 5000
    assert db.pair_counts()["QV"] > len(db.values)  # some values are shared


def test_zipf_relations_fall_like_one_over_i():
    sizes = sorted(Counter(q for _, q, _ in zipf_graph(100_000, seed=1).facts).values())[::-1]
    assert sizes[0] == pytest.approx(2 * sizes[1], rel=0.01)
    assert sizes[0] == pytest.approx(10 * sizes[9], rel=0.01)


def test_more_shared_values_widen_what_unfoldings_leave_open():
    few, many = (zipf_graph(5000, seed=0, shared=share) for share in (0.1, 0.5))
    assert len(many.values) < len(few.values)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_wordnet_like_leaves_five_to_ten_percent_to_the_unfoldings(seed):
    db = wordnet_like(seed)
    assert db.functional and len(db) == 54_000 and len(db.queries) == 11
    assert 16_500 < len(db.values) < 18_500
    best = max(lower.unfolding(db, mode).value for mode in "KQV")
    assert 0.05 < 1 - best / len(upper.slice_terms(db)) < 0.10


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"n_facts": 10}, "n_facts: expected at least 100, found 10"),
        ({"n_queries": 0}, "n_queries: expected 1 to 1000, found 0"),
        ({"shared": 1.5}, "shared: expected a share from 0 to 1, found 1.5"),
        ({"pool": -1}, "pool: expected a share from 0 to 1, found -1"),
    ],
)
def test_wrong_arguments_are_one_sentence(options, sentence):
    with pytest.raises(FactrankError, match=f"^{sentence}$"):
        zipf_graph(**{"n_facts": 1000, "seed": 0, **options})
