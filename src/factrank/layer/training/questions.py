"""The questions that facts answer: pairs (key, query) with their values, for work in batches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from factrank.errors import FactrankError
from factrank.facts.database import Database


class Questions(NamedTuple):
    """The pairs that have a fact: their ``tokens`` (n, 2), key and query; how many values each has
    (``counts``, n); and the ``values`` of all of them (facts), pair by pair.

    A pair without a fact is in none of these: what is here grows with the facts, never with keys
    times queries. In the order of ``Database.facts``, so one value stands for one fact. [ours]

    >>> db = Database.from_triples([("a", "r", "x"), ("b", "r", "x"), ("b", "r", "y")])
    >>> asked = Questions.of(db)
    >>> asked.tokens.tolist(), asked.counts.tolist(), asked.values.tolist()
    ([[0, 0], [1, 0]], [1, 2], [0, 0, 1])
    """

    tokens: Tensor
    counts: Tensor
    values: Tensor

    @classmethod
    def of(cls, database: Database, device: str = "cpu") -> Questions:
        """All questions of a database.

        Errors: ``FactrankError`` if there is no fact.
        """
        if not database.facts:
            raise FactrankError("databases: expected at least one fact in each, found an empty one")
        facts = torch.tensor(database.facts)  # sorted: the facts of a pair stand together
        tokens, counts = torch.unique_consecutive(facts[:, :2], dim=0, return_counts=True)
        return cls(*(part.to(device) for part in (tokens, counts, facts[:, 2].contiguous())))

    def rows(self) -> Tensor:
        """For each value the pair that it belongs to (facts)."""
        return torch.arange(len(self.counts), device=self.counts.device).repeat_interleave(
            self.counts
        )

    def at(self, pairs: Tensor) -> Questions:
        """The questions of these pairs, in this order.

        >>> Questions(torch.eye(2), torch.tensor([1, 2]), torch.tensor([5, 6, 7])).at(
        ...     torch.tensor([1, 0])
        ... ).values.tolist()
        [6, 7, 5]
        """
        counts = self.counts[pairs]
        first, ours = self.counts.cumsum(0) - self.counts, counts.cumsum(0) - counts
        place = (first[pairs] - ours).repeat_interleave(counts)
        within = torch.arange(len(place), device=place.device)
        return Questions(self.tokens[pairs], counts, self.values[place + within])

    def blocks(self, size: int) -> Iterator[Questions]:
        """All pairs in order, at most ``size`` at a time."""
        counts = self.counts.split(size)
        facts = self.values.split([int(part.sum()) for part in counts])
        yield from map(Questions, self.tokens.split(size), counts, facts)


def checked(device: str) -> str:
    """The device, if torch can compute there.

    >>> checked("abacus")
    Traceback (most recent call last):
    ...
    factrank.errors.FactrankError: device: expected one that torch can use here, such as cpu, \
found 'abacus'
    """
    try:
        torch.zeros(1, device=device).item()
    except Exception:  # torch has a kind of error for each reason
        raise FactrankError(
            f"device: expected one that torch can use here, such as cpu, found {device!r}"
        ) from None
    return device
