"""Facts whose key is two tokens, asked in a prompt: first, second, filler ..., query."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from factrank.errors import FactrankError
from factrank.facts.database import Database


@dataclass(frozen=True)
class Prompting:
    """How a fact ((a, b), q, v) is asked: tokens a, b, then ``length`` fillers, then q.

    Tokens are numbered first ones, second ones, queries, ``fillers``; key number k of a database is
    (k // second, k % second). A filler says nothing about the answer.

    >>> way = Prompting(first=2, second=3, queries=1, fillers=4, length=2)
    >>> way.tokens, way.positions
    (10, 5)
    >>> way.asked(torch.tensor([[5, 0]]), torch.tensor([[[0, 3]]])).tolist()
    [[[1, 4, 6, 9, 5]]]
    """

    first: int
    second: int
    queries: int
    fillers: int
    length: int

    def __post_init__(self) -> None:
        if min(self.first, self.second, self.queries) < 1 or self.length < 0:
            raise FactrankError(
                f"prompts: expected two key tokens and a query at least, and a length from 0 on, "
                f"found {(self.first, self.second, self.queries, self.length)}"
            )
        if self.length and self.fillers < 1:
            raise FactrankError("prompts: expected at least one filler, found none")

    @property
    def tokens(self) -> int:
        """The size of the vocabulary."""
        return self.first + self.second + self.queries + self.fillers

    @property
    def positions(self) -> int:
        """How many tokens a prompt has."""
        return 3 + self.length

    def asked(self, pairs: Tensor, fillers: Tensor) -> Tensor:
        """Prompts (m, p, n) of pairs (p, 2), key and query, with ``fillers`` (m, p, length)."""
        key, query = pairs.T.unsqueeze(1).expand(-1, len(fillers), -1)
        second, asking = self.first, self.first + self.second
        parts = [key // self.second, second + key % self.second]
        others = fillers + asking + self.queries
        return torch.cat([torch.stack(parts, 2), others, (asking + query).unsqueeze(2)], 2)

    def drawn(self, pairs: Tensor, draws: list[torch.Generator]) -> Tensor:
        """Prompts (m, p, n) with fillers drawn anew, a generator a model."""
        shape = len(pairs), self.length
        fillers = [torch.randint(0, max(1, self.fillers), shape, generator=one) for one in draws]
        return self.asked(pairs, torch.stack(fillers))

    def check(self, database: Database) -> None:
        """Errors: ``FactrankError`` for facts that this way of asking has no tokens for, or for a
        question with two answers."""
        keys, queries, _ = database.shape
        if (keys, queries) != (self.first * self.second, self.queries):
            raise FactrankError(
                f"database: expected {self.first * self.second} keys and {self.queries} queries, "
                f"found {keys} and {queries}"
            )
        if len({(k, q) for k, q, _ in database.facts}) < len(database):
            raise FactrankError("database: expected one answer a question, found two")
