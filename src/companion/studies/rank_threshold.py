"""The experiment rank-threshold: when does width suffice? Its grid and its criteria.

Six parts, each a grid of total widths around rank(D), ten seeds a cell (three in the quick tier):
``disjoint`` (least squares, free attention, one head a relation), ``key-independent`` (the same
with attention that sees no key and a silent query path), ``free`` (shared ranges, free attention,
d_qk growing), ``few heads`` (fewer heads than relations), ``cross-entropy`` (no bound on the
logits) and ``bounded`` (logits of norm beta). At least half of the cells lie within 25% of the
rank, rank - 1, rank and rank + 1 always among them: a grid that can fail.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from companion.engine.catalogue import CATALOGUE
from companion.engine.sweeps import Experiment
from companion.engine.thresholds import FITTED
from companion.studies.item import Item, told
from companion.studies.measure import group, train_items
from companion.studies.rank_threshold_judge import judge

SEEDS = {"quick": 3, "full": 10}
STEPS = {"quick": 800, "full": 1200}


class Shape(NamedTuple):
    """Sizes of a database and its rank, which ``test_rank_threshold.py`` certifies."""

    family: str
    keys: int
    queries: int
    range_size: int
    rank: int


D16 = Shape("disjoint", 24, 4, 4, 16)
D18, D16_2, D20 = (
    Shape("disjoint", 24, 3, 6, 18),
    Shape("disjoint", 20, 2, 8, 16),
    Shape("disjoint", 30, 5, 4, 20),
)
S16, S18 = Shape("shared", 32, 4, 4, 16), Shape("shared", 36, 3, 6, 18)
TWICE8, TWICE12 = Shape("duplicated", 32, 4, 4, 8), Shape("duplicated", 32, 6, 4, 12)
CLOCK = Shape("modular", 5, 5, 5, 7)
SMALL_D, SMALL_S = Shape("disjoint", 15, 3, 3, 9), Shape("shared", 24, 3, 3, 9)


def near(rank: int) -> list[int]:
    """Widths within a quarter of the rank: always rank - 1, rank and rank + 1.

    >>> near(16), near(7)
    ([12, 14, 15, 16, 17, 18, 20], [6, 7, 8])
    """
    steps = {0, 1, round(rank / 8), rank // 4}
    return sorted({rank + sign * step for step in steps for sign in (-1, 1)})


def items(tier: str) -> list[dict[str, Any]]:
    """Every layer of a tier, in full."""
    return told(_full() if tier == "full" else _quick())


def _quick() -> Iterator[Item]:
    few = [8, 9, 10]
    yield from _cells("quick", "disjoint", SMALL_D, [3, 6, *few, 11], d_qk=3)
    yield from _cells("quick", "key-independent", SMALL_S, [3, 6, *few, 11], d_qk=3, split=True)
    for d_qk in (1, 6):
        yield from _cells("quick", "free", SMALL_S, [3, 5, 6, *few], d_qk=d_qk)
    yield from _cells("quick", "few heads", SMALL_D, [*few, 18], d_qk=3, heads=1)
    yield from _cells("quick", "cross-entropy", SMALL_D, [2, 4, *few], "cross-entropy", d_qk=3)
    yield from _cells("quick", "bounded", SMALL_D, [2, 4, *few], "bounded", 6.0, d_qk=3)


def _full() -> Iterator[Item]:
    for regime, shapes in (("F", (D16, D18, D16_2, D20)), ("T", (D16, D18))):
        for shape in shapes:
            yield from _cells("full", "disjoint", shape, _around(shape), regime=regime)
    for regime, shapes in (("F", (S16, S18, TWICE8, TWICE12, D16)), ("T", (S16, TWICE8))):
        for shape in shapes:
            yield from _cells(
                "full", "key-independent", shape, _around(shape), regime=regime, split=True
            )
    clock = [5, *near(CLOCK.rank), 9, 10, 12, 14]
    yield from _cells("full", "key-independent", CLOCK, clock, split=True)
    low = [3, 4, 5, 6, 8, 10]
    for regime, d_qk in (("F", 1), ("F", 2), ("F", 4), ("F", 8), ("T", 1), ("T", 4)):
        yield from _cells("full", "free", S16, [*low, *near(16)], regime=regime, d_qk=d_qk)
    for heads in (2, 1):
        for d_qk in (4, 16):
            widths = [8, *near(16), 24, 32]
            yield from _cells("full", "few heads", D16, widths, heads=heads, d_qk=d_qk)
    for shape in (D16, S16):
        for regime in "FT":
            widths = [1, 2, 3, 4, 6, 8, *near(16)]
            yield from _cells(
                "full", "cross-entropy", shape, widths, "cross-entropy", regime=regime
            )
        for beta in (6.0, 10.0):
            widths = [1, 2, 3, 4, 6, 8, 10, *near(16)]
            yield from _cells("full", "bounded", shape, widths, "bounded", beta)


def _around(shape: Shape) -> list[int]:
    rank = shape.rank
    return [rank // 4, rank // 2, *near(rank), 3 * rank // 2]


def _cells(
    tier: str,
    part: str,
    shape: Shape,
    widths: Sequence[int],
    loss: str = "least squares",
    beta: float | None = None,
    *,
    regime: str = "F",
    d_qk: int = 4,
    heads: int | None = None,
    split: bool = False,
) -> Iterator[Item]:
    """The cells of one line of the grid, all their seeds: the widths and all else fixed."""
    least = loss == "least squares"
    for width in widths:
        for seed in range(SEEDS[tier]):
            yield Item(
                *shape[:4],
                part=part,
                regime=regime,
                attention="key-independent" if split else "free",
                loss=loss,
                beta=beta,
                n_heads=heads or shape.queries,
                d_model=shape.keys + shape.queries,
                d_head_qk=d_qk,
                width=width,
                steps=STEPS[tier],
                weight_decay=0.0 if least else 0.03 if regime == "F" else 0.1,
                stop=FITTED if least else 0.9,
                seed=seed,
            )


EXPERIMENT = Experiment(
    name="rank-threshold",
    question=CATALOGUE["rank-threshold"].question,
    items=items,
    group=group,
    work=train_items,
    judge=judge,
)
