"""The checker's part for upper bounds: terms are summed, and parts of the facts may be theorems.

The terms sum to D, so its rank is at most their number; they are rational. Where a theorem says
that fewer real terms do, upper_proof splits the facts: ranks of the parts add up to a bound on the
rank of the whole. Labels of a part with equal slices may share a representative, since equal
slices do not change a rank; the theorem is about the representatives, and gives an exact rank.
A pair is two real terms, (a + a's)(b + b's)(c + c's) with s the root of d and the same with -s:
together 2 abc + 2d (ab'c' + a'bc' + a'b'c), four rational terms that cost two.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from factrank.facts import strict
from factrank.facts.strict import show, wrong
from factrank.rank.verify.work import Work, cleared, common, product_steps, words

Fact = tuple[int, int, int]
Facts = Sequence[Fact]
# queries, values, denominator, how long numbers of keys and queries, and of values, are
Plane = tuple[list[tuple[int, Any]], list[tuple[int, Any]], int, tuple[int, int]]
HALVES = ("plain", "rooted")
ROOT = 10**6  # a root is one of a smaller whole number
SHARES = (0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0)  # which vectors of a pair are a', b', c'
Exact = Callable[[str, Any, Facts, Sequence[Mapping[str, int]], Work, bool], int]


@dataclass(frozen=True)
class Sides:
    """``axes``: (name, label -> index) of the three modes; ``show`` writes a fact in labels."""

    axes: Sequence[tuple[str, Mapping[str, int]]]
    show: Callable[[Fact], str]
    work: Work

    def total(self, at: str, terms: Any, facts: Collection[Fact], more: Any = ()) -> int:
        """Check that the terms sum to 1 on every fact and to 0 elsewhere; their number.

        Key by key, in whole numbers: both sides times a common denominator of the terms there.
        """
        mine: dict[int, list[tuple[Any, Plane]]] = {f[0]: [] for f in facts}
        plain = [(f"{at}[{n}]", term, 1) for n, term in enumerate(strict.items(at, terms))]
        for there, term, times in [*plain, *more]:
            strict.fields(there, term, "keys queries values")
            a, b, c = (self._whole(f"{there}.{x}", term[x], index) for x, index in self.axes)
            sizes = [words(y for _, y in x) for x, _ in (a, b, c)]
            long = sizes[0] + sizes[1] + (times > 1)
            each = 3 + product_steps(long, sizes[2])
            self.work.take(there, len(a[0]) * len(b[0]) * len(c[0]) * each)
            plane = b[0], c[0], a[1] * b[1] * c[1], (long, sizes[2])
            for k, r in a[0]:
                mine.setdefault(k, []).append((r * times, plane))
        left = _by_key(facts)
        for k, planes in mine.items():
            self.work.take(at, sum(8 * (words([d]) - 1) for _, (_, _, d, _) in planes))
            scale = common(at, (d for _, (_, _, d, _) in planes))
            if (long := words([scale])) > 1:
                self._afford(at, planes, long)
            self._slice(at, k, left.get(k, []), planes, scale)
        return len(terms)

    def _afford(self, at: str, planes: Sequence[tuple[Any, Plane]], long: int) -> None:
        """Account for the sum at one key, times a common denominator of so many words."""
        lines = sum(len(b) for _, (b, _, _, _) in planes)
        cells = sum(len(b) * len(c) for _, (b, c, _, _) in planes)
        widest = max(len(c) for _, (_, c, _, _) in planes)
        first, last = (max(size[n] for _, (_, _, _, size) in planes) for n in range(2))
        self.work.take(at, (3 + product_steps(long, first)) * lines)
        self.work.take(at, product_steps(long, last) * cells)
        self.work.keep(at, lines + widest, long + first + last, now=True)

    def _whole(self, at: str, data: Any, index: Mapping[str, int]) -> tuple[list[Any], int]:
        vector = strict.vector(at, data, index)
        numbers, d = cleared(at, (x for _, x in vector), self.work)
        return [(i, x) for (i, _), x in zip(vector, numbers, strict=True)], d

    def _slice(
        self, at: str, k: int, facts: Facts, planes: Sequence[tuple[Any, Plane]], scale: int
    ) -> None:
        left: dict[int, dict[int, Any]] = {}  # query -> value -> what is not yet summed
        for _, q, v in facts:
            left.setdefault(q, {})[v] = scale
        lines: dict[int, list[tuple[Any, list[Any]]]] = {q: [] for q in left}
        for r, (b, c, d, _) in planes:
            share = r * (scale // d)
            for q, s in b:
                lines.setdefault(q, []).append((s * share, c))
        for q, line in lines.items():  # one at a time: long numbers are many
            row = left.pop(q, {})
            for times, c in line:
                for v, t in c:
                    row[v] = row.get(v, 0) - times * t
            for v, rest in row.items():
                if rest:
                    fact = int((k, q, v) in set(facts))
                    found = show(fact - Fraction(int(rest), scale))
                    wrong(at, f"a sum of {fact} at {self.show((k, q, v))}", found)

    def parts(self, at: str, data: Any, facts: Facts, exact: Mapping[str, Exact]) -> int:
        """Check that theorems on parts of the facts, and terms for the rest, bound the rank."""
        left, total, by_key = set(facts), 0, _by_key(facts)
        index = [labels for _, labels in self.axes]
        more = type(data) is dict and "pairs" in data
        strict.fields(at, data, "parts terms" + " pairs" * more)
        pairs = list(self._pairs(f"{at}.pairs", data["pairs"])) if more else []
        for n, part in enumerate(strict.items(f"{at}.parts", data["parts"])):
            there = f"{at}.parts[{n}]"
            strict.fields(there, part, "keys queries values proof")
            like = [strict.mapping(f"{there}.{x}", part[x], of) for x, of in self.axes]
            near = [by_key.get(k, []) for k in like[0]]
            self.work.take(there, sum(map(len, near)) + sum(map(len, like)))
            here = [f for some in near for f in some if f[1] in like[1] and f[2] in like[2]]
            if not left.issuperset(here):
                wrong(there, "facts that are in no other part", "a fact twice")
            left.difference_update(here)
            kept = {(like[0][k], like[1][q], like[2][v]) for k, q, v in here}
            times = [Counter(m.values()) for m in like]
            if len(here) != sum(times[0][k] * times[1][q] * times[2][v] for k, q, v in kept):
                wrong(there, "slices equal to those of their representatives", "others")
            proof = part["proof"] if type(part["proof"]) is dict else {}
            theorem = strict.one_of(f"{there}.proof.theorem", proof.get("theorem"), exact)
            total += exact[theorem](f"{there}.proof", proof, sorted(kept), index, self.work, True)
        return total + self.total(f"{at}.terms", data["terms"], left, pairs) + len(pairs) // 2

    def _pairs(self, at: str, data: Any) -> Iterator[tuple[str, Any, int]]:
        """The four rational terms of each pair, each with its place and how often it counts."""
        for n, pair in enumerate(strict.items(at, data)):
            root = strict.fields(there := f"{at}[{n}]", pair, "root plain rooted")["root"]
            if type(root) is not int or not 0 < root < ROOT:
                wrong(f"{there}.root", f"a whole number from 1 to {ROOT - 1}", show(root))
            half = [strict.fields(f"{there}.{x}", pair[x], "keys queries values") for x in HALVES]
            for share in SHARES:
                axes = zip(self.axes, share, strict=True)
                term = {axis: half[rooted][axis] for (axis, _), rooted in axes}
                yield there, term, 2 * root if any(share) else 2


def _by_key(facts: Collection[Fact]) -> dict[int, list[Fact]]:
    found: dict[int, list[Fact]] = {}
    for f in facts:
        found.setdefault(f[0], []).append(f)
    return found
