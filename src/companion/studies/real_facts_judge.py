"""The criteria of real-facts, as they were written before its figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from companion.engine.intervals import EMBEDDINGS
from companion.engine.sweeps import Judgement
from companion.engine.thresholds import MOST, SAME, edge
from factrank.practice.plan.thresholds import Line

if TYPE_CHECKING:
    from pandas import DataFrame

REACHED = 0.99  # of the ceiling, by one answer a pair
STRUCTURED = ("family-trees", "modular-addition-11")
PREDICTORS = ("rank_upper", "rank_lower", "bits", "facts")


def judge(frame: DataFrame) -> list[Judgement]:
    """The ceiling; noise against structure; rank against other sizes; the plan on real data."""
    verdicts = [_ceiling(frame)]
    if "noise" in set(frame["kind"]):
        verdicts += [_noise(rows, regime) for regime, rows in frame.groupby("regime")]
    if frame["database"].nunique() > 3:
        verdicts += [_predicts(rows, regime) for regime, rows in frame.groupby("regime")]
    return verdicts


def _ceiling(frame: DataFrame) -> Judgement:
    """One answer a pair never passes the ceiling, and the largest layers come to it."""
    over = int((frame["single"] > frame["ceiling"] + 1e-6).sum())
    several = frame[frame["ceiling"] < 1]
    line = ["database", "kind", "rate", "regime"]
    largest = several[several["d_model"] == several.groupby(line)["d_model"].transform("max")]
    near = largest["single"] >= REACHED * largest["ceiling"]
    share = float(near.mean())
    return Judgement(
        "the ceiling: no layer passes pairs / facts with one answer a pair, and most of the "
        "largest layers come within 1% of it",
        f"{over} pass it; {int(near.sum())} of {len(near)} come within 1%",
        over == 0 and share > MOST,
    )


def noise_cost(frame: DataFrame) -> dict[str, float]:
    """For each database what noise at the highest rate costs: the mean over seeds and d_model of
    recall on the clean facts minus recall on the spoiled ones, the same seeds and layers."""
    costs = {}
    highest = frame["rate"].max()
    for name, rows in frame.groupby("database"):
        clean = rows[rows["kind"] == "clean"].set_index(["regime", "d_model", "seed"])["recalled"]
        noisy = rows[(rows["kind"] == "noise") & (rows["rate"] == highest)]
        noisy = noisy.set_index(["regime", "d_model", "seed"])["recalled"]
        if len(noisy):
            costs[name] = float((clean.reindex(noisy.index) - noisy).mean())
    return costs


def _noise(frame: DataFrame, regime: str) -> Judgement:
    costs = noise_cost(frame)
    structured = [costs[name] for name in STRUCTURED if name in costs]
    random = costs.get("random", 0.0)
    told = ", ".join(f"{name} {cost:+.3f}" for name, cost in costs.items())
    return Judgement(
        f"{EMBEDDINGS[regime]}: noise costs recall where there is structure, and nothing where "
        "there is none",
        told,
        all(cost > SAME for cost in structured) and abs(random) <= SAME,
    )


def agreement(frame: DataFrame) -> dict[str, float]:
    """Rank correlation (Spearman) over cells of mean recall with attention parameters for each
    unit of a size: the size that is right gives 1."""
    cell = ["database", "kind", "rate", "d_model"]
    columns = ["recalled", "attention_parameters", *PREDICTORS]
    means = frame.groupby(cell)[columns].mean()
    return {
        name: float((means["attention_parameters"] / means[name]).corr(
            means["recalled"], method="spearman"))
        for name in PREDICTORS
    }  # fmt: skip


def _predicts(frame: DataFrame, regime: str) -> Judgement:
    found = agreement(frame)
    told = ", ".join(f"{name.replace('_', ' ')} {value:.3f}" for name, value in found.items())
    best = max(found, key=found.__getitem__)
    return Judgement(
        f"{EMBEDDINGS[regime]}: parameters for each unit of rank order the cells by recall better "
        "than parameters for each bit or fact",
        told,
        best.startswith("rank"),
    )


def lines(frame: DataFrame) -> list[Line]:
    """Each clean database and regime with its threshold, as layer-size has them."""
    found = []
    clean = frame[frame["kind"] == "clean"]
    for (name, regime), rows in clean.groupby(["database", "regime"], sort=False):
        ends = edge((rows["recalled"] == 1).groupby(rows["d_model"]).mean() > MOST)
        first = rows.iloc[0]
        found.append(
            Line(
                name,
                int(first["keys"]),
                int(first["queries"]),
                0,
                regime,
                int(first["values"]),
                float(first["facts"]),
                float(first["bits"]),
                float(np.sqrt(first["rank_lower"] * first["rank_upper"])),
                *(None if end != end else int(end) for end in ends),
            )
        )
    return found
