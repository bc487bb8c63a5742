"""The checker's part for upper bounds: terms are summed, and parts of the facts may be theorems.

The terms sum to D, so its rank is at most their number; they are rational. Where a theorem says
that fewer real terms do, upper_proof splits the facts: ranks of the parts add up to a bound on the
rank of the whole. Labels of a part with equal slices may share a representative, since equal
slices do not change a rank; the theorem is about the representatives, and gives an exact rank.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from factrank.facts import strict
from factrank.facts.strict import show, wrong

WORK = 10**9  # products of three numbers: the most we check
Fact = tuple[int, int, int]
Facts = Sequence[Fact]
Exact = Callable[[str, Any, Facts, Sequence[Mapping[str, int]], bool], int]


@dataclass(frozen=True)
class Sides:
    """``axes``: (name, label -> index) of the three modes; ``show`` writes a fact in labels."""

    axes: Sequence[tuple[str, Mapping[str, int]]]
    show: Callable[[Fact], str]

    def total(self, at: str, terms: Any, facts: Collection[Fact]) -> int:
        """Check that the terms sum to 1 on every fact and to 0 elsewhere; their number."""
        left, work = dict[Any, Any].fromkeys(facts, 1), 0
        for n, term in enumerate(strict.items(at, terms)):
            strict.fields(f"{at}[{n}]", term, "keys queries values")
            a, b, c = (strict.vector(f"{at}[{n}].{x}", term[x], index) for x, index in self.axes)
            if (work := work + len(a) * len(b) * len(c)) > WORK:
                wrong(f"{at}[{n}]", f"at most {WORK} products in all", "more")
            for k, r in a:
                for q, s in b:
                    for v, t in c:
                        rest = left.pop((k, q, v), 0) - r * s * t
                        if rest:
                            left[k, q, v] = rest
        for cell, rest in left.items():
            fact = int(cell in set(facts))
            wrong(at, f"a sum of {fact} at {self.show(cell)}", show(fact - rest))
        return len(terms)

    def parts(self, at: str, data: Any, facts: Facts, exact: Mapping[str, Exact]) -> int:
        """Check that theorems on parts of the facts, and terms for the rest, bound the rank."""
        left, total = set(facts), 0
        index = [labels for _, labels in self.axes]
        strict.fields(at, data, "parts terms")
        for n, part in enumerate(strict.items(f"{at}.parts", data["parts"])):
            there = f"{at}.parts[{n}]"
            strict.fields(there, part, "keys queries values proof")
            like = [strict.mapping(f"{there}.{x}", part[x], of) for x, of in self.axes]
            here = [f for f in facts if all(i in m for i, m in zip(f, like, strict=True))]
            if not left.issuperset(here):
                wrong(there, "facts that are in no other part", "a fact twice")
            left.difference_update(here)
            kept = {(like[0][k], like[1][q], like[2][v]) for k, q, v in here}
            times = [Counter(m.values()) for m in like]
            if len(here) != sum(times[0][k] * times[1][q] * times[2][v] for k, q, v in kept):
                wrong(there, "slices equal to those of their representatives", "others")
            proof = part["proof"] if type(part["proof"]) is dict else {}
            theorem = strict.one_of(f"{there}.proof.theorem", proof.get("theorem"), exact)
            total += exact[theorem](f"{there}.proof", proof, sorted(kept), index, True)
        return total + self.total(f"{at}.terms", data["terms"], left)
