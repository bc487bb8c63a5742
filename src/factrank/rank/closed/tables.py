"""C4, C6, C7: tables whose rank a theorem tells, recognised whatever their labels are called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isqrt

from factrank.facts.database import Database
from factrank.rank.algebra.exact import Minor
from factrank.rank.algebra.reduction import Relation, functions_of
from factrank.rank.lower.bounds import LowerBound, minor_data, substituted

ELEMENTS = 256  # of the largest group table that is looked at: the cost is cubic


# ---- C4: two bijections -----------------------------------------------------------------------


def cycles(database: Database) -> tuple[int, ...] | None:
    """The cycle lengths of f_1^-1 f_2, if the database is two bijections; the longest first.

    >>> from factrank.facts.families import permuted_relations
    >>> cycles(permuted_relations(5, 2, seed=0))
    (3, 2)
    """
    n_keys, n_queries, n_values = database.shape
    if n_queries != 2 or n_keys != n_values or len(database) != 2 * n_keys:
        return None
    first, second = (functions_of(database, "Q").get(q, {}) for q in (0, 1))
    if not all(len(f) == n_keys == len(set(f.values())) for f in (first, second)):
        return None
    back = {v: k for k, v in first.items()}
    seen: set[int] = set()
    found = []
    for k in first:
        length = 0
        while k not in seen:
            seen.add(k)
            k, length = back[second[k]], length + 1
        found += [length] if length else []
    return tuple(sorted(found, reverse=True))


def bijections(database: Database) -> LowerBound | None:
    """C4: n + max over d >= 3 of the number of cycles whose length d divides. [cited]

    The database is all the data there is: whoever reads it counts the cycles. None if it is not
    two bijections.

    >>> from factrank.facts.families import permuted_relations
    >>> bijections(permuted_relations(5, 2, seed=0)).value
    6
    """
    lengths = cycles(database)
    if lengths is None:
        return None
    divided: Counter[int] = Counter()  # d -> how many of the lengths it divides
    for n, times in Counter(lengths).items():
        for d in {d for e in range(1, isqrt(n) + 1) if n % e == 0 for d in (e, n // e)} - {1, 2}:
            divided[d] += times
    more = max(divided.values(), default=0)
    value = database.shape[0] + more
    data = {
        "value": value,
        "keys": list(database.keys),
        "queries": list(database.queries),
        "values": list(database.values),
    }
    return LowerBound(value, "C4", data)


# ---- C6: addition without wrap ----------------------------------------------------------------


@dataclass(frozen=True)
class Sums:
    """Key i, query j, value i + j wherever i + j < ``len(values)``: indices in that order."""

    keys: tuple[int, ...]
    queries: tuple[int, ...]
    values: tuple[int, ...]

    @property
    def rank(self) -> int:
        return len(self.keys) + len(self.queries) - 1


def sums(database: Database) -> Sums | None:
    """C6: the table k + q, whole or cut off at some k + q < s, under any names. [ours]

    With m keys and n queries, max(m, n) <= s <= m + n - 1: s = m + n - 1 is the whole table, m = n
    = s the truncated one. None if the form does not apply.

    >>> w = Database.from_triples([("0", "0", "1"), ("0", "1", "0"), ("1", "0", "0")])
    >>> sums(w).rank
    3
    """
    m, n, s = database.shape
    if not database.functional or min(m, n) < 2 or not max(m, n) <= s <= m + n - 1:
        return None
    if len(database) != sum(min(n, s - i) for i in range(m)):
        return None
    by_query = functions_of(database, "Q")
    by_key = functions_of(database, "K")
    whole = [q for q in range(n) if len(by_query.get(q, ())) == m]
    for zero in whole:
        for one in range(n):
            found = _ordered(by_key, by_query, zero, one) if one != zero else None
            if found and _is_sum(found, by_key):
                return found
    return None


def _ordered(
    by_key: Mapping[int, Relation], by_query: Mapping[int, Relation], zero: int, one: int
) -> Sums | None:
    """The orders that the queries zero and one lay down: each key is one more than the last."""
    back = {v: k for k, v in by_query[zero].items()}
    after = {k: back[v] for k, v in by_query.get(one, {}).items() if v in back}
    keys = _chain(after, by_key)
    if keys is None:
        return None
    first, second = by_key[keys[0]], by_key[keys[1]]
    back = {v: q for q, v in first.items()}
    queries = _chain({q: back[v] for q, v in second.items() if v in back}, by_query)
    if queries is None or len(first) != len(by_query):
        return None
    values = [first[q] for q in queries]
    last = by_query[queries[-1]]
    values += [last[k] for k in keys[1:] if k in last]
    for q in reversed(queries[:-1]):  # a table cut off early names its largest values elsewhere
        values += [v for k in keys if (v := by_query[q].get(k)) is not None and v not in values]
    return Sums(tuple(keys), tuple(queries), tuple(dict.fromkeys(values)))


def _chain(after: Mapping[int, int], every: Mapping[int, Relation]) -> list[int] | None:
    """All labels in the order of the successor map, if it is one chain."""
    starts = set(every) - set(after.values())
    if len(starts) != 1 or len(set(after.values())) < len(after):
        return None
    chain = [starts.pop()]
    while chain[-1] in after and len(chain) <= len(every):
        chain.append(after[chain[-1]])
    return chain if len(chain) == len(every) else None


def _is_sum(found: Sums, by_key: Mapping[int, Relation]) -> bool:
    place = {v: n for n, v in enumerate(found.values)}
    return all(
        place.get(by_key[k].get(q, -1), -1) == (i + j if i + j < len(place) else -1)
        for i, k in enumerate(found.keys)
        for j, q in enumerate(found.queries)
    )


def sums_bound(database: Database, found: Sums) -> LowerBound:
    """P6 for C6: clear all keys but 0; query j keeps its cell at value j and those below.

    [cited, ours]
    """
    (_, _, s), (zero, *others) = database.shape, found.keys
    first, values = found.queries[0], found.values
    cleared = [(k, first * s + v) for k, v in zip(others, values[1:], strict=False)]
    pivots = [(q, zero * s + v) for q, v in zip(found.queries, values, strict=False)]
    independent, rest = (
        minor_data(database, mode, Minor(tuple(some), (), ()))
        for mode, some in (("K", cleared), ("Q", reversed(pivots)))
    )
    labels = _labels(database.keys, others)
    return LowerBound(found.rank, "P6", substituted(("K", "Q"), labels, independent, rest))


# ---- C7: group tables -------------------------------------------------------------------------


@dataclass(frozen=True)
class Group:
    """A group on 0, ..., n - 1 with unit 0, and the labels that stand for its elements.

    ``table[i][j]`` is the product, the value of key ``keys[i]`` and query ``queries[j]``.
    """

    table: tuple[tuple[int, ...], ...]
    keys: tuple[int, ...]
    queries: tuple[int, ...]
    values: tuple[int, ...]

    @property
    def abelian(self) -> bool:
        return list(self.table) == list(zip(*self.table, strict=True))

    @property
    def real_classes(self) -> int:
        """The simple parts of the real group algebra, counted as g up to x g x^-1 and g^-1."""
        n = len(self.table)
        inverse = [row.index(0) for row in self.table]
        seen: set[int] = set()
        count = 0
        for g in range(n):
            if g not in seen:
                count += 1
                both = (g, inverse[g])
                seen |= {self.table[self.table[x][h]][inverse[x]] for x in range(n) for h in both}
        return count


def group(database: Database) -> Group | None:
    """The group whose table the database is, under any three sets of names; else None. [ours]

    Take any key and any query for the unit. If the table is that of a group under other names,
    the product so defined is isomorphic to it (Albert), so one try settles it.

    >>> from factrank.facts.families import modular_addition
    >>> group(modular_addition(5)).real_classes
    3
    """
    n = len(database.keys)
    if database.shape != (n, n, n) or len(database) != n * n or n > ELEMENTS:
        return None
    by_query = functions_of(database, "Q")
    if not database.functional or any(len(set(f.values())) < n for f in by_query.values()):
        return None
    first, second = by_query[0], {q: f[0] for q, f in by_query.items()}
    if len(set(second.values())) < n:
        return None
    values = [first[0], *(v for v in range(n) if v != first[0])]
    key_of, query_of = ({v: i for i, v in f.items()} for f in (first, second))
    keys, queries = [key_of[v] for v in values], [query_of[v] for v in values]
    place = {v: i for i, v in enumerate(values)}
    table = tuple(tuple(place[by_query[q][k]] for q in queries) for k in keys)
    for row in table:  # (i j) k = i (j k)
        for j, other in enumerate(table):
            if tuple(row[x] for x in other) != table[row[j]]:
                return None
    return Group(table, tuple(keys), tuple(queries), tuple(values))


def group_bound(database: Database, found: Group) -> LowerBound:
    """2n less the simple parts of the real group algebra; for an abelian group the rank. [cited]

    Alder and Strassen: an algebra has rank at least twice its dimension less the number of its
    maximal ideals. For an abelian group this is C7, |G| + pairs of conjugate characters.
    """
    value = 2 * len(found.table) - found.real_classes
    data = {
        "value": value,
        "keys": _labels(database.keys, found.keys),
        "queries": _labels(database.queries, found.queries),
        "values": _labels(database.values, found.values),
    }
    return LowerBound(value, "C7", data)


def _labels(names: Sequence[str], order: Sequence[int]) -> list[str]:
    return [names[i] for i in order]
