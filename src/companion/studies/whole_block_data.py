"""Tables of whole-block: equally many facts whose key is two tokens, of different ranks."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import lru_cache
from math import factorial, log2
from typing import NamedTuple

from factrank.errors import FactrankError
from factrank.facts.database import Database

TOKENS, QUERIES = 8, 4  # first tokens, as many second ones; every pair is a key
Answer = Callable[[int, int, int], int]


class Sizes(NamedTuple):
    """A table as the experiment sees it.

    ``bits`` are those of a table of which nothing is known, facts times log2 of the values;
    ``free_bits`` log2 of how many tables the family could have drawn. The rank takes the two
    tokens as one key.
    """

    facts: int
    bits: float
    free_bits: float
    rank_lower: int
    rank_upper: int


def _uniform(rng: random.Random, values: int) -> Answer:
    table = [[[rng.randrange(values) for _ in range(TOKENS)] for _ in range(TOKENS)]
             for _ in range(QUERIES)]  # fmt: skip
    return lambda a, b, q: table[q][a][b]


def _duplicated(rng: random.Random, values: int) -> Answer:
    half = _uniform(rng, values)
    return lambda a, b, q: half(a, b, q // 2)


def _clock(rng: random.Random, values: int) -> Answer:
    first, second = (rng.sample(range(values), TOKENS) for _ in range(2))
    start = [rng.randrange(values) for _ in range(QUERIES)]
    return lambda a, b, q: (first[a] + second[b] + start[q]) % values


def _token(rng: random.Random, values: int) -> Answer:
    table = [[rng.randrange(values) for _ in range(TOKENS)] for _ in range(QUERIES)]
    return lambda a, b, q: table[q][b if q % 2 else a]


FAMILIES: dict[str, tuple[Callable[[random.Random, int], Answer], Callable[[int], float]]] = {
    "uniform": (_uniform, lambda v: TOKENS**2 * QUERIES * log2(v)),
    "duplicated": (_duplicated, lambda v: TOKENS**2 * QUERIES / 2 * log2(v)),
    "clock": (
        _clock,
        # a number more for every first token, or second one, is one less for every query
        lambda v: 2 * log2(factorial(v) / factorial(v - TOKENS)) + (QUERIES - 2) * log2(v),
    ),
    "token": (_token, lambda v: TOKENS * QUERIES * log2(v)),
}


@lru_cache(maxsize=4096)
def table(family: str, values: int, seed: int) -> Database:
    """A table of 256 facts: 8 first tokens, 8 second ones, 4 queries; key a.b is number 8a + b.

    ``uniform`` draws each value; ``duplicated`` does so for two queries, the other two repeat
    them; ``clock`` adds numbers of both tokens and of the query, modulo ``values``; in ``token``
    a query asks one of the two tokens alone, by turns. [ours]

    Errors: ``FactrankError`` for another family.

    >>> db = table("token", 8, 0)
    >>> db.shape, len(db), len({v for k, q, v in db.facts if q == 1 and k % 8 == 5})
    ((64, 4, 8), 256, 1)
    """
    if family not in FAMILIES:
        raise FactrankError(f"family: expected one of {', '.join(FAMILIES)}, found {family!r}")
    answer = FAMILIES[family][0](random.Random(f"{family} {values} {seed}"), values)
    facts = tuple(
        (TOKENS * a + b, q, answer(a, b, q))
        for a in range(TOKENS)
        for b in range(TOKENS)
        for q in range(QUERIES)
    )
    keys = tuple(f"a{a} b{b}" for a in range(TOKENS) for b in range(TOKENS))
    names = tuple(f"q{q}" for q in range(QUERIES)), tuple(f"v{v}" for v in range(values))
    return Database(keys, *names, facts)


@lru_cache(maxsize=4096)
def sizes(family: str, values: int, seed: int) -> Sizes:
    """Facts, both counts of bits, and the certified interval of the rank.

    >>> sizes("duplicated", 8, 0)
    Sizes(facts=256, bits=768.0, free_bits=384.0, rank_lower=15, rank_upper=15)
    """
    from factrank.rank.interval import rank_interval

    db = table(family, values, seed)
    found = rank_interval(db, "quick")
    free = round(FAMILIES[family][1](values), 1)
    bits = round(len(db) * log2(values), 1)
    return Sizes(len(db), bits, free, found.lower, found.upper)
