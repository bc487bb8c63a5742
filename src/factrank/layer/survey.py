"""Recall at any size: what ``recall`` and ``by_relation`` count, in one pass and in parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from factrank.errors import FactrankError
from factrank.facts.database import Database
from factrank.layer import readout
from factrank.layer.answers import artifacts, held, recalled, room
from factrank.layer.attention import AttentionLayer
from factrank.layer.by_relation import Relation
from factrank.layer.model import NamedLayer, Recall, answered_off, finite
from factrank.layer.parts import Part, every_pair, pairs_with_facts

Progress = Callable[[int, int], None]  # pairs done, of how many


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
    """What a layer knows of a database, as ``recall`` counts it, whatever the sizes. [ours]

    Time is in proportion to the logits looked at: with ``everywhere`` those of every pair, keys x
    queries x values of them; without, those of the pairs that have a fact, and then ``artifacts``
    and ``answers_off`` are None: they were not counted. Memory is that of ``parts``.

    Errors: as for ``recall``.

    >>> from factrank.layer.building.compile import compile_values
    >>> db = Database.from_triples([("a", "r", "x"), ("b", "r", "y"), ("a", "s", "y")])
    >>> found = survey(NamedLayer.of(db, compile_values(db)), db, everywhere=False).whole
    >>> found.recalled, found.artifacts
    (1.0, None)
    """
    facts = named.aligned(database).facts
    if not facts:
        raise FactrankError("database: expected at least one fact, found none")
    asked = named.layer if layer is None else layer
    parts = (every_pair if everywhere else pairs_with_facts)(asked, facts)
    K, Q = asked.config.keys, asked.config.queries
    counts: dict[str, Counter[int]] = {
        name: Counter() for name in ("recalled", "held", "artifacts", "answers_off")
    }
    margin, done = [float("inf")] * Q, 0
    total = K * Q if everywhere else len({fact[:2] for fact in facts})
    for part in parts:
        L, least = logits_of(part, exact=layer is None)
        if everywhere:
            _add(counts["artifacts"], part, artifacts(L, least, part, tau).sum((0, 2)))
            _add(counts["answers_off"], part, answered_off(L, least, part).sum(0))
        if part.facts:
            query, size = torch.tensor(part.facts)[:, 1], len(part.queries)
            for name, which in (
                ("recalled", recalled(L, least, part)),
                ("held", held(L, least, part, tau)),
            ):
                _add(counts[name], part, torch.bincount(query[which], minlength=size))
            lead = readout.margins(L, part)
            for q in query.unique().tolist():
                at = part.queries[q]
                margin[at] = min(margin[at], float(lead[query == q].min()))
        done += part.pairs if everywhere else len({fact[:2] for fact in part.facts})
        progress(done, total)
    return _told(named, database, tau, counts, margin, everywhere)


def logits_of(part: Part, *, exact: bool = True) -> tuple[Tensor, Tensor]:
    """L (k, q, v) of a part in float64, and the room (k, q) that a lead needs. ``exact``: the
    weights as they are, sums in float64; else all in their dtype, which may overflow."""
    if not exact:
        return part.layer.layer_tensor()[0].double(), room(part.layer)
    L = part.layer.to(torch.float64).layer_tensor()[0]
    return finite(L), room(part.layer)


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
            query,
            facts[query],
            pairs[query],
            counts["recalled"][q],
            counts["held"][q],
            off(counts["artifacts"][q]),
            off(counts["answers_off"][q]),
            margin[q],
        )
        for q, query in enumerate(named.queries)
    )
    n = len(database)
    sums = {name: sum(it.values()) for name, it in counts.items()}
    whole = Recall(
        n, sums["recalled"] / n, sums["held"] / n, tau, off(sums["artifacts"]),
        off(sums["answers_off"]), min(margin), sum(pairs.values()) / n,
    )  # fmt: skip
    return Survey(whole, relations)


def _add(counts: Counter[int], part: Part, numbers: Tensor) -> None:
    counts.update(dict(zip(part.queries, numbers.tolist(), strict=True)))
