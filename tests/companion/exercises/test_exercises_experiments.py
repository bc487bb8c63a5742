"""Each checker of chapters 11 to 19: right answers pass, what is wrong is named."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np

from companion.exercises import ch11, ch12, ch13, ch16, ch17, ch19, ch22, ch23, ch24
from companion.exercises._kinds import LITTLE
from companion.studies.databases import corrupt, database
from factrank import Database, rank_interval, read
from factrank.facts.bits import bits
from factrank.layer.config import LayerConfig
from tests.companion.exercises.answers import passing, told

SHIFTED = [("a", "r", "x"), ("b", "r", "y"), ("c", "r", "z"),
           ("a", "s", "y"), ("b", "s", "z"), ("c", "s", "x")]  # fmt: skip
LONGER = [(f"k{i}", q, f"v{(i + n) % 5}") for i in range(5) for n, q in enumerate("rs")]
SWAP = [("a", "r", "x"), ("b", "r", "y"), ("a", "s", "y"), ("b", "s", "x")]
THREE = [[7, 3, 0], [0, 3, 4], [0, 3, 4]]
NOISY = [("a", "r", "x"), ("b", "r", "y"), ("c", "r", "y"),
         ("a", "s", "x"), ("b", "s", "y"), ("c", "s", "x")]  # fmt: skip
TIDY = [*NOISY[:-1], ("c", "s", "y")]
ALIKE = [(f"k{i}", q, "xy"[i % 2]) for i in range(6) for q in "rs"]
RANDOM = database("uniform", 4, 4, 4, 0)

DIGITS = [(str(k), f"digit {q}", str(k >> q & 1)) for k in range(15) for q in range(4)]

RIGHT = [
    (ch19.made_up, (6, 4)),
    (ch19.no_single_head, [("a", "r", "x"), ("a", "s", "y")]),
    (ch22.rank_of_cities, 3388),
    (ch22.one_question_left, [("a", "r", v) for v in "xyz"] + [("b", "r", "x")]),
    (ch23.three_times, (343, 512)),
    (ch23.hexagon, (18, 18)),
    (ch24.value_rank, (15, 12)),
    (ch24.two_switches, [14, 16]),
    (ch11.chance_in_order, 8 / 9),
    (ch11.chance_in_order, 0.8889),
    (ch11.values_say_too_little, DIGITS),
    (ch12.equal_parameters, (3072, 14, 56)),
    (ch12.equal_parameters, np.array([3072, 14, 56])),
    (ch12.attention_without_swap, SHIFTED),
    (ch12.attention_without_swap, Database.from_triples(LONGER)),
    (ch13.votes_taken_away, ("milk", "none", "tea")),
    (ch13.votes_taken_away, ["Milk", "NONE", " tea"]),
    (ch13.three_together, THREE),
    (ch13.three_together, np.array(THREE) / 10 - 1),
    (ch13.three_together, [[5, 0, -4], [-3, 0, 2], [-4, 0, 1]]),
    (ch16.three_limits, (11, 21, 121 / 145)),
    (ch16.three_limits, (11, 21, Fraction(121, 145))),
    (ch16.three_limits, (11, 21, 0.834)),
    (ch16.lower_without_loss, (NOISY, TIDY)),
    (ch16.lower_without_loss, [Database.from_triples(NOISY), TIDY]),
    (ch17.first_estimate, (410, 12)),
    (ch17.first_estimate, [410, 12]),
    (ch17.certain_and_smaller, ALIKE),
    (ch17.certain_and_smaller, [(k, q, "xy"[k in "ace"]) for k in "abcd" for q in "rstu"]),
]
WRONG = [
    (ch19.made_up, (30, 28), "30 counts the facts too"),
    (ch19.made_up, (5, 4), "5 is not the number of answers off the facts"),
    (ch19.made_up, (6, 6), "a true artifact is a generalization"),
    (ch19.made_up, (6, 2), "2 is not the number"),
    (ch19.no_single_head, [("a", "r", "x"), ("b", "s", "y")], "can agree"),
    (ch19.no_single_head, [("a", "r", "x"), ("a", "s", "x")], "can agree"),
    (ch19.no_single_head, [("a", "r", "x"), ("a", "r", "y")], "not functional"),
    (ch19.no_single_head, [("a", "r", "x")], "1 fact, and two are asked"),
    (ch22.rank_of_cities, 101_993, "is the number of facts"),
    (ch22.rank_of_cities, 34_006, "is the number of keys"),
    (ch22.rank_of_cities, 2788, "not the sum of the three ranges"),
    (ch22.one_question_left, [("a", "r", v) for v in "wxyz"], "0 questions have one answer"),
    (ch22.one_question_left, [(k, "r", "x") for k in "abcd"], "4 questions have one answer"),
    (ch22.one_question_left, [("a", "r", "x")], "1 fact, and four are asked"),
    (ch23.three_times, (21, 512), "21 adds the sevens"),
    (ch23.three_times, (49, 512), "with seven products: 49 is not"),
    (ch23.three_times, (343, 64), "64 counts the entries"),
    (ch23.three_times, (343, 511), "the usual way: 511 is not"),
    (ch24.value_rank, (10, 12), "10 leaves out the MLP"),
    (ch24.value_rank, (11, 12), "11 leaves out the query's own vector"),
    (ch24.value_rank, (19, 12), "and write in d_vo"),
    (ch24.value_rank, (20, 12), "20 is not what queries, heads and MLP"),
    (ch24.value_rank, (15, 15), "15 is more than the narrow stream"),
    (ch24.value_rank, (15, 10), "10 is less than the bound allows"),
    (ch24.two_switches, (16, 16), "counts the staircase too"),
    (ch24.two_switches, (15, 16), "so is the one with exchanged answers"),
    (ch24.two_switches, (20, 16), "there are 16 tables: 20 is more"),
    (ch24.two_switches, (8, 16), "8 is not the number of tables that a sum"),
    (ch24.two_switches, (14, 14), "two heads hold the staircase"),
    (ch24.two_switches, (14, 15), "two heads: 15 is not the number"),
    (ch23.hexagon, (20, 18), "the matrices are simple algebras too"),
    (ch23.hexagon, (24, 18), "at least: 24 is not"),
    (ch23.hexagon, (18, 20), "seven are enough"),
    (ch23.hexagon, (18, 144), "at most: 144 is not"),
    (ch11.chance_in_order, 7 / 9, "a tie counts half"),
    (ch11.chance_in_order, 1.0, "are not in order"),
    (ch11.chance_in_order, 1 / 9, "the wrong order"),
    (ch11.chance_in_order, 0.5, "0.5 is not the AUC"),
    (ch11.chance_in_order, "much", "expected a number"),
    (ch11.values_say_too_little, DIGITS[:8], "and 2 values are in use"),
    (ch11.values_say_too_little, [*DIGITS, ("0", "digit 0", "1")], "not functional"),
    (ch11.values_say_too_little, [(str(n), "r", "x") for n in range(61)], "at most 60"),
    (ch12.equal_parameters, (1536, 14, 56), "four matrices, not two"),
    (ch12.equal_parameters, (768, 14, 56), "that is one head"),
    (ch12.equal_parameters, (3000, 14, 56), "parameters: 3000 is not 2 d_model H"),
    (ch12.equal_parameters, (3072, 8, 32), "d_vo = 8 the layer has 1920 attention parameters"),
    (ch12.equal_parameters, (3072, 14, 14), "width: that is one head"),
    (ch12.equal_parameters, (3072, 14, 32), "width: 32 is not H d_vo"),
    (ch12.equal_parameters, (3072, 14), "expected three whole numbers"),
    (ch12.attention_without_swap, SWAP, "a and b swap their values from r to s"),
    (
        ch12.attention_without_swap,
        SHIFTED[1:],
        "attention is always 1/2 and that recalls every fact",
    ),
    (ch12.attention_without_swap, [*SHIFTED, ("a", "s", "x")], "not functional"),
    (ch12.attention_without_swap, [(f"k{i}", "r", f"v{i}") for i in range(41)], "40 at most"),
    (ch12.attention_without_swap, [("a", "r", "x")], "recalls every fact"),
    (ch13.votes_taken_away, ("juice", "none", "tea"), "through the key: juice is not the one"),
    (ch13.votes_taken_away, ("tea", "none", "tea"), "without head 1's vote through the key: tea"),
    (ch13.votes_taken_away, ("milk", "tea", "tea"), "without head 2's vote through the key: tea"),
    (ch13.votes_taken_away, ("milk", "none", "none"), "without head 2: one logit is larger"),
    (ch13.votes_taken_away, ("milk", "none", "juice"), "without head 2: juice is not"),
    (ch13.votes_taken_away, ("milk", "none", "coffee"), "expected 'tea', 'milk', 'juice' or"),
    (ch13.three_together, [[6, 4, 0], [0, 4, 6], [0, 0, 0]], "votes 0 and 1 together name value"),
    (ch13.three_together, [[0, 4, 0], [0, 4, 6], [0, 0, 9]], "vote 0 alone names value 1"),
    (ch13.three_together, np.eye(3), "vote 1 alone names value 1"),
    (ch13.three_together, np.zeros((3, 3)), "the sum is 0, 0, 0: value 1 is not its one largest"),
    (ch13.three_together, np.ones((2, 3)), "shape (3, 3), found shape (2, 3)"),
    (ch16.three_limits, (16, 21, 121 / 145), "lowest: noise can make a table tidier"),
    (ch16.three_limits, (6, 26, 121 / 145), "taken away and one put in, at one pair (k, q)"),
    (ch16.three_limits, (10, 21, 121 / 145), "lowest: 10 does not follow"),
    (ch16.three_limits, (11, 16, 121 / 145), "highest: 16 does not follow"),
    (ch16.three_limits, (11, 21, 1.2), "it is at most 1"),
    (ch16.three_limits, (11, 21, 1), "one answer cannot give both values"),
    (ch16.three_limits, (11, 21, 97 / 121), "a pair with two values still has one right"),
    (ch16.three_limits, (11, 21, 0.7), "ceiling: 0.7 is not pairs / facts"),
    (ch16.lower_without_loss, (TIDY, NOISY), "the rank is 2 before the change and 3 after it"),
    (ch16.lower_without_loss, (NOISY, NOISY), "0 facts changed, and one is asked"),
    (ch16.lower_without_loss, (NOISY, TIDY[:-1]), "the pairs are not the same"),
    (ch16.lower_without_loss, (NOISY, [*TIDY[:-1], ("c", "s", "z")]), "clean s never says z"),
    (
        ch16.lower_without_loss,
        ([("a", "r", "x"), ("b", "r", "y")], [("a", "r", "x"), ("b", "r", "x")]),
        "the value y is lost",
    ),
    (ch16.lower_without_loss, ([*SWAP, ("a", "r", "y")], SWAP), "not functional"),
    (ch16.lower_without_loss, NOISY, "expected two databases"),
    (ch17.first_estimate, (158, 12), "bits: 158 is the number of facts"),
    (ch17.first_estimate, (1392, 12), "adds up the values themselves"),
    (ch17.first_estimate, (400, 12), "bits: 400 is not the sum over the facts"),
    (ch17.first_estimate, (410, 11), "d_model: 11 is no multiple of four"),
    (ch17.first_estimate, (410, 8), "8 has 256 attention parameters, fewer than 410"),
    (ch17.first_estimate, (410, 16), "a smaller multiple of four has enough"),
    (ch17.certain_and_smaller, SHIFTED, "6 facts; at least 8"),
    (ch17.certain_and_smaller, [(f"k{i}", "r", "x") for i in range(9)], "there is one value only"),
    (ch17.certain_and_smaller, [(f"k{i}", "r", "x") for i in range(25)], "16 at most"),
    (ch17.certain_and_smaller, RANDOM, "the smallest certain layer has"),
    (ch17.certain_and_smaller, read("library:example"), "layer has 154 parameters, the expected"),
    (ch17.certain_and_smaller, [*ALIKE, ("k0", "r", "y")], "not functional"),
]


test_right_answers_pass = passing(RIGHT)
test_wrong_answers_are_told_what_is_wrong = told(WRONG)


def test_attention_is_not_needed_where_no_value_is_shared():
    for seed in range(5):
        assert ch12.blind_margin(database("disjoint", 6, 3, 3, seed)) > 1e-3


def test_four_facts_need_attention_only_if_they_swap():
    """Of the tables of two keys, two relations and three values, those with a swap fail."""
    for values in product("xyz", repeat=4):
        pairs = [("a", "r"), ("a", "s"), ("b", "r"), ("b", "s")]
        db = Database.from_triples([(*pair, v) for pair, v in zip(pairs, values, strict=True)])
        assert (ch12.swap(db) is None) == (ch12.blind_margin(db) > 1e-6), values


def test_votes_of_the_exercise_answer_tea():
    total = np.sum(ch13.BALLOT, axis=0).tolist()
    assert total == [9, 6, 7] and ch13.named(total) == "tea"


def test_a_changed_fact_moves_the_rank_by_one_at_most():
    seen = set()
    for seed in range(15):
        clean = database("shared", 4, 2, 3, seed)
        noisy = corrupt(clean, "noise", 1 / len(clean), seed)
        assert len(set(clean.facts) - set(noisy.facts)) == 1
        ranks = [rank_interval(db, LITTLE) for db in (clean, noisy)]
        assert all(found.exact for found in ranks)
        seen.add(ranks[1].lower - ranks[0].lower)
    assert seen <= {-1, 0, 1} and len(seen) > 1


def test_sizes_of_the_design_exercise_are_those_of_the_package():
    for d_model, n_heads in ((4, 2), (8, 4), (12, 4)):
        config = LayerConfig(9, 3, 9, d_model, n_heads, 2, d_model // n_heads)
        assert ch17.attention(d_model) == config.parameters()["attention"]
    sizes = (("r", 64, 16), ("s", 64, 2), ("t", 30, 8))
    facts = [(f"k{i}", q, f"{q}{i % n}") for q, keys, n in sizes for i in range(keys)]
    assert bits(Database.from_triples(facts)) == 410
