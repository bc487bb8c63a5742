"""Each checker of Part I passes the right answer and names what is wrong with others."""

from __future__ import annotations

import pytest

from factrank.exercises import ch01

RIGHT = [
    (ch01.ones_and_zeros, (40, 240)),
    (ch01.crowded_column, ("born_in", "Singapore")),
    (ch01.crowded_column, ["lives_in", "Malaysia"]),
    (ch01.one_block, ("Astrid", "currency", "Dollar")),
    (ch01.one_block, ("Singapore", "lives_in", "Malaysia")),
    (ch01.most_rows_not_most_rank, [(k, q, f"{q}'s") for k in "abc" for q in "rs"]),
    (ch01.most_rows_not_most_rank, [(k, q, f"{k}'s") for k in "ab" for q in "rst"]),
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
    (ch01.most_rows_not_most_rank, [("a", "r", "x"), ("a", "r", "y")], "a r has 2 values"),
    (ch01.most_rows_not_most_rank, [("a", "r", "x")], "keys and queries and values are equally"),
    (ch01.most_rows_not_most_rank, [("a", "r", "x"), ("b", "r", "y"), ("c", "r", "y")],
     "the 3 keys have an unfolding of rank 2, and no other has a larger one"),
]  # fmt: skip


@pytest.mark.parametrize(("checker", "answer"), RIGHT)
def test_right_answers_pass(checker, answer):
    verdict = checker.verdict(answer)
    assert verdict.right, verdict.says


@pytest.mark.parametrize(("checker", "answer", "sentence"), WRONG)
def test_wrong_answers_are_told_what_is_wrong(checker, answer, sentence):
    verdict = checker.verdict(answer)
    assert not verdict.right
    assert sentence in verdict.says
