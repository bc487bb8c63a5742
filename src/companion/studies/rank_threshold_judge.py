"""The criteria of rank-threshold, as they were written before its figures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from companion.engine.intervals import EMBEDDINGS, REGIMES
from companion.engine.sweeps import Judgement
from companion.engine.thresholds import CLOSE, MOST, edge

if TYPE_CHECKING:
    from pandas import DataFrame, Series

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
    for line, group in cells(frame).groupby(lines, dropna=False):
        _, works = edge(group.set_index("width")[by] > MOST)
        rows.append(dict(zip(lines, line, strict=True)) | {"threshold": works})
    import pandas as pd

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
    for regime, words in EMBEDDINGS.items():
        mine = frame[(frame["part"] == "disjoint") & (frame["regime"] == regime)]
        if len(mine):
            verdicts.append(_sharp(f"disjoint ranges, {words}", mine))
    for regime, words in EMBEDDINGS.items():
        mine = frame[(frame["part"] == "key-independent") & (frame["regime"] == regime)]
        mine = mine[mine["family"] != "modular"]
        if len(mine):
            verdicts.append(_sharp(f"key-independent attention, {words}", mine))
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
