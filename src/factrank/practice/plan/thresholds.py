"""How small a trained layer may be: thresholds as they were measured, and a fit that predicts them.

A line is a database and a regime of the recorded experiment layer-size, or a table of table-sizes,
where embeddings are trained: of a table its ``Sizes`` predict. [ours]
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import log2
from typing import NamedTuple

import numpy as np

from factrank.facts.database import Database

D_HEAD_QK = 2


def heads(d_model: int) -> int:
    """Heads of the layer with that d_model.

    >>> heads(6), heads(8)
    (2, 4)
    """
    return 2 if d_model < 8 else 4


def features(keys: float, queries: float, values: float, bits: float, rank: float) -> list[float]:
    """What a threshold is predicted from, in logarithms.

    >>> [round(x, 2) for x in features(16, 4, 8, 192, 24)]
    [1.0, 5.26, 2.77, 1.39, 2.08, 3.18]
    """
    return [1.0, *np.log([bits, keys, queries, values, rank]).tolist()]


class Line(NamedTuple):
    """A database and a regime: its sizes, and the d_model at which training succeeds.

    Most seeds fail at ``fails`` and from ``works`` on they recall every fact; None where no rung
    of the grid failed, or the last one did not work. ``rank`` is the geometric mean of the
    interval's ends, sizes are means over the seeds.
    """

    family: str
    keys: int
    queries: int
    range_size: int
    regime: str
    values: int
    facts: float
    bits: float
    rank: float
    fails: int | None
    works: int | None

    def features(self) -> list[float]:
        return features(self.keys, self.queries, self.values, self.bits, self.rank)


class Table(NamedTuple):
    """A table: the ``Sizes`` that it has, and as in a ``Line`` the d_model at which
    training succeeds, with trained embeddings."""

    family: str
    keys: float
    queries: float
    values: float
    facts: float
    bits: float
    again: float
    fails: int | None
    works: int | None

    @property
    def load(self) -> float:
        return self.bits / (self.keys + self.queries + self.again)

    def features(self) -> list[float]:
        return loads(self.load, self.queries)


def loads(load: float, queries: float) -> list[float]:
    """What the threshold with trained embeddings is predicted from.

    >>> [round(x, 2) for x in loads(9, 4)]
    [1.0, 2.3, 1.39]
    """
    return [1.0, float(np.log1p(load)), float(np.log(queries))]


class Fit(NamedTuple):
    """log works = features . weights, and how far it was off for lines that it had not seen."""

    weights: tuple[float, ...]
    down: float
    up: float

    def predict(self, given: Sequence[float]) -> tuple[float, float, float]:
        """(low, middle, high) of the threshold d_model."""
        middle = float(np.dot(given, self.weights))
        low, mid, high = (float(np.exp(middle + by)) for by in (-self.down, 0.0, self.up))
        return low, mid, high


def fit(found: Sequence[Line | Table]) -> Fit:
    """Ridge regression, light, on the logarithms, and the interval from leaving each line out.

    ``down`` and ``up`` are such that one line in ten, left out, falls below and one above.
    """
    known = [line for line in found if line.works is not None]
    X = np.array([line.features() for line in known])
    y = np.log(np.array([line.works for line in known], float))
    errors = []
    for n in range(len(known)):
        rest = np.arange(len(known)) != n
        errors.append(y[n] - X[n] @ _ridge(X[rest], y[rest]))
    low = np.quantile(errors, 0.1, method="lower")
    high = np.quantile(errors, 0.9, method="higher")
    return Fit(tuple(map(float, _ridge(X, y))), float(max(0.0, -low)), float(max(0.0, high)))


def _ridge(X: np.ndarray, y: np.ndarray) -> np.ndarray:
    penalty = 0.1 * np.eye(X.shape[1])
    penalty[0, 0] = 0.0  # the constant is free
    return np.linalg.solve(X.T @ X + penalty, X.T @ y)


class Sizes(NamedTuple):
    """``keys``, ``queries`` and ``values`` that occur in facts; ``facts``; ``bits`` to be kept, see
    ``sizes_of``; ``again``, the values that occur in more than one fact."""

    keys: float
    queries: float
    values: float
    facts: float
    bits: float
    again: float

    @property
    def load(self) -> float:
        """Bits to be kept for each vector that can keep some (keys, queries, values seen again)."""
        return self.bits / (self.keys + self.queries + self.again)

    def told(self) -> dict[str, float]:
        """The sizes that the name and the shape of a table do not say, as a record keeps them."""
        return {
            "values": self.values,
            "facts": self.facts,
            "bits": round(self.bits, 1),
            "again": self.again,
        }


def sizes_of(database: Database) -> Sizes:
    r"""The sizes of a database. A fact says log2(n_q / n_qv) bits, n_q facts having its relation q
    and n_qv of them its value v; but a trained unembedding gives names to values, so of the m_v
    facts with a value one is free:

    .. math:: \mathrm{bits} = \sum_v \Bigl(1 - \frac{1}{m_v}\Bigr) \sum_q n_{qv}
              \log_2 \frac{n_q}{n_{qv}}

    A column of unique values says nothing, one of n alike values over r says about (n - r) log2 r.

    >>> codes = [(k, "code", k) for k in "abcd"]
    >>> sizes_of(Database.from_triples(codes)).bits
    0.0
    >>> sizes_of(Database.from_triples([*codes, *((k, "r", "ny"[k in "ab"]) for k in "abcd")])).bits
    2.0
    """
    facts = Counter((q, v) for _, q, v in database.facts)
    each: Counter[int]
    many: Counter[int]
    each, many = Counter(), Counter()
    for (q, v), n in facts.items():
        each[q] += n
        many[v] += n
    bits = sum((1 - 1 / many[v]) * n * log2(each[q] / n) for (q, v), n in facts.items())
    again = sum(n > 1 for n in many.values())
    keys = len(database.used("K"))
    return Sizes(keys, len(each), len(many), len(database.facts), bits, again)
