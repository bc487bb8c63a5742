"""The criteria of additive-motif, as they were written before its figures."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from companion.engine.intervals import REGIMES
from companion.engine.sweeps import Judgement
from companion.engine.thresholds import EXACT

if TYPE_CHECKING:
    from pandas import DataFrame

FOLLOWS = 0.7  # median rank correlation of the size of a vote with the answers lost without it
HALF = 0.5
LINE = ["family", "regime"]


def judge(frame: DataFrame) -> list[Judgement]:
    """Every criterion, on the parts that the table has."""
    verdicts = [_sums(frame), _predicted(frame), _named(frame), _one_head(frame)]
    verdicts += [_heads(frame), _sizes(frame)]
    if frame["width"].nunique() > 1:
        verdicts.append(_redundant(frame))
    return verdicts


def medians(frame: DataFrame, column: str, by: str) -> dict[tuple[str, str], list[float]]:
    """The median over the seeds of a column, for each (family, regime) in the order of ``by``."""
    return {
        line: rows.groupby(by)[column].median().tolist()
        for line, rows in frame.groupby(LINE, sort=True)
    }


def _sums(frame: DataFrame) -> Judgement:
    worst = frame["sum_error"].max()
    return Judgement(
        "the votes sum to L, as torch's own attention computes it, to 1e-12 of its largest entry",
        f"at most {worst:.0e}",
        bool(worst <= EXACT),
    )


def _predicted(frame: DataFrame) -> Judgement:
    wrong, taken = int(frame["mispredicted"].sum()), int(frame["taken"].sum())
    return Judgement(
        "without a vote or a head every answer is as the votes predict, in every layer",
        f"{taken - wrong} of {taken} answers",
        wrong == 0 and taken > 0,
    )


def _named(frame: DataFrame) -> Judgement:
    recalled = (frame["recalled"] * frame["facts"]).round()
    least = (recalled - frame["most_named"]).clip(lower=0)
    return Judgement(
        "the facts that no vote names are at least as many as the bound for blind votes says",
        f"{int(frame['motifs'].sum())} facts, at least {int(least.sum())}",
        bool((frame["motifs"] >= least).all()),
    )


def _one_head(frame: DataFrame) -> Judgement:
    found = medians(frame[frame["n_heads"] == 1], "motif_share", "n_heads")
    return Judgement(
        "one head: no vote names the answer of at least half of the facts, in the median",
        _list(found),
        all(share >= HALF for values in found.values() for share in values),
    )


def _heads(frame: DataFrame) -> Judgement:
    found = medians(frame[frame["part"] == "heads"], "motif_share", "n_heads")
    return Judgement(
        "more heads at the same total width: the share of such facts falls at each step",
        _list(found),
        all(_falls(values) for values in found.values()),
    )


def _sizes(frame: DataFrame) -> Judgement:
    several = frame[frame["n_heads"] >= 4]
    found = several.groupby([*LINE, "n_heads", "width"])["size_to_loss"].median()
    least = found.fillna(-1).min()
    return Judgement(
        "four heads or more: larger votes lose more answers, median rank correlation at least 0.7 "
        "in every cell",
        f"{(found >= FOLLOWS).sum()} of {len(found)} cells, {least:.2f} to {found.max():.2f}",
        bool(least >= FOLLOWS),
    )


def _redundant(frame: DataFrame) -> Judgement:
    found = medians(frame[frame["n_heads"] == 4], "lost_by_head", "width")
    return Judgement(
        "four heads, total width 8, 16, 32: fewer answers go with a head, at each step",
        _list(found),
        all(_falls(values) for values in found.values()),
    )


def _falls(values: list[float]) -> bool:
    return all(later < sooner for sooner, later in pairwise(values))


def _list(found: dict[tuple[str, str], list[float]]) -> str:
    return ", ".join(_told(*line, values) for line, values in found.items())


def _told(family: str, regime: str, values: list[float]) -> str:
    return f"{family} {REGIMES[regime]}: " + " ".join(f"{value:.2f}" for value in values)
