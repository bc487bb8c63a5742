"""The counts of an audit, one function each, over the occurrences of a table; before them what may
be found, one record each: where it stands and what it is. [ours]"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from factrank.facts.forms import forms, numbers, plain
from factrank.facts.labels import MODES
from factrank.facts.likeness import Near, Search
from factrank.facts.rows import Rows


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
    """One relation: its facts, the keys it answers, its different values, what it leaves out.

    ``measured`` if its values are numbers that nearly all differ, as measurements (and running
    numbers) do: its rank is then no more than their count.
    """

    query: str
    facts: int
    answered: int
    range: int
    several: int
    missing: int
    missing_keys: tuple[str, ...]  # the first 1000 of them
    by_source: Mapping[str, int]  # source -> keys it answers
    measured: bool


class Variant(NamedTuple):
    """Two near labels of one mode and what merging them does: facts that become one, and pairs
    (key, query) that get several values by it; ``apart`` if they are values of which no relation
    takes both."""

    mode: str
    near: Near
    same: int
    clash: int
    apart: bool


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


FEW = 3  # keys that may share a value for it to tell them from others
LEAST = 2  # such values that two keys share before they are proposed


Twins = tuple[int, int, tuple[tuple[int, int], ...], int]  # as in ``SameKey``, by their numbers


def twins(facts: Iterable[tuple[int, int, int]]) -> list[Twins]:
    """Pairs of keys that agree where agreement is rare, those that share most first. [ours]

    A relation tells keys apart if it has more different values than half of the keys it answers; a
    value is rare if at most three keys have it there. Two keys are proposed if they share at least
    two rare values of such relations, and differ on no more relations than they agree on.

    >>> facts = [(k, q, 10 * k + q) for k in range(5) for q in range(3)]
    >>> twins([*facts, (5, 0, 40), (5, 1, 41), (5, 2, 99)])
    [(4, 5, ((0, 40), (1, 41)), 1)]
    """
    holders: dict[tuple[int, int], list[int]] = defaultdict(list)
    values: dict[tuple[int, int], set[int]] = defaultdict(set)
    for k, q, v in sorted(facts):
        holders[q, v].append(k)
        values[k, q].add(v)
    answered = Counter(q for _, q in values)
    ranges = Counter(q for q, _ in holders)
    telling = {q for q in answered if 2 * ranges[q] > answered[q]}
    shared: Counter[tuple[int, int]] = Counter()
    for (q, _), keys in holders.items():
        if q in telling and len(keys) <= FEW:
            shared.update(combinations(keys, 2))
    by_key: dict[int, dict[int, set[int]]] = defaultdict(dict)
    for (k, q), vs in values.items():
        by_key[k][q] = vs
    found = []
    for (one, other), count in shared.items():
        if count < LEAST:
            continue
        f, g = by_key[one], by_key[other]
        both = sorted(f.keys() & g.keys())
        same = tuple((q, v) for q in both for v in sorted(f[q] & g[q]))
        differ = sum(not f[q] & g[q] for q in both)
        if 2 * differ <= len(both):
            found.append((one, other, same, differ))
    return sorted(found, key=lambda it: (-len(it[2]), *it[:2]))


NAMED = 1000  # keys named that a relation does not answer; all are counted
MEASURED = 10  # facts from which a relation may be called one of measured numbers
MOST = 0.9  # share of them that are numbers, and of values that differ
PAIRED = 2_000_000  # pairs of relations counted for one table's shared values

Fact = tuple[int, int, int]
Pair = tuple[int, int]


def place(rows: Rows, i: int) -> Place:
    """Where occurrence i stands."""
    source, date = (
        rows.notes[name][i] if name in rows.notes else "" for name in ("source", "date")
    )
    return Place(rows.line[i], source, date)


def labels(rows: Rows, mode: str) -> tuple[str, ...]:
    """The labels of one mode."""
    return (rows.keys, rows.queries, rows.values)[MODES.index(mode)]


def sets(rows: Rows) -> tuple[set[Fact], set[Fact], set[Pair]]:
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


def repeats(rows: Rows, repeated: set[Fact]) -> tuple[tuple[Repeat, ...], int]:
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


def several(rows: Rows, pairs: set[Pair]) -> tuple[Several, ...]:
    """The pairs with several values, each value with its places."""
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


def columns(rows: Rows, facts: Iterable[Fact], several: set[Pair]) -> tuple[Column, ...]:
    """One entry a relation."""
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
                _measured(count[q], [rows.values[v] for v in taken[q]]),
            )
        )
    return tuple(columns)


def _measured(facts: int, values: Sequence[str]) -> bool:
    """Whether a relation's values are numbers of which nearly every one differs."""
    if facts < MEASURED or len(values) < MOST * facts:
        return False
    return sum(bool(numbers(value)) for value in values) >= MOST * len(values)


def variants(
    rows: Rows, facts: Iterable[Fact], searches: Mapping[str, Search]
) -> tuple[tuple[Variant, ...], int]:
    """Near labels that could be merged, and what merging would do; and how many pairs of near
    values are left out, as no relation takes both and they are not one in another form."""
    found, left_out = [], 0
    for axis, mode in enumerate(MODES):
        index = {label: i for i, label in enumerate(labels(rows, mode))}
        wanted = {index[x] for near in searches[mode].pairs for x in (near.one, near.other)}
        around: dict[int, set[Pair]] = {i: set() for i in wanted}
        for fact in facts if wanted else ():
            if fact[axis] in around:
                around[fact[axis]].add(fact[:axis] + fact[axis + 1 :])  # type: ignore[arg-type]
        for near in searches[mode].pairs:
            one, other = around[index[near.one]], around[index[near.other]]
            apart = mode == "V" and {q for _, q in one}.isdisjoint(q for _, q in other)
            if apart and forms(near.one).isdisjoint(forms(near.other)):
                left_out += 1  # answers to unlike questions, and unlike
                continue
            # what is around a value has no values: merging two values makes no clash
            clash = 0 if mode == "V" else _clashes(one, other)
            found.append(Variant(mode, near, len(one & other), clash, apart))
    return tuple(found), left_out


def across(rows: Rows) -> tuple[tuple[str, str], ...]:
    """Pairs of a key and a value that are one text in another case, Unicode or blanks."""
    keys: dict[str, list[str]] = {}
    for key in rows.keys:
        keys.setdefault(plain(key), []).append(key)
    return tuple((k, v) for v in rows.values for k in keys.get(plain(v), ()) if k != v)


def same_keys(rows: Rows, facts: Iterable[Fact]) -> tuple[SameKey, ...]:
    """Keys of unlike names that share rare values."""
    K, Q, V = rows.keys, rows.queries, rows.values
    return tuple(
        SameKey(K[one], K[other], tuple((Q[q], V[v]) for q, v in same), differ)
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


def shared(rows: Rows, facts: Iterable[Fact]) -> tuple[tuple[Shared, ...], int, bool]:
    """Pairs of relations with common values, how many such values, and whether all were counted."""
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
