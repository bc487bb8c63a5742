"""The plainest of equally long decompositions: exact, as short, few minus signs; its sentences."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factrank.facts import library
from factrank.facts.database import Database
from factrank.rank import explain as module
from factrank.rank.algebra.terms import Term, expand, sums_to
from factrank.rank.certificate import certificate
from factrank.rank.explain import plainest
from factrank.rank.interval import rank_interval
from factrank.rank.verify.checker import verify
from factrank.rank.words.statements import statement, tidied
from tests.strategies import databases

# What the figure of the five terms shows, in its order.
FIVE = [
    "Astrid and Bernard, born_in and lives_in: Singapore",
    "Colin, born_in and lives_in: Malaysia",
    "Astrid, lives_in: Malaysia; take back Singapore",
    "Malaysia, currency: Ringgit",
    "Singapore, currency: Dollar",
]


def negative(terms) -> int:
    """Count the negative entries of the tensors, one by one."""
    return sum(x < 0 for term in terms for x in expand([term]).values())


def stated(term: Term, database: Database) -> int:
    """Count the facts at which a term is positive."""
    cells = expand([term])
    return sum(cells.get(fact, 0) > 0 for fact in database.facts)


@pytest.mark.parametrize("effort", ["quick", "normal"])
def test_the_example_is_told_as_its_figure_shows_it(effort: str):
    database = library.load("example")
    found = plainest(database, rank_interval(database, effort))
    assert [statement(database, term) for term in found.terms] == FIVE
    assert negative(found.terms) == 1 and found.upper_by == "U4 relations"


@settings(max_examples=300, deadline=None)
@given(databases())
def test_what_is_chosen_is_exact_as_short_and_no_worse(database: Database):
    interval = rank_interval(database, "quick")
    found = plainest(database, interval)
    assert sums_to(found.terms, database)
    assert len(found.terms) == len(interval.terms)
    assert (found.lower, found.upper) == (interval.lower, interval.upper)
    assert negative(found.terms) <= negative(interval.terms)
    counts = [stated(term, database) for term in found.terms]
    assert counts == sorted(counts, reverse=True)
    assert verify(database, certificate(database, found)).valid


def test_real_terms_keep_the_theorem_that_bounds_them():
    database = library.load("modular-addition-5")
    interval = rank_interval(database, "quick")
    found = plainest(database, interval)
    assert interval.upper_proof and found.upper_by == interval.upper_by
    assert verify(database, certificate(database, found)).valid


def test_a_choice_that_does_not_add_up_is_never_taken(monkeypatch: pytest.MonkeyPatch):
    database = library.load("example")
    interval = rank_interval(database, "quick")
    wrong, others = (Term({0: 1}, {0: 1}, {0: 1}),), module._others

    def astray_first(block: Database):
        yield from (("wrong", wrong * n) for n in (1, 2, 3))
        yield from others(block)

    monkeypatch.setattr(module, "_others", astray_first)
    found = plainest(database, interval)
    assert [statement(database, term) for term in found.terms] == FIVE
    astray = replace(interval, terms=interval.terms[1:])
    assert plainest(database, astray) == astray


def test_terms_that_cross_blocks_are_kept_together():
    database = library.load("example")
    own = rank_interval(database, "quick").terms
    # the same facts by two terms more, that cancel, across both blocks
    across = Term({0: 1, 4: 1}, {0: 1, 2: 1}, {0: 1})
    less = Term(across.a, across.b, {0: -1})
    interval = replace(rank_interval(database, "quick"), upper=7, terms=(*own, across, less))
    found = plainest(database, interval)
    assert len(found.terms) == 7 and sums_to(found.terms, database)


def test_a_table_too_large_to_read_keeps_its_terms(monkeypatch: pytest.MonkeyPatch):
    database = library.load("example")
    interval = rank_interval(database, "quick")
    monkeypatch.setattr(module, "MOST_FACTS", 7)
    assert plainest(database, interval) is interval


numbers = st.fractions(-3, 3, max_denominator=4).filter(bool)
vectors = st.dictionaries(st.integers(0, 3), numbers, min_size=1)


@given(st.builds(Term, vectors, vectors, vectors))
def test_a_tidied_term_is_the_same_tensor(term: Term):
    found = tidied(term)
    assert expand([found]) == expand([term])
    for vector in found[:2]:
        assert all(Fraction(x).denominator == 1 for x in vector.values())


DB = Database.from_triples(
    [(k, q, v) for k, q, v in zip("abcdefgh", "rstuvwxy", "ABCDEFGH", strict=True)]
)


@pytest.mark.parametrize(
    ("term", "text"),
    [
        (({0: -1}, {0: -1}, {0: 1, 1: 0}), "a, r: A"),
        (({0: 1}, {0: 1}, {0: -1}), "take back a, r: A"),
        (({0: 1, 1: -1}, {0: 1}, {0: 1}), "a, r: A; take it back for b"),
        (({0: 1}, {0: 1, 1: -1}, {0: 1}), "a, r: A; take it back for s"),
        (({0: 1, 1: -1}, {0: 1, 1: -1}, {0: 1}),
         "a, r: A; b, s: A; take back a, s: A; take back b, r: A"),
        (({0: 1, 1: 1}, {0: 1}, {0: Fraction(1, 2)}), "a and b, r: A (each 1/2)"),
        (({0: 1, 1: 2}, {0: 1}, {0: 1}), "weights on 2 keys, 1 query and 1 value"),
        ((dict.fromkeys(range(8), 1), {0: 1}, {0: 1}), "a, b, c, d, e and 3 more, r: A"),
        (({0: 1, 1: -1},) * 3,
         "weights on 2 keys, 2 queries and 2 values, some of them negative"),
    ],
)  # fmt: skip
def test_terms_are_told_as_sentences(term, text):
    assert statement(DB, Term(*term)) == text


def test_a_label_that_could_mislead_is_quoted():
    database = Database.from_triples([("Bosnia and Herzegovina", "New York", "a: b, c")])
    only = Term({0: 1}, {0: 1}, {0: 1})
    assert statement(database, only) == '"Bosnia and Herzegovina", New York: "a: b, c"'
