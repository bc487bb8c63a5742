"""Tables made by rule in which a question may have several answers."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import accumulate

from factrank.errors import FactrankError
from factrank.facts.database import Database

Triple = tuple[str, str, str]
Family = Callable[[random.Random, int, int], Iterable[Triple]]


@lru_cache(maxsize=64)
def made(family: str, keys: int, queries: int, seed: int) -> Database:
    """A table of a family, with pairs (key, query) of several values.

    ``several``: one to three of 12 values a pair, the same for all relations; ``own``: one to three
    of 8 values that are the relation's own; ``seldom``: one of 8 values, and for one pair in ten a
    second; ``skewed``: a pair has one value, half of the pairs a second, a quarter a third and so
    on up to six, drawn from 24 of which few are frequent; ``tags``: one relation gives up to five
    of 16 tags, the others one of 6 categories; ``friends``: each relation a symmetric graph on the
    keys with three edges for two keys; ``inverse``: relations in pairs, a member's group (one of
    eight keys a group) and the group's members; ``kin``: parents, children and siblings in
    families of two parents and three children. [ours]

    Errors: ``FactrankError`` for another family, and for relations that it cannot have.

    >>> db = made("own", 6, 2, 0)
    >>> db.shape, db.functional, len(db)
    ((6, 2, 12), False, 23)
    """
    if family not in FAMILIES:
        raise FactrankError(f"family: expected one of {', '.join(FAMILIES)}, found {family!r}")
    wanted = {"inverse": queries % 2 == 0, "kin": queries == 3}
    if not wanted.get(family, True):
        raise FactrankError(
            f"queries: expected {'3' if family == 'kin' else 'an even number'} of {family}, "
            f"found {queries}"
        )
    rng = random.Random(f"sets {family} {keys} {queries} {seed}")
    return Database.from_triples(dict.fromkeys(FAMILIES[family](rng, keys, queries)))


def _several(rng: random.Random, keys: int, queries: int) -> Iterable[Triple]:
    for k, q in _pairs(keys, queries):
        for v in rng.sample(range(12), rng.randint(1, 3)):
            yield f"k{k}", f"q{q}", f"v{v}"


def _own(rng: random.Random, keys: int, queries: int) -> Iterable[Triple]:
    for k, q in _pairs(keys, queries):
        for v in rng.sample(range(8), rng.randint(1, 3)):
            yield f"k{k}", f"q{q}", f"v{q}.{v}"


def _seldom(rng: random.Random, keys: int, queries: int) -> Iterable[Triple]:
    for k, q in _pairs(keys, queries):
        for v in rng.sample(range(8), 1 + (rng.random() < 0.1)):
            yield f"k{k}", f"q{q}", f"v{v}"


def _skewed(rng: random.Random, keys: int, queries: int) -> Iterable[Triple]:
    frequent = list(accumulate(1 / (v + 1) for v in range(24)))
    for k, q in _pairs(keys, queries):
        many = 1
        while many < 6 and rng.random() < 0.5:
            many += 1
        for v in rng.choices(range(24), cum_weights=frequent, k=many):
            yield f"k{k}", f"q{q}", f"v{v}"


def _tags(rng: random.Random, keys: int, queries: int) -> Iterable[Triple]:
    for k in range(keys):
        for v in rng.sample(range(16), rng.randint(0, 5)):
            yield f"k{k}", "tag", f"t{v}"
        for q in range(1, queries):
            yield f"k{k}", f"q{q}", f"v{q}.{rng.randrange(6)}"


def _friends(rng: random.Random, keys: int, queries: int) -> Iterable[Triple]:
    for q in range(queries):
        for _ in range(3 * keys // 2):
            one, other = rng.sample(range(keys), 2)
            yield f"k{one}", f"q{q}", f"k{other}"
            yield f"k{other}", f"q{q}", f"k{one}"


def _inverse(rng: random.Random, keys: int, queries: int) -> Iterable[Triple]:
    for q in range(0, queries, 2):
        for k in range(keys):
            group = f"g{rng.randrange(max(1, keys // 8))}"
            yield f"k{k}", f"q{q}", group
            yield group, f"q{q + 1}", f"k{k}"


def _kin(rng: random.Random, keys: int, queries: int) -> Iterable[Triple]:
    people = [f"k{k}" for k in range(keys)]
    for start in range(2, keys, 3):
        parents, children = rng.sample(people[:start], 2), people[start : start + 3]
        for child in children:
            for parent in parents:
                yield child, "parent", parent
                yield parent, "child", child
            yield from ((child, "sibling", other) for other in children if other != child)


def _pairs(keys: int, queries: int) -> Iterable[tuple[int, int]]:
    return ((k, q) for k in range(keys) for q in range(queries))


FAMILIES: dict[str, Family] = {
    "several": _several,
    "own": _own,
    "seldom": _seldom,
    "skewed": _skewed,
    "tags": _tags,
    "friends": _friends,
    "inverse": _inverse,
    "kin": _kin,
}
