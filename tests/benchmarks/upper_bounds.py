"""`make bench`, upper bounds: our walk and our fits against tensorly and pyttb on known ranks.

Every method gets the same databases, ranks and seeds, one thread, in one run; seconds are processor
seconds, and their ratio to our fit stands beside them. A fit succeeds at a threshold on
|D - fit| / |D|; both thresholds are shown, because alternating least squares slows down near 1e-8.
"exact" counts decompositions that sum to D in whole numbers or fractions. Writes
notebooks/results/upper_bounds.csv and .json.
"""

from __future__ import annotations

import contextlib
import io
import os
import random
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import chain
from math import gcd, lcm, prod

from factrank.facts.database import Database
from factrank.facts.families import modular_addition, total_functions
from factrank.rank.algebra.terms import Term, sums_to
from factrank.rank.upper import counts as upper
from factrank.rank.upper import mod2, rounding, walk
from factrank.rank.upper.fit import dense, fit
from tests.benchmarks import hints
from tests.benchmarks.records import judged, write, write_rows
from tests.benchmarks.walks import compare
from tests.groups import D_4, MATRICES, S_3

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
SEEDS = range(10)
STEPS = 500  # of every iterative method
THRESHOLDS = (1e-4, 1e-10)
MOVES = 30_000_000  # of the walk, per seed
PLANTED = range(3)
RANDOM = range(20)  # seeds of the 8 x 4 x 8 databases


def polynomial(m: int, n: int) -> Database:
    """k + q without wrap, k < m and q < n: rank m + n - 1."""
    return Database.from_triples(
        [(str(k), f"+{q}", str(k + q)) for k in range(m) for q in range(n)]
    )


def planted(rank: int, seed: int, size: int = 7) -> Database:
    """Disjoint boxes of keys x queries, a value of its own for each: the rank is their number."""
    rng, taken, triples = random.Random(seed), set(), []
    while rank:
        keys = [k for k in range(size) if rng.random() < 0.4]
        queries = [q for q in range(size) if rng.random() < 0.4]
        cells = {(k, q) for k in keys for q in queries}
        if cells and not cells & taken:
            taken |= cells
            triples += [(f"k{k}", f"q{q}", f"v{rank}") for k, q in sorted(cells)]
            rank -= 1
    return Database.from_triples(triples)


