"""The independent checker: right certificates pass, and nothing else does."""

from __future__ import annotations

import copy
import json
import random
from collections import Counter
from pathlib import Path

import pytest
from flint import fmpz_mat
from hypothesis import given, settings
from hypothesis import strategies as st

from factrank import FactrankError, rank_interval
from factrank.facts.database import Database
from factrank.rank.certificate import certificate
from factrank.rank.closed.tables import group, group_bound
from factrank.rank.verify import checker as module
from factrank.rank.verify.checker import load, verify
from tests.rank.certificates import (
    CASES,
    EMPTY,
    W_PROOF,
    Case,
    W,
    fact_terms,
    facts,
    mutants,
    ones,
    put,
    walk,
    wrap,
)
from tests.rank.verify.slow_verify import cells, holds
from tests.strategies import databases, symmetric_group


@pytest.fixture(params=CASES)
def case(request) -> Case:
    return copy.deepcopy(CASES[request.param]())


def refused(database, data) -> str:
    """The sentence of a refusal, which proves nothing."""
    verdict = verify(database, data)
    assert (verdict.valid, verdict.lower, verdict.upper) == (False, None, None)
    assert "\n" not in verdict.message
    return verdict.message


# ---- each theorem, by hand ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("p1", "verified: 5 <= rank <= 5 over R"),
        ("p1_core", "verified: 4 <= rank <= 4 over R"),
        ("p3", "verified: 3 <= rank <= 3 over R"),
        ("p3_minor", "verified: 5 <= rank <= 8 over R"),
        ("p4", "verified: 6 <= rank <= 7 over R"),
        ("p5", "verified: 4 <= rank <= 6 over R"),
        ("p5_sets", "verified: 4 <= rank <= 8 over R"),
        ("p6", "verified: 3 <= rank <= 3 over R"),
        ("p6_queries", "verified: 4 <= rank <= 4 over R"),
        ("p6_keys", "verified: 5 <= rank <= 9 over R"),
        ("p7", "verified: 4 <= rank <= 6 over R"),
        ("p8", "verified: 4 <= rank <= 6 over R"),
        ("p8_real", "verified: 3 <= rank <= 3 over R"),
        ("p9", "verified: 3 <= rank <= 3 over R"),
        ("p10", "verified: 3 <= rank <= 3 over R"),
        ("p10_sets", "verified: 5 <= rank <= 8 over R"),
        ("p11", "verified: 3 <= rank <= 3 over R"),
        ("p11_squares", "verified: 3 <= rank <= 6 over R"),
        ("p11_product", "verified: 4 <= rank <= 8 over R"),
        ("p11_turned", "verified: 4 <= rank <= 8 over R"),
        ("p11_kernel", "verified: 4 <= rank <= 5 over R"),
        ("p11_kernel_square", "verified: 6 <= rank <= 10 over R"),
        ("c4", "verified: 5 <= rank <= 8 over R"),
        ("c7", "verified: 4 <= rank <= 4 over R"),
    ],
)
def test_a_certificate_of_each_theorem_passes(name, message):
    database, data = CASES[name]()
    verdict = verify(database, json.loads(json.dumps(data)))
    assert verdict.message == message
    assert (verdict.valid, verdict.lower, verdict.upper, verdict.field) == (
        True, data["lower"], data["upper"], "R"
    )  # fmt: skip
    assert holds(database, data)


@pytest.mark.parametrize("theorem", ["P10", "P11"])
def test_no_facts_in_an_inner_proof_have_rank_0(theorem):
    db = facts("a r x; b s y")
    nothing = {"theorem": "P1", "mode": "K", "pivots": [], "core": EMPTY}
    inner = {
        "P10": {"theorem": "P10", "unfolding": "K", "pivots": [], "core": EMPTY, "steps": [
            {"mode": "K", "labels": ["a"], "minor": {"pivots": [], "core": EMPTY}}]},
        "P11": {"theorem": "P11", "inner": nothing, "mode": "K", "flattenings": [], "cases": None},
    }[theorem]  # fmt: skip
    proof = {"theorem": "P3", "values": ["x", "y"], "keys": [], "queries": [], "inner": inner}
    assert refused(db, wrap(db, proof, 3)).startswith("lower_proof.inner.")
    assert not holds(db, wrap(db, proof, 3))


def test_a_space_of_no_dimensions_may_be_turned():
    """It has no columns, and no eigenvectors: the leaf below it is as small."""
    db, data = CASES["p11_squares"]()
    square = data["lower_proof"]["cases"]
    form = [[["0", "0"], 1]]
    turn = {"minors": [], "forms": [form, form], "times": None, "cases": [None], "columns": [],
            "matrix": []}  # fmt: skip
    data["lower_proof"]["cases"] = {**square, "cases": [turn]}
    assert verify(db, data).message == "verified: 3 <= rank <= 6 over R" and holds(db, data)


def test_an_empty_database_needs_nothing():
    nothing = Database((), (), (), ())
    proof = {"theorem": "P1", "mode": "K", "pivots": [], "core": EMPTY}
    assert verify(nothing, wrap(nothing, proof, 0)).message == "verified: 0 <= rank <= 0 over R"


# ---- every field, every way ----------------------------------------------------------------------


def stays_true(mutant) -> bool:
    """The changes that can leave a true certificate: another proof of the same number.

    They lie in lower_proof (other labels, another order, another prime, a label list that was
    longer than needed, P5 told as P6, independence that needs no proof, another linear map, another
    form or vector of the same kernel, other weights of a unit), or they put the terms in another
    order. Everything else in a certificate is determined by the database and the bounds.
    """
    if mutant.path == ("upper_terms",):
        return mutant.kind == "order"
    if mutant.path[:1] != ("lower_proof",):
        return False
    last = mutant.path[-1]
    if {"map", "form", "forms", "minors", "slices", "units", "flattenings"} & set(mutant.path):
        return True
    if mutant.kind in ("order", "exchange", "word"):
        return True
    if last == "prime":
        return mutant.kind in ("number", "junk")
    if last == "minor":
        return mutant.kind == "junk"
    return mutant.kind == "drop" and last in ("keys", "queries", "values")


