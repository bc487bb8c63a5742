"""Chapter 15, real facts."""

from __future__ import annotations

from companion.exercises import exercise, require
from companion.exercises._kinds import FACTS, NUMBER, WHOLE, known_rank, several
from factrank.facts.database import Database

COPIES = Database.from_triples([
    (key, query, value)
    for key, born, town in ("ax!", "by!", "cx?")
    for query, value in (("r", born), ("r again", born), ("s", town))
])  # fmt: skip


@exercise(several(WHOLE, 2, "two whole numbers (one copy, both copies)"), 4, "easy")
def cost_of_copies(answer: tuple[int, int]) -> str:
    """What one of two equal relations costs in COPIES, and what both cost together.

    >>> cost_of_copies((-1, 2))
    Not yet: a part of a database has no larger rank: a cost is not negative.
    """
    one, both = answer
    require(one >= 0, "a part of a database has no larger rank: a cost is not negative.")
    require(one == 0, "one copy: the other copy still holds all its facts.")
    require(both != 0, "both: without them nothing says x and y any more.")
    require(both != 4, "both: what the copies share is paid once.")
    require(both == 2, f"both: {both} is not the number of values that are lost.")
    return "nothing for one, two for both: costs are not to be added."


@exercise(NUMBER, 3, "medium")
def ceiling(answer: float) -> str:
    """The most that single answers recall: 120 facts, nine pairs of two values, two of three.

    >>> ceiling(1)
    Not yet: one answer cannot give both values of a question.
    """
    found = abs(answer)
    require(abs(found - 1) > 1e-9, "one answer cannot give both values of a question.")
    require(found < 1, "recall is a share of the facts: it is at most 1.")
    misses = 120 - 120 * found
    told = f"that misses {misses:.4g} of the 120 facts"
    require(abs(misses - 11) > 1e-6, f"{told}: one for each pair; three values lose two.")
    require(abs(found - 107 / 109) > 1e-6, "107 answers are right, out of 120 facts.")
    require(abs(misses - 13) < 0.1, f"{told}; count what each pair with several values loses.")
    return "nine pairs lose one fact, two lose two: 120 - 13 = 107 of 120."


@exercise(FACTS, 8, "hard")
def merging_keys(answer: Database) -> str:
    """A database whose rank goes up when its first two keys become one.

    >>> merging_keys([("a", "r", "x")])
    Not yet: there is one key only; the first two are to be merged.
    """
    require(len(answer.keys) > 1, "there is one key only; the first two are to be merged.")
    one, other, *_ = answer.keys
    merged = Database.from_triples((other if k == one else k, q, v) for k, q, v in answer.triples())
    before, after = known_rank(answer), known_rank(merged, "the merged database")
    told = f"with {one} and {other} merged the rank is {after}, before it was {before}"
    require(after > before, f"{told}: it does not go up.")
    return f"{told}."
