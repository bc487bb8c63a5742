"""Upper bounds that a theorem gives where no rational decomposition is as short."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from factrank.facts.database import MODES, Database
from factrank.rank.algebra.reduction import Members, spread
from factrank.rank.algebra.terms import Term, carry, written
from factrank.rank.lower.bounds import LowerBound

if TYPE_CHECKING:
    from factrank.rank.block import Part

NAMES = ("keys", "queries", "values")


@dataclass(frozen=True)
class RealUpper:
    """``rank(D) <= value`` over R: exact ranks of some parts of the facts, terms for the rest.

    ``parts`` pairs each such part with the theorem on it (P8, C4 or C7), whose value is then the
    exact rank of the part. ``members`` says which labels have slices equal to those of a label in
    the parts; ``terms`` sum to the facts outside the parts.

    >>> RealUpper(((Database((), (), (), ()), LowerBound(7, "C7", {})),)).value
    7
    """

    parts: tuple[tuple[Database, LowerBound], ...]
    terms: tuple[Term, ...] = ()

    @property
    def value(self) -> int:
        return sum(bound.value for _, bound in self.parts) + len(self.terms)

    def document(self, small: Database, whole: Database, members: Members) -> dict[str, Any]:
        """The proof as one JSON-ready object, about the whole database. [ours]

        ``members`` maps each index of ``small`` to the indices of ``whole`` with equal slices.
        """
        documents = []
        for part, bound in self.parts:
            like = {}
            for name, mode, kept in zip(NAMES, MODES, members, strict=True):
                index = {label: i for i, label in enumerate(small.labels(mode))}
                names = whole.labels(mode)
                like[name] = {
                    names[n]: label for label in part.labels(mode) for n in kept[index[label]]
                }
            documents.append({**like, "proof": bound.document()})
        terms = [term_document(whole, term) for term in spread(self.terms, members)]
        return {"parts": documents, "terms": terms}


def term_document(database: Database, term: Term) -> dict[str, dict[str, int | str]]:
    """A term as a certificate holds it: an object of labels and numbers for each mode."""
    vectors = zip(NAMES, MODES, term, strict=True)
    return {
        name: {database.labels(mode)[i]: written(x) for i, x in vector.items() if x}
        for name, mode, vector in vectors
    }


def together(small: Database, parts: Iterable[Part]) -> RealUpper | None:
    """The bound of several blocks: theorems where they say more, terms elsewhere; or None."""
    proved: list[tuple[Database, LowerBound]]
    terms: list[Term]
    proved, terms = [], []
    for part in parts:
        if part.real is None:
            terms += carry(part.terms, part.database, small)
        else:
            proved += part.real.parts
            terms += carry(part.real.terms, part.database, small)
    return RealUpper(tuple(proved), tuple(terms)) if proved else None
