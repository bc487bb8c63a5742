"""The questions that facts answer, and what is measured on logits of some pairs (key, query).

The logits of a pair are one row ``low @ out``: ``low`` is as wide as the heads or the stream,
``out`` has one column a value. A block of rows, one that fits a cache, is made, read and forgotten,
in both directions, so memory grows with the parameters and the pairs, never with pairs times
values.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import embedding

from factrank.errors import FactrankError
from factrank.facts.database import Database
from factrank.layer.attention import Weights


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


BLOCK = 2_000_000  # logits at a time: a few megabytes, which a cache holds
PAIRS = 4096  # judged at a time


def factors(weights: Weights, tokens: Tensor, *, residual: bool = False) -> tuple[Tensor, Tensor]:
    """``low`` (n, w) and ``out`` (w, V) of the pairs ``tokens`` (n, 2): their product are the
    logits L[k, q, v] that ``layer_tensor`` has for them. Differentiable.

    w is the total width of the heads, or d_model where that is less or the residual path needs it.
    Of E_K and E_Q the rows of these pairs are read and no others. ``weights`` are those of a stack
    of one model. [ours]

    >>> from factrank.layer.attention import AttentionLayer
    >>> from factrank.layer.config import LayerConfig
    >>> layer = AttentionLayer.random(LayerConfig(4, 3, 5, 8, 2, 1, 3), seed=0)
    >>> low, out = factors(layer.weights, torch.tensor([[3, 1], [0, 2]]))
    >>> low.shape, torch.allclose((low @ out)[1], layer.layer_tensor()[0, 0, 2])
    (torch.Size([2, 6]), True)
    """
    E_K, E_Q, U, W_Q, W_K, W_V, W_O = (weight[0] for weight in weights)
    (H, d, i), (n, r) = W_Q.shape, (len(tokens), W_V.shape[-1])
    key, query = embedding(tokens[:, 0], E_K), embedding(tokens[:, 1], E_Q)
    apart = key - query
    asked, scored = (query @ side(W_Q)).view(n, H, i), (apart @ side(W_K)).view(n, H, i)
    A = torch.sigmoid((asked * scored).sum(-1, keepdim=True) / math.sqrt(i))  # n h 1
    own, more = (query @ side(W_V)).view(n, H, r), (apart @ side(W_V)).view(n, H, r)
    mixed = torch.addcmul(own, A, more).view(n, H * r)
    write = W_O.reshape(H * r, d)
    if residual or d < H * r:
        read = mixed @ write
        return (read + query if residual else read), U
    return mixed, write @ U


def side(W: Tensor) -> Tensor:
    """The heads' matrices (h, d, i) side by side (d, h i)."""
    return W.transpose(0, 1).reshape(W.shape[1], -1)


class CrossEntropy(torch.autograd.Function):
    r"""The sum over facts of -log softmax(low @ out) there.

    .. math:: \sum_n s_n \log \sum_v e^{L_{nv}} - \sum_{v \in S_n} L_{nv}, \quad s_n = |S_n|

    That is s_n times the cross-entropy to the even share over the values S_n of pair n. The
    gradients are formed with the loss, block by block: s_n softmax(L_n) minus 1 on S_n, times
    ``out`` or ``low``. Twice differentiable it is not. [ours]
    """

    @staticmethod
    def forward(ctx: Any, low: Tensor, out: Tensor, asked: Questions) -> Tensor:
        """The loss, and its slopes beside it."""
        total = low.new_zeros(())
        slopes = torch.empty_like(low), torch.zeros_like(out)
        for into, part, these in blocks(slopes[0], low, asked, out.shape[1]):
            E, row = part @ out, these.rows()
            said, top = E[row, these.values], E.amax(-1, keepdim=True)
            Z = E.sub_(top).exp_().sum(-1)
            several = these.counts.to(E.dtype)
            total += (several * (top.squeeze(-1) + Z.log())).sum() - said.sum()
            E[row, these.values] -= (Z / several)[row]  # E is the slope now, short of a factor
            share = (several / Z).unsqueeze(-1)
            torch.mul(E @ out.T, share, out=into)
            if ctx.needs_input_grad[1]:
                slopes[1].addmm_((part * share).T, E)
        ctx.slopes = slopes
        return total

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor, Tensor, None]:
        """The slopes times that of what comes after."""
        return slope * ctx.slopes[0], slope * ctx.slopes[1], None


def blocks(
    into: Tensor, low: Tensor, asked: Questions, values: int
) -> Iterator[tuple[Tensor, Tensor, Questions]]:
    """Rows of two tensors and their questions, so many that their logits are one ``BLOCK``."""
    size = max(1, BLOCK // values)
    yield from zip(into.split(size), low.split(size), asked.blocks(size), strict=True)


@torch.no_grad()
def judged(
    weights: Weights, asked: Questions, tau: float, *, residual: bool = False
) -> tuple[Tensor, Tensor]:
    """For each fact its margin, and whether it is held at tau: ``readout.margins`` and
    ``readout.held`` without the tensor. [ours]
    """
    margins, held = [], []
    for many in asked.blocks(PAIRS):
        low, out = factors(weights, many.tokens, residual=residual)
        for part, _, these in blocks(low, low, many, out.shape[1]):
            L, row = part @ out, these.rows()
            said, top = L[row, these.values], L.amax(-1)
            L[row, these.values] = -math.inf
            wrong = L.amax(-1)
            margins.append(said - wrong[row])
            L[row, these.values] = said
            all_of = L.sub_(top.unsqueeze(-1)).exp_().sum(-1).log() + top  # log sum exp
            several = these.counts.to(L.dtype)
            held.append(said >= (all_of + math.log(tau) - several.log())[row])
    return torch.cat(margins), torch.cat(held)
