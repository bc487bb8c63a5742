"""Chapter 22, real knowledge graphs."""

from __future__ import annotations

from collections import Counter

from companion.exercises import exercise, require
from companion.exercises._kinds import FACTS, WHOLE
from factrank.facts.database import Database
from factrank.facts.words import counted


@exercise(WHOLE, 4, "easy")
def rank_of_cities(answer: int) -> str:
    """101,993 facts; 244 countries, 356 time zones, 2788 regions, no value under two relations.

    >>> rank_of_cities(101_993)
    Not yet: 101993 is the number of facts; facts that share a value need not cost one each.
    """
    facts = "is the number of facts; facts that share a value need not cost one each"
    require(answer != 101_993, f"{answer} {facts}.")
    require(
        answer != 34_006, f"{answer} is the number of keys; which ranges do the relations have?"
    )
    require(answer == 3388, f"{answer} is not the sum of the three ranges.")
    return "the ranges are disjoint, so the rank is 244 + 356 + 2788 = 3388."


@exercise(FACTS, 6, "medium")
def one_question_left(answer: Database) -> str:
    """Four facts, of which only one belongs to a question with one answer.

    >>> one_question_left([("a", "r", "x"), ("b", "r", "x"), ("c", "r", "x"), ("d", "r", "x")])
    Not yet: 4 questions have one answer, and one is asked.
    """
    require(len(answer) == 4, f"{counted(len(answer), 'fact')}, and four are asked.")
    single = [*Counter(fact[:2] for fact in answer.facts).values()].count(1)
    require(single == 1, f"{single} questions have one answer, and one is asked.")
    return "one fact of four is in the functional part; a graph can be much smaller than its file."
