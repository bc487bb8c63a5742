"""rank_interval(database): run the bounds, keep the best of each side, and say which they were."""

from __future__ import annotations

from dataclasses import dataclass

from factrank.errors import FactrankError
from factrank.facts.database import MODES, Database
from factrank.rank import lower, upper
from factrank.rank.lower import LowerBound
from factrank.rank.terms import Term


@dataclass(frozen=True)
class RankInterval:
    """``lower <= rank(D) <= upper`` over the real numbers.

    ``evidence`` lists every bound tried, as (name, value); ``proof`` is the best lower bound with
    its data; ``terms`` is the shortest decomposition found: it sums to D exactly.

    >>> str(RankInterval(5, 5, "R", (), None, ()))
    'rank is exactly 5 over R'
    """

    lower: int
    upper: int
    field: str
    evidence: tuple[tuple[str, int], ...]
    proof: LowerBound | None
    terms: tuple[Term, ...]
    lower_by: str = ""
    upper_by: str = ""

    @property
    def exact(self) -> bool:
        """True if the interval is one number."""
        return self.lower == self.upper

    def __str__(self) -> str:
        if self.exact:
            return f"rank is exactly {self.lower} over {self.field}"
        return f"{self.lower} <= rank <= {self.upper} over {self.field}"


def rank_interval(database: Database) -> RankInterval:
    """The certified interval of the real rank of D.

    Lower bounds: P1 on each unfolding. Upper bounds: U1-U4, each a decomposition actually built;
    U3 and U4 only for functional databases.

    Errors: ``FactrankError`` if there is no fact.

    >>> print(rank_interval(Database.from_triples([("a", "r", "x"), ("b", "r", "y")])))
    rank is exactly 2 over R
    """
    if not database.facts:
        raise FactrankError("database: expected at least one fact, found none")
    lowers = {f"P1 {mode} unfolding": lower.unfolding(database, mode) for mode in MODES}
    uppers = _decompositions(database)
    lower_by = max(lowers, key=lambda name: lowers[name].value)
    upper_by = min(uppers, key=lambda name: len(uppers[name]))
    evidence = [(name, bound.value) for name, bound in lowers.items()]
    evidence += [(name, len(terms)) for name, terms in uppers.items()]
    return RankInterval(
        lowers[lower_by].value,
        len(uppers[upper_by]),
        "R",
        tuple(evidence),
        lowers[lower_by],
        uppers[upper_by],
        lower_by,
        upper_by,
    )


def _decompositions(database: Database) -> dict[str, tuple[Term, ...]]:
    found = {f"U1 {pair} pairs": upper.pair_terms(database, pair) for pair in upper.PAIRS}
    found["U2 value slices"] = upper.slice_terms(database)
    if not database.functional:
        found["U2 key slices"] = upper.slice_terms(database, "K")
        found["U2 query slices"] = upper.slice_terms(database, "Q")
    if database.functional:
        found["U3 hub"] = upper.hub_terms(database)
        found["U4 relations"] = upper.tree_terms(database, "Q")
        found["U4 keys"] = upper.tree_terms(database, "K")
    return found
