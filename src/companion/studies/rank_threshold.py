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
from itertools import product
from typing import NamedTuple

import pandas as pd
from pandas import DataFrame, Series

from companion.engine.sweeps import Experiment, Judgement
from companion.engine.thresholds import CLOSE, EMBEDDINGS, FITTED, MOST, REGIMES, edge
from companion.studies.item import Item, decay, told
from companion.studies.measure import train_items

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


items = told(lambda tier: _full() if tier == "full" else _quick())


def _around(shape: Shape) -> list[int]:
    rank = shape.rank
    return [rank // 4, rank // 2, *near(rank), 3 * rank // 2]


def _cells(
    tier: str, part: str, shape: Shape, widths: Sequence[int], loss: str = "least squares",
    beta: float | None = None, *, regime: str = "F", d_qk: int = 4, heads: int | None = None,
    split: bool = False,
) -> Iterator[Item]:  # fmt: skip
    """The cells of one line of the grid, all their seeds: the widths and all else fixed."""
    least = loss == "least squares"
    for width in widths:
        for seed in range(SEEDS[tier]):
            yield Item(
                *shape[:4], part=part, regime=regime,
                attention="key-independent" if split else "free", loss=loss, beta=beta,
                n_heads=heads or shape.queries, d_model=shape.keys + shape.queries, d_head_qk=d_qk,
                width=width, steps=STEPS[tier], weight_decay=decay(regime, loss),
                stop=FITTED if least else 0.9, seed=seed,
            )  # fmt: skip


# ---- the criteria, as they were written before the record

AGREE = 0.95  # of the cells
LINE = ["part", "family", "keys", "queries", "range_size", "regime", "attention", "loss", "beta"]
LINE += ["n_heads", "d_head_qk"]
SIZES = ["rank_lower", "rank_upper", "rank_value", "width"]


def succeeded(frame: DataFrame) -> Series:
    """Least squares: relative error below 0.05. Else: every fact held at 0.5."""
    return (frame["relative_error"] < CLOSE).where(
        frame["loss"] == "least squares", frame["held_50"] == 1
    )


def cells(frame: DataFrame) -> DataFrame:
    """One row a cell: the share of its seeds that succeeded, and that recall every fact.

    ``near`` marks cells within 25% of the rank; ``predicted`` those of width at least the rank.
    """
    frame = frame.assign(succeeded=succeeded(frame), recalls=frame["recalled"] == 1)
    found = (
        frame.groupby([*LINE, *SIZES], dropna=False)
        .agg(succeeded=("succeeded", "mean"), recalls=("recalls", "mean"), seeds=("seed", "size"))
        .reset_index()
    )
    rank = found["rank_upper"]
    return found.assign(
        near=(found["width"] - rank).abs() <= rank / 4, predicted=found["width"] >= rank
    )


def thresholds(frame: DataFrame, by: str = "succeeded") -> DataFrame:
    """For each line of the grid the least width from which on most seeds succeed in every cell.

    Missing if the widest cell fails.
    """
    rows = []
    lines = [*LINE, *SIZES[:-1]]
    for line, mine in cells(frame).groupby(lines, dropna=False):
        _, works = edge(mine.set_index("width")[by] > MOST)
        rows.append(dict(zip(lines, line, strict=True)) | {"threshold": works})
    return pd.DataFrame(rows)


def agreement(frame: DataFrame) -> dict[str, float]:
    """How often success is what width >= rank predicts: cells (by the majority of their seeds),
    near cells, layers, near layers."""
    found = cells(frame)
    agrees = (found["succeeded"] > MOST) == found["predicted"]
    share = found["succeeded"].where(found["predicted"], 1 - found["succeeded"])
    near = found["near"]
    return {
        "cells": float(agrees.mean()),
        "near cells": float(agrees[near].mean()),
        "layers": float((share * found["seeds"]).sum() / found["seeds"].sum()),
        "near layers": float((share * found["seeds"])[near].sum() / found["seeds"][near].sum()),
    }


def judge(frame: DataFrame) -> list[Judgement]:
    """Every criterion, on the regimes that the table has."""
    verdicts = [_grid(frame)]
    sharp = {"disjoint": "disjoint ranges", "key-independent": "key-independent attention"}
    for (part, name), (regime, words) in product(sharp.items(), EMBEDDINGS.items()):
        mine = frame[(frame["part"] == part) & (frame["regime"] == regime)]
        mine = mine[mine["family"] != "modular"]
        if len(mine):
            verdicts.append(_sharp(f"{name}, {words}", mine))
    clock = frame[frame["family"] == "modular"]
    if len(clock):
        verdicts.append(
            _sharp(f"key-independent attention, modular addition, {EMBEDDINGS['F']}", clock)
        )
    verdicts += [_free(frame), _few(frame), _unbounded(frame), *_between(frame)]
    return verdicts


def _grid(frame: DataFrame) -> Judgement:
    near = cells(frame)["near"].mean()
    return Judgement(
        "at least half of the cells lie within 25% of the rank", f"{near:.0%}", bool(near >= 0.5)
    )


def _sharp(name: str, frame: DataFrame) -> Judgement:
    found = agreement(frame)
    text = ", ".join(f"{share:.1%} of {what}" for what, share in found.items())
    met = found["cells"] >= AGREE and found["near cells"] >= AGREE
    return Judgement(
        f"{name}: a fit exactly from width = rank on, in 95% of all and of near cells", text, met
    )


def _free(frame: DataFrame) -> Judgement:
    """Nearer to rank D_(V) than to rank(D) at the largest d_qk, and never rising with d_qk."""
    found = thresholds(frame[(frame["part"] == "free") & (frame["regime"] == "F")])
    found = found.sort_values("d_head_qk")
    falls, last = found["threshold"].tolist(), found.iloc[-1]
    nearer = last["threshold"] - last["rank_value"] < last["rank_lower"] - last["threshold"]
    return Judgement(
        f"free attention, shared ranges, {EMBEDDINGS['F']}: the threshold falls as d_qk grows, and "
        "ends nearer to rank D_(V) than to rank(D)",
        ", ".join(
            f"d_qk {int(q)}: {_width(w)}" for q, w in zip(found["d_head_qk"], falls, strict=True)
        )
        + f" (rank D_(V) {last['rank_value']}, rank(D) {last['rank_lower']})",
        bool(nearer and falls == sorted(falls, reverse=True)),
    )


def _few(frame: DataFrame) -> Judgement:
    mine = frame[(frame["part"] == "few heads") & (frame["width"] >= frame["rank_upper"])]
    good = succeeded(mine)
    return Judgement(
        "fewer heads than relations: no layer fits, at any width from the rank on",
        f"{int(good.sum())} of {len(mine)} fit, least error {mine['relative_error'].min():.2f}",
        bool(not good.any()),
    )


def _unbounded(frame: DataFrame) -> Judgement:
    mine = frame[frame["part"] == "cross-entropy"]
    found = thresholds(mine, "recalls")
    return Judgement(
        "unbounded cross-entropy: every fact recalled from at most half of the rank on",
        _list(found),
        bool((found["threshold"] <= found["rank_lower"] / 2).all()),
    )


def _between(frame: DataFrame) -> Iterator[Judgement]:
    """Bounded logits, one verdict a family: above unbounded ones, below least squares."""
    for family, mine in frame[frame["part"] == "bounded"].groupby("family"):
        same = frame["regime"] == "F"
        for name in ("family", "keys", "queries", "range_size", "n_heads", "d_head_qk"):
            same &= frame[name] == mine[name].iloc[0]
        # a layer that holds every fact at 0.5 without a bound on its logits
        free = thresholds(frame[same & (frame["part"] == "cross-entropy")])["threshold"].max()
        fit = frame[same & frame["part"].isin(["disjoint", "free"])]
        top = thresholds(fit)["threshold"].max()
        found = thresholds(mine).sort_values("beta", ascending=False)
        middle = found["threshold"].tolist()
        yield Judgement(
            f"bounded logits, {family}, {EMBEDDINGS['F']}: held at 0.5 from a width between those "
            "of unbounded cross-entropy and of least squares, larger for smaller beta",
            f"unbounded {_width(free)}, "
            + ", ".join(
                f"beta {b:g}: {_width(w)}" for b, w in zip(found["beta"], middle, strict=True)
            )
            + f", least squares {_width(top)}",
            bool(free < min(middle) and max(middle) < top and middle == sorted(middle)),
        )


def _list(found: DataFrame) -> str:
    return ", ".join(
        f"{row.family} {REGIMES[row.regime]}: {_width(row.threshold)} (rank {row.rank_lower})"
        for row in found.itertuples()
    )


def _width(width: float) -> str:
    return "none" if width != width else str(int(width))


EXPERIMENT = Experiment("rank-threshold", items, train_items, judge)