def test_tampering_anywhere_is_seen(case):
    seen = Counter()
    for mutant in mutants(case):
        verdict = verify(case.database, mutant.data)
        assert verdict.valid == holds(case.database, mutant.data), mutant
        if verdict.valid:
            assert stays_true(mutant), mutant
            assert mutant.data["lower"] == case.certificate["lower"]
            assert mutant.data["upper"] == case.certificate["upper"]
        else:
            assert (verdict.lower, verdict.upper) == (None, None)
            assert "expected" in verdict.message and "found" in verdict.message
            assert "\n" not in verdict.message
        seen[verdict.valid] += 1
    assert seen[False] > 1000 and seen[False] > 5 * seen[True]


def test_another_database_is_refused(case):
    database, data = case
    for k, q, v in list(database.triples())[:4]:
        said = refused(database.without_fact(k, q, v), data)
        assert said.startswith("database: expected ")
    said = refused(database.with_fact("someone", "else", "here"), data)
    assert ", the digest of these facts, found " in said


def test_a_forged_digest_does_not_help(case):
    database, data = case
    for k, q, v in database.triples():
        less = database.without_fact(k, q, v)
        assert refused(less, {**data, "database": less.digest()})


# ---- the sentences -----------------------------------------------------------------------------


def said(name: str, path: tuple, item: object) -> str:
    database, data = CASES[name]()
    return refused(database, put(data, path, item))


PROOF = ("lower_proof",)
CORE = (*PROOF, "core")
INSIDE = (*PROOF, "substitute")


@pytest.mark.parametrize(
    ("name", "path", "item", "message"),
    [
        ("p1", (), [], "certificate: expected an object, found []"),
        ("p1", ("format",), "x", "format: expected 'factrank-certificate', found 'x'"),
        ("p1", ("version",), True, "version: expected 1, found True"),
        ("p1", ("field",), "C", "field: expected 'R', found 'C'"),
        ("p1", ("lower",), 6, "lower: expected 5, the value of lower_proof, found 6"),
        ("p1", ("lower",), 4, "lower: expected 5, the value of lower_proof, found 4"),
        ("p1", ("upper",), 4, "upper: expected 5, the number of upper_terms, found 4"),
        ("p1", ("upper",), 5.0, "upper: expected 5, the number of upper_terms, found 5.0"),
        ("p1", PROOF, None, "lower_proof.theorem: expected one of P1, P3, P4, P5, P6, P9, P10, "
         "P11, P7, C8, P8, C4, C7, found None"),
        ("p1", (*PROOF, "mode"), "C", "lower_proof.mode: expected one of K, Q, V, found 'C'"),
        ("p1", (*PROOF, "pivots", 2, 1), ["born", "S"],
         "lower_proof.pivots[4]: expected a row and a column not used before, "
         "found ['B', ['born', 'S']]"),
        ("p1", (*PROOF, "pivots", 0, 0), "nobody",
         "lower_proof.pivots[0]: expected a label of the facts, found 'nobody'"),
        ("p1", (*PROOF, "pivots", 0), ["S"],
         "lower_proof.pivots[0]: expected a list of 2, found ['S']"),
        ("p1", (*PROOF, "pivots", 0, 1), ["currency", "R"],
         "lower_proof.pivots[1]: expected a row and a column not used before, "
         "found ['M', ['currency', 'R']]"),
        ("p1", (*PROOF, "pivots", 0, 1), ["born", "R"],
         "lower_proof.pivots[0]: expected a known cell with a fact, found none"),
        ("p1", (*PROOF, "pivots"), [["C", ["lives", "M"]], ["A", ["lives", "M"]]],
         "lower_proof.pivots[1]: expected a row and a column not used before, "
         "found ['A', ['lives', 'M']]"),
        ("p1", (*PROOF, "pivots"), [["C", ["lives", "M"]], ["A", ["born", "S"]],
                                    ["B", ["lives", "S"]]],
         "lower: expected 3, the value of lower_proof, found 5"),
        ("p1_core", (*PROOF, "pivots"), [["a", ["r", "x"]]],
         "lower_proof.core, row 0: expected a row and a column not used before, "
         "found ['a', ['r', 'x']]"),
        ("p1_core", PROOF, {"theorem": "P1", "mode": "K", "core": EMPTY, "pivots": [
            ["a", ["r", "x"]], ["b", ["s", "x"]], ["c", ["t", "x"]]]},
         "lower_proof.pivots[0]: expected known zeros beyond it in row or column, found neither"),
        ("p1_core", (*CORE, "prime"), 9,
         "lower_proof.core.prime: expected a prime number below 2^63, found 9"),
        ("p1_core", (*CORE, "prime"), 2,
         "lower_proof.core: expected a determinant that is not 0 modulo the prime, found 0"),
        ("p1_core", (*CORE, "prime"), 2**64 + 13,
         "lower_proof.core.prime: expected a prime number below 2^63, found 18446744073709551629"),
        ("p1_core", (*CORE, "prime"), True,
         "lower_proof.core.prime: expected a prime number below 2^63, found True"),
        ("p1_core", (*CORE, "columns"), [["r", "x"], ["s", "x"]],
         "lower_proof.core.columns: expected a list of 3, found [['r', 'x'], ['s', 'x']]"),
        ("p3", (*PROOF, "values"), ["y"],
         "lower_proof: expected no fact of these keys and queries with these values, "
         "found ('b', 'r', 'y')"),
        ("p3", (*PROOF, "values"), ["x", "x"],
         "lower_proof.values[1]: expected each label once, found 'x'"),
        ("p4", (*PROOF, "blocks", 2, "keys"), ["b", "far"],
         "lower_proof.blocks: expected each fact inside one block, found ('far', 't', 'x')"),
        ("p4", (*PROOF, "blocks", 2, "keys"), ["b", "a"],
         "lower_proof.blocks[2]: expected no shared label, found 'a'"),
        ("p4", (*PROOF, "blocks", 2, "proof"),
         {"theorem": "P5", "substitute": {"mode": "V", "labels": ["z"], "minor": None},
          "unfolding": "K", "pivots": [], "core": EMPTY},
         "lower_proof.blocks[2].proof.theorem: expected P1 in all blocks but one, or but those "
         "by C7 and C8 in one mode, found P5"),
        ("p5", (*PROOF, "pivots"), [["c", ["s", "z"]]],
         "lower_proof.pivots[0]: expected a known cell with a fact, found none"),
        ("p4", (*PROOF, "blocks", 2, "values"), ["z", "x"],
         "lower_proof.blocks[2]: expected no shared label, found 'x'"),
        ("p4", (*PROOF, "blocks", 2, "queries"), ["t", "r"],
         "lower_proof.blocks[2]: expected no shared label, found 'r'"),
        ("p1", (*PROOF, "pivots", 1, 0), "S",
         "lower_proof.pivots[1]: expected a row and a column not used before, "
         "found ['S', ['currency', 'R']]"),
        ("p1_core", (*CORE, "rows"), ["a", "b", "b"],
         "lower_proof.core, row 2: expected a row and a column not used before, "
         "found ['b', ['t', 'x']]"),
        ("p5", (*INSIDE, "mode"), "Q",
         "lower_proof.substitute.mode: expected one of V, found 'Q'"),
        ("p5", (*PROOF, "unfolding"), "Q", "lower_proof.unfolding: expected one of K, found 'Q'"),
        ("p5", (*INSIDE, "labels"), ["x", "y", "w", "u"],
         "lower_proof: expected rows that touch no substituted value in P5, found ('b', 'r', 'u')"),
        ("p6", (*PROOF, "unfolding"), "V",
         "lower_proof.unfolding: expected one of K, Q, found 'V'"),
        ("p6", (*PROOF, "pivots"), [["1", ["0", "0"]], ["0", ["0", "1"]]],
         "lower_proof.pivots[1]: expected a known cell with a fact, found none"),
        ("p6_keys", (*INSIDE, "minor"), None,
         "lower_proof.substitute.minor: expected an object, found None"),
        ("p6_queries", (*INSIDE, "labels"), ["1"],
         "lower_proof.substitute.minor: expected rows that are exactly the labels, "
         "found other rows"),
        ("p1", ("upper_terms", 2, "values", "S"), 1,
         "upper_terms: expected a sum of 0 at ('A', 'lives', 'S'), found 2"),
        ("p3", ("upper_terms", 1, "values", "y"), 1,
         "upper_terms: expected a sum of 1 at ('b', 'r', 'y'), found 3/2"),
        ("p3", ("upper_terms", 1, "values", "y"), "2/4",
         "upper_terms[1].values['y']: expected a nonzero whole number or \"p/q\" in lowest terms, "
         "found '2/4'"),
        ("p1", ("upper_terms", 0, "keys"), {},
         "upper_terms[0].keys: expected an object with at least one label, found {}"),
        ("p1", ("upper_terms", 0), {"keys": {}, "queries": {}, "values": {}, "more": 1},
         "upper_terms[0]: expected the fields keys queries values, found 'more'"),
        ("p1", ("upper_terms", 0), {"keys": {}, "values": {}},
         "upper_terms[0]: expected the field 'queries', found none"),
    ],
)  # fmt: skip
def test_the_first_wrong_thing_is_told_with_place_rule_and_value(name, path, item, message):
    assert said(name, path, item) == message


