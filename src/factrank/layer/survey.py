"""Recall: what a layer knows of a database, relation by relation, in one pass and in parts.

A part is some keys and some queries at a time, so that no tensor of all pairs is built. Its memory
is bounded whatever keys x queries x values is: several arrays of ``BLOCK`` numbers, or of the size
of U where that is more, or one row of L.
"""

from __future__ import annotations

import math
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from factrank.errors import FactrankError
from factrank.facts.database import Database, Fact
from factrank.layer import readout
from factrank.layer.attention import AttentionLayer
from factrank.layer.readout import EVEN, answers, logits, room, shares

if TYPE_CHECKING:
    from factrank.layer.model import NamedLayer

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
            yield SubLayer(layer.on(keys, queries), keys, queries, mine)


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
            yield SubLayer(layer.on(some, queries), some, queries, mine)


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


EVERYWHERE = 100_000_000  # logits that are looked at without being asked for: seconds
Progress = Callable[[int, int], None]  # pairs done, of how many


@dataclass(frozen=True)
class Recall:
    """What a layer knows of a database: ``recalled`` and ``held`` are fractions of its facts.

    ``artifacts`` counts the entries with probability at least tau that are no facts (what an even
    share over all values is enough for is held, or an artifact, only if it is answered too);
    ``answers_off`` the pairs without a fact that are answered all the same (both None where only
    pairs with a fact were asked for); ``margin`` is the least margin of a fact, in logits;
    ``ceiling`` the best recall by one answer a pair.
    """

    facts: int
    recalled: float
    held: float
    tau: float
    artifacts: int | None
    answers_off: int | None
    margin: float
    ceiling: float


@dataclass(frozen=True)
class Relation:
    """One relation's part of a ``Recall``: counts, not shares.

    Of ``facts`` facts, ``recalled`` and ``held`` at tau; one answer a pair could recall ``pairs``
    of them. ``artifacts`` and ``answers_off`` as in ``Recall``; ``margin`` is the least of a fact.
    """

    query: str
    facts: int
    pairs: int
    recalled: int
    held: int
    artifacts: int | None
    answers_off: int | None
    margin: float


class Survey(NamedTuple):
    """The whole, and relation by relation in the layer's order."""

    whole: Recall
    relations: tuple[Relation, ...]


def survey(
    named: NamedLayer,
    database: Database,
    tau: float = 0.9,
    *,
    layer: AttentionLayer | None = None,
    everywhere: bool = True,
    progress: Progress = lambda done, total: None,
) -> Survey:
    """What a layer knows of a database, whatever the sizes. [ours]

    A pair with s values is recalled if all of them stand above all others, by more than rounding
    (``readout.room``; the same rule decides what ``ask`` and ``edit`` say), and each is held at
    tau if its probability is at least tau / s; where an even share 1 / V is enough for that, it
    must be recalled too. ``layer`` takes the place of the named one: the same in another precision,
    computed in it.

    Time is in proportion to the logits looked at: with ``everywhere`` those of every pair, keys x
    queries x values of them; without, those of the pairs that have a fact, and then ``artifacts``
    and ``answers_off`` are None: they were not counted. Memory is that of a part.

    Errors: ``FactrankError`` if there is no fact, or one with a label that the layer lacks; where
    the logits overflow.

    >>> from factrank.layer.building.compile import compile_values
    >>> from factrank.layer.model import NamedLayer
    >>> db = Database.from_triples([("a", "r", "x"), ("b", "r", "y"), ("a", "s", "y")])
    >>> found = survey(NamedLayer.of(db, compile_values(db)), db, everywhere=False).whole
    >>> found.recalled, found.artifacts
    (1.0, None)
    """
    facts = named.aligned(database).facts
    if not facts:
        raise FactrankError("database: expected at least one fact, found none")
    readout.softmax_geq(torch.zeros(1), tau)  # says what a tau is
    off, asked = (named.off, named.layer) if layer is None else (None, layer)
    parts = (every_pair if everywhere else pairs_with_facts)(asked, facts)
    K, Q = asked.config.keys, asked.config.queries
    counts: dict[str, Counter[int]] = {
        name: Counter() for name in ("recalled", "held", "artifacts", "answers_off")
    }
    margin, done = torch.full((Q,), torch.inf, dtype=torch.float64), 0
    total = K * Q if everywhere else len({fact[:2] for fact in facts})
    for part in parts:
        L, least = logits(part.layer, rough=layer is not None), room(part.layer, off)
        told = answers(L, least, sets=off is not None) if everywhere else None
        found = counted(L, least, told, part, tau)
        for name, numbers in found.counts.items():
            counts[name].update(dict(zip(part.queries, numbers.tolist(), strict=True)))
        margin[list(part.queries)] = torch.minimum(margin[list(part.queries)], found.margin)
        done += part.pairs if everywhere else len({fact[:2] for fact in part.facts})
        progress(done, total)
    return _told(named, database, tau, counts, margin.tolist(), everywhere)


