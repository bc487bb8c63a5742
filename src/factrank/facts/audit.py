"""What a table of facts holds and what is odd about it: counts only, no rank. [ours]"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

from factrank.errors import FactrankError
from factrank.facts.labels import MODES
from factrank.facts.near import EVERY, LEAST, Near, Search, near_labels
from factrank.facts.odd import Odd, odd_labels
from factrank.facts.rows import Rows
from factrank.facts.twins import twins

NAMED = 1000  # keys named that a relation does not answer; all are counted
PAIRED = 2_000_000  # pairs of relations counted for one table's shared values


class Place(NamedTuple):
    """Where an occurrence stands: its line, and what its ``source`` and ``date`` say if given."""

    line: int
    source: str
    date: str


class Repeat(NamedTuple):
    """A fact that one source gives more than once."""

    key: str
    query: str
    value: str
    places: tuple[Place, ...]


class Several(NamedTuple):
    """A pair (key, query) with several values, each with its places.

    ``between`` is True if no single source gives more than one of them: sources contradict each
    other. Otherwise the relation may simply have several answers; a count cannot tell.
    """

    key: str
    query: str
    values: tuple[tuple[str, tuple[Place, ...]], ...]
    between: bool


class Column(NamedTuple):
    """One relation: its facts, the keys it answers, its different values, what it leaves out."""

    query: str
    facts: int
    answered: int
    range: int
    several: int
    missing: int
    missing_keys: tuple[str, ...]  # the first 1000 of them
    by_source: Mapping[str, int]  # source -> keys it answers


class Variant(NamedTuple):
    """Two near labels of one mode and what merging them does: facts that become one, and pairs
    (key, query) that get several values by it."""

    mode: str
    near: Near
    same: int
    clash: int


class SameKey(NamedTuple):
    """Two keys that may be one: the facts they share, and the relations on which they differ."""

    one: str
    other: str
    same: tuple[tuple[str, str], ...]  # (query, value)
    differ: int


class Shared(NamedTuple):
    """Two relations and the number of values that both take, the first three named."""

    one: str
    other: str
    values: int
    named: tuple[str, ...]


@dataclass(frozen=True)
class Audit:
    """The counts of a table of facts.

    ``rows`` are occurrences, ``facts`` distinct ones, ``pairs`` the (key, query) that have a value.
    ``confirmed`` facts are given by several sources. ``ceiling`` is the largest share of the facts
    that can be recalled when each pair gets a single answer: pairs / facts.
    """

    name: str
    rows: int
    facts: int
    keys: int
    queries: int
    values: int
    pairs: int
    sources: Mapping[str, int]
    repeats: tuple[Repeat, ...]
    confirmed: int
    several: tuple[Several, ...]
    columns: tuple[Column, ...]
    variants: tuple[Variant, ...]
    searches: Mapping[str, Search]
    same_keys: tuple[SameKey, ...]
    shared: tuple[Shared, ...]
    shared_values: int
    shared_complete: bool
    odd: tuple[Odd, ...]
    skipped: int

    @property
    def ceiling(self) -> float:
        """Largest recall of single answers, over all facts."""
        return self.pairs / self.facts

    @property
    def missing(self) -> int:
        """Cells of the grid keys x queries without a value."""
        return self.keys * self.queries - self.pairs


def audit(rows: Rows, *, least: int = LEAST, every: int = EVERY) -> Audit:
    """Count what a table holds: repeats, pairs with several values, missing cells, labels that
    may be one, values shared by relations, odd labels. [ours]

    Near-equal labels are alike to at least ``least`` percent; up to ``every`` labels of a mode all
    pairs are compared (``near.near_labels``); two values count only if some relation takes both.
    Keys of unlike names that share rare values are found too (``twins.twins``).
    Errors: ``FactrankError`` if there is no fact.

    >>> from factrank.facts.readers import parse_rows
    >>> found = audit(parse_rows("key,query,value\\nOslo,in,Norway\\nOslo,in,Norge\\n"))
    >>> found.facts, found.pairs, found.ceiling, [s.key for s in found.several]
    (2, 1, 0.5, ['Oslo'])
    """
    if not len(rows):
        raise FactrankError(f"{rows.name}: expected at least one fact, found none")
    facts, repeated, several = _sets(rows)
    searches = {mode: near_labels(_labels(rows, mode), least, every) for mode in MODES}
    pairs = {(k, q) for k, q, _ in facts}
    shared, shared_values, complete = _shared(rows, facts)
    repeats, confirmed = _repeats(rows, repeated)
    return Audit(
        rows.name,
        len(rows),
        len(facts),
        len(rows.keys),
        len(rows.queries),
        len(rows.values),
        len(pairs),
        dict(Counter(rows.notes["source"])) if "source" in rows.notes else {},
        repeats,
        confirmed,
        _several(rows, several),
        _columns(rows, facts, several),
        tuple(_variants(rows, facts, searches)),
        searches,
        _same_keys(rows, facts),
        shared,
        shared_values,
        complete,
        tuple(odd for mode in MODES for odd in odd_labels(mode, _labels(rows, mode))),
        rows.skipped_count,
    )


def place(rows: Rows, i: int) -> Place:
    """Where occurrence i stands."""
    source, date = (
        rows.notes[name][i] if name in rows.notes else "" for name in ("source", "date")
    )
    return Place(rows.line[i], source, date)


Fact = tuple[int, int, int]
Pair = tuple[int, int]


def _labels(rows: Rows, mode: str) -> tuple[str, ...]:
    return (rows.keys, rows.queries, rows.values)[MODES.index(mode)]


def _sets(rows: Rows) -> tuple[set[Fact], set[Fact], set[Pair]]:
    """The facts, those given twice, and the pairs with several values."""
    facts: set[Fact] = set()
    repeated: set[Fact] = set()
    first: dict[Pair, int] = {}
    several: set[Pair] = set()
    for fact in zip(rows.k, rows.q, rows.v, strict=True):
        if fact in facts:
            repeated.add(fact)
            continue
        facts.add(fact)
        if first.setdefault(fact[:2], fact[2]) != fact[2]:
            several.add(fact[:2])
    return facts, repeated, several


def _repeats(rows: Rows, repeated: set[Fact]) -> tuple[tuple[Repeat, ...], int]:
    """Facts that one source repeats, and how many facts several sources give."""
    found: dict[Fact, list[Place]] = {}
    for i, fact in enumerate(zip(rows.k, rows.q, rows.v, strict=True)):
        if fact in repeated:
            found.setdefault(fact, []).append(place(rows, i))
    repeats, confirmed = [], 0
    for (k, q, v), places in found.items():
        sources = {p.source for p in places}
        confirmed += len(sources) > 1
        if len(sources) < len(places):
            repeats.append(Repeat(rows.keys[k], rows.queries[q], rows.values[v], tuple(places)))
    return tuple(repeats), confirmed


def _several(rows: Rows, pairs: set[Pair]) -> tuple[Several, ...]:
    found: dict[Pair, dict[int, list[Place]]] = {}
    for i, (k, q, v) in enumerate(zip(rows.k, rows.q, rows.v, strict=True)):
        if (k, q) in pairs:
            found.setdefault((k, q), {}).setdefault(v, []).append(place(rows, i))
    result = []
    for (k, q), values in found.items():
        given = Counter(
            source for places in values.values() for source in {p.source for p in places}
        )
        result.append(
            Several(
                rows.keys[k],
                rows.queries[q],
                tuple((rows.values[v], tuple(places)) for v, places in values.items()),
                max(given.values()) == 1,
            )
        )
    return tuple(result)


def _columns(rows: Rows, facts: Iterable[Fact], several: set[Pair]) -> tuple[Column, ...]:
    count, twice = Counter(q for _, q, _ in facts), Counter(q for _, q in several)
    answered: dict[int, set[int]] = defaultdict(set)
    taken: dict[int, set[int]] = defaultdict(set)
    for k, q, v in facts:
        answered[q].add(k)
        taken[q].add(v)
    by_source: dict[int, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for k, q, source in zip(rows.k, rows.q, rows.notes.get("source", ()), strict=False):
        by_source[q][source].add(k)
    columns = []
    for q, query in enumerate(rows.queries):
        left = [key for k, key in enumerate(rows.keys) if k not in answered[q]]
        given = {source: len(keys) for source, keys in sorted(by_source[q].items())}
        columns.append(
            Column(
                query,
                count[q],
                len(answered[q]),
                len(taken[q]),
                twice[q],
                len(left),
                tuple(left[:NAMED]),
                given,
            )
        )
    return tuple(columns)


def _variants(
    rows: Rows, facts: Iterable[Fact], searches: Mapping[str, Search]
) -> Iterable[Variant]:
    for axis, mode in enumerate(MODES):
        index = {label: i for i, label in enumerate(_labels(rows, mode))}
        wanted = {index[x] for near in searches[mode].pairs for x in (near.one, near.other)}
        around: dict[int, set[Pair]] = {i: set() for i in wanted}
        for fact in facts if wanted else ():
            if fact[axis] in around:
                around[fact[axis]].add(fact[:axis] + fact[axis + 1 :])  # type: ignore[arg-type]
        for near in searches[mode].pairs:
            one, other = around[index[near.one]], around[index[near.other]]
            if mode == "V" and {q for _, q in one}.isdisjoint(q for _, q in other):
                continue  # never answers to the same question
            # what is around a value has no values: merging two values makes no clash
            clash = 0 if mode == "V" else _clashes(one, other)
            yield Variant(mode, near, len(one & other), clash)


def _same_keys(rows: Rows, facts: Iterable[Fact]) -> tuple[SameKey, ...]:
    return tuple(
        SameKey(
            rows.keys[one],
            rows.keys[other],
            tuple((rows.queries[q], rows.values[v]) for q, v in same),
            differ,
        )
        for one, other, same, differ in twins(facts)
    )


def _clashes(one: set[Pair], other: set[Pair]) -> int:
    """Cells that both fill, but not with the same values."""
    first, second = _by_cell(one), _by_cell(other)
    return sum(first[cell] != second[cell] for cell in first.keys() & second.keys())


def _by_cell(around: set[Pair]) -> dict[int, set[int]]:
    values: dict[int, set[int]] = {}
    for cell, v in around:
        values.setdefault(cell, set()).add(v)
    return values


def _shared(rows: Rows, facts: Iterable[Fact]) -> tuple[tuple[Shared, ...], int, bool]:
    takers: dict[int, set[int]] = defaultdict(set)
    for _, q, v in facts:
        takers[v].add(q)
    shared = {v: sorted(queries) for v, queries in takers.items() if len(queries) > 1}
    counts: dict[Pair, list[int]] = {}
    budget = PAIRED
    for v in sorted(shared, key=lambda v: (len(shared[v]), v)):
        budget -= len(shared[v]) * (len(shared[v]) - 1) // 2
        if budget < 0:
            break
        for pair in combinations(shared[v], 2):
            counts.setdefault(pair, []).append(v)
    found = [
        Shared(
            rows.queries[p],
            rows.queries[q],
            len(values),
            tuple(rows.values[v] for v in sorted(values)[:3]),
        )
        for (p, q), values in counts.items()
    ]
    found.sort(key=lambda s: -s.values)
    return tuple(found), len(shared), budget >= 0
