"""Tables of products by rule: each against a product that is computed another way."""

from __future__ import annotations

import random
from itertools import product

import pytest

from factrank import FactrankError
from factrank.facts import library
from factrank.facts.database import Database
from factrank.facts.products import MOST_ELEMENTS, group_product

ABELIAN = [f"cyclic-{n}" for n in range(1, 17)] + ["cyclic-2x4", "cyclic-2x2x4", "klein", "cube"]
OTHERS = ["s3", "a4", *(f"d{n}" for n in range(3, 9)), "quaternion",
          *(f"dicyclic-{n}" for n in range(2, 5))]  # fmt: skip


def table(db: Database) -> dict[tuple[str, str], str]:
    return {(k, q.removeprefix("times ")): v for k, q, v in db.triples()}


@pytest.mark.parametrize("name", ABELIAN + OTHERS)
def test_a_group_is_a_group(name):
    db = library.load(f"group-{name}")
    times = table(db)
    n = len(db.keys)
    assert len(db) == n * n <= MOST_ELEMENTS**2 and db.functional
    assert set(db.keys) == set(db.values) == {q.removeprefix("times ") for q in db.queries}
    unit = db.keys[0]
    assert all(times[unit, g] == g == times[g, unit] for g in db.keys)
    assert all(any(times[g, h] == unit for h in db.keys) for g in db.keys)
    for g, h, k in product(db.keys, repeat=3):
        assert times[times[g, h], k] == times[g, times[h, k]]
    assert (name in ABELIAN) == all(times[g, h] == times[h, g] for g, h in times)


def orders(name: str) -> list[int]:
    """How often each element is to be taken until the unit comes: tells these groups apart."""
    db = group_product(name)
    times, found = table(db), []
    for g in db.keys:
        n, x = 1, g
        while x != db.keys[0]:
            n, x = n + 1, times[x, g]
        found.append(n)
    return sorted(found)


def test_groups_are_those_their_names_say():
    assert orders("quaternion") == orders("dicyclic-2") == [1, 2] + 6 * [4]
    assert orders("d4") == [1] + 5 * [2] + 2 * [4]
    assert orders("s3") == orders("d3") == [1, 2, 2, 2, 3, 3]
    assert orders("a4") == [1] + 3 * [2] + 8 * [3]
    assert orders("dicyclic-3") == [1, 2, 3, 3] + 6 * [4] + [6, 6]
    assert orders("klein") == [1, 2, 2, 2] and orders("cube") == [1] + 7 * [2]
    assert orders("cyclic-2x4") == [1, 2, 2, 2] + 4 * [4]
    assert group_product("cyclic-16").shape == (16, 16, 16)


def test_quaternions_multiply_like_quaternions():
    times = table(group_product("quaternion"))
    assert [times[x] for x in (("i", "j"), ("j", "k"), ("k", "i"), ("j", "i"))] == [
        "k", "i", "j", "-k"
    ]  # fmt: skip
    assert {times[x, x] for x in "ijk"} == {"-1"}


def test_matrices_multiply_like_matrices():
    rng = random.Random(0)
    for m, n, p in ((1, 1, 1), (2, 2, 2), (2, 3, 4), (4, 1, 3)):
        db = library.load(f"matrices-{m}x{n}x{p}")
        assert db.shape == (m * n, n * p, m * p) and len(db) == m * n * p
        a, b = ([[rng.randint(-9, 9) for _ in range(y)] for _ in range(x)]
                for x, y in ((m, n), (n, p)))  # fmt: skip
        found = dict.fromkeys(db.values, 0)
        for k, q, v in db.triples():
            found[v] += a[int(k[1]) - 1][int(k[2]) - 1] * b[int(q[1]) - 1][int(q[2]) - 1]
        for v, x in found.items():
            i, k = int(v[1]) - 1, int(v[2]) - 1
            assert x == sum(a[i][j] * b[j][k] for j in range(n))


def test_polynomials_multiply_like_polynomials():
    for m, n in ((1, 1), (3, 3), (4, 2)):
        db = library.load(f"polynomials-{m}x{n}")
        assert db.shape == (m, n, m + n - 1)
        a, b, ten = range(2, 2 + m), range(3, 3 + n), 1000
        total = sum(a[int(k[1:])] * b[int(q[1:])] * ten ** int(v[1:]) for k, q, v in db.triples())
        assert total == sum(x * ten**i for i, x in enumerate(a)) * sum(
            x * ten**j for j, x in enumerate(b)
        )


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("matrices-2x2x5", "library:matrices-2x2x5: expected sizes from 1 to 4, found 5"),
        ("polynomials-2001x2",
         "library:polynomials-2001x2: expected from 1 to 2000 coefficients, found 2001"),
        ("group-cyclic-17", "library:group-cyclic-17: expected at most 16 elements, found 17"),
        ("group-d9", "library:group-d9: expected at most 16 elements, found 18"),
        ("group-cyclic-4x5", "library:group-cyclic-4x5: expected at most 16 elements, found 20"),
        ("group-d2x2", "library:group-d2x2: expected one of cyclic-N, cyclic-MxN, klein, cube, s3, "
         "a4, dN, quaternion, dicyclic-N, found 'd2x2'"),
        ("group-monster", "library:group-monster: expected one of cyclic-N, cyclic-MxN, klein, "
         "cube, s3, a4, dN, quaternion, dicyclic-N, found 'monster'"),
    ],
)  # fmt: skip
def test_what_is_too_large_or_unknown_gets_a_sentence(name, said):
    for asked in (library.load, library.load_rows):
        with pytest.raises(FactrankError) as caught:
            asked(name)
        assert str(caught.value) == said


@pytest.mark.parametrize(
    "name", ["matrices-2x2", "matrices-0x1x1", "polynomials-3", "matrices-02x1x1"]
)
def test_what_is_not_named_like_a_table_is_unknown(name):
    with pytest.raises(FactrankError, match=f"found no database '{name}', expected one of example"):
        library.load(name)


def test_rows_have_no_lines():
    rows = library.load_rows("matrices-2x2x2")
    assert set(rows.line) == {0} and rows.database() == library.load("matrices-2x2x2")
