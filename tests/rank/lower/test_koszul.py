"""P7: the flattening by definition, sound on random databases, and more than any unfolding."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from factrank.facts import families
from factrank.facts.database import Database
from factrank.rank.algebra.exact import PRIME
from factrank.rank.lower.koszul import best_koszul, flattening, koszul
from factrank.rank.upper.counts import slice_terms
from factrank.rank.upper.flips import flip_terms
from tests.rank.verify.slow_theorems import koszul as slowly
from tests.strategies import databases, permute_modes


def some_map(rng: random.Random, n: int, size: int) -> list[dict[int, int]]:
    return [{i: rng.randint(1, 3) for i in range(n) if rng.random() < 0.6} or {0: 1}
            for _ in range(size)]  # fmt: skip


@given(databases(size=4), st.sampled_from("KQV"), st.sampled_from([1, 3, 5]),
       st.randoms(use_true_random=False))  # fmt: skip
def test_the_flattening_is_the_one_of_the_definition(db, mode, size, rng):
    vectors = some_map(rng, len(db.labels(mode)), size)
    assert koszul(db, mode, vectors).value == slowly(db.facts, "KQV".index(mode), vectors, PRIME)


@given(st.lists(st.integers(0, 3), min_size=3, max_size=3), st.randoms(use_true_random=False))
def test_one_term_has_rank_binom_2p_p(spans, rng):
    """A box of facts is one simple tensor: 2 for p = 1, 6 for p = 2."""
    box = [range(n + 1) for n in spans]
    db = Database.from_triples(
        (f"k{k}", f"q{q}", f"v{v}") for k in box[0] for q in box[1] for v in box[2]
    )
    for size, rank in ((3, 2), (5, 6)):
        assert flattening(db, "K", some_map(rng, len(db.keys), size)).rank() in (0, rank)


@given(databases())
def test_p7_is_sound_in_every_mode(db):
    shortest = len(flip_terms(slice_terms(db), db.shape, moves=1000, seed=1))
    for order in ("KQV", "VQK"):
        found = best_koszul(permute_modes(db, order), goal=99, tries=2, seed=0)
        assert found.value <= shortest


def test_p7_beats_every_unfolding():
    """Three relations on three keys and values: no unfolding passes 3, the flattening does."""
    best = max(
        best_koszul(families.total_functions(3, 3, 3, seed), 9, 1, 0).value for seed in range(60)
    )
    assert best > 3


def test_p7_is_blind_to_what_terms_that_grow_can_approach():
    """The W-state is a limit of sums of two terms, so no flattening proves more than 2."""
    w = Database.from_triples([("0", "0", "1"), ("0", "1", "0"), ("1", "0", "0")])
    twice = w.with_fact("far", "far", "far")
    for mode in "KQV":
        assert koszul(w, mode, [{0: 1}, {1: 1}, {0: 1, 1: 1}]).value <= 2
    assert best_koszul(twice, goal=9, tries=5, seed=0).value <= 3


def test_two_by_two_matrices_stay_within_their_rank():
    """Multiplying them takes 7 terms (Strassen, Winograd); the border rank is 7 too."""
    pairs = [(0, 0), (0, 1), (1, 0), (1, 1)]
    db = Database.from_triples(
        (f"a{i}{j}", f"b{j}{k}", f"c{i}{k}") for i, j in pairs for k in (0, 1)
    )
    found = best_koszul(db, goal=8, tries=3, seed=0)
    assert 4 < found.value <= 7
