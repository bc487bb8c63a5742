"""Each checker of Parts II and III passes the right answer and names what is wrong with others."""

from __future__ import annotations

from fractions import Fraction
from math import log, sqrt, tanh

import numpy as np
import pytest

from companion.exercises import ch06, ch07, ch08, ch09, ch10, ch12
from factrank import Database, rank_interval, read
from factrank.layer.attention import AttentionLayer
from factrank.layer.bounds import rank_bound
from factrank.layer.building.compile import compile_values
from factrank.layer.config import LayerConfig
from factrank.layer.readout import unfolding_ranks
from tests.companion.exercises.answers import passing, told

PARABOLA = [(x, x * x) for x in range(-2, 3)]
CHANCES = np.array([[2, 1, 1], [1, 2, 1], [1.5, 1.5, 1]]) / 4
NARROW = LayerConfig(6, 4, 9, d_model=2, n_heads=8, d_head_qk=1, d_head_vo=1)
RARE = [*((f"k{i}", "r", "yes") for i in range(400)), ("k400", "r", "no")]

RIGHT = [
    (ch06.two_logits, [3, 2]),
    (ch06.two_logits, np.array([3.0, 2.0])),
    (ch06.factor_of_exception, 3),
    (ch06.same_tensor, [5, 5, 5, 0, 5, 0, 0]),
    (ch06.same_tensor, [0, 0, 0, -3, 0, 1, 0]),
    (ch07.two_values, (2, 40)),
    (ch07.loose_bound, NARROW),
    (ch07.full_pattern, Fraction(1, 30)),
    (ch07.full_pattern, 1 / 30),
    (ch08.output_at_score, 1.25),
    (ch08.output_at_score, 1 / tanh(log(9) / 2)),
    (ch08.one_value, (1, 3)),
    (ch08.narrower_than_rank, [("a", "r", "yes"), ("b", "s", "yes"), ("c", "t", "yes")]),
    (ch09.compass, log(2)),
    (ch09.compass, 0.693),
    (ch09.five_winners, PARABOLA),
    (ch09.five_winners, [(np.cos(t), np.sin(t)) for t in range(5)]),
    (ch09.softmax_loses, np.log(CHANCES)),
    (ch09.softmax_loses, [[0, 1, 0], [1, 2, 1], [0, 0, 1]]),
    (ch10.thresholds, (9, 4)),
    (ch10.floor_of_width, sqrt(0.2)),
    (ch10.floor_of_width, 0.447),
    (ch10.unseen_failure, RARE),
]
WRONG = [
    (ch06.two_logits, [1, 6], "the wrong way round"),
    (ch06.two_logits, [4, 8], "the two weights have the sum 1"),
    (ch06.two_logits, [2, 4], "the weights are not 1/2"),
    (ch06.two_logits, [3, 3], "the logit 3 would be 0.375 times 8"),
    (ch06.two_logits, [1, 2, 3], "expected two numbers [first logit, second logit], shape (2,)"),
    (ch06.factor_of_exception, 2, "the head would add 0.667 at Astrid, lives_in, not 1"),
    (ch06.factor_of_exception, 1.5, "the query takes a part away"),
    (ch06.factor_of_exception, -3, "the head would add -1 at"),
    (ch06.same_tensor, [0] * 7, "seven zeros change no weight"),
    (ch06.same_tensor, [0, 0, 0, 0, 0, 1, 2], "no key or query has a number in the last two"),
    (ch06.same_tensor, [5, 5, 5, 0, 4, 0, 0], "L changes by"),
    (ch06.same_tensor, [0, 0, 1, 0, 0, 0, 0], "at (Colin, lives_in, "),
    (ch06.same_tensor, [1e9] * 7, "numbers between -100 and 100"),
    (ch07.two_values, (1000, 40), "A2 counts the used values, not the facts"),
    (ch07.two_values, (1, 40), "so 1 is too narrow"),
    (ch07.two_values, (3, 40), "A2 does not ask for 3"),
    (ch07.two_values, (2, 100), "the smaller of |K| and |Q| counts"),
    (ch07.two_values, (2, 60), "that is the head's two paths apart"),
    (ch07.two_values, (2, 20), "A1 allows more than 20"),
    (ch07.two_values, (2, 50), "A1 does not allow 50"),
    (ch07.loose_bound, LayerConfig(6, 4, 9, 8, 2, 1, 1), "A1 gives 8, and 8 · 4 is 32: A1 is no"),
    (ch07.loose_bound, LayerConfig(6, 4, 9, 2, 2, 1, 1), "A1 gives 8, and 2 · 4 is 8: A1 is no"),
    (ch07.loose_bound, (6, 4, 9, 2, 8, 1, 1), "expected a LayerConfig, found (6, 4, 9"),
    (ch07.full_pattern, 0, "A3 says that A has full rank"),
    (ch07.full_pattern, Fraction(-1, 30), "look at the sign"),
    (ch07.full_pattern, 0.5, "0.5: an entry of A is u over u + w"),
    (ch08.output_at_score, 0.8, "0.8 is what the head writes when the factor is 1"),
    (ch08.output_at_score, tanh(log(9)), "the tanh of half the score"),
    (ch08.output_at_score, 1 / tanh(log(9)), "the tanh of half the score"),
    (ch08.output_at_score, 2, "then L is 1.6 at (Ann, likes, tea), not 1"),
    (ch08.one_value, (3, 1), "that is part 1, one head a term"),
    (ch08.one_value, (2, 3), "one head for each used value, not 2"),
    (ch08.one_value, (1, 4), "a and c have the same row"),
    (ch08.one_value, (1, 2), "does not fit into scores of rank 2"),
    (ch08.one_value, (1, 7), "d_qk = 7 is more than the rank"),
    (
        ch08.narrower_than_rank,
        [("a", "r", "x")],
        "and L = D takes 1 unit of",
    ),
    (ch08.narrower_than_rank, read("library:example"), "takes 4 units of width: less than three"),
    (ch08.narrower_than_rank, [(k, "r", k) for k in "abc"], "the rank is 3, and L = D takes 3"),
    (ch09.compass, 0.5, "at 0.5 a fact has probability 0.3875, and 4/9 is 0.4444"),
    (ch09.compass, 1, "at 1 a fact has probability 0.5344"),
    (ch09.compass, 1e6, "1e+06 is very loud"),
    (ch09.five_winners, [(1, 0), (0, 1), (-1, 0), (0, -1), (0, 0)], "value 4 wins nowhere"),
    (ch09.five_winners, [(x, 0) for x in range(5)], "value 1 wins nowhere"),
    (ch09.five_winners, [(1, 1)] * 5, "value 0 wins nowhere"),
    (ch09.five_winners, PARABOLA[:4], "shape (5, 2), found shape (4, 2)"),
    (ch09.softmax_loses, np.eye(3), "the probabilities have rank 3 (to 1e-6), and 2 is asked"),
    (ch09.softmax_loses, [[0, 1, 0], [0, 2, 0], [1, 1, 1]], "the logits have rank 2 (to 1e-6)"),
    (ch09.softmax_loses, 100 * np.eye(3), "logits between -50 and 50"),
    (ch10.thresholds, (4, 4), "width 4 holds one relation"),
    (ch10.thresholds, (8, 4), "disjoint: 8 is not the number of used values"),
    (ch10.thresholds, (9, 12), "copies: a repeated relation adds to the ranges"),
    (ch10.thresholds, (9, 9), "copies: 9 is not the rank of one relation"),
    (ch10.floor_of_width, 0.2, "that is the squared error"),
    (ch10.floor_of_width, sqrt(0.8), "counts the values held"),
    (ch10.floor_of_width, sqrt(0.5), "width 2 can hold two values"),
    (ch10.floor_of_width, 0, "0 is not the floor: which facts are left out"),
    (ch10.unseen_failure, RARE[:400], "there is one value only"),
    (ch10.unseen_failure, RARE[1:], "an error of 0.0500 at least, and 0.05 is asked"),
    (ch10.unseen_failure, read("library:example"), "the rarest value occurs in 1 of 8 facts"),
    (ch10.unseen_failure, [("a", "r", "x"), ("a", "r", "y")], "not functional"),
]


