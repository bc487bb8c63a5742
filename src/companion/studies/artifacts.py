"""The experiment artifacts: how much does a layer say that it was never told, for each triple?

Forty tokens, 120 random triples (k, q, v): a layer reads the first two tokens and answers with the
third. It is asked for all 1600 pairs. An artifact at tau is an entry of ``softmax_geq(L, tau)``
that is no triple; they are counted for each triple. Sizes from 2 to 64; embeddings frozen and
trained; a fast and a slow rate; looked at when all triples are first recalled, when the loss first
is within ``NEAR`` of the least possible, and at the end of training. The criteria hold this against
what the opening and public summaries of arXiv:2502.17305 say; more of it was not read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log
from random import Random
from typing import Any

import pandas as pd
import torch
from pandas import DataFrame
from torch import Tensor

from companion.engine.sweeps import Experiment, Judgement, all_but
from companion.engine.thresholds import MOST, Interval
from companion.studies.item import Config, Fields, told
from companion.studies.measure import share
from factrank.facts.database import Database
from factrank.layer import readout
from factrank.layer.attention import Weights
from factrank.layer.config import LayerConfig
from factrank.layer.training.first_weights import first_weights
from factrank.layer.training.losses import Targets
from factrank.layer.training.trainer import Recipe, Trainer

TOKENS, TRIPLES = 40, 120
SEEDS = {"quick": 2, "full": 10}
SIZES = {"quick": (4, 16), "full": (2, 4, 8, 16, 32, 64)}
STOPS = ("recall", "loss", "end")
NEAR = 0.05  # nats above the least loss that any layer can have
FOUND = ("made", "artifacts_10", "artifacts_50", "artifacts_90", "recalled", "above")
TAUS = {"artifacts_10": 0.1, "artifacts_50": 0.5, "artifacts_90": 0.9}
PUBLISHED = (5.0, 20.0)  # artifacts a training triple, by a public summary
RATES = {"fast": (0.03, 1000), "slow": (0.003, 2000)}  # learning rate, steps
LINE = ["regime", "rate", "weight_decay"]


@dataclass(frozen=True)
class Look(Fields):
    """A layer of a size, looked at when a rule says stop.

    Size s with embeddings trained (T): d_model = s; frozen (F), orthonormal: d_model = 80. Both:
    four heads (two at size 2), d_qk = d_vo = s over the number of heads.
    """

    regime: str
    rate: str
    weight_decay: float
    size: int
    steps: int
    stop: str
    seed: int


@told
def items(tier: str) -> Iterator[Look]:
    """Every look at every layer of a tier."""
    lines = [(regime, rate, 0.0) for regime in "TF" for rate in RATES] + [("T", "fast", 0.1)]
    if tier == "quick":
        lines = [line for line in lines if line[1] == "fast"]
    for regime, rate, weight_decay in lines:
        for size in SIZES[tier]:
            for seed in range(SEEDS[tier]):
                for stop in STOPS:
                    steps = RATES[rate][1]
                    yield Look(regime, rate, weight_decay, size, steps, stop, seed)


@lru_cache(maxsize=64)
def triples(seed: int) -> Database:
    """120 different triples of forty tokens, each set of them as likely as any other.

    >>> len(triples(0)), triples(0).shape, triples(0).functional
    (120, (40, 40, 40), False)
    """
    drawn = sorted(Random(f"artifacts {seed}").sample(range(TOKENS**3), TRIPLES))
    names = tuple(f"t{i}" for i in range(TOKENS))
    facts = tuple((i // TOKENS**2, i // TOKENS % TOKENS, i % TOKENS) for i in drawn)
    return Database(names, names, names, facts)


def least_loss(database: Database) -> float:
    """The mean over facts of log s, s the values of their pair: no layer has a smaller loss.

    >>> least_loss(Database.from_triples([("a", "r", "x"), ("b", "r", "x")]))
    0.0
    """
    several = readout.facts_mask(database).sum(-1)
    return sum(log(int(several[k, q])) for k, q, _ in database.facts) / len(database)


def layer_of(item: Look) -> LayerConfig:
    """The shape of a layer."""
    heads = min(4, item.size)
    own = item.size // heads
    trained = item.regime == "T"
    d_model = item.size if trained else 2 * TOKENS
    shape = TOKENS, TOKENS, TOKENS, d_model, heads, own, own
    return LayerConfig(*shape, trainable_embeddings=trained)


def measure(batch: Sequence[Config]) -> list[dict[str, Any]]:
    """Train the seeds of one size at once; one row a look, in float64."""
    looks = [Look(**config) for config in batch]
    seeds = sorted({look.seed for look in looks})
    seen = _seen(looks[0], seeds)
    never = {"reached": 0, **dict.fromkeys(FOUND)}
    return [{**look.told(), **seen.get((look.seed, look.stop), never)} for look in looks]


def _seen(one: Look, seeds: Sequence[int]) -> dict[tuple[int, str], dict[str, Any]]:
    """What was found of each seed where a rule first said stop."""
    config, databases = layer_of(one), [triples(seed) for seed in seeds]
    rate, _ = RATES[one.rate]
    recipe = Recipe(steps=one.steps, lr=rate, weight_decay=one.weight_decay, look=25)
    start = Weights(*(weight.float() for weight in first_weights(config, seeds)))
    targets = Targets.of(databases).to(torch.float32)
    trainer = Trainer(config, start, [None] * len(start), targets, recipe, [rate] * len(seeds))
    seen: dict[tuple[int, str], dict[str, Any]] = {}

    def look(step: int) -> Tensor:
        L = trainer.logits().double()
        for seed, database, logits in zip(seeds, databases, L, strict=True):
            found = found_of(logits, database)
            rules = found["recalled"] == 1, found["above"] <= NEAR, step == one.steps
            for stop, says in zip(STOPS, rules, strict=True):
                if says and (seed, stop) not in seen:
                    seen[seed, stop] = {"reached": 1, "made": step, **found}
        return torch.full((len(seeds),), step == one.steps)

    for _ in trainer.run(look):
        pass
    return seen


def found_of(L: Tensor, database: Database) -> dict[str, float]:
    """Artifacts a triple at each tau; what is recalled; the loss above the least possible."""
    mask = readout.facts_mask(database)
    loss = -float(torch.log_softmax(L, -1)[mask].mean())
    counts = {name: int(readout.artifacts(L, database, tau).sum()) for name, tau in TAUS.items()}
    return {
        **{name: round(count / len(database), 4) for name, count in counts.items()},
        "recalled": share(readout.recalled(L, database)),
        "above": round(loss - least_loss(database), 6),
    }


def cells(frame: DataFrame, stop: str, column: str = "artifacts_50") -> DataFrame:
    """One row a line and size: the mean of a column over the layers that the rule stopped, its 95%
    interval, least and most; the share of seeds that it stopped."""
    rows = []
    for (*line, size), group in frame[frame["stop"] == stop].groupby([*LINE, "size"]):
        there = group[group["reached"] == 1][column]
        if len(there) < 2:
            continue
        ends = dict(zip(LINE, line, strict=True)) | {"size": size} | Interval.of(there)._asdict()
        most = {"least": float(there.min()), "most": float(there.max())}
        rows.append(ends | most | {"share": len(there) / len(group)})
    return pd.DataFrame(rows)


def judge(frame: DataFrame) -> list[Judgement]:
    """The criteria, written after pilots of three seeds and before the record."""
    return [
        _recall(frame),
        *(_published(frame, stop) for stop in STOPS),
        *_smaller(frame),
        *_longer(frame),
    ]


def _recall(frame: DataFrame) -> Judgement:
    mine = frame[(frame["stop"] == "recall") & (frame["size"] >= 4)]
    share = mine.groupby([*LINE, "size"])["reached"].mean()
    return Judgement(
        "from size 4 on most seeds recall all triples, in every line and size",
        f"least {share.min():.0%} of the seeds",
        bool(share.min() > MOST),
    )


def _published(frame: DataFrame, stop: str) -> Judgement:
    words = {
        "recall": "when all triples are first recalled",
        "loss": f"when the loss is within {NEAR:g} of the least possible",
        "end": "at the end of training, size 4 or more",
    }
    mine = frame[(frame["stop"] == stop) & (frame["reached"] == 1) & (frame["size"] >= 4)]
    counts, (low, high) = mine["artifacts_50"], PUBLISHED
    return Judgement(
        f"{words[stop]}: between {low:g} and {high:g} artifacts a triple at 0.5, in every layer",
        f"{counts.min():.1f} to {counts.max():.1f} in {len(counts)} layers",
        bool(len(counts) and counts.between(low, high).all()),
    )


def _smaller(frame: DataFrame) -> Iterator[Judgement]:
    """The published direction, one criterion a line."""
    found = cells(frame, "recall")
    for line, group in found[found["share"] > MOST].groupby(LINE):
        group = group.sort_values("size")
        small, large = group.iloc[0], group.iloc[-1]
        yield Judgement(
            f"{words_of(line)}: when all triples are first recalled, more artifacts at 0.5 in the "
            "smallest size that recalls than in the largest, the 95% intervals apart",
            f"size {small['size']}: {_text(small)}, size {large['size']}: {_text(large)}",
            bool(small["low"] > large["high"]),
        )


def _longer(frame: DataFrame) -> Iterator[Judgement]:
    """Training goes on after all is recalled: a public summary says that this lowers the count."""
    first, last = (cells(frame, stop).set_index([*LINE, "size"]) for stop in ("recall", "end"))
    first = first[first["share"] > MOST]
    last = last.loc[first.index]
    fewer = last["high"] < first["low"]
    more = last["low"] > first["high"]
    yield Judgement(
        "in every line and size that recalls, fewer artifacts at 0.5 at the end of training than "
        "when all triples are first recalled, the 95% intervals apart",
        f"fewer in {int(fewer.sum())}, more in {int(more.sum())} of {len(fewer)}",
        bool(fewer.all()),
    )


def words_of(line: Sequence[Any]) -> str:
    """A line in words.

    >>> words_of(("T", "fast", 0.1))
    'embeddings trained, fast, decay 0.1'
    """
    regime, rate, weight_decay = line
    return f"embeddings {'trained' if regime == 'T' else 'frozen'}, {rate}" + (
        f", decay {weight_decay:g}" if weight_decay else ""
    )


def _text(cell: Any) -> str:
    return f"{cell['mean']:.1f} ({cell['low']:.1f}-{cell['high']:.1f})"


EXPERIMENT = Experiment(
    "artifacts", items, measure, judge, group=all_but("stop", "seed"),
    outcomes=("reached", "recalled", *TAUS),
    measured=("made", "above"),
)  # fmt: skip
