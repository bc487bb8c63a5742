"""The interval in words: every theorem is told, long things are cut, open gaps are said."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from factrank import RankInterval, rank_interval, read
from factrank.facts.database import Database
from factrank.facts.families import modular_addition, random_functional
from factrank.facts.words import label_text
from factrank.rank.algebra.terms import Term
from factrank.rank.effort import Effort
from factrank.rank.explain import explain, term_text
from factrank.rank.lower.bounds import LowerBound
from factrank.rank.words.proofs import value_of
from tests.rank.certificates import CASES
from tests.strategies import databases

EXAMPLE = """\
rank is exactly 5 over R, the real numbers (8 facts: 5 keys x 3 queries x 4 values).

At most 5: the tensor is the sum of these terms, each a combination
of keys x of queries x of values. They give 1 on every fact and 0 everywhere else:
    1.  (A + B) x (born + lives) x S
        A and B, born and lives: S
    2.  C x (born + lives) x M
        C, born and lives: M
    3.  A x lives x (M - S)
        A, lives: M; take back S
    4.  M x currency x R
        M, currency: R
    5.  S x currency x D
        S, currency: D

At least 5:
  Lay the tensor out flat: a row for each key, a column for each (query, value). A sum of r
  terms has at most r independent rows there. Here 5 rows are independent, as this square part
  shows:
      1.  row S, column (currency, D)
      2.  row M, column (currency, R)
      3.  row C, column (born, M)
      4.  row A, column (lives, M)
      5.  row B, column (born, S)
  Each of these cells is a fact, and among the rows and columns after it, its row or its column
  holds only zeros.
  So the determinant of the square is not 0."""


def interval_of(name: str) -> tuple[Database, RankInterval]:
    """A handmade certificate as the interval that it proves."""
    database, data = CASES[name]()
    index = [{x: i for i, x in enumerate(database.labels(mode))} for mode in "KQV"]
    terms = tuple(
        Term(*({at[x]: r for x, r in term[side].items()} for side, at in sides))
        for term in data["upper_terms"]
        if all(type(r) is int for vector in term.values() for r in vector.values())
        for sides in [list(zip(("keys", "queries", "values"), index, strict=True))]
    )
    proof = dict(data["lower_proof"])
    bound = LowerBound(data["lower"], proof.pop("theorem"), proof)
    return database, RankInterval(data["lower"], data["upper"], "R", (), bound, terms)


def text_of(name: str) -> str:
    return " ".join(explain(*interval_of(name)).split())


def test_the_example_word_for_word():
    assert explain(*interval_of("p1")) == EXAMPLE


@pytest.mark.parametrize(
    ("name", "sentences"),
    [
        ("p1_core", [
            "After them come the rows a, b, c and as many columns, whose determinant is not 0 "
            "modulo the prime 7, hence not 0."]),
        ("p3", [
            'The slices of value "x" are independent (each has a cell to itself)',
            "The part with keys b, c and queries r, s holds none of these values, so it stays as "
            "it is. It needs at least 2:",
            "Here 2 rows are independent",
            "Together 1 + 2 = 3."]),
        ("p3_minor", [
            'The slices of values "x", y, z are independent (a square part of them shows it)',
            "Together 3 + 2 = 5."]),
        ("p4", [
            "The facts split into 3 blocks that share no key, no query and no value.",
            '2. 2 keys x 2 queries x 2 values, with key "0": at least 3 (P6)',
            "Together 2 + 3 + 1 = 6.",
            "Block 2 in full, 2 keys x 2 queries x 2 values",
            'The slices of value "1" are independent (each has a cell to itself)',
            "The gap is 1 wide."]),
        ("p5", [
            'The slices of values "x", y, w are independent (each has a cell to itself)',
            "every cell they reach counts as unknown.",
            "After the subtraction 1 row is still independent, as this square part shows:",
            "1. row b, column (t, z)",
            "holds only known zeros.",
            "Together 3 + 1 = 4.",
            "Not settled: fewer than 4 terms are impossible, fewer than 6 were not found. The gap "
            "is 2 wide."]),
        ("p6_queries", [
            'The slices of queries "1", "2" are independent (a square part of them shows it)',
            "So the determinant of the square is not 0, whatever the unknown cells are."]),
        ("p6_keys", [
            "The database is set-valued: some (key, query) has several values.",
            "a row for each value, a column for each (key, query).",
            'After them come the rows "x", y, z and as many columns']),
        ("p7", [
            "map the queries onto 3 dimensions e_0, ..., e_2",
            "One simple tensor makes a matrix of rank 2, and the rank here, modulo the prime 7, is "
            "more than 6: fewer than 4 terms cannot do it."]),
        ("p8", [
            "Two slices, made from the queries r and s, are a pencil",
            "a wide block of 1 x 2: 2",
            "a companion block of size 2: 2",
            "Of the companion blocks, none have a polynomial that does not split",
            "Together 4 + 0 = 4."]),
        ("p9", [
            "First, at least 2:",
            "Were the rank 2, the matrices of these 2 rows would be spanned by matrices of rank",
            "But 1 minor, with the weights in the certificate, is the power 2 of the linear form "
            '(1) "0".',
            "Together 2 + 1 = 3."]),
        ("c4", [
            "The queries r, s are two bijections between 4 keys and 4 values.",
            "Together 4 + 1 = 5."]),
        ("c7", [
            "With the key a and the query r as units, this is the multiplication table of a group "
            "of 3 elements",
            "is a sum of 2 simple algebras",
            "has rank at least 2 x 3 - 2 = 4 (Alder and Strassen)"]),
        ("c8", [
            "Let the keys and the queries multiply into the values. The slices of the keys a, b, c,"
            " summed with the weights in the certificate, make a matrix that can be inverted, and",
            "so do those of the queries r, t.",
            "an algebra of dimension 3. Over the real numbers, and without its radical, it is a "
            "sum of 2 simple algebras",
            "has rank at least 2 x 3 - 2 = 4 (Alder and Strassen)"]),
    ],
)  # fmt: skip
def test_each_theorem_is_told(name, sentences):
    text = text_of(name)
    for sentence in sentences:
        assert sentence in text


@pytest.mark.parametrize("name", CASES)
def test_the_value_told_is_the_value_certified(name):
    _, data = CASES[name]()
    assert value_of(data["lower_proof"]) == data["lower"]


def test_a_real_rank_is_told_beside_the_rational_terms():
    database = read("library:modular-addition-5")
    found = rank_interval(database)
    text = explain(database, found)
    assert text.startswith("rank is exactly 7 over R, the real numbers")
    assert (
        "At most 7 (C7 group table), by theorems that give exact real ranks:\n"
        '  5 keys x 5 queries x 5 values, with key "0": exactly 7 (C7)\n'
        "A sum that short has irrational entries and is not written out.\n"
        "With rational numbers at most 8: the tensor is the sum of these terms"
    ) in text


def test_theorems_and_square_roots_are_told_together():
    """One block needs a root, of the other a theorem knows the rank."""
    few = Effort("fits", 0, 0, 0, seconds=float("inf"), fits=12)
    rooted = [*random_functional(4, 3, 3, 1.0, seed=49).triples()]
    both = [*rooted, *((f"{k} z", f"{q} z", f"{v} z") for k, q, v in modular_addition(5).triples())]
    for facts, means in (
        (rooted, "terms with square roots, two by two:"),
        (both, "theorems that give exact real ranks, and terms with square roots, two by two:"),
    ):
        db = Database.from_triples(facts)
        assert f", by {means}\n" in explain(db, rank_interval(db, few))


def test_the_gap_is_placed_in_its_blocks():
    database, found = interval_of("p4")
    whole = database.restrict(keys=[k for k in database.keys if k != "far"])
    kept = [Term(*({i: 1} for i in fact)) for fact in whole.facts]
    kept.append(Term({0: 1}, {0: 1}, {0: 1}))
    text = explain(whole, replace(found, upper=len(kept), terms=tuple(kept)))
    assert text.endswith("The gap is 1 wide and lies in:\n  block 2: at least 3, at most 4")
    across = Term({0: 1}, {0: 1, 2: 1}, {0: 1})
    text = explain(whole, replace(found, upper=7, terms=(*kept[:-1], across)))
    assert text.endswith("The gap is 1 wide.")


def test_terms_have_signs_fractions_and_cuts():
    database = Database.from_triples([(f"k{i}", "born in", f"v{i}") for i in range(9)])
    ten = dict.fromkeys(range(9), 1)
    assert term_text(database, Term(ten, {0: 1}, {0: -2, 1: 1})) == (
        '(k0 + k1 + k2 + k3 + k4 ... 4 more) x "born in" x (v1 - 2 v0)'
    )
    assert term_text(database, Term({0: -1}, {0: 2}, {0: 1, 1: 0})) == (
        '(-k0) x (2 "born in") x v0'
    )


def test_labels_that_could_mislead_are_quoted():
    for label in ("Astrid", "born_in", "A-b", "Ångström", "a.b", "xx", "O'Neill", "日本"):
        assert label_text(label) == label
    for label in ("x", "2", "New York", "a+b", "(a)", "-a", '"', "a\nb", "...", "1/2"):
        assert label_text(label).startswith('"') and "\n" not in label_text(label)
    assert label_text("a" * 40) == "a" * 40
    assert label_text("a" * 41) == label_text("a" * 500) == "a" * 37 + "..."


def test_long_lists_are_cut_with_a_count():
    database = Database.from_triples([(f"k{i}", "r", f"v{i}") for i in range(40)])
    text = explain(database, rank_interval(database, "quick"))
    assert text.count("  ...   and 30 more") == 2


def test_a_substitution_of_nothing_is_told_without_it():
    database, found = interval_of("p6")
    data = {**found.proof.data, "substitute": {"mode": "V", "labels": [], "minor": None}}
    text = explain(database, replace(found, proof=LowerBound(2, "P6", data)))
    assert "slices of" not in text and "Together 0 + 2 = 2." in text


def test_notes_are_told_and_set_valued_only_once():
    database, found = interval_of("p6_keys")
    notes = ("cut by the clock after 5 s", "set-valued: U3 does not apply")
    text = explain(database, replace(found, notes=notes))
    assert "Note: cut by the clock after 5 s.\n" in text
    assert text.count("set-valued") == 1


@settings(max_examples=80, deadline=None)
@given(databases())
def test_every_interval_can_be_told(database):
    found = rank_interval(database, "quick")
    text = explain(database, found)
    assert f"At most {found.upper}" in text and f"At least {found.lower}" in text
    assert ("Not settled" in text) == (not found.exact)
    assert ("set-valued" in text) == (not database.functional)
    assert all(line == line.rstrip() for line in text.splitlines())


def test_the_command(run):
    database = read("library:example")
    told = explain(database, rank_interval(database)) + "\n"
    assert run("explain", "library:example") == (0, told, "")
    status, out, err = run("explain", "nowhere.csv")
    assert (status, out, err.count("\n")) == (2, "", 1)
