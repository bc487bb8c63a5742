"""How much a database says, in bits, and when that count says too much. Standard library only."""

from __future__ import annotations

from collections import Counter
from math import comb, exp2, log2

from factrank.errors import FactrankError
from factrank.facts.database import Database

PUBLISHED = {"Allen-Zhu, Li": 2.0, "Morris et al.": 3.6}  # bits a parameter [cited]


def bits(database: Database) -> float:
    """sum over facts (k, q, v) of log2 |range f_q|, the bits of values drawn alike and apart.

    If domains and ranges are known, and values uniform and independent, this is the entropy of
    the database. It overcounts where values follow from one another. [ours]

    >>> bits(Database.from_triples([("a", "r", "x"), ("b", "r", "y"), ("a", "s", "x")]))
    2.0
    """
    ranges: dict[int, set[int]] = {}
    for _, q, v in database.facts:
        ranges.setdefault(q, set()).add(v)
    facts = Counter(q for _, q, _ in database.facts)
    return sum(facts[q] * log2(len(found)) for q, found in ranges.items())


def onto(keys: int, values: int) -> int:
    """How many functions from a set of keys have exactly that many values.

    sum_j (-1)^j binom(values, j) (values - j)^keys: a known range that is used up rules out the
    other functions, so a relation says log2 of this number, a little less than ``bits``. [cited]

    Errors: ``FactrankError`` for a negative size.

    >>> onto(3, 2), onto(4, 4)
    (6, 24)
    """
    for name, size in (("keys", keys), ("values", values)):
        if size < 0:
            raise FactrankError(f"{name}: expected at least 0, found {size}")
    return sum((-1) ** j * comb(values, j) * (values - j) ** keys for j in range(values + 1))


def share_at_most(said: float, stored: float) -> float:
    """The largest share of equally likely databases that any code can recall in full.

    With ``stored`` bits there are 2^stored different layers. Each answers every question in one
    way, so it recalls one database of the same questions; of 2^said of them the layers
    recall at most the share 2^(stored - said). [ours]

    >>> share_at_most(10.0, 8.0), share_at_most(8.0, 10.0)
    (0.25, 1.0)
    """
    return min(1.0, exp2(stored - said))
