"""Upper bound U4 part by part: two relations that nearly agree on some of their keys only.

A column (q, v) holds the keys with f_q(k) = v; one term each makes D (U1). Of two relations p and
q take the graph of their columns, an edge (p, f_p(k)) - (q, f_q(k)) for each key that has both. A
component is closed if none of its keys has one of the two alone. Let X and Y be its values at p
and at q, A its keys, x in X and y in Y. For k in A

    e_p (x) e_f_p(k) + e_q (x) e_f_q(k) = e_p (x) (e_f_p(k) - e_x) + e_q (x) (e_f_q(k) - e_y)
        + (e_p + e_q) (x) (e_x + e_y) - e_p (x) e_y - e_q (x) e_x,

and if x = y the second line is (e_p + e_q) (x) e_x. Summed over A these are |X| - 1 + |Y| - 1 + 1
terms, one less than the component has columns; what is taken away in the columns (p, y) and (q, x)
costs nothing where these have a term already. So components without a common column, whose (p, y)
and (q, x) are columns outside of all of them, save one term each. U4 in whole needs relations that
agree nearly everywhere; this needs a few keys.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from factrank.facts.database import Database
from factrank.rank.algebra.exact import factor
from factrank.rank.algebra.graphs import DisjointSets
from factrank.rank.algebra.reduction import demand_functional, functions_of
from factrank.rank.algebra.terms import Number, Term

Column = tuple[int, int]  # relation, value
Rows = Mapping[int, Mapping[int, int]]  # key -> relation -> value
Columns = Mapping[Column, Sequence[int]]  # column -> its keys


@dataclass(frozen=True)
class Component:
    """A closed component: the values of its columns at the two relations."""

    relations: tuple[int, int]
    values: tuple[Sequence[int], Sequence[int]]

    @property
    def columns(self) -> list[Column]:
        """All of them, those of the first relation first."""
        return [(q, v) for q, vs in zip(self.relations, self.values, strict=True) for v in vs]


Link = tuple[int, int]  # x and y


def part_terms(
    database: Database,
    mode: str = "Q",
    limit: int = 2_000_000,
    stop: Callable[[], bool] = lambda: False,
) -> tuple[Term, ...]:
    """U4 part by part: one term less for each closed component of two relations. [ours]

    What no component has is written value slice by value slice (U2), so the terms are never more
    than the pairs (q, v). ``mode="K"`` takes keys for relations. Components are looked for if
    that takes at most ``limit`` steps, and until ``stop()``; each that is found is taken or left,
    the smallest first. Needs a functional database.

    >>> db = Database.from_triples(
    ...     [("a", "r", "x"), ("b", "r", "y"), ("a", "s", "y"), ("b", "s", "x")])
    >>> [part_terms(db)[0], len(part_terms(db))]  # in place of four
    [Term(a={0: 1}, b={0: 1, 1: 1}, c={0: 1, 1: 1}), 3]
    """
    demand_functional(database, "U4")
    columns: dict[Column, list[int]] = {}
    rows: dict[int, dict[int, int]] = {}
    for q, f in functions_of(database, mode).items():
        for k, v in f.items():
            columns.setdefault((q, v), []).append(k)
            rows.setdefault(k, {})[q] = v
    few = sum(len(row) ** 2 for row in rows.values()) <= limit and not stop()
    chosen = list(_chosen(components(rows, columns), columns)) if few else []
    terms = _exchanged(chosen, columns)
    terms += [Term(x, y, {v: 1}) for v, rest in _rest(chosen, columns).items()
              for x, y in factor(rest)]  # fmt: skip
    return tuple(terms if mode == "Q" else (Term(b, a, c) for a, b, c in terms))


def components(rows: Rows, columns: Columns) -> list[Component]:
    """The closed components of all pairs of relations.

    >>> rows = {0: {0: 7, 1: 8}, 1: {0: 7, 1: 9}, 2: {1: 6}}
    >>> components(rows, {(0, 7): [0, 1], (1, 8): [0], (1, 9): [1], (1, 6): [2]})
    [Component(relations=(0, 1), values=([7], [8, 9]))]
    """
    both = Counter((q, v, p) for row in rows.values() for q, v in row.items() for p in row)
    joined: dict[tuple[int, int], DisjointSets] = {}
    leaks: dict[tuple[int, int], set[Column]] = {}  # columns that share a key with an open one
    for row in rows.values():
        order = sorted(row.items())
        for n, (q, w) in enumerate(order):
            for p, v in order[:n]:
                whole = [both[p, v, q] == len(columns[p, v]), both[q, w, p] == len(columns[q, w])]
                if all(whole):
                    joined.setdefault((p, q), DisjointSets()).join((p, v), (q, w))
                elif any(whole):
                    leaks.setdefault((p, q), set()).add((p, v) if whole[0] else (q, w))
    return [
        Component((p, q), ([v for r, v in some if r == p], [v for r, v in some if r == q]))
        for (p, q), sets in joined.items()
        for some in sets.groups()
        if leaks.get((p, q), set()).isdisjoint(some)
    ]


def _chosen(found: Sequence[Component], columns: Columns) -> Iterator[tuple[Component, Link]]:
    """Components without a common column, with their links; the smallest first."""
    wanted = Counter(column for one in found for column in one.columns)
    taken, kept = set[Column](), set[Column]()  # columns of components, and those of their links

    def price(column: Column) -> int:
        """How many components cannot be taken once a link needs this column."""
        return 0 if column in kept else wanted[column]

    def cheapest(q: int, values: Sequence[int]) -> int | None:
        there = [v for v in values if (q, v) in columns and (q, v) not in taken]
        return min(there, key=lambda v: price((q, v)), default=None)

    for one in sorted(found, key=lambda one: (len(one.columns), sum(map(price, one.columns)))):
        if not (taken | kept).isdisjoint(one.columns):
            continue
        (p, q), (left, right) = one.relations, one.values
        if common := set(left).intersection(right):
            x = y = min(common)
        else:
            a, b = cheapest(q, left), cheapest(p, right)
            if a is None or b is None:
                continue
            x, y = a, b
            kept |= {(q, x), (p, y)}
        taken.update(one.columns)
        yield one, (x, y)


def _exchanged(chosen: Sequence[tuple[Component, Link]], columns: Columns) -> list[Term]:
    """The terms of the components: differences, then what their keys have in common."""
    terms = []
    for one, link in chosen:
        for q, values, base in zip(one.relations, one.values, link, strict=True):
            terms += [
                Term(dict.fromkeys(columns[q, v], 1), {q: 1}, {v: 1, base: -1})
                for v in values
                if v != base
            ]
        terms.append(
            Term(_keys(one, columns), dict.fromkeys(one.relations, 1), dict.fromkeys(link, 1))
        )
    return terms


def _rest(
    chosen: Sequence[tuple[Component, Link]], columns: Columns
) -> dict[int, dict[int, dict[int, int]]]:
    """value -> key -> relation -> entry, of D less the terms of the components."""
    rest: dict[int, dict[int, dict[int, int]]] = {}
    taken = {column for one, _ in chosen for column in one.columns}
    for (q, v), keys in columns.items():
        for k in keys if (q, v) not in taken else ():
            rest.setdefault(v, {}).setdefault(k, {})[q] = 1
    for one, (x, y) in chosen:
        p, q = one.relations
        for k in _keys(one, columns) if x != y else ():
            rest[y].setdefault(k, {})[p] = rest[y].get(k, {}).get(p, 0) - 1
            rest[x].setdefault(k, {})[q] = rest[x].get(k, {}).get(q, 0) - 1
    return rest


def _keys(one: Component, columns: Columns) -> dict[int, Number]:
    q, values = one.relations[0], one.values[0]
    return {k: 1 for v in values for k in columns[q, v]}
