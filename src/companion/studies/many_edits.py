"""The experiment many-edits: ten thousand facts set and deleted, one after another, in one layer.

Three ways. ``exact``: one more head an edit (A8), compiled anew from its own facts whenever it has
three times the heads that it had at first. ``exact, heads kept``: the same, never compiled anew.
``approximate``: each time the least change of W_O U, in the mean square over all pairs, that gives
the pair its new row; of a compiled layer and of a trained one. A pair of which the heads say
nothing keeps its row. This is a toy analogue of methods that edit large models, none of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import log10
from random import Random
from typing import Any

import torch
from pandas import DataFrame
from torch import Tensor

from companion.engine.sweeps import Experiment, Judgement, all_but
from companion.studies.item import Config, Fields, told
from factrank.facts.families import random_functional
from factrank.layer.building.recipes import compile_database
from factrank.layer.config import LayerConfig
from factrank.layer.edit import compacted, delete_fact, set_fact
from factrank.layer.exactness import TOLERANCE
from factrank.layer.model import NamedLayer
from factrank.layer.training.trainer import Recipe, train

SHAPE, DENSITY, TAU = (12, 5, 6), 0.8, 0.9
DELETED = 0.2  # of the edits at pairs with an answer
COMPACT, KEPT, ROUGH = "exact", "exact, heads kept", ("approximate", "approximate, trained")
SAYS = 1e-9  # a pair's share of the sum of z C^-1 z over pairs, which is the rank of C
TIMES = 3  # so many times the heads of the first layer, then it is compiled anew
WAYS, LOOKS = (COMPACT, KEPT, *ROUGH), (1, 10, 100, 1_000, 10_000)
GRID: dict[str, dict[str, tuple[int, ...]]] = {  # after how many edits it is looked at
    "quick": dict.fromkeys(WAYS, LOOKS[:3]),
    "full": dict.fromkeys(WAYS, LOOKS) | {KEPT: LOOKS[:4]},
}
SEEDS = {"quick": 2, "full": 5}
Truth = dict[tuple[int, int], int]


@dataclass(frozen=True)
class Look(Fields):
    """A layer of one way and seed, after so many edits."""

    way: str
    edits: int
    seed: int


@told
def items(tier: str) -> Iterator[Look]:
    """Every look at every layer of a tier."""
    for way, looks in GRID[tier].items():
        for seed, edits in product(range(SEEDS[tier]), looks):
            yield Look(way, edits, seed)


def measure(batch: Sequence[Config]) -> list[dict[str, Any]]:
    """One row a look: facts recalled, how far the logits are off, how large the layer is."""
    way, seed = batch[0]["way"], batch[0]["seed"]
    looks = sorted(item["edits"] for item in batch)
    walk = _rough(way, seed) if way in ROUGH else _exact(way, seed)
    rows = []
    for done, row in enumerate(walk, 1):
        if done in looks:
            rows.append({"way": way, "edits": done, "seed": seed, **row()})
        if done == looks[-1]:
            break
    return rows


def edits_of(truth: Truth, rng: Random) -> Iterator[tuple[int, int, int | None]]:
    """Edits without end, each a pair and its new value or None; ``truth`` follows them."""
    n_keys, n_queries, n_values = SHAPE
    while True:
        pair = rng.randrange(n_keys), rng.randrange(n_queries)
        value: int | None = rng.choice([v for v in range(n_values) if v != truth.get(pair)])
        if pair in truth and len(truth) > 1 and rng.random() < DELETED:
            value = None
            del truth[pair]
        else:
            truth[pair] = value  # type: ignore[assignment]  # not None here
        yield *pair, value


def _start(seed: int) -> tuple[NamedLayer, Truth, Iterator[tuple[int, int, int | None]]]:
    db = random_functional(*SHAPE, DENSITY, seed)
    truth = {(k, q): v for k, q, v in db.facts}
    named = compile_database(db, "values", tau=TAU)
    return named, truth, edits_of(truth, Random(seed))


def _exact(way: str, seed: int) -> Iterator[Any]:
    named, truth, edits = _start(seed)
    most, times, worst = TIMES * named.layer.config.n_heads, 0, 0.0
    for k, q, v in edits:
        key, query = named.keys[k], named.queries[q]
        named = (
            delete_fact(named, key, query)
            if v is None
            else set_fact(named, key, query, named.values[v])
        )
        if way == COMPACT and named.layer.config.n_heads >= most:
            named, times = compacted(named), times + 1
        worst = max(worst, named.exact.bound if named.exact else float("inf"))
        yield lambda named=named, times=times, worst=worst: {
            **_found(named.layer.layer_tensor()[0], truth, named.scale),
            **_sizes(named),
            "compacted": times,
            "log10_bound": round(log10(worst / named.scale), 1),
        }


def _rough(way: str, seed: int) -> Iterator[Any]:
    named, truth, edits = _start(seed)
    if way == ROUGH[1]:
        named = trained(named, seed)
    z, W = spoken(named)
    turn = torch.linalg.pinv(torch.einsum("kqi,kqj->ij", z, z), hermitian=True)
    for k, q, v in edits:
        here, row = z[k, q], torch.zeros(SHAPE[2], dtype=z.dtype)
        if v is not None:
            row[v] = named.scale
        step = turn @ here
        if (size := float(here @ step)) > SAYS:
            W = W + torch.outer(step / size, row - here @ W)
        yield lambda W=W: _found(z @ W, truth, named.scale)


def trained(named: NamedLayer, seed: int) -> NamedLayer:
    """A layer trained on the facts that ``named`` was compiled from, until it holds them all."""
    db = random_functional(*SHAPE, DENSITY, seed)
    config = LayerConfig(
        *SHAPE, d_model=16, n_heads=4, d_head_qk=3, d_head_vo=4, trainable_embeddings=True
    )
    recipe = Recipe("cross-entropy", steps=2_000, stop=TAU)
    found = train(config, [db], recipe, [seed], dtype=torch.float64)
    return NamedLayer.of(db, found.layer, scale=named.scale)


def spoken(named: NamedLayer) -> tuple[Tensor, Tensor]:
    """What the heads say before W_O, (K, Q, n_heads d_head_vo), and W_O U: L is their product."""
    E_K, E_Q, U, _, _, W_V, W_O = (w[0] for w in named.layer.weights)
    A = named.layer.attention()[0].unsqueeze(-1)
    x, y = E_K @ W_V, E_Q @ W_V
    z = A * x.unsqueeze(2) + (1 - A) * y.unsqueeze(1)
    return z.permute(1, 2, 0, 3).flatten(2), (W_O @ U).flatten(0, 1)


def _found(L: Tensor, truth: Truth, scale: float) -> dict[str, float]:
    """The share of the facts with the largest logit alone; and the largest |L - scale D|."""
    wanted = torch.zeros(SHAPE, dtype=L.dtype)
    for (k, q), v in truth.items():
        wanted[k, q, v] = scale
    pairs = torch.tensor(list(truth))
    rows, right = L[pairs[:, 0], pairs[:, 1]], torch.tensor(list(truth.values()))
    others = rows.scatter(1, right.unsqueeze(1), -torch.inf).amax(1)
    leads = rows.gather(1, right.unsqueeze(1))[:, 0] > others
    off = float((L - wanted).abs().max()) / scale
    return {
        "facts": len(truth),
        "recalled": round(float(leads.double().mean()), 6),
        "log10_off": round(log10(max(off, 1e-17)), 2),
    }


def _sizes(named: NamedLayer) -> dict[str, Any]:
    w = named.layer.weights
    norm = sum(float(part.square().sum()) for part in (w.W_Q, w.W_K, w.W_V, w.W_O)) ** 0.5
    config = named.layer.config
    return {
        "n_heads": config.n_heads,
        "d_model": config.d_model,
        "log10_norm": round(log10(norm), 2),
    }


def judge(frame: DataFrame) -> list[Judgement]:
    """The criteria, written before the first run."""
    return [*_exactly(frame), *_roughly(frame)]


def _exactly(frame: DataFrame) -> Iterator[Judgement]:
    for way in (COMPACT, KEPT):
        mine = frame[frame["way"] == way]
        last = mine[mine["edits"] == mine["edits"].max()]
        good = (mine["recalled"] == 1) & (mine["log10_bound"] <= log10(TOLERANCE))
        yield Judgement(
            f"{way}: every fact recalled at every look, and after no edit was a logit off by more "
            f"than {TOLERANCE:.0e} of the scale, by proof",
            f"after {last['edits'].max():,} edits recalled {last['recalled'].min():.0%}, off by "
            f"at most 10^{last['log10_bound'].max():.1f} of the scale in {len(last)} layers",
            bool(good.all()),
        )
    ends = frame[frame["way"] == COMPACT].groupby("seed")
    wide = ends["n_heads"].max() / SHAPE[2]
    grown = ends["log10_norm"].max() - ends["log10_norm"].min()
    yield Judgement(
        f"exact: never more than {TIMES} heads a value, and the norm of the attention weights "
        "within a factor of 10",
        f"{wide.max():.1f} heads a value, norms within a factor of {10 ** grown.max():.1f}",
        bool((wide <= TIMES).all() and (grown <= 1).all()),
    )


def _roughly(frame: DataFrame) -> Iterator[Judgement]:
    for way in ROUGH:
        mine = frame[frame["way"] == way].groupby("edits")["recalled"].mean()
        yield Judgement(
            f"{way}: after 100 edits fewer than half of the facts are recalled, in the mean",
            ", ".join(f"{edits:,}: {share:.0%}" for edits, share in mine.items()),
            bool(mine[100] < 0.5),
        )


EXPERIMENT = Experiment(
    "many-edits", items, measure, judge, group=all_but("edits"), batch=10,
    outcomes=("recalled",),
    measured=("log10_*", "d_model", "n_heads", "compacted"),
)  # fmt: skip