@pytest.mark.parametrize(
    "number", ["1/1", "3/3", "1", " 1/2", "1/2\n", "+1/2", "-0/2", "01/2", "1/02", "1/-2", "1/0",
               "\N{FULLWIDTH DIGIT ONE}/2", "1/2/1", "0.5", 1.0, True, None, [1], 0, 10**1000,
               "1/" + "9" * 1001]
)  # fmt: skip
def test_a_number_is_written_in_one_way_only(number):
    """Even where the sum stays right: A's own term times its inverse, or a zero more."""
    database, data = CASES["p1"]()
    for path, value in ((("upper_terms", 0, "keys", "A"), number),
                        (("upper_terms", 0, "keys"), {"A": 1, "B": 1, "C": number})):  # fmt: skip
        message = refused(database, put(data, path, value))
        assert "expected a nonzero whole number or" in message


# ---- the traps -----------------------------------------------------------------------------------


def test_trap_equal_slices_are_not_two():
    """Two equal keys: rank 1. Clearing both would count 2; no square part of them is regular."""
    db = facts("a r x; b r x; a s x; b s x")
    proof = {"theorem": "P6", "substitute": {"mode": "K", "labels": ["a", "b"], "minor": None}}
    proof |= {"unfolding": "V", "pivots": [], "core": EMPTY}
    assert "minor" in refused(db, wrap(db, proof, 2))
    square = {"prime": 7, "rows": ["a", "b"], "columns": [["r", "x"], ["s", "x"]]}
    proof["substitute"]["minor"] = {"pivots": [], "core": square}
    assert refused(db, wrap(db, proof, 2)) == (
        "lower_proof.substitute.minor.core: expected a determinant that is not 0 modulo the prime, "
        "found 0"
    )
    for a, b in (("a", "b"), ("b", "a")):
        pivots = [[a, ["r", "x"]], [b, ["s", "x"]]]
        proof["substitute"]["minor"] = {"pivots": pivots, "core": EMPTY}
        assert "expected known zeros" in refused(db, wrap(db, proof, 2))


ALONE = "expected values of facts, each at a key and query with no other of them"


