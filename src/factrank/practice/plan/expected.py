"""What training is expected to need, from the recorded experiment layer-size. [ours]

The thresholds of that record ship with the package (``layer_size.json``, which
``python -m tools.layer_size`` writes); the fit and its interval are those the record is judged by.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import ceil

from factrank.facts.bits import bits
from factrank.facts.database import Database
from factrank.layer.config import LayerConfig
from factrank.practice.plan.thresholds import D_HEAD_QK, Fit, Line, features, fit, heads
from factrank.rank.interval import RankInterval

HOW = {"T": "trained, embeddings too", "F": "trained, embeddings frozen"}
INSIDE = ("keys", "queries", "values", "bits", "rank")


@dataclass(frozen=True)
class Expectation:
    """A layer that training should make recall every fact, of the family that was recorded.

    ``d_models`` is the interval (low, high) of the least d_model, and ``config`` the layer at its
    upper end; ``beyond`` says in what the database lies outside the recorded ones.
    """

    how: str
    config: LayerConfig
    d_models: tuple[int, int]
    beyond: tuple[str, ...]


def expected_layers(database: Database, ranked: RankInterval) -> list[Expectation]:
    """The expectation for trained and for frozen embeddings.

    >>> from factrank import read, rank_interval
    >>> db = read("library:modular-addition-7")
    >>> [it.config.n_heads for it in expected_layers(db, rank_interval(db, "quick"))]
    [2, 2]
    """
    sizes = sizes_of(database, ranked)
    given = features(*(sizes[name] for name in ("keys", "queries", "values", "bits", "rank")))
    found = []
    for regime, how in HOW.items():
        low, _, high = fitted(regime).predict(given)
        high = max(2, ceil(high))
        config = layer(database, high, regime)
        least = min(max(2, round(low)), high)
        found.append(Expectation(how, config, (least, high), outside(sizes, regime)))
    return found


def layer(database: Database, d_model: int, regime: str) -> LayerConfig:
    """The recorded family's layer of that d_model: total width d_model, at least 1 a head."""
    n_heads = heads(d_model)
    return LayerConfig(
        *database.shape,
        d_model=d_model,
        n_heads=n_heads,
        d_head_qk=D_HEAD_QK,
        d_head_vo=ceil(d_model / n_heads),
        trainable_embeddings=regime == "T",
    )


def sizes_of(database: Database, ranked: RankInterval) -> dict[str, float]:
    """What the fit looks at. ``bits`` is the sum over facts of log2 |range f_q|, at least 1.

    >>> from factrank import read, rank_interval
    >>> db = read("library:example")
    >>> {name: round(x, 1) for name, x in sizes_of(db, rank_interval(db)).items()}
    {'keys': 5, 'queries': 3, 'values': 4, 'bits': 8.0, 'rank': 5.0}
    """
    keys, queries, values = (len(database.used(mode)) for mode in "KQV")
    return {
        "keys": keys,
        "queries": queries,
        "values": values,
        "bits": max(1.0, bits(database)),
        "rank": (ranked.lower * ranked.upper) ** 0.5,
    }


def outside(sizes: dict[str, float], regime: str) -> tuple[str, ...]:
    """In what a database lies outside those that were recorded: there the fit extrapolates."""
    told = []
    for name in INSIDE:
        seen = [getattr(line, name) for line in recorded()[regime]]
        if not min(seen) <= sizes[name] <= max(seen):
            told.append(f"{name} {sizes[name]:.4g}, recorded {min(seen):.4g} to {max(seen):.4g}")
    return tuple(told)


@cache
def fitted(regime: str) -> Fit:
    """The fit to all recorded databases of a regime, ``"T"`` or ``"F"``."""
    return fit(recorded()[regime])


@cache
def recorded() -> dict[str, tuple[Line, ...]]:
    """The thresholds that ship with the package, by regime."""
    text = files("factrank.practice.plan").joinpath("layer_size.json").read_text(encoding="utf-8")
    found = [Line(**row) for row in json.loads(text)["lines"]]
    return {regime: tuple(it for it in found if it.regime == regime) for regime in HOW}
