"""Upper bound U6: a random walk among exact integer decompositions (flip graph).

A vector of small integers is packed into one Python integer, BITS bits an entry: adding vectors
is adding integers, equality is equality, and a sign is a sign.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from factrank.rank.algebra.terms import Term, Vector

BITS = 12
CAP = 4  # entries stay within [-4, 3]; larger ones never led to shorter sums here
Shape = tuple[int, int, int]


def flip_terms(
    terms: Sequence[Term],
    shape: Shape,
    moves: int,
    seed: int = 0,
    *,
    goal: int = 0,
    patience: int = 3000,
    stop: Callable[[], bool] = lambda: False,
) -> tuple[Term, ...]:
    """U6: shorten an integer decomposition by flips that never change its sum.

    a(x)b(x)c + a(x)b'(x)c' = a(x)(b + s b')(x)c + a(x)b'(x)(c' - s c), s = 1 or -1, in any order
    of the modes; a term with a zero vector is dropped. After ``patience`` flips without progress
    a plus transition adds a term: t + u = a(x)(b + b')(x)c + u - a(x)b'(x)c. At most ``moves``
    moves; stops at ``goal`` terms. Terms with fractions are returned as they came.
    [cited: Kauers, Moosbauer; plus transitions: Arai, Ichikawa, Hukushima]

    >>> one, two = Term({0: 1}, {0: 1}, {0: 1}), Term({0: 1}, {0: 1}, {1: 1})
    >>> len(flip_terms([one, two], (1, 1, 2), moves=100))
    1
    """
    if any(
        not isinstance(x, int) or abs(x) >= CAP for t in terms for vec in t for x in vec.values()
    ):
        return tuple(terms)
    walk = _Walk(terms, shape, random.Random(seed))
    best = walk.snapshot()
    since = 0
    for move in range(moves):
        if len(best) <= goal or (move % 1000 == 0 and stop()):
            break
        since += 1
        if since > patience or not walk.flip():
            since = 0
            if len(walk.terms) > len(best):  # one step up led nowhere: back to the best
                walk.reset(best)
            walk.plus()
        if len(walk.terms) < len(best):
            best, since = walk.snapshot(), 0
    return tuple(Term(*(_unpack(x) for x in term)) for term in best)


class _Walk:
    """The current decomposition: packed terms, and for each mode who shares which factor."""

    def __init__(self, terms: Sequence[Term], shape: Shape, rng: random.Random) -> None:
        self.random, self.rng = rng.random, rng
        self.bias = [sum(CAP << (BITS * i) for i in range(n)) for n in shape]
        self.outside = [~sum((2 * CAP - 1) << (BITS * i) for i in range(n)) for n in shape]
        self.reset([[_pack(vector) for vector in term] for term in terms])

    def snapshot(self) -> list[list[int]]:
        return [list(term) for term in self.terms]

    def reset(self, terms: list[list[int]]) -> None:
        """Start from these terms; the first two factors are kept positive, the third signed."""
        self.terms: list[list[int]] = []
        self.sharing: tuple[dict[int, list[int]], ...] = ({}, {}, {})
        for term in terms:
            self._append(list(term))

    def flip(self) -> bool:
        """One random flip; False if no two terms share a factor (after a fair search)."""
        terms, rand = self.terms, self.random
        for _ in range(4 * len(terms) + 8):
            i, mode = int(rand() * len(terms)), int(rand() * 3)
            members = self.sharing[mode][_key(terms[i], mode)]
            if len(members) > 1:
                break
        else:
            return False
        j = members[int(rand() * len(members))]
        if i == j:
            return True
        p, q = (
            ((mode + 1) % 3, (mode + 2) % 3) if rand() < 0.5 else ((mode + 2) % 3, (mode + 1) % 3)
        )
        t, u = terms[i], terms[j]
        # Write u with exactly t's factor in the shared mode: a sign moves to its factor q.
        swap = -1 if t[mode] != u[mode] else 1
        s = 1 if rand() < 0.5 else -1
        new_p, new_q = t[p] + s * u[p], swap * u[q] - s * t[q]
        if self._too_large(p, new_p) or self._too_large(q, new_q):
            return True
        self._change(i, p, new_p)
        self._change(j, q, new_q if swap == 1 else -new_q)
        for n in sorted((i, j), reverse=True):
            if 0 in terms[n]:
                self._remove(n)
        return True

    def plus(self) -> None:
        """One step up: t + u = a(x)(b + b')(x)c + u - a(x)b'(x)c, for random t, u and modes."""
        if len(self.terms) < 2:
            return
        i, j = self.rng.sample(range(len(self.terms)), 2)
        mode = self.rng.randrange(3)
        p, q = (mode + 1) % 3, (mode + 2) % 3
        t, u = self.terms[i], self.terms[j]
        total = t[p] + u[p]
        if not total or self._too_large(p, total):
            return
        extra = list(t)
        extra[p], extra[q] = u[p], -t[q]
        self._change(i, p, total)
        self._append(extra)

    def _too_large(self, mode: int, packed: int) -> bool:
        return bool((packed + self.bias[mode]) & self.outside[mode])

    def _append(self, term: list[int]) -> None:
        for mode in range(3):
            self.sharing[mode].setdefault(_key(term, mode), []).append(len(self.terms))
        self.terms.append(term)

    def _change(self, n: int, mode: int, packed: int) -> None:
        term, sharing = self.terms[n], self.sharing[mode]
        self._leave(sharing, _key(term, mode), n)
        term[mode] = packed
        sharing.setdefault(_key(term, mode), []).append(n)

    def _remove(self, n: int) -> None:
        last = len(self.terms) - 1
        for mode in range(3):
            sharing = self.sharing[mode]
            self._leave(sharing, _key(self.terms[n], mode), n)
            if n != last:
                members = sharing[_key(self.terms[last], mode)]
                members[members.index(last)] = n
        self.terms[n] = self.terms[last]
        self.terms.pop()

    @staticmethod
    def _leave(sharing: dict[int, list[int]], key: int, n: int) -> None:
        members = sharing[key]
        members.remove(n)
        if not members:
            del sharing[key]


def _key(term: Sequence[int], mode: int) -> int:
    """A factor up to sign."""
    return abs(term[mode])


def _pack(vector: Vector) -> int:
    return sum(int(x) << (BITS * i) for i, x in vector.items())


def _unpack(packed: int) -> dict[int, int]:
    vector: dict[int, int] = {}
    half, i = 1 << (BITS - 1), 0
    while packed:
        entry = ((packed + half) & ((1 << BITS) - 1)) - half
        if entry:
            vector[i] = entry
        packed = (packed - entry) >> BITS
        i += 1
    return vector
