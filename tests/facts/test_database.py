"""The database: its tensor, slices and unfoldings, its parts, its edits, and its sentences."""

from __future__ import annotations

import dataclasses
import random
from itertools import combinations

import numpy as np
import pytest
import tensorly
from hypothesis import find, given
from hypothesis import strategies as st

from factrank import Database, FactrankError
from factrank.facts.database import MODES
from factrank.facts.matrix import SparseMatrix
from tests.strategies import databases

PAIR = {"K": "QV", "Q": "KV", "V": "KQ"}


def labelled(db):
    return set(db.triples())


@st.composite
def scattered(draw):
    """Few facts among many labels of each mode: several blocks, and labels in none."""
    fact = st.tuples(*[st.integers(0, 6)] * 3)
    names = (tuple(f"{mode}{i}" for i in range(7)) for mode in "kqv")
    return Database(*names, tuple(draw(st.sets(fact, min_size=1, max_size=8))))


# ---- the tensor and its matrices ------------------------------------------------------------


@given(databases())
def test_tensor_is_one_exactly_on_the_facts(db):
    dense = db.tensor()
    assert dense.shape == db.shape
    assert {tuple(map(int, cell)) for cell in np.argwhere(dense == 1)} == set(db.facts)
    assert dense.sum() == len(db)


@given(databases())
def test_unfoldings_are_tensorlys_and_slices_are_numpys(db):
    dense = db.tensor()
    for axis, mode in enumerate(MODES):
        assert np.array_equal(db.unfolding(mode).dense(), tensorly.unfold(dense, axis))
        for i in range(db.shape[axis]):
            piece = db.matrix(mode, i)
            assert np.array_equal(piece.dense(), np.take(dense, i, axis=axis))
            assert piece.nnz == np.take(dense, i, axis=axis).sum()


@given(databases())
def test_counts(db):
    dense = db.tensor()
    assert db.functional == bool((dense.sum(axis=2) <= 1).all())
    for axis, mode in enumerate(MODES):
        assert db.pair_counts()[PAIR[mode]] == (dense.sum(axis=axis) > 0).sum()
        others = tuple(a for a in range(3) if a != axis)
        assert db.used(mode) == tuple(np.flatnonzero(dense.sum(axis=others)))


@given(databases(), st.randoms())
def test_sparse_matrix_agrees_with_numpy(db, rng):
    matrix = db.unfolding("K")
    dense = np.array(matrix.dense())
    assert np.array_equal(matrix.transpose().dense(), dense.T)
    rows = rng.sample(range(dense.shape[0]), rng.randint(1, dense.shape[0]))
    columns = rng.sample(range(dense.shape[1]), rng.randint(1, dense.shape[1]))
    assert np.array_equal(matrix.select(rows, columns).dense(), dense[np.ix_(rows, columns)])
    assert np.array_equal(matrix.select(rows).dense(), dense[rows])


# ---- parts ----------------------------------------------------------------------------------


@given(scattered())
def test_blocks_partition_the_facts_and_share_no_label(db):
    blocks = db.blocks()
    assert sum(map(len, blocks)) == len(db)
    assert set().union(*map(labelled, blocks)) == labelled(db)
    for mode in MODES:
        assert all(len(b.used(mode)) == len(b.labels(mode)) for b in blocks)
        for one, other in combinations(blocks, 2):
            assert not set(one.labels(mode)) & set(other.labels(mode))


@given(scattered())
def test_blocks_are_the_finest(db):
    for block in db.blocks():
        seen, todo = set(), {block.facts[0]}
        while todo:  # walk from fact to fact over shared labels
            seen |= todo
            todo = {
                f for f in block.facts for g in seen if any(map(int.__eq__, f, g)) and f not in seen
            }
        assert len(seen) == len(block)


def test_one_shared_label_of_any_mode_joins_blocks():
    first = ("a", "r", "x")
    for second, count in [
        (("a", "s", "y"), 1),
        (("b", "r", "y"), 1),
        (("b", "s", "x"), 1),
        (("b", "s", "y"), 2),
        (("x", "s", "a"), 2),  # a word in two modes joins nothing
    ]:
        assert len(Database.from_triples([first, second]).blocks()) == count


def test_the_generator_meets_several_blocks_and_unused_labels():
    assert len(find(scattered(), lambda db: len(db.blocks()) == 3)) >= 3
    find(scattered(), lambda db: len(db.used("Q")) < len(db.queries))


def test_blocks_leave_unused_labels_out():
    (block,) = Database(("a", "b"), ("r",), ("x", "y"), ((1, 0, 0),)).blocks()
    assert block == Database(("b",), ("r",), ("x",), ((0, 0, 0),))
    assert Database(("a",), ("r",), ("x",), ()).blocks() == ()


@given(databases(), st.randoms())
def test_restrict_is_the_subtensor(db, rng):
    chosen = [rng.sample(range(size), rng.randint(1, size)) for size in db.shape]
    names = [[db.labels(m)[i] for i in c] for m, c in zip(MODES, chosen, strict=True)]
    small = db.restrict(*names)
    assert np.array_equal(small.tensor(), db.tensor()[np.ix_(*chosen)])
    assert [list(small.labels(mode)) for mode in MODES] == names
    assert db.restrict() == db
    assert db.restrict(values=names[2]).shape == (*db.shape[:2], len(names[2]))


# ---- edits ----------------------------------------------------------------------------------


