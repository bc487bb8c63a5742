"""Functions read off a functional database, shared by the bounds that compare relations."""

from __future__ import annotations

from collections.abc import Mapping

from factrank.errors import FactrankError
from factrank.facts.database import Database

Relation = Mapping[int, int]  # index -> value


def functions_of(database: Database, mode: str) -> dict[int, dict[int, int]]:
    """mode index -> (other index -> value), for the relations (Q) or the keys (K)."""
    functions: dict[int, dict[int, int]] = {}
    for k, q, v in database.facts:
        if mode == "Q":
            functions.setdefault(q, {})[k] = v
        else:
            functions.setdefault(k, {})[q] = v
    return functions


def demand_functional(database: Database, name: str) -> None:
    if not database.functional:
        raise FactrankError(
            f"{name}: expected a functional database (one value per key and query), "
            f"found {len(database) - database.pair_counts()['KQ']} further values"
        )
