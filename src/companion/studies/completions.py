"""The experiment completions: what does a layer say about pairs that are in no fact?

Four families of databases with pairs held out: ``modular`` (addition, where the missing answers
follow from a rule), ``copied`` (every relation twice: they follow from the other copy),
``uniform`` (random functions: they follow from nothing) and ``undefined`` (there is no answer).
Total widths below, at and above the rank of the complete table; frozen embeddings (F) with free and
with key-independent attention, trained ones (T) in few dimensions; weight decay 0 and some.
Cross-entropy, which leaves pairs without a fact out. Ten seeds a cell, fewer in the quick tier.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd
from pandas import DataFrame, Series
from torch import Tensor

from companion.engine.sweeps import Experiment, Judgement
from companion.engine.thresholds import MOST, Interval, interval
from companion.studies.forced import Shown, full_rank, guessed, held_out, said
from companion.studies.item import Config, Fields, told
from companion.studies.measure import named, ranks, train_batch

SEEDS = 10
HEADS, D_QK = 4, 2


class Shape(NamedTuple):
    """Sizes of a complete table, the share of its pairs held out, and the widths to try."""

    family: str
    keys: int
    queries: int
    range_size: int
    share: float
    widths: tuple[int, ...]


# complete tables of rank 16 (cited), 11, 20 or 21 by the seed, 24
MODULAR = Shape("modular", 11, 11, 11, 0.1, (2, 4, 8, 12, 15, 16, 17, 20, 24))
COPIED = Shape("copied", 24, 4, 6, 0.15, (3, 6, 8, 10, 11, 12, 14, 18, 24))
UNIFORM = Shape("uniform", 24, 4, 6, 0.15, (2, 4, 8, 16, 19, 20, 21, 22, 28))
UNDEFINED = Shape("undefined", 24, 4, 6, 0.15, (2, 4, 8, 16, 20, 23, 24, 25, 28))
SHAPES = (MODULAR, COPIED, UNIFORM, UNDEFINED)


@dataclass(frozen=True)
class Completed(Fields):
    """A layer that is shown a share of a table, and asked for the rest."""

    family: str
    keys: int
    queries: int
    range_size: int
    share: float
    regime: str
    attention: str
    n_heads: int
    d_model: int
    d_head_qk: int
    width: int
    steps: int
    lr: float
    weight_decay: float
    seed: int

    loss, beta, stop = "cross-entropy", None, None

    @property
    def which(self) -> tuple[str, int, int, int, float, int]:
        """What names its database, see ``held_out``."""
        return self.family, self.keys, self.queries, self.range_size, self.share, self.seed


def _full() -> Iterator[Completed]:
    for shape in SHAPES:
        for attention in ("free", "key-independent"):
            for decay in (0.0, 0.1):
                yield from _cells(shape, shape.widths, SEEDS, attention=attention, decay=decay)
        for d_model in (4, 8) if shape.family == "modular" else (4,):
            for decay in (0.0, 1.0):
                widths = [4, 8, max(shape.widths)]
                yield from _cells(shape, widths, SEEDS, d_model=d_model, decay=decay)


def _quick() -> Iterator[Completed]:
    yield from _cells(MODULAR, [16, 20], 4, decay=0.0)
    for attention in ("free", "key-independent"):
        yield from _cells(COPIED, [6, 12], 8, attention=attention, decay=0.0)
    yield from _cells(UNIFORM, [8, 22], 4, decay=0.0)
    yield from _cells(UNDEFINED, [8, 16], 4, decay=0.0)


items = told(lambda tier: _full() if tier == "full" else _quick())


def _cells(
    shape: Shape, widths: Sequence[int], seeds: int, *, attention: str = "free", decay: float,
    d_model: int | None = None,
) -> Iterator[Completed]:  # fmt: skip
    """The cells of one line of the grid, all their seeds; embeddings are trained in a given
    d_model, else frozen and orthonormal."""
    for width in widths:
        for seed in range(seeds):
            yield Completed(
                *shape[:5], regime="T" if d_model else "F", attention=attention, n_heads=HEADS,
                d_model=d_model or shape.keys + shape.queries, d_head_qk=D_QK, width=width,
                steps=2400 if d_model else 1000, lr=0.03, weight_decay=decay, seed=seed,
            )  # fmt: skip


def work(batch: Sequence[Config]) -> list[dict[str, Any]]:
    """Train the layers of one group at once; one row each, in float64: what each says of the facts
    that it was shown, and of the pairs that were held out."""
    done, rows = train_batch(batch, Completed, lambda *which: held_out(*which).known), []
    for m, item in enumerate(done.items):
        found, L, shown = done.found(m), done.logits(m), held_out(*item.which)
        lower, upper = full_rank(*item.which)
        rows.append(
            {
                **item.told(),
                **named(found, "values", "facts"),
                "pairs": len(shown.pairs),
                "rank_lower": lower,
                "rank_upper": upper,
                **named(found, "d_head_vo", "attention_parameters", "trained_parameters"),
                **named(found, "loss_at_end", "recalled", "held_90"),
                "guessed": round(guessed(L, shown), 6),
                **_said(L, shown),
                **ranks("L", L),
            }
        )
    return rows


def _said(L: Tensor, shown: Shown) -> dict[str, float]:
    found = {}
    for tau, name in ((0.6, "60"), (0.9, "90")):
        for what, share in said(L, shown, tau).items():
            found[f"{what}_{name}"] = round(share, 6)
    return found


# ---- the criteria, as they were written before the record

LINE = ["family", "regime", "attention", "d_model", "weight_decay", "width"]


def cells(frame: DataFrame, column: str) -> DataFrame:
    """One row a cell: the interval of a column over its seeds, and the share that recall all."""
    rows = []
    for line, group in frame.groupby(LINE):
        found = interval(group[column])
        sizes = {"seeds": len(group), "full": float((group["recalled"] == 1).mean())}
        rank = {"rank": float(group["rank_upper"].mean())}
        rows.append(dict(zip(LINE, line, strict=True)) | found._asdict() | sizes | rank)
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
        "below half of the rank three times chance with all of the interval, at none from the "
        "rank on above chance",
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


EXPERIMENT = Experiment(
    "completions", items, work, judge,
    outcomes=("recalled", "held_90", "guessed", "spoken_60", "spoken_90", "true_60", "true_90"),
    measured=("loss_at_end", "rank_*"),
)  # fmt: skip
