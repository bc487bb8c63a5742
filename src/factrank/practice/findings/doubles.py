"""Keys that may be one thing under two names, because they share values that few others have."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import combinations
from typing import NamedTuple

FEW = 3  # keys that may share a value for it to tell them from others
LEAST = 2  # such values that two keys share before they are proposed


class Twin(NamedTuple):
    """Two keys, the facts they share, and on how many relations both have values but differ."""

    one: int
    other: int
    same: tuple[tuple[int, int], ...]  # (query, value)
    differ: int


def twins(facts: Iterable[tuple[int, int, int]]) -> tuple[Twin, ...]:
    """Pairs of keys that agree where agreement is rare, those that share most first. [ours]

    A relation tells keys apart if it has more different values than half of the keys it answers; a
    value is rare if at most three keys have it there. Two keys are proposed if they share at least
    two rare values of such relations, and differ on no more relations than they agree on.

    >>> facts = [(k, q, 10 * k + q) for k in range(5) for q in range(3)]
    >>> twins([*facts, (5, 0, 40), (5, 1, 41), (5, 2, 99)])
    (Twin(one=4, other=5, same=((0, 40), (1, 41)), differ=1),)
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
            found.append(Twin(one, other, same, differ))
    found.sort(key=lambda twin: (-len(twin.same), twin.one, twin.other))
    return tuple(found)
