"""What several chapters ask of a database that a reader made."""

from __future__ import annotations

from companion.exercises._verdict import require
from factrank.facts.database import Database
from factrank.rank.algebra.exact import rank
from factrank.rank.effort import Effort
from factrank.rank.interval import rank_interval

# A checker answers in a second or two, and the same on every machine.
MOST_FACTS = 40
LITTLE = Effort("exercise", tries=100, solves=100, moves=10_000, seconds=float("inf"))


def require_functional(db: Database) -> None:
    """Name a question with several values, if there is one."""
    seen: dict[tuple[int, int], int] = {}
    for k, q, v in db.facts:
        other = seen.setdefault((k, q), v)
        told = f"{db.keys[k]} {db.queries[q]} has the values {db.values[other]} and {db.values[v]}"
        require(other == v, f"{told}: not functional.")


def unfolding_ranks(db: Database) -> list[int]:
    """Return the ranks of the unfoldings along K, Q and V.

    >>> unfolding_ranks(Database.from_triples([("a", "r", "x"), ("b", "r", "y")]))
    [2, 1, 2]
    """
    return [rank(db.unfolding(mode)) for mode in "KQV"]


def known_rank(db: Database, name: str = "the database") -> int:
    """Return the rank of a small database; ask for another one if the interval stays open."""
    require(len(db) <= MOST_FACTS, f"{len(db)} facts; {MOST_FACTS} at most, please.")
    if not len(db):
        return 0
    found = rank_interval(db, LITTLE)
    told = f"the rank of {name} is only known as {found.lower} to {found.upper}"
    require(found.exact, f"{told}; take one where the ends meet.")
    return found.lower
