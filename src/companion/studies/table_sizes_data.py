"""Tables made by rule in the shapes of real ones: unique, skewed, shared, derived columns, gaps."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import lru_cache
from itertools import accumulate

from factrank.errors import FactrankError
from factrank.facts.database import Database

Column = list[int | None]
Kind = Callable[[random.Random, int], Column]
Family = Callable[[random.Random, int, int], list[Column]]


@lru_cache(maxsize=64)
def made(family: str, keys: int, queries: int, seed: int) -> Database:
    """A wide table of a family: every column is a relation, every row a key.

    ``unique``: no value twice in a column; ``numbers``: measured ones, each drawn from about as
    many as there are keys; ``skewed``: categories, few of them frequent; ``flags``: yes or no, yes
    being rare; ``even``: a few categories alike; ``codes``: one column of categories, the others
    unique; ``nested``: each column a grouping of the one before; ``classes``: all follow a hidden
    class, but for one cell in ten; ``shared``: skewed, over one set of values, a third of the
    cells empty; ``mixed``: columns of all these kinds drawn at random, a tenth of the cells empty.
    Columns share values in ``shared`` and ``flags`` only. [ours]

    Errors: ``FactrankError`` for another family.

    >>> made("codes", 9, 3, 0).shape, len(made("shared", 9, 3, 0))
    ((9, 3, 24), 18)
    """
    if family not in FAMILIES:
        raise FactrankError(f"family: expected one of {', '.join(FAMILIES)}, found {family!r}")
    rng = random.Random(f"{family} {keys} {queries} {seed}")
    columns = FAMILIES[family](rng, keys, queries)
    joint = family in ("shared", "flags")
    return Database.from_triples(
        (f"k{k}", f"q{q}", f"{v}" if joint else f"{q}.{v}")
        for q, column in enumerate(columns)
        for k, v in enumerate(column)
        if v is not None
    )


def _unique(rng: random.Random, keys: int) -> Column:
    return list(range(keys))


def _number(rng: random.Random, keys: int) -> Column:
    return [rng.randrange(keys) for _ in range(keys)]


def _skewed(rng: random.Random, keys: int) -> Column:
    size = rng.choice((4, 8, 16, 32))
    return rng.choices(range(size), list(1 / (v + 1) for v in range(size)), k=keys)


def _flag(rng: random.Random, keys: int) -> Column:
    yes = rng.choice((0.1, 0.25, 0.5))
    return [int(rng.random() < yes) for _ in range(keys)]


def _even(rng: random.Random, keys: int) -> Column:
    size = rng.choice((3, 6, 12))
    return [rng.randrange(size) for _ in range(keys)]


KINDS = (_unique, _number, _skewed, _flag, _even)


def _nested(rng: random.Random, keys: int, queries: int) -> list[Column]:
    """Groups, groups of these, and so on, down to two."""
    size = max(2, keys // 2)
    columns = [[rng.randrange(size) for _ in range(keys)]]
    while len(columns) < queries:
        smaller = max(2, size // rng.choice((2, 3)))
        to = [rng.randrange(smaller) for _ in range(size)]
        columns.append([to[v] for v in columns[-1]])
        size = smaller
    return columns  # type: ignore[return-value]  # without gaps


def _classes(rng: random.Random, keys: int, queries: int) -> list[Column]:
    """Every column a function of a hidden class; one cell in ten is drawn at random instead."""
    classes = max(2, round(keys**0.5))
    mine = [rng.randrange(classes) for _ in range(keys)]
    columns: list[Column]
    columns = []
    for _ in range(queries):
        size = rng.choice((2, 4, 8, 16))
        of = [rng.randrange(size) for _ in range(classes)]
        columns.append([rng.randrange(size) if rng.random() < 0.1 else of[c] for c in mine])
    return columns


def _gaps(rng: random.Random, columns: list[Column], share: float) -> list[Column]:
    """With a share of each column's cells empty, never all of them."""
    for column in columns:
        for k in rng.sample(range(len(column)), int(share * len(column))):
            column[k] = None
    return columns


def _mixed(rng: random.Random, keys: int, queries: int) -> list[Column]:
    weights = list(accumulate(rng.random() for _ in KINDS))
    columns: list[Column]
    columns = []
    for _ in range(queries):
        kind = rng.choices((*KINDS, None), cum_weights=[*weights, weights[-1] + 0.5])[0]
        if kind is None and columns:  # derived: a grouping of another column
            of = rng.choice(columns)
            size = max(2, len(set(of)) // 3)
            to = {v: rng.randrange(size) for v in sorted(set(of))}  # type: ignore[type-var]  # no gaps yet
            columns.append([to[v] for v in of])
        else:
            columns.append((kind or _skewed)(rng, keys))
    return _gaps(rng, columns, 0.1)


def _all(kind: Kind) -> Family:
    return lambda rng, keys, queries: [kind(rng, keys) for _ in range(queries)]


FAMILIES = {
    "unique": _all(_unique),
    "numbers": _all(_number),
    "skewed": _all(_skewed),
    "flags": _all(_flag),
    "even": _all(_even),
    "codes": lambda rng, keys, queries: [
        _skewed(rng, keys), *(_unique(rng, keys) for _ in range(queries - 1))
    ],
    "nested": _nested,
    "classes": _classes,
    "shared": lambda rng, keys, queries: _gaps(
        rng, [rng.choices(range(n), [1 / (v + 1) for v in range(n)], k=keys)
              for n in [max(4, keys // 4)] * queries], 1 / 3,
    ),
    "mixed": _mixed,
}  # fmt: skip