def looked_everywhere(named: NamedLayer) -> bool:
    """Whether a layer is so small that all its pairs are asked for where nothing else is said."""
    K, Q, V = len(named.keys), len(named.queries), len(named.values)
    return K * Q * V <= EVERYWHERE


class Counted(NamedTuple):
    """What was counted in a part, for each of its queries; ``margin`` the least of a fact."""

    counts: dict[str, Tensor]
    margin: Tensor


def counted(L: Tensor, least: Tensor, told: Tensor | None, part: SubLayer, tau: float) -> Counted:
    """Each logit read as few times as will do; L is used up. ``told`` are the answers of every
    pair, where what is off the facts is counted too.

    A fact leads if its logit less the largest that is none is more than the room ``least``; where
    all values of its pair are facts, if it is that far from zero. A probability of tau is only
    looked for in rows where one can be: with all of a row's exp(L - max) summing to no more than
    1 / tau.
    """
    K, Q, V = part.shape
    k, q, v = torch.tensor(part.facts, dtype=torch.long).reshape(-1, 3).T
    several = torch.zeros(K, Q, dtype=L.dtype)
    several.index_put_((k, q), torch.ones(len(k), dtype=L.dtype), accumulate=True)
    own = L[k, q, v]
    L[k, q, v] = -torch.inf
    other = L.amax(-1)
    L[k, q, v] = own
    margin = own - other[k, q]
    known = torch.where(several[k, q] == V, own.abs(), margin) > least[k, q]
    top = other.index_put((k, q), torch.maximum(own, other[k, q]))
    top = torch.maximum(top, L.amax(-1)) if (several > 1).any() else top
    away = L.sub_ if told is None else L.sub
    total = shares(away(top.unsqueeze(-1))).sum(-1)
    even = tau * V <= EVEN * several[k, q]
    log_p = own - top[k, q] - total.log()[k, q]
    sure = (log_p >= math.log(tau) - several[k, q].log()) & (~even | known)
    counts = {"recalled": known, "held": sure}
    counts = {name: torch.bincount(q[which], minlength=Q) for name, which in counts.items()}
    if told is not None:
        counts["artifacts"] = _artifacts(L, told, part, total, tau)
        counts["answers_off"] = (told.any(-1) & (several == 0)).sum(0)
    nearest = torch.full((Q,), torch.inf, dtype=L.dtype)
    return Counted(counts, nearest.scatter_reduce(0, q, margin, "amin"))


def _artifacts(L: Tensor, told: Tensor, part: SubLayer, total: Tensor, tau: float) -> Tensor:
    """For each query, how many of its entries are artifacts (``readout.artifacts``)."""
    found = torch.zeros(len(part.queries), dtype=torch.long)
    k, q = (total * tau <= EVEN).nonzero().T
    place = {pair: n for n, pair in enumerate(zip(k.tolist(), q.tolist(), strict=True))}
    mine = tuple((place[f[:2]], 0, f[2]) for f in part.facts if f[:2] in place)
    if len(k):
        some = SubLayer(part.layer, range(len(k)), [0], mine)  # a pair a row, whatever its query
        said = readout.artifacts(L[k, q].unsqueeze(1), some, tau, told[k, q].unsqueeze(1))
        found.index_add_(0, q, said.sum((1, 2)))
    return found


def _told(
    named: NamedLayer,
    database: Database,
    tau: float,
    counts: dict[str, Counter[int]],
    margin: list[float],
    everywhere: bool,
) -> Survey:
    facts = Counter(query for _, query, _ in database.triples())
    pairs = Counter(query for _, query in {(k, q) for k, q, _ in database.triples()})
    off = (lambda count: count) if everywhere else (lambda count: None)
    relations = tuple(
        Relation(
            query, facts[query], pairs[query], counts["recalled"][q], counts["held"][q],
            off(counts["artifacts"][q]), off(counts["answers_off"][q]), margin[q],
        )
        for q, query in enumerate(named.queries)
    )  # fmt: skip
    n = len(database)
    sums = {name: sum(it.values()) for name, it in counts.items()}
    whole = Recall(
        n, sums["recalled"] / n, sums["held"] / n, tau, off(sums["artifacts"]),
        off(sums["answers_off"]), min(margin), sum(pairs.values()) / n,
    )  # fmt: skip
    return Survey(whole, relations)


ASKED = 50  # pairs asked one by one for the time of an answer


def seconds_per_answer(
    named: NamedLayer, database: Database, clock: Callable[[], float] = time.perf_counter
) -> float:
    """The median time of one answer, asked alone: one row of L and its largest entry.

    The pairs are those of ``ASKED`` facts spread over the database, each asked once after a first
    one that is not counted. A property of this machine at this hour.
    """
    facts = named.aligned(database).facts
    asked = [facts[0], *facts[:: max(1, len(facts) // ASKED)][:ASKED]]
    took = []
    for k, q, _ in asked:
        pair = torch.tensor([[k, q]])
        begun = clock()
        int(named.layer.forward(pair)[0, 0].argmax())
        took.append(clock() - begun)
    return median(took[1:])
