"""Lower bounds on rank(D), one function each, each with the data that proves it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from factrank.facts.database import MODES, Database
from factrank.rank.exact import Minor, minor


@dataclass(frozen=True)
class LowerBound:
    """``rank(D) >= value`` over R, by the named theorem; ``data`` is what a checker needs.

    ``data`` holds labels and integers only, so that it can be written as JSON and read by a
    person.
    """

    value: int
    theorem: str
    data: Mapping[str, Any]


def unfolding(database: Database, mode: str) -> LowerBound:
    """P1: rank(D) >= rank of the unfolding D_(mode), proved by a nonsingular minor. [ours]

    The value is the size of a minor nonsingular modulo a prime, hence nonsingular: it equals the
    rational rank of the unfolding except where the prime divides every larger minor, and then it
    is a smaller, still rigorous bound. Holds for set-valued databases too.

    >>> db = Database.from_triples([("a", "r", "x"), ("b", "r", "x"), ("b", "s", "x")])
    >>> [unfolding(db, mode).value for mode in "KQV"]
    [2, 2, 1]
    """
    if mode == "V" and database.functional:
        found = _first_facts(database)
    else:
        found = minor(database.unfolding(mode))
    return LowerBound(found.size, "P1", {"mode": mode, **minor_data(database, mode, found)})


def _first_facts(database: Database) -> Minor:
    """One fact per used value: in a functional database these columns have no other entry."""
    n_queries = database.shape[1]
    first: dict[int, int] = {}
    for k, q, v in database.facts:
        first.setdefault(v, k * n_queries + q)
    return Minor(tuple(first.items()), (), ())


def minor_data(database: Database, mode: str, found: Minor) -> dict[str, Any]:
    """A minor of an unfolding in labels: pivots ``[row, [column, column]]``, then the core."""
    rows = database.labels(mode)
    first, second = (database.labels(m) for m in MODES if m != mode)
    width = len(second)

    def column(j: int) -> list[str]:
        return [first[j // width], second[j % width]]

    return {
        "pivots": [[rows[i], column(j)] for i, j in found.pivots],
        "core": {
            "prime": found.prime,
            "rows": [rows[i] for i in found.rows],
            "columns": [column(j) for j in found.columns],
        },
    }
