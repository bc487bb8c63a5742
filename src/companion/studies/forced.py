"""Pairs held out of a table: what a layer says of them, and what low rank forces there."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from torch import Tensor

from companion.studies.databases import certified, database
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
    left = Counter(label for fact in facts for label in enumerate(fact))
    away: set[Fact]
    away = set()
    for fact in facts:
        spared = len(away) == count or (family == "copied" and fact[1] < queries // 2)
        if not spared and all(left[label] > 1 for label in enumerate(fact)):
            away.add(fact)
            left.subtract(enumerate(fact))
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


@lru_cache(maxsize=4096)
def full_rank(
    family: str, keys: int, queries: int, range_size: int, share: float, seed: int
) -> tuple[int, int]:
    """The certified rank interval of the complete table: the known facts and the true answers.

    >>> full_rank("copied", 12, 4, 3, 0.2, 0), full_rank("modular", 11, 11, 11, 0.1, 0)
    ((5, 5), (16, 16))
    """
    shown = held_out(family, keys, queries, range_size, share, seed)
    known = shown.known
    facts = tuple(sorted({*known.facts, *shown.true.facts}))
    return certified(family, Database(known.keys, known.queries, known.values, facts))


def forced(
    database: Database, pair: tuple[int, int], queries: Sequence[int], tolerance: float = 1e-9
) -> np.ndarray | None:
    """What every tensor with rank T_(Q) <= len(queries) that agrees with D has at a pair.

    If the rows of D_(Q) of these queries are independent on the keys K' where the pair's query is
    known, they are a basis of the rows of T_(Q); so T[k, q, :] = sum_s lambda_s D[k, s, :], with
    the only lambda that gives the known cells of q. None if no such tensor exists. [ours]

    Errors: ``FactrankError`` if the rows are not independent there, or not known where they must
    be.

    >>> db = Database.from_triples([("a", "r", "x"), ("b", "r", "y"), ("a", "s", "x")])
    >>> forced(db, (1, 1), [0])  # b, s from the row of r
    array([0., 1.])
    """
    k, q = pair
    known = {fact[:2] for fact in database.facts}
    keys = [i for i in range(database.shape[0]) if (i, q) in known]
    lost = [(i, s) for s in queries for i in (*keys, k) if (i, s) not in known]
    if lost or pair in known:
        raise FactrankError(
            f"pair: expected one in no fact, and answers to {lost[:1] or [pair]}, found otherwise"
        )
    D = database.tensor().astype(float)
    basis = D[keys][:, list(queries)].transpose(1, 0, 2).reshape(len(queries), -1)
    if not keys or np.linalg.matrix_rank(basis) < len(queries):
        raise FactrankError(
            f"queries: expected rows independent on the known keys, found {list(queries)}"
        )
    wanted = D[keys, q].reshape(-1)
    weights, *_ = np.linalg.lstsq(basis.T, wanted, rcond=None)
    if abs(weights @ basis - wanted).max() > tolerance:
        return None
    return np.asarray(weights @ D[k, list(queries)] + 0.0)


def fit_rank(
    M: np.ndarray, known: np.ndarray, rank: int, seed: int, steps: int = 2000
) -> tuple[np.ndarray, float]:
    """A matrix of at most that rank near M on its known cells, and the largest error there.

    Alternating least squares from a start drawn from the seed: row by row, then column by column.

    >>> M = np.array([[1.0, 1.0], [1.0, 7.0]])
    >>> known = np.array([[True, True], [True, False]])
    >>> fit_rank(M, known, 1, seed=0)[0].round(6)[1, 1]
    np.float64(1.0)
    """
    rng = np.random.default_rng(seed)
    left, right = rng.normal(size=(len(M), rank)), rng.normal(size=(rank, M.shape[1]))
    error = np.inf
    for _ in range(steps):
        for i, seen in enumerate(known):
            left[i] = np.linalg.lstsq(right[:, seen].T, M[i, seen], rcond=None)[0]
        for j, seen in enumerate(known.T):
            right[:, j] = np.linalg.lstsq(left[seen], M[seen, j], rcond=None)[0]
        error = float(abs((left @ right - M)[known]).max())
        if error < 1e-11:
            break
    return left @ right, error
