"""The experiment additive-motif: who votes for what? Its grid, and what is measured of a layer.

Part ``heads``: 1, 2, 4 and 8 heads at a total width of 16. Part ``width``: four heads at total
widths 8 and 32. Four families, embeddings frozen (F) and trained (T), cross-entropy, ten seeds; a
layer stops as soon as it holds every fact at 0.9, so that all are about equally sure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import torch
from pandas import DataFrame
from torch import Tensor

from companion.engine.sweeps import MEASURED, OUTCOMES, Experiment, Judgement
from companion.engine.thresholds import EXACT, REGIMES
from companion.studies.item import Config, Item, decay, told
from companion.studies.measure import Batch, row, train_batch
from factrank.facts.database import Database
from factrank.layer.ablate import KEY, QUERY, answers_without, without
from factrank.layer.attention import AttentionLayer, PlainLayer

SOURCES = (KEY, QUERY, None)


class Ballot(NamedTuple):
    """Votes (n, h, s, v) on the facts of a database that a layer recalls, and their ``answers``."""

    votes: Tensor
    answers: Tensor
    tokens: Tensor

    @classmethod
    def of(cls, layer: AttentionLayer, database: Database) -> Ballot:
        """The ballot of one model without residual path, functional database."""
        k, q, v = torch.tensor(database.facts).T
        votes = layer.votes_of(torch.stack([k, q], 1))[0]
        right = votes.sum((1, 2)).argmax(-1) == v
        return cls(votes[right], v[right], torch.stack([k, q], 1)[right])


def contributions(ballot: Ballot) -> Tensor:
    """What each vote (n, h, s) adds to the winning margin, answer minus runner-up; sums to it."""
    L = ballot.votes.sum((1, 2))
    a = ballot.answers[:, None]
    runner = L.scatter(-1, a, -torch.inf).argmax(-1, keepdim=True)

    def at(index: Tensor) -> Tensor:
        index = index[:, None, None].expand(*ballot.votes.shape[:3], 1)
        return ballot.votes.gather(-1, index).squeeze(-1)

    return at(a) - at(runner)


def motif(ballot: Ballot) -> Tensor:
    """For each fact, whether no single vote names the answer, while their sum does (n,).

    A vote names a value if that is its one largest entry.
    """
    best = ballot.votes.amax(-1, keepdim=True)
    lone = (ballot.votes == best).sum(-1) == 1
    named = (ballot.votes.argmax(-1) == ballot.answers[:, None, None]) & lone
    return ~named.any(-1).any(-1)


class Taken(NamedTuple):
    """Answers (n, h, 3) without the key's vote, the query's, both: as predicted and as seen."""

    predicted: Tensor
    seen: Tensor


def taken_away(layer: AttentionLayer, ballot: Ballot) -> Taken:
    """Every vote and every head taken away: predicted from votes, seen in torch's own attention."""
    _, heads, _, values = ballot.votes.shape
    predicted = answers_without(ballot.votes, torch.zeros(len(ballot.answers), values))
    sequence = ballot.tokens + torch.tensor([0, layer.config.keys])
    seen = torch.empty_like(predicted)
    for h in range(heads):
        for s, source in enumerate(SOURCES):
            with torch.no_grad():
                logits = PlainLayer.of(without(layer, h, source))(sequence)
            seen[:, h, s] = logits.argmax(-1)
    return Taken(predicted, seen)


def sum_error(layer: AttentionLayer, database: Database) -> float:
    """The largest difference of the sum of votes to L, computed by torch, by the largest |L|."""
    k, q, _ = torch.tensor(database.facts).T
    tokens = torch.stack([k, q], 1)
    with torch.no_grad():
        L = PlainLayer.of(layer)(tokens + torch.tensor([0, layer.config.keys]))
    return float((layer.votes_of(tokens)[0].sum((1, 2)) - L).abs().max() / L.abs().max())


def rank_correlation(x: Tensor, y: Tensor) -> float | None:
    """Spearman's: the correlation of ranks, ties sharing their mean; None if one is constant.

    >>> round(rank_correlation(torch.tensor([1.0, 2.0, 9.0]), torch.tensor([0, 0, 1])), 3)
    0.866
    """
    from scipy.stats import spearmanr

    if min(len(x.unique()), len(y.unique())) < 2:
        return None
    return float(spearmanr(x, y).statistic)


def vote_sizes(ballot: Ballot) -> Tensor:
    """The size of each vote (h, s): its norm over the values, their mean taken off, in the mean
    over the facts. It does not look at the answer."""
    return (ballot.votes - ballot.votes.mean(-1, keepdim=True)).norm(dim=-1).mean(0)  # type: ignore[no-any-return]  # torch says Any


def most_named(layer: AttentionLayer, database: Database) -> int:
    """How many facts the single votes can name at most, by which value each names.

    A key's vote A X[k] names one value whatever the query, a query's (1 - A) Y[q] one whatever the
    key. [ours]
    """
    X, Y = (path[0].argmax(-1) for path in layer.value_paths())  # h k, h q
    k, q, v = torch.tensor(database.facts).T
    return int(((X[:, k] == v).any(0) | (Y[:, q] == v).any(0)).sum())


SEEDS = {"quick": 3, "full": 10}
SHAPES = {  # keys, queries, range_size
    "disjoint": (24, 4, 6),
    "shared": (32, 4, 6),
    "uniform": (24, 4, 12),
    "permuted": (16, 4, 16),
}
VOTING = ("motif_share", "key_share", "top_head", "lost_by_head", "lost_by_vote", "survives_any")


