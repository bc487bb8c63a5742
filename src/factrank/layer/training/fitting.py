"""Several layers trained on one database, looked at while they train; the best of each is kept.

``train`` is one of them, by a rule of thumb for the sizes that are not given.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from numbers import Integral, Real
from types import NoneType

import torch
from torch import Tensor

from factrank.errors import FactrankError, given
from factrank.facts.database import Database
from factrank.facts.strict import one_of, show
from factrank.layer import readout
from factrank.layer.attention import AttentionLayer, Weights
from factrank.layer.bounds import hold_scale
from factrank.layer.building.compile import with_room
from factrank.layer.config import LayerConfig
from factrank.layer.model import NamedLayer
from factrank.layer.training.first_weights import first_weights
from factrank.layer.training.losses import LOSSES, Fit, Goal, Look, Pace, Targets
from factrank.layer.training.sampled import BLOCK, Questions, Sampled
from factrank.layer.training.sizes import at_once, batch_for, cells, design
from factrank.layer.training.trainer import Recipe, Trainer

HELD = Goal()
ONE_THREAD = 10_000_000  # cells up to which a second thread costs more than it gives


def fit(
    config: LayerConfig,
    database: Database,
    recipe: Recipe,
    seeds: Sequence[int],
    goal: Goal = HELD,
    *,
    batch: int | None = None,
    device: str = "cpu",
    seconds: float | None = None,
    progress: Callable[[Look], None] = lambda look: None,
    stop: Callable[[], bool] = lambda: False,
    clock: Callable[[], float] = time.monotonic,
) -> tuple[Fit, ...]:
    """Train a layer for each seed, as many at once as memory allows; of each the best look.

    ``batch`` is the number of pairs (key, query) a step, see ``sampled.Sampled``; None leaves it to
    ``sizes.batch_for``: all cells at a step while they are few, batches beyond, one seed at a time.

    A look, every ``recipe.look`` steps (by batches three epochs, if these are more) and at the end,
    compares recall, then the least margin. A layer that meets the goal ends there. After
    ``seconds``, or when ``stop()`` says so, all end with what they have; seeds that had not begun
    are missing from the answer: all of them only if ``stop()`` says so at once.

    Errors: ``FactrankError`` if there is no fact, for a batch below 1 or with another loss than
    cross-entropy, and for a device that is not there.

    >>> from factrank.layer.config import config_for
    >>> db = Database.from_triples([("a", "r", "x"), ("b", "r", "y")])
    >>> sizes = config_for(db, d_model=4, n_heads=1, d_head_qk=1, d_head_vo=1)
    >>> [one.recalled for one in fit(sizes, db, Recipe(steps=100), [0, 1])]
    [1.0, 1.0]
    """
    batch = batch_for(config, database, batch, device)
    together = at_once(config, len(seeds), batch)
    size = BLOCK if batch else cells(config) * together  # of the widest tensor at a time
    asked = None if batch is None else Questions.of(database, checked(device))
    begun, found, pace = clock(), list[Fit](), Pace()

    def over() -> bool:
        return stop() or (seconds is not None and clock() - begun >= seconds)

    with _threads(size):
        for first in range(0, len(seeds), together):
            if over() if found else stop():
                break
            these = seeds[first : first + together]
            watch: _Watch | Sampled
            if asked is None or batch is None:
                watch = _Watch(config, database, recipe, these, goal)
            else:
                watch = Sampled(config, asked, recipe, these[0], goal, batch=batch)
            for step in watch.train():
                every = len(seeds) * recipe.steps
                done = first * recipe.steps + step * len(watch.seeds)
                best = max([*(one.recalled for one in found), float(watch.recalled.max())])
                ended, spent = first + watch.ended, clock() - begun
                progress(Look(done, every, ended, len(seeds), best, spent, pace(done, spent)))
                if over():
                    watch.look(step)
                    break
            found += watch.fits()
    return tuple(found)


def recipe_for(config: LayerConfig, steps: int, loss: str = "cross-entropy") -> Recipe:
    """The recipe with the weight decay that such layers learn well with: 0.1, for orthonormal
    embeddings 0.03, for least squares none.

    >>> recipe_for(LayerConfig(4, 3, 5, 8, 2, 1, 3, trainable_embeddings=True), 100).weight_decay
    0.1
    """
    orthonormal = config.d_model >= config.keys + config.queries
    decay = 0.03 if orthonormal and not config.trainable_embeddings else 0.1
    decay = 0.0 if loss == "least squares" else decay
    return Recipe(loss, steps=steps, weight_decay=decay, look=25)


def best_of(fits: Sequence[Fit]) -> Fit:
    """The one that recalls most; among equals the one of the largest least margin."""
    return max(fits, key=lambda one: (one.recalled, one.margin))


class _Watch:
    """Layers in training on one database, whose weights are kept where they were best."""

    def __init__(
        self, config: LayerConfig, database: Database, recipe: Recipe, seeds: Sequence[int],
        goal: Goal,
    ) -> None:  # fmt: skip
        self.config, self.database, self.seeds, self.goal = config, database, list(seeds), goal
        start, models = first_weights(config, seeds), len(seeds)
        targets = _Shared(*(part.to(torch.float32) for part in Targets.of([database])))
        weights, free = Weights(*(w.float() for w in start)), [None] * len(start)
        self.trainer = Trainer(config, weights, free, targets, recipe, [recipe.lr] * models)
        self.best = list(start)
        self.recalled = torch.full((models,), -1.0, dtype=torch.float64)
        self.held, self.margin = self.recalled.clone(), self.recalled.clone()
        self.at, self.last = (torch.zeros(models, dtype=torch.long) for _ in "ab")
        self.reached = torch.zeros(models, dtype=torch.bool)
        self.ended = 0

    def train(self) -> Iterator[int]:
        """Train; yield how many steps were made, a look being over where one is due."""
        self.look(0)
        return self.trainer.run(self._keep)

    def look(self, step: int) -> None:
        """A look where none was due."""
        rows = self.trainer.rows
        if len(rows) and not (step and step == int(self.last[rows[0]])):
            over = self._keep(step)
            self.trainer.leave(over if step else over & False)

    @torch.no_grad()
    def _keep(self, step: int) -> Tensor:
        """Keep what is better than before; which layers meet the goal."""
        rows = self.trainer.rows
        recalled, held, margin = self._measured(self.trainer.logits().double())
        there = (recalled if self.goal.until == "recalled" else held) == 1
        more, less = recalled > self.recalled[rows], recalled < self.recalled[rows]
        better = there | more | (~less & (margin > self.margin[rows]))  # never where not finite
        for mine, new in (
            (self.recalled, recalled), (self.held, held), (self.margin, margin),
            (self.at, torch.full_like(rows, step)),
        ):  # fmt: skip
            mine[rows[better]] = new[better]
        for kept, weight in zip(self.best, self.trainer.steps.weights(), strict=True):
            kept[rows[better]] = weight[better].double()
        self.last[rows] = step
        self.reached[rows[there]] = True
        self.ended += int(there.sum()) if step else 0
        return there

    def _measured(self, L: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Of each layer the shares of facts recalled and held, and the least margin."""
        margins = readout.margins(L, self.database)
        held = readout.held(L, self.database, self.goal.tau).double()
        return (margins > 0).double().mean(-1), held.mean(-1), margins.amin(-1)

    def fits(self) -> list[Fit]:
        """One a seed, in order."""
        layer = AttentionLayer(self.config, Weights(*self.best))
        return [self._fit(layer.model(m), m) for m in range(len(self.seeds))]

    def _fit(self, layer: AttentionLayer, m: int) -> Fit:
        """One layer, measured again in float64, in which it is kept."""
        recalled, held, margin = map(float, self._measured(layer.layer_tensor()[0]))
        steps = int(self.at[m]), int(self.last[m])
        return Fit(self.seeds[m], layer, recalled, held, margin, *steps, bool(self.reached[m]))


