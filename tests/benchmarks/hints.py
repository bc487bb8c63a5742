"""Numerical hints: what fits in floats suggest of a rank. Apart from every certified interval.

A small residual is no upper bound: near the W-state there are tensors of rank two at any distance,
and their factors grow without limit. A large residual is no lower bound: the descent may be stuck.
Beside the certified bounds the bench measures what tensorly's descent reaches.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from factrank.errors import FactrankError
from factrank.facts.database import Database
from factrank.facts.words import counted
from factrank.packages import needed
from factrank.rank.upper.fit import dense, fit

if TYPE_CHECKING:
    import numpy as np

METHODS = ("lm", "als")
STEPS = 500
CHANGE = 1e-14  # of the residual in a step of alternating least squares, at which it ends


@dataclass(frozen=True)
class NumericHint:
    """The best of several fits of D by ``rank`` terms; not a bound in either direction.

    ``residual``: |D - fit| / |D| (Frobenius norms); ``largest``: the norm of the largest fitted
    term a (x) b (x) c; ``residuals``: of every start; ``factors``: A (K, R), B (Q, R), C (V, R).
    A small residual beside a huge term is the sign of a border rank: see the W-state.
    """

    rank: int
    method: str
    residual: float
    largest: float
    residuals: tuple[float, ...]
    factors: tuple[np.ndarray, ...]

    def reached(self, tolerance: float) -> float:
        """The share of starts whose residual is at most ``tolerance``."""
        return sum(r <= tolerance for r in self.residuals) / len(self.residuals)

    def __str__(self) -> str:
        return (
            f"hint, not a bound: {counted(self.rank, 'term')} by {self.method}, "
            f"residual {self.residual:.0e}, largest term {self.largest:.1f}"
        )


def numeric_hint(
    database: Database,
    rank: int,
    method: str = "lm",
    *,
    starts: int = 5,
    seed: int = 0,
    steps: int = STEPS,
) -> NumericHint:
    """Fit D by ``rank`` terms from ``starts`` random starts, seeds ``seed``, ``seed + 1``, ...

    ``method``: "lm", Levenberg-Marquardt on all factors (numpy), or "als", alternating least
    squares, tensorly's CP; at most ``steps`` steps. Errors: ``FactrankError`` for a rank or
    a number of starts below 1, an unknown method, or a package that is missing. [cited]

    >>> w = Database.from_triples([("0", "0", "1"), ("0", "1", "0"), ("1", "0", "0")])
    >>> three, two = numeric_hint(w, 3), numeric_hint(w, 2)
    >>> three.residual < 1e-10, two.residual < 1e-10, two.largest > 10 * three.largest
    (True, False, True)
    """
    for name, number in (("rank", rank), ("starts", starts), ("steps", steps)):
        if not isinstance(number, int) or isinstance(number, bool) or number < 1:
            raise FactrankError(f"{name}: expected a whole number of at least 1, found {number!r}")
    if method not in METHODS:
        raise FactrankError(f"method: expected one of {', '.join(METHODS)}, found {method!r}")
    needed("numeric hint", "book", ["numpy"] if method == "lm" else ["numpy", "tensorly"])
    T = dense(database)
    fits = [_one(T, rank, method, seed + n, steps) for n in range(starts)]
    scale = float((T**2).sum()) ** 0.5 or 1.0
    residuals = tuple(residual / scale for _, residual in fits)
    factors, residual = min(fits, key=lambda found: found[1])
    return NumericHint(rank, method, residual / scale, _largest(factors), residuals, factors)


def _one(
    T: np.ndarray, rank: int, method: str, seed: int, steps: int
) -> tuple[tuple[np.ndarray, ...], float]:
    import numpy as np

    if method == "lm":
        factors, residual = fit(T, rank, seed, steps)
        return tuple(factors), residual
    from tensorly.decomposition import parafac

    with warnings.catch_warnings():  # ill-conditioned steps are what this is about
        warnings.simplefilter("ignore")
        weights, factors = parafac(
            T, rank, n_iter_max=steps, init="random", tol=CHANGE, random_state=seed
        )
    A, B, C = factors
    A = A * weights
    return (A, B, C), float(np.linalg.norm(np.einsum("kr,qr,vr->kqv", A, B, C) - T))


def _largest(factors: Sequence[np.ndarray]) -> float:
    """The largest |a_r| |b_r| |c_r|."""
    import numpy as np

    return float(np.prod([np.linalg.norm(factor, axis=0) for factor in factors], axis=0).max())
