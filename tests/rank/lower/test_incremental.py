"""P6 grown pivot by pivot: never unsound, never circular, and better than P5 where it should be."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings

from factrank.facts.database import Database
from factrank.facts.families import random_functional
from factrank.rank.certificate import certificate
from factrank.rank.interval import RankInterval, rank_interval
from factrank.rank.lower import bounds as lower
from factrank.rank.lower.bounds import LowerBound
from factrank.rank.lower.incremental import Pivots, grow, rows_of
from factrank.rank.upper import counts as upper
from factrank.rank.verify.checker import verify
from tests.benchmarks.graphs import zipf_graph
from tests.strategies import crowded, databases


def accepted(db: Database, proof: LowerBound) -> bool:
    """The independent checker's word on a lower bound (beside the value slices)."""
    terms = upper.slice_terms(db)
    interval = RankInterval(proof.value, len(terms), "R", (), proof, terms)
    found = verify(db, certificate(db, interval))
    return found.lower == proof.value


@given(databases() | crowded())
@settings(deadline=None)
def test_the_checker_accepts_what_is_grown(db):
    proof = grow(db, lower.mixed(db))
    modes = [len(upper.slice_terms(db, mode)) for mode in "KQV"]
    assert proof.value <= min(*modes, *db.pair_counts().values())
    assert not db.functional or proof.value <= len(upper.hub_terms(db))
    assert accepted(db, proof)


@pytest.mark.parametrize("seed", range(40))
def test_crowded_databases_are_accepted_too(seed):
    rng = random.Random(seed)
    shape = rng.randint(10, 60), rng.randint(2, 6), rng.randint(4, 40)
    db = random_functional(*shape, rng.choice([0.2, 0.5, 0.9]), seed)
    proof = grow(db, lower.mixed(db))
    assert proof.value <= len(upper.slice_terms(db))
    assert accepted(db, proof)


def several_answers(seed: int) -> Database:
    """A database of some hundred facts with up to four values for a key and query."""
    rng = random.Random(seed)
    n_keys, n_queries, n_values = rng.randint(20, 80), rng.randint(2, 6), rng.randint(10, 50)
    facts = {
        (rng.randrange(n_keys), rng.randrange(n_queries), rng.randrange(n_values))
        for _ in range(rng.randint(2, 5) * n_keys)
    }
    return Database.from_triples([(f"k{k}", f"q{q}", f"v{v}") for k, q, v in facts])


@pytest.mark.parametrize("seed", range(40))
def test_set_valued_databases_are_grown_and_accepted(seed):
    db = several_answers(seed)
    assert not db.functional
    proof = grow(db, lower.mixed(db))
    assert proof.value <= min(len(upper.slice_terms(db, mode)) for mode in "KQV")
    assert accepted(db, proof)


def test_growing_set_valued_databases_gains_and_drops_values_from_the_set():
    """In a quarter of them at least a pivot is won and S shrinks; some S need a minor."""
    gains = minors = smaller = 0
    for seed in range(40):
        db = several_answers(seed)
        start = lower.mixed(db)
        found = grow(db, start)
        gains += found.value > start.value
        minors += found.data["substitute"]["minor"] is not None
        labels = (len(x.data["substitute"]["labels"]) for x in (found, start))
        smaller += next(labels) < next(labels)
    assert gains >= 10 and smaller >= 10 and minors >= 3, (gains, smaller, minors)


@pytest.mark.parametrize("shared", [0.1, 0.5])
def test_growing_narrows_what_p5_leaves_open(shared):
    db = zipf_graph(5000, seed=0, n_queries=20, shared=shared)
    start = lower.mixed(db)
    least, most = start.value, len(upper.slice_terms(db))
    grown = grow(db, start)
    assert accepted(db, grown)
    assert (grown.value - least) * 2 >= most - least  # at least half of what was open


def test_little_work_or_a_stop_ends_it_soundly():
    db = zipf_graph(5000, seed=0, n_queries=20, shared=0.5)
    start = lower.mixed(db)
    values = [grow(db, start, work).value for work in (1, 1000, 4_000_000)]
    assert start.value <= values[0] <= values[1] <= values[2]
    assert accepted(db, grow(db, start, 1000))
    assert grow(db, start, stop=lambda: True).value == start.value


def test_a_circle_of_two_rows_is_not_a_minor():
    # row a holds both columns and so does row b: the 2 x 2 matrix of ones is singular
    db = Database.from_triples([(k, q, "x") for k in "ab" for q in "rs"])
    pivots = Pivots(rows_of(db), 1, set(), 1000)
    assert pivots.place(0) and not pivots.place(1)


def test_an_unknown_cell_leads_to_all_columns_of_its_query():
    # row a is unknown at s once x is substituted, row b is known to be nonzero at (r, y)
    db = Database.from_triples(
        [("a", "r", "y"), ("a", "s", "x"), ("b", "s", "z"), ("b", "r", "y"), ("c", "r", "w")]
    )
    index = {label: i for i, label in enumerate(db.values)}
    pivots = Pivots(rows_of(db), len(db.values), {index["x"]}, 1000)
    first, second = index["y"], len(db.values) + index["z"]
    assert pivots.fits(0, first)
    pivots.add(0, first)
    assert not pivots.fits(1, second)  # a leads to (s, z) by its unknown cell, b to (r, y)


def test_a_released_value_is_no_longer_unknown():
    # two keys of one fact each give x two columns: better than one value in S
    db = Database.from_triples([("a", "r", "x"), ("b", "s", "x")])
    pivots = Pivots(rows_of(db), 1, {0}, 1000)
    assert pivots.release(0) and pivots.size == 2 and pivots.gone == set()


def test_the_interval_grows_large_databases():
    found = rank_interval(zipf_graph(5000, seed=0, n_queries=20, shared=0.5), "normal")
    assert "P6 grown" in dict(found.evidence)
    assert found.lower >= dict(found.evidence)["P6 grown"]


def test_a_row_stays_unknown_while_another_value_of_its_query_is_substituted():
    # b has two values at s; with x released alone, its row is still unknown there because of y
    db = Database.from_triples(
        [("a", "s", "z"), ("b", "s", "x"), ("b", "s", "y"), ("b", "r", "w"), ("c", "r", "x")]
    )
    z, x, y, w = (db.values.index(v) for v in "zxyw")
    r = db.queries.index("r") * len(db.values)
    s = db.queries.index("s") * len(db.values)
    pivots = Pivots(rows_of(db), len(db.values), {x, y}, 1000)
    a, b = db.keys.index("a"), db.keys.index("b")
    pivots.add(b, r + w)
    assert list(pivots._to(-1 - db.queries.index("s"))) == [r + w]
    assert not pivots.fits(b, s + x)  # the cell itself is unknown
    pivots.release(x)
    assert x not in pivots.gone and list(pivots._to(-1 - db.queries.index("s"))) == [r + w]
    pivots.gone.discard(y)
    pivots._known_again(s + y)
    assert list(pivots._to(-1 - db.queries.index("s"))) == []
    assert pivots.fits(a, s + z)
