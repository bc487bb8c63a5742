"""Lower bounds against numpy, and never above a decomposition."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from factrank.errors import FactrankError
from factrank.facts.database import Database
from factrank.facts.families import modular_addition
from factrank.rank.algebra.terms import sums_to
from factrank.rank.certificate import certificate
from factrank.rank.closed.shapes import structures
from factrank.rank.interval import rank_interval
from factrank.rank.lower import bounds as lower
from factrank.rank.lower import searched
from factrank.rank.lower.searched import _choices, search
from factrank.rank.upper import counts as upper
from factrank.rank.upper.flips import flip_terms
from factrank.rank.verify.checker import verify
from tests.strategies import crowded, databases, slice_rank


@given(databases())
def test_p1_is_the_rank_of_the_unfolding(db):
    for axis, mode in enumerate("KQV"):
        flat = np.moveaxis(db.tensor(), axis, 0).reshape(db.shape[axis], -1)
        bound = lower.unfolding(db, mode)
        assert bound.theorem == "P1"
        assert bound.value == np.linalg.matrix_rank(flat)


@given(databases(functional=True))
def test_p1_value_unfolding_counts_the_used_values(db):
    assert lower.unfolding(db, "V").value == len(db.used("V"))


@given(databases(functional=True))
def test_p1_query_unfolding_is_the_gram_matrix_of_agreements(db):
    tensor = db.tensor()
    gram = np.einsum("kqv,kpv->qp", tensor, tensor)
    assert lower.unfolding(db, "Q").value == np.linalg.matrix_rank(gram)


@given(databases())
def test_p1_proof_is_a_nonsingular_minor_in_labels(db):
    tensor = db.tensor()
    for axis, mode in enumerate("KQV"):
        data = lower.unfolding(db, mode).data
        rows = [row for row, _ in data["pivots"]] + data["core"]["rows"]
        pairs = [pair for _, pair in data["pivots"]] + data["core"]["columns"]
        others = [m for m in "KQV" if m != mode]
        flat = np.moveaxis(tensor, axis, 0)
        cut = [
            [
                flat[
                    db.labels(mode).index(row),
                    db.labels(others[0]).index(pair[0]),
                    db.labels(others[1]).index(pair[1]),
                ]
                for pair in pairs
            ]
            for row in rows
        ]
        if rows:
            assert abs(np.linalg.det(np.array(cut, dtype=float))) > 0.5


def test_a_set_valued_pair_has_rank_one():
    db = Database.from_triples([("a", "r", "x"), ("a", "r", "y")])
    assert [lower.unfolding(db, mode).value for mode in "KQV"] == [1, 1, 1]
    assert len(upper.slice_terms(db, "Q")) == 1


# ---- P3, P4, P5 ------------------------------------------------------------------------------


def shortest(db: Database) -> int:
    """The terms of a decomposition found by flips: an upper bound that was really built."""
    terms = flip_terms(upper.slice_terms(db), db.shape, moves=2000, seed=1)
    assert sums_to(terms, db)
    return len(terms)


@given(databases() | crowded())
def test_p5_is_sound_and_never_below_two_unfoldings(db):
    bound = lower.mixed(db)
    assert bound.value <= shortest(db)
    assert bound.value >= max(lower.unfolding(db, mode).value for mode in "KV")


def test_p5_beats_every_unfolding():
    # Values x, y, z sit on one key each; u and v share one value in two relations.
    db = Database.from_triples(
        [("a", "r", "x"), ("a", "s", "y"), ("a", "t", "z"), ("b", "r", "w"), ("c", "s", "w")]
    )
    assert [lower.unfolding(db, mode).value for mode in "KQV"] == [3, 3, 4]
    assert lower.mixed(db).value == 5 == len(upper.slice_terms(db))


@given(databases() | crowded(), st.data())
def test_p3_is_sound(db, data):
    used = [db.values[v] for v in db.used("V")]
    values = data.draw(st.lists(st.sampled_from(used), unique=True, min_size=1))
    touched = {k for k, _, v in db.triples() if v in values}
    keys = [k for k in db.keys if k not in touched]
    part = db.restrict(keys, db.queries, [v for v in db.values if v not in values])
    inner = lower.unfolding(part, "K")
    if slice_rank(db, values) < len(values):
        with pytest.raises(FactrankError, match="P3: expected values with independent slices"):
            lower.zero_pattern(db, values, keys, db.queries, inner)
        return
    bound = lower.zero_pattern(db, values, keys, db.queries, inner)
    assert bound.value == len(values) + inner.value <= shortest(db)


def test_p3_refuses_a_block_that_meets_the_substituted_values():
    db = Database.from_triples([("a", "r", "x"), ("b", "r", "y")])
    inner = lower.unfolding(db, "V")
    with pytest.raises(FactrankError, match=r"P3: expected no fact .* found \('a', 'r', 'x'\)"):
        lower.zero_pattern(db, ["x"], ["a", "b"], ["r"], inner)
    with pytest.raises(FactrankError, match="P3: expected distinct used values"):
        lower.zero_pattern(db, ["x", "x"], ["b"], ["r"], inner)


def test_two_values_of_one_pair_count_once():
    # One pair with two values has rank 1: |S| may not be counted by values.
    db = Database.from_triples([("a", "r", "x"), ("a", "r", "y")])
    assert shortest(Database.from_triples([("a", "r", "x")])) == 1
    assert lower.mixed(db).value == 1
    with pytest.raises(FactrankError, match=r"independent slices, found \['x', 'y'\]"):
        lower.zero_pattern(db, ["x", "y"], [], [], lower.unfolding(db, "V"))


@given(databases(), databases())
def test_p4_adds_blocks_and_lifts_only_one(one, two):
    both = Database.from_triples(
        [*one.triples(), *((f"{k}'", f"{q}'", f"{v}'") for k, q, v in two.triples())]
    )
    parts = []
    for block in both.blocks():
        flats = [lower.unfolding(block, mode) for mode in "KQV"]
        flat = max(flats, key=lambda b: b.value)
        parts.append((block, flat, search(block, goal=99, tries=6, seed=0)))
    bound = lower.blocks(parts)
    gains = [lifted.value - flat.value for _, flat, lifted in parts]
    assert bound.value == sum(flat.value for _, flat, _ in parts) + max(0, *gains, 0)
    assert bound.value <= shortest(both)


@pytest.mark.parametrize("n", [3, 30])
def test_sets_of_slices_are_of_used_ones_and_of_any_size(n):
    """Few slices: every set once. Many: sets by chance, never the empty one, never all."""
    db = Database.from_triples([(f"k{i}", "r", f"v{i}") for i in range(n)])
    db = Database((*db.keys, "unused"), db.queries, db.values, db.facts)
    found = list(itertools.islice(_choices(db, "K", random.Random(0)), 2000))
    assert all(set(chosen) <= {f"k{i}" for i in range(n)} for chosen in found)
    assert all(len(set(chosen)) == len(chosen) for chosen in found)
    if n == 3:
        assert len(found) == len(set(found)) == 2**3 - 1
    else:
        assert {len(chosen) for chosen in found} == set(range(1, n))


def test_p3_takes_the_keys_that_meet_no_substituted_value_in_the_queries_of_the_block():
    db = Database.from_triples(
        [("a", "r", "x"), ("b", "r", "y"), ("c", "s", "x"), ("c", "r", "y"), ("d", "r", "z")]
    )
    part = searched._untouched(db, ("x",), ("r",))
    assert (part.keys, part.queries, part.values) == (("b", "c", "d"), ("r",), ("y", "z"))


def test_the_search_inside_p3_finds_more_than_the_unfoldings():
    """Four of each, and five terms: a pivot on a small set of slices shows the fifth."""
    db = random_five()
    unfolded = max(lower.unfolding(db, mode).value for mode in "KQV")
    assert searched.search_inside(db, 99, random.Random(0)).value == unfolded + 1 == 5


def random_five():
    rng = random.Random(0)
    pairs = sorted({(f"k{rng.randrange(4)}", f"q{rng.randrange(3)}") for _ in range(9)})
    return Database.from_triples([(k, q, f"v{rng.randrange(4)}") for k, q in pairs])


def test_what_is_written_names_labels_of_the_facts_alone():
    """A checker has the facts: labels without any were named by P3 and P4, and are refused."""
    labels = ("a", "b", "none"), ("r", "s", "none"), ("x", "y", "none")
    db = Database(*labels, ((0, 0, 0), (1, 0, 1), (1, 1, 1)))
    inner = lower.unfolding(db.restrict(["b"], ["r", "s"], ["y"]), "Q")
    found = lower.zero_pattern(db, ["x"], ["b", "none"], ["s", "r", "none"], inner)
    assert (found.data["keys"], found.data["queries"]) == (["b"], ["s", "r"])
    (block,) = lower.blocks([(db, lower.unfolding(db, "K"), found)]).data["blocks"]
    assert [block[x] for x in ("keys", "queries", "values")] == [["a", "b"], ["r", "s"], ["x", "y"]]


def test_a_bound_that_knows_the_real_numbers_goes_through_p3():
    """Alone P1 to P6 prove 6 for addition modulo 6; with C7 inside, P3 proves 7 (chapter 4)."""
    db = modular_addition(6)
    even, more = ["0", "2", "4"], ["+0", "+2", "+4"]
    part = Database.from_triples([t for t in db.triples() if t[0] in even and t[1] in more])
    found = next(it for it in structures(part) if it.bound.theorem == "C7")
    assert found.bound.value == 4 > lower.mixed(part).value == 3
    bound = lower.zero_pattern(db, ["1", "3", "5"], even, more, found.bound)
    assert bound.value == 7 > max(lower.unfolding(db, mode).value for mode in "KQV")
    document = certificate(db, rank_interval(db))
    proof = {**document, "lower": 7, "lower_proof": bound.document()}
    assert verify(db, proof).lower == 7
