"""A checkpoint of others as names, shapes and tensors (local files; nothing in them is run), and
one attention layer of it: its names before its layout is known, then its heads in our terms.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import safe_open
from torch import Tensor

from factrank.errors import FactrankError
from factrank.layer.file import DTYPES

INNER = ("state_dict", "model_state_dict", "model")  # where a training script keeps the weights
CONFIG = "config.json"


@dataclass(frozen=True, eq=False)
class Source:
    """The tensors of one file by name, read when they are asked for, and the settings beside it."""

    path: str
    shapes: Mapping[str, tuple[int, ...]]
    raw: Callable[[str], Tensor]
    config: Mapping[str, Any] | None

    def tensor(self, name: str) -> Tensor:
        """One tensor in float64.

        Errors: ``FactrankError`` for one that is absent, in integers or packed, or not finite.
        """
        if name not in self.shapes:
            raise FactrankError(f"{self.path}: expected the tensor {name} too, found none")
        found = self.raw(name)
        if found.dtype not in DTYPES:
            known = ", ".join(str(it).removeprefix("torch.") for it in DTYPES)
            raise FactrankError(f"{self.path}: expected {name} in {known}, found {found.dtype}")
        if not torch.isfinite(found).all():
            raise FactrankError(f"{self.path}: expected finite numbers, found others in {name}")
        return found.detach().double()

    def count(self, *names: str) -> int:
        """How many numbers the file holds of these: weights and, where they are, biases."""
        sizes = [self.shapes.get(f"{it}.{end}") for it in names for end in ("weight", "bias")]
        return sum(torch.Size(it).numel() for it in sizes if it is not None)


def opened(path: str | Path) -> Source:
    """A safetensors file or a state dict of torch, opened; a pickle that would run code is refused.

    Errors: ``FactrankError``, one sentence, for a path that cannot be read and any other file.
    """
    try:
        with Path(path).open("rb") as file:
            start = file.read(9)
        config = _config(Path(path).with_name(CONFIG))
        if start[8:] == b"{":  # a safetensors file: the length of its header, then the header
            held = safe_open(str(path), framework="pt")
            shapes = {name: tuple(held.get_slice(name).get_shape()) for name in held.keys()}  # noqa: SIM118
            return Source(str(path), shapes, held.get_tensor, config)
        packed = zipfile.is_zipfile(path)
        tensors = _weights(torch.load(path, map_location="cpu", weights_only=True, mmap=packed))
    except (FactrankError, MemoryError):
        raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise FactrankError(f"{path}: expected a checkpoint, found: {reason}") from None
    except Exception:  # torch and safetensors have many words for a file that is none
        tensors = {}
    if not tensors:
        raise FactrankError(
            f"{path}: expected a safetensors file or a torch file of tensors by name, found one "
            "that is cut short or of another kind"
        )
    return Source(
        str(path), {n: tuple(t.shape) for n, t in tensors.items()}, tensors.__getitem__, config
    )


def _weights(found: Any) -> dict[str, Tensor]:
    """The tensors by name, of a state dict or of what a training script wrote around one."""
    for name in INNER:
        if isinstance(found, dict) and isinstance(found.get(name), dict):
            found = found[name]
    items = found.items() if isinstance(found, dict) else ()
    return {name: it for name, it in items if isinstance(name, str) and isinstance(it, Tensor)}


def _config(path: Path) -> Mapping[str, Any] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        reason = getattr(error, "strerror", None) or "another text"
        raise FactrankError(f"{path}: expected JSON, found {reason}") from None
    if not isinstance(found, dict):
        raise FactrankError(f"{path}: expected a JSON object, found a {type(found).__name__}")
    return found


@dataclass(frozen=True, eq=False)
class ForeignLayer:
    r"""One attention layer of a checkpoint, its matrices head by head, in float64.

    ``W_Q`` and ``W_K`` (n_heads, d_in, d_head_qk), ``W_V`` (n_heads, d_in, d_head_vo), ``W_O``
    (n_heads, d_head_vo, d_model). Row vectors x of the layer's input, after whatever norm stands
    before it, give the scores :math:`x W_Q^h (y W_K^h)^\top / \sqrt{d_{qk}}` and what is said,
    :math:`\sum_h A^h y W_V^h W_O^h` + ``b_O``. Where the layer has biases, ``biased``, they are the
    last rows of the first three and x ends in a 1: d_in = d_model + 1.

    ``groups``: as many heads of keys and values are stored; of fewer than n_heads each serves
    several, and is repeated here. ``counts``: stored numbers of the query-key side, of the
    value-output side, and those that serve both. ``rotary``: whether positions turn queries and
    keys, so that W_Q W_K^T is the whole of a score only between a token and itself; None where
    nothing tells. ``normed``: a norm stands inside, whose gains are folded in and whose divisors
    are not, so that a token's queries, keys and values hold up to a positive number each.
    ``unread``: tensors of the layer that none of this says.
    """

    name: str
    W_Q: Tensor
    W_K: Tensor
    W_V: Tensor
    W_O: Tensor
    b_O: Tensor | None
    biased: bool
    groups: int
    counts: tuple[int, int, int]
    rotary: bool | None
    normed: bool = False
    unread: tuple[str, ...] = ()

    @property
    def n_heads(self) -> int:
        return self.W_O.shape[0]

    @property
    def d_model(self) -> int:
        return self.W_O.shape[2]

    @property
    def d_head_qk(self) -> int:
        return self.W_Q.shape[2]

    @property
    def d_head_vo(self) -> int:
        return self.W_V.shape[2]


Heads = tuple[Tensor, Tensor, Tensor, Tensor, int]


def by_head(place: str, W_Q: Tensor, W_K: Tensor, W_V: Tensor, W_O: Tensor, n_heads: int) -> Heads:
    """The four matrices head by head, and how many heads of keys and values there are.

    Given as a file has them: (d_in, heads * width) three times, then (heads * d_head_vo, d_model).
    Keys and values may have fewer heads than queries; each then serves as many neighbours.

    Errors: ``FactrankError`` where the widths do not fit that number of heads.

    >>> import torch
    >>> M = torch.arange(8.0).reshape(1, 8)
    >>> *_, W_V, W_O, groups = by_head("it", M, M[:, :4], M[:, :4], M.T, 4)
    >>> groups, W_V[:, 0].tolist(), W_O.shape
    (2, [[0.0, 1.0], [0.0, 1.0], [2.0, 3.0], [2.0, 3.0]], torch.Size([4, 2, 1]))
    """
    widths = (W_Q.shape[1], W_K.shape[1], W_V.shape[1], W_O.shape[0])
    qk = widths[0] // n_heads
    groups = widths[1] // qk if qk else 0
    vo = widths[2] // groups if groups else 0
    even = vo and n_heads % groups == 0
    if not even or widths != (n_heads * qk, groups * qk, groups * vo, n_heads * vo):
        raise FactrankError(
            f"{place}: expected queries, keys, values and outputs of {n_heads} heads of one width, "
            f"found widths {', '.join(map(str, widths))}"
        )

    def cut(flat: Tensor, heads: int) -> Tensor:
        each = flat.reshape(flat.shape[0], heads, -1).transpose(0, 1)
        return each.repeat_interleave(n_heads // heads, 0)

    each = W_O.reshape(n_heads, vo, -1)
    return cut(W_Q, n_heads), cut(W_K, groups), cut(W_V, groups), each, groups


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

    def tensor(self, name: str, axes: int) -> Tensor:
        """A tensor of one axis, or of two."""
        found = self.source.tensor(self.at + name)
        if found.ndim != axes:
            many = "one axis" if axes == 1 else "two axes"
            raise self.wrong(f"expected {name} with {many}", f"shape {tuple(found.shape)}")
        return found

    def linear(self, part: str) -> Tensor:
        """The matrix of x -> x W (d_in, width), as ``torch.nn.Linear`` stores it, turned."""
        return self.tensor(f"{part}.weight", 2).T

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
        inside = (it[len(self.at) :] for it in self.source.shapes if it.startswith(self.at))
        if not self.at:  # all of the file: of that only what has no name of a module before it
            inside = (it for it in inside if "." not in it)
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
    W_Q, W_K, W_V = (
        torch.cat([M, torch.zeros_like(M[:1]) if b is None else b[None]]) if biased else M
        for M, b in zip(flat.W, flat.b, strict=True)
    )
    where = f"{place.source.path}: {place.name}"
    heads = by_head(where, W_Q, W_K, W_V, flat.W_O, flat.n_heads)
    return ForeignLayer(
        place.name, *heads[:4], flat.b_O, biased, heads[4], flat.counts, flat.rotary, flat.normed,
        place.unread(*flat.parts),
    )  # fmt: skip
