"""P6 and the search for substitutions: sound against decompositions and against chance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from factrank.facts.database import Database
from factrank.rank.lower import bounds as lower
from factrank.rank.lower import searched
from factrank.rank.lower.searched import search
from factrank.rank.lower.substitution import ROLES, triangular
from factrank.rank.upper import counts as upper
from factrank.rank.upper.flips import flip_terms
from tests.strategies import crowded, databases, slice_rank

W_STATE = Database.from_triples([("0", "0", "1"), ("0", "1", "0"), ("1", "0", "0")])


@given(databases(), st.sampled_from(ROLES), st.data())
def test_p6_minor_survives_every_choice_of_the_subtracted_slices(db, role, data):
    """|S| + t by P2 means: for all scalars l, the minor of T_j - sum l_(j,s) T_s is nonsingular."""
    a, b = ("KQV".index(mode) for mode in role)
    names = db.labels(role[0])
    chosen = data.draw(st.lists(st.sampled_from(names), unique=True, max_size=3))
    bound = triangular(db, role[0], chosen, role[1], tries=2, seed=0)
    if bound is None:
        flat = np.moveaxis(db.tensor(), a, 0)[[names.index(x) for x in chosen]]
        assert np.linalg.matrix_rank(flat.reshape(len(chosen), -1)) < len(chosen)
        return
    rows = [r for r, _ in bound.data["pivots"]] + bound.data["core"]["rows"]
    columns = [c for _, c in bound.data["pivots"]] + bound.data["core"]["columns"]
    assert bound.value == len(chosen) + len(rows)
    if not rows:
        return
    rng = np.random.default_rng(0)
    tensor = np.moveaxis(db.tensor().astype(float), a, 0)
    gone = [names.index(x) for x in chosen]
    for _ in range(3):
        changed = tensor.copy()
        for j in range(len(names)):
            if j not in gone:
                changed[j] -= np.einsum("s,sxy->xy", rng.normal(size=len(gone)), tensor[gone])
        back = np.moveaxis(changed, 0, a)
        others = [m for m in "KQV" if m != role[1]]
        cut = [
            [
                np.moveaxis(back, b, 0)[
                    db.labels(role[1]).index(row),
                    db.labels(others[0]).index(x),
                    db.labels(others[1]).index(y),
                ]
                for x, y in columns
            ]
            for row in rows
        ]
        assert np.linalg.matrix_rank(np.array(cut)) == len(rows)


@given(databases(size=4) | crowded())
def test_the_search_never_exceeds_a_decomposition(db):
    terms = flip_terms(upper.slice_terms(db), db.shape, moves=3000, seed=0)
    bound = search(db, goal=99, tries=150, seed=0)
    assert bound.value <= len(terms)
    assert bound.value >= max(lower.unfolding(db, mode).value for mode in "KQV")


def test_the_w_state_is_exactly_three_although_its_border_rank_is_two():
    assert max(lower.unfolding(W_STATE, mode).value for mode in "KQV") == 2
    assert triangular(W_STATE, "V", ["1"], "K").value == 3
    assert search(W_STATE, goal=3, tries=100, seed=0).value == 3


def test_a_search_drops_what_depends_and_goes_on():
    """The values u = x + y and a second z make most sets of values dependent."""
    rows = ["a r x", "b s y", "a r u", "b s u", "b r z", "b r zz", "a s w", "c s w"]
    db = Database.from_triples([row.split() for row in rows])
    assert triangular(db, "V", db.values, "K") is None
    assert set(searched._independent(db, "V", db.values)) <= set(db.values)
    assert len(searched._independent(db, "V", db.values)) == slice_rank(db, db.values) == 4
    for chosen in ("x", "y", "u"), ("z", "zz", "w"):
        assert len(searched._independent(db, "V", chosen)) == 2


def test_equal_slices_are_refused():
    # Two equal relations: substituting both would count one slice twice.
    db = Database.from_triples([("a", "r", "x"), ("a", "s", "x"), ("b", "t", "y")])
    assert triangular(db, "Q", ["r", "s"], "K") is None
    assert triangular(db, "Q", ["r"], "K").value <= 2


@pytest.mark.parametrize("n", range(2, 6))
def test_truncated_polynomial_tables_are_exact(n):
    # k + q < n has rank 2n - 1: the values 0 .. n - 1 on a triangle; P6 finds the lower bound
    facts = [(f"{k}", f"{q}", f"{k + q}") for k in range(n) for q in range(n) if k + q < n]
    db = Database.from_triples(facts)
    assert search(db, goal=2 * n - 1, tries=3000, seed=0).value == 2 * n - 1
