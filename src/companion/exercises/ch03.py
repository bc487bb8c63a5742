"""Chapter 3, bounds on the rank."""

from __future__ import annotations

from companion.exercises import exercise, require
from companion.exercises._kinds import (
    FACTS,
    WHOLE,
    known_rank,
    require_functional,
    several,
    unfolding_ranks,
)
from factrank.facts.database import Database
from factrank.facts.words import counted
from factrank.rank.upper.counts import hub_terms, slice_terms


@exercise(several(FACTS, 3, "three lists of facts, each with three facts and one query"), 5, "easy")
def three_facts(answer: tuple[Database, Database, Database]) -> str:
    """Three databases of three facts and one query, of rank 1, 2 and 3.

    >>> three_facts([[("a", "r", "x")], [("a", "r", "x")], [("a", "r", "x")]])
    Not yet: database 1 has 1 different fact, not three.
    """
    for wanted, db in enumerate(answer, 1):
        name = f"database {wanted}"
        require(len(db) == 3, f"{name} has {counted(len(db), 'different fact')}, not three.")
        require(len(db.used("Q")) == 1, f"{name} has {len(db.used('Q'))} queries, not one.")
        found = known_rank(db, name)
        require(found == wanted, f"{name} has rank {found}, and {wanted} is asked.")
    return "with one query the tensor is a matrix, and its rank is 1, 2 and 3."


@exercise(WHOLE, 5, "medium")
def own_words(answer: int) -> str:
    """By how much the rank of the example grows when no two columns share a value.

    >>> own_words(0)
    Not yet: then C1 would give 5; how many pairs of query and value are there?
    """
    require(answer >= 0, "mapping the new labels back is a linear map: the rank cannot fall.")
    require(answer != 2, "count again: *currency* shares no value with the other two.")
    require(answer > 0, "then C1 would give 5; how many pairs of query and value are there?")
    require(answer == 1, f"{5 + answer} would be more than the pairs of query and value.")
    return "six pairs of query and value, so rank 6 by C1, and it was 5."


@exercise(FACTS, 10, "hard")
def hubs_lose(answer: Database) -> str:
    """A functional database for which U3 gives more than U2.

    >>> hubs_lose([("a", "r", "x"), ("a", "r", "y")])
    Not yet: a r has the values x and y: not functional.
    """
    require_functional(answer)
    hubs, slices = len(hub_terms(answer)), len(slice_terms(answer))
    require(
        hubs > slices, f"U3 gives {counted(hubs, 'term')} and U2 gives {slices}: U3 is no worse."
    )
    return f"U3 gives {counted(hubs, 'term')}, U2 only {slices}."


@exercise(FACTS, 10, "hard")
def beyond_unfoldings(answer: Database) -> str:
    """Four facts or more whose rank exceeds the ranks of all unfoldings.

    >>> beyond_unfoldings([("a", "r", "y"), ("a", "s", "x"), ("b", "r", "x")])
    Not yet: 3 facts; four or more are asked.
    """
    require(len(answer) >= 4, f"{counted(len(answer), 'fact')}; four or more are asked.")
    ranks, found = unfolding_ranks(answer), known_rank(answer)
    told = f"the unfoldings have ranks {ranks[0]}, {ranks[1]} and {ranks[2]}"
    require(found > max(ranks), f"{told}, and the rank is {found}: one of them reaches it.")
    return f"{told}, and the rank is {found}."