@pytest.mark.parametrize("theorem", ["P3", "P5", "P6"])
def test_trap_several_values_of_one_pair(theorem):
    """One pair with two values has rank 1, though both value slices are used."""
    db = facts("a r x; a r y")
    proof = {"substitute": {"mode": "V", "labels": ["x", "y"], "minor": None}, "unfolding": "K"}
    proof |= {"theorem": theorem, "pivots": [], "core": EMPTY}
    if theorem == "P3":
        inner = {"theorem": "P1", "mode": "K", "pivots": [], "core": EMPTY}
        proof = {"theorem": "P3", "values": ["x", "y"], "keys": [], "queries": [], "inner": inner}
    message = refused(db, wrap(db, proof, 2))
    assert message.endswith(f": {ALONE}, found 'x'")


def test_a_set_valued_database_may_clear_values_that_are_proved_independent():
    db = facts("a r x; a r y; b s y; b s x; c s y")
    minor = {"pivots": [["x", ["a", "r"]], ["y", ["c", "s"]]], "core": EMPTY}
    proof = {"theorem": "P6", "substitute": {"mode": "V", "labels": ["x", "y"], "minor": minor}}
    proof |= {"unfolding": "K", "pivots": [], "core": EMPTY}
    assert verify(db, wrap(db, proof, 2)).valid
    proof["substitute"]["minor"] = None
    both = facts("a r x; a r y; b s y; b s x")
    assert ALONE in refused(both, wrap(both, proof, 2))


def test_values_that_stand_alone_somewhere_are_independent():
    """What the search writes for parts of a database with several values: once refused."""
    db = facts("a r x; a r y; a s l; b r z; c s z")
    found = json.loads(json.dumps(certificate(db, rank_interval(db, "quick"))))
    assert found["lower_proof"]["theorem"] == "P5" and not db.functional
    assert verify(db, found).message == "verified: 4 <= rank <= 4 over R"
    proof = {"theorem": "P6", "substitute": {"mode": "V", "labels": ["x", "y"], "minor": None}}
    proof |= {"unfolding": "K", "pivots": [], "core": EMPTY}
    assert ALONE in refused(db, wrap(db, proof, 2))


def test_trap_an_unused_value_counts_nothing():
    db = Database(("a",), ("r",), ("x", "unused"), ((0, 0, 0),))
    proof = {"theorem": "P5", "substitute": {"mode": "V", "labels": ["unused"], "minor": None}}
    proof |= {"unfolding": "K", "pivots": [["a", ["r", "x"]]], "core": EMPTY}
    assert refused(db, wrap(db, proof, 2)) == (
        "lower_proof.substitute.labels[0]: expected a label of the facts, found 'unused'"
    )
    proof["substitute"]["labels"] = []
    assert verify(db, wrap(db, proof, 1)).valid


@settings(max_examples=60, deadline=None)
@given(databases())
def test_the_verdict_depends_on_the_facts_alone(db):
    """Labels without facts are in no digest: once a certificate could name them, and then was
    accepted for some databases of these facts and refused for others."""
    facts_alone = Database.from_triples(db.triples())
    data = certificate(db, rank_interval(db, "quick"))
    assert verify(facts_alone, data).message == verify(db, data).message
    more = Database((*db.keys, "more"), (*db.queries, "more"), (*db.values, "more"), db.facts)
    zero = {"keys": {"more": 1}, "queries": {"more": 1}, "values": {"more": 1}}
    less = {**zero, "keys": {"more": -1}}
    forged = {**data, "upper": data["upper"] + 2, "upper_terms": [*data["upper_terms"], zero, less]}
    assert data["database"] == more.digest() == facts_alone.digest()
    for same in (facts_alone, more):
        assert refused(same, forged).endswith(": expected a label of the facts, found 'more'")


def test_trap_an_unknown_core_cell():
    """The core of W in the slice that value 1 touches: nonsingular only by luck."""
    db = facts(W)
    proof = put(W_PROOF, ("pivots",), [])
    proof["core"] = {"prime": 7, "rows": ["1", "0"], "columns": [["0", "0"], ["1", "0"]]}
    assert refused(db, wrap(db, proof, 3)) == (
        "lower_proof.core: expected known cells, found an unknown one"
    )


def test_trap_unknown_zeros_are_not_zeros():
    """x is the diagonal and s the antidiagonal: rank 2, for x - s and x + s have rank one."""
    db = facts("a q x; b r x; a r s; b q s")
    proof = {"theorem": "P6", "substitute": {"mode": "V", "labels": ["s"], "minor": None}}
    proof |= {"unfolding": "K", "pivots": [["a", ["q", "x"]], ["b", ["r", "x"]]], "core": EMPTY}
    assert refused(db, wrap(db, proof, 3)) == (
        "lower_proof.pivots[0]: expected known zeros beyond it in row or column, found neither"
    )
    one = {**proof, "pivots": proof["pivots"][:1]}
    assert verify(db, wrap(db, one, 2)).valid


@pytest.mark.parametrize("n", range(2, 30))
def test_trap_one_unknown_cell_below_many_harmless_ones(n):
    """Value s touches columns n and n + 2, of one query, in rows 0 to n - 1: above their pivots.
    In row n + 1 it does harm to pivot n, whose row has a fact further on."""
    triples = [(f"k{m}", f"q{m}", f"v{m}") for m in range(n + 2)]
    triples += [(f"k{n + 2}", f"q{n}", f"v{n + 2}")]
    pivots = [[k, [q, v]] for k, q, v in triples]
    triples += [(f"k{n}", f"q{n + 1}", f"v{n + 1}")]
    triples += [(f"k{m}", f"q{n}", "s") for m in range(n)]
    proof = {"theorem": "P6", "substitute": {"mode": "V", "labels": ["s"], "minor": None}}
    proof |= {"unfolding": "K", "pivots": pivots, "core": EMPTY}
    db = Database.from_triples(triples)
    assert verify(db, wrap(db, proof, n + 4)).valid
    worse = db.with_fact(f"k{n + 1}", f"q{n}", "s")
    assert refused(worse, wrap(worse, proof, n + 4)) == (
        f"lower_proof.pivots[{n}]: expected known zeros beyond it in row or column, found neither"
    )


