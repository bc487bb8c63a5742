"""Decompositions out to other tools and in from them: three arrays, exact on the way in.

A decomposition of R terms is three arrays of K, Q and V rows and R columns, column r the vectors
of term r: what TensorLy calls a CP tensor and pyttb a ktensor. What comes in is multiplied out in
exact arithmetic and must be D, cell by cell; then it is a proof of ``rank(D) <= R``.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from math import isfinite
from numbers import Rational, Real
from typing import TYPE_CHECKING, Any

from factrank.errors import FactrankError, given
from factrank.facts.database import MODES, Database
from factrank.facts.strict import show
from factrank.facts.words import counted
from factrank.packages import needed
from factrank.rank.algebra.terms import Number, Term, exact, expand
from factrank.rank.interval import RankInterval, rank_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

MISSED = 1e-6  # by a sum of floats, from where it is told
MOST = 20_000_000  # products of entries that are multiplied out: tens of seconds


def factors(
    database: Database, terms: RankInterval | Sequence[Term]
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Three arrays (K, R), (Q, R), (V, R) of an interval's terms, or of terms. [ours]

    Whole numbers come as int64, others as ``Fraction`` objects: nothing is rounded. Needs numpy.

    >>> db = Database.from_triples([("a", "r", "x"), ("b", "r", "y")])
    >>> A, B, C = factors(db, rank_interval(db))
    >>> A.tolist(), B.tolist(), C.tolist()
    ([[1, 0], [0, 1]], [[1, 1]], [[1, 0], [0, 1]])
    """
    import numpy as np

    given("database", database, Database)
    some = terms.terms if isinstance(terms, RankInterval) else tuple(terms)
    entries = [Fraction(x) for term in some for vec in term for x in vec.values()]
    whole = all(x.denominator == 1 for x in entries)
    kind: Any = np.int64 if whole and all(abs(x) < 2**63 for x in entries) else object
    arrays = []
    for mode, size in enumerate(database.shape):
        array = np.zeros((size, len(some)), dtype=kind)
        for r, term in enumerate(some):
            for i, x in term[mode].items():
                array[i, r] = int(x) if whole else Fraction(x)
        arrays.append(array)
    return arrays[0], arrays[1], arrays[2]


def cp_tensor(database: Database, terms: RankInterval | Sequence[Term]) -> Any:
    """The same as a ``CPTensor`` of TensorLy, in float64: what is a fraction may be rounded. Where
    large numbers cancel, the sum of what is rounded may miss D by ``MISSED`` or more; then a
    warning says by how much at most.

    Errors: ``FactrankError`` where TensorLy is not installed (extra ``book``).

    >>> db = Database.from_triples([("a", "r", "x"), ("b", "r", "y")])
    >>> cp_tensor(db, rank_interval(db)).to_tensor().tolist()
    [[[1.0, 0.0]], [[0.0, 1.0]]]
    """
    needed("cp_tensor", "book", ["tensorly", "numpy"])
    import numpy as np
    from tensorly.cp_tensor import CPTensor

    arrays = [array.astype(float) for array in factors(database, terms)]
    sizes = np.prod([np.abs(array).max(0, initial=0) for array in arrays], 0)
    missed = (len(sizes) + 5) * np.finfo(float).eps * sizes.sum()
    if missed >= MISSED:
        warnings.warn(
            f"cp_tensor: in float64 the terms may miss the facts by up to {missed:.1g}; "
            "factors(...) has them exactly",
            stacklevel=2,
        )
    return CPTensor((np.ones(arrays[0].shape[1]), arrays))


def from_factors(
    database: Database, factors: Any, *, denominator: int | None = None
) -> RankInterval:
    """The interval of which these factors are the upper end, proved by multiplying them out. [ours]

    ``factors`` are three arrays (K, R), (Q, R), (V, R), or weights and three arrays, or what holds
    both: a CP tensor of TensorLy, a ktensor of pyttb. Arrays may be nested lists. A number counts
    as what it is, a float as the binary fraction that it is; with ``denominator`` each is first
    taken to the nearest fraction with no larger denominator, 1 for whole numbers. A column with
    a zero vector is no term. The lower end is that of ``rank_interval(database, "quick")``,
    whatever it found above; ``certificate(database, ...)`` makes a certificate of the whole.

    Errors: ``FactrankError`` for arrays of other shapes, for what is no finite real number, for
    more than ``MOST`` products, and where the sum is not D: with the first cell that is wrong.

    >>> db = Database.from_triples([("a", "r", "x"), ("b", "r", "y")])
    >>> found = from_factors(db, ([[1, 0], [0, 1]], [[1, 1]], [[1, 0], [0, 1]]))
    >>> print(found, "by", found.upper_by)
    rank is exactly 2 over R by given factors
    >>> from_factors(db, ([[1, 0], [0, 2]], [[1, 1]], [[1, 0], [0, 1]]))
    Traceback (most recent call last):
    ...
    factrank.errors.FactrankError: factors: expected their sum to be 1 at ('b', 'r', 'y'), found 2
    """
    given("database", database, Database)
    terms = tuple(_terms(database, factors, denominator))
    _check(database, terms)
    found = rank_interval(database, "quick")
    return replace(
        found,
        upper=len(terms),
        terms=terms,
        evidence=(*found.evidence, ("given factors", len(terms))),
        upper_by="given factors",
        upper_proof=None,
    )


