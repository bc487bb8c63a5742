"""How long one answer takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

import torch

from factrank.facts.database import Database
from factrank.layer.model import NamedLayer

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
