"""`make bench`, exchange: our decompositions in TensorLy and pyttb, theirs and others' here.

Five tables. Out: the factors of our shortest decomposition, made a tensor again by ``cp_to_tensor``
and by ``ktensor.full``, against D. In, typed: a decomposition as it is written by hand, handed over
by each tool, refused or certified and verified here. In, fitted: alternating least squares of each
tool from ten starts; how many come within ``NEAR`` of D, and how many of these, every column of the
first two modes scaled to largest entry 1 and every number taken to the nearest fraction of
denominator ``DENOMINATOR`` or less, are D exactly. Writes notebooks/results/exchange.json.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import time
import warnings
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from factrank import certificate, rank_interval, read, verify
from factrank.errors import FactrankError
from factrank.facts.database import Database
from factrank.rank.exchange import factors, from_factors
from tests.benchmarks.records import write

SEEDS = range(10)
STEPS, NEAR, DENOMINATOR = 3000, 1e-3, 8
Table = list[list[Fraction]]


def written(*rows: str) -> Table:
    """Rows of whole numbers and fractions, as one types them; the first index of a row is a term.

    >>> written("1 0", "1/2 -1")[1]
    [Fraction(1, 2), Fraction(-1, 1)]
    """
    return [[Fraction(x) for x in row.split()] for row in rows]


def turned(table: Table) -> Table:
    """Rows for columns."""
    return [list(column) for column in zip(*table, strict=True)]


# Of each table the three arrays, a row a term; labels in the order of the library's table.
TYPED: dict[str, tuple[Table, Table, Table]] = {
    # by hand: (A + B) (born + lives) S, C (born + lives) M, A lives (M - S); and a currency each
    "example": (
        written("1 1 0 0 0", "0 0 1 0 0", "1 0 0 0 0", "0 0 0 1 0", "0 0 0 0 1"),
        written("1 1 0", "1 1 0", "0 1 0", "0 0 1", "0 0 1"),
        written("1 0 0 0", "0 1 0 0", "-1 1 0 0", "0 0 1 0", "0 0 0 1"),
    ),
    # Strassen 1969
    "matrices-2x2x2": (
        written(
            "1 0 0 1", "0 0 1 1", "1 0 0 0", "0 0 0 1", "1 1 0 0", "-1 0 1 0", "0 1 0 -1"
        ),
        written(
            "1 0 0 1", "1 0 0 0", "0 1 0 -1", "-1 0 1 0", "0 0 0 1", "1 1 0 0", "0 0 1 1"
        ),
        written(
            "1 0 0 1", "0 0 1 -1", "0 1 0 1", "1 0 1 0", "-1 1 0 0", "0 0 0 1", "1 0 0 0"
        ),
    ),
    # values at 0, 1, -1, 2 and infinity, and interpolation
    "polynomials-3x3": (
        written("1 0 0", "1 1 1", "1 -1 1", "1 2 4", "0 0 1"),
        written("1 0 0", "1 1 1", "1 -1 1", "1 2 4", "0 0 1"),
        written(
            "1 -1/2 -1 1/2 0", "0 1 1/2 -1/2 0", "0 -1/3 1/2 -1/6 0", "0 -1/6 0 1/6 0",
            "0 2 -1 -2 1",
        ),
    ),
    # z^4 - 1 = (z - 1) (z + 1) (z^2 + 1), and three products for the last
    "group-cyclic-4": (
        written("1 1 1 1", "1 -1 1 -1", "1 0 -1 0", "0 1 0 -1", "1 1 -1 -1"),
        written("1 1 1 1", "1 -1 1 -1", "1 0 -1 0", "0 1 0 -1", "1 1 -1 -1"),
        written(
            "1/4 1/4 1/4 1/4", "1/4 -1/4 1/4 -1/4", "1/2 -1/2 -1/2 1/2", "-1/2 -1/2 1/2 1/2",
            "0 1/2 0 -1/2",
        ),
    ),
    # the four characters
    "group-klein": (
        written("1 1 1 1", "1 -1 1 -1", "1 1 -1 -1", "1 -1 -1 1"),
        written("1 1 1 1", "1 -1 1 -1", "1 1 -1 -1", "1 -1 -1 1"),
        written(
            "1/4 1/4 1/4 1/4", "1/4 -1/4 1/4 -1/4", "1/4 1/4 -1/4 -1/4", "1/4 -1/4 -1/4 1/4"
        ),
    ),
}  # fmt: skip


def typed(name: str) -> tuple[Table, Table, Table]:
    """The three arrays of a decomposition by hand, a column a term."""
    a, b, c = TYPED[name]
    return turned(a), turned(b), turned(c)


def accepted(db: Database, found: Any, denominator: int | None = None) -> int | None:
    """The upper end that a certificate of these factors proves; None where they are refused."""
    try:
        interval = from_factors(db, found, denominator=denominator)
    except FactrankError:
        return None
    verdict = verify(db, certificate(db, interval))
    if not verdict.valid:
        raise AssertionError(verdict.message)
    return verdict.upper


# ---- the two tools: factors in, a tensor out; a fit ------------------------------------------


def by_tensorly(arrays: list[Any]) -> tuple[Any, Any]:
    """(their object, its tensor)."""
    import tensorly as tl
    from tensorly.cp_tensor import CPTensor

    made = CPTensor((None, arrays))
    return made, tl.cp_to_tensor(made)


def by_pyttb(arrays: list[Any]) -> tuple[Any, Any]:
    import pyttb

    made = pyttb.ktensor(arrays)
    return made, made.full().data


def fit_tensorly(T: Any, rank: int, seed: int) -> Any:
    import tensorly as tl
    from tensorly.decomposition import parafac

    options = {"n_iter_max": STEPS, "tol": 1e-14, "init": "random", "random_state": seed}
    return parafac(tl.tensor(T), rank, **options)


def fit_pyttb(T: Any, rank: int, seed: int) -> Any:
    import numpy as np
    import pyttb

    np.random.seed(seed)
    with contextlib.redirect_stdout(io.StringIO()):
        return pyttb.cp_als(pyttb.tensor(T), rank, stoptol=1e-14, maxiters=STEPS, printitn=0)[0]


TOOLS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "tensorly": (by_tensorly, fit_tensorly),
    "pyttb": (by_pyttb, fit_pyttb),
}


def scaled(found: Any) -> tuple[list[Any], Any]:
    """(arrays, their tensor): in the first two the largest entry of a column is 1."""
    import numpy as np

    arrays = [
        np.array(it, float) for it in getattr(found, "factor_matrices", None) or found.factors
    ]
    arrays[2] = arrays[2] * np.array(found.weights, float)
    for n in (0, 1):
        top = arrays[n][np.abs(arrays[n]).argmax(0), np.arange(arrays[n].shape[1])]
        arrays[n], arrays[2] = arrays[n] / top, arrays[2] * top
    return arrays, np.einsum("kr,qr,vr->kqv", *arrays)


def measure(name: str) -> dict[str, Any]:
    import numpy as np

    db = read(f"library:{name}")
    interval, T = rank_interval(db), db.tensor().astype(float)
    row: dict[str, Any] = {
        "table": name, "shape": list(db.shape), "facts": len(db),
        "lower": interval.lower, "upper": interval.upper, "terms": len(interval.terms),
    }  # fmt: skip
    ours = [array.astype(float) for array in factors(db, interval)]
    hand = [np.array(table, float) for table in typed(name)]
    row["typed"] = accepted(db, typed(name))
    wrong = typed(name)
    wrong[2][0][0] += 1
    row["typed, one number changed"] = accepted(db, wrong)
    for tool, (make, fit) in TOOLS.items():
        row[f"{tool}: off by"] = float(np.abs(make(ours)[1] - T).max())
        row[f"{tool}: typed, back"] = accepted(db, make(hand)[0], 12)
        near = exact = 0
        for seed in SEEDS:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                arrays, again = scaled(fit(T, len(interval.terms), seed))
            if np.linalg.norm(again - T) < NEAR:
                near += 1
                exact += accepted(db, arrays, DENOMINATOR) is not None
        row[f"{tool}: fits near"], row[f"{tool}: fits exact"] = near, exact
    return row


def main() -> int:
    os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    began = time.process_time()
    rows = [measure(name) for name in TYPED]
    write(
        "exchange", packages=["tensorly", "pyttb"],
        config={"seeds": list(SEEDS), "steps": STEPS, "near": NEAR, "denominator": DENOMINATOR},
        processor_seconds=round(time.process_time() - began, 1), rows=rows,
    )  # fmt: skip
    for row in rows:
        print(*(f"{name} {value}" for name, value in row.items()), sep="; ")
    good = all(
        row["typed"] == row["upper"] and row["typed, one number changed"] is None for row in rows
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
