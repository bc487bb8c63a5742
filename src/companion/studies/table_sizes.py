"""The experiment table-sizes: how small may a trained layer be for a table shaped like a real one?

The layers are those of layer-size, told by d_model, with trained embeddings, and trained as
``factrank train --until recalled`` trains. The tables are those of ``made``. A line is
a table; the least d_model at which most seeds recall every fact is looked for by doubling steps and
halving along ``RUNGS``, all seeds at each. ``factrank plan`` reads the record.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from pandas import DataFrame

from companion.engine.sweeps import Experiment, Judgement
from companion.engine.thresholds import COVERED, foretold
from companion.engine.thresholds import covered as covered
from companion.studies.item import Config, Fields, told
from factrank.errors import FactrankError
from factrank.facts.database import Database
from factrank.layer.config import LayerConfig
from factrank.layer.training.fitting import fit, recipe_for
from factrank.layer.training.losses import Goal
from factrank.practice.plan.thresholds import D_HEAD_QK, Table, heads, sizes_of

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


RUNGS = (*range(2, 13), 14, 16, 18, 20, 23, 26, 30, 34, 40, 46, 54, 62, 72, 84)
SEEDS = {"quick": 2, "full": 3}
STEPS, LONG = 600, 1200  # of tables up to MANY facts, and of larger ones
MANY = 5000
DENSE = 60_000  # logits of a layer up to which all are made at a step, for all seeds at once


class Shape(NamedTuple):
    """A table of ``made``."""

    family: str
    keys: int
    queries: int


SHAPES = (
    Shape("unique", 24, 2), Shape("unique", 80, 2), Shape("codes", 30, 3),
    Shape("mixed", 20, 10), Shape("flags", 30, 8), Shape("skewed", 30, 4), Shape("even", 200, 4),
    Shape("nested", 60, 4), Shape("classes", 50, 6), Shape("shared", 40, 4),
    Shape("numbers", 24, 3), Shape("mixed", 40, 5), Shape("even", 1500, 6), Shape("flags", 50, 24),
)  # fmt: skip
SMALL = (Shape("unique", 12, 2), Shape("flags", 12, 4), Shape("mixed", 12, 4))


@dataclass(frozen=True)
class Tried(Fields):
    """A table, and the steps and seed of the layers tried on it."""

    family: str
    keys: int
    queries: int
    steps: int
    seed: int


@told
def items(tier: str) -> Iterator[Tried]:
    """Every table and seed of a tier; of large tables one seed."""
    for shape in SHAPES if tier == "full" else SMALL:
        large = shape.keys * shape.queries > MANY
        for seed in range(1 if large else SEEDS[tier]):
            yield Tried(*shape, steps=LONG if large else STEPS, seed=seed)


def work(batch: Sequence[Config]) -> list[dict[str, object]]:
    """The seeds of one table; one row each. [ours]"""
    tried = [Tried(**config) for config in batch]
    one, seeds = tried[0], [it.seed for it in tried]
    db = made(one.family, one.keys, one.queries, 0)
    sizes = sizes_of(db)
    found = least(lambda d: recalled(db, d, seeds, one.steps), guess(sizes.load), len(seeds))
    return [{**it.told(), **sizes.told(), **row} for it, row in zip(tried, found, strict=True)]


def least(
    shares_at: Callable[[int], list[float]], near: float, seeds: int
) -> list[dict[str, object]]:
    """For each seed the least d_model asked from which on it recalled every fact (``works``), the
    largest at which it did not (``fails``), and how much it recalled there (``nearly``).

    ``shares_at`` a d_model are what the seeds recall there; the first asked lies ``near``.
    """
    asked: dict[int, list[float]] = {}

    def most(rung: int) -> bool:
        asked[rung] = shares_at(RUNGS[rung])
        return sum(share == 1 for share in asked[rung]) * 2 > seeds

    start = min(range(len(RUNGS)), key=lambda n: abs(RUNGS[n] - near))
    climb(most, start, len(RUNGS))
    rows = []
    for n in range(seeds):
        bad = [rung for rung, shares in asked.items() if shares[n] < 1]
        good = [rung for rung in asked if rung > max(bad, default=-1)]
        rows.append({
            "works": RUNGS[min(good)] if good else None,
            "fails": RUNGS[max(bad)] if bad else None,
            "nearly": round(asked[max(bad)][n], 6) if bad else None,
            "asked": len(asked),
        })  # fmt: skip
    return rows


def guess(load: float) -> float:
    """About the threshold, from a pilot.

    >>> round(guess(0), 1), round(guess(9), 1)
    (2.5, 8.5)
    """
    return 1 + 1.5 * (1 + load) ** 0.7  # type: ignore[no-any-return]  # load is not negative


def climb(works: Callable[[int], bool], start: int, many: int) -> None:
    """Ask ``works`` of rungs 0, ..., many - 1 until the least that works stands beside one that
    does not: from ``start`` on by steps 1, 2, 4, ..., then by halves.

    >>> asked = []
    >>> climb(lambda n: asked.append(n) or n >= 5, 3, 20)
    >>> asked
    [3, 4, 6, 5]
    """
    low, high, at, step = -1, many, start, 1
    while high - low > 1:
        if works(at):
            high = at
        else:
            low = at
        if high == many:
            at = min(low + step, many - 1)
        elif low == -1:
            at = max(high - step, 0)
        else:
            at = (low + high) // 2
        step *= 2


def recalled(
    database: Database, d_model: int, seeds: Sequence[int], steps: int, *, trained: bool = True
) -> list[float]:
    """The share of the facts that each seed's layer recalls where it recalls most; embeddings are
    trained, or frozen."""
    config = LayerConfig(
        *database.shape, d_model=d_model, n_heads=heads(d_model), d_head_qk=D_HEAD_QK,
        d_head_vo=-(-d_model // heads(d_model)), trainable_embeddings=trained,
    )  # fmt: skip
    pairs = len({fact[:2] for fact in database.facts})
    few = config.keys * config.queries * config.values <= DENSE
    batch = None if few else min(pairs, max(500, pairs // 50))
    found = fit(config, database, recipe_for(config, steps), seeds, Goal("recalled"), batch=batch)
    return [one.recalled for one in found]


# ---- the criteria, as they were written before the record

LINE = ["family", "keys", "queries"]
NARROW = 2.0  # the interval's upper end over its lower end, at most


def lines(frame: DataFrame, line: Sequence[str] = LINE) -> list[Table]:
    """Each table of a record with its threshold: of the least d_model of the seeds the middle one,
    from which on most seeds recall every fact."""
    found = []
    for which, rows in frame.groupby(list(line), sort=False):
        works, fails = middle(rows["works"].fillna(np.inf)), middle(rows["fails"].fillna(0))
        counts = [int(rows.iloc[0][it]) for it in ("keys", "queries")]
        sizes = [float(rows.iloc[0][it]) for it in ("values", "facts", "bits", "again")]
        ends = int(fails) or None, int(works) if np.isfinite(works) else None
        found.append(Table._make([":".join(map(str, which[:-2])), *counts, *sizes, *ends]))
    return found


def middle(found: Sequence[float]) -> float:
    """The middle one of the seeds' numbers, of an even number the larger.

    >>> middle([4, 9, 5])
    5.0
    """
    return float(np.sort(found)[len(found) // 2])


def judge(frame: DataFrame) -> list[Judgement]:
    """The criteria: every threshold on the grid, an interval that covers, and is narrow."""
    found = lines(frame)
    known = [line.works is not None for line in found]
    words = "for 80% of the tables a layer of the grid recalls every fact"
    verdict = Judgement.of(words, known, least=COVERED)
    return [verdict, *foretold(found, "tables", NARROW)]


EXPERIMENT = Experiment(
    "table-sizes", items, work, judge, batch=SEEDS["full"],
    outcomes=("works",),
    measured=("fails", "nearly", "asked"),
)  # fmt: skip