class _Shared(Targets):
    """One database for all models: its axis over models has length 1 and is broadcast."""

    def at(self, models: Tensor) -> Targets:
        return self


def checked(device: str) -> str:
    """The device, if torch can compute there.

    >>> checked("abacus")
    Traceback (most recent call last):
    ...
    factrank.errors.FactrankError: device: expected one that torch can use here, such as cpu, \
found 'abacus'
    """
    try:
        torch.zeros(1, device=device).item()
    except Exception:  # torch has a kind of error for each reason
        raise FactrankError(
            f"device: expected one that torch can use here, such as cpu, found {device!r}"
        ) from None
    return device


@contextmanager
def _threads(size: int) -> Iterator[None]:
    """One thread for small work, then as many as before."""
    before = torch.get_num_threads()
    torch.set_num_threads(1 if size <= ONE_THREAD else before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def train(
    database: Database,
    *,
    loss: str = "cross-entropy",
    until: str = "held",
    tau: float = 0.9,
    steps: int = 1200,
    seeds: int = 5,
    seed: int = 0,
    seconds: float | None = None,
    trained: bool = True,
    batch: int | None = None,
    device: str = "cpu",
    **sizes: int,
) -> NamedLayer:
    """Train a layer for each of ``seeds`` seeds, and keep the one that recalls most.

    ``sizes`` (n_heads, d_head_qk, d_head_vo, d_model) as for ``design``, 4 heads of d_head_qk 2 if
    nothing is said; ``trained`` embeddings or frozen ones. A layer is done once every fact is
    ``until``, "recalled" or "held" at ``tau``; all end after ``steps`` or ``seconds``. ``batch``
    pairs (key, query) are asked a step, on ``device``; where it is None, all of them, or a 50th
    where the table is large or the device another than the CPU.

    Errors: ``FactrankError`` for no fact, an unknown loss, goal or size, a size below 1, a device
    that is not there, and by batches for another loss than cross-entropy.

    >>> db = Database.from_triples([("a", "r", "x"), ("b", "r", "y")])
    >>> train(db, seeds=1, steps=200).answers("a", "r")
    ('x',)
    """
    given("database", database, Database)
    for name, number in (("seeds", seeds), ("seed", seed), ("steps", steps), *sizes.items()):
        given(name, number, Integral, "a whole number")
    device = str(device)
    given("tau", tau, Real, "a probability")
    given("seconds", seconds, (Real, NoneType), "a number")
    given("batch", batch, (Integral, NoneType), "a whole number")
    if not isinstance(trained, bool):
        raise FactrankError(f"trained: expected True or False, found {show(trained)}")
    one_of("loss", loss, LOSSES[:2])
    if seeds < 1:
        raise FactrankError(f"seeds: expected at least 1, found {seeds!r}")
    if seconds is not None and not seconds > 0:
        raise FactrankError(f"seconds: expected a positive number, found {seconds!r}")
    if unknown := set(sizes) - {"n_heads", "d_head_qk", "d_head_vo", "d_model"}:
        raise FactrankError(
            f"train: expected sizes among n_heads, d_head_qk, d_head_vo, d_model, "
            f"found {min(unknown)!r}"
        )
    config = design(database, trained=trained, **{name: int(it) for name, it in sizes.items()})
    goal, recipe = Goal(until, tau), recipe_for(config, steps, loss)
    span = range(seed, seed + seeds)
    fits = fit(config, database, recipe, span, goal, batch=batch, device=device, seconds=seconds)
    return named(database, best_of(fits), tau)


def named(database: Database, best: Fit, tau: float) -> NamedLayer:
    """A trained layer with the names of its facts, and room for an edit that is held at tau."""
    scale = with_room(hold_scale(database.shape[2], tau))
    return NamedLayer.of(database, best.layer, method="trained", scale=scale)
