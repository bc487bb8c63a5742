"""What is known of the rank of one database or block, and how a better bound replaces a worse."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from factrank.facts.database import Database
from factrank.rank.algebra.terms import Term
from factrank.rank.closed.shapes import RealUpper, Structure
from factrank.rank.lower.bounds import LowerBound


class Plan(Protocol):
    """A decomposition whose size is known before its terms are written out."""

    @property
    def size(self) -> int: ...

    def terms(self) -> tuple[Term, ...]: ...


@dataclass(frozen=True)
class Part:
    """What is known of one block: ``flat`` its best unfolding bound, ``best`` its best bound of
    any kind, ``terms`` its shortest decomposition, ``real`` an upper bound by a theorem where
    that is less than the terms, and the evidence for each."""

    database: Database
    flat: LowerBound
    best: LowerBound
    terms: tuple[Term, ...]
    lower_by: str
    upper_by: str
    evidence: tuple[tuple[str, int], ...]
    real: RealUpper | None = None

    @property
    def upper(self) -> int:
        return self.real.value if self.real else len(self.terms)

    @property
    def closed(self) -> bool:
        return self.best.value == self.upper

    def __str__(self) -> str:
        return f"{self.best.value} <= rank <= {self.upper}"

    def with_lower(self, name: str, bound: LowerBound | None) -> Part:
        """Keep the better of the lower bounds, and both as evidence."""
        if bound is None:
            return self
        known = replace(self, evidence=(*self.evidence, (name, bound.value)))
        if bound.value <= self.best.value:
            return known
        return replace(known, best=bound, lower_by=name)

    def with_upper(self, name: str, terms: tuple[Term, ...]) -> Part:
        """Keep the shorter of the decompositions, and both as evidence."""
        known = replace(self, evidence=(*self.evidence, (name, len(terms))))
        if len(terms) >= len(self.terms):
            return known
        if self.real and self.real.value < len(terms):
            return replace(known, terms=terms)
        return replace(known, terms=terms, upper_by=name, real=None)

    def with_real(self, name: str, real: RealUpper | None) -> Part:
        """Keep an upper bound by a theorem if it says more than all others."""
        if real is None or real.value >= self.upper:
            return self
        known = (*self.evidence, (name, real.value))
        return replace(self, real=real, upper_by=name, evidence=known)

    def with_structure(self, found: Structure) -> Part:
        """Keep what a theorem on the whole part says, on both sides."""
        part = self.with_lower(found.name, found.bound)
        if found.terms is not None:
            shorter = len(found.terms) == found.bound.value
            part = part.with_upper(found.name if shorter else f"{found.name} over Q", found.terms)
        if found.exact:
            part = part.with_real(found.name, RealUpper(((self.database, found.bound),)))
        return part

    def with_plan(self, name: str, plan: Plan) -> Part:
        """Like ``with_upper``, but write out the terms only if they are fewer."""
        if plan.size < len(self.terms):
            return self.with_upper(name, plan.terms())
        return replace(self, evidence=(*self.evidence, (name, plan.size)))
