"""rank_interval(database): cheap bounds everywhere, dear ones where the interval is still open."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from factrank.errors import FactrankError, given
from factrank.facts.database import Database
from factrank.facts.words import counted, shown
from factrank.rank.algebra.reduction import distinct, spread
from factrank.rank.algebra.terms import Term, carry
from factrank.rank.block import cheap, search
from factrank.rank.closed.algebra import algebra
from factrank.rank.closed.shapes import together
from factrank.rank.effort import Effort, Run, effort_of
from factrank.rank.lower import bounds as lower
from factrank.rank.lower.bounds import LowerBound
from factrank.rank.lower.substitution import stacked
from factrank.rank.part import Part


@dataclass(frozen=True, repr=False)
class RankInterval:
    """``lower <= rank(D) <= upper`` over the real numbers.

    ``evidence`` lists every bound tried on the whole database, as (name, value); ``proof`` is the
    best lower bound with its data; ``terms`` is the shortest decomposition found: rational, and it
    sums to D exactly, so ``upper_rational`` bounds the rank over Q too. Where a theorem says that
    fewer real terms do, ``upper`` is its value and ``upper_proof`` its data, ready for JSON; else
    ``upper_proof`` is None. ``notes`` says what a reader must know: a search cut short, a
    set-valued database.

    >>> str(RankInterval(5, 5, "R", (), LowerBound(5, "P1", {}), ()))
    'rank is exactly 5 over R'
    """

    lower: int
    upper: int
    field: str
    evidence: tuple[tuple[str, int], ...]
    proof: LowerBound
    terms: tuple[Term, ...]
    lower_by: str = ""
    upper_by: str = ""
    notes: tuple[str, ...] = ()
    interrupted: bool = False
    upper_proof: Mapping[str, Any] | None = None

    @property
    def exact(self) -> bool:
        """True if the interval is one number."""
        return self.lower == self.upper

    @property
    def upper_rational(self) -> int:
        """An upper bound over Q, the number of rational terms in ``terms``."""
        return len(self.terms)

    def __str__(self) -> str:
        if self.exact:
            return f"rank is exactly {self.lower} over {self.field}"
        return f"{self.lower} <= rank <= {self.upper} over {self.field}"

    def __repr__(self) -> str:
        return f"RankInterval({self})"

    def _repr_html_(self) -> str:
        """By which bounds, for a notebook."""
        best = ("at least", self.lower, self.lower_by), ("at most", self.upper, self.upper_by)
        return shown(str(self), ["", "rank", "by"], best, "; ".join(self.notes))


def of_this(database: Database, interval: RankInterval) -> None:
    """Nothing where the interval is one of this database, as far as it says of which it is.

    Errors: ``FactrankError`` for the interval of another one.
    """
    other = getattr(interval, "database", database)
    if other is not database and other != database:
        raise FactrankError(
            f"interval: expected that of this database ({counted(len(database), 'fact')}), "
            f"found that of another ({counted(len(other), 'fact')})"
        )


def rank_interval(
    database: Database,
    effort: str | Effort = "normal",
    *,
    seconds: float | None = None,
    seed: int = 0,
    clock: Callable[[], float] = time.monotonic,
    progress: Callable[[str], None] = lambda line: None,
) -> RankInterval:
    """The certified interval of the real rank of D.

    Equal slices are dropped, the facts split into blocks, the cheap bounds (P1, P5, U1-U4; of many
    facts also P6 in one order) run everywhere, then structure that tells a rank is looked for (C4,
    C6 to C8, P8); if that does not close the interval, blocks still open are searched (P3, P6, P7,
    P9 to P11, U4 part by part, U5, U6, U7) and P4 adds the blocks up. ``effort`` is "quick" (no
    search), "normal" or "deep"; budgets count work, so the result depends on the seed and not on
    the machine. ``seconds`` guards the search by ``clock``: reaching it only cuts, and ``notes``
    then says so. A keyboard interrupt during the search ends it with the interval reached so far.

    Errors: ``FactrankError`` if there is no fact, or for an unknown effort.

    >>> print(rank_interval(Database.from_triples([("a", "r", "x"), ("b", "r", "y")])))
    rank is exactly 2 over R
    """
    given("database", database, Database)
    if not database.facts:
        raise FactrankError("database: expected at least one fact, found none")
    run = Run(effort_of(effort, seconds), seed, clock, progress)
    with _uncollected():
        small, members = distinct(database)
        whole = cheap(small, run)
    if not whole.closed and not run.stop():
        whole = _by_blocks(small, whole, run)
    with _uncollected():
        terms = spread(whole.terms, members)
    notes = run.notes()
    if not database.functional:
        notes += ("set-valued: U3 does not apply, so the interval may be wider",)
    return RankInterval(
        whole.best.value,
        whole.upper,
        "R",
        whole.evidence,
        whole.best,
        terms,
        whole.lower_by,
        whole.upper_by,
        notes,
        run.interrupted,
        whole.real.document(small, database, members) if whole.real else None,
    )


@contextmanager
def _uncollected() -> Iterator[None]:
    """No garbage is looked for meanwhile: tables, their slices and terms are millions of objects
    without a cycle, and to walk them again and again takes a third of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _by_blocks(small: Database, whole: Part, run: Run) -> Part:
    """Split, search the blocks that are open, and put them together by P4."""
    with _uncollected():
        blocks = small.blocks()
        parts = [whole] if len(blocks) == 1 else [cheap(block, run) for block in blocks]
    open_parts = [n for n, part in enumerate(parts) if not part.closed]
    for done, n in enumerate(open_parts):
        run.progress(f"block {done + 1} of {len(open_parts)}: {parts[n]}")
        parts[n] = search(parts[n], run, share=len(open_parts))
        if run.stop():
            break
    if len(parts) == 1:
        return parts[0]
    return _together(small, whole, parts)


def _together(small: Database, whole: Part, parts: list[Part]) -> Part:
    bound = lower.blocks((p.database, p.flat, p.best) for p in parts)
    terms = tuple(t for p in parts for t in carry(p.terms, p.database, small))
    name = f"{len(parts)} blocks"
    found = whole.with_lower(f"P4 {name}", bound).with_upper(f"sum over {name}", terms)
    found = found.with_real(f"sum over {name}, by theorems", together(small, parts))
    stack = stacked(small, [(part.flat, part.best) for part in parts])
    found = found.with_lower(f"P6 {name}", stack)
    joint = None if found.closed else algebra(small)  # their direct product
    return found.with_lower("C8 algebra", joint)
