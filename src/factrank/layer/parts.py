"""A layer in parts: some keys and some queries at a time, so that no tensor of all pairs is built.

The memory of a part is bounded whatever keys x queries x values is: several arrays of ``BLOCK``
numbers, or of the size of U where that is more, or one row of L.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass, replace

from factrank.facts.database import Fact
from factrank.layer.attention import AttentionLayer

BLOCK = 500_000  # logits of a part: arrays that stay in a cache, and are cheap to get
MOST = 4_000_000  # where a part must be larger to be worth what it costs at all
TOGETHER = BLOCK  # logits of a part that costs no more than to begin it


@dataclass(frozen=True)
class SubLayer:
    """The layer of these ``keys`` and ``queries`` alone, and their ``facts``, numbered as they are.

    It has what a readout asks of a database: ``facts`` and ``shape``.
    """

    layer: AttentionLayer
    keys: Sequence[int]
    queries: Sequence[int]
    facts: tuple[Fact, ...]

    @property
    def shape(self) -> tuple[int, int, int]:
        return len(self.keys), len(self.queries), self.layer.config.values

    @property
    def pairs(self) -> int:
        return len(self.keys) * len(self.queries)


def on(layer: AttentionLayer, keys: Sequence[int], queries: Sequence[int]) -> AttentionLayer:
    """The layer that knows only these keys and queries.

    >>> from factrank.layer.config import LayerConfig
    >>> layer = AttentionLayer.random(LayerConfig(4, 3, 5, 8, 2, 1, 3), seed=0)
    >>> bool((on(layer, [2], [0, 1]).layer_tensor() == layer.layer_tensor()[:, [2], :2]).all())
    True
    """
    k, q = (slice(it.start, it.stop, it.step) if isinstance(it, range) else list(it)
            for it in (keys, queries))  # fmt: skip
    weights = layer.weights._replace(E_K=layer.weights.E_K[:, k], E_Q=layer.weights.E_Q[:, q])
    config = replace(layer.config, keys=len(keys), queries=len(queries), tied=())
    part = copy(layer)  # of weights that were looked at when the whole was made: not once a part
    object.__setattr__(part, "config", config)
    object.__setattr__(part, "weights", weights)
    return part


def pairs_at_once(layer: AttentionLayer) -> int:
    """How many pairs make a part: more where what does not depend on them, W_O U, costs more."""
    config = layer.config
    row = max(config.values, config.width)
    return max(1, BLOCK // row, min(config.d_model, MOST // row))


def every_pair(layer: AttentionLayer, facts: Sequence[Fact] = ()) -> Iterator[SubLayer]:
    """All pairs, keys in order; ``facts``, sorted, are numbered as the layer numbers its labels."""
    K, Q, most = layer.config.keys, layer.config.queries, pairs_at_once(layer)
    for first in range(0, K, rows := max(1, most // Q)):
        keys = range(first, min(first + rows, K))
        begin, end = (bisect_left(facts, (k,)) for k in (keys.start, keys.stop))
        for start in range(0, Q, most):
            queries = range(start, min(start + most, Q))
            mine = tuple((k - first, q - start, v) for k, q, v in facts[begin:end] if q in queries)
            yield SubLayer(on(layer, keys, queries), keys, queries, mine)


def pairs_with_facts(layer: AttentionLayer, facts: Sequence[Fact]) -> Iterator[SubLayer]:
    """The pairs that have a fact, query by query; of queries with few facts several at a time, with
    the pairs that lie between them."""
    by_query: dict[int, dict[int, list[int]]] = {}
    for k, q, v in facts:
        by_query.setdefault(q, {}).setdefault(k, []).append(v)
    row = max(layer.config.values, layer.config.width)
    most, few = pairs_at_once(layer), TOGETHER // row
    for queries, keys in _together([(q, by_query[q]) for q in sorted(by_query)], few):
        for first in range(0, len(keys), most):
            some = keys[first : first + most]
            mine = tuple(
                (i, j, v)
                for i, k in enumerate(some)
                for j, q in enumerate(queries)
                for v in by_query[q].get(k, ())
            )
            yield SubLayer(on(layer, some, queries), some, queries, mine)


def _together(
    groups: list[tuple[int, dict[int, list[int]]]], few: int
) -> Iterator[tuple[list[int], list[int]]]:
    queries: list[int] = []
    keys: set[int] = set()
    for query, mine in groups:
        both = keys | mine.keys()
        if queries and (len(queries) + 1) * len(both) > few:
            yield queries, sorted(keys)
            queries, both = [], set(mine)
        queries, keys = [*queries, query], both
    if queries:
        yield queries, sorted(keys)
