"""What a table asks of a layer whose embeddings are trained: the sizes that its threshold is
predicted from. [ours]"""

from __future__ import annotations

from collections import Counter
from math import log2
from typing import NamedTuple

from factrank.facts.database import Database


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
