"""`make bench`, training: model-steps a second of stacked layers against one layer at a time.

The baseline is a fair loop: one ``PlainLayer`` (torch's own attention), fused AdamW, its data made
beforehand, nothing logged. Everything runs on one thread, in one run; ratios are of that run.
How a step grows with heads and with facts is measured on the medium shape, one size changed at a
time. Where a CUDA device is at hand, thousands of models go there too; nothing depends on it.
Writes notebooks/results/training.csv and .json.
"""

from __future__ import annotations

import csv
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch
from torch.nn import functional

from factrank.facts.database import Database
from factrank.facts.families import total_functions
from factrank.layer.attention import AttentionLayer
from factrank.layer.config import LayerConfig
from factrank.layer.plain import PlainLayer
from factrank.layer.training.trainer import Recipe, train
from tools.machine import machine, versions

RESULTS = Path("notebooks/results")
SHAPES = {
    "small": LayerConfig(16, 4, 16, d_model=16, n_heads=2, d_head_qk=4, d_head_vo=4),
    "medium": LayerConfig(32, 8, 32, d_model=32, n_heads=4, d_head_qk=8, d_head_vo=8),
}
MODELS = (1, 8, 64, 256)
ON_CUDA = (1024, 4096, 16384)
GROWTH = {"n_heads": (1, 2, 4, 8, 16), "keys": (8, 16, 32, 64, 128)}  # of medium, 64 models
SECONDS = 3.0  # of each timing, about
TARGETS = (("small", 256, 25.0), ("medium", 64, 10.0))


def database(config: LayerConfig, seed: int) -> Database:
    return total_functions(config.keys, config.queries, config.values, seed)


def paced(step: Callable[[int], object], clock: Callable[[], float] = time.perf_counter) -> float:
    """Seconds of one step: ``step(n)`` makes n, with n grown until they take long enough.

    The first call warms up and is not counted. A call that took long enough is made again: if it
    was the machine that was slow, n grows on; the faster of the two is the answer.
    """
    step(1)
    n, long = 5, []
    while len(long) < 2:
        began = clock()
        step(n)
        spent = clock() - began
        if spent >= SECONDS / 2:
            long.append(spent / n)
        else:
            long, n = [], max(n + 1, int(n * min(20, SECONDS / max(spent, 1e-3))))
    return min(long)


def loop(config: LayerConfig) -> Callable[[int], None]:
    """Steps of one plain layer, full batch, cross-entropy over all its facts."""
    facts = torch.tensor(database(config, 0).facts)
    tokens, answers = facts[:, :2] + torch.tensor([0, config.keys]), facts[:, 2]
    layer = AttentionLayer.random(config, std=0.1, dtype=torch.float32)
    plain = PlainLayer.of(layer)
    free = [p for p in plain.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(free, lr=0.03, betas=(0.9, 0.99), weight_decay=0.1, fused=True)

    def steps(n: int) -> None:
        for _ in range(n):
            optimiser.zero_grad(set_to_none=True)
            functional.cross_entropy(plain(tokens), answers).backward()
            optimiser.step()

    return steps


def stacked(config: LayerConfig, models: int, device: str) -> Callable[[int], None]:
    databases = [database(config, seed % 64) for seed in range(models)]
    return lambda n: train(config, databases, Recipe(steps=n), range(models), device=device)


def products(config: LayerConfig, models: int) -> float:
    """Multiply-adds of one step: forward, and twice that backward, in the order of the code."""
    K, Q, V, d, H = config.keys, config.queries, config.values, config.d_model, config.n_heads
    i, r = config.d_head_qk, config.d_head_vo
    forward = H * (2 * Q * d * i + K * d * i + Q * K * i + (K + Q) * d * r + r * d * V)
    return 3.0 * models * (forward + K * Q * H * r * V)


def gemm(size: int = 512) -> float:
    """Multiply-adds a second of torch's matrix product, float32, one thread."""
    a, b = torch.randn(size, size), torch.randn(size, size)

    def steps(n: int) -> None:
        for _ in range(n):
            a @ b

    return size**3 / paced(steps)


def measure(shape: str, models: int, device: str = "cpu", **changed: int) -> dict[str, object]:
    """One row; no models at all stands for the loop over one plain layer."""
    config = replace(SHAPES[shape], **changed)
    seconds = paced(stacked(config, models, device) if models else loop(config))
    return {
        "shape": shape,
        **{name: getattr(config, name) for name in GROWTH},
        "facts": config.keys * config.queries,
        "models": models or 1,
        "method": "stacked" if models else "one at a time",
        "device": device,
        "model_steps_per_second": round(max(models, 1) / seconds, 1),
        "multiply_adds_per_second": round(products(config, max(models, 1)) / seconds),
        "gigabytes": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 3),
    }


def processes(arguments: list[dict[str, object]]) -> list[dict[str, object]]:
    """Measurements in processes of their own, side by side, one thread each."""
    one = {**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "tests.benchmarks.training"]
    running = [
        subprocess.Popen([*command, json.dumps(which)], stdout=subprocess.PIPE, text=True, env=one)
        for which in arguments
    ]
    return [json.loads(process.communicate()[0]) for process in running]


def table() -> list[dict[str, object]]:
    """All rows; ``ratio`` is to the loop over one layer of the same shape, on the CPU."""
    rows: list[dict[str, object]] = []

    def add(which: dict[str, object], base: float | None) -> float:
        row = processes([which])[0]
        rate = row["model_steps_per_second"]
        rows.append(row | {"ratio": None if base is None else round(rate / base, 1)})
        print(*rows[-1].values(), sep="  ", flush=True)
        return rate

    for shape in SHAPES:
        base = add({"shape": shape, "models": 0}, None)
        rows[-1]["ratio"] = 1.0
        for models in MODELS:
            add({"shape": shape, "models": models}, base)
        for models in ON_CUDA if torch.cuda.is_available() else ():
            add({"shape": shape, "models": models, "device": "cuda"}, base)
    for name, sizes in GROWTH.items():
        for size in sizes:
            add({"shape": "medium", "models": 64, name: size}, None)
    return rows


def main() -> int:
    torch.set_num_threads(1)
    if len(sys.argv) == 2:
        print(json.dumps(measure(**json.loads(sys.argv[1]))))
        return 0
    rate, rows = gemm(), table()
    both = sum(
        row["model_steps_per_second"] for row in processes([{"shape": "medium", "models": 64}] * 2)
    )
    by = {(r["shape"], r["models"]): r for r in rows if r["method"] == "stacked" and r["ratio"]}
    medium = by["medium", 64]
    checks = [
        (f"{s}, {m} models: at least {least:g} times one", by[s, m]["ratio"], least)
        for s, m, least in TARGETS
    ]
    twice = round(both / medium["model_steps_per_second"], 2)
    share = round(medium["multiply_adds_per_second"] / rate, 3)
    checks.append(("two processes: at least 1.8 times one", twice, 1.8))
    checks.append(("medium, 64 models: at least 15% of a matrix product", share, 0.15))
    record = {
        "command": "make bench", "machine": machine(), "threads": 1, "gemm_per_second": round(rate),
        "versions": versions() | {"torch": torch.__version__}, "rows": rows,
        "targets": [{"target": t, "found": f, "met": f >= least} for t, f, least in checks],
    }  # fmt: skip
    (RESULTS / "training.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    with (RESULTS / "training.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    for target, found, least in checks:
        print(f"{'met' if found >= least else 'MISSED':8}{target}: {found}")
    return 0 if all(found >= least for _, found, least in checks) else 1


if __name__ == "__main__":
    sys.exit(main())
