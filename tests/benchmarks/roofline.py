"""`make bench`, the roofline of a step: what part of a matrix product's rate a large layer reaches.

One layer learns facts of ``graphs.zipf_graph`` by batches of ``BATCH`` questions. Its step is timed
beside parts of it and beside three rates of the machine, all taking turns in one process on one
thread, in seconds of the processor; told are medians over the rounds.

The floor of a step is what no code of this kind can be below: its multiply-adds at the rate of a
large product, plus the bytes that AdamW must move at the rate of a large sum in memory, plus one
exponential a logit at the rate of torch's own, in cache. The criterion, stated before the run:
the multiply-adds alone, at the rate of a large product, are 70% of a step. Where they are not, the
parts say where the rest goes. Writes notebooks/results/roofline.json.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from statistics import median

import torch

from factrank.layer.config import LayerConfig
from factrank.layer.training.sampled import Questions, Sampled, at_once
from factrank.layer.training.sizes import design
from factrank.layer.training.trainer import Recipe
from tests.benchmarks.graphs import zipf_graph
from tests.benchmarks.questions import NEVER
from tests.benchmarks.records import judged, write
from tests.benchmarks.training import ratio, rounds

FACTS, WIDTHS, BATCH = (10_000, 100_000), (64, 256), 1024
LARGE, FAR, NEAR = 1024, 2**24, 2**17  # sides of a product; numbers beyond the caches; within
LEAST = 0.7
ADAMW = 7 * 4  # bytes a number: it, its slope and two moments are read, all but the slope written
Steps = Callable[[int], object]


def rates() -> dict[str, tuple[Steps, float]]:
    """What the machine can do, and how much of it one call is: multiply-adds, bytes, numbers."""
    a, b = torch.randn(LARGE, LARGE), torch.randn(LARGE, LARGE)
    x, y, z = (torch.randn(FAR) for _ in range(3))
    small, into = torch.randn(NEAR), torch.empty(NEAR)
    return {
        "product": (lambda n: [torch.mm(a, b) for _ in range(n)], LARGE**3),
        "memory": (lambda n: [torch.add(x, y, out=z) for _ in range(n)], 3 * 4 * FAR),
        "exponential": (lambda n: [torch.exp(small, out=into) for _ in range(n)], NEAR),
    }


def parts(it: Sampled) -> dict[str, Steps]:
    """The step, and its three large parts alone, on tensors of the same sizes."""
    config, made = it.config, [0]
    V, width = config.values, min(config.width, config.d_model)
    low, out, slope = torch.randn(BATCH, width), torch.randn(width, V), torch.zeros(width, V)
    blocks = low.split(at_once(width, V))
    L, E = (torch.randn(len(blocks[0]), V) for _ in range(2))
    asked = it.asked.at(torch.arange(BATCH))

    def step(n: int) -> None:
        for _ in range(n):
            it.step(made[0])
            made[0] += 1

    def products(n: int) -> None:
        for _ in range(n):
            for part in blocks:
                E = part @ out
                _ = E @ out.T
                slope.addmm_(part.T, E, beta=0.5)  # bounded, however often

    def heads(n: int) -> None:  # attention, W_O U, and the slopes of all weights
        for _ in range(n):
            it.optimiser.zero_grad()
            torch.autograd.backward(it.factors(asked), (low, slope))

    def softmax(n: int) -> None:
        for _ in range(n):
            for part in blocks:
                torch.exp(L[: len(part)], out=E[: len(part)]).sum(-1)

    def adamw(n: int) -> None:
        for _ in range(n):
            it.optimiser.step()

    step(1)  # from here on there are slopes
    return {
        "step": step, "logits": products, "softmax": softmax, "heads": heads, "AdamW": adamw,
    }  # fmt: skip


def multiply_adds(config: LayerConfig) -> int:
    """Of one step, forward and twice that backward: logits, heads, and what heads write to U."""
    d, H, i, r = config.d_model, config.n_heads, config.d_head_qk, config.d_head_vo
    heads = BATCH * d * H * 2 * (i + r)
    write = config.width * d * config.values if config.width <= d else BATCH * config.width * d
    return 3 * (BATCH * min(config.width, d) * config.values + heads + write)


def measured(facts: int, d_model: int) -> dict[str, object]:
    """One row: the seconds of a step and of its parts, its floor, and shares with their spread."""
    database = zipf_graph(facts, seed=0)
    config = design(database, n_heads=4, d_head_qk=2, d_model=d_model)
    asked = Questions.of(database)
    it = Sampled(config, asked, Recipe(steps=10**6), 0, NEVER, batch=BATCH)
    given = rates()
    found = rounds(parts(it) | {name: steps for name, (steps, _) in given.items()})
    rate = {name: units / median(found[name]) for name, (_, units) in given.items()}
    numbers, logits = config.parameters()["trained"], BATCH * config.values
    floor = {
        "products": multiply_adds(config) / rate["product"],
        "AdamW": ADAMW * numbers / rate["memory"],
        "exponentials": logits / rate["exponential"],
    }
    ideal = [multiply_adds(config) * one / LARGE**3 for one in found["product"]]
    share, low, high = ratio(ideal, found["step"])
    step = median(found["step"])
    alone = {name: median(found[name]) for name in ("logits", "softmax", "heads", "AdamW")}
    return {
        "facts": facts, "d_model": d_model, "width": config.width, "values": config.values,
        "numbers": numbers, "logits": logits, "multiply_adds": multiply_adds(config),
        "milliseconds": round(1e3 * step, 2),
        "of_product": round(share, 3), "of_product_from_to": [round(low, 3), round(high, 3)],
        "of_floor": round(sum(floor.values()) / step, 3),
        "floor_parts": {name: round(seconds / step, 3) for name, seconds in floor.items()},
        "parts": {name: round(seconds / step, 3) for name, seconds in alone.items()},
        "rest": round(1 - sum(alone.values()) / step, 3),
        "rates": {name: float(f"{x:.3g}") for name, x in rate.items()},
    }  # fmt: skip


def main() -> int:
    torch.set_num_threads(1)
    busy, rows = os.getloadavg()[0], []
    for facts in FACTS:
        for d_model in WIDTHS:
            rows.append(measured(facts, d_model))
            print(*rows[-1].values(), sep="  ", flush=True)
    word = f"at least {LEAST:.0%} of the rate of a large product"
    told = [
        (f"{r['facts']} facts, d_model {r['d_model']}: {word}", r["of_product"],
         r["of_product"] >= LEAST)
        for r in rows
    ]  # fmt: skip
    load = [round(busy, 1), round(os.getloadavg()[0], 1)]
    write(
        "roofline", packages=["torch"], threads=1, batch=BATCH, load=load, rows=rows, targets=told
    )
    return judged(told)


if __name__ == "__main__":
    sys.exit(main())
