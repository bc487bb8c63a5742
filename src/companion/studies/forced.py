"""Completions of low rank: which cells the known ones determine, and a fit that tries others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from factrank.errors import FactrankError
from factrank.facts.database import Database


def forced(
    database: Database, pair: tuple[int, int], queries: Sequence[int], tolerance: float = 1e-9
) -> np.ndarray | None:
    """What every tensor with rank T_(Q) <= len(queries) that agrees with D has at a pair.

    If the rows of D_(Q) of these queries are independent on the keys K' where the pair's query is
    known, they are a basis of the rows of T_(Q); so T[k, q, :] = sum_s lambda_s D[k, s, :], with
    the only lambda that gives the known cells of q. None if no such tensor exists. [ours]

    Errors: ``FactrankError`` if the rows are not independent there, or not known where they must
    be.

    >>> db = Database.from_triples([("a", "r", "x"), ("b", "r", "y"), ("a", "s", "x")])
    >>> forced(db, (1, 1), [0])  # b, s from the row of r
    array([0., 1.])
    """
    k, q = pair
    known = {fact[:2] for fact in database.facts}
    keys = [i for i in range(database.shape[0]) if (i, q) in known]
    lost = [(i, s) for s in queries for i in (*keys, k) if (i, s) not in known]
    if lost or pair in known:
        raise FactrankError(
            f"pair: expected one in no fact, and answers to {lost[:1] or [pair]}, found otherwise"
        )
    D = database.tensor().astype(float)
    basis = D[keys][:, list(queries)].transpose(1, 0, 2).reshape(len(queries), -1)
    if not keys or np.linalg.matrix_rank(basis) < len(queries):
        raise FactrankError(
            f"queries: expected rows independent on the known keys, found {list(queries)}"
        )
    wanted = D[keys, q].reshape(-1)
    weights, *_ = np.linalg.lstsq(basis.T, wanted, rcond=None)
    if abs(weights @ basis - wanted).max() > tolerance:
        return None
    return np.asarray(weights @ D[k, list(queries)] + 0.0)


def fit_rank(
    M: np.ndarray, known: np.ndarray, rank: int, seed: int, steps: int = 2000
) -> tuple[np.ndarray, float]:
    """A matrix of at most that rank near M on its known cells, and the largest error there.

    Alternating least squares from a start drawn from the seed: row by row, then column by column.

    >>> M = np.array([[1.0, 1.0], [1.0, 7.0]])
    >>> known = np.array([[True, True], [True, False]])
    >>> fit_rank(M, known, 1, seed=0)[0].round(6)[1, 1]
    np.float64(1.0)
    """
    rng = np.random.default_rng(seed)
    left, right = rng.normal(size=(len(M), rank)), rng.normal(size=(rank, M.shape[1]))
    error = np.inf
    for _ in range(steps):
        for i, seen in enumerate(known):
            left[i] = np.linalg.lstsq(right[:, seen].T, M[i, seen], rcond=None)[0]
        for j, seen in enumerate(known.T):
            right[:, j] = np.linalg.lstsq(left[seen], M[seen, j], rcond=None)[0]
        error = float(abs((left @ right - M)[known]).max())
        if error < 1e-11:
            break
    return left @ right, error
