"""The databases of real-facts, and how they are spoiled: noise, gaps, contradictions."""

from __future__ import annotations

import random
from collections.abc import Iterable
from functools import lru_cache

from factrank.errors import FactrankError
from factrank.facts.database import Database
from factrank.facts.families import modular_addition, total_functions
from factrank.facts.library import shipped, shipped_rows

KINDS = ("clean", "noise", "missing", "contradictions")
SAMPLED = {"elements": 48, "countries": 40}  # keys, so that a run takes minutes


@lru_cache(maxsize=64)
def dataset(name: str) -> Database:
    """A database by name: a sample of elements or of the pooled countries (always the same keys),
    the family trees, and two made by rule beside them: addition modulo 11, and random functions.

    ``countries, one source`` are the sampled countries as the first source alone has them.

    Errors: ``FactrankError`` for another name.

    >>> dataset("family-trees").shape, dataset("elements").shape[:2]
    ((24, 12, 24), (48, 10))
    """
    if name == "modular-addition-11":
        return modular_addition(11)
    if name == "random":
        return total_functions(24, 6, 12, seed=0)
    if name == "family-trees":
        return shipped(name)
    if name == "elements":
        full = shipped(name)
        return _only(full, _sample(full.keys, name))
    if name in ("countries", "countries, one source"):
        rows = shipped_rows("countries")
        first = rows.notes["source"][0]
        mine = {row.key for row in rows if row.notes["source"] == first}
        keys = _sample([key for key in rows.keys if key in mine], "countries")
        triples = [
            (row.key, row.query, row.value)
            for row in rows
            if row.key in keys and (name == "countries" or row.notes["source"] == first)
        ]
        return Database.from_triples(dict.fromkeys(triples))
    raise FactrankError(f"database: expected one of real-facts, found {name!r}")


def corrupt(database: Database, kind: str, rate: float, seed: int) -> Database:
    """A share ``rate`` of the pairs (key, query) spoiled, the same labels, from a seed.

    ``noise``: the pair has one value, another one of its relation's range; ``missing``: it has
    none; ``contradictions``: it has one value more. A relation with a single value has no other
    one: its pairs are left as they are.

    Errors: ``FactrankError`` for another kind, a rate outside [0, 1].

    >>> db = dataset("modular-addition-11")
    >>> [len(corrupt(db, kind, 0.2, 0)) for kind in KINDS]
    [121, 121, 97, 145]
    """
    if kind not in KINDS or not 0 <= rate <= 1:
        raise FactrankError(
            f"corrupt: expected one of {', '.join(KINDS)} and a rate from 0 to 1, "
            f"found {kind!r} and {rate!r}"
        )
    if kind == "clean":
        return database
    rng = random.Random(f"{kind} {seed}")
    pairs = sorted({(k, q) for k, q, _ in database.facts})
    ranges: dict[int, set[int]] = {}
    values: dict[tuple[int, int], set[int]] = {}
    for k, q, v in database.facts:
        ranges.setdefault(q, set()).add(v)
        values.setdefault((k, q), set()).add(v)
    for pair in rng.sample(pairs, round(rate * len(pairs))):
        others = sorted(ranges[pair[1]] - values[pair])
        if kind == "missing":
            values[pair] = set()
        elif others:
            other = rng.choice(others)
            values[pair] = {other} if kind == "noise" else values[pair] | {other}
    facts = tuple(sorted((k, q, v) for (k, q), found in values.items() for v in found))
    return Database(database.keys, database.queries, database.values, facts)


def _sample(keys: Iterable[str], name: str) -> frozenset[str]:
    return frozenset(random.Random(name).sample(sorted(keys), SAMPLED[name]))


def _only(database: Database, keys: frozenset[str]) -> Database:
    return Database.from_triples([fact for fact in database.triples() if fact[0] in keys])
