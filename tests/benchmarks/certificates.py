"""`make bench`, certificates of real tables at 10^5 facts: what they take to make, and to check.

The cities of the library, and WN18RR, all of its triples, where the folder that FACTRANK_GRAPHS
names (else ``graphs``) holds it as chapter 22 says; what is not there is told. Every command runs
in a process of its own on one thread: reading the facts alone, ``rank --effort quick
--certificate``, ``verify``. Seconds are the processor's, the least of ``REPEATS``; memory is the
peak. Writes notebooks/results/certificates.json.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

from factrank import read
from tests.benchmarks.at_size import COMMAND, measured
from tests.benchmarks.records import judged, write

GRAPHS = Path(os.environ.get("FACTRANK_GRAPHS", "graphs"))
CASES = {"cities": "library:cities", "wn18rr": str(GRAPHS / "wn18rr.tsv")}
REPEATS = 3
MOST_SECONDS, MOST_MEGABYTES = 10, 500  # to check one
READ = "import sys; from factrank import read; read(sys.argv[1])"


def case(name: str, facts: str) -> dict[str, object]:
    """One table: its interval, and seconds and peak of memory of reading, making and checking."""
    with tempfile.TemporaryDirectory() as folder:
        proof = Path(folder, "proof.json")
        make = ["rank", facts, "--effort", "quick", "--certificate", proof, "--force"]
        told = {"read": (facts,), "make": make, "check": ("verify", facts, proof)}
        took = {
            it: [measured([*words], READ if it == "read" else COMMAND) for _ in range(REPEATS)]
            for it, words in told.items()
        }
        certificate, size = json.loads(proof.read_text(encoding="utf-8")), proof.stat().st_size
    database = read(facts)
    return {
        "case": name, "facts": len(database), "keys": len(database.used("K")),
        "queries": len(database.used("Q")), "values": len(database.used("V")),
        "lower": certificate["lower"], "upper": certificate["upper"],
        "certificate_megabytes": round(size / 1e6, 1),
        **{f"{it}_seconds": round(min(s for s, _ in each), 2) for it, each in took.items()},
        **{f"{it}_megabytes": round(max(m for _, m in each)) for it, each in took.items()},
    }  # fmt: skip


def checks(rows: list[dict]) -> list[tuple[str, float, bool]]:
    """What checking should take: (target, value found, met)."""
    found = []
    for row in rows:
        seconds, megabytes = row["check_seconds"], row["check_megabytes"]
        at = f"{row['case']}, {row['facts']:,} facts: to check at most"
        found.append((f"{at} {MOST_SECONDS} s of one core", seconds, seconds <= MOST_SECONDS))
        found.append((f"{at} {MOST_MEGABYTES} MB", megabytes, megabytes <= MOST_MEGABYTES))
    return found


def main() -> int:
    """Measure what is there, write the record, and say which targets are met."""
    here = {it: at for it, at in CASES.items() if at.startswith("library:") or Path(at).is_file()}
    rows = []
    for name, facts in here.items():
        rows.append(case(name, facts))
        print(*rows[-1].values(), sep="  ", file=sys.stderr, flush=True)
    told = checks(rows)
    absent = [it for it in CASES if it not in here]
    load = round(os.getloadavg()[0], 1)
    write("certificates", threads=1, load=load, absent=absent, rows=rows, targets=told)
    return judged(told)


if __name__ == "__main__":
    sys.exit(main())