@given(databases())
def test_edits_make_new_databases(db):
    before = (db.keys, db.queries, db.values, db.facts, db.digest(), db.functional)
    fact = next(db.triples())
    less = db.without_fact(*fact)
    assert labelled(less) == labelled(db) - {fact}
    assert less.shape == db.shape
    assert less.with_fact(*fact) == db
    assert db.with_fact(*fact) == db
    more = db.with_fact("new key", fact[1], "new value")
    assert labelled(more) == labelled(db) | {("new key", fact[1], "new value")}
    assert more.keys == (*db.keys, "new key")
    assert (db.keys, db.queries, db.values, db.facts, db.digest(), db.functional) == before


def test_a_second_value_ends_functional():
    db = Database.from_triples([("a", "r", "x")])
    assert db.functional
    assert not db.with_fact("a", "r", "y").functional
    assert db.with_fact("a", "r", "y").without_fact("a", "r", "x").functional


def test_nothing_can_be_assigned():
    db = Database.from_triples([("a", "r", "x")])
    with pytest.raises(dataclasses.FrozenInstanceError):
        db.keys = ("b",)
    assert hash(db) == hash(Database(("a",), ("r",), ("x",), ((0, 0, 0),)))


@given(databases(), st.integers(0, 10**6))
def test_digest_sees_the_facts_and_nothing_else(db, seed):
    triples = list(db.triples())
    random.Random(seed).shuffle(triples)
    again = Database.from_triples([*triples, triples[0]])
    assert again.digest() == db.digest()
    fact = triples[0]
    assert db.without_fact(*fact).digest() != db.digest()
    assert db.with_fact("new", fact[1], fact[2]).digest() != db.digest()


def test_digest_does_not_join_labels():
    one = Database.from_triples([("a", "b,c", "d")])
    other = Database.from_triples([("a,b", "c", "d")])
    assert one.digest() != other.digest()


@given(databases())
def test_facts_are_sorted_and_once(db):
    doubled = dataclasses.replace(db, facts=(*reversed(db.facts), *db.facts))
    assert doubled == db
    assert list(db.facts) == sorted(set(db.facts))


# ---- sentences ------------------------------------------------------------------------------

DB = Database.from_triples([("a", "r", "x"), ("b", "r", "y")])
SENTENCES = [
    (lambda: Database.from_triples([("a", "r", "x"), ("a", "", "x")]),
     "fact 2 ('a', '', 'x'): expected a non-empty query, found ''"),
    (lambda: Database.from_triples([("a", "r", 3)]),
     "fact 1 ('a', 'r', 3): expected a non-empty value, found 3"),
    (lambda: Database.from_triples([("a", "r", "x"), ("a", "r")]),
     "fact 2: expected (key, query, value), found ('a', 'r')"),
    (lambda: Database.from_triples(["abc"]),
     "fact 1: expected (key, query, value), found 'abc'"),
    (lambda: Database(("a", "b", "a"), ("r",), ("x",), ()),
     "key 'a': expected every label once, found it twice at positions 1 and 3"),
    (lambda: Database(("a",), ("r", ""), ("x",), ()),
     "query 2: expected a non-empty text label, found ''"),
    (lambda: Database(("a",), ("r",), ("x",), ((0, 0, 0), (0, 0, 1))),
     "fact 2: expected three indices inside shape (1, 1, 1), found (0, 0, 1)"),
    (lambda: Database(("a",), ("r",), ("x",), ((0, 0),)),
     "fact 1: expected three indices inside shape (1, 1, 1), found (0, 0)"),
    (lambda: Database(("a",), ("r",), ("x",), ((0, 0, -1),)),
     "fact 1: expected three indices inside shape (1, 1, 1), found (0, 0, -1)"),
    (lambda: Database(("a",), ("r",), ("x",), ((1, 0, 0),)),
     "fact 1: expected three indices inside shape (1, 1, 1), found (1, 0, 0)"),
    (lambda: Database(("a",), ("r",), ("x",), ((0, 1, 0),)),
     "fact 1: expected three indices inside shape (1, 1, 1), found (0, 1, 0)"),
    (lambda: Database(("a",), ("r",), ("x",), (("a", "r", "x"),)),
     "fact 1: expected three indices inside shape (1, 1, 1), found ('a', 'r', 'x')"),
    (lambda: Database(("a",), ("r",), ("x",), (7,)),
     "fact 1: expected three indices inside shape (1, 1, 1), found 7"),
    (lambda: DB.restrict(keys=["c"]),
     "key 'c': expected a key of the database, found none like it"),
    (lambda: DB.without_fact("a", "s", "x"),
     "query 's': expected a query of the database, found none like it"),
    (lambda: DB.without_fact("a", "r", "y"),
     "fact ('a', 'r', 'y'): expected a fact of the database, found none like it"),
    (lambda: DB.with_fact("a", "r", ""),
     "fact 3 ('a', 'r', ''): expected a non-empty value, found ''"),
    (lambda: DB.matrix("V", 2), "slice of mode V: expected an index below 2, found 2"),
    (lambda: DB.unfolding("X"), "mode: expected one of 'K', 'Q', 'V', found 'X'"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "expected"), SENTENCES, ids=[s for _, s in SENTENCES])
def test_errors_are_sentences(call, expected):
    with pytest.raises(FactrankError) as caught:
        call()
    assert str(caught.value) == expected
    assert isinstance(caught.value, ValueError)


def test_sparse_matrix_keeps_its_shape_when_empty():
    empty = SparseMatrix((0, 3), ())
    assert empty.dense() == [] and empty.transpose().shape == (3, 0)
