"""The databases of the experiments: by family, sizes and a seed; real ones, also spoiled."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from factrank.errors import FactrankError
from factrank.facts import families
from factrank.facts.database import Database
from factrank.facts.families import modular_addition, total_functions
from factrank.facts.library import shipped, shipped_rows


class Size(NamedTuple):
    """A database as an experiment sees it; ``bits`` are sum over facts of log2 |range f_q|."""

    facts: int
    bits: float
    rank_lower: int
    rank_upper: int
    rank_value: int


@lru_cache(maxsize=4096)
def database(family: str, keys: int, queries: int, range_size: int, seed: int) -> Database:
    """The database of a family: relations with ranges of ``range_size`` values.

    All but ``uniform`` have the whole of their range. ``disjoint`` relations share no value;
    ``halves`` share half of their values; ``shared`` share all, and each lacks one key in eight;
    ``duplicated`` is ``shared`` with every relation given twice; ``shifted`` relations are one
    function plus 0, 1, 2, ... modulo its range; ``permuted`` ones are bijections, keys =
    range_size; ``uniform`` ones draw each value at random; ``modular`` is addition modulo
    keys = queries = range_size. [ours]

    Errors: ``FactrankError`` for another name, or sizes that the family cannot have.

    >>> database("disjoint", 8, 2, 3, 0).shape, database("shared", 8, 2, 3, 0).shape
    ((8, 2, 6), (8, 2, 3))
    >>> len(database("shared", 8, 2, 3, 0))
    14
    """
    if family not in FAMILIES:
        raise FactrankError(f"family: expected one of {', '.join(FAMILIES)}, found {family!r}")
    return FAMILIES[family](keys, queries, range_size, seed)


@lru_cache(maxsize=4096)
def size(family: str, keys: int, queries: int, range_size: int, seed: int) -> Size:
    """Facts, bits, the certified rank interval, and rank D_(V).

    >>> size("shared", 12, 2, 3, 0)
    Size(facts=22, bits=34.9, rank_lower=6, rank_upper=6, rank_value=3)
    """
    db = database(family, keys, queries, range_size, seed)
    ranges = [len({v for _, p, v in db.facts if p == q}) for q in range(queries)]
    counts = [sum(p == q for _, p, _ in db.facts) for q in range(queries)]
    bits = sum(n * math.log2(r) for n, r in zip(counts, ranges, strict=True) if n)
    return Size(len(db), round(bits, 1), *certified(family, db), len(db.used("V")))


def certified(family: str, database: Database) -> tuple[int, int]:
    """The certified rank interval; of addition, which no quick search closes, the cited C5."""
    from factrank.rank.interval import rank_interval

    if family == "modular":
        keys = len(database.keys)
        rank = (3 * keys - 1 - (keys % 2 == 0)) // 2
        return rank, rank
    found = rank_interval(database, "quick")
    return found.lower, found.upper


def _with_gaps(full: Database, seed: int) -> Database:
    """Each relation without one key in eight, but with all of its values."""
    rng = random.Random(f"gaps {seed}")
    facts = []
    for q in range(len(full.queries)):
        mine = [fact for fact in full.facts if fact[1] == q]
        for _ in range(len(full.keys) // 8):
            counts = {v: sum(w == v for *_, w in mine) for *_, v in mine}
            spare = [fact for fact in mine if counts[fact[2]] > 1]
            if not spare:
                raise FactrankError(
                    f"shared: expected more keys than values to leave some out, "
                    f"found {len(full.keys)} keys"
                )
            mine.remove(rng.choice(spare))
        facts += mine
    return Database(full.keys, full.queries, full.values, tuple(facts))


def _disjoint(keys: int, queries: int, range_size: int, seed: int) -> Database:
    return _own_values(families.shared_range(keys, queries, range_size, seed), range_size)


def _halves(keys: int, queries: int, range_size: int, seed: int) -> Database:
    if range_size % 2:
        raise FactrankError(f"halves: expected an even range_size, found {range_size}")
    return _own_values(families.shared_range(keys, queries, range_size, seed), range_size // 2)


def _own_values(database: Database, own: int) -> Database:
    """Each relation's first ``own`` values are its own, the others stay common to all."""
    common = len(database.values) - own
    queries = range(len(database.queries))
    names = [f"v{q}.{v}" for q in queries for v in range(own)]
    names += [f"v{v}" for v in range(common)]
    facts = tuple(
        (k, q, q * own + v if v < own else len(queries) * own + v - own)
        for k, q, v in database.facts
    )
    return Database(database.keys, database.queries, tuple(names), facts)


def _shared(keys: int, queries: int, range_size: int, seed: int) -> Database:
    return _with_gaps(families.shared_range(keys, queries, range_size, seed), seed)


def _duplicated(keys: int, queries: int, range_size: int, seed: int) -> Database:
    if queries % 2:
        raise FactrankError(f"duplicated: expected an even number of queries, found {queries}")
    return families.duplicated_relations(_shared(keys, queries // 2, range_size, seed), 2)


def _shifted(keys: int, queries: int, range_size: int, seed: int) -> Database:
    one = families.shared_range(keys, 1, range_size, seed)
    facts = tuple((k, q, (v + q) % range_size) for q in range(queries) for k, _, v in one.facts)
    return Database(one.keys, tuple(f"+{q}" for q in range(queries)), one.values, facts)


def _permuted(keys: int, queries: int, range_size: int, seed: int) -> Database:
    if keys != range_size:
        raise FactrankError(f"permuted: expected as many keys as values, found {keys, range_size}")
    return families.permuted_relations(keys, queries, seed)


def _modular(keys: int, queries: int, range_size: int, seed: int) -> Database:
    if not keys == queries == range_size:
        raise FactrankError(
            f"modular: expected as many keys, queries and values, "
            f"found {(keys, queries, range_size)}"
        )
    return families.modular_addition(keys)


FAMILIES = {
    "disjoint": _disjoint,
    "halves": _halves,
    "shared": _shared,
    "duplicated": _duplicated,
    "shifted": _shifted,
    "permuted": _permuted,
    "uniform": families.total_functions,
    "modular": _modular,
}


# ---- real ones, and how they are spoiled: noise, gaps, contradictions

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
        keys = _sample(full.keys, name)
        return Database.from_triples(fact for fact in full.triples() if fact[0] in keys)
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
