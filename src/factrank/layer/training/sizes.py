"""The sizes of a layer for given facts, and what it costs to train it, before any training."""

from __future__ import annotations

import random
from dataclasses import dataclass

from factrank.errors import FactrankError
from factrank.facts.bits import bits
from factrank.facts.database import Database
from factrank.facts.words import counted
from factrank.layer.config import LayerConfig

MOST_CELLS = 20_000_000  # numbers of one layer's widest tensors: about 1 GB while it trains
EPOCH, LEAST = 50, 256  # steps in which all pairs are asked once; pairs a step at least
HEADS, SCORE = 4, 2  # heads, and d_head_qk, where nothing is said
ENOUGH = {True: 1.5, False: 3.0}  # numbers trained a bit of facts; embeddings trained (T) or not
ORTHONORMAL = 256  # frozen embeddings are as orthonormal as so many dimensions allow
BYTES = 44  # of memory a number of the widest tensors, as measured within a factor of 1.5
NUMBERS = 40  # a number of the weights, with its slope, the optimiser's two, and where it was best
PAIR, BLOCKS = 40, 200_000_000  # a number of a pair in a batch; blocks, and products of them
BASE = 100_000_000  # and what torch itself takes to begin with


def sample_keys(database: Database, keys: int, seed: int = 0) -> Database:
    """The facts of so many keys drawn at random, with the labels that these facts use; the whole
    database if it has no more keys in facts.

    Errors: ``FactrankError`` for fewer than one key.

    >>> db = Database.from_triples([(k, "r", k) for k in "abcdef"])
    >>> sample_keys(db, 2).shape, sample_keys(db, 6) is db
    ((2, 1, 2), True)
    """
    if keys < 1:
        raise FactrankError(f"sample: expected at least 1 key, found {keys}")
    used = database.used("K")
    if len(used) <= keys:
        return database
    drawn = set(random.Random(f"keys {seed}").sample(used, keys))
    facts = zip(database.facts, database.triples(), strict=True)
    return Database.from_triples(triple for fact, triple in facts if fact[0] in drawn)


def design(
    database: Database,
    *,
    trained: bool = True,
    n_heads: int | None = None,
    d_head_qk: int | None = None,
    d_head_vo: int | None = None,
    d_model: int | None = None,
    width: int | None = None,
) -> LayerConfig:
    """The sizes given, the others by a rule of thumb that asks for more than is usually needed.

    The numbers that training moves are at least ``ENOUGH`` times the bits of the facts. The total
    width is ``width``, or d_model and at most the number of values, with which every table fits
    (A4b); d_model is at least the smaller of width and values. Frozen embeddings are orthonormal up
    to ``ORTHONORMAL`` dimensions. [ours]

    Errors: ``FactrankError`` if there is no fact, or for a size below 1.

    >>> db = Database.from_triples([("a", "r", "x"), ("b", "r", "y")])
    >>> design(db, n_heads=1)
    LayerConfig(keys=2, queries=1, values=2, d_model=8, n_heads=1, d_head_qk=2, d_head_vo=2,
                residual=False, tied=(), trainable_embeddings=True)
    """
    values = len(database.used("V"))
    if not values:
        raise FactrankError("database: expected at least one fact, found none")
    heads = HEADS if n_heads is None else n_heads
    wanted = ENOUGH[trained] * bits(database)

    def sized(d: int) -> LayerConfig:
        total = min(values, d) if width is None else width
        return LayerConfig(
            *database.shape,
            d_model=d if d_model is None else d_model,
            n_heads=heads,
            d_head_qk=SCORE if d_head_qk is None else d_head_qk,
            d_head_vo=max(1, -(-total // max(1, heads))) if d_head_vo is None else d_head_vo,
            trainable_embeddings=trained,
        )

    dimensions = 8 if trained else min(ORTHONORMAL, len(database.keys) + len(database.queries))
    dimensions = max(dimensions, 0 if width is None else min(width, values))
    while d_model is None and sized(dimensions).parameters()["trained"] < wanted:
        dimensions += 4
    return sized(dimensions if d_model is None else d_model)


@dataclass(frozen=True)
class Cost:
    """What training costs at most: ``layers`` of ``parameters`` trained numbers each (``attention``
    of them in the heads), for ``steps`` steps; ``memory`` in bytes, an estimate; ``batch`` pairs a
    step, or None where a step asks for everything."""

    layers: int
    parameters: int
    attention: int
    steps: int
    memory: int
    batch: int | None = None

    def __str__(self) -> str:
        asked = "" if self.batch is None else f" of {counted(self.batch, 'pair')}"
        return (
            f"{counted(self.layers, 'layer')} of {self.parameters:,} trained numbers "
            f"({self.attention:,} of them in attention), at most "
            f"{counted(self.steps, 'step', form=',')}{asked}, about {self.memory / 1e6:,.0f} MB"
        )


def batch_for(
    config: LayerConfig, database: Database, batch: int | None = None, device: str = "cpu"
) -> int | None:
    """The pairs (key, query) that a step of training asks: ``batch`` if it is given, and never more
    than have a fact.

    Else None, which stands for the whole dense tensor, if that has at most ``MOST_CELLS`` cells
    and the device is the CPU; beyond, an ``EPOCH``-th of the pairs that have a fact, and at least
    ``LEAST``.

    Errors: ``FactrankError`` for a batch below 1.

    >>> db = Database.from_triples([(str(k), "r", str(k)) for k in range(10_000)])
    >>> batch_for(design(db), db), batch_for(design(db), db, 64)
    (256, 64)
    """
    if batch is not None and batch < 1:
        raise FactrankError(f"batch: expected at least 1 pair a step, found {batch!r}")
    if batch is None and device.partition(":")[0] == "cpu" and cells(config) <= MOST_CELLS:
        return None
    pairs = len({(k, q) for k, q, _ in database.facts})
    return min(pairs, max(LEAST, -(-pairs // EPOCH)) if batch is None else batch)


def cells(config: LayerConfig, batch: int | None = None) -> int:
    """The numbers in the two widest tensors of one layer: its logits and what its heads mix; of
    all pairs, or of a batch of them.

    >>> cells(LayerConfig(4, 3, 5, d_model=8, n_heads=2, d_head_qk=1, d_head_vo=3))
    132
    """
    pairs = config.keys * config.queries if batch is None else batch
    return pairs * (config.values + config.width)


def at_once(config: LayerConfig, layers: int, batch: int | None = None) -> int:
    """How many layers are trained together: by batches one."""
    return 1 if batch else max(1, min(layers, MOST_CELLS // cells(config)))


def cost(config: LayerConfig, layers: int, steps: int, batch: int | None = None) -> Cost:
    """The cost of training so many layers of one shape.

    By batches no logits are kept, so memory does not grow with them.
    """
    parameters = config.parameters()
    weights = NUMBERS * (parameters["attention"] + parameters["embedding"])
    if batch is None:
        memory = BYTES * cells(config) + weights
    else:
        memory = BLOCKS + weights + batch * PAIR * (config.d_model + config.width)
    memory = BASE + at_once(config, layers, batch) * memory
    return Cost(layers, parameters["trained"], parameters["attention"], steps, memory, batch)