CASES: list[tuple[str, Database, int]] = [
    ("2x2 matrices", MATRICES, 7),
    ("S_3", S_3, 9),
    ("D_4", D_4, 11),
    *((f"Z_{m}", modular_addition(m), (3 * m - 1 - (m % 2 == 0)) // 2) for m in (3, 4, 5, 6)),
    ("W-state", polynomial(2, 2).restrict(values=["0", "1"]), 3),
    ("polynomial 3x4", polynomial(3, 4), 6),
    ("polynomial 5x5", polynomial(5, 5), 9),
    *((f"planted 8, seed {seed}", planted(8, seed), 8) for seed in PLANTED),
]


# ---- one start of each method: (relative residual or None, exact) ---------------------------


def ours_fit(db: Database, rank: int, seed: int) -> tuple[float | None, bool]:
    T = dense(db)
    return fit(T, rank, seed, STEPS)[1] / float((T**2).sum()) ** 0.5, False


def ours_rounded(db: Database, rank: int, seed: int) -> tuple[float | None, bool]:
    terms = rounding.rounded(db, rank, seed).terms
    return None, terms is not None and len(terms) <= rank and sums_to(terms, db)


def ours_walk(db: Database, rank: int, seed: int) -> tuple[float | None, bool]:
    *_, terms = walk.shortened(upper.slice_terms(db), db.shape, MOVES, seed, goal=rank)
    return None, len(terms) <= rank and sums_to(terms, db)


def tensorly_als(db: Database, rank: int, seed: int) -> tuple[float | None, bool]:
    hint = hints.numeric_hint(db, rank, "als", starts=1, seed=seed, steps=STEPS)
    return hint.residual, False


def pyttb_als(db: Database, rank: int, seed: int) -> tuple[float | None, bool]:
    import numpy as np
    import pyttb

    T = dense(db)
    np.random.seed(seed)
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        try:
            found, _, _ = pyttb.cp_als(
                pyttb.tensor(T), rank, stoptol=1e-14, maxiters=STEPS, printitn=0
            )
        except np.linalg.LinAlgError:  # a singular step ends the run
            return 1.0, False
    return float(np.linalg.norm(found.full().data - T) / np.linalg.norm(T)), False


METHODS: dict[str, Callable[[Database, int, int], tuple[float | None, bool]]] = {
    "ours: fit (LM)": ours_fit,
    "ours: fit made exact (U7)": ours_rounded,
    "ours: walk (U6)": ours_walk,
    "tensorly parafac": tensorly_als,
    "pyttb cp_als": pyttb_als,
}


# ---- the table ------------------------------------------------------------------------------


def measure(case: str, db: Database, rank: int) -> list[dict[str, object]]:
    rows = []
    for name, method in METHODS.items():
        seconds, residuals, exact = [], [], 0
        for seed in SEEDS:
            began = time.process_time()
            residual, is_exact = method(db, rank, seed)
            seconds.append(time.process_time() - began)
            exact += is_exact
            residuals += [] if residual is None else [residual]
        row = {"case": case, "shape": "x".join(map(str, db.shape)), "rank": rank, "method": name}
        for threshold in THRESHOLDS:
            met = sum(r <= threshold for r in residuals)
            row[f"within_{threshold:.0e}"] = met if residuals else ""
        row |= {"exact": "" if residuals else exact, "starts": len(SEEDS)}
        rows.append(row | {"seconds": round(statistics.median(seconds), 4)})
    ours = rows[0]["seconds"]
    return [row | {"ratio": round(row["seconds"] / ours, 2)} for row in rows]


def random_row(seed: int) -> dict[str, object]:
    """A total random database of 8 x 4 x 8: terms of the walks after 2 s, and when they had 14.

    Half of the time modulo 2 with lifting, the rest over the integers, as in the search.
    """
    db = total_functions(8, 4, 8, seed)
    terms = start = upper.slice_terms(db)
    reached, began = None, time.process_time()

    def after(seconds: float) -> Callable[[], bool]:
        return lambda: time.process_time() - began > seconds

    walks = (
        mod2.lifted_terms(db, 10**9, seed, below=len(start), goal=13, stop=after(1)),
        walk.shortened(start, db.shape, 10**9, seed, goal=13, stop=after(2)),
    )
    for found in chain(*walks):
        terms = min(terms, found, key=len)
        if len(terms) <= 14 and reached is None:
            reached = round(time.process_time() - began, 2)
    fitted = rounding.least_fitted(db, 8, len(terms))
    return {
        "seed": seed, "terms": len(terms), "seconds_to_14": reached, "least_rank_fitted": fitted,
        "exact": sums_to(terms, db), "integer": integral(terms),
    }  # fmt: skip


def integral(terms: Sequence[Term]) -> bool:
    """True if every term is one of whole numbers, once its factors are scaled."""
    return all(
        prod(gcd(*(Fraction(x).numerator for x in vector.values())) for vector in term)
        % prod(lcm(*(Fraction(x).denominator for x in vector.values())) for vector in term)
        == 0
        for term in terms
    )


def targets(rows: list[dict], randoms: list[dict]) -> list[tuple[str, object, bool]]:
    """What the numbers should reach: (target, value found, met)."""
    met = sum(row["seconds_to_14"] is not None and row["exact"] for row in randoms)
    by = {(row["case"], row["method"]): row for row in rows}
    found = [("8x4x8 total random: exact witness of at most 14 within 2 s, all", met, RANDOM)]
    checks = [(text, f"{n} of {len(seeds)}", n == len(seeds)) for text, n, seeds in found]
    for case, rank in (("2x2 matrices", 7), ("S_3", 9), ("D_4", 11)):
        exact = max(int(by[case, method]["exact"]) for method in list(METHODS)[1:3])
        checks.append((f"{case}: {rank} reached exactly", f"{exact} of {len(SEEDS)}", exact > 0))
    return checks


def main() -> int:
    os.environ |= dict.fromkeys(ONE_THREAD, "1")  # numpy is loaded after this
    began = time.perf_counter()
    walks, randoms = compare(), [random_row(seed) for seed in RANDOM]
    for method in METHODS.values():  # load every package before the clock counts
        method(CASES[0][1], 7, 0)
    rows = []
    for n, (case, db, rank) in enumerate(CASES, 1):
        print(f"{n:2} of {len(CASES)}  {case}", file=sys.stderr, flush=True)
        rows += measure(case, db, rank)
    checks = targets(rows, randoms)
    config = {
        "seeds": list(SEEDS), "steps": STEPS, "moves": MOVES, "thresholds": list(THRESHOLDS),
        "threads": 1, "planted_seeds": list(PLANTED), "random_seeds": list(RANDOM),
    }  # fmt: skip
    write(
        "upper_bounds", packages=["numba", "pyttb"], config=config,
        seconds=round(time.perf_counter() - began), rows=rows, walks=walks, random_8x4x8=randoms,
        targets=checks,
    )  # fmt: skip
    write_rows("upper_bounds", rows)
    for row in [*rows, *walks, *randoms]:
        print("  ".join(f"{value!s:>12}" for value in row.values()))
    return judged(checks)


if __name__ == "__main__":
    sys.exit(main())
