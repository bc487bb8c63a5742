"""The checker's part for C4 and C7: the facts are read as a table, and a theorem is evaluated.

C4  (Grigoriev; Ja'Ja', by P8) Two bijections f, g between n keys and n values, whose
    permutation f^-1 g has cycles of lengths n_i: the rank is n + max over d >= 3 of the number of
    i with d dividing n_i (n if there is no such d), over the real and over the rational numbers.
C7  (Alder and Strassen) The table of a group G of n elements is the tensor of its real group
    algebra. This is a sum of simple algebras, one for each set {x g x^-1, x g^-1 x^-1 : x in G}.
    An algebra of dimension n with t maximal ideals has rank at least 2n - t; if it is commutative
    and a sum of copies of R and C (here: G abelian), the rank is 2n - t.

The labels listed restrict the facts, and that never raises a rank. If no fact is left out, the
value of C4, and of C7 for an abelian group, is the exact rank of the facts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from math import isqrt
from typing import Any

from factrank.facts import strict
from factrank.facts.strict import show, wrong
from factrank.rank.verify.work import Work

ELEMENTS = 256  # of the largest group table we check: the cost is cubic
Facts = Sequence[tuple[int, int, int]]
Index = Sequence[Mapping[str, int]]


def bijections(
    at: str, data: Any, facts: Facts, index: Index, work: Work, exact: bool = False
) -> int:
    """Check a bound by C4; its value."""
    work.take(at, 3 * len(facts))
    lists, table = _table(at, data, facts, index, exact)
    keys, queries, values = lists
    strict.items(f"{at}.queries", data["queries"], 2)
    for q in queries:
        if sorted(table.get((k, q), -1) for k in keys) != sorted(values):
            wrong(f"{at}.queries", "bijections between these keys and values", show(q))
    back = {table[k, queries[0]]: k for k in keys}
    lengths, seen = [], set[int]()
    for k in keys:
        length = 0
        while k not in seen:
            seen.add(k)
            k, length = back[table[k, queries[1]]], length + 1
        lengths.append(length)
    divided = Counter[int]()  # d -> how many lengths it divides
    for n, times in Counter(lengths).items():
        for d in {d for e in range(1, isqrt(n) + 1) if n % e == 0 for d in (e, n // e)} - {1, 2}:
            divided[d] += times
    more = max(divided.values(), default=0)
    strict.same(f"{at}.value", data["value"], len(keys) + more)
    return len(keys) + more


def group(at: str, data: Any, facts: Facts, index: Index, work: Work, exact: bool = False) -> int:
    """Check a bound by C7; its value. Element i is keys[i], queries[i] and values[i]."""
    work.take(at, 3 * len(facts))
    (keys, queries, values), cells = _table(at, data, facts, index, exact)
    n = len(keys)
    if not 0 < n <= ELEMENTS:
        wrong(f"{at}.keys", f"1 to {ELEMENTS} elements", str(n))
    work.take(at, n**3 // 10)
    strict.items(f"{at}.queries", data["queries"], n)
    strict.items(f"{at}.values", data["values"], n)
    place = {v: i for i, v in enumerate(values)}
    rows = [[place.get(cells.get((k, q), -1), -1) for q in queries] for k in keys]
    for line in (*rows, *zip(*rows, strict=True)):
        if sorted(line) != list(range(n)):
            wrong(at, "each element once in each row and column", show(list(line)))
    if rows[0] != list(range(n)) or [row[0] for row in rows] != list(range(n)):
        wrong(at, "element 0 to be the unit", show(rows[0]))
    for i, row in enumerate(rows):
        for j, other in enumerate(rows):
            if [row[x] for x in other] != rows[row[j]]:  # i (j k) = (i j) k for all k
                wrong(at, "an associative table", f"none at {i}, {j}")
    if exact and any(rows[i][j] != rows[j][i] for i in range(n) for j in range(i)):
        wrong(at, "a commutative table for an exact rank", "none")
    inverse = [row.index(0) for row in rows]
    parts = {
        frozenset(rows[rows[x][h]][inverse[x]] for x in range(n) for h in (g, inverse[g]))
        for g in range(n)
    }
    strict.same(f"{at}.value", data["value"], 2 * n - len(parts))
    return 2 * n - len(parts)


def _table(
    at: str, data: Any, facts: Facts, index: Index, exact: bool
) -> tuple[list[list[int]], dict[tuple[int, int], int]]:
    """The labels listed, and the value of each pair of them that has one."""
    strict.fields(at, data, "theorem value keys queries values")
    names = ("keys", "queries", "values")
    lists = []
    for name, of in zip(names, index, strict=True):
        strict.positions(f"{at}.{name}", data[name], of)
        lists.append([of[label] for label in data[name]])
    inside = [set(found) for found in lists]
    kept = [f for f in facts if all(i in labels for i, labels in zip(f, inside, strict=True))]
    if exact and len(kept) < len(facts):
        wrong(at, "all facts on these labels", f"{len(facts) - len(kept)} others")
    table = {(k, q): v for k, q, v in kept}
    if len(table) < len(kept):
        wrong(at, "one value for each key and query", "a pair with several")
    return lists, table
