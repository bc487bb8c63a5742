"""A whole transformer block, many of one shape at once: attention, MLP, norm, residual, positions.

A prompt is a row of tokens, read at the last one, and there is one block: so only the attention of
the last token matters, and only its stream is computed. Before each part and before the readout
stands a layer norm without gains. Linear maps have no biases. All of it is told in ``streams``.
The questions are facts whose key is two tokens: first, second, filler ..., query.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import layer_norm

from factrank.errors import FactrankError
from factrank.facts.database import Database
from factrank.facts.strict import show

SIZES = ("tokens", "positions", "values", "d_model", "d_head_qk", "d_head_vo")
ABSENT = ("n_heads", "d_mlp")  # these may be 0
EPSILON = 1e-5  # under the root of a layer norm, as in torch


class BlockWeights(NamedTuple):
    """Nine weights, each with a leading axis over models: shapes in ``BlockConfig.shapes``."""

    E: Tensor
    P: Tensor
    U: Tensor
    W_Q: Tensor
    W_K: Tensor
    W_V: Tensor
    W_O: Tensor
    W_in: Tensor
    W_out: Tensor


EMBEDDINGS, ATTENTION, MLP = (
    BlockWeights._fields[:3],
    BlockWeights._fields[3:7],
    BlockWeights._fields[7:],
)


@dataclass(frozen=True)
class BlockConfig:
    """The shape of one block: sizes of vocabulary, prompt, stream, heads and MLP.

    ``n_heads`` 0: in the place of the heads stands the mean of what the tokens hold, with nothing
    to learn. ``d_mlp`` 0: no MLP. ``norm`` False: no layer norms at all.

    Errors: ``FactrankError`` for a size that is no whole number or too small.

    >>> BlockConfig(5, 3, 4, d_model=6, n_heads=2, d_head_qk=1, d_head_vo=2, d_mlp=7).parameters()
    {'attention': 72, 'mlp': 84, 'embedding': 72}
    >>> BlockConfig(5, 3, 4, d_model=6, n_heads=2, d_head_qk=1, d_head_vo=2, d_mlp=-1)
    Traceback (most recent call last):
    ...
    factrank.errors.FactrankError: block: expected d_mlp of at least 0, found -1
    """

    tokens: int
    positions: int
    values: int
    d_model: int
    n_heads: int
    d_head_qk: int
    d_head_vo: int
    d_mlp: int
    norm: bool = True

    def __post_init__(self) -> None:
        for name in (*SIZES, *ABSENT):
            size, least = getattr(self, name), int(name in SIZES)
            if isinstance(size, bool) or not isinstance(size, int) or size < least:
                raise FactrankError(
                    f"block: expected {name} of at least {least}, found {show(size)}"
                )

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of each weight of one model."""
        d, H, i, r = self.d_model, self.n_heads, self.d_head_qk, self.d_head_vo
        return {
            "E": (self.tokens, d),
            "P": (self.positions, d),
            "U": (d, self.values),
            "W_Q": (H, d, i),
            "W_K": (H, d, i),
            "W_V": (H, d, r),
            "W_O": (H, r, d),
            "W_in": (d, self.d_mlp),
            "W_out": (self.d_mlp, d),
        }

    def parameters(self) -> dict[str, int]:
        """Numbers in each part of one model: 2 d H (d_qk + d_vo), 2 d d_mlp, d (tokens + ...)."""
        d = self.d_model
        return {
            "attention": 2 * d * self.n_heads * (self.d_head_qk + self.d_head_vo),
            "mlp": 2 * d * self.d_mlp,
            "embedding": d * (self.tokens + self.positions + self.values),
        }


class Streams(NamedTuple):
    """What stands in the stream of the last token, part by part; the readout reads the sum.

    ``query`` (m, p, d) is the token itself with its position, ``heads`` (m, h, p, d) what each
    head wrote (without heads: the mean, as one), ``mlp`` (m, p, d) what the MLP wrote.
    """

    query: Tensor
    heads: Tensor
    mlp: Tensor

    @property
    def total(self) -> Tensor:
        """The stream (m, p, d) that is read out."""
        return self.query + self.heads.sum(1) + self.mlp


def normed(x: Tensor, norm: bool) -> Tensor:
    r"""(x - mean) / sqrt(variance + 1e-5) over the last axis; x itself without ``norm``."""
    return layer_norm(x, x.shape[-1:], eps=EPSILON) if norm else x


def embedded(weights: BlockWeights, prompts: Tensor, norm: bool = True) -> tuple[Tensor, Tensor]:
    """The last token's stream (m, p, d), and the normed streams (m, n, p, d) that heads read.

    A stream is a token's vector and that of its place, so all norms are of one table. Prompts
    stand behind places: long axes last make the small products of heads fast.
    """
    models, n = torch.arange(len(weights.E)).view(-1, 1, 1), prompts.shape[-1]
    table = weights.E.unsqueeze(1) + weights.P[:, :n].unsqueeze(2)  # m n t d
    places = torch.arange(n).view(-1, 1)
    last = table[models.squeeze(1), n - 1, prompts[:, :, -1]]
    return last, normed(table, norm)[models, places, prompts.transpose(1, 2)]