def _terms(database: Database, factors: Any, denominator: int | None) -> Iterator[Term]:
    """The columns as terms, those with a zero vector left out."""
    if denominator is not None and (type(denominator) is not int or denominator < 1):
        raise FactrankError(
            f"denominator: expected a whole number of at least 1, found {show(denominator)}"
        )
    weights, arrays = _parts(factors)
    tables = [_rows(mode, array) for mode, array in zip(MODES, arrays, strict=True)]
    widths = {len(row) for table in tables for row in table}
    if [len(table) for table in tables] != list(database.shape) or len(widths) != 1:
        found = [f"{len(table)} x {len(table[0]) if table else 0}" for table in tables]
        raise FactrankError(
            f"factors: expected arrays of {', '.join(map(str, database.shape))} rows and one "
            f"number of columns, found {', '.join(found)}"
        )
    (width,) = widths
    scale = [1] * width if weights is None else _plain(weights)
    if len(scale) != width:
        raise FactrankError(f"factors: expected {width} weights, found {len(scale)}")
    for r, weight in enumerate(scale):
        columns = [_vector([row[r] for row in table], denominator) for table in tables]
        by = _number(weight, denominator)
        if by and all(columns):
            yield Term({k: by * x for k, x in columns[0].items()}, *columns[1:])


def _parts(factors: Any) -> tuple[Any, Sequence[Any]]:
    """(weights or None, three arrays) of what another tool calls a decomposition."""
    inside = getattr(factors, "factor_matrices", getattr(factors, "factors", None))
    if inside is not None:
        weights, arrays = getattr(factors, "weights", None), inside
    elif isinstance(factors, (list, tuple)) and len(factors) == 2:
        weights, arrays = factors
    else:
        weights, arrays = None, factors
    if not isinstance(arrays, (list, tuple)) or len(arrays) != 3:
        size = f"{len(arrays)}" if isinstance(arrays, (list, tuple)) else show(arrays)
        raise FactrankError(f"factors: expected three arrays, or weights and these, found {size}")
    return weights, arrays


def _plain(array: Any) -> list[Any]:
    """What holds numbers as a list, an array of numpy or torch included."""
    found = array.tolist() if hasattr(array, "tolist") else array
    if not isinstance(found, (list, tuple)):
        raise FactrankError(f"factors: expected a list or an array of numbers, found {show(array)}")
    return list(found)


def _rows(mode: str, array: Any) -> list[list[Any]]:
    rows = [_plain(row) for row in _plain(array)]
    if len({len(row) for row in rows}) > 1:
        raise FactrankError(f"factors: expected rows of one length for {mode}, found others")
    return rows


def _vector(column: Sequence[Any], denominator: int | None) -> dict[int, Number]:
    numbers = ((i, _number(x, denominator)) for i, x in enumerate(column))
    return {i: x for i, x in numbers if x}


def _number(x: Any, denominator: int | None) -> Number:
    """The number as it is, or the fraction that is nearest to it."""
    finite = isinstance(x, Rational) or (isinstance(x, Real) and isfinite(x))
    if not finite or isinstance(x, bool):
        raise FactrankError(f"factors: expected finite real numbers, found {show(x)}")
    found = Fraction(x)
    return exact(found if denominator is None else found.limit_denominator(denominator))


def _check(database: Database, terms: Sequence[Term]) -> None:
    """Refuse terms that do not sum to D, with the first cell that is wrong."""
    work = sum(len(a) * len(b) * len(c) for a, b, c in terms)
    if work > MOST:
        raise FactrankError(
            f"factors: expected at most {MOST:,} products of entries, found {work:,}"
        )
    wanted, made = dict.fromkeys(database.facts, 1), expand(terms)
    wrong = [
        cell for cell in wanted.keys() | made.keys() if wanted.get(cell, 0) != made.get(cell, 0)
    ]
    if not wrong:
        return
    first = min(wrong)
    labels = tuple(database.labels(mode)[i] for mode, i in zip(MODES, first, strict=True))
    more = f"; {counted(len(wrong) - 1, 'more cell')} differ" if len(wrong) > 1 else ""
    right, found = wanted.get(first, 0), made.get(first, 0)
    shown = str(found)
    if len(shown) > 30:  # a float's fraction: how far it is off says more
        shown = f"{right} {'+' if found > right else '-'} {abs(float(found - right)):.1e}"
    raise FactrankError(
        f"factors: expected their sum to be {right} at {labels}, found {shown}{more}"
    )
