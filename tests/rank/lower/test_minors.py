"""Independent slices: as many as there are, proved, and the reason is the shorter of the two."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from factrank.facts.database import Database
from factrank.rank.certificate import certificate
from factrank.rank.interval import RankInterval, rank_interval
from factrank.rank.lower import bounds as lower
from factrank.rank.lower.bounds import independent, own_facts, own_minor
from factrank.rank.lower.incremental import grow
from factrank.rank.lower.searched import search
from factrank.rank.lower.substitution import stacked, triangular
from factrank.rank.upper import counts as upper
from factrank.rank.upper.tree import spanning_tree
from factrank.rank.verify.checker import verify
from tests.rank.certificates import Case, facts, mutants
from tests.rank.verify.slow_verify import holds
from tests.rank.verify.test_verify import stays_true
from tests.strategies import crowded, databases, permute_modes, shuffled, slice_rank

TRIANGLE = "a r x; a r z; b r x; b r y; c r y; c r z"


def accepted(db: Database, proof: lower.LowerBound) -> bool:
    """Both readers of certificates say the same of this lower bound, and it is yes."""
    terms = upper.pair_terms(db, "KQ")
    data = json.loads(
        json.dumps(certificate(db, RankInterval(proof.value, len(terms), "R", (), proof, terms)))
    )
    assert holds(db, data) == verify(db, data).valid
    return verify(db, data).lower == proof.value


# ---- what is asked of the generator ------------------------------------------------------------


def dependent(db: Database) -> bool:
    return slice_rank(db, [db.values[v] for v in db.used("V")]) < len(db.used("V"))


def repeated(db: Database) -> bool:
    slices = [frozenset(f[:2] for f in db.facts if f[2] == v) for v in db.used("V")]
    return len(set(slices)) < len(slices)


def without_own_facts(db: Database) -> bool:
    """Independent values, one of which has no fact of its own: only a minor proves it."""
    kept, proof = independent(db, "V", db.used("V"))
    return proof is not None and len(kept) == len(db.used("V"))


def shrinks(db: Database) -> bool:
    """P5 substitutes fewer values than touch none of its rows."""
    data = lower.mixed(db).data
    rows = {key for key, _ in data["pivots"]}.union(data["core"]["rows"])
    free = set(db.values) - {v for k, _, v in db.triples() if k in rows}
    return 0 < len(data["substitute"]["labels"]) < len(free)


@pytest.mark.parametrize(
    "hard_case",
    [
        dependent,
        repeated,
        lambda db: dependent(db) and not repeated(db),
        without_own_facts,
        shrinks,
        lambda db: lower.mixed(db).data["substitute"]["minor"] is not None,
        lambda db: lower.mixed(db).value > max(lower.unfolding(db, m).value for m in "KQV"),
    ],
    ids=["dependent", "repeated", "a sum", "no own fact", "shrinks", "minor", "gain"],
)
def test_the_generator_reaches_what_makes_a_set_shrink(hard_case):
    find(crowded(), hard_case, settings=settings(max_examples=5000, database=None))


# ---- independent -------------------------------------------------------------------------------


@given(databases() | crowded(), st.sampled_from("KQV"), st.data())
def test_as_many_slices_are_kept_as_the_rank_of_the_chosen(db, mode, data):
    moved = permute_modes(db, {"K": "QVK", "Q": "KVQ", "V": "KQV"}[mode])
    names = list(db.labels(mode))
    chosen = data.draw(st.lists(st.sampled_from(names), unique=True))
    kept, proof = independent(db, mode, [names.index(x) for x in chosen])
    labels = [names[i] for i in kept]
    assert kept == sorted(set(kept)) and set(labels) <= set(chosen)
    assert len(kept) == slice_rank(moved, chosen) == slice_rank(moved, labels)
    if proof is not None:
        rows = [row for row, _ in proof["pivots"]] + proof["core"]["rows"]
        assert sorted(rows) == sorted(labels)
    else:
        assert mode == "V" and own_facts(db, kept).keys() == set(kept)


@given(databases() | crowded(), st.data())
def test_own_facts_are_met_by_no_other_of_the_values(db, data):
    chosen = data.draw(st.sets(st.integers(0, len(db.values) - 1)))
    own = own_facts(db, chosen)
    for v in chosen:
        alone = [f for f in db.facts if f[2] == v and not any(
            g[:2] == f[:2] for g in db.facts if g[2] in chosen - {v})]  # fmt: skip
        assert (v in own) == bool(alone) and own.get(v, alone[:1]) in (alone[:1], *alone)
    pivots = own_minor(db, own, db.values)["pivots"]
    assert {(v, *pair) for v, pair in pivots} == {
        (db.values[v], db.keys[k], db.queries[q]) for k, q, v in own.values()
    }


def test_a_fact_of_its_own_is_told_without_a_minor():
    one = facts("a r x; a r y; b r y")
    assert independent(one, "V", [0, 1])[1] is not None  # x has no fact of its own
    assert independent(facts("a r x; b r x; b r y; c r y"), "V", [0, 1]) == ([0, 1], None)
    kept, proof = independent(facts(TRIANGLE), "V", [0, 1, 2])
    assert kept == [0, 1, 2] and len(proof["core"]["rows"]) == 3


# ---- proofs ------------------------------------------------------------------------------------


@given(databases() | crowded())
@settings(max_examples=300, deadline=None)
def test_both_readers_accept_p5_of_any_database(db):
    assert accepted(db, lower.mixed(db))


@given(crowded(), st.data())
@settings(deadline=None)
def test_both_readers_accept_p3_of_any_database(db, data):
    drawn = data.draw(st.sets(st.integers(0, len(db.values) - 1), min_size=1))
    values = [db.values[v] for v in independent(db, "V", drawn)[0]]
    queries = data.draw(st.lists(st.sampled_from(db.queries), unique=True, min_size=1))
    touched = {k for k, q, v in db.triples() if v in values and q in queries}
    keys = [k for k in db.keys if k not in touched]
    part = db.restrict(keys, queries, [v for v in db.values if v not in values])
    inner = max((lower.unfolding(part, m) for m in "KQV"), key=lambda b: b.value)
    assert accepted(db, lower.zero_pattern(db, values, keys, queries, inner))


@given(crowded(), crowded() | databases(functional=True))
@settings(deadline=None)
def test_both_readers_accept_blocks_with_different_reasons(one, two):
    """Some blocks have values with facts of their own, others a minor: together one minor."""
    both = Database.from_triples(
        [*one.triples(), *((f"{k}'", f"{q}'", f"{v}'") for k, q, v in two.triples())]
    )
    parts = []
    for block in both.blocks():
        flats = [lower.unfolding(block, mode) for mode in "KV"]
        parts.append([*flats, lower.mixed(block)])
    found = stacked(both, parts)
    assert accepted(both, found)
    assert found.value >= max(sum(p[n].value for p in parts) for n in range(3))


def test_a_minor_joins_facts_of_their_own():
    both = facts(TRIANGLE + "; d s w; d t u; e s u")
    one, two = (lower.mixed(block) for block in both.blocks())
    assert one.data["substitute"]["minor"] is not None
    assert two.data["substitute"]["minor"] is None
    found = stacked(both, [[one], [two]])
    assert found.value == one.value + two.value == 3 + 2 and accepted(both, found)
    assert triangular(both, "V", ["x", "y", "z"], "K").value >= 3


@given(crowded(), st.randoms(use_true_random=False))
@settings(max_examples=50, deadline=None)
def test_intervals_of_crowded_databases_hold_and_mutants_do_not(db, rng):
    found = rank_interval(db, "quick")
    same = rank_interval(shuffled(db, rng), "quick")
    assert max(found.lower, same.lower) <= min(found.upper, same.upper)
    flat = max(lower.unfolding(db, mode).value for mode in "KQV")
    assert flat <= found.lower
    data = json.loads(json.dumps(certificate(db, found)))
    assert verify(db, data).valid and holds(db, data)


@given(crowded(), st.randoms(use_true_random=False))
@settings(max_examples=20, deadline=None)
def test_mutants_of_p5_are_refused_or_true(db, rng):
    proof = lower.mixed(db)
    terms = upper.pair_terms(db, "KQ")
    interval = RankInterval(proof.value, len(terms), "R", (), proof, terms)
    right = json.loads(json.dumps(certificate(db, interval)))
    some = list(mutants(Case(db, right)))
    for mutant in rng.sample(some, min(80, len(some))):
        verdict = verify(db, mutant.data)
        assert verdict.valid == holds(db, mutant.data), mutant
        assert not verdict.valid or stays_true(mutant)


# ---- an exact rank from elsewhere --------------------------------------------------------------


def rank_222(tensor: np.ndarray) -> int:
    """The real rank of a 2 x 2 x 2 tensor: by its unfoldings, then by Cayley's hyperdeterminant."""
    flat = [np.linalg.matrix_rank(np.moveaxis(tensor, n, 0).reshape(2, 4)) for n in range(3)]
    if min(flat) < 2:
        return int(max(flat))
    one, other = tensor.astype(float)
    middle = np.linalg.det(one + other) - np.linalg.det(one) - np.linalg.det(other)
    hyper = middle**2 - 4 * np.linalg.det(one) * np.linalg.det(other)
    return 2 if hyper > 0.5 else 3