def test_trap_a_fact_that_is_unknown_is_no_pivot():
    db = facts("a r x; b r y; a r2 y; a s y")
    proof = {"theorem": "P6", "substitute": {"mode": "Q", "labels": ["r", "r2"],
             "minor": {"pivots": [["r", ["a", "x"]], ["r2", ["a", "y"]]], "core": EMPTY}},
             "unfolding": "K", "pivots": [["a", ["s", "y"]]], "core": EMPTY}  # fmt: skip
    assert refused(db, wrap(db, proof, 3)) == (
        "lower_proof.pivots[0]: expected a known cell with a fact, found none"
    )


def test_trap_two_blocks_proved_otherwise():
    """Ranks of blocks do not add in general: only one block may go beyond its unfoldings."""
    db = facts(W + "; a a b; a b a; b a a")
    pivots = [["b", ["a", "a"]], ["a", ["b", "a"]]]
    other = {**W_PROOF, "substitute": {"mode": "V", "labels": ["b"], "minor": None}}
    other["pivots"] = pivots
    blocks = [
        {"keys": ["0", "1"], "queries": ["0", "1"], "values": ["0", "1"], "proof": W_PROOF},
        {"keys": ["a", "b"], "queries": ["a", "b"], "values": ["a", "b"], "proof": other},
    ]
    assert "P1 in all blocks but one" in refused(
        db, wrap(db, {"theorem": "P4", "blocks": blocks}, 6)
    )
    flat = {"theorem": "P1", "mode": "K", "pivots": pivots, "core": EMPTY}
    blocks[1]["proof"] = flat
    assert verify(db, wrap(db, {"theorem": "P4", "blocks": blocks}, 5)).valid


def test_trap_a_zero_line_of_a_pencil_counts_nothing():
    """A wide block of index 0 is a zero column: told as a block of rank 1, it is refused."""
    database, data = CASES["p8"]()
    worse = put(put(data, (*PROOF, "wide"), [0, 1]), (*PROOF, "value"), 5)
    assert refused(database, {**worse, "lower": 5}) == (
        "lower_proof.wide[0]: expected an index from 1 to 4,000,000, found 0"
    )


def test_trap_polynomials_of_a_pencil_must_divide_one_another():
    """Cycles of 3 and 4: rank 7 + 1. Told as x^4 - 1 and x^3 - 1, both fail to split: 7 + 2."""
    steps = {0: 1, 1: 2, 2: 3, 3: 0, 4: 5, 5: 6, 6: 4}
    db = facts("; ".join(f"k{i} r v{i}; k{j} s v{i}" for i, j in steps.items()))
    proof = {"theorem": "P8", "value": 9, "mode": "Q", "slices": [ones("r"), ones("s")]}
    proof |= {"rows": [ones(f"k{i}") for i in range(7)], "wide": [], "tall": []}
    proof |= {"columns": [ones(f"v{i}") for i in range(7)]}
    proof |= {"companion": [[-1, 0, 0, 0], [-1, 0, 0]]}
    data = wrap(db, proof, 9)
    assert refused(db, data).startswith(
        "lower_proof.companion: expected polynomials that divide the one before, found "
    )
    assert not holds(db, data)
    assert rank_interval(db, "quick").upper == 8


def test_trap_a_theorem_on_a_part_is_no_theorem_on_a_sum():
    """An upper bound needs all facts: C7 on a part of them does not bound the rest."""
    database, data = CASES["c7"]()
    more = database.with_fact("far", "r", "x")
    data = {**data, "database": more.digest(), "upper_terms": fact_terms(more)}
    assert refused(more, data).startswith("upper_proof.terms: expected a sum of 1 at ('far', ")
    place = ("upper_proof", "parts", 0, "keys")
    keys = data["upper_proof"]["parts"][0]["keys"]
    whole = put(data, place, {**keys, "far": "far"})
    assert refused(more, whole) == (
        "upper_proof.parts[0].proof: expected all facts on these labels, found 1 others"
    )
    like = put(data, place, {**keys, "far": "a"})
    assert refused(more, like) == (
        "upper_proof.parts[0]: expected slices equal to those of their representatives, "
        "found others"
    )


def test_trap_a_group_that_does_not_commute_is_a_lower_bound_only():
    """S_3: at least 9 by C7. The theorem does not say that 9 is enough, and is not taken to."""
    db = symmetric_group(3)
    table = group(db)
    proof = group_bound(db, table).document()
    assert proof["value"] == 9
    data = wrap(db, proof, 9)
    assert verify(db, data).message == "verified: 9 <= rank <= 36 over R"
    part = {x: {y: y for y in proof[x]} for x in ("keys", "queries", "values")}
    data |= {"upper": 9, "upper_proof": {"parts": [{**part, "proof": proof}], "terms": []}}
    assert refused(db, data) == (
        "upper_proof.parts[0].proof: expected a commutative table for an exact rank, found none"
    )


def test_trap_a_group_of_no_elements():
    db = facts("a r x")
    proof = {"theorem": "C7", "value": 0, "keys": [], "queries": [], "values": []}
    assert refused(db, wrap(db, proof, 0)) == (
        "lower_proof.keys: expected 1 to 256 elements, found 0"
    )


def test_trap_a_square_that_is_no_group():
    """Each value once in each row and column is not enough: this loop does not associate."""
    rows = ["01234", "10423", "23140", "34012", "42301"]
    db = facts(
        "; ".join(f"k{i} q{j} v{x}" for i, row in enumerate(rows) for j, x in enumerate(row))
    )
    proof = {"theorem": "C7", "value": 7}
    proof |= {x: [f"{x[0]}{i}" for i in range(5)] for x in ("keys", "queries", "values")}
    assert refused(db, wrap(db, proof, 7)).startswith("lower_proof: expected an associative table")
    assert group(db) is None


