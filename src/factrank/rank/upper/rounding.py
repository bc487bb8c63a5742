"""Upper bound U7: a numerical decomposition made exact, its entries pinned to small rationals."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from flint import fmpq, fmpq_mat

from factrank.facts.database import Database
from factrank.rank.algebra.linear import leads
from factrank.rank.algebra.terms import Number, Term, exact, sums_to, term_of
from factrank.rank.upper.fit import dense, descend, fit, normal_equations, split

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TARGETS = (0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0)  # what an entry that can move is moved to
HELD = 1e-10  # a fit, and every pin after it, must leave at most this residual
NEAR, DENOMINATOR = 1e-7, 64  # an entry that cannot move must lie this near to such a fraction
LARGEST = 30.0  # factors that grow beyond this run away instead of settling
PIN_STEPS, STARTS = 25, 2
FLAT = 1e-9  # an eigenvalue of J^T J below this share of the largest counts as zero
TRIED = 40  # pins tried before the fit is given up
FITTED_NUMBERS = 400  # R(K + Q + V); a step solves so many equations, and a fit takes 100 steps


def least_fitted(database: Database, low: int, high: int, seed: int = 0) -> int:
    """The least rank from ``low`` to ``high`` at which a fit converged, by bisection; ``high`` if
    none did or numpy is missing. A hint where to look, nothing more.

    >>> least_fitted(Database.from_triples([("a", "r", "x"), ("b", "s", "y")]), 1, 3)
    2
    """
    try:
        T = dense(database)
    except ImportError:
        return high
    while low < high:
        middle = (low + high) // 2
        if any(fit(T, middle, seed + n)[1] < HELD for n in range(STARTS)):
            high = middle
        else:
            low = middle + 1
    return high


class Rounded(NamedTuple):
    """What came of one fit: ``terms`` sum to D exactly, or are None."""

    converged: bool
    terms: tuple[Term, ...] | None


def rounded(
    database: Database, rank: int, seed: int = 0, stop: Callable[[], bool] = lambda: False
) -> Rounded:
    """U7: an exact rational decomposition into at most ``rank`` terms, if one fit leads to it.

    A fit to 1e-12 first. Then entries of the factors of two modes are pinned one by one to
    0, 1, -1, 1/2, ... and all others solved again; a pin that cannot be held is undone. When the
    two factors consist of small rationals, the third is the exact solution of a linear system,
    and the terms are multiplied out and compared with D. Finds nothing where numpy is missing.
    [ours]

    >>> db = Database.from_triples([(k, q, str((int(k) + int(q)) % 3))
    ...     for k in "012" for q in "012"])
    >>> terms = rounded(db, 4).terms
    >>> len(terms), sums_to(terms, db)
    (4, True)
    """
    try:
        T = dense(database)
    except ImportError:
        return Rounded(False, None)
    factors, residual = fit(T, rank, seed)
    if residual > HELD:
        return Rounded(False, None)
    for third in sorted(range(3), key=lambda mode: -T.shape[mode]):
        fixed = _pinned(T, factors, third, stop)
        terms = _solved(database, fixed, third) if fixed else None
        if terms is not None and sums_to(terms, database):
            return Rounded(True, terms)
    return Rounded(True, None)


def _pinned(
    T: np.ndarray, factors: list[np.ndarray], third: int, stop: Callable[[], bool]
) -> list[list[list[Fraction]]] | None:
    """The two other factors in small rationals, or None where they would not settle."""
    x = settled(T, factors, third, stop)
    if x is None:
        return None
    return [
        [[_fraction(value) for value in row] for row in factor]
        for mode, factor in enumerate(split(x, T.shape))
        if mode != third
    ]


def settled(
    T: np.ndarray,
    factors: list[np.ndarray],
    third: int,
    stop: Callable[[], bool] = lambda: False,
    *,
    roots: bool = False,
) -> np.ndarray | None:
    """All factors as one vector, those of the two modes other than ``third`` pinned; or None.

    With ``roots`` an entry that cannot move and is no small fraction stays as it is. [ours]
    """
    import numpy as np

    x, open_ = _scaled(factors, third)
    loose = np.zeros(x.size, bool)
    while open_.any():
        if stop():
            return None
        moving = _moving(T, x, open_ | loose, third) & open_
        rigid = np.flatnonzero(open_ & ~moving)
        exact = np.array([float(_fraction(value)) for value in x[rigid]])
        far = abs(exact - x[rigid]) > NEAR
        if far.any() and not roots:
            return None  # an entry that must be what it is, and is no small fraction
        x[rigid[~far]] = exact[~far]
        loose[rigid[far]] = True
        open_ &= moving
        if not moving.any():
            break
        for entries, values in _pins(x, np.flatnonzero(moving)):
            tried = x.copy()
            tried[entries] = values
            left = open_.copy()
            left[entries] = False
            tried, residual = descend(T, tried, _free(T, left | loose, third), PIN_STEPS)
            if residual < HELD and abs(tried).max() < LARGEST:
                x, open_ = tried, left
                break
            if stop():
                return None
        else:
            return None
    return descend(T, x, _free(T, loose, third), PIN_STEPS)[0] if loose.any() else x


def _scaled(factors: list[np.ndarray], third: int) -> tuple[np.ndarray, np.ndarray]:
    """One vector of all entries, and which are still to be pinned: a term's scale goes to the
    third mode, so that the largest entry of both other vectors is 1."""
    import numpy as np

    scaled, open_ = [f.copy() for f in factors], [np.ones(f.shape, bool) for f in factors]
    open_[third][:] = False
    columns = np.arange(scaled[0].shape[1])
    for mode in {0, 1, 2} - {third}:
        top = abs(scaled[mode]).argmax(axis=0)
        sizes = scaled[mode][top, columns]
        scaled[mode] /= sizes
        scaled[third] *= sizes
        open_[mode][top, columns] = False
    return np.concatenate([f.ravel() for f in scaled]), np.concatenate([o.ravel() for o in open_])


def _free(T: np.ndarray, open_: np.ndarray, third: int) -> np.ndarray:
    import numpy as np

    mask = open_.copy()
    split(mask, T.shape)[third][:] = True
    return np.flatnonzero(mask)


def _moving(T: np.ndarray, x: np.ndarray, open_: NDArray[np.bool_], third: int) -> np.ndarray:
    """The open entries that change along some direction in which the sum does not."""
    import numpy as np

    free = _free(T, open_, third)
    factors = split(x, T.shape)
    hessian, _ = normal_equations(factors, np.zeros(T.shape))
    values, vectors = np.linalg.eigh(hessian[np.ix_(free, free)])
    null = vectors[:, values < FLAT * values[-1]]
    moving = np.zeros(x.size, bool)
    moving[free] = (null**2).sum(axis=1) > FLAT
    return moving & open_


def _pins(x: np.ndarray, entries: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """What to pin next: all entries that lie on a target, then single ones, the nearest first."""
    import numpy as np

    targets = np.array(TARGETS)
    distances = abs(x[entries][:, None] - targets[None, :])
    nearest = distances.argmin(axis=1)
    there = distances[np.arange(entries.size), nearest] < NEAR
    if there.any():
        yield entries[there], targets[nearest[there]]
    order = np.argsort(distances, axis=None)[:TRIED]
    for place in order:
        entry, target = divmod(int(place), targets.size)
        yield entries[entry : entry + 1], targets[target : target + 1]


def _fraction(value: float) -> Fraction:
    return Fraction(float(value)).limit_denominator(DENOMINATOR)


def _solved(
    database: Database, fixed: list[list[list[Fraction]]], third: int
) -> tuple[Term, ...] | None:
    """The terms with these vectors in the other modes that sum to D; None if there are none."""
    lines = [[{i: row[r] for i, row in enumerate(f) if row[r]} for f in fixed]
             for r in range(len(fixed[0][0]))]  # fmt: skip
    columns = [[x[r] * y[r] for x, y in product(*fixed)] for r in range(len(lines))]
    found = solved(database, columns, third)
    if found is None:
        return None
    return tuple(
        term_of(third, z, *({i: exact(x) for i, x in line.items()} for line in pair))
        for pair, z in zip(lines, found, strict=True)
        if z
    )


def solved(
    database: Database, columns: Sequence[Sequence[Fraction]], third: int
) -> list[dict[int, Number]] | None:
    """For each column, a matrix of the other modes cell by cell, its vector in the third mode, so
    that their products sum to D. By an exact linear system; None if no vectors do."""
    first, second = (mode for mode in range(3) if mode != third)
    width, n = database.shape[third], len(columns)
    system = fmpq_mat(len(columns[0]), n + width)
    for j, column in enumerate(columns):
        for i, x in enumerate(column):
            system[i, j] = fmpq(x.numerator, x.denominator)
    for fact in database.facts:
        system[fact[first] * database.shape[second] + fact[second], n + fact[third]] = 1
    echelon, rank = system.rref()
    found: list[dict[int, Number]] = [{} for _ in columns]
    for row, lead in enumerate(leads(echelon, rank)):
        if lead >= n:
            return None  # no combination of the columns gives this slice
        entries = ((v, echelon[row, n + v]) for v in range(width))
        found[lead] = {v: exact(x) for v, x in entries if x != 0}
    return found
