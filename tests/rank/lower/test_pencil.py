"""P8: the Kronecker form by multiplying back, ranks of known pencils, and the traps."""

from __future__ import annotations

import json
import random
from collections import Counter
from fractions import Fraction

import pytest
from flint import fmpq_mat
from hypothesis import given
from hypothesis import strategies as st

from factrank.facts import families
from factrank.facts.database import Database
from factrank.rank.algebra.kronecker import frobenius, kronecker
from factrank.rank.algebra.pencil_terms import roots, splits_real
from factrank.rank.algebra.terms import sums_to
from factrank.rank.certificate import certificate
from factrank.rank.interval import rank_interval
from factrank.rank.lower.pencil import pencils
from factrank.rank.upper.counts import slice_terms
from factrank.rank.upper.flips import flip_terms
from factrank.rank.verify.checker import verify
from tests.rank.verify.slow_theorems import all_roots_real_and_simple, pencil_slices
from tests.strategies import databases, permute_modes


def random_pencil(rng: random.Random) -> tuple[fmpq_mat, fmpq_mat]:
    """Sparse 0/1 slices, or slices with at most one 1 in each row: these have many small blocks."""
    m, n = rng.randint(1, 6), rng.randint(1, 6)
    if rng.random() < 0.5:
        return tuple(fmpq_mat(m, n, [int(rng.random() < 0.3) for _ in range(m * n)]) for _ in "ab")
    pair = fmpq_mat(m, n), fmpq_mat(m, n)
    for slice in pair:
        for i in range(m):
            if (j := rng.randrange(n + 1)) < n:
                slice[i, j] = 1
    return pair


def numbers(matrix: fmpq_mat) -> list[list[Fraction]]:
    return [[Fraction(int(x.p), int(x.q)) for x in row] for row in matrix.tolist()]


def test_the_kronecker_form_multiplies_back_and_meets_every_kind_of_block():
    rng, seen = random.Random(3), Counter()
    for _ in range(600):
        a, b = random_pencil(rng)
        form = next(f for c in range(30) if (f := kronecker(a + c * b, b)))
        a += next(c for c in range(30) if kronecker(a + c * b, b)) * b
        blocks = pencil_slices(form.wide, form.tall, form.companion)
        for slice, block in zip((a, b), blocks, strict=True):
            product = numbers(form.rows * slice * form.columns)
            size, width = len(block), len(block[0]) if block else 0
            assert [row[:width] for row in product[:size]] == block
            assert not any(x for row in product[size:] for x in row)
            assert not any(x for row in product for x in row[width:])
        assert form.rows.det() != 0 and form.columns.det() != 0
        assert len(form.companion) < 2 or len(form.companion[0]) >= len(form.companion[1])
        seen["wide"] += max(form.wide, default=0) > 1
        seen["tall"] += max(form.tall, default=0) > 1
        seen["several"] += len(form.companion) > 1
        seen["rows left"] += len(blocks[0]) < a.nrows()
    assert min(seen.values()) > 30


def test_frobenius_on_repeated_blocks():
    """Two cycles of 3 and one of 2: x^3 - 1 twice, with x + 1 in the larger."""
    matrix = fmpq_mat(8, 8)
    for cycle in ((0, 1, 2), (3, 4, 5), (6, 7)):
        for i, j in zip(cycle, (*cycle[1:], cycle[0]), strict=True):
            matrix[j, i] = 1
    basis, polynomials = frobenius(matrix)
    assert [len(f) for f in polynomials] == [4, 3, 1]
    assert polynomials[1] == (Fraction(-1), 0, 0) and polynomials[2] == (-1,)
    assert numbers(basis.inv() * matrix * basis) == pencil_slices([], [], polynomials)[1]


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=5))
def test_splitting_is_what_hermite_says(lower):
    f = tuple(map(Fraction, lower))
    assert splits_real(f) == all_roots_real_and_simple(f)
    assert splits_real(f) or roots(f) is None


# ---- ranks -----------------------------------------------------------------------------------


def w_state() -> Database:
    return Database.from_triples([("0", "0", "1"), ("0", "1", "0"), ("1", "0", "0")])


