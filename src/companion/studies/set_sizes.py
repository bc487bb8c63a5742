"""The experiment set-sizes: does the layer that a plan expects hold where questions have several
answers?

The plan was made from facts with one answer a question. Here pairs (key, query) have several
values, by the rules of ``made``; a layer recalls a fact if its logit lies above those of
all values that are no answer to its pair. Layers and search are those of table-sizes, with trained
and with frozen embeddings; a line is a table and a regime.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

import numpy as np
from pandas import DataFrame

from companion.engine.sweeps import Experiment, Judgement
from companion.engine.thresholds import COVERED, EMBEDDINGS
from companion.studies import layer_size, table_sizes
from companion.studies.item import Config, Fields, told
from companion.studies.table_sizes import Shape, least, middle, recalled
from factrank.errors import FactrankError
from factrank.facts.bits import bits
from factrank.facts.database import Database
from factrank.practice.plan.expected import span
from factrank.practice.plan.thresholds import sizes_of
from factrank.rank.interval import rank_interval

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


def _some(size: int, many: Callable[[random.Random], int], *, own: bool = False) -> Family:
    """For each pair so many of ``size`` values, the same for all relations or each its own."""

    def drawn(rng: random.Random, keys: int, queries: int) -> Iterable[Triple]:
        for k, q in _pairs(keys, queries):
            for v in rng.sample(range(size), many(rng)):
                yield f"k{k}", f"q{q}", f"v{q}.{v}" if own else f"v{v}"

    return drawn


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
    "several": _some(12, lambda rng: rng.randint(1, 3)),
    "own": _some(8, lambda rng: rng.randint(1, 3), own=True),
    "seldom": _some(8, lambda rng: 1 + (rng.random() < 0.1)),
    "skewed": _skewed,
    "tags": _tags,
    "friends": _friends,
    "inverse": _inverse,
    "kin": _kin,
}


# ---- the grid, the work

SEEDS = {"quick": 2, "full": 3}
STEPS = {"T": 600, "F": 1000}  # those of table-sizes and of layer-size

SHAPES = (
    Shape("several", 20, 4), Shape("several", 60, 8), Shape("own", 24, 3), Shape("own", 80, 6),
    Shape("seldom", 32, 4), Shape("seldom", 96, 6), Shape("skewed", 30, 4), Shape("skewed", 90, 3),
    Shape("tags", 24, 3), Shape("tags", 80, 6), Shape("friends", 20, 2), Shape("friends", 60, 3),
    Shape("inverse", 24, 2), Shape("inverse", 80, 4), Shape("kin", 26, 3), Shape("kin", 80, 3),
)  # fmt: skip
SMALL = (Shape("several", 8, 2), Shape("tags", 8, 2), Shape("kin", 8, 3))


@dataclass(frozen=True)
class Tried(Fields):
    """A table, the regime, the steps and the seed of the layers tried on it."""

    family: str
    keys: int
    queries: int
    regime: str
    steps: int
    seed: int


@told
def items(tier: str) -> Iterator[Tried]:
    """Every table, regime and seed of a tier."""
    for shape in SHAPES if tier == "full" else SMALL:
        for regime in "TF":
            for seed in range(SEEDS[tier]):
                yield Tried(*shape, regime=regime, steps=STEPS[regime], seed=seed)


def work(batch: Sequence[Config]) -> list[dict[str, object]]:
    """The seeds of one table and regime; one row each. [ours]"""
    tried = [Tried(**config) for config in batch]
    one, seeds = tried[0], [it.seed for it in tried]
    db = made(one.family, one.keys, one.queries, 0)
    sizes, said, ranked = sizes_of(db), bits(db), rank_interval(db, "quick")
    trained = one.regime == "T"
    near = table_sizes.guess(sizes.load) if trained else layer_size.guess("F", said)
    found = least(
        lambda d: recalled(db, d, seeds, one.steps, trained=trained), near, len(seeds)
    )  # fmt: skip
    about = {
        "pairs": len({fact[:2] for fact in db.facts}), **sizes.told(), "used_keys": sizes.keys,
        "range_bits": round(said, 1), "rank_lower": ranked.lower, "rank_upper": ranked.upper,
    }  # fmt: skip
    return [{**it.told(), **about, **row} for it, row in zip(tried, found, strict=True)]


# ---- the criteria, as they were written before the record

LINE = ["family", "keys", "queries", "regime"]


@dataclass(frozen=True)
class Found:
    """A table and a regime: the interval that the plan names, and the threshold, as in a
    ``thresholds.Line``: most seeds fail at ``fails``, and from ``works`` on they recall all."""

    table: str
    regime: str
    low: int
    high: int
    fails: float
    works: float

    @property
    def where(self) -> str:
        """Inside the interval, below it or above it."""
        return (
            "below" if self.works < self.low else "above" if self.high <= self.fails else "inside"
        )


def lines(frame: DataFrame) -> list[Found]:
    """Each table and regime of a record."""
    found = []
    for (family, keys, queries, regime), rows in frame.groupby(LINE, sort=False):
        one = rows.iloc[0]
        sizes = {
            "load": one["bits"] / (one["used_keys"] + queries + one["again"]),
            "keys": one["used_keys"],
            "queries": queries,
            "values": one["values"],
            "bits": max(1.0, one["range_bits"]),
            "rank": float(np.sqrt(one["rank_lower"] * one["rank_upper"])),
        }
        ends = middle(rows["fails"].fillna(0)), middle(rows["works"].fillna(np.inf))
        found.append(Found(f"{family} {keys} x {queries}", regime, *span(sizes, regime), *ends))
    return found


def judge(frame: DataFrame) -> list[Judgement]:
    """The criteria, for each regime: thresholds on the grid, and inside the plan's interval."""
    verdicts = []
    for regime, name in EMBEDDINGS.items():
        found = [line for line in lines(frame) if line.regime == regime]
        known = [line.works < np.inf for line in found]
        inside = [line.where == "inside" for line in found]
        verdicts += [
            Judgement.of(
                f"{name}: for 80% of the tables a layer of the grid recalls every fact",
                known, least=COVERED,
            ),
            Judgement.of(
                f"{name}: the interval of the plan, made from facts with one answer a question, "
                f"holds the threshold for 80%",
                inside, least=COVERED,
            ),
        ]  # fmt: skip
    return verdicts


EXPERIMENT = Experiment(
    "set-sizes", items, work, judge, batch=SEEDS["full"],
    outcomes=("works",),
    measured=("fails", "nearly", "asked", "rank_*"),
)  # fmt: skip
