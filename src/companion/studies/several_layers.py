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
from pandas import DataFrame, Series

from companion.engine.sweeps import Experiment, Judgement
from companion.engine.thresholds import EMBEDDINGS, MOST, leads
from companion.studies.databases import database, size
from companion.studies.item import Config, Fields, Shape, decay, told
from companion.studies.measure import ranks, share
from factrank.facts.database import Database
from factrank.layer import readout
from factrank.layer.attention import Weights
from factrank.layer.config import LayerConfig
from factrank.layer.deep import deep_tensor, deep_votes
from factrank.layer.training.blocks import train_deep
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


def _full() -> Iterator[Stack]:
    for shape in SHAPES:
        for regime, ladder in LADDER.items():
            yield from _cells("full", shape, regime, ladder)
    for shape, d_model in ((SHAPES[0], 8), (SHAPES[1], 12)):
        for recipe in RECIPES:
            yield from _cells("full", shape, "F", (d_model,), recipe)


items = told(lambda tier: _full() if tier == "full" else _cells("quick", SHAPES[0], "F", (8,)))


def _cells(
    tier: str, shape: Shape, regime: str, ladder: Sequence[int], recipe: tuple[float, int] = USUAL,
) -> Iterator[Stack]:  # fmt: skip
    """All arrangements and seeds along a ladder of d_model; with another recipe the first two."""
    rate, steps = recipe
    for d_model in ladder:
        for layers, heads, times in ARRANGEMENTS[: 3 if recipe == USUAL else 2]:
            for seed in range(SEEDS[tier]):
                yield Stack(
                    "ladder" if recipe == USUAL else "recipes", *shape, regime=regime,
                    layers=layers, n_heads=heads, d_model=d_model, d_head_qk=2 * times,
                    d_head_vo=-(-d_model // 4) * times, steps=steps, lr=rate,
                    weight_decay=decay(regime), seed=seed,
                )  # fmt: skip


def work(batch: Sequence[Config]) -> list[dict[str, Any]]:
    """Train the stacks of one group at once; one row each, in float64."""
    stacks = [Stack(**config) for config in batch]
    one = stacks[0]
    databases = [database(*item.which) for item in stacks]
    layer = LayerConfig(
        *databases[0].shape, one.d_model, one.n_heads, one.d_head_qk, one.d_head_vo, residual=True,
        trainable_embeddings=one.regime == "T",
    )  # fmt: skip
    recipe = Recipe(steps=one.steps, lr=one.lr, weight_decay=one.weight_decay)
    weights = train_deep(layer, one.layers, databases, recipe, [item.seed for item in stacks])
    L = deep_tensor(weights)
    counts = layer.parameters()
    attention = counts["attention"] * one.layers
    rows = []
    for m, item in enumerate(stacks):
        sizes = size(*item.which)
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
                "recalled": share(readout.recalled(L[m], databases[m])),
                "held_90": share(readout.held(L[m], databases[m], 0.9)),
                **ranks("L", L[m]),
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


# ---- the criteria, as they were written before the record

NAMES = {(1, 4): "one layer, 4 heads", (2, 2): "two layers, 2 heads", (1, 2): "one layer, 2 heads"}
ONE, TWO, WIDE = NAMES.values()
PLACE = ["family", "regime", "d_model"]


def named(frame: DataFrame) -> DataFrame:
    """The table with a column ``arrangement``."""
    pairs = zip(frame["layers"], frame["n_heads"], strict=True)
    return frame.assign(arrangement=[NAMES[pair] for pair in pairs])


def cells(frame: DataFrame) -> DataFrame:
    """One row a cell: mean recall, the share of seeds that recall every fact, mean ranks of L."""
    frame = named(frame).assign(full=frame["recalled"] == 1)
    parts = {name: (name, "mean") for name in ("recalled", "full")}
    parts |= {f"rank_{mode}": (f"rank_L_{mode}", "mean") for mode in "KQV"}
    sizes = {"parameters": ("trained_parameters", "max"), "seeds": ("seed", "size")}
    return frame.groupby([*PLACE, "arrangement"]).agg(**parts, **sizes).reset_index()


def composed(frame: DataFrame) -> Series:
    """For each stack of two layers the share of the lead that passes through both."""
    two = frame[frame["layers"] == 2]
    return two["vote_2_on_1_key"] + two["vote_2_on_1_query"]


def judge(frame: DataFrame) -> list[Judgement]:
    """Every criterion, on the regimes that the table has."""
    verdicts = [_equal(frame), _bound(frame)]
    recipes, frame = frame, frame[frame["part"] == "ladder"]
    frozen, trained = frame[frame["regime"] == "F"], frame[frame["regime"] == "T"]
    verdicts += [
        _more(frozen, ONE, TWO, "one layer recalls more than two with its heads between them"),
        _more(frozen, TWO, WIDE, "two layers recall more than one of their two heads, widened"),
        _ranks(frame),
        _composed(frame),
    ]
    if len(trained):
        words = "one layer and two differ by less than two points in mean recall along the ladder"
        words = f"{EMBEDDINGS['T']}: {words}"
        verdicts.append(leads(named(trained), ONE, TWO, words, lambda gap: abs(gap.mean) < 0.02))
    if (recipes["part"] == "recipes").any():
        verdicts.append(_recipes(recipes))
    return verdicts


def _equal(frame: DataFrame) -> Judgement:
    counts = named(frame).groupby(PLACE)["trained_parameters"].nunique()
    words = "all arrangements of a cell have the same number of trained parameters"
    return Judgement.of(words, counts == 1, " cells")


def _bound(frame: DataFrame) -> Judgement:
    most = frame["width"] + frame["rank_direct"]
    most = most.clip(upper=frame["d_model"]).clip(upper=frame["values"])
    within = frame["rank_L_V"] <= most
    reached = frame["rank_L_V"] == most
    return Judgement(
        "rank L_(V) is at most d_model, |V|, and the widths of all layers plus rank(E_Q U)",
        f"{int(within.sum())} of {len(frame)}, reached by {int(reached.sum())}",
        bool(within.all()),
    )


def _more(frame: DataFrame, first: str, second: str, criterion: str) -> Judgement:
    words = (
        f"{EMBEDDINGS['F']}: {criterion}: mean recall along the ladder, the 95% interval above 0"
    )
    return leads(named(frame), first, second, words, lambda gap: gap.low > 0)


def _ranks(frame: DataFrame) -> Judgement:
    """Where one layer of four heads and two of two recall all in most seeds."""
    found = cells(frame)
    one, two = (found[found["arrangement"] == name] for name in (ONE, TWO))
    both = one.merge(two, on=PLACE, suffixes=("_one", "_two"))
    both = both[(both["full_one"] > MOST) & (both["full_two"] > MOST)]
    gaps = {mode: (both[f"rank_{mode}_two"] - both[f"rank_{mode}_one"]) for mode in "KQV"}
    return Judgement(
        "where both recall every fact, two layers compute an L of no larger unfolding ranks than "
        "one: mean over seeds, in each cell, within 0.5",
        f"{len(both)} cells"
        + "; two less one: " * bool(len(both))
        + ", ".join(
            f"{m} {gap.min():+.1f} to {gap.max():+.1f}" for m, gap in gaps.items() if len(gap)
        ),
        bool(len(both) and all((gap <= 0.5).all() for gap in gaps.values())),
    )


def _composed(frame: DataFrame) -> Judgement:
    share = composed(frame)
    return Judgement(
        "of the lead of the true value at least a tenth passes through both layers in the mean",
        f"mean {share.mean():.0%}, {share.min():.0%} to {share.max():.0%}",
        bool(share.mean() >= 0.1),
    )


def by_recipe(frame: DataFrame) -> DataFrame:
    """Mean recall of each arrangement by family, rate and steps, where recipes were varied."""
    places = frame[frame["part"] == "recipes"][["family", "regime", "d_model"]].drop_duplicates()
    mine = named(frame).merge(places)
    mine = mine[mine["arrangement"] != WIDE]
    return mine.pivot_table("recalled", ["family", "lr", "steps"], "arrangement")


def _recipes(frame: DataFrame) -> Judgement:
    """Each arrangement with the recipe that suits it best."""
    best = by_recipe(frame).groupby("family").max()
    return Judgement(
        f"{EMBEDDINGS['F']}: with the best of five recipes for each, one layer still recalls more "
        "than two",
        ", ".join(
            f"{family} {one:.1%} and {two:.1%}"
            for family, one, two in best[[ONE, TWO]].itertuples()
        ),
        bool((best[ONE] > best[TWO]).all()),
    )


EXPERIMENT = Experiment(
    "several-layers", items, work, judge,
    outcomes=("recalled", "held_90"),
    measured=("rank_*", "vote_*"),
)  # fmt: skip