def test_no_bound_leaves_the_true_rank_of_any_database_of_two_of_each():
    several = tight = 0
    cells = list(itertools.product(range(2), repeat=3))
    for chosen in range(1, 2**8):
        facts_ = tuple(cell for n, cell in enumerate(cells) if chosen >> n & 1)
        db = Database(("a", "b"), ("r", "s"), ("x", "y"), facts_)
        true = rank_222(db.tensor())
        start = lower.mixed(db)
        least = [start, grow(db, start), search(db, goal=9, tries=60, seed=0)]
        most = [spanning_tree(db, mode).size for mode in "KQV"]
        assert max(bound.value for bound in least) <= true <= min(most), db
        several += not db.functional
        tight += least[2].value == true and not db.functional
    assert several == 255 - 80 and tight > 120, tight


@given(crowded(n_keys=2, n_queries=3))
@settings(deadline=None)
def test_bounds_hold_the_exact_rank_of_pencils(db):
    """Two keys are a pencil, whose rank P8 knows exactly."""
    exact = rank_interval(db, "quick")
    start = lower.mixed(db)
    for bound in (start, grow(db, start), search(db, goal=9, tries=40, seed=0)):
        assert bound.value <= exact.upper
    assert min(spanning_tree(db, mode).size for mode in "KQV") >= exact.lower
