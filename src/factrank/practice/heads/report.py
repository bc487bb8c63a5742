"""How much of its widths does each head of a checkpoint use? Singular values, counted; for a
terminal, for programs and for a spreadsheet; and what the record of head-budget says of heads with
as many weights, split otherwise. [ours]
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from textwrap import wrap
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


def _drawn(layer: ForeignLayer) -> tuple[Side, Side]:
    """The mean over four heads of the same shapes, normal numbers in place of those learned."""
    lot = torch.Generator().manual_seed(0)
    shapes = [it.shape[1:] for it in (layer.W_Q, layer.W_K, layer.W_V, layer.W_O)]
    new = [torch.randn(4, *it, generator=lot, dtype=torch.float64) for it in shapes]
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


SMALL = 2  # the lesser width of the splits that every line of the record has
NONE = mark(
    "not told: the record has only heads with keys and values of their own, whose widths sum to 8 "
    "to 16, and tells of a d_head_qk above 2"
)
WIDE = mark(
    "with d_head_qk 2 and d_head_vo {new_d_head_vo} a head has as many weights; the total width "
    "grows from {width} to {new_width}, but what a layer says has a rank of at most d_model "
    "{d_model}"
)
GAIN = mark(
    "extrapolated: in {lines} recorded lines of head-budget heads split so recalled {mean:+.1f} "
    "points more than heads split evenly ({low:+.1f} to {high:+.1f}), their mirror images "
    "{mirror:+.1f}"
)
BEYOND = mark(
    "the record ends at n_heads {heads_up_to} (here {n_heads}), d_head_qk + d_head_vo "
    "{total_up_to} (here {total}), {keys} keys and {queries} queries; it is of toys of one "
    "layer, trained on nothing but facts"
)


def otherwise(found: Heads) -> list[dict[str, Any]]:
    """For each shape of layer whose heads have keys and values of their own: the split with
    d_head_qk 2 and the rest for values, what the record says of it, and where the record ends."""
    text = files("factrank.practice.heads").joinpath("head_budget.json").read_text("utf-8")
    record = json.loads(text)
    shared = {it.shape for it in found.layers if it.counts[2]}
    told = []
    for it in found.drawn:
        total = it.d_head_qk + it.d_head_vo
        if it.groups == it.n_heads and it not in shared and it.d_head_qk > SMALL:
            told.append(
                it._asdict()
                | {"width": it.n_heads * it.d_head_vo, "total": total, "new_d_head_qk": SMALL,
                   "new_d_head_vo": total - SMALL, "new_width": it.n_heads * (total - SMALL)}
                | record
            )  # fmt: skip
    return told


def sentences(found: Heads) -> Iterator[Note]:
    """The same in words."""
    told = otherwise(found)
    for it in told:
        yield from ((text, it) for text in (WIDE, GAIN, BEYOND))
    if not told:
        yield NONE, {}


ROW = "{:>5} {:>5}" + 2 * "  {:>4} {:>4} {:>4} {:>4} {:>4} {:>6}"
NUMBERS = ("of", "> .1", ">.01", "90%", "99%", "stable")


def record(found: Heads) -> dict[str, Any]:
    """The report for programs; names are fixed."""
    return {
        "file": found.path,
        "family": found.family,
        "notes": [text.format(**told) for text, told in found.notes],
        "layers": [_layer(it, found.drawn[it.shape]) for it in found.layers],
        "mean": _both(found.mean),
        "otherwise": [it | {"kind": "extrapolated"} for it in otherwise(found)],
    }


def _layer(it: Measured, drawn: tuple[Side, Side]) -> dict[str, Any]:
    return {
        "name": it.name,
        **it.shape._asdict(),
        "parameters": dict(zip(("query_key", "value_output", "shared"), it.counts, strict=True)),
        "heads": [_both(sides) for sides in it.heads],
        "drawn": _both(drawn),
    }


def _both(sides: tuple[Side, Side]) -> dict[str, Any]:
    return {"query_key": sides[0]._asdict(), "value_output": sides[1]._asdict()}


def spreadsheet(found: Heads) -> str:
    """The report as CSV: a row a head."""
    file = io.StringIO()
    rows = csv.writer(file, lineterminator="\n")
    names = (f"{side}_{name}" for side in ("qk", "vo") for name in Side._fields)
    rows.writerow(["layer", "name", "head", *names])
    for n, layer in enumerate(found.layers):
        for h, (qk, vo) in enumerate(layer.heads):
            rows.writerow([n, layer.name, h, *(f"{x:.6g}" for x in (*qk, *vo))])
    return file.getvalue().rstrip("\n")


def lines(found: Heads) -> list[str]:
    """The report for a person: sizes, a row a head, and what is to be read with them."""
    told = [f"{found.path}: {found.family}"]
    for shape in found.drawn:
        told += _sizes(shape, [(n, it) for n, it in enumerate(found.layers) if it.shape == shape])
    over = ([""] * 2 + [name] + [""] * 3 for name in ("query-key", "value-output"))
    told += ["", ROW.format("", "", *(it for side in over for it in side)).rstrip()]
    told.append(ROW.format("layer", "head", *NUMBERS, *NUMBERS))
    for n, layer in enumerate(found.layers):
        told += [_row(n, h, sides) for h, sides in enumerate(layer.heads)]
    told += [_row("", "mean", found.mean), *(_row("", "drawn", it) for it in found.drawn.values())]
    told += ["", *_listed([(ABOUT, {}), *found.notes])]
    return [*told, "", "Split otherwise", *_listed(sentences(found))]


def _sizes(shape: Shape, where: list[tuple[int, Measured]]) -> Iterator[str]:
    first, last = where[0][0], where[-1][0]
    span = f"layer {first}" if len(where) == 1 else f"{len(where)} layers, {first} to {last}"
    sizes = (f"{name} {n}" for name, n in shape._asdict().items() if name != "groups")
    yield f"{span}: {', '.join(sizes)}"
    counts = where[0][1].counts
    shares = zip(("query-key", "value-output", "both"), counts, strict=True)
    each = (f"{side} {n:,} ({n / sum(counts):.0%})" for side, n in shares if n)
    yield f"  numbers of each: {', '.join(each)}"


def _row(layer: object, head: object, sides: tuple[Side, Side]) -> str:
    cells = (_cell(x, n == 5) for it in sides for n, x in enumerate(it))
    return ROW.format(layer, head, *cells)


def _cell(x: float, broken: bool) -> str:
    return f"{x:.1f}" if broken or (x != int(x) and x < 100) else f"{x:.0f}"


def _listed(notes: Iterable[Note]) -> Iterator[str]:
    for text, told in notes:
        yield from wrap(text.format(**told), 80, initial_indent="- ", subsequent_indent="  ")
