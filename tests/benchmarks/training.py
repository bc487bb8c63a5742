"""`make bench`, training: a step of many layers, compiled and in torch, against a loop over one.

The baseline is a fair loop: one ``PlainLayer`` (torch's own attention), fused AdamW, its data made
beforehand, nothing logged. All methods of a shape take turns in one process on one thread, a
matrix product of torch among them; a ratio is the median over the rounds, each of one round, and
its spread is told. Times are seconds of the processor, so that others on the machine count less;
how busy it was is told. What two processes do at once is timed by the clock. How a step grows with
heads and with facts is measured on the medium shape, one size changed at a time. Where a CUDA
device is at hand, thousands of layers go there too; nothing depends on it.
Writes notebooks/results/training.csv and .json.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from statistics import median

import torch
from torch.nn import functional

from factrank.facts.families import total_functions
from factrank.layer.attention import AttentionLayer, PlainLayer, Weights
from factrank.layer.config import LayerConfig
from factrank.layer.training.first_weights import first_weights
from factrank.layer.training.losses import Targets
from factrank.layer.training.steps import Fused, Recipe, Stacked
from tests.benchmarks.records import judged, write, write_rows

SHAPES = {
    "small": LayerConfig(16, 4, 16, d_model=16, n_heads=2, d_head_qk=4, d_head_vo=4),
    "medium": LayerConfig(32, 8, 32, d_model=32, n_heads=4, d_head_qk=8, d_head_vo=8),
}
MODELS = (1, 8, 64, 256)
ON_CUDA = (1024, 4096, 16384)
GROWTH = {"n_heads": (1, 2, 4, 8, 16), "keys": (8, 16, 32, 64, 128)}  # of medium, 64 models
SECONDS, ROUNDS = 0.5, 7  # of one call, about; of each method
TARGETS = (("small", 256, 60.0), ("medium", 64, 30.0))
Steps = Callable[[int], object]


def paced(
    step: Steps, clock: Callable[[], float] = time.perf_counter, seconds: float = 3.0
) -> float:
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
        if spent >= seconds / 2:
            long.append(spent / n)
        else:
            long, n = [], max(n + 1, int(n * min(20, seconds / max(spent, 1e-3))))
    return min(long)


def rounds(
    steps: Mapping[str, Steps], clock: Callable[[], float] = time.process_time
) -> dict[str, list[float]]:
    """Seconds of one step of each method, in rounds in which all take their turn."""
    many = {name: max(1, round(SECONDS / paced(it, clock, SECONDS))) for name, it in steps.items()}
    found: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(ROUNDS):
        for name, step in steps.items():
            began = clock()
            step(many[name])
            found[name].append((clock() - began) / many[name])
    return found


def ratio(slow: list[float], fast: list[float]) -> tuple[float, float, float]:
    """The median of the ratios of each round, and the ends of them.

    >>> ratio([4.0, 6.0, 8.0], [2.0, 2.0, 4.0])
    (2.0, 2.0, 3.0)
    """
    each = [a / b for a, b in zip(slow, fast, strict=True)]
    return median(each), min(each), max(each)


def loop(config: LayerConfig) -> Steps:
    """Steps of one plain layer, full batch, cross-entropy over all its facts."""
    facts = torch.tensor(total_functions(*config_shape(config), 0).facts)
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


def config_shape(config: LayerConfig) -> tuple[int, int, int]:
    return config.keys, config.queries, config.values


def together(method: str, config: LayerConfig, models: int, device: str = "cpu") -> Steps:
    """Steps of many layers at once, ``compiled`` or ``stacked`` in torch."""
    weights = Weights(*(w.to(device, torch.float32) for w in first_weights(config, range(models))))
    each = [total_functions(*config_shape(config), seed % 64) for seed in range(models)]
    targets = Targets.of(each).to(torch.float32).to(device)
    given = config, weights, [None] * 7, targets, Recipe()
    engine = Fused(*given, [0.03] * models) if method == "compiled" else Stacked(*given, 0.03)

    def steps(n: int) -> None:
        engine.advance([1.0] * n)
        if device == "cuda":
            torch.cuda.synchronize()

    return steps


def gemm(size: int = 512) -> Steps:
    """Products of two matrices of that size, float32."""
    a, b = torch.randn(size, size), torch.randn(size, size)
    return lambda n: [a @ b for _ in range(n)]


def products(config: LayerConfig, models: int) -> float:
    """Multiply-adds of one step: forward, and twice that backward, in the order of the code."""
    K, Q, V, d, H = *config_shape(config), config.d_model, config.n_heads
    i, r = config.d_head_qk, config.d_head_vo
    forward = H * (2 * Q * d * i + K * d * i + Q * K * i + (K + Q) * d * r + r * d * V)
    return 3.0 * models * (forward + K * Q * H * r * V)


def row(shape: str, config: LayerConfig, method: str, models: int, device: str = "cpu") -> dict:
    """What a row says before it is timed."""
    sizes = {name: getattr(config, name) for name in GROWTH}
    facts = config.keys * config.queries
    about = {"facts": facts, "models": models, "method": method, "device": device}
    return {"shape": shape, **sizes, **about}


def timed(about: dict, config: LayerConfig, seconds: list[float]) -> dict[str, object]:
    at, models = median(seconds), about["models"]
    return about | {
        "model_steps_per_second": round(models / at, 1),
        "multiply_adds_per_second": round(products(config, models) / at),
    }


def shape_rows(shape: str) -> tuple[list[dict[str, object]], list[tuple[str, float, float]]]:
    """The rows of a shape, all in turns, and what its targets ask: (target, found, least)."""
    config = SHAPES[shape]
    steps, about = {"loop": loop(config), "gemm": gemm()}, {}
    about["loop"] = row(shape, config, "one at a time", 1)
    for models in MODELS:
        for method in ("stacked", "compiled"):
            name = f"{method} {models}"
            steps[name] = together(method, config, models)
            about[name] = row(shape, config, method, models)
    for models in ON_CUDA if torch.cuda.is_available() else ():
        steps[f"cuda {models}"] = together("stacked", config, models, "cuda")
        about[f"cuda {models}"] = row(shape, config, "stacked", models, "cuda")
    found, rows, targets = rounds(steps), [], []
    for name, it in about.items():
        one = [seconds * it["models"] for seconds in found["loop"]]
        middle, low, high = (round(x, 1) for x in ratio(one, found[name]))
        spread = {"ratio": middle, "ratio_low": low, "ratio_high": high}
        rows.append(timed(it, config, found[name]) | spread)
        print(*rows[-1].values(), sep="  ", flush=True)
        for which, models, least in TARGETS:
            if (it["shape"], it["method"], it["models"]) == (which, "compiled", models):
                told = f"{which}, {models} models: at least {least:g} times one"
                targets.append((told, middle, least))
    if shape == "medium":
        name, each = "compiled 64", 512**3 / products(config, 64)
        share, low, high = (round(x / each, 3) for x in ratio(found["gemm"], found[name]))
        told = f"medium, 64 models: at least 40% of a matrix product ({low} to {high})"
        targets.append((told, share, 0.4))
    return rows, targets


def growth_rows() -> list[dict[str, object]]:
    """Medium layers with one size changed, all in turns."""
    shapes = [
        replace(SHAPES["medium"], **{name: n}) for name, sizes in GROWTH.items() for n in sizes
    ]
    steps = {str(config): together("compiled", config, 64) for config in dict.fromkeys(shapes)}
    found = rounds(steps)
    rows = [timed(row("medium", it, "compiled", 64), it, found[str(it)]) for it in shapes]
    for it in rows:
        print(*it.values(), sep="  ", flush=True)
    return rows


def processes(number: int) -> float:
    """Steps a second by the clock of so many processes together, one thread each."""
    one = {**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "tests.benchmarks.training", "alone"]
    running = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=one) for _ in range(number)
    ]
    return sum(1 / float(process.communicate()[0]) for process in running)


def main() -> int:
    torch.set_num_threads(1)
    if sys.argv[1:] == ["alone"]:
        print(paced(together("compiled", SHAPES["medium"], 64)))
        return 0
    busy, rows, checks = os.getloadavg()[0], [], []
    for shape in SHAPES:
        more, targets = shape_rows(shape)
        rows, checks = rows + more, checks + targets
    rows += growth_rows()
    twice = median(processes(2) / processes(1) for _ in range(3))
    checks.append(("two processes: at least 1.9 times one", round(twice, 2), 1.9))
    load = [round(busy, 1), round(os.getloadavg()[0], 1)]  # before and after; ours is one
    told = [(target, found, found >= least) for target, found, least in checks]
    write("training", packages=["torch"], threads=1, load=load, rows=rows, targets=told)
    write_rows("training", rows)
    return judged(told)


if __name__ == "__main__":
    sys.exit(main())
