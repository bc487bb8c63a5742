"""`make bench`: the rank interval at scale and on small databases, against stated targets.

Every case runs alone, one thread, in a process of its own. Writes the table to
notebooks/results/benchmark.csv and benchmark.json (with machine and versions).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

from tests.benchmarks.cases import DENSITIES
from tests.benchmarks.records import judged, write, write_rows

SIZES = (1_000, 10_000, 100_000, 1_000_000)
LIMIT = 600  # seconds for one case
CASES = [
    *((f"zipf-{n}", "quick") for n in SIZES),
    *((f"uniform-{n}", "quick") for n in SIZES),
    ("shared-100000", "quick"),
    ("shared-100000", "normal"),
    ("wordnet-like", "quick"),
    ("wordnet-like", "normal"),
    *((f"small-{density}", "normal") for density in DENSITIES),
]


def run(name: str, effort: str) -> dict[str, object]:
    """One case in its own process, with one thread."""
    command = [sys.executable, "-m", "tests.benchmarks.cases", name, effort]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, env=environment, timeout=LIMIT
        )
    except subprocess.TimeoutExpired:
        raise SystemExit(f"bench: {name} {effort} took more than {LIMIT} s") from None
    if done.returncode:
        raise SystemExit(f"bench: {name} {effort} failed: {done.stderr.strip()[-300:]}")
    return json.loads(done.stdout)


def targets(rows: list[dict]) -> list[tuple[str, object, bool]]:
    """What the numbers should reach: (target, value found, met)."""
    by = {(row["case"], row["effort"]): row for row in rows}
    million, tenth = by["zipf-1000000", "quick"], by["zipf-100000", "quick"]
    wordnet = by["wordnet-like", "normal"]
    small = [row for row in rows if row["case"].startswith("small-")]
    count = sum(row["databases"] for row in small)
    closed = sum(row["closed"] for row in small) / count
    ratio = round(million["seconds"] / tenth["seconds"], 1)
    below = round(1 - wordnet["unfolding"] / by["wordnet-like", "quick"]["upper"], 4)
    return [
        ("10^6 Zipf facts, quick: at most 30 s", million["seconds"], million["seconds"] <= 30),
        ("10^6 Zipf facts, quick: at most 3 GB", million["gigabytes"], million["gigabytes"] <= 3),
        ("10^6 Zipf facts, quick: gap below 1%", million["gap"], million["gap"] < 0.01),
        ("10^5 to 10^6 facts: at most 12 times the time", ratio, ratio <= 12),
        ("WordNet-like: best unfolding 5-10% below U2", below, 0.05 <= below <= 0.10),
        ("WordNet-like, normal: gap below 4%", wordnet["gap"], wordnet["gap"] < 0.04),
        ("WordNet-like, normal: at most 60 s", wordnet["seconds"], wordnet["seconds"] <= 60),
        ("small random, normal: at least 65% closed", round(closed, 3), closed >= 0.65),
    ]


def table(rows: list[dict]) -> str:
    head = f"{'case':16}{'effort':8}{'facts':>9}{'lower':>9}{'upper':>9}{'gap':>8}{'s':>8}{'GB':>7}"
    lines = [head]
    for row in rows:
        name = f"{row['case']:16}{row['effort']:8}"
        if "databases" in row:
            lines.append(
                f"{name}{row['closed']} of {row['databases']} closed, "
                f"gap <= 2 on {row['gap_at_most_2']}, {row['seconds']} s"
            )
        else:
            lines.append(
                f"{name}{row['facts']:>9}{row['lower']:>9}{row['upper']:>9}{row['gap']:>8.2%}"
                f"{row['seconds']:>8.2f}{row['gigabytes']:>7.2f}"
            )
    return "\n".join(lines)


def main() -> int:
    rows, started = [], time.perf_counter()
    for n, (name, effort) in enumerate(CASES, 1):
        print(f"{n:2} of {len(CASES)}  {name} {effort}", end="", file=sys.stderr, flush=True)
        rows.append(run(name, effort))
        print(f"  {rows[-1]['seconds']} s", file=sys.stderr, flush=True)
    checks = targets(rows)
    write("benchmark", seconds=round(time.perf_counter() - started), rows=rows, targets=checks)
    write_rows("benchmark", rows)
    print(table(rows))
    return judged(checks)


if __name__ == "__main__":
    sys.exit(main())