def test_blocks_of_groups_add_and_a_group_beside_another_theorem_does_not():
    database = facts("; ".join(
        f"{k}{b} {q}{b} {v}{b}" for b in "mn" for k, q, v in CASES["c7"]().database.triples()
    ))  # fmt: skip
    blocks = []
    for b in "mn":
        proof = CASES["c7"]().certificate["lower_proof"]
        lists = {x: [y + b for y in proof[x]] for x in ("keys", "queries", "values")}
        blocks.append({**lists, "proof": {**proof, **lists}})
    proof = {"theorem": "P4", "blocks": blocks}
    assert verify(database, wrap(database, proof, 8)).valid
    w = [(k + "!", q + "!", v + "!") for k, q, v in facts(W).triples()]
    more = Database.from_triples([*database.triples(), *w])
    there = {x: ["0!", "1!"] for x in ("keys", "queries", "values")}
    inner = {**W_PROOF, "substitute": {"mode": "V", "labels": ["1!"], "minor": None}}
    inner["pivots"] = [["1!", ["0!", "0!"]], ["0!", ["1!", "0!"]]]
    proof = {"theorem": "P4", "blocks": [*blocks, {**there, "proof": inner}]}
    assert "or but those by C7 and C8 in one mode" in refused(more, wrap(more, proof, 11))


# ---- an independent truth for unknown cells ------------------------------------------------------


def random_proof(db: Database, rng: random.Random) -> dict:
    """A P6 proof that is often right: pivots are put in front of one another while they fit."""
    a, b = rng.sample("KQV", 2)
    chosen = [x for x in db.labels(a) if rng.random() < 0.4]
    found = list(db.triples())
    modes = [m for m in "KQV" if m != b]

    def split(fact):
        return fact["KQV".index(b)], [fact["KQV".index(m)] for m in modes]

    def minor_of(cell, usable):
        pivots = []
        rng.shuffle(usable)
        for row, column in usable:
            others = [(r, c) for r, c in pivots if r != row and c != column]
            fits = all(cell(row, c) == 0 for _, c in pivots) or all(
                cell(r, column) == 0 for r, _ in pivots
            )
            if len(others) == len(pivots) and (fits or rng.random() < 0.05):
                pivots.insert(0, [row, column])
        return pivots

    usable = [split(f) for f in found if f["KQV".index(a)] not in chosen or rng.random() < 0.02]
    pivots = minor_of(cells(set(found), b, a, chosen), usable)
    rows_of_a = [(f["KQV".index(a)], [f["KQV".index(m)] for m in "KQV" if m != a]) for f in found]
    square = minor_of(cells(set(found), a), [p for p in rows_of_a if p[0] in chosen])
    use_null = a == "V" and rng.random() < 0.5
    core = {"prime": 101, "rows": [], "columns": []}
    if rng.random() < 0.5:  # the last ones as a core, where all cells must be known
        cut = rng.randrange(len(pivots) + 1)
        core["rows"], core["columns"] = [p[0] for p in pivots[cut:]], [p[1] for p in pivots[cut:]]
        pivots = pivots[:cut]
    if len(pivots) > 1 and rng.random() < 0.2:
        rng.shuffle(pivots)
    return {
        "theorem": "P6",
        "substitute": {
            "mode": a,
            "labels": chosen,
            "minor": None if use_null else {"pivots": square, "core": EMPTY},
        },
        "unfolding": b,
        "pivots": pivots,
        "core": core,
    }


def substituted(db: Database, proof: dict, rng: random.Random) -> fmpz_mat:
    """The minor of D' for random multiples t[j, s]: numbers, no notion of unknown."""
    a, b = proof["substitute"]["mode"], proof["unfolding"]
    gone = proof["substitute"]["labels"]
    axis_a, axis_b = "KQV".index(a), "KQV".index(b)
    t = {(j, s): rng.randint(-9, 9) for j in db.labels(a) for s in gone}
    found = set(db.triples())
    pairs = proof["pivots"] + list(
        map(list, zip(proof["core"]["rows"], proof["core"]["columns"], strict=True))
    )

    def entry(row, column):
        place = list(column)
        place.insert(axis_b, row)
        j = place[axis_a]
        changed = [(*place[:axis_a], s, *place[axis_a + 1 :]) for s in gone]
        taken = sum(t[j, s] for s, f in zip(gone, changed, strict=True) if f in found)
        return int(tuple(place) in found) - taken

    cols = [column for _, column in pairs]
    return fmpz_mat([[entry(row, c) for c in cols] for row, _ in pairs])


def test_what_passes_as_p6_is_nonsingular_whatever_the_multiples():
    rng = random.Random(5)
    seen = Counter()
    for _ in range(3000):
        shape = [rng.randint(2, 4) for _ in range(3)]
        chance = rng.choice([0.15, 0.3, 0.5])
        cells_of = [(k, q, v) for k in range(shape[0]) for q in range(shape[1])
                    for v in range(shape[2]) if rng.random() < chance]  # fmt: skip
        labels = (tuple(f"{m}{i}" for i in range(n)) for m, n in zip("kqv", shape, strict=True))
        db = Database(*labels, tuple(cells_of))
        proof = random_proof(db, rng)
        size = len(proof["pivots"]) + len(proof["core"]["rows"])
        data = wrap(db, proof, len(proof["substitute"]["labels"]) + size)
        valid = verify(db, data).valid
        assert valid == holds(db, data)
        touched = size and len(proof["substitute"]["labels"]) > 0
        seen[valid, bool(touched)] += 1
        if valid and touched:
            assert all(substituted(db, proof, rng).det() != 0 for _ in range(6))
    assert seen[True, True] > 300 and seen[False, True] > 300