KNOWN = [
    ("W-state: one Jordan block", w_state(), 3, 3),
    ("a swap", Database.from_triples(
        [("a", "r", "x"), ("b", "r", "y"), ("a", "s", "y"), ("b", "s", "x")]), 2, 2),
    ("a cycle of three", Database.from_triples(
        [(f"k{i}", q, f"v{(i + s) % 3}") for i in range(3) for s, q in enumerate("rs")]), 4, 4),
    ("real roots that are not rational", Database.from_triples(
        [("a", "r", "x"), ("b", "r", "y"), ("a", "s", "y"), ("b", "s", "x"), ("b", "s", "y")]),
     2, 3),
    ("complex roots", Database.from_triples(
        [("a", "r", "x"), ("a", "r", "y"), ("b", "r", "y"), ("a", "s", "y"), ("b", "s", "x"),
         ("b", "s", "y")]), 2, 2),
]  # fmt: skip


@pytest.mark.parametrize(("name", "db", "real", "rational"), KNOWN, ids=[x[0] for x in KNOWN])
def test_pencils_of_known_rank(name, db, real, rational):
    pencil = pencils(db, "Q")
    assert (pencil.bound.value, len(pencil.terms())) == (real, rational)
    assert sums_to(pencil.terms(), db)


def two_by_two(db: Database) -> int | None:
    """The real rank of two invertible-together 2 x 2 slices by Cayley's hyperdeterminant."""
    a, b = ([[int((i, q, j) in db.facts) for j in (0, 1)] for i in (0, 1)] for q in (0, 1))

    def det(m):
        return m[0][0] * m[1][1] - m[0][1] * m[1][0]

    mixed = det([[a[i][j] + b[i][j] for j in (0, 1)] for i in (0, 1)]) - det(a) - det(b)
    hyper = mixed**2 - 4 * det(a) * det(b)
    return None if hyper == 0 else (2 if hyper > 0 else 3)


def test_every_2_x_2_x_2_pencil_is_as_the_hyperdeterminant_says():
    seen = Counter()
    for bits in range(1, 256):
        cells = [(i >> 2, i >> 1 & 1, i & 1) for i in range(8) if bits >> i & 1]
        db = Database(("a", "b"), ("r", "s"), ("x", "y"), tuple(sorted(cells)))
        expected, pencil = two_by_two(db), pencils(db, "Q")
        if expected and pencil:
            assert pencil.bound.value == expected
            seen[expected] += 1
    assert seen[2] > 100 and seen[3] >= 4


@given(databases(size=5), st.sampled_from("KQV"))
def test_a_pencil_is_exact(db, mode):
    pencil = pencils(db, mode)
    if pencil is None:
        return
    terms = pencil.terms()
    assert sums_to(terms, db)
    real = pencil.bound.value
    assert real <= len(terms) == pencil.size(lambda f: roots(f) is not None)
    assert real <= len(flip_terms(slice_terms(db, "V"), db.shape, moves=500, seed=0))
    for order in ("VQK", "QKV"):
        turned = pencils(permute_modes(db, order), "KQV"[order.index(mode)])
        assert turned.bound.value == real


@pytest.mark.parametrize("mode", "KQV")
@pytest.mark.parametrize("seed", range(12))
def test_two_keys_two_queries_or_two_values_are_always_exact(mode, seed):
    sizes = {m: 2 if m == mode else 3 + seed % 4 for m in "KQV"}
    db = families.random_functional(*sizes.values(), (0.6, 1.0)[seed % 2], seed)
    if not db.facts:
        return
    found = rank_interval(db, "quick")
    assert found.exact
    verdict = verify(db, json.loads(json.dumps(certificate(db, found))))
    assert verdict.valid


def test_a_real_rank_without_rational_witness_is_certified_by_its_theorem():
    db = KNOWN[3][1]
    found = rank_interval(db, "quick")
    assert (found.lower, found.upper, found.upper_rational) == (2, 2, 3)
    assert found.upper_proof["parts"][0]["proof"]["theorem"] == "P8"
    data = json.loads(json.dumps(certificate(db, found)))
    assert verify(db, data).message == "verified: 2 <= rank <= 2 over R"
    del data["upper_proof"]
    assert not verify(db, data).valid


def test_trap_minimal_index_zero():
    """A key with no fact in either relation is a zero row: it adds nothing."""
    wide = Database(("a", "none"), ("r", "s"), ("x", "y", "never"), ((0, 0, 0), (0, 1, 1)))
    assert pencils(wide, "Q").bound.value == 2
    assert pencils(wide, "Q").form.wide == (1,)


@pytest.mark.parametrize("mode", "KQV")
def test_no_facts_no_pencil(mode):
    assert pencils(Database(("a",), ("r",), ("x",), ()), mode) is None
