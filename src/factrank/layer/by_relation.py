"""Recall relation by relation, and how long one answer takes."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import torch

from factrank.facts.database import Database
from factrank.layer import readout
from factrank.layer.answers import artifacts, held, recalled
from factrank.layer.model import NamedLayer, answered_off, asked_blocks

ASKED = 50  # pairs asked one by one for the time of an answer


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


def by_relation(named: NamedLayer, database: Database, tau: float = 0.9) -> tuple[Relation, ...]:
    """What ``recall`` measures, for each relation of the layer, in the layer's order.

    Errors: as for ``recall``.

    >>> from factrank.layer.building.compile import compile_values
    >>> db = Database.from_triples([("a", "r", "x"), ("b", "r", "y"), ("a", "s", "y")])
    >>> [(it.query, it.recalled, it.facts) for it in by_relation(
    ...     NamedLayer.of(db, compile_values(db)), db)]
    [('r', 2, 2), ('s', 1, 1)]
    """
    Q = len(named.queries)
    counts = {name: Counter() for name in ("recalled", "held", "artifacts", "answers_off")}
    margin = [float("inf")] * Q
    for L, least, part in asked_blocks(named, database):
        _add(counts["artifacts"], artifacts(L, least, part, tau).sum((0, 2)))
        _add(counts["answers_off"], answered_off(L, least, part).sum(0))
        if part.facts:
            margins = readout.margins(L, part)
            query = torch.tensor(part.facts)[:, 1]
            sure, known = held(L, least, part, tau), recalled(L, least, part)
            _add(counts["recalled"], torch.bincount(query[known], minlength=Q))
            _add(counts["held"], torch.bincount(query[sure], minlength=Q))
            for q in query.unique().tolist():
                margin[q] = min(margin[q], float(margins[query == q].min()))
    facts = Counter(query for _, query, _ in database.triples())
    pairs = Counter(query for _, query in {(k, q) for k, q, _ in database.triples()})
    return tuple(
        Relation(
            query,
            facts[query],
            pairs[query],
            *(counts[name][q] for name in counts),
            margin[q],
        )
        for q, query in enumerate(named.queries)
    )


def _add(counts: Counter[int], numbers: torch.Tensor) -> None:
    counts.update(dict(enumerate(numbers.tolist())))


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
