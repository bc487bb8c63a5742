"""C8: algebras are recognised under any names and in any mode, and nothing else is."""

from __future__ import annotations

import itertools
import json
import random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from factrank.facts import families
from factrank.facts.database import Database
from factrank.rank.algebra.reduction import distinct
from factrank.rank.certificate import certificate
from factrank.rank.closed import algebra as module
from factrank.rank.closed.algebra import DIMENSION, algebra
from factrank.rank.effort import Effort
from factrank.rank.interval import rank_interval
from factrank.rank.lower import bounds as lower
from factrank.rank.verify.checker import verify
from tests.rank.verify.slow_algebra import lower_bound
from tests.strategies import databases, generated_group, permute_modes, shuffled, symmetric_group

SOME = Effort("some", tries=0, solves=50, moves=20_000, seconds=float("inf"))
ORDERS = ["".join(order) for order in itertools.permutations("KQV")]


def incidence(size: int, related) -> Database:
    """Matrices with entries only where ``related(i, j)``, a transitive relation: (i, j) times
    (j, k) is (i, k)."""
    pairs = [(i, j) for i in range(size) for j in range(size) if related(i, j)]
    return Database.from_triples(
        (f"A{i}{j}", f"B{j}{k}", f"C{i}{k}")
        for i, j in pairs
        for k in range(size)
        if (j, k) in pairs
    )


def matrices(size: int) -> Database:
    return incidence(size, lambda i, j: True)


def triangular(size: int) -> Database:
    return incidence(size, int.__le__)


def truncated(size: int) -> Database:
    return Database.from_triples(
        (f"x{i}", f"x{j}", f"x{i + j}") for i in range(size) for j in range(size - i)
    )


def quaternions() -> Database:
    """The group of 1, i, j, k and their negatives, as permutations of themselves."""
    return generated_group((1, 2, 3, 0, 5, 6, 7, 4), (4, 7, 6, 5, 2, 1, 0, 3))


def monoid(size: int, generators: list[tuple[int, ...]], most: int) -> Database | None:
    """The table of the maps of 0, ..., size - 1 that these maps generate, with the identity."""
    found = [tuple(range(size))]
    for x in found:  # grows as we go
        products = (tuple(g[i] for i in x) for g in generators)
        found += [y for y in dict.fromkeys(products) if y not in found]
        if len(found) > most:
            return None
    return Database.from_triples(
        (str(x), str(y), str(tuple(y[i] for i in x))) for x in found for y in found
    )


def slowly(db: Database, data) -> int | None:
    """The same units, by the slow reading."""
    lists = [data[name] for name in ("keys", "queries", "values")]
    return lower_bound(list(db.triples()), "KQV".index(data["mode"]), lists, data["units"])


def checked(db: Database, effort: str | Effort = "quick"):
    found = rank_interval(db, effort)
    verdict = verify(db, json.loads(json.dumps(certificate(db, found))))
    assert (verdict.lower, verdict.upper) == (found.lower, found.upper), verdict.message
    return found


KNOWN = {
    "cyclic 4": (families.modular_addition(4), 5),
    "cyclic 7": (families.modular_addition(7), 10),
    "cyclic 8": (families.modular_addition(8), 11),
    "cyclic 9": (families.modular_addition(9), 13),
    "Klein": (generated_group((1, 0, 2, 3), (0, 1, 3, 2)), 4),
    "cube": (generated_group((1, 0, 2, 3, 4, 5), (0, 1, 3, 2, 4, 5), (0, 1, 2, 3, 5, 4)), 8),
    "three things": (symmetric_group(3), 9),
    "square": (generated_group((1, 2, 3, 0), (0, 3, 2, 1)), 11),
    "quaternions": (quaternions(), 11),
    "matrices 2": (matrices(2), 7),
    "matrices 3": (matrices(3), 17),
    "triangular 2": (triangular(2), 4),
    "triangular 3": (triangular(3), 9),
    "truncated 6": (truncated(6), 11),
    "one idempotent more": (monoid(2, [(0, 0)], 9), 2),
}


@pytest.mark.parametrize("name", KNOWN)
def test_known_values_under_any_names_and_in_any_order_of_the_modes(name):
    db, value = KNOWN[name]
    for seed, order in enumerate(ORDERS):
        found = algebra(permute_modes(shuffled(db, random.Random(seed)), order))
        assert found is not None and found.value == value, order
    assert slowly(db, algebra(db).data) == value


def test_the_product_of_triangular_matrices_has_one_mode_only():
    """They are no Frobenius algebra, so the mode of the product is told by the table."""
    modes = [algebra(permute_modes(triangular(2), order)).data["mode"] for order in ORDERS]
    assert modes == [permuted("V", order) for order in ORDERS]


def permuted(mode: str, order: str) -> str:
    return "KQV"[order.index(mode)]


def test_matrices_of_size_two_have_rank_seven():
    found = checked(shuffled(matrices(2), random.Random(0)), "normal")
    assert (found.lower, found.upper, found.lower_by) == (7, 7, "C8 algebra")


def test_larger_algebras_at_quick_effort():
    assert checked(matrices(3)).lower == 17
    assert checked(matrices(4)).lower == 31
    assert checked(triangular(3)).lower == 9


def test_equal_slices_do_not_hide_an_algebra():
    triples = [(k + a, q, v + b) for k, q, v in matrices(2).triples()
               for a in ("", "'") for b in ("", "'", "''")]  # fmt: skip
    assert checked(Database.from_triples(triples)).lower == 7


