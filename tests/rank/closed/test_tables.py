"""C4, C6, C7: recognised under any names, exact on their families, and silent elsewhere."""

from __future__ import annotations

import itertools
import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factrank.facts import families
from factrank.facts.database import Database
from factrank.rank.algebra.terms import sums_to
from factrank.rank.certificate import certificate
from factrank.rank.closed import shapes as closed
from factrank.rank.closed import tables
from factrank.rank.closed.table_terms import coordinates, group_terms
from factrank.rank.interval import RankInterval, rank_interval
from factrank.rank.lower.pencil import pencils
from factrank.rank.upper.counts import slice_terms
from factrank.rank.upper.flips import flip_terms
from factrank.rank.verify.checker import verify
from tests.strategies import databases, generated_group, shuffled, symmetric_group


def checked(db: Database, effort: str = "quick") -> RankInterval:
    """The interval, after its certificate went through JSON and the checker."""
    found = rank_interval(db, effort)
    verdict = verify(db, json.loads(json.dumps(certificate(db, found))))
    assert (verdict.lower, verdict.upper) == (found.lower, found.upper), verdict.message
    assert sums_to(found.terms, db)
    return found


def cyclic_product(*orders: int) -> Database:
    """The table of Z_a x Z_b x ..."""
    elements = list(itertools.product(*map(range, orders)))
    names = {x: ".".join(map(str, x)) for x in elements}
    return Database.from_triples(
        (
            names[x],
            names[y],
            names[tuple((a + b) % n for a, b, n in zip(x, y, orders, strict=True))],
        )
        for x in elements
        for y in elements
    )


# ---- C5 and C7 ---------------------------------------------------------------------------------


@pytest.mark.parametrize("m", range(2, 13))
def test_modular_addition_is_exact_over_the_reals_and_known_over_the_rationals(m):
    db = shuffled(families.modular_addition(m), random.Random(m))
    found = checked(db)
    assert found.lower == found.upper == (3 * m - 1 - (m % 2 == 0)) // 2
    assert found.upper_rational == 2 * m - sum(m % d == 0 for d in range(1, m + 1))
    assert (found.upper_proof is None) == (found.upper == found.upper_rational)


@pytest.mark.parametrize(
    ("orders", "rank"),
    [((2, 2), 4), ((2, 2, 2), 8), ((2,) * 4, 16), ((2, 4), 10), ((3, 3), 13), ((4, 4), 22),
     ((2, 6), 16)],
)  # fmt: skip
def test_products_of_cycles(orders, rank):
    """|G| + pairs of conjugate characters; a character that is its own conjugate has order 2."""
    found = checked(shuffled(cyclic_product(*orders), random.Random(0)))
    assert found.lower == found.upper == rank
    size = len(list(itertools.product(*map(range, orders))))
    own = sum(all(2 * c % n == 0 for c, n in zip(x, orders, strict=True))
              for x in itertools.product(*map(range, orders)))  # fmt: skip
    assert rank == size + (size - own) // 2


def test_a_group_table_with_copies_of_everything():
    db = families.modular_addition(5)
    triples = [
        (k + a, q + b, v) for k, q, v in db.triples() for a in ("", "'") for b in ("", "'", "''")
    ]
    found = checked(Database.from_triples(triples))
    assert (found.lower, found.upper, found.upper_rational) == (7, 7, 8)


def test_groups_that_do_not_commute_are_bounded_as_known():
    """S_3 needs 9, D_4 needs 11; the bound of Alder and Strassen is their rank."""
    dihedral = generated_group((1, 2, 3, 0), (0, 3, 2, 1))
    for db, n, rank in ((symmetric_group(3), 6, 9), (dihedral, 8, 11)):
        found = checked(shuffled(db, random.Random(1)))
        assert len(db.keys) == n and found.lower == rank <= found.upper
        assert not tables.group(db).abelian


def test_several_groups_are_one_algebra():
    parts = {"m": 5, "n": 5, "o": 4}
    triples = [(k + b, q + b, v + b) for b, m in parts.items()
               for k, q, v in families.modular_addition(m).triples()]  # fmt: skip
    found = checked(Database.from_triples(triples))
    assert (found.lower, found.upper, found.upper_rational) == (19, 19, 21)


def test_coordinates_are_an_isomorphism():
    for orders in ((6,), (2, 4), (3, 3), (4, 6)):
        found = tables.group(shuffled(cyclic_product(*orders), random.Random(2)))
        sizes, places = coordinates(found.table)
        assert len(set(places)) == len(places)
        for i, row in enumerate(found.table):
            for j, x in enumerate(row):
                added = zip(places[i], places[j], sizes, strict=True)
                assert places[x] == tuple((a + b) % n for a, b, n in added)


