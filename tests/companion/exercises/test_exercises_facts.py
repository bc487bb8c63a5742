"""Each checker of Part I passes the right answer and names what is wrong with others."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction

import pytest

from companion.exercises import NotYet, ch01, ch02, ch03, ch04, ch05, checked
from companion.exercises._kinds import known_rank
from factrank import rank_interval, read
from factrank.facts.families import permuted_relations
from factrank.rank.algebra.terms import Term
from factrank.rank.certificate import certificate
from factrank.rank.lower.bounds import mixed
from factrank.rank.upper.counts import pair_terms
from tests.companion.exercises.answers import passing, told

RULE = [
    Term({0: 1, 1: 1}, {0: 1, 1: 1}, {0: 1}),
    Term({2: 1}, {0: 1, 1: 1}, {1: 1}),
    Term({1: 1}, {1: 1}, {0: -1, 1: 1}),
]
HALVES = [
    Term({0: Fraction(1, 2), 1: Fraction(1, 2)}, {0: 2, 1: 2}, {0: 1}),
    *RULE[1:],
]
W_STATE = [("a", "r", "y"), ("a", "s", "x"), ("b", "r", "x")]


def paired(*second: int) -> list[tuple[str, str, str]]:
    """Six keys and values, the first relation straight, the second as given."""
    first = [(f"k{i}", "r", f"v{i}") for i in range(6)]
    return first + [(f"k{i}", "s", f"v{j}") for i, j in enumerate(second)]


def claim(upper: int) -> dict:
    """A certificate of the eight facts with one term for each pair of a kind."""
    example = read("library:example")
    found = rank_interval(example)
    terms = found.terms if upper == 5 else pair_terms(example, "QV" if upper == 6 else "KQ")
    return certificate(example, replace(found, upper=upper, terms=terms))


RIGHT = [
    (ch01.ones_and_zeros, (40, 240)),
    (ch01.crowded_column, ("born_in", "Singapore")),
    (ch01.crowded_column, ["lives_in", "Malaysia"]),
    (ch01.one_block, ("Astrid", "currency", "Dollar")),
    (ch01.one_block, ("Singapore", "lives_in", "Malaysia")),
    (ch01.most_rows_not_most_rank, [(k, q, f"{q}'s") for k in "abc" for q in "rs"]),
    (ch01.most_rows_not_most_rank, [(k, q, f"{k}'s") for k in "ab" for q in "rst"]),
    (ch02.facts_and_terms, (40, 8)),
    (ch02.rule_and_exception, RULE),
    (ch02.rule_and_exception, HALVES),
    (ch02.one_fact_less, [(k, q, "x") for k in "ab" for q in "rs"]),
    (ch02.one_fact_less, [(k, q, "x") for k in "abc" for q in "rst"]),
    (ch03.three_facts, [[("a", "r", x), ("b", "r", y), ("c", "r", z)]
                        for x, y, z in ("xxx", "xyx", "xyz")]),
    (ch03.own_words, 1),
    (ch03.hubs_lose, [(k, q, v) for k, v in ("ax", "bx", "cy") for q in "rs"]),
    (ch03.beyond_unfoldings, [*W_STATE, ("c", "t", "z")]),
    (ch03.beyond_unfoldings, [*W_STATE, ("c", "r", "x"), ("d", "t", "z")]),
    (ch04.chosen_values, ["English", "Dutch", "Danish"]),
    (ch04.triangle_bounds, (2, 3, 2)),
    (ch04.weaker_claim, claim(6)),
    (ch05.ranks_of_cycles, (13, 13, 21)),
    (ch05.clock_of_twelve, (12, 17, 18)),
    (ch05.free_relation, paired(1, 0, 3, 2, 5, 4)),
    (ch05.free_relation, paired(0, 1, 2, 3, 5, 4)),
]  # fmt: skip
WRONG = [
    (ch01.ones_and_zeros, (280, 0), "280 is the number of cells"),
    (ch01.ones_and_zeros, (240, 40), "the other way round"),
    (ch01.ones_and_zeros, (14, 266), "not every one of the 10 · 4 questions has an answer"),
    (ch01.ones_and_zeros, (70, 210), "some question has two answers"),
    (ch01.ones_and_zeros, (40, 280), "ones and zeros are 320, and D has 280 cells"),
    (ch01.crowded_column, ("likes", "Singapore"), "'likes' is no query"),
    (ch01.crowded_column, ("born_in", "Tea"), "'Tea' is no value"),
    (ch01.crowded_column, ("lives_in", "Singapore"), "only Bernard has a square"),
    (ch01.crowded_column, ("currency", "Malaysia"), "no key has a square"),
    (ch01.one_block, ("Colin", "born_in", "Malaysia"), "is one of the eight facts"),
    (ch01.one_block, ("Bernard", "lives_in", "Malaysia"), "2 blocks now: the fact lies in one of"),
    (ch01.one_block, ("Singapore", "continent", "Asia"),
     "for continent is none of the queries and Asia is none of the values"),
    (ch01.one_block, ("Ann", "likes", "tea"), "there are 3 blocks now"),
    (ch01.most_rows_not_most_rank, [("a", "r", "x"), ("a", "r", "y")], "has the values x and y"),
    (ch01.most_rows_not_most_rank, [("a", "r", "x")], "keys and queries and values are equally"),
    (ch01.most_rows_not_most_rank, [("a", "r", "x"), ("b", "r", "y"), ("c", "r", "y")],
     "the 3 keys have an unfolding of rank 2, and no other has a larger one"),
    (ch02.facts_and_terms, (20, 8), "each of the 20 people has two"),
    (ch02.facts_and_terms, (40, 40), "one term a fact is always enough"),
    (ch02.facts_and_terms, (40, 10), "10 counts the pairs of query and value"),
    (ch02.facts_and_terms, (40, 9), "9 terms will do, and so will fewer"),
    (ch02.facts_and_terms, (40, 50), "50 terms are more than there are facts"),
    (ch02.facts_and_terms, (40, 5), "a town or someone who moved has no term"),
    (ch02.rule_and_exception, RULE[:2], "at Bob lives_in Rome the terms sum to 1, and D is 0"),
    (ch02.rule_and_exception, RULE[1:], "at Ann born_in Rome the terms sum to 0, and D is 1"),
    (ch02.rule_and_exception, [*RULE, Term({3: 1}, {0: 1}, {0: 1})], "reaches the cell (3, 0, 0)"),
    (ch02.rule_and_exception, [*RULE, Term({0: 1}, {0: 1}, {0: 1}), Term({0: 1}, {0: 1}, {0: -1})],
     "the sum is D, with 5 terms; three are enough"),
    (ch02.one_fact_less, [("a", "r", "x")], "without a r x the rank is 0, with it 1"),
    (ch02.one_fact_less, [("a", "r", "x"), ("b", "r", "x")], "is 1, with it 1: it does not go up"),
    (ch02.one_fact_less, [(f"k{i}", "r", "x") for i in range(41)], "41 facts; 40 at most"),
    (ch03.three_facts, [[("a", "r", "x")]] * 3, "database 1 has 1 different fact, not three"),
    (ch03.three_facts, [W_STATE] * 3, "database 1 has 2 queries, not one"),
    (ch03.three_facts, [[(k, "r", "x") for k in "abc"]] * 3, "database 2 has rank 1, and 2 is"),
    (ch03.three_facts, [W_STATE], "expected three lists of facts"),
    (ch03.own_words, 0, "then C1 would give 5"),
    (ch03.own_words, -1, "the rank cannot fall"),
    (ch03.own_words, 2, "shares no value with the other two"),
    (ch03.own_words, 3, "8 would be more than the pairs"),
    (ch03.hubs_lose, [("a", "r", "x"), ("a", "r", "y")], "a r has the values x and y: not funct"),
    (ch03.hubs_lose, [("a", "r", "x")], "U3 gives 1 term and U2 gives 1: U3 is no worse"),
    (ch03.hubs_lose, read("library:example"), "U3 gives 5 terms and U2 gives 6"),
    (ch03.beyond_unfoldings, W_STATE, "3 facts; four or more are asked"),
    (ch03.beyond_unfoldings, read("library:example"), "have ranks 5, 3 and 4, and the rank is 5"),
    (ch03.beyond_unfoldings, [(k, q, "x") for k in "ab" for q in "rs"], "the rank is 1: one of"),
    (ch04.chosen_values, ["Greek"], "'Greek' is no value of the six facts"),
    (ch04.chosen_values, ["French"], "S has 1 value, and these have none of them: Ann: at least 1"),
    (ch04.chosen_values, ["Danish", "French", "Dutch"], "none of them: nobody: at least 3 + 0"),
    (ch04.chosen_values, [], "Ann, Bob, Cem, Dan: at least 0 + 4, and more can be proved"),
    (ch04.triangle_bounds, (4, 3, 2), "with value 0 removed: three facts are three terms"),
    (ch04.triangle_bounds, (2, 2, 2), "with value 1 removed: one slice is worth 1"),
    (ch04.triangle_bounds, (3, 3, 2), "with value 0 removed: which known cells are the pivots"),
    (ch04.triangle_bounds, (2, 3, 1), "with both removed: two slices are worth 2"),
    (ch04.weaker_claim, {}, "refused: certificate: expected"),
    (ch04.weaker_claim, claim(6) | {"upper": 4}, "refused: "),
    (ch04.weaker_claim, claim(5), "accepted, but it claims 5 to 5; the upper end should be 6"),
    (ch04.weaker_claim, claim(8), "accepted, but it claims 5 to 8"),
    (ch05.ranks_of_cycles, (10, 13, 21), "cycles of 3, 3 and 5: one bijection of 11 keys alone"),
    (ch05.ranks_of_cycles, (13, 15, 21), "cycles of 6, 4 and 2: no d from 3 on divides 3"),
    (ch05.ranks_of_cycles, (13, 13, 19), "cycles of 9, 6 and 3: some d from 3 on divides more"),
    (ch05.clock_of_twelve, (18, 17, 12), "a rational decomposition is a real one"),
    (ch05.clock_of_twelve, (11, 17, 18), "complex: there are 12 waves, one term each, and not 11"),
    (ch05.clock_of_twelve, (12, 18, 18), "real: two of the 12 waves are real already"),
    (ch05.clock_of_twelve, (12, 16, 18), "real: 16 is not 2 terms and 3 more for each pair"),
    (ch05.clock_of_twelve, (12, 17, 20), "rational: 12 has not 4 divisors"),
    (ch05.free_relation, paired(0, 1, 2, 3, 4, 5), "the second relation is a copy of the first"),
    (ch05.free_relation, paired(1, 2, 0, 3, 4, 5), "the rank is 7: a cycle has length 3"),
    (ch05.free_relation, paired(1, 1, 2, 3, 4, 5), "two keys have the same value under s"),
    (ch05.free_relation, paired(1, 0, 3, 2, 5), "11 facts; every key has a value under both"),
    (ch05.free_relation, W_STATE, "6 values are asked; found 2, 2 and 2"),
    (ch05.free_relation, [("a", "r", "x"), ("a", "r", "y")], "not functional"),
]  # fmt: skip


test_right_answers_pass = passing(RIGHT)
test_wrong_answers_are_told_what_is_wrong = told(WRONG)


def written(answer) -> str:
    """An answer as a reader of the page of exercises types it."""
    match answer:
        case dict():
            return json.dumps(answer)
        case [Term(), *_]:
            vectors = ([signed(it) for it in (term.a, term.b, term.c)] for term in answer)
            return "\n".join(map(", ".join, vectors))
        case [[tuple(), *_], *_]:
            return "\n\n".join(map(written, answer))
        case [tuple(), *_]:
            return "\n".join(map(", ".join, answer))
    return ", ".join(map(str, answer)) if isinstance(answer, list | tuple) else str(answer)


def signed(vector) -> str:
    return " ".join(f"{'-' if x < 0 else '+'} {i}" for i, x in vector.items())


@pytest.mark.parametrize(("checker", "answer"), [it for it in RIGHT if it[1] is not HALVES])
def test_a_typed_answer_is_judged_as_the_same_one_in_a_cell(checker, answer):
    name = f"{checker.__module__.rpartition('.')[2]}.{checker.__name__}"
    assert checker.kind.form
    assert checked(name, written(answer)) == checker.verdict(answer)
    assert checked(name, written(answer)).right


TYPED = [
    ("ch01.ones_and_zeros", "280, 0", "280 is the number of cells"),
    ("ch01.ones_and_zeros", "", "expected two whole numbers (ones, zeros), found ['']"),
    ("ch01.ones_and_zeros", "4.5, 1", "expected a whole number, found '4.5'"),
    ("ch02.rule_and_exception", "Ann, 0", "expected a list of Term, found 'Ann, 0'"),
    ("ch02.rule_and_exception", "0, 0, Rome", "expected a list of Term"),
    ("ch03.hubs_lose", "a, b", "expected (key, query, value), found ('a', 'b')"),
    ("ch03.hubs_lose", "\n", "the list holds no facts"),
    ("ch03.hubs_lose", f"a,b,{'c' * 200_000}", "expected a list of facts"),
    ("ch03.three_facts", "a, r, x", "expected three lists of facts"),
    ("ch04.weaker_claim", "{", "expected a certificate"),
    ("ch04.weaker_claim", "[" * 100_000, "expected a certificate"),
]


@pytest.mark.parametrize(("name", "text", "sentence"), TYPED)
def test_a_text_that_is_no_right_answer_is_told_what_is_wrong(name, text, sentence):
    verdict = checked(name, text)
    assert not verdict.right and verdict.says.startswith("Not yet: ")
    assert sentence in verdict.says


def test_databases_that_chapters_speak_of_are_as_they_say():
    assert rank_interval(ch02.MOVED).lower == rank_interval(ch02.MOVED).upper == 3
    assert mixed(ch04.SPEAKERS).value == rank_interval(ch04.SPEAKERS).upper == 6


def test_a_rank_that_is_not_known_is_not_judged():
    """Five random permutations of five keys stay open: the checker asks for another database."""
    with pytest.raises(NotYet, match=r"the rank of it is only known as \d+ to \d+"):
        known_rank(permuted_relations(5, 5, 0), "it")


def test_cycles_are_those_of_the_permutation():
    straight = {i: i for i in range(6)}
    found = ch05.cycles(straight, {0: 1, 1: 2, 2: 0, 3: 3, 4: 5, 5: 4})
    assert sorted(map(sorted, found)) == [[0, 1, 2], [3], [4, 5]]
