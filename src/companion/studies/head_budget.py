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
from typing import NamedTuple

import numpy as np
from pandas import DataFrame

from companion.engine.sweeps import Experiment, Judgement
from companion.engine.thresholds import EMBEDDINGS, MOST
from companion.studies.item import Item, Shape, told
from companion.studies.measure import train_items

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


items = told(lambda tier: _full() if tier == "full" else _quick())


def _cell(
    tier: str, part: str, shape: Shape, regime: str, heads: int, d_qk: int, d_vo: int, *,
    d_model: int | None = None,
) -> Iterator[Item]:  # fmt: skip
    for seed in range(SEEDS[tier]):
        yield Item(
            *shape, part=part, regime=regime, n_heads=heads, d_model=d_model or D_MODEL[regime],
            d_head_qk=d_qk, width=heads * d_vo, steps=STEPS[tier], seed=seed,
        )  # fmt: skip


# ---- the criteria, as they were written before the record

LINE = ["family", "keys", "queries", "range_size", "regime", "n_heads"]
SHORT = ["family", "queries", "range_size", "n_heads"]
FLAT = 0.02  # a fall of mean recall that counts as none


class Contrast(NamedTuple):
    """Mean recall with d_head_qk = 1 minus that with another one, the same line and seeds, and its
    95% interval by resampling seeds."""

    line: tuple[object, ...]
    difference: float
    low: float
    high: float


def judge(frame: DataFrame) -> list[Judgement]:
    """The trend in d_head_vo, equal parameters, where d_head_qk = 1 suffices, where it reverses."""
    verdicts = []
    for regime, rows in frame.groupby("regime"):
        for part, judged in (("width", _trend), ("split", _splits), ("heads", _heads)):
            if len(mine := rows[rows["part"] == part]):
                verdicts += judged(mine, EMBEDDINGS[regime])
    if len(mine := frame[frame["part"] == "query-key"]):
        verdicts += _query_key(mine)
    return verdicts


def steps(rows: DataFrame) -> list[tuple[tuple[object, ...], float]]:
    """(line, change of mean recall) from each d_head_vo to the next."""
    found = []
    for line, cells in rows.groupby(LINE):
        means = cells.groupby("d_head_vo")["recalled"].mean().sort_index()
        found += [(line, float(by)) for by in means.diff().dropna()]
    return found


def _trend(rows: DataFrame, name: str) -> list[Judgement]:
    found = steps(rows)
    kept = sum(by >= -FLAT for _, by in found)
    criterion = f"{name}: recall does not fall as d_head_vo grows, in 95% of the steps"
    return [Judgement(criterion, f"{kept} of {len(found)}", kept >= 0.95 * len(found))]


def contrasts(rows: DataFrame, other: int | None = None, draws: int = 2000) -> list[Contrast]:
    """For each line: d_head_qk = 1 against ``other``, or against the middle one, the even split."""
    rng = np.random.default_rng(0)
    found = []
    for line, cells in rows.groupby(LINE):
        by = cells.pivot(index="seed", columns="d_head_qk", values="recalled")
        even = sorted(by.columns)[len(by.columns) // 2]
        apart = (by[1] - by[other or even]).to_numpy()
        means = rng.choice(apart, (draws, len(apart))).mean(axis=1)
        low, high = np.quantile(means, [0.025, 0.975])
        found.append(Contrast(line, float(apart.mean()), float(low), float(high)))
    return found


def _splits(rows: DataFrame, name: str) -> list[Judgement]:
    found = contrasts(rows)
    better = [it for it in found if it.low > 0]
    worse = [it for it in found if it.high < 0]
    told = f"better in {len(better)}, worse in {len(worse)} of {len(found)}"
    verdicts = [
        Judgement(
            f"{name}: at equal parameters d_head_qk = 1 recalls more than the even split in three "
            "quarters of the lines",
            told,
            len(better) >= 0.75 * len(found),
        )
    ]
    if len(found) > 1:
        where = "; ".join(
            f"{it.line[0]}, {it.line[3]} values, {it.line[5]} heads: {it.difference:+.3f}"
            for it in worse
        )
        verdicts.append(
            Judgement(
                f"{name}: somewhere the advice reverses, by more than the seeds differ",
                where or "nowhere",
                bool(worse),
            )
        )
    return verdicts


def _heads(rows: DataFrame, name: str) -> list[Judgement]:
    told, good = [], []
    for r, cells in rows.groupby("range_size"):
        equal = cells[cells["d_head_qk"] * cells["n_heads"] == cells["width"]]
        means = equal.groupby("n_heads")["recalled"].mean()
        told.append(f"{r} values " + ", ".join(f"{h}: {x:.2f}" for h, x in means.items()))
        good.append(means[4] > means[1])
    criterion = f"{name}: at constant parameters four heads recall more than one"
    return [Judgement(criterion, "; ".join(told), all(good))]


def query_key(rows: DataFrame) -> DataFrame:
    """Share of seeds with full recall: a row a database and number of heads, a column a d_qk."""
    full = rows.assign(full=rows["recalled"] == 1)
    return full.pivot_table(index=SHORT, columns="d_head_qk", values="full", aggfunc="mean")


def _query_key(rows: DataFrame) -> list[Judgement]:
    enough = int((query_key(rows)[1] > MOST).sum())
    found = contrasts(rows, other=int(rows["d_head_qk"].max()))
    short = [it for it in found if it.high < 0]
    told = f"suffices in {enough} of {len(found)} lines, costs recall in {len(short)}"
    criterion = (
        "d_head_qk = 1 suffices for most seeds in some lines; in others it recalls less than the "
        "largest, by more than the seeds differ"
    )
    return [Judgement(criterion, told, enough > 0 and len(short) > 0)]


EXPERIMENT = Experiment("head-budget", items, train_items, judge, batch=10)
