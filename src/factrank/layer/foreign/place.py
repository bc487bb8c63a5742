"""One attention layer of a checkpoint, before its layout is known: names, biases, heads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from factrank.errors import FactrankError
from factrank.layer.foreign.heads import ForeignLayer, by_head
from factrank.layer.foreign.source import Source

HEADS = ("num_attention_heads", "n_head", "n_heads", "num_heads")  # a config's words for it
TURNED = ("roformer",)  # model types with rotary positions of which their config says nothing
BUFFERS = ("bias", "masked_bias", "rotary_emb", "output.LayerNorm")  # no part of the matrices


@dataclass(frozen=True, eq=False)
class Place:
    """One attention layer of a file: where its names begin, and the number of heads if asked."""

    source: Source
    at: str
    asked: int | None

    @property
    def name(self) -> str:
        return self.at.rstrip(".") or "attention"

    def has(self, part: str) -> bool:
        return f"{self.at}{part}.weight" in self.source.shapes

    def matrix(self, name: str) -> Tensor:
        """A tensor of two axes."""
        found = self.source.tensor(self.at + name)
        if found.ndim != 2:
            raise self.wrong(f"expected {name} with two axes", f"shape {tuple(found.shape)}")
        return found

    def linear(self, part: str) -> Tensor:
        """The matrix of x -> x W (d_in, width), as ``torch.nn.Linear`` stores it, turned."""
        return self.matrix(f"{part}.weight").T

    def vector(self, name: str) -> Tensor:
        """A tensor of one axis."""
        found = self.source.tensor(self.at + name)
        if found.ndim != 1:
            raise self.wrong(f"expected {name} with one axis", f"shape {tuple(found.shape)}")
        return found

    def maybe(self, name: str) -> Tensor | None:
        """A tensor that not every layer has."""
        here = self.at + name
        return self.source.tensor(here) if here in self.source.shapes else None

    def bias(self, part: str) -> Tensor | None:
        return self.maybe(f"{part}.bias")

    def count(self, *parts: str) -> int:
        return self.source.count(*(self.at + part for part in parts))

    def wrong(self, expected: str, found: str) -> FactrankError:
        return FactrankError(f"{self.source.path}: {self.name}: {expected}, found {found}")

    def n_heads(self, by_shape: int | None = None, alone: int | None = None) -> int:
        """The number of heads by the shapes, by config.json or as asked; all that tell must agree.
        ``alone``: what it is where nothing tells.

        Errors: ``FactrankError`` if nothing tells, or two tell otherwise.
        """
        config = self.source.config or {}
        told = {f"config.json ({key})": config[key] for key in HEADS if config.get(key) is not None}
        told |= {"its shapes": by_shape} if by_shape is not None else {}
        told |= {"--heads": self.asked} if self.asked is not None else {}
        for who, n in told.items():
            if type(n) is not int or n < 1:
                raise self.wrong(f"expected a number of heads of at least 1 by {who}", repr(n))
        if len(set(told.values())) > 1:
            each = ", ".join(f"{n} by {who}" for who, n in told.items())
            raise self.wrong("expected one number of heads", each)
        if not told and alone is None:
            raise self.wrong(
                "expected config.json beside the file or --heads N, as the shapes do not tell the "
                "number of heads",
                "neither",
            )
        return next(iter(told.values()), alone or 1)

    def rotary(self) -> bool | None:
        """Whether config.json says that positions are rotary; None without one."""
        if self.source.config is None:
            return None
        items = self.source.config.items()
        said = any(value for key, value in items if "rope" in key or "rotary" in key)
        return said or self.source.config.get("model_type") in TURNED

    def unread(self, *parts: str) -> tuple[str, ...]:
        """The names of this layer, without their beginning, that are none of these parts."""
        if not self.at:
            return ()
        inside = (it[len(self.at) :] for it in self.source.shapes if it.startswith(self.at))
        known = (*parts, *BUFFERS)
        return tuple(sorted(it for it in inside if not f"{it}.".startswith(tuple(
            f"{part}." for part in known))))  # fmt: skip


class Flat(NamedTuple):
    """What a reader finds of a layer: W_Q, W_K, W_V (d_in, heads * width) and their biases, W_O
    (heads * d_head_vo, d_model) and its; the rest as in ``ForeignLayer``. ``parts``: the names it
    has read."""

    W: list[Tensor]
    b: list[Tensor | None]
    W_O: Tensor
    b_O: Tensor | None
    n_heads: int
    counts: tuple[int, int, int]
    parts: tuple[str, ...]
    rotary: bool | None
    normed: bool = False


def built(place: Place, flat: Flat) -> ForeignLayer:
    """The layer head by head, its biases folded in.

    Errors: ``FactrankError`` where widths do not fit.
    """
    for M, b in zip((*flat.W, flat.W_O), (*flat.b, flat.b_O), strict=True):
        if b is not None and b.shape != M.shape[1:]:
            raise place.wrong(f"expected a bias of {M.shape[1]} numbers", f"{tuple(b.shape)}")
    biased = any(b is not None for b in flat.b)
    rows = [
        torch.zeros(M.shape[1]) if b is None else b for M, b in zip(flat.W, flat.b, strict=True)
    ]
    W_Q, W_K, W_V = (
        torch.cat([M, row.to(M)[None]]) if biased else M
        for M, row in zip(flat.W, rows, strict=True)
    )
    where = f"{place.source.path}: {place.name}"
    heads = by_head(where, W_Q, W_K, W_V, flat.W_O, flat.n_heads)
    return ForeignLayer(
        place.name, *heads[:4], flat.b_O, biased, heads[4], flat.counts, flat.rotary, flat.normed,
        place.unread(*flat.parts),
    )  # fmt: skip
