"""What training is expected to need, from recorded experiments: layer-size where embeddings are
frozen, and that with table-sizes where they are trained; and turned round, what it is expected to
hold in a given layer: a table full, drawn at random, of as many keys as it may have. [ours]

The thresholds of the records ship with the package (``layer_size.json``, which
``python -m tools.layer_size`` writes); fits and intervals are those the records are judged by. All
of them have one value a pair (key, query); set-sizes asks whether the intervals hold for several.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from math import ceil, exp, expm1, lgamma, log, log1p, log2, sqrt

from factrank.facts.bits import bits
from factrank.facts.database import Database
from factrank.layer.config import LayerConfig
from factrank.practice.plan.guarantees import last
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
from factrank.practice.plan.thresholds import sizes_of as table_sizes
from factrank.rank.interval import RankInterval

HOW = {"T": "trained, embeddings too", "F": "trained, embeddings frozen"}
MANY, LARGE = 1500, "of eight real tables of more than 1,500 facts, five needed a larger layer"
BYTES = 4  # of a number in float32
INSIDE = {
    "T": ("keys", "queries", "facts", "load"),
    "F": ("keys", "queries", "values", "bits", "rank"),
}


@dataclass(frozen=True)
class Choice:
    """One layer that could hold the facts.

    ``how`` says where it comes from and ``certain`` whether that was seen: a compiled layer was
    built and asked for every fact, in float64 and float32; of a trained one ``d_models`` gives the
    interval of the least d_model that the recorded experiments lead to expect, whose upper end
    the layer has. ``beyond`` says in what the facts lie outside those of the experiments.
    """

    how: str
    certain: bool
    config: LayerConfig
    recalled: float | None = None
    held: float | None = None
    d_models: tuple[int, int] | None = None
    beyond: tuple[str, ...] = ()

    @property
    def parameters(self) -> dict[str, int]:
        counts = self.config.parameters()
        return counts | {"all": counts["attention"] + counts["embedding"]}

    @property
    def memory(self) -> int:
        """Bytes of the weights in float32."""
        return BYTES * self.parameters["all"]


def expected_layers(database: Database, ranked: RankInterval) -> list[Choice]:
    """The layers of the recorded family that training should make recall every fact, embeddings
    trained and frozen.

    >>> from factrank import read, rank_interval
    >>> db = read("library:modular-addition-7")
    >>> [it.config.n_heads for it in expected_layers(db, rank_interval(db, "quick"))]
    [4, 2]
    """
    sizes = sizes_of(database, ranked)
    found = []
    for regime, how in HOW.items():
        least, high = span(sizes, regime)
        table = LayerConfig(*database.shape, 1, 1, 1, 1, trainable_embeddings=regime == "T")
        large = (LARGE,) if regime == "T" and len(database) > MANY else ()
        beyond = (*large, *outside(sizes, regime))
        layer = member(table, high)
        found.append(Choice(how, False, layer, d_models=(least, high), beyond=beyond))
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


def sizes_of(database: Database, ranked: RankInterval) -> dict[str, float]:
    """What the fits look at. ``bits`` is the sum over facts of log2 |range f_q|, at least 1;
    ``load`` is that of ``thresholds.Sizes``.

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
        "load": table_sizes(database).load,
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


@dataclass(frozen=True)
class Hoped:
    """From ``low`` to ``high`` facts; ``beyond`` says in what this lies outside the record."""

    low: int
    high: int
    beyond: tuple[str, ...]


def hoped(config: LayerConfig) -> Hoped:
    """How many facts of a full random table training is expected to make the layer recall.

    ``low``: the most for which the layer that ``plan`` recommends fits into this one. ``high``: the
    most for which the least d_model of the interval is that of a recorded layer with no more
    trained numbers. For a layer of the recorded family both are that layer itself.

    >>> hoped(LayerConfig(1000, 8, 16, 16, 4, 2, 4)).low % 8
    0
    """
    regime = "T" if config.trainable_embeddings else "F"
    inside, alike = within(config), of_as_many_numbers(config)

    def least(keys: int) -> tuple[float, float]:
        return span(typical(keys, config.queries, config.values), regime)

    low = last(config.keys, lambda keys: least(keys)[1] <= inside)
    high = max(low, last(config.keys, lambda keys: least(keys)[0] <= alike))
    beyond = (*_layout(config, inside, alike, regime), *_sizes(config, low, high, regime))
    return Hoped(low * config.queries, high * config.queries, beyond)


