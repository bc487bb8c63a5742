"""`make bench`, small: which small random databases stay open, and what ten times the work closes.

The databases of the cases ``small-*`` of ``scale``: how many intervals the normal effort closes,
and of each that it leaves open its sizes, its ends and the bounds that gave them; then once more
with ``MORE``, which a guard of seconds may cut: that is told. Writes notebooks/results/small.json.
"""

from __future__ import annotations

import sys
import time
from typing import Any

from factrank.facts.database import Database
from factrank.rank.effort import EFFORTS, Effort
from factrank.rank.interval import RankInterval, rank_interval
from tests.benchmarks.cases import DENSITIES, small_databases
from tests.benchmarks.records import write

AIM = 0.95  # of the intervals closed: what one would like
NORMAL = EFFORTS["normal"]
MORE = Effort(
    "ten times normal",
    tries=10 * NORMAL.tries,
    solves=10 * NORMAL.solves,
    moves=10 * NORMAL.moves,
    fits=10 * NORMAL.fits,
    seconds=25,
)


def row_of(density: float, seed: int, db: Database, found: RankInterval) -> dict[str, Any]:
    """An open interval, and what more work makes of it."""
    began = time.process_time()
    again = rank_interval(db, MORE)
    return {
        "density": density, "seed": seed, "shape": list(db.shape), "facts": len(db),
        "lower": found.lower, "upper": found.upper,
        "lower_by": found.lower_by, "upper_by": found.upper_by,
        "lower_more": again.lower, "upper_more": again.upper,
        "cut": any("cut" in note for note in again.notes),
        "seconds_more": round(time.process_time() - began, 1),
    }  # fmt: skip


def main() -> int:
    counts, rows = [], []
    for density in DENSITIES:
        some = list(small_databases(density))
        still = []
        for seed, db in some:
            found = rank_interval(db, "normal")
            if not found.exact:
                still.append((seed, db, found))
        counts.append(
            {"density": density, "databases": len(some), "closed": len(some) - len(still)}
        )
        rows += [row_of(density, *it) for it in still]
        print(counts[-1], file=sys.stderr, flush=True)
    closed, total = (sum(row[name] for row in counts) for name in ("closed", "databases"))
    share = round(closed / total, 4)
    write("small", effort=vars(MORE), counts=counts, share=share, aim=AIM, open=rows)
    after = sum(row["lower_more"] == row["upper_more"] for row in rows)
    print(f"closed {closed} of {total}, with more search {closed + after}; aim {AIM:.0%}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
