"""Experiments by name, and the engine that runs them: any executor, resumed after any kill."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Executor
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from companion.engine.store import Store, key_of
from factrank.errors import FactrankError
from factrank.facts.strict import show
from factrank.practice.pool import InProcess as InProcess  # the executor that chapters name
from factrank.practice.pool import finished

if TYPE_CHECKING:
    from pandas import DataFrame

TIERS = ("quick", "full")
# of experiments whose rows are those of ``measure``
OUTCOMES = ("recalled", "held_50", "held_90", "relative_error")
MEASURED = ("steps", "loss_at_end", "rank_*")
LARGEST = 1e300  # an outcome and a whole number of a row are below it
Config = Mapping[str, Any]


def among(name: str, measured: Sequence[str]) -> bool:
    """Whether a column is one of these, or starts like one that ends in a star."""
    return any(name.startswith(one[:-1]) if one.endswith("*") else name == one for one in measured)


@dataclass(frozen=True)
class Judgement:
    """One criterion, written before the run: what it demands, what was found, whether it is met."""

    criterion: str
    found: str
    met: bool

    @classmethod
    def of(
        cls, criterion: str, holds: Iterable[Any], what: str = "", least: float = 1.0
    ) -> Judgement:
        """That something holds in a share of the cases, in all of them unless it is said.

        >>> Judgement.of("most are even", [True, True, False], " numbers", 0.5)
        Judgement(criterion='most are even', found='2 of 3 numbers', met=True)
        """
        cases = [bool(one) for one in holds]
        found = f"{sum(cases)} of {len(cases)}{what}"
        return cls(criterion, found, sum(cases) >= least * len(cases))


def all_but(*names: str) -> Callable[[Config], Hashable]:
    """What items of one group share: all that is said of them but these.

    >>> all_but("seed")({"seed": 1, "width": 2, "loss": "bounded"})
    ('bounded', 2)
    """
    return lambda item: tuple(it for name, it in sorted(item.items()) if name not in names)


TOGETHER = all_but("width", "seed")


@dataclass(frozen=True)
class Experiment:
    """A named experiment: its items, how to run some of them, its criteria.

    ``items`` gives the full configuration of every item of a tier, plain data. ``group`` names
    what items must share to be run together, ``work`` runs such items and returns one row each;
    it is a function of a module, so that other processes find it. ``batch`` is the most items of
    one call. ``judge`` holds the table of all rows against the criteria. ``outcomes`` are the
    columns whose means over the seeds of a cell another run must repeat; ``measured`` are the other
    columns, exact or as the start of a name before a star, that may differ on another machine or
    after a better search for ranks; ``width where method`` is measured in the rows that have a
    method. All the rest is given: the same everywhere.
    """

    name: str
    items: Callable[[str], Sequence[Config]]
    work: Callable[[Sequence[Config]], Sequence[dict[str, Any]]]
    judge: Callable[[DataFrame], list[Judgement]]
    group: Callable[[Config], Hashable] = TOGETHER
    batch: int = 60
    outcomes: tuple[str, ...] = OUTCOMES
    measured: tuple[str, ...] = MEASURED

    @cached_property
    def source(self) -> str:
        """The digest of the code that ``work`` may reach. Errors: see ``provenance.digest_of``."""
        from companion.engine.provenance import digest_of

        return digest_of(self.work)

    def expand(self, tier: str) -> list[Config]:
        """The items of a tier. Errors: ``FactrankError`` for another tier, for an item twice."""
        if tier not in TIERS:
            raise FactrankError(f"tier: expected one of {', '.join(TIERS)}, found {tier!r}")
        items = list(self.items(tier))
        if len({key_of(item) for item in items}) < len(items):
            raise FactrankError(f"{self.name}: expected different items, found one twice")
        return items

    def given(self, row: Config) -> dict[str, Any]:
        """What of a row, or of an item, is neither an outcome nor measured."""
        measured = (*self.outcomes, *self.measured)
        return {name: value for name, value in row.items() if not among(name, measured)}

    def batches(self, items: Sequence[Config]) -> list[list[Config]]:
        """The items in calls of one group each, at most ``batch`` long."""
        groups: dict[Hashable, list[Config]] = defaultdict(list)
        for item in items:
            groups[self.group(item)].append(item)
        return [
            mine[i : i + self.batch]
            for mine in groups.values()
            for i in range(0, len(mine), self.batch)
        ]


@dataclass(frozen=True)
class Progress:
    """How far a run is: items done of all, of which ``before`` were there at its start.

    ``seconds`` on the clock, ``processor`` those of all workers together: the second does not
    depend on what else the machine does.
    """

    done: int
    total: int
    before: int
    seconds: float
    processor: float = 0.0

    @property
    def rate(self) -> float:
        """Items a second in this run."""
        return (self.done - self.before) / max(self.seconds, 1e-9)

    @property
    def left(self) -> float | None:
        """Seconds left at this rate; None before the first item."""
        return (self.total - self.done) / self.rate if self.done > self.before else None

    def __str__(self) -> str:
        """One line: bar, count, rate, time left.

        >>> print(Progress(30, 40, 10, 4.0))
        [###############-----] 30/40  5.0/s  ETA 0:02
        """
        filled = 20 * self.done // max(self.total, 1)
        bar = "#" * filled + "-" * (20 - filled)
        eta = "" if self.left is None else f"  ETA {int(self.left) // 60}:{int(self.left) % 60:02}"
        return f"[{bar}] {self.done}/{self.total}  {self.rate:.1f}/s{eta}"


def run(
    experiment: Experiment, tier: str, store: Store, executor: Executor, *, in_flight: int = 2,
    progress: Callable[[Progress], None] = lambda _: None,
) -> DataFrame:  # fmt: skip
    """Run what the store lacks, and return the table of the whole tier, in the order of its items.

    At most ``in_flight`` batches are with the executor, and each row is kept as soon as its batch
    is back. Errors: ``FactrankError`` if a worker dies or gives back something else than rows;
    what was finished is kept, and running again goes on from there.
    """
    items = experiment.expand(tier)
    todo = experiment.batches(store.missing(items))
    before = len(items) - sum(map(len, todo))
    done, started, processor = before, time.perf_counter(), 0.0
    progress(Progress(done, len(items), before, 0.0))
    work = partial(timed, experiment.work)
    try:
        for batch, (rows, took) in finished(executor, work, todo, in_flight):
            if len(rows) != len(batch):
                raise FactrankError(
                    f"{experiment.name}: expected {len(batch)} rows of a batch, found {len(rows)}"
                )
            for config, row in zip(batch, rows, strict=True):
                store.add(config, row)
            done += len(batch)
            processor += took
            seconds = time.perf_counter() - started
            progress(Progress(done, len(items), before, seconds, processor))
    except BrokenExecutor:
        raise FactrankError(
            f"{experiment.name}: expected its workers to live, found one dead; "
            f"{len(store)} items are kept, run again for the rest"
        ) from None
    return table(experiment, tier, store)


def timed(
    work: Callable[[Sequence[Config]], Sequence[dict[str, Any]]], batch: Sequence[Config]
) -> tuple[Sequence[dict[str, Any]], float]:
    """What ``work`` gives, and the processor's seconds that it took."""
    began = time.process_time()
    rows = work(batch)
    return rows, time.process_time() - began


def table(experiment: Experiment, tier: str, store: Store) -> DataFrame:
    """The long form of a tier, one row an item: what identifies it and what came out.

    Errors: ``FactrankError`` if an item is missing, or its row in the store is not of its kind.
    """
    import pandas as pd

    items = experiment.expand(tier)
    rows = [row for item in items if (row := store.row(item)) is not None]
    if lost := len(items) - len(rows):
        raise FactrankError(
            f"{experiment.name}: expected all {len(items)} items of tier {tier}, {lost} are missing"
        )
    _check_rows(f"{store.path}: {experiment.name}", experiment, items, rows)
    head = {"experiment": experiment.name, "tier": tier}
    return pd.DataFrame([{**head, **row} for row in rows])


def _check_rows(
    where: str, experiment: Experiment, items: Sequence[Config], rows: Sequence[Config]
) -> None:
    """Rows that someone may have changed: each of its item, with its outcomes, of one kind each."""
    text: dict[str, bool] = {}  # whether a column holds texts, by the first row that says
    for row in rows:
        for name, value in row.items():
            if value is not None:
                text.setdefault(name, isinstance(value, str))
    for item, row in zip(items, rows, strict=True):
        for name in (*experiment.outcomes, *item):
            if name in text and name not in row:
                raise FactrankError(f"{where}: expected a row with {name}, found one without")
        for name, value in experiment.given(row).items():
            if name in item and value != item[name]:
                told = f"{name} {show(item[name])} in the row of that item"
                raise FactrankError(f"{where}: expected {told}, found {show(value)}")
        for name, value in row.items():
            kind = "a text" if text.get(name) else "a number"
            odd = isinstance(value, list | dict) or isinstance(value, str) != text.get(name)
            if isinstance(value, int) or (isinstance(value, float) and name in experiment.outcomes):
                odd |= not abs(value) < LARGEST  # NaN is not below: no mean would count it
            if value is not None and odd:
                raise FactrankError(f"{where}: expected {name} as {kind}, found {show(value)}")
