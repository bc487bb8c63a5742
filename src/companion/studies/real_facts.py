"""The experiment real-facts: what of it survives real data, noise, gaps and contradictions?

Layers of the family of layer-size (4 heads, d_head_qk = 2, total width d_model) are trained on real
databases, on two made by rule beside them, and on the same with a known share of pairs spoiled.
Embeddings trained and frozen, cross-entropy, eight seeds a cell; a seed spoils and starts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch
from pandas import DataFrame

from companion.engine.sweeps import Experiment, Judgement, all_but
from companion.engine.thresholds import EMBEDDINGS, MOST, SAME
from companion.studies import layer_size
from companion.studies.databases import corrupt, dataset
from companion.studies.item import Config, Fields, told
from companion.studies.layer_size import RUNGS, guess, rungs
from companion.studies.measure import named, share, train_batch
from factrank.facts.bits import bits
from factrank.facts.database import Database
from factrank.layer import readout
from factrank.practice.plan.thresholds import D_HEAD_QK, Line, heads

REAL = ("elements", "countries", "countries, one source", "family-trees")
MADE = ("modular-addition-11", "random")
SPOILED = ("elements", "family-trees", *MADE)
RATES = (0.1, 0.3)
PARTS = (0.5, 0.7, 0.9)  # of the guessed d_model: layers in which spoiling can show
SEEDS = {"quick": 3, "full": 8}
STEPS = {"quick": 600, "full": 1000}


@dataclass(frozen=True)
class Spoiled(Fields):
    """A layer for a database of which a share is spoiled in some way."""

    database: str
    kind: str
    rate: float
    regime: str
    loss: str
    n_heads: int
    d_model: int
    d_head_qk: int
    steps: int
    lr: float
    weight_decay: float
    stop: float
    seed: int

    attention, beta = "free", None

    @property
    def width(self) -> int:
        """All that its heads have."""
        return -(-self.d_model // self.n_heads) * self.n_heads

    @property
    def which(self) -> tuple[str, str, float, int]:
        """What names its database, see ``sizes``."""
        return self.database, self.kind, self.rate, self.seed


def _quick() -> Iterator[Spoiled]:
    for kind, rate in (("clean", 0.0), ("missing", 0.3), ("contradictions", 0.3)):
        for d_model in (8, 12, 24):
            yield from _cell("quick", "family-trees", kind, rate, "F", d_model)


def _full() -> Iterator[Spoiled]:
    for name in (*REAL, *MADE):
        size = round(bits(dataset(name)), 1)
        for regime in "TF":
            low = below(regime, size)
            for d_model in sorted({*low, *rungs(regime, size)}):
                yield from _cell("full", name, "clean", 0.0, regime, d_model)
            if name not in SPOILED:
                continue
            for kind in ("noise", "missing", "contradictions"):
                for rate in RATES:
                    for d_model in low:
                        yield from _cell("full", name, kind, rate, regime, d_model)


items = told(lambda tier: _full() if tier == "full" else _quick())


def below(regime: str, size: float) -> list[int]:
    """Three d_model below the guess for so many bits, where a layer recalls some facts, not all.

    >>> below("F", 500), below("T", 500)
    ([6, 10, 12], [3, 4, 6])
    """
    return sorted({min(RUNGS, key=lambda d: abs(d - part * guess(regime, size))) for part in PARTS})


def _cell(
    tier: str, name: str, kind: str, rate: float, regime: str, d_model: int
) -> Iterator[Spoiled]:
    for seed in range(SEEDS[tier]):
        yield Spoiled(
            name, kind, rate, regime, loss="cross-entropy", n_heads=heads(d_model), d_model=d_model,
            d_head_qk=D_HEAD_QK, steps=STEPS[tier], lr=0.03, weight_decay=0.0, stop=0.9, seed=seed,
        )  # fmt: skip


def work(batch: Sequence[Config]) -> list[dict[str, Any]]:
    """Spoil, train and ask the layers of one group; one row each. [ours]"""
    done, rows = train_batch(batch, Spoiled, spoiled), []
    for m, it in enumerate(done.items):
        found, clean = done.found(m), dataset(it.database)
        rows.append(
            {
                **it.told(),
                **sizes(*it.which),
                **named(found, "attention_parameters", "trained_parameters"),
                **named(found, "steps", "most_steps", "loss_at_end"),
                **answers(done.logits(m), done.databases[m], clean),
            }
        )
    return rows


def spoiled(name: str, kind: str, rate: float, seed: int) -> Database:
    """A database by name, a share of it spoiled: see ``databases.dataset`` and ``corrupt``."""
    return corrupt(dataset(name), kind, rate, seed)


def answers(L: torch.Tensor, spoiled: Database, clean: Database) -> dict[str, float | None]:
    """What a layer says of the facts it was trained on, and of the truth.

    ``recalled``, ``held_50``, ``held_90`` as in ``layer.readout``: all values of a pair. With one
    answer a pair, argmax: ``single`` is the share of the facts so answered, at most the ceiling;
    ``truth`` the share of the clean pairs answered by one of their true values, ``hidden`` that of
    the pairs whose true values were taken away (None if there are none).
    """
    best = readout.argmax(L).bool()
    told = readout.facts_mask(spoiled)
    true = readout.facts_mask(clean)
    asked = true.any(-1)
    right = (best & true).any(-1)
    gone = asked & ~(told & true).any(-1)
    return {
        "recalled": share(readout.recalled(L, spoiled)),
        "held_50": share(readout.held(L, spoiled, 0.5)),
        "held_90": share(readout.held(L, spoiled, 0.9)),
        "single": round(float((best & told).sum() / told.sum()), 6),
        "truth": share(right[asked]),
        "hidden": share(right[gone]) if gone.any() else None,
    }


@lru_cache(maxsize=4096)
def sizes(name: str, kind: str, rate: float, seed: int) -> dict[str, Any]:
    """Facts, bits, ceiling and the certified rank interval of a spoiled database."""
    from factrank.rank.interval import rank_interval

    db = spoiled(name, kind, rate, seed)
    found = rank_interval(db, "quick")
    return {
        "keys": db.shape[0],
        "queries": db.shape[1],
        "values": len(db.used("V")),
        "facts": len(db),
        "bits": round(bits(db), 1),
        "ceiling": round(db.pair_counts()["KQ"] / len(db), 6),
        "rank_lower": found.lower,
        "rank_upper": found.upper,
    }


# ---- the criteria, as they were written before the record

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
    clean = frame[frame["kind"] == "clean"].rename(columns={"database": "family"})
    return layer_size.lines(clean.assign(range_size=0))


EXPERIMENT = Experiment(
    "real-facts", items, work, judge, group=all_but("kind", "rate", "seed"), batch=24,
    outcomes=("recalled", "held_50", "held_90", "single", "truth", "hidden"),
)  # fmt: skip
