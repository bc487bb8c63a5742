"""``rank_interval`` as the face gives it: the interval knows its facts, tells and proves itself.

Experiments ask ``interval`` alone, so that their records do not hang on words.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from numbers import Integral
from typing import Any

from factrank.errors import given
from factrank.facts.database import Database
from factrank.rank import interval
from factrank.rank.certificate import certificate
from factrank.rank.effort import Effort
from factrank.rank.explain import explain


@dataclass(frozen=True, repr=False)
class Ranked(interval.RankInterval):
    """A ``RankInterval`` with the ``database`` it was found for."""

    database: Database = field(kw_only=True)

    def certificate(self) -> dict[str, Any]:
        """What a checker needs: ``certificate(database, interval)``.

        >>> db = Database.from_triples([("a", "r", "x"), ("b", "r", "x")])
        >>> rank_interval(db).certificate()["upper"]
        1
        """
        return certificate(self.database, self)

    def explain(self) -> str:
        """The interval in words: ``explain(database, interval)``.

        >>> db = Database.from_triples([("Ann", "likes", "tea"), ("Bob", "likes", "tea")])
        >>> print(rank_interval(db).explain().splitlines()[4].strip())
        1.  (Ann + Bob) x likes x tea
        """
        return explain(self.database, self)


def rank_interval(
    database: Database,
    effort: str | Effort = "normal",
    *,
    seconds: float | None = None,
    seed: int = 0,
    clock: Callable[[], float] = time.monotonic,
    progress: Callable[[str], None] = lambda line: None,
) -> Ranked:
    """The certified interval of the real rank of D, which can ``explain()`` itself and give its
    ``certificate()``. Arguments and errors: those of ``factrank.rank.interval.rank_interval``.

    >>> db = Database.from_triples([("a", "r", "x"), ("b", "r", "y")])
    >>> print(rank_interval(db))
    rank is exactly 2 over R
    """
    given("seed", seed, Integral, "a whole number")
    found = interval.rank_interval(
        database, effort, seconds=seconds, seed=seed, clock=clock, progress=progress
    )
    return Ranked(**vars(found), database=database)
