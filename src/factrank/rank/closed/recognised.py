"""Structure that settles a rank at once: C4, C6, C7 and P8, tried on a database or block."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from factrank.facts.database import MODES, Database
from factrank.rank.algebra.terms import Term
from factrank.rank.closed import tables
from factrank.rank.closed.table_terms import group_terms, sum_terms
from factrank.rank.lower.bounds import LowerBound
from factrank.rank.lower.pencil import Pencil, pencils

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


def structures(database: Database, side: int = PENCIL_SIDE) -> Iterator[Structure]:
    """Every theorem of this kind that applies, the cheapest to recognise first. [ours]

    Slices are expected to be distinct (``reduction.distinct``).

    >>> from factrank.facts.families import modular_addition
    >>> [(s.name, s.bound.value, len(s.terms)) for s in structures(modular_addition(5))]
    [('C7 group table', 7, 8)]
    """
    if found := tables.sums(database):
        yield Structure("C6 sums", tables.sums_bound(database, found), True, sum_terms(found))
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


def _pencil(database: Database, mode: str, side: int) -> Pencil | None:
    sizes = [size for m, size in zip(MODES, database.shape, strict=True) if m != mode]
    if max(sizes) > side or len(database.labels(mode)) > side:
        return None
    return pencils(database, mode)