test_right_answers_pass = passing(RIGHT)
test_wrong_answers_are_told_what_is_wrong = told(WRONG)


def test_the_layer_by_hand_holds_the_six_facts():
    facts = {(0, 0, 0), (0, 1, 1), (1, 0, 0), (1, 1, 0), (2, 0, 1), (2, 1, 1)}
    found = ch06.tensor(np.zeros(7))
    wanted = [[[float((k, q, v) in facts) for v in range(2)] for q in range(2)] for k in range(3)]
    assert abs(found - wanted).max() < 1e-12


def test_no_layer_exceeds_the_cap_below_its_bound():
    for seed in range(5):
        L = AttentionLayer.random(NARROW, seed=seed).layer_tensor()[0]
        assert max(map(int, unfolding_ranks(L, 1e-11).values())) <= 8 < rank_bound(NARROW)


def test_a_layer_narrower_than_the_rank_holds_its_facts():
    db = Database.from_triples([("a", "r", "yes"), ("b", "s", "yes"), ("c", "t", "yes")])
    layer = compile_values(db)
    assert abs(layer.layer_tensor()[0].numpy() - db.tensor()).max() < 1e-12
    assert (layer.config.width, rank_interval(db).lower) == (1, 3)
    yes = compile_values(ch08.YES).config
    assert (yes.width, yes.d_head_qk) == (1, 3)


def test_a_margin_of_bounded_logits_is_one_at_most():
    db = Database.from_triples([("a", "r", "x"), ("b", "r", "y")])
    assert ch12.blind_margin(db) == pytest.approx(1)
