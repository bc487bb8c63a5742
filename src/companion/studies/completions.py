"""The experiment completions: what does a layer say about pairs that are in no fact?

Four families of databases with pairs held out: ``modular`` (addition, where the missing answers
follow from a rule), ``copied`` (every relation twice: they follow from the other copy),
``uniform`` (random functions: they follow from nothing) and ``undefined`` (there is no answer).
Total widths below, at and above the rank of the complete table; frozen embeddings (F) with free and
with key-independent attention, trained ones (T) in few dimensions; weight decay 0 and some.
Cross-entropy, which leaves pairs without a fact out. Ten seeds a cell, fewer in the quick tier.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from torch import Tensor

from companion.engine.sweeps import Experiment
from companion.studies.completions_judge import judge
from companion.studies.databases import database
from companion.studies.item import Config, Fields, told
from companion.studies.measure import TOLERANCE, parameters
from factrank.errors import FactrankError
from factrank.facts import families
from factrank.facts.database import Database, Fact
from factrank.layer import readout
from factrank.layer.config import LayerConfig
from factrank.layer.training.first_weights import head_widths
from factrank.layer.training.trainer import Recipe, logits, train


class Shown(NamedTuple):
    """The facts that are ``known``, the held-out ``pairs`` (k, q), and what is ``true`` of them.

    ``true`` has the labels of ``known`` and a fact for a held-out pair that has an answer; where
    the truth is that there is none, it has no fact, and whatever a layer says is false.
    """

    known: Database
    pairs: tuple[tuple[int, int], ...]
    true: Database


@lru_cache(maxsize=4096)
def held_out(
    family: str, keys: int, queries: int, range_size: int, share: float, seed: int
) -> Shown:
    """A family's database without a share of its pairs, which are drawn from the seed.

    Every key, every query and every value keeps a fact. ``uniform`` is random functions,
    ``modular`` addition, ``disjoint`` relations with their own ranges: those of
    ``databases.database``. ``copied`` gives every one of queries / 2 random functions twice, and
    holds out pairs of the second copy alone. ``undefined`` is ``disjoint``, but the pairs held
    out have no answer: the database is complete without them. [ours]

    Errors: ``FactrankError`` for a share outside (0, 1), or too large to keep the labels in use.

    >>> shown = held_out("modular", 5, 5, 5, 0.2, seed=0)
    >>> len(shown.known), len(shown.pairs), len(shown.true)
    (20, 5, 5)
    >>> len(held_out("undefined", 8, 2, 3, 0.25, seed=0).true)
    0
    """
    if not 0 < share < 1:
        raise FactrankError(f"share: expected a number between 0 and 1, found {share!r}")
    full = _complete(family, keys, queries, range_size, seed)
    count = max(1, round(share * len(full)))
    rng = random.Random(seed)
    facts = list(full.facts)
    rng.shuffle(facts)
    left = [[0] * size for size in full.shape]
    for fact in facts:
        for counts, index in zip(left, fact, strict=True):
            counts[index] += 1
    away: set[Fact]
    away = set()
    for fact in facts:
        if len(away) == count:
            break
        spared = family == "copied" and fact[1] < queries // 2
        if spared or any(counts[i] == 1 for counts, i in zip(left, fact, strict=True)):
            continue
        away.add(fact)
        for counts, index in zip(left, fact, strict=True):
            counts[index] -= 1
    if len(away) < count:
        raise FactrankError(
            f"share: expected one that leaves every label a fact, found {share!r} of {len(full)}"
        )
    true = () if family == "undefined" else tuple(sorted(away))
    labels = full.keys, full.queries, full.values
    known = tuple(fact for fact in full.facts if fact not in away)
    return Shown(
        Database(*labels, known),
        tuple(sorted(fact[:2] for fact in away)),
        Database(*labels, true),
    )


def said(L: Tensor, shown: Shown, tau: float) -> dict[str, float]:
    """Of the held-out pairs the shares that get an artifact at tau, and a true one.

    An artifact is an entry of ``softmax_geq(L, tau)`` that is no fact; for tau above 1/2 a pair
    has at most one.

    >>> shown = held_out("modular", 3, 3, 3, 0.2, seed=0)
    >>> said(50.0 * readout.facts_mask(shown.true).double(), shown, 0.9)
    {'spoken': 1.0, 'true': 1.0}
    """
    if tau <= 0.5:
        raise FactrankError(f"tau: expected more than 1/2, found {tau!r}")
    found = readout.artifacts(L, shown.known, tau)
    k, q = _columns(shown)
    right = readout.facts_mask(shown.true)
    return {
        "spoken": float(found[k, q].any(-1).double().mean()),
        "true": float((found & right)[k, q].any(-1).double().mean()),
    }


def guessed(L: Tensor, shown: Shown) -> float:
    """The share of the held-out pairs for which the largest logit is that of the true value."""
    k, q = _columns(shown)
    right = readout.argmax(L).bool() & readout.facts_mask(shown.true)
    return float(right[k, q].any(-1).double().mean())


def _columns(shown: Shown) -> tuple[list[int], list[int]]:
    k, q = zip(*shown.pairs, strict=True)
    return list(k), list(q)


def _complete(family: str, keys: int, queries: int, range_size: int, seed: int) -> Database:
    if family == "undefined":
        return database("disjoint", keys, queries, range_size, seed)
    if family == "copied":
        if queries % 2:
            raise FactrankError(f"copied: expected an even number of queries, found {queries}")
        once = families.shared_range(keys, queries // 2, range_size, seed)
        return families.duplicated_relations(once, 2)
    return database(family, keys, queries, range_size, seed)


SEEDS = 10
HEADS, D_QK = 4, 2


class Shape(NamedTuple):
    """Sizes of a complete table, the share of its pairs held out, and the widths to try."""

    family: str
    keys: int
    queries: int
    range_size: int
    share: float
    widths: tuple[int, ...]


# complete tables of rank 16 (cited), 11, 20 or 21 by the seed, 24
MODULAR = Shape("modular", 11, 11, 11, 0.1, (2, 4, 8, 12, 15, 16, 17, 20, 24))
COPIED = Shape("copied", 24, 4, 6, 0.15, (3, 6, 8, 10, 11, 12, 14, 18, 24))
UNIFORM = Shape("uniform", 24, 4, 6, 0.15, (2, 4, 8, 16, 19, 20, 21, 22, 28))
UNDEFINED = Shape("undefined", 24, 4, 6, 0.15, (2, 4, 8, 16, 20, 23, 24, 25, 28))
SHAPES = (MODULAR, COPIED, UNIFORM, UNDEFINED)


@dataclass(frozen=True)
class Completed(Fields):
    """A layer that is shown a share of a table, and asked for the rest."""

    family: str
    keys: int
    queries: int
    range_size: int
    share: float
    regime: str
    attention: str
    n_heads: int
    d_model: int
    d_head_qk: int
    width: int
    steps: int
    lr: float
    weight_decay: float
    seed: int

    @property
    def which(self) -> tuple[str, int, int, int, float, int]:
        """What names its database, see ``held_out``."""
        return self.family, self.keys, self.queries, self.range_size, self.share, self.seed


def _full() -> Iterator[Completed]:
    for shape in SHAPES:
        for attention in ("free", "key-independent"):
            for decay in (0.0, 0.1):
                yield from _cells(shape, shape.widths, SEEDS, attention=attention, decay=decay)
        for d_model in (4, 8) if shape.family == "modular" else (4,):
            for decay in (0.0, 1.0):
                widths = [4, 8, max(shape.widths)]
                yield from _cells(shape, widths, SEEDS, d_model=d_model, decay=decay)


def _quick() -> Iterator[Completed]:
    yield from _cells(MODULAR, [16, 20], 4, decay=0.0)
    for attention in ("free", "key-independent"):
        yield from _cells(COPIED, [6, 12], 8, attention=attention, decay=0.0)
    yield from _cells(UNIFORM, [8, 22], 4, decay=0.0)
    yield from _cells(UNDEFINED, [8, 16], 4, decay=0.0)


items = told(lambda tier: _full() if tier == "full" else _quick())


def _cells(
    shape: Shape,
    widths: Sequence[int],
    seeds: int,
    *,
    attention: str = "free",
    decay: float,
    d_model: int | None = None,
) -> Iterator[Completed]:
    """The cells of one line of the grid, all their seeds; embeddings are trained in a given
    d_model, else frozen and orthonormal."""
    for width in widths:
        for seed in range(seeds):
            yield Completed(
                *shape[:5],
                regime="T" if d_model else "F",
                attention=attention,
                n_heads=HEADS,
                d_model=d_model or shape.keys + shape.queries,
                d_head_qk=D_QK,
                width=width,
                steps=2400 if d_model else 1000,
                lr=0.03,
                weight_decay=decay,
                seed=seed,
            )


def work(batch: Sequence[Config]) -> list[dict[str, Any]]:
    """Train the layers of one group at once; one row each, in float64: what each says of the facts
    that it was shown, and of the pairs that were held out."""
    asked = [Completed(**config) for config in batch]
    one = asked[0]
    shown = [held_out(*item.which) for item in asked]
    widths = [item.width for item in asked]
    layer = LayerConfig(
        *shown[0].known.shape,
        d_model=one.d_model,
        n_heads=one.n_heads,
        d_head_qk=one.d_head_qk,
        d_head_vo=-(-max(widths) // one.n_heads),
        trainable_embeddings=one.regime == "T",
    )
    recipe = Recipe(steps=one.steps, lr=one.lr, weight_decay=one.weight_decay)
    silent = one.attention == "key-independent"
    trained = train(
        layer,
        [part.known for part in shown],
        recipe,
        [item.seed for item in asked],
        widths=widths,
        key_independent=silent,
    )
    rows = []
    for m, item in enumerate(asked):
        L = logits(trained.layer.model(m), recipe)[0]
        known, width = shown[m].known, item.width
        lower, upper = full_rank(*item.which)
        attention, embedding = parameters(layer, width, silent)
        ranks = readout.unfolding_ranks(L, TOLERANCE)
        rows.append(
            {
                **item.told(),
                "values": layer.values,
                "facts": len(known),
                "pairs": len(shown[m].pairs),
                "rank_lower": lower,
                "rank_upper": upper,
                "d_head_vo": int(head_widths(layer, width)[0]),
                "attention_parameters": attention,
                "trained_parameters": attention + embedding * layer.trainable_embeddings,
                "loss_at_end": round(float(trained.loss[m]), 6),
                "recalled": round(float(readout.recalled(L, known).double().mean()), 6),
                "held_90": round(float(readout.held(L, known, 0.9).double().mean()), 6),
                "guessed": round(guessed(L, shown[m]), 6),
                **_said(L, shown[m]),
                **{f"rank_L_{mode}": int(ranks[mode]) for mode in "KQV"},
            }
        )
    return rows


def _said(L: Tensor, shown: Shown) -> dict[str, float]:
    found = {}
    for tau, name in ((0.6, "60"), (0.9, "90")):
        for what, share in said(L, shown, tau).items():
            found[f"{what}_{name}"] = round(share, 6)
    return found


@lru_cache(maxsize=4096)
def full_rank(
    family: str, keys: int, queries: int, range_size: int, share: float, seed: int
) -> tuple[int, int]:
    """The certified rank interval of the complete table: the known facts and the true answers.

    For modular addition, which no quick search closes, the cited closed form C5.

    >>> full_rank("copied", 12, 4, 3, 0.2, 0), full_rank("modular", 11, 11, 11, 0.1, 0)
    ((5, 5), (16, 16))
    """
    from factrank.rank.interval import rank_interval

    if family == "modular":
        rank = (3 * keys - 1 - (keys % 2 == 0)) // 2
        return rank, rank
    shown = held_out(family, keys, queries, range_size, share, seed)
    known = shown.known
    facts = tuple(sorted({*known.facts, *shown.true.facts}))
    found = rank_interval(Database(known.keys, known.queries, known.values, facts), "quick")
    return found.lower, found.upper


EXPERIMENT = Experiment(
    "completions", items, work, judge,
    outcomes=("recalled", "held_90", "guessed", "spoken_60", "spoken_90", "true_60", "true_90"),
    measured=("loss_at_end", "rank_*"),
)  # fmt: skip
