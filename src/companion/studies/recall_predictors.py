"""The experiment recall-predictors: which size of a database says whether a layer holds it?

Five shapes (keys, queries) in which the two vary apart, five kinds of databases on each, so that
rank varies at equal shape and shape at equal kind; widths around the place where success begins.
Parts: ``cross-entropy`` and ``lean`` (frozen embeddings, four heads with d_qk = 4 and two with
d_qk = 1: parameters vary apart from width), ``trained`` (embeddings too), ``bounded`` (logits of
norm 8) and ``least squares`` (a head a relation).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from companion.engine.predictors import (
    auc,
    aucs,
    held_out_loss,
    interval,
    pair_counts,
    resamples,
)
from companion.engine.sweeps import Experiment, Judgement
from companion.engine.thresholds import CLOSE, FITTED, MOST, edge
from companion.studies.databases import database
from companion.studies.item import Item, decay, told
from companion.studies.measure import train_items

SHAPES = {
    (48, 3): {"disjoint": 4, "halves": 4, "shared": 8, "shifted": 8, "uniform": 8},
    (32, 8): {"disjoint": 4, "halves": 4, "duplicated": 4, "shifted": 8, "uniform": 8},
    (12, 12): {"disjoint": 4, "shared": 4, "permuted": 12, "modular": 12, "uniform": 8},
    (8, 32): {"disjoint": 2, "halves": 2, "duplicated": 4, "shifted": 8, "uniform": 8},
    (4, 48): {"disjoint": 2, "halves": 2, "permuted": 4, "shifted": 4, "uniform": 4},
}
SMALL = {
    (24, 2): {"disjoint": 3, "shifted": 6, "uniform": 6},
    (8, 8): {"disjoint": 3, "modular": 8, "uniform": 6},
    (2, 24): {"disjoint": 2, "shifted": 2, "uniform": 2},
}
SEEDS = {"quick": 3, "full": 10}
STEPS = {"quick": 500, "full": 1000}
BETA = 8.0


@told
def items(tier: str) -> Iterable[Item]:
    """Every layer of a tier, in full."""
    if tier == "quick":
        return _part("quick", SMALL, "cross-entropy", [1, 2, 3, 4, 6], heads=2, d_qk=2)
    return [
        *_part("full", SHAPES, "cross-entropy", [1, 2, 3, 4, 5, 6], heads=4, d_qk=4),
        *_part("full", SHAPES, "lean", [1, 2, 3, 4, 6, 8], heads=2, d_qk=1),
        *_part("full", SHAPES, "trained", [1, 2, 3, 4, 5, 6], heads=4, d_qk=4, regime="T"),
        *_part("full", SHAPES, "bounded", [2, 3, 4, 6, 8, 12], heads=4, d_qk=4),
        *_part("full", SHAPES, "least squares", [4, 8, 16, 32, 64], heads=None, d_qk=4),
    ]


def _part(
    tier: str, shapes: dict[tuple[int, int], dict[str, int]], part: str, widths: Sequence[int], *,
    heads: int | None, d_qk: int, regime: str = "F",
) -> Iterator[Item]:  # fmt: skip
    least, bounded = part == "least squares", part == "bounded"
    for (keys, queries), kinds in shapes.items():
        for family, range_size in kinds.items():
            values = len(database(family, keys, queries, range_size, 0).values)
            for width in widths:
                for seed in range(SEEDS[tier]):
                    yield Item(
                        family,
                        keys,
                        queries,
                        range_size,
                        part=part,
                        regime=regime,
                        loss=part if least or bounded else "cross-entropy",
                        beta=BETA if bounded else None,
                        n_heads=heads or queries,
                        # room for orthonormal embeddings and unembedding
                        d_model=max(keys + queries, values),
                        d_head_qk=d_qk,
                        width=width,
                        steps=STEPS[tier],
                        weight_decay=decay(regime, part),
                        stop=FITTED if least else 0.9,
                        seed=seed,
                    )


# ---- the criteria, as they were written before the record

KIND = ["keys", "queries", "family", "range_size"]  # what is resampled, all its layers together
LAYER = ["part", "regime", "loss", "n_heads", "d_head_qk"]
RANKS = ("rank_lower", "rank_upper")
SIZES = {
    "rank_lower": "rank (lower)",
    "rank_upper": "rank (upper)",
    "rank_value": "rank of D_(V)",
    "facts": "facts",
    "bits": "bits",
    "fewer": "fewer of keys, queries",
}
WIDTHS = {"width": "width", "parameters": "parameters"}
# the contests: parts of the grid that share a readout, and a regime
CONTESTS = {
    "cross-entropy, frozen embeddings": ("cross-entropy", "lean"),
    "cross-entropy, trained embeddings": ("trained",),
    "bounded logits, frozen embeddings": ("bounded",),
    "least squares, frozen embeddings": ("least squares",),
}
REPEATS, SEED = 1000, 0


def prepared(frame: DataFrame) -> DataFrame:
    """With the outcome ``good``, the ``shape``, the ``kind`` of database, and two more sizes.

    Success is every fact recalled; with bounded logits, every fact held at 0.5; in least squares
    a relative error below 0.05.
    """
    good = (frame["recalled"] == 1).where(frame["loss"] != "bounded", frame["held_50"] == 1)
    good = good.where(frame["loss"] != "least squares", frame["relative_error"] < CLOSE)
    shape = frame["keys"].astype(str) + " x " + frame["queries"].astype(str)
    return frame.assign(
        good=good.astype(bool),
        shape=shape,
        kind=frame.groupby(KIND).ngroup(),
        fewer=frame[["keys", "queries"]].min(axis=1),
        parameters=frame["trained_parameters"],
    )


def scores(frame: DataFrame) -> dict[str, Series]:
    """Every predictor by name: layers alone, sizes alone, ratios, and differences of widths."""
    log = {name: np.log(frame[name]) for name in (*WIDTHS, "attention_parameters", *SIZES)}
    found = {name: log[key] for key, name in WIDTHS.items()}
    found["attention parameters"] = log["attention_parameters"]
    for size, name in SIZES.items():
        found[f"1 / {name}"] = -log[size]
        for layer, other in WIDTHS.items():
            found[f"{other} / {name}"] = log[layer] - log[size]
        found[f"width − {name}"] = frame["width"] - frame[size]
    return found


def compared(frame: DataFrame) -> DataFrame:
    """One row a predictor: AUC pooled, within and across shapes, held-out log-loss, intervals.

    Intervals are 95% of ``REPEATS`` resamples of kinds of database. ``loss`` is of a logistic
    fit to the score on all other shapes. ``above`` is the interval of the AUC less that of the
    better rank (by ratio to width).
    """
    frame = prepared(frame)
    kind, groups = frame["kind"].to_numpy(), frame["kind"].nunique()
    shape_of = frame.groupby(kind)["shape"].first()
    same = shape_of.to_numpy()[:, None] == shape_of.to_numpy()[None]
    good, fold = frame["good"].to_numpy(), frame["shape"].to_numpy()
    draws = resamples(groups, REPEATS, SEED)
    size_of = np.bincount(kind, minlength=groups)
    rows, drawn = [], {}
    for name, score in scores(frame).items():
        wins, pairs = pair_counts(score.to_numpy(), good, kind, groups)
        lost = held_out_loss(score.to_numpy(), good, fold)
        total = np.bincount(kind, lost, groups)
        drawn[name] = aucs(wins, pairs, draws)
        rows.append(
            {
                "predictor": name,
                "auc": auc(wins, pairs),
                "within": auc(wins * same, pairs * same),
                "across": auc(wins * ~same, pairs * ~same),
                "loss": lost.mean(),
                **_ends("auc", drawn[name]),
                **_ends("within", aucs(wins * same, pairs * same, draws)),
                **_ends("across", aucs(wins * ~same, pairs * ~same, draws)),
                **_ends("loss", draws @ total / (draws @ size_of)),
            }
        )
    table = pd.DataFrame(rows).set_index("predictor")
    best = _best_rank(table)
    above = {name: interval(values - drawn[best]) for name, values in drawn.items()}
    table["above_low"] = [above[name][0] for name in table.index]
    table["above_high"] = [above[name][1] for name in table.index]
    return table


def _best_rank(table: DataFrame) -> str:
    """The rank, by lower or by upper bound, whose ratio to width has the larger AUC."""
    return max((f"width / {SIZES[rank]}" for rank in RANKS), key=lambda n: table["auc"][n])


def _ends(name: str, values: Any) -> dict[str, float]:
    low, high = interval(values)
    return {f"{name}_low": low, f"{name}_high": high}


def thresholds(frame: DataFrame) -> DataFrame:
    """For each kind of database and layer the least width from which on most seeds succeed.

    Missing if the widest cell of the grid fails; sizes are means over the seeds.
    """
    frame = prepared(frame)
    rows = []
    for line, mine in frame.groupby([*LAYER, *KIND]):
        _, works = edge(mine.groupby("width")["good"].mean() > MOST)
        sizes = mine[["rank_lower", "rank_upper", "rank_value", "facts", "bits", "fewer"]].mean()
        named = dict(zip([*LAYER, *KIND], line, strict=True))
        rows.append(named | sizes.to_dict() | {"threshold": float(works)})
    return pd.DataFrame(rows)


def contests(frame: DataFrame) -> dict[str, DataFrame]:
    """The layers of each contest that the table has."""
    found = {name: frame[frame["part"].isin(parts)] for name, parts in CONTESTS.items()}
    return {name: mine for name, mine in found.items() if len(mine)}


def judge(frame: DataFrame) -> list[Judgement]:
    """For each contest: the grid can fail, and rank predicts best."""
    return [v for name, mine in contests(frame).items() for v in _contest(name, mine)]


def _contest(name: str, mine: DataFrame) -> Iterator[Judgement]:
    full = prepared(mine)
    both = full.groupby([*LAYER, *KIND])["good"].agg(["min", "max"])
    mixed = (~both["min"] & both["max"]).mean()
    share = full["good"].mean()
    yield Judgement(
        f"{name}: between 20% and 80% of the layers succeed, and both outcomes occur on at least "
        "two thirds of the kinds of database",
        f"{share:.0%} succeed, both outcomes on {mixed:.0%}",
        bool(0.2 <= share <= 0.8 and mixed >= 2 / 3),
    )
    table = compared(mine)
    best = _best_rank(table)
    others = table.index[["(lower)" not in n and "(upper)" not in n for n in table.index]]
    top = table["auc"][others].fillna(0).idxmax()
    row, rival = table.loc[best], table.loc[top]
    yield Judgement(
        f"{name}: width / rank(D) predicts success better than every number without rank(D), by "
        "the AUC, the 95% interval of the difference excluding 0",
        f"{best}: AUC {row.auc:.3f} ({row.auc_low:.3f} to {row.auc_high:.3f}); best other, "
        f"{top}: {rival.auc:.3f} ({rival.auc_low:.3f} to {rival.auc_high:.3f}); difference "
        f"{rival.auc - row.auc:+.3f} ({rival.above_low:+.3f} to {rival.above_high:+.3f})",
        bool(rival["above_high"] < 0),
    )


EXPERIMENT = Experiment("recall-predictors", items, train_items, judge)
