"""One trained layer for a database, by a rule of thumb for the sizes that are not given."""

from __future__ import annotations

from typing import Any

from factrank.errors import FactrankError
from factrank.facts.database import Database
from factrank.layer.building.compile import with_room
from factrank.layer.building.scale import hold_scale
from factrank.layer.model import NamedLayer
from factrank.layer.training.fitting import Fit, Goal, best_of, fit, recipe_for
from factrank.layer.training.sizes import design


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
    if seeds < 1:
        raise FactrankError(f"seeds: expected at least 1, found {seeds!r}")
    if seconds is not None and not seconds > 0:
        raise FactrankError(f"seconds: expected a positive number, found {seconds!r}")
    if unknown := set(sizes) - {"n_heads", "d_head_qk", "d_head_vo", "d_model"}:
        raise FactrankError(
            f"train: expected sizes among n_heads, d_head_qk, d_head_vo, d_model, "
            f"found {min(unknown)!r}"
        )
    given: dict[str, Any] = {"n_heads": 4, "d_head_qk": 2} | sizes
    config = design(database, trained=trained, **given)
    goal, recipe = Goal(until, tau), recipe_for(config, steps, loss)
    span = range(seed, seed + seeds)
    fits = fit(config, database, recipe, span, goal, batch=batch, device=device, seconds=seconds)
    return named(database, best_of(fits), tau)


def named(database: Database, best: Fit, tau: float) -> NamedLayer:
    """A trained layer with the names of its facts, and room for an edit that is held at tau."""
    scale = with_room(hold_scale(database.shape[2], tau))
    return NamedLayer.of(database, best.layer, method="trained", scale=scale)
