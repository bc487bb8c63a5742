"""Chapter 11, recall against rank."""

from __future__ import annotations

from companion.exercises import exercise, require
from companion.exercises._kinds import FACTS, NUMBER, require_functional
from factrank.facts.database import Database

FEWER, MORE = (2, 4, 4), (4, 6, 8)  # scores of three failures and of three successes


@exercise(NUMBER, 4, "easy")
def chance_in_order(answer: float) -> str:
    """The AUC of failures that score 2, 4, 4 and successes that score 4, 6, 8.

    >>> chance_in_order(7 / 9)
    Not yet: two pairs are ties, and a tie counts half.
    """
    require(abs(answer - 7 / 9) > 5e-4, "two pairs are ties, and a tie counts half.")
    require(abs(answer - 1) > 5e-4, "a failure and a success with the score 4 are not in order.")
    require(abs(answer - 1 / 9) > 5e-4, "that is the chance of the wrong order.")
    pairs = [(a > b) + (a == b) / 2 for a in MORE for b in FEWER]
    right = sum(pairs) / len(pairs)
    off = "of nine pairs (success, failure), how many are in order, ties counted half?"
    require(abs(answer - right) < 5e-4, f"{answer:.4g} is not the AUC: {off}")
    return "seven of nine pairs in order and two ties: 8/9."


@exercise(FACTS, 6, "medium")
def values_say_too_little(answer: Database) -> str:
    """A functional database whose rank is at least twice the rank of D_(V), its values in use.

    >>> values_say_too_little([("a", "r", "x"), ("b", "r", "y")])
    Not yet: rank at most 2 (pairs of query and value), and 2 values are in use.
    """
    from factrank.rank.interval import rank_interval

    require_functional(answer)
    require(len(answer) <= 60, f"{len(answer)} facts: at most 60, please.")
    values, found = len(answer.used("V")), rank_interval(answer, "quick")
    by = found.upper_by if found.upper < 2 * values else found.lower_by
    pairs = answer.pair_counts()["QV"]
    told = (
        f"rank at most {pairs} (pairs of query and value)"
        if pairs < 2 * values
        else f"rank {found.lower} to {found.upper} ({by})"
    )
    require(found.lower >= 2 * values, f"{told}, and {values} values are in use.")
    return f"rank at least {found.lower} by {found.lower_by}, and only {values} values are in use."
