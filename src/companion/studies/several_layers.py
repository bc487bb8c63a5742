"""The experiment several-layers: two attention-only layers against one at equal parameters.

Three arrangements with the same number of trained parameters: one layer of four heads, two layers
of two such heads each, and one layer of two heads twice as wide. Residual path on throughout. A
ladder of d_model, with d_head_vo a quarter of it; embeddings frozen at random (F) and trained (T).
Cross-entropy, ten seeds a cell, six in the quick tier. In the part ``recipes`` one layer and two
are trained in other ways: what is easy to train need not be what is best.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch

from companion.engine.catalogue import CATALOGUE
from companion.engine.sweeps import Experiment
from companion.studies.databases import database, size
from companion.studies.item import Config, Fields, Shape, told
from companion.studies.measure import TOLERANCE, group
from companion.studies.several_layers_judge import judge
from factrank.facts.database import Database
from factrank.layer import readout
from factrank.layer.attention import Weights
from factrank.layer.config import LayerConfig
from factrank.layer.deep import deep_tensor, deep_votes
from factrank.layer.training.stacks import train_deep
from factrank.layer.training.trainer import Recipe

SEEDS = {"quick": 6, "full": 10}
STEPS = 1000


class Arrangement(NamedTuple):
    """Layers, heads in each, and how many times the least widths a head has."""

    layers: int
    n_heads: int
    times: int


ARRANGEMENTS = (Arrangement(1, 4, 1), Arrangement(2, 2, 1), Arrangement(1, 2, 2))
SHAPES = Shape("uniform", 32, 4, 8), Shape("permuted", 16, 8, 16), Shape("modular", 11, 11, 11)
LADDER = {"F": (4, 6, 8, 10, 12, 16), "T": (4, 5, 6, 8)}
USUAL = (0.03, STEPS)  # rate of learning, steps
RECIPES = ((0.01, 1000), (0.06, 1000), (0.01, 3000), (0.03, 3000))


@dataclass(frozen=True)
class Stack(Fields):
    """Some layers, one above the other, of one size each."""

    part: str
    family: str
    keys: int
    queries: int
    range_size: int
    regime: str
    layers: int
    n_heads: int
    d_model: int
    d_head_qk: int
    d_head_vo: int
    steps: int
    lr: float
    weight_decay: float
    seed: int

    @property
    def which(self) -> tuple[str, int, int, int, int]:
        """What names its database, see ``databases.database``."""
        return self.family, self.keys, self.queries, self.range_size, self.seed


def items(tier: str) -> list[dict[str, Any]]:
    """Every stack of a tier, in full."""
    return told(_full() if tier == "full" else _cells("quick", SHAPES[0], "F", (8,)))


def _full() -> Iterator[Stack]:
    for shape in SHAPES:
        for regime, ladder in LADDER.items():
            yield from _cells("full", shape, regime, ladder)
    for shape, d_model in ((SHAPES[0], 8), (SHAPES[1], 12)):
        for recipe in RECIPES:
            yield from _cells("full", shape, "F", (d_model,), recipe)


def _cells(
    tier: str,
    shape: Shape,
    regime: str,
    ladder: Sequence[int],
    recipe: tuple[float, int] = USUAL,
) -> Iterator[Stack]:
    """All arrangements and seeds along a ladder of d_model; with another recipe the first two."""
    rate, steps = recipe
    for d_model in ladder:
        for layers, heads, times in ARRANGEMENTS[: 3 if recipe == USUAL else 2]:
            for seed in range(SEEDS[tier]):
                yield Stack(
                    "ladder" if recipe == USUAL else "recipes",
                    *shape,
                    regime=regime,
                    layers=layers,
                    n_heads=heads,
                    d_model=d_model,
                    d_head_qk=2 * times,
                    d_head_vo=-(-d_model // 4) * times,
                    steps=steps,
                    lr=rate,
                    weight_decay=0.03 if regime == "F" else 0.1,
                    seed=seed,
                )


def work(batch: Sequence[Config]) -> list[dict[str, Any]]:
    """Train the stacks of one group at once; one row each, in float64."""
    stacks = [Stack(**config) for config in batch]
    one = stacks[0]
    databases = [database(*item.which) for item in stacks]
    layer = LayerConfig(
        *databases[0].shape,
        one.d_model,
        one.n_heads,
        one.d_head_qk,
        one.d_head_vo,
        residual=True,
        trainable_embeddings=one.regime == "T",
    )
    recipe = Recipe(steps=one.steps, lr=one.lr, weight_decay=one.weight_decay)
    weights = train_deep(layer, one.layers, databases, recipe, [item.seed for item in stacks])
    L = deep_tensor(weights)
    counts = layer.parameters()
    attention = counts["attention"] * one.layers
    rows = []
    for m, item in enumerate(stacks):
        sizes = size(*item.which)
        ranks = readout.unfolding_ranks(L[m], TOLERANCE)
        alone = Weights(*(w[m : m + 1] for w in weights))
        direct = alone.E_Q[0] @ alone.U[0]
        rows.append(
            {
                **item.told(),
                "values": layer.values,
                **sizes._asdict(),
                "width": one.layers * layer.width,
                "attention_parameters": attention,
                "trained_parameters": attention + counts["embedding"] * layer.trainable_embeddings,
                "recalled": round(float(readout.recalled(L[m], databases[m]).double().mean()), 6),
                "held_90": round(float(readout.held(L[m], databases[m], 0.9).double().mean()), 6),
                **{f"rank_L_{mode}": int(ranks[mode]) for mode in "KQV"},
                "rank_direct": int(torch.linalg.matrix_rank(direct)),
                **(votes(alone, databases[m]) if one.layers == 2 else {}),
            }
        )
    return rows


def votes(weights: Weights, facts: Database) -> dict[str, float]:
    """By path and token, its part of the lead of the true value: ``vote_PATH_TOKEN``, sum 1.

    The lead of a fact is the logit of its value less the mean over all values; it is linear in
    the votes. Means over the facts, as shares of the mean lead.
    """
    k, q, v = torch.tensor(facts.facts).T
    leads = {}
    for (path, token), vote in deep_votes(weights).items():
        lead = vote[0, k, q, v] - vote[0, k, q].mean(-1)
        leads[f"vote_{path.replace(' ', '_')}_{token}"] = float(lead.mean())
    total = sum(leads.values())
    return {name: round(lead / total, 6) for name, lead in leads.items()}


EXPERIMENT = Experiment(
    name="several-layers",
    question=CATALOGUE["several-layers"].question,
    items=items,
    group=group,
    work=work,
    judge=judge,
    outcomes=("recalled", "held_90"),
    measured=("rank_*", "vote_*"),
)