def patterned_proof(rng: random.Random) -> tuple[Database, dict]:
    """Squares of up to 5 rows where whole groups of columns are unknown together.

    Value s touches some (key, query); the square has key rows and (query, value) columns, several
    of a query. Each pivot is made good by its row or by its column, then one cell may be spoilt.
    """
    n = rng.randint(2, 5)
    queries = [rng.randrange(3) for _ in range(n)]
    good = [rng.random() < 0.5 for _ in range(n)]  # by its row
    must = {(m, c) for m in range(n) for c in range(m + 1, n) if good[m]}
    must |= {(r, m) for m in range(n) for r in range(m + 1, n) if not good[m]}
    must |= {(m, m) for m in range(n)}  # known
    touched = {
        (r, q) for r in range(n) for q in range(3)
        if rng.random() < 0.6 and not any((r, c) in must for c in range(n) if queries[c] == q)
    }  # fmt: skip
    ones = {(r, c) for r in range(n) for c in range(n) if r == c or rng.random() < 0.4} - {
        cell for cell in must if cell[0] != cell[1]
    }
    if rng.random() < 0.6:
        cell = rng.choice(sorted(must))
        if rng.random() < 0.7:
            touched.add((cell[0], queries[cell[1]]))
        else:
            ones ^= {cell}
    triples = [(f"k{r}", f"q{q}", "s") for r, q in sorted(touched)]
    triples += [(f"k{r}", f"q{queries[c]}", f"v{c}") for r, c in sorted(ones)]
    db = Database.from_triples([("k0", "q3", "s"), *triples])
    cut = n if rng.random() < 0.7 else rng.randrange(n + 1)
    square = [[f"k{m}", [f"q{queries[m]}", f"v{m}"]] for m in range(n)]
    if len(db.values) <= n or not {x[0] for x in square} <= set(db.keys):
        return patterned_proof(rng)
    core = {"prime": 101, "rows": [x[0] for x in square[cut:]]}
    minor = {"pivots": [["s", ["k0", "q3"]]], "core": EMPTY}
    return db, {
        "theorem": "P6",
        "substitute": {"mode": "V", "labels": ["s"], "minor": minor},
        "unfolding": "K",
        "pivots": square[:cut],
        "core": {**core, "columns": [x[1] for x in square[cut:]]},
    }


def test_groups_of_unknown_cells_are_read_as_the_slow_reading_reads_them():
    rng = random.Random(6)
    seen = Counter()
    for _ in range(4000):
        db, proof = patterned_proof(rng)
        size = len(proof["pivots"]) + len(proof["core"]["rows"])
        data = wrap(db, proof, 1 + size)
        valid = verify(db, data).valid
        assert valid == holds(db, data)
        seen[valid] += 1
        if valid:
            assert all(substituted(db, proof, rng).det() != 0 for _ in range(3))
    assert min(seen[True], seen[False]) > 1000


@settings(max_examples=150, deadline=None)
@given(databases(size=4), st.randoms(use_true_random=False))
def test_random_proofs_are_read_alike_by_the_slow_reading(db, rng):
    proof = random_proof(db, rng)
    size = len(proof["pivots"]) + len(proof["core"]["rows"])
    data = wrap(db, proof, len(proof["substitute"]["labels"]) + size)
    assert verify(db, data).valid == holds(db, data)


# ---- what the search writes ------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(databases())
def test_certificates_of_random_databases_pass(db):
    found = rank_interval(db, "quick")
    data = json.loads(json.dumps(certificate(db, found)))
    verdict = verify(db, data)
    assert verdict.message == f"verified: {found.lower} <= rank <= {found.upper} over R"
    assert holds(db, data) or max(db.shape) > 8


@settings(max_examples=40, deadline=None)
@given(databases(size=4), st.data())
def test_a_random_tampering_of_a_random_certificate_is_seen(db, data):
    right = certificate(db, rank_interval(db, "quick"))
    everything = list(mutants(Case(db, json.loads(json.dumps(right)))))
    for mutant in data.draw(st.lists(st.sampled_from(everything), min_size=1, max_size=60)):
        verdict = verify(db, mutant.data)
        assert verdict.valid == holds(db, mutant.data)
        assert not verdict.valid or stays_true(mutant)


# ---- never a traceback -------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3)
    | st.sampled_from(["K", "V", "P1", "P3", "P4", "P6", "a", "x", "1/2", 10**4000]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.text(max_size=2) | st.sampled_from(
            ["theorem", "mode", "pivots", "core", "prime", "rows", "columns", "blocks", "proof",
             "keys", "queries", "values", "inner", "substitute", "labels", "minor", "unfolding"]),
        inner, max_size=5),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(JSON, st.sampled_from(sorted(CASES)), st.data())
def test_no_json_makes_the_checker_stumble(junk, name, data):
    database, right = CASES[name]()
    assert not verify(database, junk).valid
    paths = [path for path, _ in walk(right)]
    path = data.draw(st.sampled_from(paths))
    mutated = put(right, path, junk)
    assert verify(database, mutated).valid == holds(database, mutated)


def test_deep_nesting_is_one_sentence():
    database, right = CASES["p3"]()
    proof = right["lower_proof"]
    deep = proof["inner"]
    for _ in range(100_000):
        deep = {**proof, "values": [], "inner": deep}
    assert "expected" in refused(database, {**right, "lower_proof": deep})
    while isinstance(deep, dict):  # taken apart by hand: Python would recurse
        deep = deep.pop("inner", None)


@pytest.mark.parametrize("kind", ["P3", "P4"])
def test_thirty_proofs_inside_one_another_are_read_and_one_more_is_not(kind):
    database, right = CASES["p1"]()
    proof = right["lower_proof"]
    names = {"keys": "K", "queries": "Q", "values": "V"}
    lists = {name: list(database.labels(mode)) for name, mode in names.items()}

    def around(proof: dict) -> dict:
        if kind == "P4":
            return {"theorem": "P4", "blocks": [{**lists, "proof": proof}]}
        return {"theorem": "P3", **lists, "values": [], "inner": proof}

    for _ in range(29):
        proof = around(proof)
    assert verify(database, {**right, "lower_proof": proof}).valid
    assert refused(database, {**right, "lower_proof": around(proof)}) == (
        "lower_proof: expected at most 30 proofs inside one another, found one more"
    )


