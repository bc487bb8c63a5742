"""Searching for a good substitution: which slices, which modes, which zero block (P3, P5, P6)."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import chain, combinations

from factrank.facts.database import MODES, Database
from factrank.rank.lower import bounds as lower
from factrank.rank.lower.bounds import LowerBound, independent
from factrank.rank.lower.substitution import ROLES, triangular

SMALL = 14  # up to this many slices, all subsets are in reach of a search


def search(
    database: Database, goal: int, tries: int, seed: int, stop: Callable[[], bool] = lambda: False
) -> LowerBound:
    """The best of P1, P5, P6 and P3 over P6, within ``tries`` evaluations. [cited, ours]

    Subsets S are tried in all six roles of the modes, all of them where a mode is small, random
    ones else. Stops at ``goal`` (an upper bound: nothing beyond it exists) or when ``stop()``.

    >>> w = Database.from_triples([("0", "0", "1"), ("0", "1", "0"), ("1", "0", "0")])
    >>> search(w, goal=3, tries=100, seed=0).value
    3
    """
    rng = random.Random(seed)
    best = max((lower.unfolding(database, mode) for mode in MODES), key=lambda b: b.value)
    turns = [(_choices(database, mode, rng), mode) for mode in MODES]
    for mode, drawn in _alternate(turns):
        chosen = _independent(database, mode, drawn)
        for role in ROLES:
            if role[0] != mode or best.value >= goal or tries <= 0 or stop():
                continue
            tries -= 1
            found = triangular(database, mode, chosen, role[1], tries=3, seed=rng.randrange(2**32))
            if found and found.value > best.value:
                best = found
        if best.value >= goal or tries <= 0 or stop():
            return best
    return _over_zero_blocks(database, best, goal, tries, rng, stop)


def _independent(database: Database, mode: str, labels: tuple[str, ...]) -> tuple[str, ...]:
    """The slices, in a set-valued database less those that depend on others of them.

    There a set of values drawn by chance is seldom independent, and nothing would be tried.
    """
    if database.functional:
        return labels
    names = database.labels(mode)
    inside = set(labels)
    kept, _ = independent(database, mode, [i for i, x in enumerate(names) if x in inside])
    return tuple(names[i] for i in kept)


def _choices(database: Database, mode: str, rng: random.Random) -> Iterator[tuple[str, ...]]:
    """Nonempty sets of used slices of a mode, in random order: all if few, else some of any size.

    By size, a short search would never come to the large sets, and these often prove most.
    """
    names = [database.labels(mode)[i] for i in database.used(mode)]
    if len(names) <= SMALL:
        sizes = range(1, len(names) + 1)
        every = list(chain.from_iterable(combinations(names, size) for size in sizes))
        rng.shuffle(every)
        yield from every
        return
    while True:
        yield tuple(rng.sample(names, rng.randint(1, len(names) - 1)))


def _alternate(
    turns: list[tuple[Iterator[tuple[str, ...]], str]],
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """One choice from each mode in turn, until every mode has run dry."""
    while turns:
        for turn in list(turns):
            chosen = next(turn[0], None)
            if chosen is None:
                turns.remove(turn)
            else:
                yield turn[1], chosen


def _over_zero_blocks(
    database: Database,
    best: LowerBound,
    goal: int,
    tries: int,
    rng: random.Random,
    stop: Callable[[], bool],
) -> LowerBound:
    """P3 with a search inside: substitute values, keep the block of keys they do not touch."""
    for drawn in _choices(database, "V", rng):
        values = _independent(database, "V", drawn)
        for queries in _choices(database, "Q", rng):
            if best.value >= goal or tries <= 0 or stop():
                return best
            part = _untouched(database, values, queries)
            # Pair counts of the block bound what the search inside could give.
            least = min(part.pair_counts().values())
            if len(values) + least <= best.value:
                continue
            tries -= 20
            inner = search_inside(part, goal - len(values), rng)
            if len(values) + inner.value > best.value:
                best = lower.zero_pattern(database, values, part.keys, queries, inner)
    return best


def _untouched(database: Database, values: tuple[str, ...], queries: tuple[str, ...]) -> Database:
    """D on the keys that meet no value of S in these queries, without S and unused values."""
    gone, asked = set(values), set(queries)
    touched = {k for k, q, v in database.triples() if v in gone and q in asked}
    keys = [k for k in database.keys if k not in touched]
    return database.restrict(keys, queries, [v for v in database.values if v not in gone])


def search_inside(database: Database, goal: int, rng: random.Random) -> LowerBound:
    """A short search without P3: unfoldings, then one P6 for every small set of slices."""
    best = max((lower.unfolding(database, mode) for mode in MODES), key=lambda b: b.value)
    for a, b in ROLES:
        names = [database.labels(a)[i] for i in database.used(a)]
        for size in (1, 2):
            for chosen in combinations(names, size) if len(names) <= SMALL else ():
                if best.value >= goal:
                    return best
                found = triangular(database, a, chosen, b, tries=1, seed=rng.randrange(2**32))
                if found and found.value > best.value:
                    best = found
    return best
