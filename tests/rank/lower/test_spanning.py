"""P9: sound on random databases, more than border rank sees, and its identity must be exact."""

from __future__ import annotations

import json
import random
from collections import Counter

import pytest
from hypothesis import given

from factrank.facts import families
from factrank.facts.database import Database
from factrank.rank.certificate import certificate
from factrank.rank.interval import rank_interval
from factrank.rank.lower.bounds import unfolding
from factrank.rank.lower.spanning import best_spanning, minor_form, spanning
from factrank.rank.upper.counts import slice_terms
from factrank.rank.upper.flips import flip_terms
from factrank.rank.verify.checker import verify
from tests.rank.certificates import CASES, put
from tests.strategies import databases, permute_modes, shuffled, two_slices


def w_state() -> Database:
    return Database.from_triples([("0", "0", "1"), ("0", "1", "0"), ("1", "0", "0")])


@given(databases(size=5))
def test_p9_is_sound(db):
    shortest = len(flip_terms(slice_terms(db), db.shape, moves=1500, seed=1))
    for order in ("KQV", "QVK"):
        found = best_spanning(permute_modes(db, order), goal=0, seed=0)
        assert found is None or found.value <= shortest


def test_p9_never_passes_an_exact_pencil():
    """Two slices: the real rank is known, and P9 comes close to it often enough to be tested."""
    seen = Counter()
    for _, db, rank in two_slices(300):
        found = best_spanning(db, goal=0, seed=0)
        if found:
            assert found.value <= rank
            seen[rank - found.value] += 1
    assert seen[0] > 20


def test_p9_proves_the_w_state_without_a_substitution():
    found = spanning(w_state(), unfolding(w_state(), "K"))
    assert (found.value, found.theorem) == (3, "P9")
    assert len(found.data["minors"]) == 1


def test_p9_says_nothing_where_matrices_of_rank_one_span():
    """Two values on a diagonal: each slice has rank one, and the rank is 2."""
    db = Database.from_triples([("a", "r", "x"), ("b", "s", "y")])
    for mode in "KQV":
        assert spanning(db, unfolding(db, mode)) is None


@pytest.mark.parametrize(
    ("shape", "density", "seed", "rank"),
    [((5, 4, 3), 0.5, 38, 6), ((4, 3, 3), 0.75, 1, 5), ((6, 3, 4), 0.75, 7, 7),
     ((5, 4, 3), 1.0, 26, 6), ((3, 4, 5), 1.0, 44, 6)],
)  # fmt: skip
def test_p9_closes_what_no_bound_on_the_border_rank_can(shape, density, seed, rank):
    db = shuffled(families.random_functional(*shape, density, seed), random.Random(seed))
    found = rank_interval(db)
    assert (found.lower, found.upper, found.lower_by) == (rank, rank, "P9 spanning")
    assert verify(db, json.loads(json.dumps(certificate(db, found)))).valid


def test_minors_are_determinants():
    """(x0 + x1)(x0) - (x1)(x1), term by term."""
    cells = {(0, 0): [0, 1], (0, 1): [1], (1, 0): [1], (1, 1): [0]}
    assert minor_form(cells, (0, 1), (0, 1)) == {(0, 0): 1, (0, 1): 1, (1, 1): -1}
    assert minor_form(cells, (0, 1), (1, 0)) == {(0, 0): -1, (0, 1): -1, (1, 1): 1}


POWER = "lower_proof.minors: expected the power of the form, also at"


def test_the_checker_wants_the_whole_identity():
    database, data = CASES["p9"]()
    place = ("lower_proof", "minors", 0, "times")
    said = verify(database, put(data, place, 1)).message
    assert said == f"{POWER} '0', '0', found 2 less"
    none = verify(database, put(data, ("lower_proof", "minors"), [])).message
    assert none == f"{POWER} '0', '0', found 1 less"
    other = put(data, ("lower_proof", "form"), {"1": 1})
    assert not verify(database, other).valid
