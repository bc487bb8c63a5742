"""How much work a rank interval may cost, counted in work and only guarded by the clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from numbers import Real
from types import NoneType
from typing import TYPE_CHECKING

from factrank.errors import FactrankError, given

if TYPE_CHECKING:
    from factrank.rank.interval import RankInterval


@dataclass(frozen=True)
class Effort:
    """Budgets of one search: they decide the result, so it does not depend on the machine.

    ``tries``: substitutions tried for lower bounds; ``solves``: exact ranks in the basis search;
    ``moves``: attempted flips of the random walk; ``fits``: numerical fits to be made exact, which
    start from rounded numbers, so that another processor may find a shorter sum or miss it.
    ``seconds`` is a guard that can only cut a search short.
    """

    name: str
    tries: int
    solves: int
    moves: int
    seconds: float
    fits: int = 0


EFFORTS = {
    "quick": Effort("quick", tries=0, solves=0, moves=0, seconds=float("inf")),
    "normal": Effort("normal", tries=2_000, solves=3_000, moves=20_000_000, seconds=20.0, fits=12),
    "deep": Effort(
        "deep", tries=100_000, solves=100_000, moves=2_000_000_000, seconds=600.0, fits=300
    ),
}


def told_effort(found: RankInterval, effort: str) -> RankInterval:
    """An interval that is not exact, with the effort it was found at as its first note.

    >>> from factrank import rank_interval, read
    >>> told_effort(rank_interval(read("library:family-trees"), "quick"), "quick").notes[0]
    'effort quick: a larger one may prove more'
    """
    if found.exact:
        return found
    more = "the largest there is" if effort == "deep" else "a larger one may prove more"
    return replace(found, notes=(f"effort {effort}: {more}", *found.notes))


def effort_notes(found: RankInterval) -> list[str]:
    """The note of ``told_effort`` alone, where there is one."""
    return [note for note in found.notes if note.startswith("effort ")]


def effort_of(name: str | Effort, seconds: float | None = None) -> Effort:
    """The named effort (or the given one), with another guard in seconds if asked.

    >>> effort_of("normal", 3).seconds
    3
    """
    given("effort", name, (str, Effort), f"one of {', '.join(EFFORTS)}")
    given("seconds", seconds, (Real, NoneType), "a number")
    if isinstance(name, str) and name not in EFFORTS:
        raise FactrankError(f"effort: expected one of {', '.join(EFFORTS)}, found {name!r}")
    effort = EFFORTS[name] if isinstance(name, str) else name
    if seconds is None:
        return effort
    if not seconds > 0:
        raise FactrankError(f"seconds: expected a positive number, found {seconds!r}")
    return replace(effort, seconds=seconds)


@dataclass
class Run:
    """One search under way: its clock, its notes, and the line that tells a waiting person."""

    effort: Effort
    seed: int = 0
    clock: Callable[[], float] = time.monotonic
    progress: Callable[[str], None] = lambda line: None
    cut: bool = False
    interrupted: bool = False
    until: float = field(init=False)

    def __post_init__(self) -> None:
        self.until = self.clock() + self.effort.seconds

    def stop(self) -> bool:
        """True once the guard, or the slice of it now given out, is used up or the person has
        interrupted."""
        late = self.clock() > self.until
        self.cut = self.cut or late
        return late or self.interrupted

    @contextmanager
    def slice(self, shares: int) -> Iterator[None]:
        """Inside, ``stop`` guards one of ``shares`` equal slices of the time that is left: what
        one step does not use falls to those after it, and no step can use up another's."""
        now, whole = self.clock(), self.until
        self.until = now + (whole - now) / shares
        try:
            yield
        finally:
            self.until = whole

    def notes(self) -> tuple[str, ...]:
        """What a reader of the result must know about how the search ended."""
        found = []
        if self.cut:
            found.append(f"cut by the clock after {self.effort.seconds:g} s of search")
        if self.interrupted:
            found.append("interrupted: the interval reached so far")
        return tuple(found)
