"""P10: sound, P6 where it has one step, and more than P6 where it has two."""

from __future__ import annotations

import json
import random
from collections import Counter

import pytest
from flint import fmpz_mat
from hypothesis import given, settings
from hypothesis import strategies as st

from factrank.facts import families
from factrank.facts.database import Database
from factrank.rank.certificate import certificate
from factrank.rank.interval import rank_interval
from factrank.rank.lower.bounds import LowerBound
from factrank.rank.lower.turns import best_in_turn, in_turn
from factrank.rank.upper.counts import slice_terms
from factrank.rank.upper.flips import flip_terms
from factrank.rank.verify.checker import verify
from tests.rank.certificates import facts, wrap
from tests.rank.verify.slow_cases import after
from tests.strategies import crowded, databases, permute_modes, shuffled, two_slices


def checked(db: Database, bound: LowerBound) -> bool:
    return verify(db, json.loads(json.dumps(wrap(db, bound.document(), bound.value)))).valid


def some_steps(db: Database, rng: random.Random, most: int = 3) -> list[tuple[str, list[str]]]:
    """A few labels of a few modes, none twice."""
    left = {mode: [db.labels(mode)[i] for i in db.used(mode)] for mode in "KQV"}
    steps = []
    for _ in range(rng.randint(1, most)):
        mode = rng.choice("KQV")
        chosen = rng.sample(left[mode], rng.randint(0, min(2, len(left[mode]))))
        left[mode] = [x for x in left[mode] if x not in chosen]
        steps += [(mode, chosen)] if chosen else []
    return steps


@settings(max_examples=60)
@given(databases(size=5) | crowded(), st.randoms(use_true_random=False))
def test_p10_is_sound_and_what_it_writes_is_proved(db, rng):
    shortest = len(flip_terms(slice_terms(db), db.shape, moves=1500, seed=1))
    for _ in range(4):
        steps = some_steps(db, rng)
        found = in_turn(db, steps, rng.choice("KQV")) if steps else None
        assert found is None or (found.value <= shortest and checked(db, found))


@settings(max_examples=30)
@given(databases(size=4) | crowded(3, 2), st.sampled_from(["KQV", "QVK", "VKQ"]))
def test_the_search_for_p10_keeps_its_goal_in_any_order_of_modes(db, order):
    db = permute_modes(db, order)
    shortest = len(flip_terms(slice_terms(db), db.shape, moves=1500, seed=1))
    for goal in range(2, shortest + 2):
        found = best_in_turn(db, goal, tries=30, seed=0)
        assert found is None or (goal <= found.value <= shortest and checked(db, found))


def substituted(db: Database, steps: list, rng: random.Random) -> dict[tuple, int]:
    """What is left for random multiples: numbers, and no notion of unknown."""
    names = [sorted({fact[axis] for fact in db.triples()}) for axis in range(3)]
    found = set(db.triples())
    cells = {(k, q, v): int((k, q, v) in found)
             for k in names[0] for q in names[1] for v in names[2]}  # fmt: skip
    for mode, gone in steps:
        axis = "KQV".index(mode)
        times = {(i, s): rng.randint(-9, 9) for i in names[axis] for s in gone}
        cells = {
            cell: x - sum(times[cell[axis], s] * cells[(*cell[:axis], s, *cell[axis + 1 :])]
                          for s in gone)
            for cell, x in cells.items() if cell[axis] not in gone
        }  # fmt: skip
        names[axis] = [i for i in names[axis] if i not in gone]
    return cells


@settings(max_examples=200, deadline=None)
@given(databases(size=4) | crowded(3, 2), st.randoms(use_true_random=False))
def test_minors_of_p10_are_regular_whatever_the_multiples(db, rng):
    """Every minor, of each step in what the steps before it leave, and the last one."""
    steps = some_steps(db, rng)
    found = in_turn(db, steps, rng.choice("KQV")) if steps else None
    if not found:
        return
    squares = [(step["mode"], step["minor"]) for step in found.data["steps"]]
    squares.append((found.data["unfolding"], found.data))
    for n, (mode, square) in enumerate(squares):
        cells, axis = substituted(db, steps[:n], rng), "KQV".index(mode)
        core = square["core"]
        cut = square["pivots"] + list(zip(core["rows"], core["columns"], strict=True))
        lines = [[cells[(*c[:axis], i, *c[axis:])] for _, c in cut] for i, _ in cut]
        assert not lines or fmpz_mat(lines).det() != 0


@given(databases(size=4) | crowded(3, 2), st.randoms(use_true_random=False))
def test_what_is_left_is_known_only_where_no_multiple_moves_it(db, rng):
    steps = some_steps(db, rng)
    left = after([("KQV".index(mode), gone) for mode, gone in steps], set(db.triples()))
    for _ in range(3):
        cells = substituted(db, steps, rng)
        assert left.keys() == cells.keys()
        assert all(x is None or x == cells[cell] for cell, x in left.items())


@settings(max_examples=100, deadline=None)
@given(databases(size=4) | crowded(3, 2), st.randoms(use_true_random=False))
def test_p10_with_one_step_is_p6(db, rng):
    """The same slices, the same minor: the checker gives both the same value, or neither."""
    steps = some_steps(db, rng, most=1)
    b = rng.choice([mode for mode in "KQV" if mode != (steps or [("K", [])])[0][0]])
    found = in_turn(db, steps, b) if steps else None
    if found:
        (first,) = found.data["steps"]
        p6 = {"theorem": "P6", "substitute": first, "unfolding": b,
              "pivots": found.data["pivots"], "core": found.data["core"]}  # fmt: skip
        assert verify(db, wrap(db, p6, found.value)).valid


def test_p10_says_nothing_where_slices_of_a_step_depend():
    twice = facts("a r x; b r x; a s y; b s y")
    assert in_turn(twice, [("K", ["a", "b"])], "Q") is None
    assert in_turn(twice, [("K", ["a"])], "Q").value == 1  # b may be anything now
    assert in_turn(twice, [("K", [])], "Q") is None


@pytest.mark.parametrize(("shape", "density", "seed", "rank"), [((6, 4, 5), 0.5, 47, 9)])
def test_p10_closes_what_one_substitution_does_not(shape, density, seed, rank):
    db = shuffled(families.random_functional(*shape, density, seed), random.Random(seed))
    found = rank_interval(db)
    assert (found.lower, found.upper, found.lower_by) == (rank, rank, "P10 in turn")
    assert verify(db, json.loads(json.dumps(certificate(db, found)))).valid


def test_p10_never_passes_two_slices_of_known_rank():
    seen = Counter()
    for seed, db, rank in two_slices(150):
        for goal in (rank, rank + 1):
            seen[goal - rank, bool(best_in_turn(db, goal, 40, seed))] += 1
    assert seen[1, True] == 0 and seen[0, True] > 20
