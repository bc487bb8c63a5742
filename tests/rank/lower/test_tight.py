"""The spaces of P11 hold the matrices of every shortest decomposition, and of no less."""

from __future__ import annotations

import random

import pytest
from flint import fmpq, fmpq_mat
from hypothesis import given, settings
from hypothesis import strategies as st

from factrank.facts.database import Database
from factrank.rank.lower.bounds import unfolding
from factrank.rank.lower.koszul import koszul
from factrank.rank.lower.tight import Flattening, kernel, maps_of, reduced, spaces
from tests.rank.verify.slow_cases import equations, flat_rank, flattening, null_space, vanishes
from tests.strategies import databases

AXES = [(a, b) for a in range(3) for b in range(3) if a != b]


def sum_of_boxes(rng: random.Random, n: int) -> tuple[Database, list[list[set[int]]]]:
    """n terms with entries 0 and 1 whose keys are apart: the sum has no entry but 0 and 1."""
    terms = [[{m}, *({i for i in range(n) if rng.random() < 0.5} or {m} for _ in "qv")]
             for m in range(n)]  # fmt: skip
    facts = [(f"k{k}", f"q{q}", f"v{v}") for a, b, c in terms for k in a for q in b for v in c]
    return Database.from_triples(facts), terms


@settings(max_examples=80, deadline=None)
@given(st.integers(3, 4), st.randoms(use_true_random=False))
def test_the_matrix_of_each_term_is_in_every_space_of_a_tight_bound(n, rng):
    """n terms, and a bound of n: so each matrix that they have satisfies the equations."""
    db, terms = sum_of_boxes(rng, n)
    given = [unfolding(db, mode) for mode in "KQV"]
    given += [koszul(db, mode, vectors) for axis, mode in enumerate("KQV")
              for vectors in maps_of(db.used(mode), random.Random(axis))][:6]  # fmt: skip
    for known in (known for known in given if known.value == n):
        for space in spaces(db, known, seed=0):
            first, second = ("KQV".index(mode) for mode in "KQV".replace(space.mode, ""))
            for term in terms:
                names = [{f"{m}{i}" for i in some} for m, some in zip("kqv", term, strict=True)]
                matrix = [fmpq(x in names[first] and y in names[second])
                          for x in space.rows for y in space.columns]  # fmt: skip
                lines = fmpq_mat([*space.basis.tolist(), matrix])
                assert lines.rank() == space.basis.nrows() == space.basis.rank()


@pytest.mark.parametrize(("a", "b"), AXES)
def test_some_of_these_spaces_are_smaller_than_all_matrices(a, b):
    """Three keys on a diagonal: its flattening leaves the diagonal."""
    db = Database.from_triples([(f"{i}", f"{i}", f"{i}") for i in range(3)])
    known = koszul(db, "KQV"[a], [{i: 1} for i in range(3)])
    found = [space for space in spaces(db, known, seed=0) if space.mode == "KQV"[b]]
    assert [space.basis.nrows() for space in found] == [3]
    assert all(x == 0 for line in found[0].basis.tolist() for n, x in enumerate(line) if n % 4)


@settings(max_examples=60, deadline=None)
@given(databases(size=4), st.sampled_from(AXES), st.sampled_from([3, 5]),
       st.randoms(use_true_random=False))  # fmt: skip
def test_a_flattening_and_its_equations_are_those_of_the_definition(db, axes, size, rng):
    a, b = axes
    vectors = [{i: rng.randint(-2, 2) for i in db.used("KQV"[a])} for _ in range(size)]
    flat, slow = Flattening(db, vectors, a, b), flattening(db.facts, a, b, vectors)
    assert flat.rank() == flat_rank(slow, None)
    here = [sorted({fact[axis] for fact in db.facts}) for axis in range(3)]
    x, y = (axis for axis in range(3) if axis != b)
    columns = [(i, j) for i in here[x] for j in here[y]]
    duals = flat.kernel()
    assert len(duals) == flat.width - flat.rank()
    for w in duals:
        assert vanishes(slow, w)
        small = sorted({row[0] for row, _ in slow}) or [()]
        lines = list(flat.equations(w))
        for line in [equations(vectors, w, chosen, columns, a < flat.c) for chosen in small]:
            assert line in lines or not any(line)


@given(st.lists(st.lists(st.integers(-3, 3), min_size=5, max_size=5), max_size=6))
def test_kernels_are_those_of_the_slow_reading(lines):
    matrix = fmpq_mat(len(lines), 5, [x for line in lines for x in line])
    slow = null_space(lines, 5)
    found = kernel(matrix)
    assert found.nrows() == len(slow)
    if slow:
        both = fmpq_mat([[fmpq(x.numerator, x.denominator) for x in line] for line in slow])
        assert reduced(both) == reduced(found)


def test_maps_are_the_labels_themselves_where_they_are_three():
    rng = random.Random(0)
    assert list(maps_of([4, 7, 9], rng)) == [[{4: 1}, {7: 1}, {9: 1}]]
    assert list(maps_of([4, 7], rng)) == []
    many = list(maps_of(range(5), rng))
    assert many and all(len(vectors) == 3 and all(vectors) for vectors in many)
