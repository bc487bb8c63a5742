"""Seeded databases at the scale and with the shape of real knowledge graphs.

In a real graph most values are typed: a relation draws from a vocabulary of its own, a few values
are common to many relations. Both shares are arguments here. Typing is what makes a rank easy to
bound: a value of one relation has a slice of rank one, and costs and proves exactly one; only the
common values leave a gap. A larger ``shared`` or fewer facts a key make a database harder.
Everything is drawn from ``random.Random(seed)``: the same arguments give the same database.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import accumulate

from factrank.errors import FactrankError
from factrank.facts.database import Database, Fact

# Shares of the facts by relation: one large hierarchy, one large lexical link, a long tail.
WORDNET_SHARES = (0.40, 0.22, 0.09, 0.06, 0.06, 0.05, 0.035, 0.03, 0.025, 0.02, 0.01)


def zipf_graph(
    n_facts: int, seed: int, *, n_queries: int = 100, pool: float = 0.25, shared: float = 0.1
) -> Database:
    """Relation sizes and value frequencies by Zipf's law: the i-th has weight 1/i. [ours]

    ``n_facts // 2`` keys; a relation of m facts picks m keys at random and draws each value from
    a vocabulary of about ``pool`` * m values, of which a part ``shared`` comes from one common
    list of ``n_facts // 50`` values. The sizes are rounded, so ``n_facts`` is met approximately.

    >>> db = zipf_graph(1000, seed=0)
    >>> db.functional, len(db.queries), 950 < len(db) < 1050
    (True, 100, True)
    """
    _check(n_facts, n_queries, pool, shared)
    weights = [1 / (q + 1) for q in range(n_queries)]
    sizes = [max(1, round(n_facts * w / sum(weights))) for w in weights]
    return _draw(sizes, n_facts // 2, n_facts // 50, pool, shared, 1.0, random.Random(seed))


def uniform_graph(
    n_facts: int, seed: int, *, n_queries: int = 100, pool: float = 0.25, shared: float = 0.1
) -> Database:
    """As ``zipf_graph``, but all relations of one size and all values of one weight. [ours]

    >>> db = uniform_graph(1000, seed=0)
    >>> len(db), len(db.queries)
    (1000, 100)
    """
    _check(n_facts, n_queries, pool, shared)
    sizes = [max(1, n_facts // n_queries)] * n_queries
    return _draw(sizes, n_facts // 2, n_facts // 50, pool, shared, 0.0, random.Random(seed))


def wordnet_like(seed: int) -> Database:
    """54,000 facts in the proportions of a lexical graph: 11 relations, large vocabularies. [ours]

    Keys are drawn from 39,000 (about 32,000 get a fact), values from some 17,500: half of every
    relation's vocabulary is its own, half comes from one list of 10,000, with frequencies falling
    as i^-0.7. Columns with few keys make the best unfolding fall 5 to 10 percent
    below the slices (U2).

    >>> db = wordnet_like(seed=0)
    >>> len(db.queries), len(db)
    (11, 54000)
    """
    rng = random.Random(seed)
    facts: list[Fact] = []
    fresh = 10_000
    common = range(fresh)
    for q, share in enumerate(WORDNET_SHARES):
        size = round(54_000 * share)
        own = count = int(size * 0.6)
        vocabulary = rng.sample(common, min(count // 2, len(common)))
        own -= len(vocabulary)
        vocabulary += range(fresh, fresh + own)
        fresh += own
        rng.shuffle(vocabulary)
        values = rng.choices(vocabulary, cum_weights=_weights(count, 0.7, 2), k=size)
        keys = rng.sample(range(39_000), size)
        facts += [(k, q, v) for k, v in zip(keys, values, strict=True)]
    return _compact(facts)


def _draw(
    sizes: Sequence[int],
    n_keys: int,
    n_common: int,
    pool: float,
    shared: float,
    exponent: float,
    rng: random.Random,
) -> Database:
    facts: list[Fact] = []
    fresh = max(2, n_common)
    common = range(fresh)
    for q, wanted in enumerate(sizes):
        size = min(wanted, n_keys)
        vocabulary: list[int] = []
        for _ in range(max(2, int(size * pool))):
            if rng.random() < shared:
                vocabulary.append(rng.choice(common))
            else:
                vocabulary.append(fresh)
                fresh += 1
        values = rng.choices(vocabulary, cum_weights=_weights(len(vocabulary), exponent), k=size)
        keys = rng.sample(range(n_keys), size)
        facts += [(k, q, v) for k, v in zip(keys, values, strict=True)]
    return _compact(facts)


def _weights(count: int, exponent: float, shift: int = 0) -> list[float]:
    """Cumulative weights 1 / (i + shift)^exponent, i = 1, 2, ..."""
    return list(accumulate(1 / (i + 1 + shift) ** exponent for i in range(count)))


def _compact(facts: Sequence[Fact]) -> Database:
    """The database of these facts, with only the labels they use."""
    used = [sorted({fact[axis] for fact in facts}) for axis in range(3)]
    new = [{old: n for n, old in enumerate(indices)} for indices in used]
    keys, queries, values = (tuple(f"{m}{i}" for i in u) for m, u in zip("kqv", used, strict=True))
    coded = tuple((new[0][k], new[1][q], new[2][v]) for k, q, v in facts)
    return Database(keys, queries, values, coded)


def _check(n_facts: int, n_queries: int, pool: float, shared: float) -> None:
    if n_facts < 100:
        raise FactrankError(f"n_facts: expected at least 100, found {n_facts}")
    if not 1 <= n_queries <= n_facts:
        raise FactrankError(f"n_queries: expected 1 to {n_facts}, found {n_queries}")
    for name, share in (("pool", pool), ("shared", shared)):
        if not 0 <= share <= 1:
            raise FactrankError(f"{name}: expected a share from 0 to 1, found {share}")