def typical(keys: int, queries: int, values: int) -> dict[str, float]:
    """The sizes, as ``sizes_of`` tells them, of a full table with values drawn at random.

    Rank is the geometric mean of a lower bound, by unfoldings, and an upper one, by hub or slices.

    >>> [round(x, 1) for x in typical(64, 8, 4).values()]
    [64, 8, 4.0, 1024.0, 25.0, 512, 13.1]
    """
    facts = keys * queries
    used = _different(values, facts)
    once = facts * exp((facts - 1) * log1p(-1 / values)) if values > 1 else float(facts == 1)
    each = _different(values, keys)
    upper = min(queries * (each - 1) + 1, used * min(keys, queries), keys * queries)
    lower = min(upper, max(used, min(keys, queries * (each - 1) + 1)))
    said = max(1.0, keys * queries * log2(each))
    return {
        "keys": keys,
        "queries": queries,
        "values": used,
        "bits": said,
        "rank": (lower * upper) ** 0.5,
        "facts": facts,
        "load": (facts - used) * _said(values, keys) / (keys + queries + used - once),
    }


def _said(values: int, keys: int) -> float:
    """Bits a fact of a full column, by the shares that its values turn out to have: E of
    log2(keys / N) at a fact, N binomial; less than log2(values), since some turn out frequent.

    >>> round(_said(15, 45), 2), round(_said(2, 10**6), 2), _said(1, 9)
    (3.66, 1.0, 0.0)
    """
    if values == 1:
        return 0.0
    mean, share = keys / values, 1 / values
    if mean > 1000:  # the first two terms of the series
        return log2(values) - (values - 1) / (2 * keys * log(2))
    spread = 8 * sqrt(mean) + 8
    total = 0.0
    for n in range(max(1, ceil(mean - spread)), min(keys, int(mean + spread)) + 1):
        chance = lgamma(keys + 1) - lgamma(n + 1) - lgamma(keys - n + 1)
        chance += n * log(share) + (keys - n) * log1p(-share)
        total += exp(chance) * n * log2(keys / n)
    return values * total / keys


def within(config: LayerConfig) -> int:
    """The d_model of the largest layer of the recorded family inside this one; 0 if there is none.

    >>> within(LayerConfig(9, 2, 3, 768, 12, 64, 64)), within(LayerConfig(9, 2, 3, 768, 3, 2, 2))
    (256, 4)
    """
    if config.d_head_qk < D_HEAD_QK:
        return 0
    few = min(config.d_model, 7, 2 * config.d_head_vo) if config.n_heads >= 2 else 0
    many = min(config.d_model, 4 * config.d_head_vo) if config.n_heads >= 4 else 0
    return many if many >= 8 else few if few >= 2 else 0


def of_as_many_numbers(config: LayerConfig) -> int:
    """The d_model of the largest layer of the family with no more trained numbers, or 0."""
    numbers = config.parameters()["trained"]
    most = 4 * (config.d_model + config.width + config.n_heads * config.d_head_qk) + 8

    def fits(d_model: int) -> bool:
        return d_model < 2 or member(config, d_model).parameters()["trained"] <= numbers

    found = last(most, fits)
    return max(within(config), found if found >= 2 else 0)


def member(config: LayerConfig, d_model: int) -> LayerConfig:
    """The recorded family's layer of that d_model, for the same table: at least 1 a head."""
    n_heads = heads(d_model)
    return replace(
        config,
        d_model=d_model,
        n_heads=n_heads,
        d_head_qk=D_HEAD_QK,
        d_head_vo=ceil(d_model / n_heads),
    )


def _layout(config: LayerConfig, inside: int, alike: int, regime: str) -> list[str]:
    """In what the layer lies outside the recorded ones."""
    told = []
    if config.d_model < 2 or member(config, config.d_model) != config:
        told.append(
            f"n_heads {config.n_heads}, widths {config.d_head_qk} and {config.d_head_vo}, recorded "
            f"n_heads 2 or 4, d_head_qk {D_HEAD_QK}, total width d_model"
        )
    works = [line.works for line in recorded()[regime] if line.works is not None]
    if not min(works) <= inside <= alike <= max(works):
        told.append(f"d_model {_span(inside, alike)}, recorded {_span(min(works), max(works))}")
    return told


def _sizes(config: LayerConfig, low: int, high: int, regime: str) -> list[str]:
    """In what the tables at either end lie outside the recorded ones."""
    ends = [typical(max(1, keys), config.queries, config.values) for keys in (low, high)]
    told = []
    for name in INSIDE[regime]:
        least, most = seen(name, regime)
        small, large = (sizes[name] for sizes in ends)
        if not least <= small <= large <= most:
            told.append(f"{name} {_span(small, large)}, recorded {_span(least, most)}")
    return told


def _span(low: float, high: float) -> str:
    first, last = f"{round(low):,}", f"{round(high):,}"
    return first if first == last else f"{first} to {last}"


def _different(values: int, draws: int) -> float:
    """How many of the values are expected among so many draws."""
    return 1.0 if values == 1 else max(1.0, -values * expm1(draws * log1p(-1 / values)))
