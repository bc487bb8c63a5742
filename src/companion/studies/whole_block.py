"""The experiment whole-block: attention and MLP, who of the two holds the facts, and at what size.

A prompt is two key tokens, some fillers, a query; 256 facts a table. At equal parameters: eight
heads without an MLP, four heads with an MLP in the place of the other four, an MLP alone behind
the mean of the tokens. Then widths: d_vo and d_qk against the width of the MLP and the number of
fillers. Then one part frozen as it was drawn; and of each trained block what is recalled when
something that a part wrote is replaced by its mean. Embeddings frozen at random (F), trained (T).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import torch
from torch import Tensor

from companion.engine.sweeps import Experiment, all_but
from companion.studies.item import Config, Fields, decay, told
from companion.studies.whole_block_data import QUERIES, TOKENS, sizes, table
from companion.studies.whole_block_judge import judge
from factrank.layer.block import (
    ATTENTION,
    EMBEDDINGS,
    MLP,
    BlockConfig,
    BlockWeights,
    Prompting,
    Streams,
    mlp,
    normed,
    read_out,
    streams,
)
from factrank.layer.training.blocks import leads, pairs_of, recalls, train_blocks
from factrank.layer.training.trainer import Recipe

SEEDS = {"quick": 3, "full": 10}
STEPS, RATE, DRAWS, FILLERS, LENGTH = 600, 0.04, 8, 8, 2
BOTH, HEADS, ALONE = "both", "heads", "mlp"  # arrangements; without an MLP, without heads
STILL = {"heads frozen": ATTENTION, "mlp frozen": MLP}  # of both, one part stays as it was drawn
DIMENSION = {"F": 16, "T": 8}
STD = {"F": 1.0, "T": 0.1}  # of embeddings and U at first


class Head(NamedTuple):
    """The two widths of a head."""

    d_qk: int
    d_vo: int


LADDER = {
    "F": (Head(1, 1), Head(2, 2), Head(2, 4), Head(2, 6), Head(2, 10)),
    "T": (Head(1, 1), Head(2, 1), Head(2, 2), Head(2, 4)),
}
FAMILIES = ("uniform", "duplicated", "clock", "token")
MORE = (("uniform", 4), ("duplicated", 16))  # other ranks and bits, for both parts only
MLPS = {"F": (0, 32, 128), "T": (0, 16, 64)}
D_VO = {"F": (1, 2, 3, 4, 6, 8, 12), "T": (1, 2, 3, 4, 6, 8)}
D_QK, THEN = (1, 4, 8), {"F": 4, "T": 2}  # and 2, which stands in d_vo; d_vo meanwhile
LENGTHS = (0, 8)
WELL = {"F": Head(2, 6), "T": Head(2, 2)}  # where one part is frozen


@dataclass(frozen=True)
class Block(Fields):
    """One block to be trained: its table, its arrangement, its sizes, its seed."""

    part: str
    family: str
    values: int
    regime: str
    arrangement: str
    length: int
    n_heads: int
    d_model: int
    d_head_qk: int
    d_head_vo: int
    d_mlp: int
    steps: int
    lr: float
    weight_decay: float
    seed: int


@told
def items(tier: str) -> Iterator[Block]:
    """Every block of a tier, in full."""
    grid = _quick() if tier == "quick" else _full()
    return (replace(one, seed=seed) for one in grid for seed in range(SEEDS[tier]))


def _quick() -> Iterator[Block]:
    for family in ("uniform", "token"):
        yield from _parts(family, "F", WELL["F"])


def _full() -> Iterator[Block]:
    for regime, ladder in LADDER.items():
        for head in ladder:
            for family in FAMILIES:
                yield from _parts(family, regime, head)
            for family, values in MORE:
                yield _both("parts", family, regime, head, values=values)
        yield from _widths(regime)
        for family in FAMILIES:
            for name in STILL:
                one = _both("frozen", family, regime, WELL[regime])
                yield replace(one, arrangement=name)


def _parts(family: str, regime: str, head: Head) -> Iterator[Block]:
    """Three arrangements of equal parameters."""
    both = _both("parts", family, regime, head)
    yield both
    yield replace(both, arrangement=HEADS, n_heads=2 * both.n_heads, d_mlp=0)
    yield replace(_alone(both), d_mlp=2 * both.d_mlp)


def _alone(both: Block) -> Block:
    return replace(both, arrangement=ALONE, n_heads=0, d_head_qk=1, d_head_vo=1)


def _widths(regime: str) -> Iterator[Block]:
    """What is needed of one width, as another size varies: uniform tables, four heads."""
    for d_mlp in MLPS[regime]:
        for d_vo in D_VO[regime]:
            yield _both("d_vo", "uniform", regime, Head(2, d_vo), d_mlp=d_mlp)
        for d_qk in D_QK:
            yield _both("d_qk", "uniform", regime, Head(d_qk, THEN[regime]), d_mlp=d_mlp)
    middle, well = MLPS[regime][1], WELL[regime]
    for length in LENGTHS:
        for d_vo in D_VO[regime]:
            head = Head(2, d_vo)
            yield _both("length", "uniform", regime, head, d_mlp=middle, length=length)
        alone = _alone(_both("length", "uniform", regime, well, length=length))
        yield replace(alone, d_mlp=2 * alone.d_mlp)


def _both(
    part: str, family: str, regime: str, head: Head, *, values: int = 8, d_mlp: int | None = None,
    length: int = LENGTH,
) -> Block:  # fmt: skip
    """Four heads and an MLP; with as many parameters in each, unless its width is said."""
    return Block(
        part, family, values, regime, BOTH if d_mlp != 0 else HEADS, length, n_heads=4,
        d_model=DIMENSION[regime], d_head_qk=head.d_qk, d_head_vo=head.d_vo,
        d_mlp=4 * (head.d_qk + head.d_vo) if d_mlp is None else d_mlp, steps=STEPS, lr=RATE,
        weight_decay=decay(regime), seed=0,
    )  # fmt: skip


def work(batch: Sequence[Config]) -> list[dict[str, Any]]:
    """Train the blocks of one group at once; one row each, in float64."""
    blocks = [Block(**config) for config in batch]
    one, seeds = blocks[0], [block.seed for block in blocks]
    way = Prompting(TOKENS, TOKENS, QUERIES, FILLERS, one.length)
    config = BlockConfig(
        way.tokens, way.positions, one.values, one.d_model,
        one.n_heads, one.d_head_qk, one.d_head_vo, one.d_mlp,
    )  # fmt: skip
    databases = [table(block.family, block.values, block.seed) for block in blocks]
    recipe = Recipe(steps=one.steps, lr=one.lr, weight_decay=one.weight_decay)
    weights = train_blocks(
        config, way, databases, recipe, seeds, learns=learning(one), std=STD[one.regime]
    )
    found = recalls(weights, config, way, databases, seeds, draws=DRAWS)
    changes = ablated(weights, way, blocks) if one.n_heads and one.d_mlp else None
    return [
        {
            **block.told(),
            **sizes(block.family, block.values, block.seed)._asdict(),
            **_counted(one, config),
            "recalled": share(found[m]),
            "recalled_mean": round(float(found[m].double().mean()), 6),
            **({name: round(it[m], 6) for name, it in changes.items()} if changes else {}),
        }
        for m, block in enumerate(blocks)
    ]


def learning(block: Block) -> tuple[str, ...]:
    """The names of the weights that a block trains."""
    still = STILL.get(block.arrangement, ())
    still = still if block.regime == "T" else (*still, *EMBEDDINGS)
    return tuple(name for name in BlockWeights._fields if name not in still)


def _counted(block: Block, config: BlockConfig) -> dict[str, int]:
    counts, names = config.parameters(), learning(block)
    parts = {"attention": "W_Q", "mlp": "W_in", "embedding": "E"}
    return {
        "attention_parameters": counts["attention"],
        "mlp_parameters": counts["mlp"],
        "trained_parameters": sum(counts[part] for part, name in parts.items() if name in names),
    }


def share(right: Tensor) -> float:
    """Of one model (draws, p): the share of facts that are recalled whatever the fillers are."""
    return round(float(right.all(0).double().mean()), 6)


def ablated(
    weights: BlockWeights, way: Prompting, blocks: Sequence[Block]
) -> dict[str, list[float]]:
    """What is recalled when something is replaced by its mean over all prompts; shares of the lead.

    ``without_mlp``: what the MLP wrote. ``unread_heads``: what the heads wrote, for the readout
    only; the MLP hears it. ``without_head``: what one head wrote, for MLP and readout; the mean
    over heads, ``without_worst_head`` that of the head that is missed most. Shares: of the lead of
    the true value over the mean of all, which is a sum over the parts of the stream.
    """
    pairs, right = pairs_of([table(block.family, block.values, block.seed) for block in blocks])
    draws = [torch.Generator().manual_seed(-1 - block.seed) for block in blocks]
    prompts = torch.cat([way.drawn(pairs, draws) for _ in range(DRAWS)], 1)
    right = right.repeat(1, DRAWS)
    parts = streams(weights, prompts)

    def left(stream: Tensor) -> list[float]:
        hit = leads(read_out(weights, stream), right)
        return [share(one) for one in hit.unflatten(1, (DRAWS, -1))]

    heads = parts.heads.sum(1)
    lacking = [
        before + mlp(weights, before)
        for before in (parts.query + heads - head + _mean(head) for head in parts.heads.unbind(1))
    ]
    missed = torch.tensor([left(stream) for stream in lacking], dtype=torch.float64)
    return {
        "without_mlp": left(parts.query + heads + _mean(parts.mlp)),
        "unread_heads": left(parts.query + _mean(heads) + parts.mlp),
        "without_head": missed.mean(0).tolist(),
        "without_worst_head": missed.amin(0).tolist(),
        **led(weights, parts, right),
    }


def _mean(written: Tensor) -> Tensor:
    return written.mean(1, keepdim=True).expand_as(written)


def led(weights: BlockWeights, parts: Streams, right: Tensor) -> dict[str, list[float]]:
    """The shares of the parts in the mean lead of the true value, ``share_...``, sum 1.

    Divided by one number, the root of the last norm, the stream is read linearly: a part of it
    adds its own product with U.
    """
    total = parts.total
    scale = (
        (normed(total, True) * total).sum(-1, keepdim=True)
        / total.var(-1, keepdim=True, correction=0)
        / total.shape[-1]
    )  # 1 / sqrt(variance + epsilon)
    found = {}
    for name, part in (("query", parts.query), ("heads", parts.heads.sum(1)), ("mlp", parts.mlp)):
        L = (part - part.mean(-1, keepdim=True)) * scale @ weights.U
        lead = L.gather(2, right.unsqueeze(2)).squeeze(2) - L.mean(2)
        found[f"share_{name}"] = lead.mean(1)
    whole = torch.stack(list(found.values())).sum(0)
    return {name: (lead / whole).tolist() for name, lead in found.items()}


EXPERIMENT = Experiment(
    "whole-block", items, work, judge, group=all_but("family", "seed", "part"), batch=40,
    outcomes=("recalled", "recalled_mean"),
    measured=("without_*", "unread_*", "share_*", "rank_*"),
)  # fmt: skip
