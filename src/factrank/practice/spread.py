"""Many trainings, one after the other or spread over workers: the same layers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from factrank.errors import FactrankError
from factrank.facts.database import Database
from factrank.facts.words import counted
from factrank.layer.config import LayerConfig
from factrank.layer.training import fitting
from factrank.layer.training.losses import Fit, Goal, Look, Pace
from factrank.layer.training.trainer import Recipe
from factrank.practice.pool import chosen, finished

Fits = Callable[..., Iterator[tuple[Fit, ...]]]


@contextmanager
def trainer(workers: int = 1, scheduler: str | None = None) -> Iterator[Fits]:
    """``one_by_one``, or ``side_by_side`` on so many processes or on the workers of a scheduler.

    Errors: see ``pool.cluster``.
    """
    if workers == 1 and scheduler is None:
        yield one_by_one
        return
    with chosen(workers, scheduler) as executor, TemporaryDirectory() as folder:
        here = scheduler is None
        bell = Path(folder) / "stop" if here else None  # other machines have other files
        yield partial(side_by_side, executor, workers if here else 2 * workers, bell=bell)


def one_by_one(
    shapes: Sequence[LayerConfig], database: Database, recipe: Recipe, seeds: Sequence[int],
    goal: Goal, **how: Any,
) -> Iterator[tuple[Fit, ...]]:  # fmt: skip
    """The fits of each shape, in order; ``how`` as for ``fitting.fit``."""
    for shape in shapes:
        yield fitting.fit(shape, database, recipe, seeds, goal, **how)


def side_by_side(
    executor: Executor,
    in_flight: int,
    shapes: Sequence[LayerConfig],
    database: Database,
    recipe: Recipe,
    seeds: Sequence[int],
    goal: Goal,
    *,
    seconds: float | None = None,
    progress: Callable[[Look], None] = lambda look: None,
    stop: Callable[[], bool] = lambda: False,
    clock: Callable[[], float] = time.monotonic,
    bell: Path | None = None,
    **how: Any,
) -> Iterator[tuple[Fit, ...]]:
    """The same, each seed of each shape a call of its own. [ours]

    By batches the layers are those of ``one_by_one``, bit for bit. Where a step asks for all cells
    they are the same up to rounding: there seeds are stacked, here each has its products to itself.
    When ``stop()`` says so, the seeds under way end with what they have if their processes can see
    the file ``bell``, which is made then; else they are given up. After ``seconds`` none is begun,
    and each ends with what it has. ``progress`` hears of seeds that are done.

    Errors: ``FactrankError`` if a worker dies and no other takes over; as for ``fitting.fit``.
    """
    found: list[dict[int, Fit]] = [{} for _ in shapes]
    begun, pace, now = clock(), Pace(), 0

    def calls() -> Iterator[tuple[int, int, float | None]]:
        for n in range(len(shapes)):
            for m, seed in enumerate(seeds):
                left = None if seconds is None else seconds - (clock() - begun)
                if (bell and stop()) or (left is not None and left <= 0 and (n or m)):
                    return
                yield n, seed, left

    def told() -> None:
        mine, spent = found[min(now, len(shapes) - 1)], clock() - begun
        best = max((one.recalled for one in mine.values()), default=0.0)
        step, every, done = len(mine) * recipe.steps, len(seeds) * recipe.steps, len(mine)
        progress(Look(step, every, done, len(seeds), best, spent, pace(step, spent)))

    def tick() -> None:
        told()
        if bell and stop():
            bell.touch()

    if bell:
        how["stop"] = bell.exists
    work = partial(_trained, tuple(shapes), database, recipe, goal, how)
    told()
    try:
        give_up = (lambda: False) if bell else stop
        done = finished(executor, work, calls(), in_flight, stop=give_up, tick=tick)
        for (n, _, _), one in done:
            found[n] |= {it.seed: it for it in one}
            while now < len(shapes) and len(found[now]) == len(seeds):
                told()
                yield tuple(found[now][it] for it in seeds)
                now += 1
    except BrokenExecutor:
        raise FactrankError(
            f"train: expected its workers to live, found one dead after {sum(map(len, found))} of "
            f"{counted(len(shapes) * len(seeds), 'layer')}; fewer --workers need less memory"
        ) from None
    if now < len(shapes):
        yield tuple(found[now][it] for it in seeds if it in found[now])


def _trained(
    shapes: Sequence[LayerConfig], database: Database, recipe: Recipe, goal: Goal,
    how: dict[str, Any], call: tuple[int, int, float | None],
) -> tuple[Fit, ...]:  # fmt: skip
    """One layer, by whichever process; none if it was to stop before it began."""
    n, seed, left = call
    return fitting.fit(shapes[n], database, recipe, [seed], goal, seconds=left, **how)
