"""Databases with pairs held out: what a layer is shown, and what would be true off its facts."""

from __future__ import annotations

import random
from functools import lru_cache
from typing import NamedTuple

from torch import Tensor

from companion.studies.databases import database
from factrank.errors import FactrankError
from factrank.facts import families
from factrank.facts.database import Database, Fact
from factrank.layer import readout


class Shown(NamedTuple):
    """The facts that are ``known``, the held-out ``pairs`` (k, q), and what is ``true`` of them.

    ``true`` has the labels of ``known`` and a fact for a held-out pair that has an answer; where
    the truth is that there is none, it has no fact, and whatever a layer says is false.
    """

    known: Database
    pairs: tuple[tuple[int, int], ...]
    true: Database


@lru_cache(maxsize=4096)
def held_out(
    family: str, keys: int, queries: int, range_size: int, share: float, seed: int
) -> Shown:
    """A family's database without a share of its pairs, which are drawn from the seed.

    Every key, every query and every value keeps a fact. ``uniform`` is random functions,
    ``modular`` addition, ``disjoint`` relations with their own ranges: those of
    ``databases.database``. ``copied`` gives every one of queries / 2 random functions twice, and
    holds out pairs of the second copy alone. ``undefined`` is ``disjoint``, but the pairs held
    out have no answer: the database is complete without them. [ours]

    Errors: ``FactrankError`` for a share outside (0, 1), or too large to keep the labels in use.

    >>> shown = held_out("modular", 5, 5, 5, 0.2, seed=0)
    >>> len(shown.known), len(shown.pairs), len(shown.true)
    (20, 5, 5)
    >>> len(held_out("undefined", 8, 2, 3, 0.25, seed=0).true)
    0
    """
    if not 0 < share < 1:
        raise FactrankError(f"share: expected a number between 0 and 1, found {share!r}")
    full = _complete(family, keys, queries, range_size, seed)
    count = max(1, round(share * len(full)))
    rng = random.Random(seed)
    facts = list(full.facts)
    rng.shuffle(facts)
    left = [[0] * size for size in full.shape]
    for fact in facts:
        for counts, index in zip(left, fact, strict=True):
            counts[index] += 1
    away: set[Fact]
    away = set()
    for fact in facts:
        if len(away) == count:
            break
        spared = family == "copied" and fact[1] < queries // 2
        if spared or any(counts[i] == 1 for counts, i in zip(left, fact, strict=True)):
            continue
        away.add(fact)
        for counts, index in zip(left, fact, strict=True):
            counts[index] -= 1
    if len(away) < count:
        raise FactrankError(
            f"share: expected one that leaves every label a fact, found {share!r} of {len(full)}"
        )
    true = () if family == "undefined" else tuple(sorted(away))
    labels = full.keys, full.queries, full.values
    known = tuple(fact for fact in full.facts if fact not in away)
    return Shown(
        Database(*labels, known),
        tuple(sorted(fact[:2] for fact in away)),
        Database(*labels, true),
    )


def said(L: Tensor, shown: Shown, tau: float) -> dict[str, float]:
    """Of the held-out pairs the shares that get an artifact at tau, and a true one.

    An artifact is an entry of ``softmax_geq(L, tau)`` that is no fact; for tau above 1/2 a pair
    has at most one.

    >>> shown = held_out("modular", 3, 3, 3, 0.2, seed=0)
    >>> said(50.0 * readout.facts_mask(shown.true).double(), shown, 0.9)
    {'spoken': 1.0, 'true': 1.0}
    """
    if tau <= 0.5:
        raise FactrankError(f"tau: expected more than 1/2, found {tau!r}")
    found = readout.artifacts(L, shown.known, tau)
    k, q = _columns(shown)
    right = readout.facts_mask(shown.true)
    return {
        "spoken": float(found[k, q].any(-1).double().mean()),
        "true": float((found & right)[k, q].any(-1).double().mean()),
    }


def guessed(L: Tensor, shown: Shown) -> float:
    """The share of the held-out pairs for which the largest logit is that of the true value."""
    k, q = _columns(shown)
    right = readout.argmax(L).bool() & readout.facts_mask(shown.true)
    return float(right[k, q].any(-1).double().mean())


def _columns(shown: Shown) -> tuple[list[int], list[int]]:
    k, q = zip(*shown.pairs, strict=True)
    return list(k), list(q)


def _complete(family: str, keys: int, queries: int, range_size: int, seed: int) -> Database:
    if family == "undefined":
        return database("disjoint", keys, queries, range_size, seed)
    if family == "copied":
        if queries % 2:
            raise FactrankError(f"copied: expected an even number of queries, found {queries}")
        once = families.shared_range(keys, queries // 2, range_size, seed)
        return families.duplicated_relations(once, 2)
    return database(family, keys, queries, range_size, seed)
