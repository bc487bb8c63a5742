"""Each checker of chapter 14 passes the right answer and names what is wrong with others."""

from __future__ import annotations

from companion.exercises import ch14
from tests.companion.exercises.answers import passing, told

COPIES = [(f"k{i}", q, "xy"[i % 2]) for i in range(8) for q in "rst"]
THREE = [("a", "r", "x"), ("b", "r", "y"), ("c", "r", "z")]
RIGHT = [
    (ch14.two_counts, (55, 35)),
    (ch14.largest_share, 1 / 32),
    (ch14.largest_share, 0.0313),
    (ch14.more_bits_less_rank, (COPIES, THREE)),
]
WRONG = [
    (ch14.two_counts, (35, 35), "counted: the sum takes the copy for news"),
    (ch14.two_counts, (25, 20), "counted: that is the number of facts"),
    (ch14.two_counts, (50, 35), "counted: 50 is not the sum over all facts"),
    (ch14.two_counts, (55, 55), "said: the copy follows from the first"),
    (ch14.two_counts, (55, 27.5), "said: 27.5 is not what the first two relations say"),
    (ch14.largest_share, 32, "a share lies between 0 and 1"),
    (ch14.largest_share, 0.96, "that is a ratio of bits"),
    (ch14.largest_share, 2.0**-95, "30 weights of 4 bits store 120 bits"),
    (ch14.largest_share, 0.2, "0.2 is not the bound: how many layers are there"),
    (ch14.more_bits_less_rank, (THREE, COPIES), "the first has 4.8 bits by the sum, the second 24"),
    (ch14.more_bits_less_rank, (COPIES, THREE[:2]), "its rank is 2, that of the second 2"),
    (ch14.more_bits_less_rank, (COPIES, [*THREE, ("a", "r", "y")]), "a r has the values x and y"),
    (ch14.more_bits_less_rank, ([(f"k{i}", "r", "x") for i in range(41)], THREE),
     "the first has 0.0 bits by the sum"),
    (ch14.more_bits_less_rank, ([(f"k{i}", "r", "xy"[i % 2]) for i in range(41)], THREE),
     "41 facts; 40 at most, please"),
]  # fmt: skip


test_right_answers = passing(RIGHT)
test_wrong_answers_are_told_what_is_wrong = told(WRONG)
