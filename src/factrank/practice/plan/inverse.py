"""What training is expected to hold in a given layer: the fit behind ``plan``, turned round. [ours]

The records give the d_model from which on most seeds recall every fact of a table; here the layer
is given and the table sought: full, drawn at random, as many keys as it may have.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, exp, expm1, lgamma, log, log1p, log2, sqrt

from factrank.layer.config import LayerConfig
from factrank.practice.plan.expected import INSIDE, recorded, seen, span
from factrank.practice.plan.guarantees import last
from factrank.practice.plan.thresholds import D_HEAD_QK, heads


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
    """The recorded family's layer of that d_model, for the same table."""
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