def test_an_algebra_beyond_the_limit_is_left_alone():
    assert algebra(families.modular_addition(DIMENSION)).value == 53
    assert algebra(families.modular_addition(DIMENSION + 1)) is None


# ---- nothing else ------------------------------------------------------------------------------


@given(st.data())
def test_a_square_s_symmetries_with_one_fact_changed_are_no_algebra(data):
    db = KNOWN["square"][0]
    k, q, v = data.draw(st.sampled_from(list(db.triples())))
    assert algebra(db.without_fact(k, q, v)) is None
    other = data.draw(st.sampled_from([x for x in db.values if x != v]))
    assert algebra(db.without_fact(k, q, v).with_fact(k, q, other)) is None


def test_a_product_that_does_not_associate_is_seen_at_once_and_exactly(monkeypatch):
    """Modulo a prime before anything dear is done, and again in whole numbers."""
    k, q, v = next(KNOWN["square"][0].triples())
    changed = KNOWN["square"][0].without_fact(k, q, v)
    with monkeypatch.context() as patched:
        patched.setattr(module, "_multiplications", None)
        assert algebra(changed) is None
    monkeypatch.setattr(module, "_likely", lambda *given: True)
    assert algebra(changed) is None


@given(databases(size=4))
def test_on_any_table_the_bound_is_that_of_the_slow_reading_and_below_the_terms(db):
    if found := algebra(distinct(db)[0]):
        assert slowly(db, found.data) == found.value <= rank_interval(db, SOME).upper


def test_all_tables_of_two_labels_a_mode():
    """Two slices are a pencil, whose rank is known: the theorem never says more."""
    seen = 0
    for bits in range(1, 256):
        facts = tuple(
            f for n, f in enumerate(itertools.product(range(2), repeat=3)) if bits >> n & 1
        )
        db, _ = distinct(Database(("a", "b"), ("r", "s"), ("x", "y"), facts))
        if found := algebra(db):
            seen += 1
            assert slowly(db, found.data) == found.value == rank_interval(db, "quick").upper
    assert seen > 20


@given(st.integers(2, 3), st.data())
@settings(max_examples=60, deadline=None)
def test_monoids_are_algebras_and_stay_so_after_changes_of_basis(size, data):
    """A slice that is added to another, where the two share no fact, changes no rank."""
    points = st.integers(0, size - 1)
    maps = data.draw(st.lists(st.tuples(*[points] * size), min_size=1, max_size=2))
    db = monoid(size, maps, 8)
    assume(db is not None and len(db.keys) > 1)
    db, _ = distinct(db)
    first = algebra(db)
    for _ in range(data.draw(st.integers(0, 4))):
        db = added(
            db, data.draw(st.integers(0, 2)), data.draw(st.permutations(range(len(db.keys))))
        )
    assert first is not None and slowly(db, algebra(db).data) == algebra(db).value == first.value
    rng = data.draw(st.randoms(use_true_random=False))
    db = permute_modes(shuffled(db, rng), data.draw(st.sampled_from(ORDERS)))
    assert algebra(db).value == first.value <= checked(db, SOME).upper


def added(db: Database, axis: int, order: list[int]) -> Database:
    """The second slice in this order added to the first, if they share no fact."""
    one, other = order[:2]
    more = {(*f[:axis], one, *f[axis + 1 :]) for f in db.facts if f[axis] == other}
    if more & set(db.facts):
        return db
    return Database(db.keys, db.queries, db.values, (*db.facts, *more))


# ---- several algebras --------------------------------------------------------------------------


def beside(*parts: Database) -> Database:
    """The facts of all, with no label in common."""
    return Database.from_triples(
        tuple(f"{x}/{n}" for x in triple)
        for n, part in enumerate(parts)
        for triple in part.triples()
    )


PLAIN = Database.from_triples([("a", "r", "x"), ("b", "r", "y")])  # a block that is no algebra


def test_algebras_with_their_product_in_one_mode_add():
    """Two algebras and a group: 4 + 7 + 4, where the unfoldings have 3 + 4 + 3."""
    db = beside(triangular(2), matrices(2), families.modular_addition(3), PLAIN)
    assert checked(db).lower == 4 + 7 + 4 + 2


def test_blocks_whose_bounds_do_not_add_may_be_one_algebra():
    """Truncated polynomials are told by P6, and a cycle by C7: P4 adds only one of them."""
    db = beside(truncated(3), families.modular_addition(3))
    found = checked(db)
    assert dict(found.evidence)["P4 2 blocks"] == 5 + 3
    assert (found.lower, found.upper, found.lower_by) == (9, 9, "C8 algebra")


def test_algebras_with_their_products_in_two_modes_do_not():
    """One direct product has one mode. Those of the mode with the largest gain are lifted."""
    small, large = triangular(2), triangular(3)
    turned = [permute_modes(db, "VQK") for db in (small, large)]
    assert [algebra(db).data["mode"] for db in (small, *turned)] == ["V", "K", "K"]
    assert algebra(beside(small, turned[0])) is None
    parts = [small, *turned, families.modular_addition(3)]  # a group's table serves in any mode
    bounds = [(part, lower.unfolding(part, "V"), algebra(part)) for part in parts[:3]]
    assert lower.blocks(bounds).value == 3 + 4 + 9
    db = beside(*parts, PLAIN)
    found = checked(db)
    lifted = [block["proof"] for block in found.proof.document()["blocks"]]
    assert [x.get("mode") for x in lifted if x["theorem"] == "C8"] == ["K", "K"]
    assert [x["value"] for x in lifted if x["theorem"] == "C7"] == [4]
