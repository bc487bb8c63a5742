"""The experiment head-budget: query-key width against value-output width, and heads.

Four parts, cross-entropy, ten seeds a cell (three in the quick tier). ``width``: recall against
d_head_vo, all else fixed. ``split``: d_head_qk against d_head_vo at equal attention parameters,
2 d_model n_heads (d_head_qk + d_head_vo). ``query-key``: d_head_qk alone, the width enough.
``heads``: their number at constant total width, with d_head_qk as it is and with all parameters
constant. Layers are small enough that most cells recall some facts and not all: F with frozen
random directions, T trained, d_model smaller because it holds facts too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from companion.engine.catalogue import CATALOGUE
from companion.engine.sweeps import Experiment
from companion.studies.head_budget_judge import judge
from companion.studies.item import Item, Shape, told
from companion.studies.measure import group, train_items

SEEDS = {"quick": 3, "full": 10}
STEPS = {"quick": 500, "full": 800}
D_MODEL = {"F": 16, "T": 6}
SHARE = {1: 16, 2: 12, 4: 8}  # d_head_qk + d_head_vo of a split, by heads


RANGES = tuple(Shape("uniform", 48, 6, r) for r in (4, 8, 32))
SPLIT = (Shape("uniform", 48, 6, 4), Shape("uniform", 48, 6, 32), Shape("disjoint", 48, 6, 8))
QUERY_KEY = Shape("disjoint", 24, 3, 8), Shape("disjoint", 24, 6, 4), Shape("uniform", 24, 8, 8)
TOTAL = 4  # their total width


def splits(total: int) -> list[tuple[int, int]]:
    """(d_head_qk, d_head_vo) from least to most query-key width, the even one among them.

    >>> splits(8)
    [(1, 7), (2, 6), (4, 4), (6, 2), (7, 1)]
    """
    return [(i, total - i) for i in (1, 2, total // 2, total - 2, total - 1)]


def items(tier: str) -> list[dict[str, Any]]:
    """Every layer of a tier, in full."""
    return told(_full() if tier == "full" else _quick())


def _quick() -> Iterator[Item]:
    for d_vo in (1, 2, 4, 8):
        yield from _cell("quick", "width", RANGES[1], "F", 4, 2, d_vo)
    for d_qk, d_vo in splits(8):
        yield from _cell("quick", "split", SPLIT[1], "F", 4, d_qk, d_vo)
    for shape in (QUERY_KEY[0], QUERY_KEY[2]):
        for d_qk in (1, 8):
            yield from _cell("quick", "query-key", shape, "F", 2, d_qk, 2, d_model=32)


def _full() -> Iterator[Item]:
    for regime in "FT":
        for shape in RANGES:
            for heads in (1, 2, 4, 8):
                for d_vo in (1, 2, 4, 8, 16):
                    yield from _cell("full", "width", shape, regime, heads, 2, d_vo)
        for shape in SPLIT:
            for heads, total in SHARE.items():
                for d_qk, d_vo in splits(total):
                    yield from _cell("full", "split", shape, regime, heads, d_qk, d_vo)
        for shape in RANGES[1:]:
            for heads in (1, 2, 4, 8, 16):
                for d_qk in sorted({1, 16 // heads}):
                    yield from _cell("full", "heads", shape, regime, heads, d_qk, 16 // heads)
    for shape in QUERY_KEY:
        for heads in (1, 2, 4):
            for d_qk in (1, 2, 4, 8):
                yield from _cell(
                    "full", "query-key", shape, "F", heads, d_qk, TOTAL // heads, d_model=32
                )


def _cell(
    tier: str,
    part: str,
    shape: Shape,
    regime: str,
    heads: int,
    d_qk: int,
    d_vo: int,
    *,
    d_model: int | None = None,
) -> Iterator[Item]:
    for seed in range(SEEDS[tier]):
        yield Item(
            *shape,
            part=part,
            regime=regime,
            n_heads=heads,
            d_model=d_model or D_MODEL[regime],
            d_head_qk=d_qk,
            width=heads * d_vo,
            steps=STEPS[tier],
            seed=seed,
        )


EXPERIMENT = Experiment(
    name="head-budget",
    question=CATALOGUE["head-budget"].question,
    items=items,
    group=group,
    work=train_items,
    judge=judge,
    batch=10,
)
