"""The experiment readout-ranks: what do softmax and argmax do to the ranks of a trained layer?

Eight kinds of databases, three of them uniform random; three widths; layers trained by unbounded
cross-entropy (frozen and trained embeddings), with logits of norm 10, and in least squares (a head
a relation, frozen). Of each layer the unfolding ranks of L, softmax(L), softmax_{>=tau}(L) and
argmax(L) stand beside those of D, at two tolerances.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch

from companion.engine.catalogue import CATALOGUE
from companion.engine.sweeps import MEASURED, Experiment
from companion.engine.thresholds import FITTED
from companion.studies.databases import database
from companion.studies.item import Config, Item, Shape, told
from companion.studies.measure import group, row, train_batch
from companion.studies.readout_ranks_judge import judge
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


def items(tier: str) -> list[dict[str, Any]]:
    """Every layer of a tier, in full."""
    if tier == "quick":
        return told(_part("quick", SMALL, "cross-entropy", [3, 12]))
    widths = [3, 8, 24]
    return told(
        [
            *_part("full", KINDS, "cross-entropy", widths),
            *_part("full", KINDS, "cross-entropy", widths, regime="T"),
            # to the end: an early stop leaves in L what the first weights had put there
            *_part("full", KINDS, "cross-entropy", [24], to_end=True),
            *_part("full", KINDS, "cross-entropy", [24], regime="T", to_end=True),
            *_part("full", KINDS, "bounded", widths),
            *_part("full", KINDS, "least squares", widths),
        ]
    )


def _part(
    tier: str,
    kinds: Sequence[Shape],
    loss: str,
    widths: Sequence[int],
    *,
    regime: str = "F",
    to_end: bool = False,
) -> Iterator[Item]:
    least = loss == "least squares"
    for shape in kinds:
        values = len(database(*shape, 0).values)
        for width in widths:
            for seed in range(SEEDS[tier]):
                yield Item(
                    *shape,
                    regime=regime,
                    loss=loss,
                    beta=10.0 if loss == "bounded" else None,
                    n_heads=shape.queries if least else 4,
                    d_model=max(shape.keys + shape.queries, values),
                    d_head_qk=4,
                    width=width,
                    steps=STEPS[tier],
                    weight_decay=0.0 if least else 0.03 if regime == "F" else 0.1,
                    stop=None if to_end else FITTED if least else 0.95,
                    seed=seed,
                )


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


EXPERIMENT = Experiment(
    name="readout-ranks",
    question=CATALOGUE["readout-ranks"].question,
    items=items,
    group=group,
    work=measured_items,
    judge=judge,
    measured=(*MEASURED, "r2_*", "r6_*", "s50_*", "s90_*"),
)
