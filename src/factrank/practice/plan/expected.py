"""What training is expected to need, from recorded experiments: layer-size where embeddings are
frozen, and that with table-sizes where they are trained. [ours]

The thresholds of the records ship with the package (``layer_size.json``, which
``python -m tools.layer_size`` writes); fits and intervals are those the records are judged by. All
of them have one value a pair (key, query); set-sizes asks whether the intervals hold for several.
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
from factrank.practice.plan import sizes as tables
from factrank.practice.plan.thresholds import (
    D_HEAD_QK,
    Fit,
    Line,
    Table,
    features,
    fit,
    heads,
    loads,
)
from factrank.rank.interval import RankInterval

HOW = {"T": "trained, embeddings too", "F": "trained, embeddings frozen"}
MANY, LARGE = 1500, "of eight real tables of more than 1,500 facts, five needed a larger layer"
INSIDE = {
    "T": ("keys", "queries", "facts", "load"),
    "F": ("keys", "queries", "values", "bits", "rank"),
}


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
    [4, 2]
    """
    sizes = sizes_of(database, ranked)
    found = []
    for regime, how in HOW.items():
        least, high = span(sizes, regime)
        config = layer(database, high, regime)
        large = (LARGE,) if regime == "T" and len(database) > MANY else ()
        beyond = (*large, *outside(sizes, regime))
        found.append(Expectation(how, config, (least, high), beyond))
    return found


def span(sizes: dict[str, float], regime: str) -> tuple[int, int]:
    """The interval of the least d_model, in whole numbers; with trained embeddings its upper end
    is at most twice the lower.

    >>> span({"load": 4.0, "queries": 6}, "T")[1] <= 2 * span({"load": 4.0, "queries": 6}, "T")[0]
    True
    """
    if regime == "T":
        given = loads(sizes["load"], sizes["queries"])
    else:
        given = features(*(sizes[name] for name in INSIDE["F"]))
    low, _, high = fitted(regime).predict(given)
    high = max(2, ceil(high))
    least = max(round(low), ceil(high / 2)) if regime == "T" else round(low)
    return min(max(2, least), high), high


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
    """What the fits look at. ``bits`` is the sum over facts of log2 |range f_q|, at least 1;
    ``load`` is that of ``plan.sizes``.

    >>> from factrank import read, rank_interval
    >>> db = read("library:example")
    >>> found = sizes_of(db, rank_interval(db))
    >>> {name: round(x, 1) for name, x in found.items()}  # doctest: +NORMALIZE_WHITESPACE
    {'keys': 5, 'queries': 3, 'values': 4, 'bits': 8.0, 'rank': 5.0, 'facts': 8, 'load': 0.4}
    """
    keys, queries, values = (len(database.used(mode)) for mode in "KQV")
    return {
        "keys": keys,
        "queries": queries,
        "values": values,
        "bits": max(1.0, bits(database)),
        "rank": (ranked.lower * ranked.upper) ** 0.5,
        "facts": len(database),
        "load": tables.sizes_of(database).load,
    }


def outside(sizes: dict[str, float], regime: str) -> tuple[str, ...]:
    """In what a database lies outside those that were recorded: there the fit extrapolates."""
    told = []
    for name in INSIDE[regime]:
        least, most = seen(name, regime)
        if not least <= sizes[name] <= most:
            told.append(f"{name} {sizes[name]:.4g}, recorded {least:.4g} to {most:.4g}")
    return tuple(told)


def seen(name: str, regime: str) -> tuple[float, float]:
    """The least and the largest recorded size of that name."""
    found = [getattr(line, name) for line in recorded()[regime]]
    return min(found), max(found)


@cache
def fitted(regime: str) -> Fit:
    """The fit to all recorded databases of a regime, ``"T"`` or ``"F"``."""
    return fit(recorded()[regime])


@cache
def recorded() -> dict[str, tuple[Line, ...] | tuple[Table, ...]]:
    """The thresholds that ship with the package, by regime."""
    text = files("factrank.practice.plan").joinpath("layer_size.json").read_text(encoding="utf-8")
    found = json.loads(text)
    return {
        "T": tuple(Table(**row) for row in found["tables"]),
        "F": tuple(Line(**row) for row in found["lines"]),
    }
