"""Closed forms: ``structures`` tries those that settle a rank at once, C4, C6, C7 and P8, and the
lower bound C8, on a database or block.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from factrank.facts.database import MODES, Database
from factrank.rank.algebra.reduction import Members, spread
from factrank.rank.algebra.terms import NAMES, Pair, Term, carry, term_document
from factrank.rank.closed import tables
from factrank.rank.closed.algebra import algebra
from factrank.rank.closed.table_terms import group_terms, sum_terms
from factrank.rank.lower.bounds import LowerBound
from factrank.rank.lower.pencil import Pencil, pencils

if TYPE_CHECKING:
    from factrank.rank.part import Part


PENCIL_SIDE = 20  # of the slices of a pencil that is solved in a moment
WITNESS = 64  # elements of a group whose rational terms are written out


class Structure(NamedTuple):
    """What a theorem says: ``bound`` below; if ``exact``, its value is the real rank.

    ``terms`` is a rational decomposition where one is written out, not always as short as that.
    """

    name: str
    bound: LowerBound
    exact: bool
    terms: tuple[Term, ...] | None


def sums(database: Database) -> Structure | None:
    """C6: k + q, whole or cut off: m + n - 1 for m keys and n queries. [ours]

    Interpolation above, P6 below. None if the form does not apply.

    >>> db = Database.from_triples((f"{k}", f"+{q}", f"{k + q}") for k in range(3) for q in (0, 1))
    >>> sums(db).bound.value
    4
    """
    if (found := tables.sums(database)) is None:
        return None
    return Structure("C6 sums", tables.sums_bound(database, found), True, sum_terms(found))


def structures(database: Database, side: int = PENCIL_SIDE) -> Iterator[Structure]:
    """Every theorem of this kind that applies, the cheapest to recognise first. [ours]

    Slices are expected to be distinct (``reduction.distinct``).

    >>> from factrank.facts.families import modular_addition
    >>> [(s.name, s.bound.value, len(s.terms)) for s in structures(modular_addition(5))]
    [('C7 group table', 7, 8)]
    """
    if found := sums(database):
        yield found
    elif group := tables.group(database):
        terms = group_terms(group) if group.abelian and len(group.table) <= WITNESS else None
        bound = tables.group_bound(database, group)
        yield Structure("C7 group table", bound, group.abelian, terms)
    elif two := tables.bijections(database):
        pencil = pencils(database, "Q") if database.shape[0] <= side else None
        terms = pencil.terms() if pencil else None
        yield Structure("C4 two bijections", two, True, terms)
    else:
        for mode in MODES:
            if pencil := _pencil(database, mode, side):
                yield Structure(f"P8 pencil {mode}", pencil.bound, True, pencil.terms())
        if (bound := algebra(database)) and len(database.blocks()) == 1:
            yield Structure("C8 algebra", bound, False, None)


def _pencil(database: Database, mode: str, side: int) -> Pencil | None:
    sizes = [size for m, size in zip(MODES, database.shape, strict=True) if m != mode]
    if max(sizes) > side or len(database.labels(mode)) > side:
        return None
    return pencils(database, mode)


@dataclass(frozen=True)
class RealUpper:
    """``rank(D) <= value`` over R: exact ranks of some parts of the facts, terms for the rest.

    ``parts`` pairs each such part with the theorem on it (P8, C4 or C7), whose value is then the
    exact rank of the part. ``members`` says which labels have slices equal to those of a label in
    the parts; ``terms`` and ``pairs`` of terms sum to the facts outside the parts.

    >>> RealUpper(((Database((), (), (), ()), LowerBound(7, "C7", {})),)).value
    7
    """

    parts: tuple[tuple[Database, LowerBound], ...]
    terms: tuple[Term, ...] = ()
    pairs: tuple[Pair, ...] = ()

    @property
    def value(self) -> int:
        proved = sum(bound.value for _, bound in self.parts)
        return proved + len(self.terms) + 2 * len(self.pairs)

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
        pairs = [
            {
                "root": pair.root,
                "plain": term_document(whole, plain),
                "rooted": term_document(whole, rooted),
            }
            for pair in self.pairs
            for plain, rooted in [spread((pair.plain, pair.rooted), members)]
        ]
        return {"parts": documents, "terms": terms} | ({"pairs": pairs} if pairs else {})


def together(small: Database, parts: Iterable[Part]) -> RealUpper | None:
    """The bound of several blocks: theorems where they say more, terms elsewhere; or None."""
    proved: list[tuple[Database, LowerBound]]
    terms: list[Term]
    pairs: list[Pair]
    proved, terms, pairs = [], [], []
    for part in parts:
        if part.real is None:
            terms += carry(part.terms, part.database, small)
        else:
            proved += part.real.parts
            terms += carry(part.real.terms, part.database, small)
            for pair in part.real.pairs:
                both = carry((pair.plain, pair.rooted), part.database, small)
                pairs.append(Pair(pair.root, *both))
    return RealUpper(tuple(proved), tuple(terms), tuple(pairs)) if proved or pairs else None
