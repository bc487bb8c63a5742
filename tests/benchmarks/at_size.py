"""`make bench`, commands of a layer from 10^3 to 10^5 facts: seconds and memory, as ratios.

Facts are functional, drawn with a seed: graphs with eleven relations and a quarter as many values,
and tables with one relation, a key a fact and a hundredth as many values. Every command runs alone
in a process of its own, with one thread; seconds are those of the processor. What grows, beyond
what a command takes to start, is compared with what must be looked at, facts times values; memory
with the facts. Writes notebooks/results/at_size.csv and at_size.json.
"""

from __future__ import annotations

import csv
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from tests.benchmarks.records import judged, write, write_rows

SIZES = (1_000, 10_000, 100_000)
SHAPES = {"graph": (11, 4), "table": (1, 100)}  # relations; facts a value
# gates take keys times width: of tables with a relation beyond what compile accepts at 10^4 facts
METHODS = {"graph": ("gates", "circle"), "table": ("circle",)}
MOST_SECONDS = 60  # to verify the largest
COMMAND = "import sys; from factrank.cli import main; main(sys.argv[1:])"
FLOOR = {"seconds": 0.1, "megabytes": 20}  # what is less is noise, beside a command that starts


def triples(shape: str, n: int, seed: int = 0) -> list[tuple[str, str, str]]:
    """``n`` facts, each of a pair of its own."""
    rng, (queries, share) = random.Random(seed), SHAPES[shape]
    keys = n if queries == 1 else 2 * n // 3
    pairs = rng.sample(range(keys * queries), n)
    drawn = ((p // queries, p % queries, rng.randrange(n // share)) for p in pairs)
    return [(f"key {k}", f"relation {q}", f"value {v}") for k, q, v in drawn]


def commands(folder: Path, method: str) -> dict[str, list[str]]:
    """Every command on the files of a folder; each may use what those before it wrote."""
    facts, layer, one = folder / "facts.csv", folder / "layer", folder / "first.json"
    key, query, _ = json.loads(one.read_text())
    return {
        "compile": ["compile", facts, "-o", layer, "--method", method, "--force"],
        "recall": ["recall", layer, facts, "--facts-only", "--brief"],
        "verify": ["verify", facts, layer, "--facts-only"],
        "ask": ["ask", layer, "--questions", facts, "-o", folder / "said.csv", "--force"],
        "start": ["ask", layer, key, query],
        "edit": ["edit", layer, "delete", key, query, "-o", folder / "edited", "--force"],
    }


def measured(words: list[object], code: str = COMMAND) -> tuple[float, float]:
    """Seconds of the processor, and the peak of memory in MB, of one command, or of other code."""
    env = {**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    command = [sys.executable, "-c", code, *map(str, words)]
    with tempfile.TemporaryFile() as err:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=err, env=env)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            err.seek(0)
            raise SystemExit(f"bench: {words[0]} failed: {err.read().decode()[-300:]}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 2**10


def rows(sizes: tuple[int, ...] = SIZES, shapes: Iterable[str] = SHAPES) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for shape in shapes:
        for n in sizes:
            with tempfile.TemporaryDirectory() as name:
                folder, facts = Path(name), triples(shape, n)
                with (folder / "facts.csv").open("w", newline="", encoding="utf-8") as file:
                    csv.writer(file).writerows([("key", "query", "value"), *facts])
                (folder / "first.json").write_text(json.dumps(facts[0]))
                for method in METHODS[shape]:
                    for command, words in commands(folder, method).items():
                        seconds, megabytes = measured(words)
                        values = len({v for _, _, v in facts})
                        row = {"shape": shape, "facts": n, "values": values, "method": method,
                               "command": command, "seconds": round(seconds, 2),
                               "megabytes": round(megabytes)}  # fmt: skip
                        found.append(row)
                        print(*row.values(), sep="  ", file=sys.stderr, flush=True)
    return found


def growth(rows: list[dict], small: int, large: int) -> list[dict[str, object]]:
    """For each command: time and memory of many facts, over those of few, beside what linear
    growth in facts times values, and in facts, would be. From both goes what one question takes of
    the smaller layer: to start, and to load."""
    by = {(r["shape"], r["method"], r["command"], r["facts"]): r for r in rows}
    ratios = []
    for (shape, method, command, n), few in by.items():
        if n == small and command != "start":
            many, start = by[shape, method, command, large], by[shape, method, "start", small]
            more, less = (
                {name: max(it[name] - start[name], least) for name, least in FLOOR.items()}
                for it in (many, few)
            )
            looked = large * many["values"] / (small * few["values"])
            ratios.append({
                "shape": shape, "method": method, "command": command,
                "seconds": round(more["seconds"] / less["seconds"], 1), "linear": round(looked),
                "megabytes": round(more["megabytes"] / less["megabytes"], 1),
                "facts": large // small,
            })  # fmt: skip
    return ratios


def checks(found: list[dict], ratios: list[dict], most: int) -> list[tuple[str, float, bool]]:
    """What growth and the largest sizes should be: (target, value found, met)."""
    told = [
        (f"{r['shape']} {r['method']} {r['command']}: {what}", r[name], r[name] <= r[limit])
        for r in ratios
        for what, name, limit in (
            (f"time, at most linear in what is looked at ({r['linear']})", "seconds", "linear"),
            (f"memory, at most linear in the facts ({r['facts']})", "megabytes", "facts"),
        )
    ]
    verified = [it for it in found if (it["command"], it["facts"]) == ("verify", most)]
    slowest = max(it["seconds"] for it in verified)
    words = f"verify of {most:,} facts: at most {MOST_SECONDS} s of one core"
    return [*told, (words, slowest, slowest <= MOST_SECONDS)]


def written(found: list[dict], told: list[tuple[str, float, bool]], ratios: list[dict]) -> None:
    """The record."""
    load = round(os.getloadavg()[0], 1)  # of others too: seconds are the processor's
    write("at_size", threads=1, load=load, rows=found, growth=ratios, targets=told)
    write_rows("at_size", found)


def main() -> int:
    sizes = tuple(map(int, sys.argv[1:])) or SIZES
    found = rows(sizes)
    ratios = growth(found, *sizes[-2:])
    told = checks(found, ratios, sizes[-1])
    if sizes == SIZES:
        written(found, told, ratios)
    return judged(told)


if __name__ == "__main__":
    sys.exit(main())