def _quick() -> Iterator[Item]:
    for family in ("disjoint", "shared"):
        for heads in (1, 4):
            yield from _cell("quick", "heads", family, "F", heads, 16)


def _full() -> Iterator[Item]:
    for family in SHAPES:
        for regime in "FT":
            for heads in (1, 2, 4, 8):
                yield from _cell("full", "heads", family, regime, heads, 16)
            for width in (8, 32):
                yield from _cell("full", "width", family, regime, 4, width)


items = told(lambda tier: _full() if tier == "full" else _quick())


def _cell(tier: str, part: str, family: str, regime: str, heads: int, width: int) -> Iterator[Item]:
    keys, queries, range_size = SHAPES[family]
    for seed in range(SEEDS[tier]):
        yield Item(
            family, keys, queries, range_size, part=part, regime=regime, n_heads=heads,
            d_model=keys + queries, d_head_qk=4, width=width, steps=1200,
            weight_decay=decay(regime), seed=seed,
        )  # fmt: skip


def measure(batch: Sequence[Config]) -> list[dict[str, Any]]:
    """Train the layers of one group; one row each, with the columns of ``vote_columns``."""
    trained = train_batch(batch)
    return [{**row(trained, m), **vote_columns(trained, m)} for m in range(len(batch))]


def vote_columns(batch: Batch, m: int) -> dict[str, Any]:
    """Of the facts that model m recalls: who votes for them, and what goes when a vote goes.

    ``key_share`` of the summed winning margins comes from the key's votes; ``top_head`` is the
    mean share of the largest head in the sizes of what heads add to a margin. ``lost_by_*`` is the
    mean share of answers that change without a vote or a head; ``survives_any`` the share of facts
    that no single head's loss changes. ``mispredicted`` counts answers, over all votes and heads
    taken away, that are not as predicted.
    """
    layer, db = batch.trained.layer.model(m), batch.databases[m]
    ballot = Ballot.of(layer, db)
    exact = {"sum_error": sum_error(layer, db), "most_named": most_named(layer, db)}
    if not len(ballot.answers):
        nothing = dict.fromkeys((*VOTING, "size_to_loss"))
        return {**exact, "motifs": 0, "taken": 0, "mispredicted": 0, **nothing}
    added = contributions(ballot)
    by_head = added.sum(2).abs()
    taken = taken_away(layer, ballot)
    changed = (taken.seen != ballot.answers[:, None, None]).double()  # n h 3
    alone = motif(ballot)
    found = {
        "motif_share": alone.double().mean(),
        "key_share": added[:, :, 0].sum() / added.sum(),
        "top_head": (by_head.amax(1) / by_head.sum(1)).mean(),
        "lost_by_head": changed[:, :, 2].mean(),
        "lost_by_vote": changed[:, :, :2].mean(),
        "survives_any": (changed[:, :, 2] == 0).all(1).double().mean(),
    }
    lost = changed[:, :, :2].mean(0).flatten()
    correlation = rank_correlation(vote_sizes(ballot).flatten(), lost)
    return {
        **exact,
        "motifs": int(alone.sum()),
        "taken": taken.seen.numel(),
        "mispredicted": int((taken.seen != taken.predicted).sum()),
        **{name: round(float(value), 6) for name, value in found.items()},
        "size_to_loss": None if correlation is None else round(correlation, 6),
    }


# ---- the criteria, as they were written before the record

FOLLOWS = 0.7  # median rank correlation of the size of a vote with the answers lost without it
HALF = 0.5
LINE = ["family", "regime"]


def judge(frame: DataFrame) -> list[Judgement]:
    """Every criterion, on the parts that the table has."""
    one, parts = frame[frame["n_heads"] == 1], frame[frame["part"] == "heads"]
    verdicts = [
        _sums(frame),
        _predicted(frame),
        _named(frame),
        _medians(
            "one head: no vote names the answer of at least half of the facts, in the median",
            medians(one, "motif_share", "n_heads"), lambda shares: min(shares) >= HALF,
        ),
        _medians(
            "more heads at the same total width: the share of such facts falls at each step",
            medians(parts, "motif_share", "n_heads"), _falls,
        ),
        _sizes(frame),
    ]  # fmt: skip
    if frame["width"].nunique() > 1:
        words = "four heads, total width 8, 16, 32: fewer answers go with a head, at each step"
        four = frame[frame["n_heads"] == 4]
        verdicts.append(_medians(words, medians(four, "lost_by_head", "width"), _falls))
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


def _medians(
    criterion: str, found: dict[tuple[str, str], list[float]], holds: Callable[[list[float]], bool]
) -> Judgement:
    """That the medians of each family and regime are as demanded."""
    told = (
        f"{family} {REGIMES[regime]}: " + " ".join(f"{value:.2f}" for value in values)
        for (family, regime), values in found.items()
    )
    return Judgement(criterion, ", ".join(told), all(map(holds, found.values())))


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


def _falls(values: list[float]) -> bool:
    return all(later < sooner for sooner, later in pairwise(values))


EXPERIMENT = Experiment(
    "additive-motif", items, measure, judge,
    outcomes=(*OUTCOMES, *VOTING, "size_to_loss"),
    measured=(*MEASURED, "sum_error", "most_named", "motifs", "taken", "mispredicted"),
)  # fmt: skip
