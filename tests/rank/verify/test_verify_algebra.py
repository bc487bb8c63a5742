"""The checker's part for C8: what it refuses, block by block, and what it counts beforehand."""

from __future__ import annotations

import pytest
from flint import fmpz_mat

from factrank.errors import FactrankError
from factrank.facts.database import Database
from factrank.rank.closed.algebra import algebra
from factrank.rank.verify import algebra as part
from factrank.rank.verify import checker as module
from factrank.rank.verify.algebra import DIMENSION
from factrank.rank.verify.checker import verify
from factrank.rank.verify.work import STEPS, Work
from tests.rank.certificates import CASES, EMPTY, W_PROOF, W, facts, ones, put, wrap
from tests.strategies import permute_modes

PROOF = ("lower_proof",)
UNITS = (*PROOF, "units")


def refused(database: Database, data) -> str:
    verdict = verify(database, data)
    assert (verdict.valid, verdict.lower, verdict.upper) == (False, None, None)
    return verdict.message


@pytest.mark.parametrize(
    ("path", "item", "message"),
    [
        ((*PROOF, "value"), 5, "lower_proof.value: expected 4, found 5"),
        ((*PROOF, "mode"), "C", "lower_proof.mode: expected one of K, Q, V, found 'C'"),
        ((*PROOF, "mode"), "K", "lower_proof.units[0]: expected a label of the facts"),
        ((*PROOF, "keys"), ["a", "b"], "lower_proof.queries: expected a list of 2, found"),
        ((*PROOF, "keys"), ["a", "b", "bb"], "lower_proof.units[0]: expected labels of the table"),
        ((*UNITS,), [ones("a")], "lower_proof.units: expected a list of 2, found"),
        ((*UNITS, 0), {}, "lower_proof.units[0]: expected an object with at least one label"),
        ((*UNITS, 0), ones("a"), "lower_proof.units[0]: expected weights of slices whose sum is "
         "invertible, found a determinant of 0"),
        ((*UNITS, 1), ones("s"), "lower_proof.units[1]: expected weights of slices whose sum is "
         "invertible, found a determinant of 0"),
        ((*UNITS, 0, "a"), "1/2", "lower_proof.units[0]: expected whole numbers below 1000, found "
         "1/2"),
        ((*UNITS, 0, "a"), -1000, "lower_proof.units[0]: expected whole numbers below 1000, found "
         "-1000"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_told(path, item, message):
    database, data = CASES["c8"]()
    assert refused(database, put(data, path, item)).startswith(message)


def test_trap_a_product_that_is_not_associative():
    """Three units in a row are no algebra, though slices are invertible."""
    db = facts("a r x; a s y; b r y; b s x; a t z; c r z; c t x; b t y")
    proof = {"theorem": "C8", "value": 5, "mode": "V", "keys": ["a", "b", "c"]}
    proof |= {"queries": ["r", "s", "t"], "values": ["x", "y", "z"]}
    proof |= {"units": [ones("a"), ones("r")]}
    assert refused(db, wrap(db, proof, 5)).startswith(
        "lower_proof: expected an associative product"
    )
    assert algebra(db) is None


def test_trap_no_labels_and_too_many():
    db = facts("a r x")
    proof = {"theorem": "C8", "value": 0, "mode": "V", "keys": [], "queries": [], "values": []}
    proof |= {"units": [ones("a"), ones("r")]}
    assert "expected 1 to 36 labels, found 0" in refused(db, wrap(db, proof, 0))
    n = DIMENSION + 1
    names = [[f"{letter}{i}" for i in range(n)] for letter in "kqv"]
    db = Database.from_triples(zip(*names, strict=True))
    proof |= dict(zip(("keys", "queries", "values"), names, strict=True))
    assert "expected 1 to 36 labels, found 37" in refused(db, wrap(db, proof, 0))


def test_one_fact_is_an_algebra():
    db = facts("a r x")
    proof = {"theorem": "C8", "value": 1, "mode": "Q", "keys": ["a"], "queries": ["r"]}
    proof |= {"values": ["x"], "units": [{"a": -3}, {"x": 7}]}
    assert verify(db, wrap(db, proof, 1)).message == "verified: 1 <= rank <= 1 over R"


def test_trap_a_bound_is_no_exact_rank():
    database, data = CASES["c8"]()
    part = {x: {y: y for y in data["lower_proof"][x]} for x in ("keys", "queries", "values")}
    real = {"parts": [{**part, "proof": data["lower_proof"]}], "terms": []}
    assert refused(database, {**data, "upper_proof": real}) == (
        "upper_proof.parts[0].proof.theorem: expected one of P8, C4, C7, found 'C8'"
    )


# ---- several blocks ----------------------------------------------------------------------------


def block(db: Database, name: str) -> tuple[list, dict]:
    """The facts of an algebra under names of their own, and the block that proves its bound."""
    renamed = Database.from_triples(tuple(x + name for x in fact) for fact in db.triples())
    lists = {x: list(y) for x, y in zip(("keys", "queries", "values"), map(renamed.labels, "KQV"),
                                        strict=True)}  # fmt: skip
    return list(renamed.triples()), {**lists, "proof": algebra(renamed).document()}


def together(*blocks) -> tuple[Database, dict]:
    database = Database.from_triples(fact for found, _ in blocks for fact in found)
    proof = {"theorem": "P4", "blocks": [document for _, document in blocks]}
    return database, proof


TRIANGLE = facts("a r x; a s y; b t y; c t z")
CYCLE = facts("a r x; a s y; b r y; b s x")


def test_algebras_in_one_mode_add_and_in_two_they_do_not():
    one, other = block(TRIANGLE, "1"), block(permute_modes(TRIANGLE, "VQK"), "2")
    same = block(TRIANGLE, "3")
    assert verify(*certified(one, same, value=8)).lower == 8
    for pair in ((one, other), (other, one), (one, same, other)):
        assert refused(*certified(*pair, value=4 * len(pair))).endswith(
            "expected P1 in all blocks but one, or but those by C7 and C8 in one mode, found C8"
        )


def certified(*blocks, value: int):
    database, proof = together(*blocks)
    return database, wrap(database, proof, value)


def test_a_group_stands_beside_an_algebra_in_any_mode():
    """Its algebra has the same product in every mode, up to names."""
    c7 = CASES["c7"]().certificate["lower_proof"]
    lists = {x: c7[x] for x in ("keys", "queries", "values")}
    group = [f for f in CASES["c7"]().database.triples() if f[0] != "bb"], {**lists, "proof": c7}
    for order in ("KQV", "VQK", "KVQ"):
        one = block(permute_modes(TRIANGLE, order), "1")
        assert verify(*certified(one, group, value=8)).lower == 8
        assert verify(*certified(group, one, value=8)).lower == 8


def test_an_algebra_beside_another_theorem_does_not_add():
    w = list(facts(W).triples()), {
        "keys": ["0", "1"], "queries": ["0", "1"], "values": ["0", "1"], "proof": W_PROOF
    }  # fmt: skip
    one = block(TRIANGLE, "!")
    assert "or but those by C7 and C8" in refused(*certified(one, w, value=7))
    assert "or but those by C7 and C8" in refused(*certified(w, one, value=7))
    assert verify(*certified(one, flat("x"), value=5)).lower == 5


def flat(name: str):
    proof = {"theorem": "P1", "mode": "K", "pivots": [[name, [name, name]]], "core": EMPTY}
    return [(name,) * 3], {"keys": [name], "queries": [name], "values": [name], "proof": proof}


# ---- the account of the work -------------------------------------------------------------------


def largest(weights: list[int]) -> tuple[Database, dict]:
    """The cyclic group of 36 elements, with these weights for both units."""
    n = DIMENSION
    db = Database.from_triples(
        (f"k{i}", f"q{j}", f"v{(i + j) % n}") for i in range(n) for j in range(n)
    )
    units = [{f"{x}{i}": w for i, w in enumerate(weights)} for x in "kq"]
    lists = {name: [f"{name[0]}{i}" for i in range(n)] for name in ("keys", "queries", "values")}
    return db, {"theorem": "C8", "value": 53, "mode": "V", **lists, "units": units}


def test_the_largest_algebra_takes_few_steps():
    db, proof = largest([1])
    checker = module._Checker(db)
    assert checker.proof("lower_proof", proof, db.facts) == 53
    assert checker.work.done < STEPS / 10 and checker.work.kept == 0


def test_long_numbers_are_refused_before_they_are_multiplied():
    """Weights that are allowed make inverses of a hundred digits: products of these cost much."""
    db, proof = largest([(i * i * 37 + 11) % 999 or 1 for i in range(DIMENSION)])
    said = refused(db, wrap(db, proof, 53))
    assert said.startswith(f"lower_proof: expected at most {STEPS} steps of work in all, found ")


def test_each_algebra_of_a_certificate_counts():
    db, proof = largest([1])
    checker = module._Checker(db)
    checker.work = Work(STEPS - 10**6)
    with pytest.raises(
        FactrankError, match=r"lower_proof: expected at most \d+ steps of work in all"
    ):
        checker.proof("lower_proof", proof, db.facts)


def test_each_stage_is_paid_for_beforehand():
    """Inverse, commuting and components: each stops at a full account before it begins."""
    matrices = [fmpz_mat([[1, 0], [0, 1]]), fmpz_mat([[0, 1], [1, 0]])]
    for stage in (
        lambda work: part._acting("here", {0: 1}, matrices, work),
        lambda work: part._commute("here", [matrices, matrices], work),
        lambda work: part._components("here", matrices, work),
    ):
        stage(Work())
        with pytest.raises(FactrankError, match=r"here: expected at most \d+ steps of work in all"):
            stage(Work(STEPS))
