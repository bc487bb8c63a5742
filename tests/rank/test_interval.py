"""The certified interval: sound, invariant, and exact where theory says so."""

from __future__ import annotations

import gc
import random

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from factrank import Database, FactrankError, rank_interval
from factrank.facts import families, library
from factrank.rank.algebra.terms import sums_to
from factrank.rank.certificate import certificate
from factrank.rank.effort import Effort
from factrank.rank.verify.checker import verify
from tests.strategies import (
    databases,
    has_duplicate_slices,
    has_gaps,
    has_shared_values,
    permute_modes,
)

TINY = Effort("tiny", tries=40, solves=60, moves=1500, seconds=float("inf"))


def interval_of(db: Database, effort: str | Effort = TINY, **options):
    return rank_interval(db, effort, **options)


OPEN = families.total_functions(6, 4, 5, seed=23)  # still open after a search


@given(databases())
def test_interval_is_sound(db):
    found = interval_of(db)
    assert 1 <= found.lower <= found.upper <= found.upper_rational == len(found.terms)
    assert (found.upper < found.upper_rational) == (found.upper_proof is not None)
    assert sums_to(found.terms, db)
    assert found.field == "R"
    assert found.proof.value == found.lower
    assert verify(db, certificate(db, found)).valid
    assert dict(found.evidence)[found.lower_by] == found.lower
    assert dict(found.evidence)[found.upper_by] == found.upper


@given(databases(), st.randoms(use_true_random=False))
def test_interval_is_invariant_under_relabelling(db, rng: random.Random):
    triples = [("K" + k, "Q" + q, "V" + v) for k, q, v in db.triples()]
    rng.shuffle(triples)
    again, first = interval_of(Database.from_triples(triples)), interval_of(db)
    assert again.lower <= first.upper
    assert first.lower <= again.upper
    quick = interval_of(Database.from_triples(triples), "quick"), interval_of(db, "quick")
    assert dict(quick[0].evidence)["P1 K unfolding"] == dict(quick[1].evidence)["P1 K unfolding"]


@given(databases())
def test_every_order_of_the_modes_bounds_the_same_rank(db):
    found = [interval_of(permute_modes(db, order)) for order in ("KQV", "VQK", "QKV", "KVQ")]
    assert max(f.lower for f in found) <= min(f.upper for f in found)


@given(databases())
def test_a_part_never_has_a_lower_bound_above_the_whole(db):
    part = db.restrict(keys=db.keys[: max(1, len(db.keys) // 2)])
    if part.facts:
        assert interval_of(part).lower <= interval_of(db).upper


@pytest.mark.parametrize(
    "hard_case",
    [
        has_shared_values,
        has_duplicate_slices,
        has_gaps,
        lambda db: not db.functional,
        lambda db: len(db.used("Q")) < len(db.queries),
        lambda db: len(db.keys) == 1,
        lambda db: len(db.blocks()) > 1,
    ],
    ids=["shared", "duplicates", "gaps", "set-valued", "empty relation", "one key", "blocks"],
)
def test_the_generator_reaches_the_hard_cases(hard_case):
    find(databases(), hard_case, settings=settings(max_examples=2000, database=None))


def test_the_example_is_exactly_five():
    found = interval_of(library.load("example"))
    assert (found.lower, found.upper) == (5, 5)
    assert found.lower_by == "P1 K unfolding"


def test_elements_is_exactly_the_number_of_its_values():
    db = library.load("elements")
    found = interval_of(db)
    assert found.lower == found.upper == len(db.values) < len(db)


@pytest.mark.parametrize("m", range(2, 10))
def test_modular_addition_is_exact(m):
    found = interval_of(families.modular_addition(m))
    assert found.lower == found.upper == (3 * m - 1 - (m % 2 == 0)) // 2
    assert found.upper_rational < m * m


def test_the_w_state_has_rank_three():
    db = Database.from_triples([("0", "0", "1"), ("0", "1", "0"), ("1", "0", "0")])
    found = interval_of(db)
    assert (found.lower, found.upper) == (3, 3)


def test_no_facts_is_one_sentence():
    with pytest.raises(FactrankError, match="database: expected at least one fact, found none"):
        interval_of(Database((), (), (), ()))


# ---- effort, clock, interrupts, blocks ------------------------------------------------------


def test_the_result_depends_on_the_seed_and_not_on_the_clock():
    db = OPEN
    slow = iter(range(10**9))  # a second a look: never reaches an infinite guard
    first = interval_of(db, seed=7)
    assert interval_of(db, seed=7, clock=lambda: float(next(slow))) == first


def test_the_clock_only_cuts_and_says_so():
    ticks = iter(range(10**9))
    db = OPEN
    found = rank_interval(db, "normal", seconds=3, clock=lambda: float(next(ticks)))
    assert found.lower <= 9 <= found.upper
    assert sums_to(found.terms, db)
    assert found.notes == ("cut by the clock after 3 s of search",)


def test_an_interrupt_keeps_the_interval_reached_so_far():
    db = OPEN

    def interrupting() -> float:
        interrupting.calls += 1
        if interrupting.calls == 40:
            raise KeyboardInterrupt
        return 0.0

    interrupting.calls = 0
    found = rank_interval(db, "normal", clock=interrupting)
    assert found.interrupted
    assert sums_to(found.terms, db)
    assert "interrupted: the interval reached so far" in found.notes


def test_blocks_are_searched_apart_and_added():
    # Two W-states: every unfolding stops at 4, P4 lifts one block to 3, P6 lifts both at once.
    facts = [("0", "0", "1"), ("0", "1", "0"), ("1", "0", "0")]
    twice = Database.from_triples(
        [(k + block, q + block, v + block) for block in "ab" for k, q, v in facts]
    )
    found = interval_of(twice)
    assert (found.lower, found.upper) == (6, 6)
    assert dict(found.evidence)["P4 2 blocks"] == 5
    assert found.lower_by == "P6 2 blocks"
    assert verify(twice, certificate(twice, found)).message == "verified: 6 <= rank <= 6 over R"


def test_progress_names_the_block_and_its_interval():
    lines: list[str] = []
    interval_of(OPEN, progress=lines.append)
    assert lines == ["block 1 of 1: 6 <= rank <= 12"]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"effort": "lots"}, "effort: expected one of quick, normal, deep, found 'lots'"),
        ({"seconds": 0}, "seconds: expected a positive number, found 0"),
        ({"seconds": float("nan")}, "seconds: expected a positive number, found nan"),
    ],
)
def test_wrong_efforts_are_one_sentence(options, sentence):
    with pytest.raises(FactrankError, match=f"^{sentence}$"):
        rank_interval(library.load("example"), **options)


def test_set_valued_databases_say_what_is_missing():
    found = interval_of(Database.from_triples([("a", "r", "x"), ("a", "r", "y")]))
    assert found.exact
    assert found.notes[0].startswith("set-valued: U3 does not apply")


def test_the_collector_is_as_it_was_after_a_rank():
    db, was = families.total_functions(6, 4, 5, seed=23), gc.isenabled()
    try:
        for state in (gc.enable, gc.disable):
            state()
            before = gc.isenabled()
            rank_interval(db, "quick")
            assert gc.isenabled() is before
    finally:
        (gc.enable if was else gc.disable)()
