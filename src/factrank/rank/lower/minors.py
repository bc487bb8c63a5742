"""Minors as a certificate writes them, and sets of slices that are linearly independent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from factrank.facts.database import MODES, Database, Fact
from factrank.facts.matrix import SparseMatrix
from factrank.rank.algebra.exact import PRIME, Minor, minor

MinorData = dict[str, Any]


def minor_data(database: Database, mode: str, found: Minor) -> MinorData:
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


def independent(
    database: Database, mode: str, chosen: Iterable[int]
) -> tuple[list[int], MinorData | None]:
    """A largest independent set among the ``chosen`` slices of a mode, and its proof. [ours]

    The proof is a minor of D_(mode) on these rows, nonsingular modulo a prime; it is None for
    values that each have a fact where no other of them has one, since that alone is a proof. So
    it is for all used values of a functional database.

    >>> db = Database.from_triples([("a", "r", "x"), ("a", "r", "y"), ("b", "r", "z")])
    >>> kept, proof = independent(db, "V", [0, 1, 2])  # x and y have equal slices
    >>> len(kept), proof
    (2, None)
    """
    inside = set(chosen)
    if mode == "V" and database.functional:
        return sorted(inside.intersection(database.used("V"))), None
    whole = database.unfolding(mode)
    rows = tuple(row if i in inside else {} for i, row in enumerate(whole.rows))
    found = minor(SparseMatrix(whole.shape, rows))
    kept = sorted([i for i, _ in found.pivots] + list(found.rows))
    if mode == "V" and len(own_facts(database, kept)) == len(kept):
        return kept, None
    return kept, minor_data(database, mode, found)


def own_facts(database: Database, values: Iterable[int]) -> dict[int, Fact]:
    """value -> a fact of it at a key and query where no other of the values has one.

    >>> db = Database.from_triples([("a", "r", "x"), ("a", "r", "y"), ("b", "r", "y")])
    >>> own_facts(db, [0, 1])
    {1: (1, 0, 1)}
    """
    inside = set(values)
    facts = [fact for fact in database.facts if fact[2] in inside]
    there = Counter(fact[:2] for fact in facts)
    return {fact[2]: fact for fact in reversed(facts) if there[fact[:2]] == 1}


def own_minor(database: Database, facts: Mapping[int, Fact], labels: Iterable[str]) -> MinorData:
    """What ``own_facts`` found of these values, as a minor of D_(V): pivots alone in their columns.

    >>> db = Database.from_triples([("a", "r", "x")])
    >>> own_minor(db, {0: (0, 0, 0)}, ["x"])["pivots"]
    [['x', ['a', 'r']]]
    """
    wanted, width = set(labels), database.shape[1]
    pivots = [(v, k * width + q) for v, (k, q, _) in facts.items() if database.values[v] in wanted]
    return minor_data(database, "V", Minor(tuple(pivots), (), (), PRIME))
