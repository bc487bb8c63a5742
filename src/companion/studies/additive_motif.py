"""The experiment additive-motif: who votes for what? Its grid, and what is measured of a layer.

Part ``heads``: 1, 2, 4 and 8 heads at a total width of 16. Part ``width``: four heads at total
widths 8 and 32. Four families, embeddings frozen (F) and trained (T), cross-entropy, ten seeds; a
layer stops as soon as it holds every fact at 0.9, so that all are about equally sure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from companion.engine.catalogue import CATALOGUE
from companion.engine.sweeps import MEASURED, OUTCOMES, Experiment
from companion.studies import votes
from companion.studies.additive_motif_judge import judge
from companion.studies.item import Config, Item, told
from companion.studies.measure import Batch, group, row, train_batch

SEEDS = {"quick": 3, "full": 10}
SHAPES = {  # keys, queries, range_size
    "disjoint": (24, 4, 6),
    "shared": (32, 4, 6),
    "uniform": (24, 4, 12),
    "permuted": (16, 4, 16),
}
VOTING = ("motif_share", "key_share", "top_head", "lost_by_head", "lost_by_vote", "survives_any")


def items(tier: str) -> list[dict[str, Any]]:
    """Every layer of a tier, in full."""
    return told(_full() if tier == "full" else _quick())


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


def _cell(tier: str, part: str, family: str, regime: str, heads: int, width: int) -> Iterator[Item]:
    keys, queries, range_size = SHAPES[family]
    for seed in range(SEEDS[tier]):
        yield Item(
            family,
            keys,
            queries,
            range_size,
            part=part,
            regime=regime,
            n_heads=heads,
            d_model=keys + queries,
            d_head_qk=4,
            width=width,
            steps=1200,
            weight_decay=0.03 if regime == "F" else 0.1,
            seed=seed,
        )


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
    ballot = votes.Ballot.of(layer, db)
    exact = {"sum_error": votes.sum_error(layer, db), "most_named": votes.most_named(layer, db)}
    if not len(ballot.answers):
        nothing = dict.fromkeys((*VOTING, "size_to_loss"))
        return {**exact, "motifs": 0, "taken": 0, "mispredicted": 0, **nothing}
    added = votes.contributions(ballot)
    by_head = added.sum(2).abs()
    taken = votes.taken_away(layer, ballot)
    changed = (taken.seen != ballot.answers[:, None, None]).double()  # n h 3
    alone = votes.motif(ballot)
    found = {
        "motif_share": alone.double().mean(),
        "key_share": added[:, :, 0].sum() / added.sum(),
        "top_head": (by_head.amax(1) / by_head.sum(1)).mean(),
        "lost_by_head": changed[:, :, 2].mean(),
        "lost_by_vote": changed[:, :, :2].mean(),
        "survives_any": (changed[:, :, 2] == 0).all(1).double().mean(),
    }
    lost = changed[:, :, :2].mean(0).flatten()
    correlation = votes.rank_correlation(votes.vote_sizes(ballot).flatten(), lost)
    return {
        **exact,
        "motifs": int(alone.sum()),
        "taken": taken.seen.numel(),
        "mispredicted": int((taken.seen != taken.predicted).sum()),
        **{name: round(float(value), 6) for name, value in found.items()},
        "size_to_loss": None if correlation is None else round(correlation, 6),
    }


EXPERIMENT = Experiment(
    name="additive-motif",
    question=CATALOGUE["additive-motif"].question,
    items=items,
    group=group,
    work=measure,
    judge=judge,
    outcomes=(*OUTCOMES, *VOTING, "size_to_loss"),
    measured=(*MEASURED, "sum_error", "most_named", "motifs", "taken", "mispredicted"),
)
