"""Who votes for what in a trained layer: shares of the margin, motifs, votes taken away."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from factrank.facts.database import Database
from factrank.layer.ablate import KEY, QUERY, answers_without, without
from factrank.layer.attention import AttentionLayer
from factrank.layer.plain import PlainLayer

SOURCES = (KEY, QUERY, None)


class Ballot(NamedTuple):
    """Votes (n, h, s, v) on the facts of a database that a layer recalls, and their ``answers``."""

    votes: Tensor
    answers: Tensor
    tokens: Tensor

    @classmethod
    def of(cls, layer: AttentionLayer, database: Database) -> Ballot:
        """The ballot of one model without residual path, functional database."""
        k, q, v = torch.tensor(database.facts).T
        votes = layer.votes_of(torch.stack([k, q], 1))[0]
        right = votes.sum((1, 2)).argmax(-1) == v
        return cls(votes[right], v[right], torch.stack([k, q], 1)[right])


def contributions(ballot: Ballot) -> Tensor:
    """What each vote (n, h, s) adds to the winning margin, answer minus runner-up; sums to it."""
    L = ballot.votes.sum((1, 2))
    a = ballot.answers[:, None]
    runner = L.scatter(-1, a, -torch.inf).argmax(-1, keepdim=True)

    def at(index: Tensor) -> Tensor:
        index = index[:, None, None].expand(*ballot.votes.shape[:3], 1)
        return ballot.votes.gather(-1, index).squeeze(-1)

    return at(a) - at(runner)


def motif(ballot: Ballot) -> Tensor:
    """For each fact, whether no single vote names the answer, while their sum does (n,).

    A vote names a value if that is its one largest entry.
    """
    best = ballot.votes.amax(-1, keepdim=True)
    lone = (ballot.votes == best).sum(-1) == 1
    named = (ballot.votes.argmax(-1) == ballot.answers[:, None, None]) & lone
    return ~named.any(-1).any(-1)


class Taken(NamedTuple):
    """Answers (n, h, 3) without the key's vote, the query's, both: as predicted and as seen."""

    predicted: Tensor
    seen: Tensor


def taken_away(layer: AttentionLayer, ballot: Ballot) -> Taken:
    """Every vote and every head taken away: predicted from votes, seen in torch's own attention."""
    _, heads, _, values = ballot.votes.shape
    predicted = answers_without(ballot.votes, torch.zeros(len(ballot.answers), values))
    sequence = ballot.tokens + torch.tensor([0, layer.config.keys])
    seen = torch.empty_like(predicted)
    for h in range(heads):
        for s, source in enumerate(SOURCES):
            with torch.no_grad():
                logits = PlainLayer.of(without(layer, h, source))(sequence)
            seen[:, h, s] = logits.argmax(-1)
    return Taken(predicted, seen)


def sum_error(layer: AttentionLayer, database: Database) -> float:
    """The largest difference of the sum of votes to L, computed by torch, by the largest |L|."""
    k, q, _ = torch.tensor(database.facts).T
    tokens = torch.stack([k, q], 1)
    with torch.no_grad():
        L = PlainLayer.of(layer)(tokens + torch.tensor([0, layer.config.keys]))
    return float((layer.votes_of(tokens)[0].sum((1, 2)) - L).abs().max() / L.abs().max())


def rank_correlation(x: Tensor, y: Tensor) -> float | None:
    """Spearman's: the correlation of ranks, ties sharing their mean; None if one is constant.

    >>> round(rank_correlation(torch.tensor([1.0, 2.0, 9.0]), torch.tensor([0, 0, 1])), 3)
    0.866
    """
    from scipy.stats import spearmanr

    if min(len(x.unique()), len(y.unique())) < 2:
        return None
    return float(spearmanr(x, y).statistic)


def vote_sizes(ballot: Ballot) -> Tensor:
    """The size of each vote (h, s): its norm over the values, their mean taken off, in the mean
    over the facts. It does not look at the answer."""
    return (ballot.votes - ballot.votes.mean(-1, keepdim=True)).norm(dim=-1).mean(0)  # type: ignore[no-any-return]  # torch says Any


def most_named(layer: AttentionLayer, database: Database) -> int:
    """How many facts the single votes can name at most, by which value each names.

    A key's vote A X[k] names one value whatever the query, a query's (1 - A) Y[q] one whatever the
    key. [ours]
    """
    X, Y = (path[0].argmax(-1) for path in layer.value_paths())  # h k, h q
    k, q, v = torch.tensor(database.facts).T
    return int(((X[:, k] == v).any(0) | (Y[:, q] == v).any(0)).sum())
