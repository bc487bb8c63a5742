"""P11: sound on random databases, more than border rank sees, no larger than needed."""

from __future__ import annotations

import json
import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings

from factrank.facts import families
from factrank.facts.database import Database
from factrank.rank.certificate import certificate
from factrank.rank.interval import rank_interval
from factrank.rank.lower.bounds import LowerBound, unfolding
from factrank.rank.lower.cases import best_by_cases, by_cases
from factrank.rank.upper.counts import slice_terms
from factrank.rank.upper.flips import flip_terms
from factrank.rank.verify.checker import verify
from tests.rank.certificates import W, facts, wrap
from tests.strategies import crowded, databases, permute_modes, shuffled, two_slices


def checked(db: Database, bound: LowerBound) -> bool:
    return verify(db, json.loads(json.dumps(wrap(db, bound.document(), bound.value)))).valid


def nodes(node: Any) -> list[dict[str, Any]]:
    return [node, *(x for case in node["cases"] for x in nodes(case))] if node else []


@settings(max_examples=40)
@given(databases(size=5) | crowded())
def test_p11_is_sound_and_what_it_writes_is_proved(db):
    shortest = len(flip_terms(slice_terms(db), db.shape, moves=1500, seed=1))
    for order in ("KQV", "QVK"):
        turned = permute_modes(db, order)
        for goal in range(2, shortest + 2):
            found = best_by_cases(turned, goal, seed=0)
            assert found is None or (found.value == goal <= shortest and checked(turned, found))


def test_p11_never_passes_an_exact_pencil():
    """Two slices: the real rank is known, and P11 reaches it often enough to be tested."""
    seen = Counter()
    for _, db, rank in two_slices(200):
        for goal in (rank, rank + 1):
            seen[goal - rank, bool(best_by_cases(db, goal, seed=0))] += 1
    assert seen[1, True] == 0 and seen[0, True] > 20


@pytest.mark.parametrize("n", [2, 3, 4])
def test_p11_says_nothing_of_a_diagonal(n):
    """Its slices have rank one: they are the terms."""
    db = facts("; ".join(f"{i} {i} {i}" for i in range(n)))
    for mode in "KQV":
        assert by_cases(db, unfolding(db, mode), seed=0) is None
    assert best_by_cases(db, n + 1, seed=0) is None


@pytest.mark.parametrize(
    ("shape", "density", "seed", "rank"),
    [((6, 3, 4), 1.0, 19, 7), ((4, 3, 3), 1.0, 37, 5), ((3, 4, 5), 0.75, 8, 6),
     ((4, 4, 4), 1.0, 5, 6), ((5, 3, 5), 1.0, 10, 7)],
)  # fmt: skip
def test_p11_closes_what_no_other_bound_does(shape, density, seed, rank):
    db = shuffled(families.random_functional(*shape, density, seed), random.Random(seed))
    assert checked(db, best_by_cases(db, rank, seed=0))
    found = rank_interval(db)
    assert found.lower == found.upper == rank
    assert found.lower_by == "P11 by cases" or seed == 8  # P10 comes before it there
    assert verify(db, json.loads(json.dumps(certificate(db, found)))).valid


def test_a_space_is_turned_where_no_form_divides_it():
    db = families.random_functional(6, 3, 4, 1.0, 19)
    tree = best_by_cases(db, 7, seed=0).data["cases"]
    assert any("matrix" in node for node in nodes(tree))


def test_cases_that_are_not_needed_are_taken_away():
    """Any node that becomes a leaf, and the proof is none any more."""
    trees = 0
    for shape, density, seed, rank in (((4, 3, 3), 1.0, 37, 5), ((6, 3, 4), 1.0, 19, 7),
                                       ((4, 4, 4), 1.0, 5, 6)):  # fmt: skip
        db = families.random_functional(*shape, density, seed)
        found = best_by_cases(db, rank, seed=0)
        for node in nodes(found.data["cases"]):
            for n, case in enumerate(node["cases"]):
                if case:
                    node["cases"][n] = None
                    assert not checked(db, found)
                    node["cases"][n] = case
                    trees += 1
    assert trees


def test_p11_stops_when_told_to():
    db = facts(W)
    assert best_by_cases(db, 3, seed=0).value == 3
    assert best_by_cases(db, 3, seed=0, stop=lambda: True) is None
