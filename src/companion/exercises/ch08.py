"""Chapter 8, facts compiled into weights."""

from __future__ import annotations

from companion.exercises import exercise, require
from companion.exercises._kinds import FACTS, NUMBER, WHOLE, known_rank, several
from factrank.facts.database import Database
from factrank.facts.words import counted
from factrank.rank.algebra.exact import rank


@exercise(NUMBER, 4, "easy")
def output_at_score(answer: float) -> str:
    """The factor of e_tea when the score is log 9 instead of 1.

    >>> output_at_score(0.8)
    Not yet: 0.8 is what the head writes when the factor is 1.
    """
    require(abs(answer - 0.8) > 1e-6, "0.8 is what the head writes when the factor is 1.")
    require(abs(answer - 80 / 82) > 1e-3, "the head writes the tanh of half the score.")
    require(abs(answer - 82 / 80) > 1e-6, "the head writes the tanh of half the score.")
    writes = 0.8 * answer
    require(abs(writes - 1) < 1e-6, f"then L is {writes:.3g} at (Ann, likes, tea), not 1.")
    return "tanh(log 3) = (9 - 1)/(9 + 1) = 0.8, and 1/0.8 = 1.25."


YES = Database.from_triples(
    (k, q, "yes") for k, asked in zip("abcd", ("rs", "st", "rs", "rt"), strict=True) for q in asked
)


@exercise(several(WHOLE, 2, "two whole numbers (width, d_qk)"), 6, "medium")
def one_value(answer: tuple[int, int]) -> str:
    """Width and d_qk of the layer of YES with one head a value.

    >>> one_value((3, 1))
    Not yet: that is part 1, one head a term; part 2 has one head a value.
    """
    width, d_qk = answer
    require(answer != (3, 1), "that is part 1, one head a term; part 2 has one head a value.")
    require(width == 1, f"part 2 has one head for each used value, not {width}.")
    require(d_qk != 4, "a and c have the same row: count the independent ones.")
    require(d_qk >= 3, f"the slice of yes does not fit into scores of rank {d_qk}.")
    require(d_qk == 3, f"d_qk = {d_qk} is more than the rank of the slice of yes.")
    return "one value, one head; the whole database sits in its scores, a matrix of rank 3."


@exercise(FACTS, 10, "hard")
def narrower_than_rank(answer: Database) -> str:
    """A database whose rank is at least three times the least width of a layer L = D.

    >>> narrower_than_rank([("a", "r", "x")])
    Not yet: the rank is 1, and L = D takes 1 unit of width: less than three times as much.
    """
    size, width = known_rank(answer), rank(answer.unfolding("V"))
    told = f"the rank is {size}, and L = D takes {counted(width, 'unit')} of width"
    require(size >= 3 * width, f"{told}: less than three times as much.")
    return f"{told}."
