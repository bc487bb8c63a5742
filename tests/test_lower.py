"""Lower bounds against numpy, and never above a decomposition."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from strategies import databases

from factrank.facts.database import Database
from factrank.rank import lower, upper


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