def test_a_large_group_is_recognised_without_its_terms():
    found = rank_interval(families.modular_addition(70), "quick")
    assert found.lower == found.upper == 104 < found.upper_rational


@given(st.integers(2, 6), st.data())
def test_one_fact_moved_is_no_group(m, data):
    db = families.modular_addition(m)
    k, q, v = data.draw(st.sampled_from(list(db.triples())))
    other = data.draw(st.sampled_from([x for x in db.values if x != v]))
    assert tables.group(db.without_fact(k, q, v).with_fact(k, q, other)) is None
    assert tables.group(db.without_fact(k, q, v)) is None


# ---- C4 ----------------------------------------------------------------------------------------


def two_bijections(lengths: list[int]) -> Database:
    """f_1 the identity, f_2 a permutation with cycles of these lengths."""
    triples, start = [], 0
    for n in lengths:
        for i in range(n):
            triples.append((f"k{start + i}", "r", f"v{start + i}"))
            triples.append((f"k{start + i}", "s", f"v{start + (i + 1) % n}"))
        start += n
    return Database.from_triples(triples)


@given(st.lists(st.integers(1, 7), min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_two_bijections_are_exact(lengths, rng):
    if max(lengths) == 1 or sum(lengths) > 16:
        return
    db = shuffled(two_bijections(lengths), rng)
    assert tables.cycles(db) == tuple(sorted(lengths, reverse=True))
    rank = sum(lengths) + max(
        [0, *(sum(n % d == 0 for n in lengths) for d in range(3, max(lengths) + 1))]
    )
    found = checked(db)
    assert found.lower == found.upper == found.upper_rational == rank


def test_long_cycles_are_exact_without_their_terms():
    found = checked(shuffled(two_bijections([40, 6, 3]), random.Random(0)))
    assert found.lower == found.upper == 51 < found.upper_rational


# ---- C6 and C3 ---------------------------------------------------------------------------------


def sums_table(m: int, n: int, s: int) -> Database:
    return Database.from_triples(
        (f"k{i}", f"q{j}", f"v{i + j}") for i in range(m) for j in range(n) if i + j < s
    )


@pytest.mark.parametrize(("m", "n"), [(2, 2), (2, 5), (3, 3), (4, 3), (5, 5), (6, 4)])
def test_polynomial_tables_whole_and_cut_off_are_exact(m, n):
    for s in range(max(m, n), m + n):
        db = shuffled(sums_table(m, n, s), random.Random(s))
        found = checked(db)
        assert found.lower == found.upper == found.upper_rational == m + n - 1


def test_the_w_state_is_a_truncated_table():
    db = Database.from_triples([("0", "0", "1"), ("0", "1", "0"), ("1", "0", "0")])
    assert closed.sums(db).bound.value == len(closed.sums(db).terms) == 3
    assert checked(db).lower == 3


@pytest.mark.parametrize(("n_values", "n_queries"), [(2, 2), (2, 3), (3, 2), (4, 2), (3, 3)])
def test_full_grids_are_exact(n_values, n_queries):
    db = shuffled(families.full_grid(n_values, n_queries), random.Random(0))
    found = checked(db)
    assert found.lower == found.upper == n_queries * (n_values - 1) + 1


# ---- never wrong ------------------------------------------------------------------------------


@given(databases())
def test_a_form_that_is_recognised_is_never_wrong(db):
    shortest = len(flip_terms(slice_terms(db), db.shape, moves=500, seed=0))
    told = []  # bounds, each with its terms
    if two := tables.bijections(db):
        told.append((two, pencils(db, "Q").terms()))
    if added := closed.sums(db):
        told.append((added.bound, added.terms))
    if (group := tables.group(db)) and group.abelian:
        told.append((tables.group_bound(db, group), group_terms(group)))
    for bound, terms in told:
        assert bound.value <= min(shortest, len(terms)) and sums_to(terms, db)
        assert bound.theorem == "C7" or bound.value == len(terms)


def powers(table, g: int) -> frozenset[int]:
    """The cyclic subgroup of g."""
    found, x = {0}, g
    while x:
        found.add(x)
        x = table[x][g]
    return frozenset(found)


def test_group_terms_are_as_many_as_cyclic_subgroups_allow():
    for orders in ((5,), (8,), (2, 4), (3, 6)):
        found = tables.group(cyclic_product(*orders))
        subgroups = {powers(found.table, g) for g in range(len(found.table))}
        assert len(group_terms(found)) == 2 * len(found.table) - len(subgroups)
