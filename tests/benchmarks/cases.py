"""One benchmark case in a process of its own: `python -m tests.benchmarks.cases NAME`.

Prints one JSON object: sizes, the interval, seconds of the rank interval alone (the facts are
made before the clock starts) and the peak memory of the whole process.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Iterator

from factrank.facts.database import Database
from factrank.facts.families import random_functional
from factrank.rank.interval import rank_interval
from tests.benchmarks.graphs import uniform_graph, wordnet_like, zipf_graph

DENSITIES = (0.25, 0.5, 0.75, 1.0)


def database_of(name: str) -> Database:
    """zipf-N, shared-N (a zipf graph that shares half its values), uniform-N or wordnet-like."""
    kind, _, size = name.rpartition("-")
    if name == "wordnet-like":
        return wordnet_like(seed=0)
    if kind == "shared":
        return zipf_graph(int(size), seed=0, shared=0.5)
    return {"zipf": zipf_graph, "uniform": uniform_graph}[kind](int(size), seed=0)


def measure(name: str, effort: str) -> dict[str, object]:
    db = database_of(name)
    started = time.perf_counter()
    found = rank_interval(db, effort)
    seconds = time.perf_counter() - started
    keys, queries, values = db.shape
    return {
        "case": name,
        "effort": effort,
        "facts": len(db),
        "keys": keys,
        "queries": queries,
        "values": values,
        "lower": found.lower,
        "upper": found.upper,
        "gap": round(1 - found.lower / found.upper, 6),
        "unfolding": max(value for bound, value in found.evidence if bound.startswith("P1")),
        "lower_by": found.lower_by,
        "upper_by": found.upper_by,
        "seconds": round(seconds, 4),
        "gigabytes": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 3),
    }


def small_databases(density: float, seeds: int = 50) -> Iterator[tuple[int, Database]]:
    """(seed, a random database), K 3-6, Q 2-4, V 3-5 by the seed, where it has a fact."""
    for seed in range(seeds):
        shape = 3 + seed % 4, 2 + seed % 3, 3 + (seed // 4) % 3
        db = random_functional(*shape, density, seed)
        if db.facts:
            yield seed, db


def small(effort: str, density: float) -> dict[str, object]:
    """How many intervals of the small random databases close."""
    started = time.perf_counter()
    gaps = []
    for _, db in small_databases(density):
        found = rank_interval(db, effort)
        gaps.append(found.upper - found.lower)
    return {
        "case": f"small-{density}",
        "effort": effort,
        "databases": len(gaps),
        "closed": gaps.count(0),
        "gap_at_most_2": sum(gap <= 2 for gap in gaps),
        "seconds": round(time.perf_counter() - started, 2),
    }


def main() -> None:
    name, effort = sys.argv[1:3]
    kind, _, density = name.partition("-")
    row = small(effort, float(density)) if kind == "small" else measure(name, effort)
    print(json.dumps(row))


if __name__ == "__main__":
    main()
