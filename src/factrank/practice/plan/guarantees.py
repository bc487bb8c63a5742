"""How many facts every table may have and still fit into a layer: what is proved, both ways. [ours]

A table here is functional, and its tokens, relations and answers are those that occur in it: the
layer must be right on all pairs of these, among these answers. The number bounded is the largest N
such that, with the layer's keys, queries and values, every table of at most N facts fits into a
layer of these sizes, whatever its facts are about. The largest t such that every table about at
most t keys fits is another number: such a table has up to t Q facts, and as many about more keys
may not fit. Two heads write every table about two keys; not all of 20 facts about four, every
answer another one, by A1. No residual path, exact arithmetic, all weights free; trained embeddings
may be chosen for the facts; frozen ones are given first, any d_model of the tokens' vectors
independent, and any d_model of the answers'. A smaller layer is one of these: zeros fill it up, and
a head of width r is r heads of width 1 that attend alike.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from math import exp, floor, lgamma, log, log1p, log2, pi, sin
from typing import NamedTuple

from factrank.facts.words import counted
from factrank.layer.config import LayerConfig

READINGS = ("exact", "held", "top")
STORED = 32  # bits of a number in float32


class Most(NamedTuple):
    """What a table has at most: facts, and tokens, relations and answers that occur in it."""

    facts: int
    keys: int
    queries: int
    values: int

    @classmethod
    def of(cls, config: LayerConfig, facts: int, keys: int | None = None) -> Most:
        """Of every table of so many facts, or about so many keys."""
        most = facts if keys is None else keys
        return cls(
            facts, min(config.keys, most), min(config.queries, facts), min(config.values, facts)
        )


class Bound(NamedTuple):
    """A number of facts, the claims that prove it, and in words."""

    facts: int
    source: str
    sentence: str
    tokens: int | None = None  # the facts are all of a table about so many, not any facts


Need = Callable[[LayerConfig, Most], tuple[int, int]]  # (heads, d_model) enough for every table


def tanh_heads(config: LayerConfig, most: Most) -> tuple[int, int]:
    """A4b (ii), cut up: what is enough for L = D.

    A head writes the facts of one value in at most d_qk rows of its slice, on the smaller side of
    queries and keys: such a part of D[:, :, v] has rank at most d_qk, so one tanh head writes it,
    and the parts add up. A value with n_v facts needs at most ceil(n_v / d_qk) heads, and no more
    than the whole side; a table needs most of them if its first facts all differ in value.

    >>> tanh_heads(LayerConfig(20, 3, 4, 64, 9, 3, 1), Most(60, 20, 3, 4))
    (4, 23)
    """
    n, k, q, v = most
    i = config.d_head_qk
    heads = min(v * _parts(min(k, q), i), n if n <= v else v + (n - v) // i)
    return heads, _d_model(config, most, _spanned(most, v, v))


def query_gates(config: LayerConfig, most: Most) -> tuple[int, int]:
    """A4 with a gate for every query: what is enough for L = D.

    Gates g_h[q] = 1/2 + (eps/2) [h = q] are an invertible matrix, so there are X_h with
    sum_h g_h[q] X_h = M_q; they mix the M_q, so their rank is at most min(k, v), which heads of
    width d_vo share. Attention does not depend on the key, queries say nothing.

    >>> query_gates(LayerConfig(1000, 10, 50, 768, 12, 64, 64), Most(10_000, 1000, 10, 50))
    (10, 1010)
    """
    _, k, q, v = most
    heads = q * _parts(min(k, v), config.d_head_vo)
    return heads, _d_model(config, most, max(min(k, q * v), v) + q)


def key_gates(config: LayerConfig, most: Most) -> tuple[int, int]:
    """The same with a gate for every key, through what queries say: few keys, many queries.

    >>> key_gates(LayerConfig(2, 30, 5, 16, 2, 1, 5), Most(60, 2, 30, 5))
    (2, 32)
    """
    _, k, q, v = most
    heads = k * _parts(min(q, v), config.d_head_vo)
    return heads, _d_model(config, most, max(k, v) + min(q, k * v + 1))


def circle_heads(config: LayerConfig, most: Most) -> tuple[int, int]:
    """S1 by A4b (iii), cut up: what is enough for the right answer on top.

    Two tanh heads write the cosine and the sine of an answer's place on the circle, for at most
    d_qk rows of the smaller side of queries and keys; for other pairs they say 0. Two answers
    need one head, which says yes or no.

    >>> circle_heads(LayerConfig(1000, 10, 50, 768, 12, 4, 1), Most(10_000, 1000, 10, 50))
    (6, 1010)
    """
    _, k, q, _ = most
    if config.values == 1:
        return 0, 0  # the only answer is on top
    wide = min(2, config.values - 1)
    heads = wide * _parts(min(k, q), config.d_head_qk)
    return heads, _d_model(config, most, _spanned(most, wide, wide))


def nearest_gates(config: LayerConfig, most: Most) -> tuple[int, int]:
    """A7, cut up: the same in half as many heads of width 2, at a price in the size of the logits.

    G heads share the smaller side, d_qk rows each; off its rows a head has A = 1/2. With
    a = g_v and out directions 2a - b and -b, b = (a^2 + (G - 1) a)/G, a head says 2 a A - b, and
    the sum is 2 a A - a^2 of the head that knows: the nearest gate wins, as in A7.

    >>> nearest_gates(LayerConfig(1000, 10, 50, 768, 12, 4, 2), Most(10_000, 1000, 10, 50))
    (3, 1010)
    """
    _, k, q, _ = most
    heads = _parts(min(k, q), config.d_head_qk) * _parts(2, config.d_head_vo)
    return heads, _d_model(config, most, _spanned(most, 1, 2))


EXACT: dict[Need, tuple[str, str]] = {
    tanh_heads: ("A4b", "tanh heads, each with facts of one answer in its scores"),
    query_gates: ("A4", "a gate for each relation, which does not look at the token"),
    key_gates: ("A4", "a gate for each token, which does not look at the relation"),
}
TOP: dict[Need, tuple[str, str]] = {
    circle_heads: ("S1, S2", "tanh heads that place the answers on a circle"),
    nearest_gates: ("A7", "answers as gates, the nearest one on top"),
}


def at_least(config: LayerConfig, reading: str, tau: float) -> Bound:
    """A lower bound on N: what the constructions reach. Held is on top, loudly enough.

    >>> at_least(LayerConfig(500, 10, 50, 768, 12, 64, 64), "exact", 0.9).facts
    5000
    """
    facts, need = _best(config, reading, facts_reached)
    which = f"of {facts:,} facts or fewer fits, whatever they are about"
    if facts == 1:
        which = "of one fact fits"
    return _built(config, reading, tau, need, which, facts)


def about_few(config: LayerConfig, reading: str, tau: float) -> Bound:
    """A lower bound on t, as all facts of a table about t keys.

    >>> config = LayerConfig(10**5, 10, 64, 128, 2, 64, 64)
    >>> about_few(config, "exact", 0.9)[::3], at_least(config, "exact", 0.9).facts
    ((20, 2), 2)
    """
    tokens, need = _best(config, reading, tokens_reached)
    facts = tokens * config.queries
    which = f"about {tokens:,} tokens or fewer" if tokens > 1 else "about one token"
    which += f" fits, all relations of each, {counted(facts, 'fact', form=',')} at most"
    return _built(config, reading, tau, need, which, facts, tokens)


def _best(
    config: LayerConfig, reading: str, reached: Callable[[LayerConfig, Need], int]
) -> tuple[int, Need]:
    """The most that a construction reaches, and the first that does."""
    ways = EXACT if reading == "exact" else {**EXACT, **TOP}
    need = max(ways, key=lambda way: reached(config, way))
    return reached(config, need), need


def _built(
    config: LayerConfig, reading: str, tau: float, need: Need, which: str, facts: int,
    tokens: int | None = None,
) -> Bound:  # fmt: skip
    if not facts:
        return Bound(0, "none", "No construction of ours is known to fit.", tokens)
    source, how = {**EXACT, **TOP}[need]
    if config.values == 1 and need in TOP:
        source, how = "one answer", "there is only one to give"
    if facts == config.keys * config.queries:
        which = f"fits, {counted(facts, 'fact', form=',')} at most"
    loud = ""
    if reading == "held":
        loud = f" Logits up to {apart(need, config.values, tau):.3g} apart are enough."
    if not config.trainable_embeddings and config.d_model < config.values:
        loud += " Only answers that occur are compared."
    return Bound(facts, source, f"Every table {which}: {how}.{loud}", tokens)


def at_most(config: LayerConfig, reading: str, tau: float) -> Bound:
    """An upper bound on N in exact arithmetic: by the rank of the value unfolding, or none.

    >>> at_most(LayerConfig(100, 8, 20, 16, 4, 2, 4), "exact", 0.9).facts
    16
    """
    cells = config.keys * config.queries
    rank, different = min(config.d_model, config.width), min(config.values, cells)
    few = _grid(config)
    reach = config.n_heads * few  # A1: each word says a vector in each head
    if reading == "exact" and reach < min(rank, different):
        why = f"about {few:,} tokens and relations it may have rank {reach + 1:,}, L has {reach:,}"
        return Bound(reach, "A1", f"Some table of {reach + 1:,} facts does not fit: {why}.")
    if reading == "exact" and rank < different:
        why = f"as many answers need a total width and a d_model of {rank + 1:,}"
        return Bound(rank, "A2", f"Some table of {rank + 1:,} facts does not fit: {why}.")
    if rank == 1 and different > 2 and (reading == "top" or (reading == "held" and tau > 0.5)):
        why = "logits of rank one put only two answers on top"
        return Bound(2, "A2", f"Some table of 3 facts does not fit: {why}.")
    asked = counted(cells, "question", form=",")
    return Bound(cells, "the table", f"No limit is proved below its {asked}.")


def _grid(config: LayerConfig) -> int:
    """The least k + q with k q > n_heads (k + q), that is with room for more rank than A1 allows.

    >>> _grid(LayerConfig(10**5, 10, 64, 128, 2, 64, 64))
    9
    """
    short, whole = min(config.keys, config.queries), config.keys + config.queries

    def filled(both: int) -> bool:
        side = min(short, both // 2)
        return side * (both - side) <= config.n_heads * both

    return last(whole, filled) + 1


def stored(config: LayerConfig, reading: str, tau: float) -> Bound:
    """An upper bound on N if every number is kept in 32 bits: there are too few layers.

    Of the tables on n pairs in which the same answers occur a layer holds one; at a tau up to 1/2
    it may hold floor(1/tau) answers to a pair, so that many to the power n. Frozen embeddings,
    given first, do not count.

    >>> stored(LayerConfig(10**6, 10, 256, 8, 1, 1, 1), "top", 0.9).facts
    170
    """
    cells = config.keys * config.queries
    apiece = floor(min(config.values, 1 / tau)) if reading == "held" else 1
    kept = STORED * config.parameters()["trained"]

    def enough(n: int) -> bool:
        return _tables(n, config.values, apiece) * (1 - 1e-12) <= kept  # rounded, never too small

    facts = last(cells, enough) if config.values > apiece else cells
    if facts == cells:
        return Bound(cells, "capacity-bits", f"No limit: the layer has {kept:,} bits.")
    some = f"Some table of {facts + 1:,} facts does not fit"
    said = f"{_tables(facts + 1, config.values, apiece):,.1f}"
    why = f"the layer has {kept:,} bits, so many facts with the same answers say {said}"
    return Bound(facts, "capacity-bits", f"{some}: {why}.")


def _tables(n: int, values: int, apiece: int) -> float:
    """At least log2 of the tables on n pairs with the same m answers, m as large as it can be, for
    each that one layer may hold.

    m answers in a row and then any: m! m^(n - m). Or all but those that lack an answer: no fewer
    than m^n - m (m - 1)^n.

    >>> [round(_tables(n, 4, 1), 2) for n in (1, 4, 40)], 2 * 40
    ([0.0, 4.58, 80.0], 80)
    """
    m = min(n, values)
    said = lgamma(m + 1) / log(2) + (n - m) * log2(m)
    lacking = m * exp(n * log1p(-1 / m)) if m > 1 else 0.0
    if lacking < 1:
        said = max(said, n * log2(m) + log2(1 - lacking))
    return said - n * log2(apiece)


def facts_reached(config: LayerConfig, need: Need) -> int:
    """The largest n such that all tables of n facts fit."""
    return last(config.keys * config.queries, lambda n: _fits(config, need, Most.of(config, n)))


def tokens_reached(config: LayerConfig, need: Need) -> int:
    """The largest t such that all tables about t keys fit."""
    return last(config.keys, lambda t: _fits(config, need, Most.of(config, t * config.queries, t)))


def apart(need: Need, values: int, tau: float) -> float:
    """How far apart two logits of a pair are at most when the construction holds facts at tau.

    If the right logit is log((V - 1) tau/(1 - tau)) above each other one, its probability is tau.
    L = beta D needs no more; on the circle neighbours are 2 sin^2(pi/V) of a radius apart where the
    farthest are 2, and gates 1/V^2 of what the farthest are (S2, A7).

    >>> [round(apart(it, 74, 0.9), 1) for it in (tanh_heads, circle_heads, nearest_gates)]
    [6.5, 3601.8, 35526.6]
    """
    odds = max(0.0, log((values - 1) * tau / (1 - tau))) if values > 1 else 0.0
    if need in EXACT or (values < 3 and need is circle_heads):
        return odds
    return odds * (1 / sin(pi / values) ** 2 if need is circle_heads else values**2)


def _parts(whole: int, size: int) -> int:
    return -(-whole // size)


def _spanned(most: Most, columns: int, out: int) -> int:
    """Dimensions of what is read, as ``assemble`` counts them, if heads cut the smaller side.

    Its tokens have unit vectors; those of the other side so many columns for each, and a 1 to say.
    Values share the dimensions of the keys, ``out`` of them.
    """
    k, q = most.keys, most.queries
    if q <= k:
        return max(min(k, q * columns + 1), out) + q
    return max(k, out) + min(q, k * columns + 1)


def _d_model(config: LayerConfig, most: Most, chosen: int) -> int:
    """Chosen embeddings span what is read of them; frozen ones must be independent."""
    if config.trainable_embeddings:
        return chosen
    return max(most.keys + most.queries, most.values)


def _fits(config: LayerConfig, need: Need, most: Most) -> bool:
    heads, d_model = need(config, most)
    return heads <= config.n_heads and d_model <= config.d_model


def last(top: int, true: Callable[[int], bool]) -> int:
    """The largest number up to ``top`` for which it is true, as it is for all smaller ones."""
    return bisect_left(range(1, top + 1), True, key=lambda n: not true(n))
