"""The experiment readout-ranks: what do softmax and argmax do to the ranks of a trained layer?

Eight kinds of databases, three of them uniform random; three widths; layers trained by unbounded
cross-entropy (frozen and trained embeddings), with logits of norm 10, and in least squares (a head
a relation, frozen). Of each layer the unfolding ranks of L, softmax(L), softmax_{>=tau}(L) and
argmax(L) stand beside those of D, at two tolerances.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import torch
from pandas import DataFrame, Series

from companion.engine.sweeps import MEASURED, Experiment, Judgement
from companion.engine.thresholds import EMBEDDINGS, FITTED
from companion.studies.databases import database
from companion.studies.item import Config, Item, Shape, decay, told
from companion.studies.measure import row, train_batch
from factrank.layer import readout

KINDS = (
    Shape("disjoint", 24, 4, 4),
    Shape("duplicated", 24, 4, 4),
    Shape("shifted", 24, 6, 6),
    Shape("permuted", 12, 4, 12),
    Shape("modular", 7, 7, 7),
    Shape("uniform", 24, 4, 4),
    Shape("uniform", 24, 4, 8),
    Shape("uniform", 12, 12, 8),
)
SMALL = (Shape("disjoint", 12, 3, 3), Shape("modular", 5, 5, 5), Shape("uniform", 12, 3, 4))
SEEDS = {"quick": 3, "full": 10}
STEPS = {"quick": 600, "full": 1000}
TOLERANCES = {"r2": 1e-2, "r6": 1e-6}
TAUS = {"P50": 0.5, "P90": 0.9}


@told
def items(tier: str) -> Iterable[Item]:
    """Every layer of a tier, in full."""
    if tier == "quick":
        return _part("quick", SMALL, "cross-entropy", [3, 12])
    widths = [3, 8, 24]
    return [
        *_part("full", KINDS, "cross-entropy", widths),
        *_part("full", KINDS, "cross-entropy", widths, regime="T"),
        # to the end: an early stop leaves in L what the first weights had put there
        *_part("full", KINDS, "cross-entropy", [24], to_end=True),
        *_part("full", KINDS, "cross-entropy", [24], regime="T", to_end=True),
        *_part("full", KINDS, "bounded", widths),
        *_part("full", KINDS, "least squares", widths),
    ]


def _part(
    tier: str, kinds: Sequence[Shape], loss: str, widths: Sequence[int], *, regime: str = "F",
    to_end: bool = False,
) -> Iterator[Item]:  # fmt: skip
    least = loss == "least squares"
    for shape in kinds:
        values = len(database(*shape, 0).values)
        for width in widths:
            for seed in range(SEEDS[tier]):
                yield Item(
                    *shape, regime=regime, loss=loss, beta=10.0 if loss == "bounded" else None,
                    n_heads=shape.queries if least else 4,
                    d_model=max(shape.keys + shape.queries, values), d_head_qk=4, width=width,
                    steps=STEPS[tier], weight_decay=decay(regime, loss),
                    stop=None if to_end else FITTED if least else 0.95, seed=seed,
                )  # fmt: skip


def measured_items(batch: Sequence[Config]) -> list[dict[str, Any]]:
    """Train the layers of one group; the usual rows, and the ranks of what is read from each."""
    trained = train_batch(batch)
    return [
        row(trained, m) | ranks(trained.logits(m), readout.facts_mask(trained.databases[m]))
        for m in range(len(batch))
    ]


def ranks(L: torch.Tensor, D: torch.Tensor) -> dict[str, int]:
    """Unfolding ranks of what is read from L, named tolerance_tensor_mode, and of D.

    ``log`` is log softmax. ``M50`` and ``M90`` are softmax from tau on, masked to the pairs of the
    database; ``s50_K`` counts the singular values of the unfolding of D that S4 speaks of.
    """
    L, D = L.double(), D.double()
    pairs = D.sum(-1, keepdim=True).clamp(max=1)
    tensors = {"D": D, "L": L, "log": torch.log_softmax(L, -1), "P": readout.softmax(L)}
    tensors["argmax"] = readout.argmax(L)
    for name, tau in TAUS.items():
        tensors[name] = readout.softmax_geq(L, tau)
        tensors[name.replace("P", "M")] = tensors[name] * pairs
    found = {}
    for name, T in tensors.items():
        for mode in "KQV":
            sigma = torch.linalg.svdvals(readout.unfolding(T, mode))
            for short, tolerance in TOLERANCES.items():
                found[f"{short}_{name}_{mode}"] = int((sigma > tolerance * sigma[0]).sum())
            if name == "D":
                for short, tau in TAUS.items():
                    least = (1 - tau) / (1 + tau) * sigma[0]
                    # a hair above: a value at the limit itself is not promised
                    found[f"s{short[1:]}_{mode}"] = int((sigma > least * (1 + 1e-9)).sum())
    return found


# ---- the criteria, as they were written before the record

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


def largest(frame: DataFrame, tensor: str) -> Series:
    """The largest of the three unfolding ranks of a tensor."""
    return frame[[f"r2_{tensor}_{mode}" for mode in "KQV"]].max(axis=1)


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
    # bringing a row of the unfolding to norm beta changes no rank
    narrow = (frame["r6_L_V"] <= frame["width"]) & (frame["r2_L_V"] <= frame["width"])
    words = "A2: rank L_(V) is at most the total width, at both tolerances"
    verdicts = [Judgement.of(words, narrow, " layers")]
    bottleneck = frame["r6_log_V"] <= frame["r6_L_V"] + 1
    words = "S3: log softmax(L) has at most one more value rank than L, at 1e-6"
    verdicts += [Judgement.of(words, bottleneck, " layers"), _full(frame), _cheap(frame)]
    verdicts += [_holding(frame, tau) for tau in ("50", "90")]
    return verdicts + _together(frame)


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
    return Judgement.of(
        f"S4: where every fact is held at 0.{tau[0]}, the masked softmax from there on has the "
        "value rank of D, and in each mode the singular directions promised",
        holds, " layers",
    )  # fmt: skip


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


EXPERIMENT = Experiment(
    "readout-ranks", items, measured_items, judge,
    measured=(*MEASURED, "r2_*", "r6_*", "s50_*", "s90_*"),
)  # fmt: skip
