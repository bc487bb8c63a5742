"""Bits of a database against brute force: entropy, overcounting, and what a code can recall."""

from __future__ import annotations

from collections import Counter
from itertools import product
from math import factorial, log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.studies.databases import database
from factrank import Database, FactrankError
from factrank.facts.bits import bits, onto, share_at_most


def entropy(draws) -> float:
    counts = Counter(draws)
    total = counts.total()
    return -sum(n / total * log2(n / total) for n in counts.values())


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 3)), min_size=1, max_size=3))
def test_entropy_of_uniform_independent_values(relations):
    """Every database drawn alike: keys and values of each relation."""
    cells = [range(r) for keys, r in relations for _ in range(keys)]
    assert entropy(product(*cells)) == pytest.approx(sum(n * log2(r) for n, r in relations))


@pytest.mark.parametrize("seed", range(5))
def test_bits_sum_over_facts(seed):
    db = database("halves", 9, 3, 4, seed)
    ranges = [{v for _, p, v in db.facts if p == q} for q in range(3)]
    assert bits(db) == pytest.approx(sum(log2(len(ranges[q])) for _, q, _ in db.facts))
    assert bits(database("shared", 16, 4, 4, seed)) == 2 * len(database("shared", 16, 4, 4, seed))


def test_no_fact_says_nothing():
    assert bits(Database(("a",), ("q",), ("v",), ())) == 0


@pytest.mark.parametrize("keys", range(6))
@pytest.mark.parametrize("values", range(5))
def test_functions_onto_by_brute_force(keys, values):
    found = sum(len(set(f)) == values for f in product(range(values), repeat=keys))
    assert onto(keys, values) == found
    assert onto(values, values) == factorial(values)


def test_bad_sizes_are_told():
    with pytest.raises(FactrankError, match="keys: expected at least 0, found -1"):
        onto(-1, 2)


def test_copies_are_counted_twice():
    """All pairs of equal relations: half of the entropy that the sum counts."""
    tables = [f + f for f in product(range(3), repeat=3)]
    assert entropy(tables) == pytest.approx(3 * log2(3))
    twice = database("duplicated", 24, 4, 3, 0)
    once = Database(
        twice.keys, twice.queries[:2], twice.values, tuple(f for f in twice.facts if f[1] < 2)
    )
    assert bits(twice) == 2 * bits(once)


@given(st.integers(0, 5), st.integers(0, 4), st.integers(0, 10**6))
def test_no_code_recalls_a_larger_share(said, stored, seed):
    """Any 2^stored layers that answer all questions recall at most that share of 2^said tables."""
    import random

    rng = random.Random(seed)
    layers = {rng.randrange(2**said) for _ in range(2**stored)}
    assert len(layers) / 2**said <= share_at_most(said, stored)
    assert share_at_most(said, said) == 1
