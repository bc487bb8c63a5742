"""The criteria of readout-ranks, as they were written before its figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from companion.engine.intervals import EMBEDDINGS
from companion.engine.sweeps import Judgement

if TYPE_CHECKING:
    from pandas import DataFrame, Series

KIND = ["family", "keys", "queries", "range_size"]
READINGS = {
    "L": "L",
    "P": "softmax",
    "P50": "softmax ≥ 0.5",
    "P90": "softmax ≥ 0.9",
    "argmax": "argmax",
    "D": "D",
}
TOGETHER = 0.8  # Spearman's correlation from which on two ranks go together


def largest(frame: DataFrame, tensor: str, tolerance: str = "r2") -> Series:
    """The largest of the three unfolding ranks of a tensor."""
    return frame[[f"{tolerance}_{tensor}_{mode}" for mode in "KQV"]].max(axis=1)


def good(frame: DataFrame) -> Series:
    """Whether a layer recalls every fact."""
    return frame["recalled"] == 1


def together(frame: DataFrame) -> dict[str, float]:
    """For each loss, regime and end of training the rank correlation of the largest unfolding
    ranks of D and L, over the widest layers that recall every fact."""
    found = {}
    wide = frame[good(frame) & (frame["width"] == frame["width"].max())]
    for (loss, regime, end), mine in wide.groupby(["loss", "regime", wide["stop"].isna()]):
        D, L = largest(mine, "D"), largest(mine, "L")
        found[f"{loss}, {EMBEDDINGS[regime]}" + ", trained to the end" * end] = float(
            D.corr(L, "spearman")
        )
    return found


def judge(frame: DataFrame) -> list[Judgement]:
    """Every criterion."""
    verdicts = [_width(frame), _bottleneck(frame), _full(frame), _cheap(frame)]
    verdicts += [_holding(frame, tau) for tau in ("50", "90")]
    return verdicts + _together(frame)


def _counted(sentence: str, holds: Series) -> Judgement:
    return Judgement(sentence, f"{int(holds.sum())} of {len(holds)} layers", bool(holds.all()))


def _width(frame: DataFrame) -> Judgement:
    # bringing a row of the unfolding to norm beta changes no rank
    holds = (frame["r6_L_V"] <= frame["width"]) & (frame["r2_L_V"] <= frame["width"])
    return _counted("A2: rank L_(V) is at most the total width, at both tolerances", holds)


def _bottleneck(frame: DataFrame) -> Judgement:
    holds = frame["r6_log_V"] <= frame["r6_L_V"] + 1
    return _counted("S3: log softmax(L) has at most one more value rank than L, at 1e-6", holds)


def _full(frame: DataFrame) -> Judgement:
    mine = frame[(frame["loss"] == "cross-entropy") & (frame["width"] < frame["values"])]
    full = mine["r6_P_V"] == mine["values"].clip(upper=mine["keys"] * mine["queries"])
    more = mine["r6_P_V"] > mine["r6_L_V"]
    return Judgement(
        "S3: softmax(L) has full value rank at 1e-6 in 95% of the layers trained by unbounded "
        "cross-entropy with fewer units of width than values",
        f"full in {int(full.sum())} of {len(mine)}, more than L in {int(more.sum())}",
        bool(full.mean() >= 0.95),
    )


def _cheap(frame: DataFrame) -> Judgement:
    mine = frame[(frame["loss"] == "cross-entropy") & good(frame)]
    low = mine[mine["r6_L_V"] < mine["r6_D_V"]]
    hit = low.groupby(KIND).ngroups
    narrow = frame[frame["width"].min() < frame["rank_value"]]
    kinds = narrow.groupby(KIND).ngroups
    same = (low["r6_argmax_V"] == low["r6_D_V"]).all()
    return Judgement(
        "S1: unbounded cross-entropy recalls every fact with rank L_(V) below rank D_(V), for each "
        "kind of database whose value rank is above the least width; its argmax has that of D",
        f"{len(low)} layers on {hit} of {kinds} kinds",
        bool(hit == kinds and same),
    )


def _holding(frame: DataFrame, tau: str) -> Judgement:
    mine = frame[(frame["loss"] != "least squares") & (frame[f"held_{tau}"] == 1)]
    holds = mine[f"r6_M{tau}_V"] == mine["r6_D_V"]
    for mode in "KQV":
        holds &= mine[f"r6_M{tau}_{mode}"] >= mine[f"s{tau}_{mode}"]
    return _counted(
        f"S4: where every fact is held at 0.{tau[0]}, the masked softmax from there on has the "
        "value rank of D, and in each mode the singular directions promised",
        holds,
    )


def _together(frame: DataFrame) -> list[Judgement]:
    return [
        Judgement(
            f"{name}: over the widest layers that recall every fact, the largest unfolding ranks "
            "of D and L (at 0.01) have a rank correlation of 0.8 or more",
            f"{value:.2f}",
            bool(value >= TOGETHER),
        )
        for name, value in together(frame).items()
    ]
