"""The criteria of completions, as they were written before its record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from companion.engine.sweeps import Judgement
from companion.engine.thresholds import MOST, Interval, interval

if TYPE_CHECKING:
    from pandas import DataFrame, Series

LINE = ["family", "regime", "attention", "d_model", "weight_decay", "width"]


def cells(frame: DataFrame, column: str) -> DataFrame:
    """One row a cell: the interval of a column over its seeds, and the share that recall all."""
    rows = []
    for line, group in frame.groupby(LINE):
        found = interval(group[column])
        sizes = {"seeds": len(group), "full": float((group["recalled"] == 1).mean())}
        rank = {"rank": float(group["rank_upper"].mean())}
        rows.append(dict(zip(LINE, line, strict=True)) | found._asdict() | sizes | rank)
    import pandas as pd

    return pd.DataFrame(rows)


def frozen(frame: DataFrame, family: str, attention: str = "free") -> DataFrame:
    """The layers of a family with frozen embeddings, that attention and no weight decay."""
    return frame[
        (frame["family"] == family)
        & (frame["regime"] == "F")
        & (frame["attention"] == attention)
        & (frame["weight_decay"] == 0)
    ]


def judge(frame: DataFrame) -> list[Judgement]:
    """Every criterion for which the table has layers."""
    verdicts = [*_speaks(frame), _chance(frame), *_silence(frame), *_copies(frame), _blind(frame)]
    if (frame["family"].eq("modular") & frame["attention"].eq("key-independent")).any():
        verdicts.append(_low(frame))
    if (frame["regime"] == "T").any():
        verdicts.append(_decay(frame))
    return verdicts


def _speaks(frame: DataFrame) -> Iterator[Judgement]:
    families = ("modular", "copied", "uniform", "undefined")
    least = {}
    for family in families:
        mine = cells(frozen(frame, family), "spoken_90")
        least[family] = mine["mean"][mine["full"] > MOST].min()
    yield Judgement(
        "frozen embeddings, free attention, no weight decay: wherever most seeds recall every "
        "fact, at least a quarter of the held-out pairs get an artifact at 0.9",
        "least " + ", ".join(f"{name} {share:.0%}" for name, share in least.items()),
        bool(min(least.values()) >= 0.25),
    )


def _chance(frame: DataFrame) -> Judgement:
    mine = frozen(frame, "uniform")
    found, chance = interval(_by_seed(mine, "guessed")), 1 / mine["range_size"].iloc[0]
    return Judgement(
        "random functions: the largest logit off the facts is right no more often than by chance",
        f"{found}, chance {chance:.0%}",
        bool(found.low <= chance),
    )


def _silence(frame: DataFrame) -> Iterator[Judgement]:
    mine = frozen(frame, "undefined")
    recalls = cells(mine, "spoken_90")
    recalls = recalls[recalls["full"] > MOST].sort_values("width")
    first, last = recalls["mean"].iloc[0], recalls["mean"].iloc[-1]
    yield Judgement(
        "no answer: no width that recalls every fact keeps silent, none below half of what the "
        "narrowest such width says",
        f"width {recalls['width'].iloc[0]}: {first:.0%}, width {recalls['width'].iloc[-1]}: "
        f"{last:.0%}, least {recalls['mean'].min():.0%}",
        bool(recalls["mean"].min() >= first / 2),
    )


def _copies(frame: DataFrame) -> Iterator[Judgement]:
    blind = cells(frozen(frame, "copied", "key-independent"), "true_90")
    most = blind["mean"][blind["full"] > MOST]
    yield Judgement(
        "copied relations, key-independent attention: wherever most seeds recall every fact, at "
        "least 90% of the held-out pairs get their true value at 0.9",
        f"{len(most)} widths, least {most.min():.0%}",
        bool(most.min() >= 0.9),
    )
    both = [
        interval(_by_seed(frozen(frame, "copied", attention).query("recalled == 1"), "true_90"))
        for attention in ("key-independent", "free")
    ]
    yield Judgement(
        "copied relations: among layers that recall every fact, free attention gives the true "
        "value less often than key-independent attention, the 95% intervals apart",
        f"key-independent {both[0]}, free {both[1]}",
        bool(both[1].high < both[0].low),
    )


def _blind(frame: DataFrame) -> Judgement:
    mine = frozen(frame, "modular")
    mine = mine[mine["width"] >= mine["rank_upper"]]
    found, chance = interval(_by_seed(mine, "guessed")), 1 / mine["range_size"].iloc[0]
    return Judgement(
        "modular addition, frozen, free attention, no weight decay: from the rank on the largest "
        "logit off the facts is right less often than by chance",
        f"{found}, chance {chance:.0%}",
        bool(found.high < chance),
    )


def _low(frame: DataFrame) -> Judgement:
    """Below half of the rank far above chance; from the rank on not above it."""
    mine = frame[(frame["family"] == "modular") & (frame["attention"] == "key-independent")]
    found = cells(mine[mine["weight_decay"] > 0], "guessed")
    chance = 1 / mine["range_size"].iloc[0]
    low, high = found[found["width"] < found["rank"] / 2], found[found["width"] >= found["rank"]]
    return Judgement(
        "modular addition, frozen, key-independent attention, weight decay 0.1: at some width "
        "below half of the rank three times chance, at none from the rank on above chance",
        "; ".join(
            f"width {row.width}: {Interval(row.mean, row.low, row.high)}"
            for row in found.itertuples()
        ),
        bool((low["low"] > 3 * chance).any() and (high["mean"] <= chance).all()),
    )


def _decay(frame: DataFrame) -> Judgement:
    mine = frame[(frame["family"] == "modular") & (frame["regime"] == "T")]
    mine = mine[(mine["d_model"] == mine["d_model"].min())]
    found = cells(mine, "guessed")
    kept, free = found[found["weight_decay"] > 0], found[found["weight_decay"] == 0]
    text = (
        f"d_model {row.d_model}, weight decay {row.weight_decay:g}, width {row.width}: "
        f"{Interval(row.mean, row.low, row.high)}"
        for row in found.itertuples()
    )
    return Judgement(
        "modular addition, trained embeddings in four dimensions: at least half of the held-out "
        "sums right with weight decay 1 at some width, fewer than a quarter without at every width",
        "; ".join(text),
        bool(kept["mean"].max() >= 0.5 and free["mean"].max() < 0.25),
    )


def _by_seed(frame: DataFrame, column: str) -> Series:
    """One number a seed: its mean over the widths."""
    return frame.groupby("seed")[column].mean()