def test_huge_numbers_and_cores_are_refused_before_the_work():
    database, right = CASES["p1"]()
    assert "very many digits" in refused(database, {**right, "lower": 10**5000})
    long = [f"k{i}" for i in range(30_000)]
    core = {"prime": 7, "rows": long, "columns": [["born", "S"]] * len(long)}
    data = put(right, (*CORE,), core)
    assert refused(database, data) == (
        "lower_proof.core.rows: expected at most 400000000 steps of work in all, found 5.4e+10"
    )
    labels = [f"x{i}" for i in range(1001)]
    wide = Database.from_triples((x, x, x) for x in labels)
    term = {name: dict.fromkeys(labels, 1) for name in ("keys", "queries", "values")}
    proof = {"theorem": "P1", "mode": "K", "pivots": [["x0", ["x0", "x0"]]], "core": EMPTY}
    assert refused(wide, wrap(wide, proof, 1, [term])) == (
        "upper_terms[0]: expected at most 400000000 steps of work in all, found 3e+09"
    )


# ---- reading the file --------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path) -> Path:
    return tmp_path / "proof.json"


RIGHT = json.dumps(CASES["p1"]().certificate)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "proof.json:1: expected JSON, found the end of the file"),
        (RIGHT[:-1], "proof.json:1: expected JSON, found the end of the file"),
        (RIGHT[:20], "proof.json:1: expected JSON, found the end of the file"),
        (RIGHT + "x", "proof.json:1: expected JSON, found Extra data"),
        ("{'a': 1}", "proof.json:1: expected JSON, found Expecting property name enclosed in "
                     "double quotes"),
        ("[]", "proof.json: certificate: expected an object, found []"),
        ("{}", "proof.json: certificate: expected the field 'format', found none"),
        (RIGHT.replace('"version": 1', '"version": 2'),
         "proof.json: version: expected 1, found 2"),
        (RIGHT.replace("factrank-", ""),
         "proof.json: format: expected 'factrank-certificate', found 'certificate'"),
        (RIGHT.replace('"lower": 5', '"lower": 5.0'),
         'proof.json: expected whole numbers or fractions like "1/2", found 5.0'),
        (RIGHT.replace('"lower": 5', '"lower": NaN'),
         'proof.json: expected whole numbers or fractions like "1/2", found NaN'),
        (RIGHT.replace('"lower": 5', '"lower": -Infinity'),
         'proof.json: expected whole numbers or fractions like "1/2", found -Infinity'),
        (RIGHT.replace('"lower": 5', '"lower": 5, "lower": 5'),
         "proof.json: expected each name once in an object, found 'lower' twice"),
        (RIGHT.replace('"lower": 5', '"lower": ' + "9" * 1001),
         "proof.json: expected numbers of at most 1000 digits, found 99999999999999999999..."),
        ("[" * 100_000, "proof.json: expected JSON, found brackets nested too deeply"),
    ],
)  # fmt: skip
def test_a_bad_file_is_one_sentence(file, text, message):
    file.write_text(text)
    with pytest.raises(FactrankError) as error:
        load(file)
    assert str(error.value) == f"{file.parent}/{message}"


@pytest.mark.parametrize("sign", ["", "-"])
def test_a_sign_is_no_digit(file, sign):
    """Minus with a thousand digits was refused as a number of a thousand and one."""
    db = facts("a r x")
    proof = {"theorem": "P1", "mode": "K", "pivots": [["a", ["r", "x"]]], "core": EMPTY}
    long = sign + "9" * 1000
    term = {"keys": {"a": int(long)}, "queries": {"r": f"{sign}1/{'9' * 1000}"}, "values": {"x": 1}}
    file.write_text(text := json.dumps(wrap(db, proof, 1, [term])))
    assert verify(db, load(file)).message == "verified: 1 <= rank <= 1 over R"
    file.write_text(text.replace(f": {long}", f": {long}9"))
    with pytest.raises(FactrankError, match="expected numbers of at most 1000 digits, found"):
        load(file)
    more = json.loads(text.replace("1/9", "1/99"))
    assert "expected a nonzero whole number or" in refused(db, more)


def test_files_that_cannot_be_read(file):
    for path, reason in ((file, "No such file or directory"), (file.parent, "Is a directory")):
        with pytest.raises(FactrankError) as error:
            load(path)
        assert str(error.value) == f"{path}: expected a file that can be read, found {reason}"
    file.write_bytes(b"\xff\xfe{}")
    with pytest.raises(FactrankError, match="expected a file of UTF-8 text, found"):
        load(file)
    with pytest.raises(FactrankError, match="expected a file of UTF-8 text, found embedded null"):
        load("a\0b")


def test_every_truncation_is_refused(file):
    text = json.dumps(CASES["p3"]().certificate)
    for n in range(len(text)):
        file.write_text(text[:n])
        with pytest.raises(FactrankError, match=r"proof\.json:1: expected JSON, found "):
            load(file)
    file.write_text(text)
    assert load(file) == CASES["p3"]().certificate


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=40) | JSON.map(lambda x: json.dumps(x, default=str).encode()))
def test_no_bytes_make_the_reader_stumble(tmp_path_factory, raw):
    path = tmp_path_factory.getbasetemp() / "fuzz.json"
    path.write_bytes(raw)
    with pytest.raises(FactrankError):
        load(path)


# ---- the checker itself ------------------------------------------------------------------------


def test_the_checker_is_short_enough_to_be_read_whole():
    lengths = {
        path.name: len(path.read_text(encoding="utf-8").splitlines())
        for path in Path(module.__file__).parent.glob("[a-z]*.py")
    }
    theorems = {"algebra.py": 152, "cases.py": 150, "space.py": 220, "turns.py": 45}
    for name, most in theorems.items():
        assert lengths.pop(name) <= most  # a theorem of its own, and all it needs
    assert lengths.pop("minor.py") <= 110  # of P1, P3, P5, P6 and P10
    pairs = 20  # lines in upper.py for terms with square roots
    assert len(lengths) == 6 and max(lengths.values()) <= 241
    assert sum(lengths.values()) <= 868 + pairs
