"""`python -m tests.benchmarks.facts`: reading a million facts, and the ranks of real databases.

Writes notebooks/results/reading.json and real_databases.json (with machine and versions). Each
case runs alone in a process of its own. The kinship row needs `pip install --no-deps pykeen`; the
record says so where it is not installed.
"""

from __future__ import annotations

import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from factrank.errors import FactrankError
from factrank.facts import library
from factrank.facts.database import Database
from factrank.facts.reading.read import read_rows
from factrank.rank.interval import rank_interval
from tests.benchmarks import kinship
from tests.benchmarks.records import write

COUNT = 1_000_000
FILES = ("facts.csv", "sourced.csv", "wide.csv", "facts.jsonl", "facts.nt", "facts.ttl")
REAL = ("example", "elements", "countries", "family-trees", "kinship")
KINSHIP = "91a3967c21da0d35fdde96ebbb125d2ccda1f95bc22c730c94d836d6c386d6d0"
MOST_SECONDS, MOST_GIGABYTES = 20, 2


def lines(name: str, count: int) -> Iterator[str]:
    """A file of about `count` facts: 200000 keys, 40 relations, 300000 values, by chance."""
    rng = random.Random(0)
    if name == "wide.csv":
        yield "key," + ",".join(f"relation {q}" for q in range(10)) + "\n"
        for k in range(count // 10):
            yield f"key {k}," + ",".join(f"value {rng.randrange(300_000)}" for _ in "0123456789")
            yield "\n"
        return
    yield {
        "facts.csv": "key,query,value\n",
        "sourced.csv": "key,query,value,source\n",
        "facts.ttl": "@prefix e: <http://example.org/> .\n",
    }.get(name, "")
    shape = {
        "facts.csv": "key {},relation {},value {}\n",
        "sourced.csv": "key {},relation {},value {},source {s}\n",
        "facts.jsonl": '{{"key": "key {}", "query": "relation {}", "value": "value {}"}}\n',
        "facts.nt": "<http://e.org/k{}> <http://e.org/r{}> <http://e.org/v{}> .\n",
        "facts.ttl": "e:k{} e:r{} e:v{} .\n",
    }[name]
    for _ in range(count):
        k, q, v = rng.randrange(200_000), rng.randrange(40), rng.randrange(300_000)
        yield shape.format(k, q, v, s=k % 3)


def reading(name: str, count: int) -> dict[str, object]:
    """Seconds and peak memory from the path to the database; one thread."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        with path.open("w", encoding="utf-8") as file:
            file.writelines(lines(name, count))
        megabytes = path.stat().st_size / 1e6
        started, wall = time.process_time(), time.perf_counter()
        rows = read_rows(path)
        read = time.process_time() - started
        database = rows.database()
        seconds, wall = time.process_time() - started, time.perf_counter() - wall
    return {
        "file": name,
        "megabytes": round(megabytes),
        "rows": len(rows),
        "facts": len(database),
        "cpu_seconds_rows": round(read, 1),
        "cpu_seconds": round(seconds, 1),
        "wall_seconds": round(wall, 1),
        "load": round(os.getloadavg()[0], 1),  # of others too: above the cores, walls are theirs
        "gigabytes": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2),
    }


def real_database(name: str) -> Database:
    """A database of the library, or kinship, checked to be the one recorded before."""
    if name != "kinship":
        return library.load(name)
    database = kinship.alyawarra()
    if database.digest() != KINSHIP:
        raise SystemExit(f"kinship: expected the data with digest {KINSHIP}, found others")
    return database


def real(name: str) -> dict[str, object]:
    """Sizes and the interval, by the cheap bounds and with seconds of search."""
    try:
        database = real_database(name)
    except FactrankError as error:
        return {"database": name, "missing": str(error)}
    row: dict[str, object] = {"database": name, "facts": len(database)}
    row |= dict(zip(("keys", "queries", "values"), database.shape, strict=True))
    row["functional"] = database.functional
    for effort in ("quick", "normal"):
        started = time.perf_counter()
        found = rank_interval(database, effort)
        row |= {f"{effort}_lower": found.lower, f"{effort}_upper": found.upper}
        row |= {f"{effort}_lower_by": found.lower_by, f"{effort}_upper_by": found.upper_by}
        row[f"{effort}_seconds"] = round(time.perf_counter() - started, 2)
    return row


def alone(*args: object) -> dict[str, object]:
    run = [sys.executable, "-m", "tests.benchmarks.facts", *map(str, args)]
    done = subprocess.run(run, capture_output=True, text=True, timeout=600, check=True)
    return json.loads(done.stdout)


def record(name: str, rows: list[dict[str, object]], **more: object) -> None:
    write(name, command="python -m tests.benchmarks.facts", rows=rows, **more)
    for row in rows:
        print(*row.values(), sep="  ")


def main() -> int:
    if len(sys.argv) > 2:
        case = real(sys.argv[2]) if sys.argv[1] == "real" else reading(sys.argv[2], COUNT)
        print(json.dumps(case))
        return 0
    read = [alone("reading", name) for name in FILES]
    most = {"cpu_seconds": MOST_SECONDS, "gigabytes": MOST_GIGABYTES}
    met = all(row[name] <= limit for row in read for name, limit in most.items())
    record(
        "reading",
        read,
        target=f"at most {MOST_SECONDS} s of one core, {MOST_GIGABYTES} GB",
        met=met,
    )
    record("real_databases", [alone("real", name) for name in REAL])
    print("met" if met else "MISSED", most)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
