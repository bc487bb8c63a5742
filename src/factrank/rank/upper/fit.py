"""A numerical decomposition by Levenberg-Marquardt: evidence and a starting point, never a proof.

numpy is imported inside the functions: this room starts without it, also in a browser.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from factrank.facts.database import Database

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TOLERANCE = 1e-12  # norm of the residual at which a fit counts as converged
RIDGES = (1e-2, 1e-3)  # first steps with a penalty: it keeps the factors from running away
RIDGE_STEPS, STEPS = 40, 60
DAMPING = 1e-2, 1e-10, 1e6  # first, least and most


def dense(database: Database) -> np.ndarray:
    """D as an array of floats (K, Q, V). Raises ``ImportError`` where numpy is missing."""
    return database.tensor().astype(float)


def fit(
    T: np.ndarray, rank: int, seed: int = 0, steps: int = STEPS
) -> tuple[list[np.ndarray], float]:
    """Factors A (K, R), B (Q, R), C (V, R) and the norm of T - sum_r a_r (x) b_r (x) c_r.

    Levenberg-Marquardt on all three factors from a normal start of scale 1/2, with a penalty on
    the norm of the factors that is dropped for the last ``steps`` steps. The norm tells how near
    it came, never that the rank is at most R. [cited]

    >>> import numpy as np
    >>> factors, residual = fit(np.ones((2, 2, 2)), 1)
    >>> [f.shape for f in factors], residual < 1e-12
    ([(2, 1), (2, 1), (2, 1)], True)
    """
    import numpy as np

    start = 0.5 * np.random.default_rng(seed).standard_normal(rank * sum(T.shape))
    x, free = start, np.arange(start.size)
    for ridge in RIDGES:
        x, _ = descend(T, x, free, RIDGE_STEPS, ridge)
    x, residual = descend(T, x, free, steps)
    return split(x, T.shape), residual


def descend(
    T: np.ndarray, x: np.ndarray, free: np.ndarray, steps: int, ridge: float = 0.0
) -> tuple[np.ndarray, float]:
    """Levenberg-Marquardt from x, moving only the entries ``free``: (x, norm of the residual).

    Minimises |T - sum a (x) b (x) c|^2 + ridge |x|^2; every step solves (H + damping) d = -g with
    H = J^T J made from the Gram matrices of the factors. Stops at ``TOLERANCE``, after ``steps``
    steps or where no step helps.
    """
    import numpy as np

    damping, least, most = DAMPING
    factors = split(x, T.shape)
    error = _error(T, factors)
    for _ in range(steps):
        if not ridge and np.sqrt((error**2).sum()) < TOLERANCE:
            break
        cost = (error**2).sum() + ridge * (x**2).sum()
        hessian, gradient = normal_equations(factors, error)
        hessian = hessian[np.ix_(free, free)]
        gradient = gradient[free] + ridge * x[free]
        diagonal = np.arange(free.size)
        hessian[diagonal, diagonal] += ridge + damping
        while damping < most:
            tried = x.copy()
            tried[free] -= np.linalg.solve(hessian, gradient)
            ahead = split(tried, T.shape)
            new = _error(T, ahead)
            if (new**2).sum() + ridge * (tried**2).sum() < cost:
                x, factors, error = tried, ahead, new
                damping = max(damping / 4, least)
                break
            hessian[diagonal, diagonal] += 3 * damping
            damping *= 4
        else:
            break
    return x, float(np.sqrt((error**2).sum()))


def split(x: np.ndarray, shape: Sequence[int]) -> list[np.ndarray]:
    """The three factors (n, R) inside one long vector, as views."""
    rank, ends = x.size // sum(shape), (0, shape[0], shape[0] + shape[1], sum(shape))
    return [x[a * rank : b * rank].reshape(b - a, rank) for a, b in pairwise(ends)]


def _error(T: NDArray[np.float64], factors: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    A, B, C = factors
    return ((A[:, None, :] * B[None, :, :]).reshape(-1, A.shape[1]) @ C.T).reshape(T.shape) - T


def normal_equations(factors: list[np.ndarray], error: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """H = J^T J and g = J^T error, in the order of ``split``."""
    import numpy as np

    A, B, C = factors
    rank = A.shape[1]
    grams = [f.T @ f for f in factors]
    sizes = [f.size for f in factors]
    ends = np.cumsum([0, *sizes])
    hessian = np.empty((ends[3], ends[3]))
    for m, F in enumerate(factors):
        for n in range(m, 3):
            if m == n:
                others = grams[(m + 1) % 3] * grams[(m + 2) % 3]
                block = np.kron(np.eye(F.shape[0]), others)
            else:  # d/da_kr and d/db_qs meet in a_ks b_qr (c_r . c_s)
                G = factors[n]
                block = np.einsum("ks,qr,rs->krqs", F, G, grams[3 - m - n])
                block = block.reshape(F.size, G.size)
                hessian[ends[n] : ends[n + 1], ends[m] : ends[m + 1]] = block.T
            hessian[ends[m] : ends[m + 1], ends[n] : ends[n + 1]] = block
    pair = (B[:, None, :] * C[None, :, :]).reshape(-1, rank)
    by_keys = error.reshape(A.shape[0], -1)
    rest = np.einsum("kqv,kr->qvr", error, A)
    gradient = [
        (by_keys @ pair).ravel(),
        np.einsum("qvr,vr->qr", rest, C).ravel(),
        np.einsum("qvr,qr->vr", rest, B).ravel(),
    ]
    return hessian, np.concatenate(gradient)
