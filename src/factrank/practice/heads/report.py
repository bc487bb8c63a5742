"""How much of its widths does each head of a checkpoint use? Singular values, counted. [ours]"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from factrank.layer.foreign.heads import ForeignLayer
from factrank.layer.foreign.layouts import foreign
from factrank.practice.html.tongue import mark

ROTARY = mark(
    "positions are rotary: W_Q W_K^T is the whole of a score only between a token and itself; "
    "elsewhere a rotation stands between, which keeps the width and may change the ranks"
)
UNTOLD = mark(
    "no config.json tells whether positions are rotary; if they are, W_Q W_K^T is not the whole of "
    "a score"
)
NORMED = mark(
    "a norm stands inside the latent attention: its gains are counted in; its divisor, a positive "
    "number for each token, is not"
)
BIASED = mark("biases are counted in, as one more row for an input that is always 1")
GROUPED = mark("{groups} heads of keys and values serve {heads} heads of queries")
UNREAD = mark("not counted, though in the attention: {names}")
ABOUT = mark(
    "singular values of W_Q W_K^T and of W_V W_O: how many above 0.1 and 0.01 of the largest, how "
    "many hold 90% and 99% of the sum of their squares, and that sum over the largest square "
    "(stable); drawn: heads of the same sizes, numbers drawn at random"
)


Note = tuple[str, dict[str, Any]]  # a sentence with holes, and what stands in them


class Side(NamedTuple):
    """The singular values of W_Q W_K^T or of W_V W_O of one head, counted.

    ``above_tenth`` and ``above_hundredth`` are more than that part of the largest; ``holds_90`` and
    ``holds_99`` the fewest whose squares make up that share of the sum of all squares; the stable
    rank is that sum over the largest square. All are at most ``width``, and 0 where all are 0.
    """

    width: int
    above_tenth: float
    above_hundredth: float
    holds_90: float
    holds_99: float
    stable_rank: float


def sides(A: Tensor, B: Tensor) -> list[Side]:
    """What the products A[h] B[h]^T say, A (heads, m, width) and B (heads, n, width).

    >>> A = torch.diag(torch.tensor([1.0, 0.5, 0.05, 0.001]))[None]
    >>> sides(A, torch.eye(4)[None])[0][:5]
    (4, 2, 3, 2, 2)
    """
    R, S = (torch.linalg.qr(it, mode="r").R for it in (A, B))
    values = torch.linalg.svdvals(R @ S.transpose(1, 2))
    squares, largest = values.square(), values[:, :1]
    total = squares.sum(1)
    held = squares.cumsum(1) / total[:, None]
    some = total > 0
    counts = [(values > part * largest).sum(1) for part in (0.1, 0.01)]
    counts += [((held < share).sum(1) + 1) * some for share in (0.9, 0.99)]
    stable = torch.where(some, total / squares[:, 0], 0.0)
    rows = zip(*(it.tolist() for it in (*counts, stable)), strict=True)
    return [Side(A.shape[2], *row) for row in rows]


def mean(of: Sequence[Side]) -> Side:
    """The mean of some sides, number by number; of their widths too."""
    return Side(*(sum(column) / len(of) for column in zip(*of, strict=True)))


class Shape(NamedTuple):
    """The sizes of a layer. ``groups`` heads of keys and values serve ``n_heads`` of queries."""

    d_model: int
    n_heads: int
    groups: int
    d_head_qk: int
    d_head_vo: int


@dataclass(frozen=True)
class Measured:
    """One layer: its sizes, its stored numbers (of the query-key side, of the value-output side, of
    both), and for each head the two sides."""

    name: str
    shape: Shape
    counts: tuple[int, int, int]
    heads: tuple[tuple[Side, Side], ...]


@dataclass(frozen=True)
class Heads:
    """What ``heads`` found. ``notes`` must be read with the numbers. ``drawn``: the two sides of
    heads of each shape with numbers drawn at random."""

    path: str
    family: str
    layers: tuple[Measured, ...]
    notes: tuple[Note, ...]
    drawn: dict[Shape, tuple[Side, Side]]

    @property
    def mean(self) -> tuple[Side, Side]:
        """The mean over all heads of each side."""
        every = [it for layer in self.layers for it in layer.heads]
        return mean([qk for qk, _ in every]), mean([vo for _, vo in every])


def heads(path: str | Path, n_heads: int | None = None) -> Heads:
    """How much of its widths each head in a checkpoint uses; ``n_heads`` where nothing else tells.

    Errors: ``FactrankError`` as ``foreign`` and its layers.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "attention.pt"
    >>> torch.save(torch.nn.MultiheadAttention(8, 2).state_dict(), file)
    >>> found = heads(file, 2)
    >>> found.layers[0].shape, found.layers[0].counts
    (Shape(d_model=8, n_heads=2, groups=2, d_head_qk=4, d_head_vo=4), (144, 144, 0))
    """
    source = foreign(path, n_heads)
    layers, drawn = [], {}
    notes: dict[object, Note] = {}
    for it in source:
        shape = Shape(it.d_model, it.n_heads, it.groups, it.d_head_qk, it.d_head_vo)
        both = zip(*_sides(it.W_Q, it.W_K, it.W_V, it.W_O), strict=True)
        layers.append(Measured(it.name, shape, it.counts, tuple(both)))
        notes |= {(text, *told.items()): (text, told) for text, told in _notes(it)}
        if shape not in drawn:
            drawn[shape] = _drawn(it)
    return Heads(str(path), source.family, tuple(layers), tuple(notes.values()), drawn)


def _sides(W_Q: Tensor, W_K: Tensor, W_V: Tensor, W_O: Tensor) -> tuple[list[Side], list[Side]]:
    return sides(W_Q, W_K), sides(W_V, W_O.transpose(1, 2))


def _drawn(layer: ForeignLayer, few: int = 4) -> tuple[Side, Side]:
    """The mean over a few heads of the same shapes, normal numbers in place of those learned."""
    lot = torch.Generator().manual_seed(0)
    shapes = [it.shape[1:] for it in (layer.W_Q, layer.W_K, layer.W_V, layer.W_O)]
    new = [torch.randn(few, *it, generator=lot, dtype=torch.float64) for it in shapes]
    qk, vo = _sides(*new)
    return mean(qk), mean(vo)


def _notes(layer: ForeignLayer) -> Iterator[Note]:
    if layer.rotary:
        yield ROTARY, {}
    if layer.rotary is None:
        yield UNTOLD, {}
    if layer.normed:
        yield NORMED, {}
    if layer.biased:
        yield BIASED, {}
    if layer.groups < layer.n_heads:
        yield GROUPED, {"groups": layer.groups, "heads": layer.n_heads}
    if layer.unread:
        yield UNREAD, {"names": ", ".join(layer.unread)}