def _by_head(x: Tensor, W: Tensor) -> Tensor:
    """All heads in one product: x (m, n, p, d) by W (m, h, d, k) is (m, h, k, n, p)."""
    flat = W.mT.flatten(1, 2) @ x.flatten(1, 2).mT
    return flat.view(len(x), *W.shape[1::2], *x.shape[1:3])


def pattern(weights: BlockWeights, x: Tensor) -> Tensor:
    r"""A[m, h, n, p], where the last token looks: softmax over n of <x_last W_Q, x_n W_K>/sqrt."""
    ask, own = _by_head(x[:, -1:], weights.W_Q), _by_head(x, weights.W_K)
    return torch.softmax((ask * own).sum(2) / weights.W_Q.shape[-1] ** 0.5, 2)


def mixed(weights: BlockWeights, x: Tensor) -> Tensor:
    """What the heads say before W_O, (m, h, r, p), of normed streams x (m, n, p, d)."""
    return (pattern(weights, x).unsqueeze(2) * _by_head(x, weights.W_V)).sum(3)


def mlp(weights: BlockWeights, stream: Tensor, norm: bool = True) -> Tensor:
    """What the MLP writes, max(0, x W_in) W_out with x the normed stream (m, p, d)."""
    return torch.relu(normed(stream, norm) @ weights.W_in) @ weights.W_out


def read_out(weights: BlockWeights, stream: Tensor, norm: bool = True) -> Tensor:
    """The logits (m, p, v) of streams (m, p, d)."""
    return normed(stream, norm) @ weights.U


def block_logits(weights: BlockWeights, prompts: Tensor, *, norm: bool = True) -> Tensor:
    r"""Logits (m, p, v) of prompts (p, n), or (m, p, n) with each model's own. Differentiable.

    .. math::
        y &= x_n + \textstyle\sum_h \sum_i A^h_i\, \bar x_i W_V^h W_O^h \\
        L &= \overline{y + \max(0, \bar y W_{in}) W_{out}}\; U

    where x_i is token i's vector plus that of its place, the bar a layer norm, A^h the softmax of
    scores. Read at the last token n. [ours in this form]

    Errors: ``FactrankError`` for prompts of another shape, or tokens out of range.

    >>> from factrank.layer.training.blocks import first_blocks
    >>> config = BlockConfig(5, 3, 4, d_model=6, n_heads=2, d_head_qk=1, d_head_vo=2, d_mlp=7)
    >>> block_logits(first_blocks(config, [0, 1]), torch.tensor([[0, 1, 4], [1, 0, 4]])).shape
    torch.Size([2, 2, 4])
    """
    query, bar = embedded(weights, checked(weights, prompts), norm)
    if weights.W_Q.shape[1]:
        said = mixed(weights, bar).flatten(1, 2).mT @ weights.W_O.flatten(1, 2)
    else:
        said = bar.mean(1)
    stream = query + said
    if weights.W_in.shape[-1]:
        stream = stream + mlp(weights, stream, norm)
    return read_out(weights, stream, norm)


def streams(weights: BlockWeights, prompts: Tensor, *, norm: bool = True) -> Streams:
    """What each part writes into the stream that is read; see ``block_logits`` for the formula.

    >>> from factrank.layer.training.blocks import first_blocks
    >>> config = BlockConfig(5, 3, 4, d_model=6, n_heads=2, d_head_qk=1, d_head_vo=2, d_mlp=7)
    >>> weights, prompts = first_blocks(config, [0]), torch.tensor([[0, 1, 4]])
    >>> L = read_out(weights, streams(weights, prompts).total)
    >>> bool((L - block_logits(weights, prompts)).abs().max() < 1e-12)
    True
    """
    query, bar = embedded(weights, checked(weights, prompts), norm)
    if weights.W_Q.shape[1]:
        heads = mixed(weights, bar).mT @ weights.W_O  # m h p d
    else:
        heads = bar.mean(1).unsqueeze(1)
    return Streams(query, heads, mlp(weights, query + heads.sum(1), norm))


def checked(weights: BlockWeights, prompts: Tensor) -> Tensor:
    """The prompts as (m or 1, p, n)."""
    most = weights.P.shape[1]
    own = prompts.unsqueeze(0) if prompts.ndim == 2 else prompts
    if own.ndim != 3 or own.shape[-1] > most or len(own) not in (1, len(weights.E)):
        raise FactrankError(
            f"prompts: expected (p, n) or ({len(weights.E)}, p, n) with n at most {most}, "
            f"found {tuple(prompts.shape)}"
        )
    if own.numel() and not (0 <= int(own.min()) and int(own.max()) < weights.E.shape[1]):
        raise FactrankError(f"prompts: expected tokens from 0 to {weights.E.shape[1] - 1}")
    return own


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
