"""How checkpoints lay out the attention of a layer: a reader for each family of names.

``foreign`` finds the family by names and shapes. The layouts are those of the libraries that write
such files. [cited]
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from factrank.errors import FactrankError
from factrank.layer.foreign.heads import Flat, ForeignLayer, Place, Source, built, opened

Reader = Callable[[Place], Flat]


def separate(query: str, key: str, value: str, out: str, *, rotary: bool | None = None) -> Reader:
    """The reader of layers with a matrix each; ``rotary`` if such names tell it."""

    def read(place: Place) -> Flat:
        parts = (query, key, value)
        return Flat(
            [place.linear(it) for it in parts], [place.bias(it) for it in parts],
            place.linear(out), place.bias(out), place.n_heads(),
            (place.count(query, key), place.count(value, out), 0),
            (*parts, out), rotary or place.rotary(),
        )  # fmt: skip

    return read


def fused(weight: str, bias: str, out: str) -> Reader:
    """The reader of layers whose queries, keys and values stand side by side in one matrix: by
    columns (GPT-2's Conv1D) or by rows (``torch.nn.Linear``), as its shape tells."""

    def read(place: Place) -> Flat:
        W, b, W_O = place.tensor(weight, 2), place.maybe(bias), place.tensor(f"{out}.weight", 2)
        rows, columns = W.shape
        if columns != 3 * rows and rows != 3 * columns:
            expected = f"expected {weight} three times as long as wide"
            raise place.wrong(expected, f"{rows} x {columns}")
        if rows > columns:
            W, W_O = W.T, W_O.T
        third = (W.numel() + (0 if b is None else b.numel())) // 3
        return Flat(
            [*W.chunk(3, dim=1)], [None] * 3 if b is None else [*b.chunk(3)],
            W_O, place.bias(out), place.n_heads(),
            (2 * third, third + place.count(out), 0),
            (weight.removesuffix(".weight"), bias.removesuffix(".bias"), out), place.rotary(),
        )  # fmt: skip

    return read


def latent(place: Place) -> Flat:
    """A layer with latent attention: keys and values made from a few shared numbers of a token, a
    part of each key apart for positions. Its shapes tell all widths.

    With C the first columns of kv_a_proj_with_mqa and R the others, gamma the gains of the norm,
    (B_K^h, B_V^h) the columns of kv_b_proj: W_K^h = (C gamma B_K^h, R), W_V^h = C gamma B_V^h.
    Queries are made likewise, or at once.
    """
    down, norm, up, out = "kv_a_proj_with_mqa", "kv_a_layernorm", "kv_b_proj", "o_proj"
    own = ("q_a_proj", "q_a_layernorm", "q_b_proj") if place.has("q_a_proj") else ("q_proj",)
    W_Q, b_Q = place.linear(own[0]), place.bias(own[0])
    if len(own) > 1:
        then = place.tensor(f"{own[1]}.weight", 1)[:, None] * place.linear(own[2])
        W_Q, b_Q = W_Q @ then, None if b_Q is None else b_Q @ then
    CR, b, W_O = place.linear(down), place.bias(down), place.linear(out)
    B = place.tensor(f"{norm}.weight", 1)[:, None] * place.linear(up)
    c, vo, apart = len(B), len(W_O), CR.shape[1] - len(B)
    positions = W_Q.shape[1] - (B.shape[1] - vo)  # of all heads, each with ``apart`` of them
    n = positions // apart if apart > 0 else 0
    if n < 1 or n * apart != positions or B.shape[1] % n or vo % n or B.shape[1] <= vo:
        shapes = ", ".join(str(tuple(it.shape)) for it in (W_Q, CR, B, W_O))
        raise place.wrong("expected widths of latent attention that tell the heads", shapes)

    def made(of: Tensor) -> tuple[Tensor, Tensor]:
        """Keys and values of some rows of (C, R)."""
        each = (of[:, :c] @ B).reshape(len(of), n, -1)
        turned = of[:, None, c:].expand(-1, n, -1)
        keys, values = each.split([each.shape[2] - vo // n, vo // n], dim=2)
        return torch.cat([keys, turned], dim=2).flatten(1), values.flatten(1)

    W_K, W_V = made(CR)
    b_K, b_V = (None, None) if b is None else (it[0] for it in made(b[None]))
    positions = apart * (len(CR) + (b is not None))
    counts = (
        place.count(*own) + positions + (B.shape[1] - vo) * c,
        vo * c + place.count(out),
        place.count(down, norm) - positions,
    )
    parts = (*own, down, norm, up, out)
    n = place.n_heads(by_shape=n)
    return Flat(
        [W_Q, W_K, W_V], [b_Q, b_K, b_V], W_O, place.bias(out), n, counts, parts, True, True
    )


def plain(place: Place) -> Flat:
    """A layer as W_Q, W_K, W_V (heads, d_in, width) and W_O (heads, width, d_model), biases b_Q and
    so on (heads, width); one axis before them of length 1, as our own files have it; or flat."""
    W = [place.source.tensor(f"{place.at}W_{it}") for it in "QKVO"]
    W = [it[0] if it.ndim == 4 and len(it) == 1 else it for it in W]
    heads = {len(it) if it.ndim == 3 else None for it in W}
    if len(heads) > 1 or not {it.ndim for it in W} <= {2, 3}:
        shapes = ", ".join(str(tuple(it.shape)) for it in W)
        raise place.wrong("expected W_Q, W_K, W_V and W_O of as many heads each, or flat", shapes)
    if None not in heads:
        W = [*(it.transpose(0, 1).flatten(1) for it in W[:3]), W[3].flatten(0, 1)]
    b = [place.maybe(f"b_{it}") for it in "QKVO"]
    ours = {"E_K", "E_Q", "U"} <= place.source.shapes.keys()  # two tokens, and no positions
    qk, vo = (
        sum(it.numel() for i in pair for it in (W[i], b[i]) if it is not None)
        for pair in ((0, 1), (2, 3))
    )
    return Flat(
        W[:3], [None if it is None else it.flatten() for it in b[:3]], W[3], b[3],
        place.n_heads(by_shape=heads.pop(), alone=1), (qk, vo, 0),
        tuple(f"{kind}_{it}" for kind in "Wb" for it in "QKVO"), False if ours else place.rotary(),
    )  # fmt: skip


class Layout(NamedTuple):
    """A family: the end of a name that tells it, another that stands with it, and its reader."""

    family: str
    mark: str
    beside: str
    read: Reader


def _split(family: str, *parts: str, rotary: bool | None = None) -> Layout:
    query, _, _, out = parts
    return Layout(family, f"{query}.weight", f"{out}.weight", separate(*parts, rotary=rotary))


LAYOUTS = (
    Layout("DeepSeek-like, latent", "kv_b_proj.weight", "kv_a_proj_with_mqa.weight", latent),
    Layout("GPT-2-like", "c_attn.weight", "c_proj.weight",
           fused("c_attn.weight", "c_attn.bias", "c_proj")),
    Layout("torch's MultiheadAttention", "in_proj_weight", "out_proj.weight",
           fused("in_proj_weight", "in_proj_bias", "out_proj")),
    _split("Llama-like", "q_proj", "k_proj", "v_proj", "o_proj", rotary=True),
    _split("OPT-like", "q_proj", "k_proj", "v_proj", "out_proj"),
    _split("BERT-like", "self.query", "self.key", "self.value", "output.dense"),
    _split("ViT-like", "attention.query", "attention.key", "attention.value", "output.dense"),
    _split("DistilBERT-like", "q_lin", "k_lin", "v_lin", "out_lin"),
    Layout("plain", "W_Q", "W_O", plain),
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Foreign:
    """The attention layers of a checkpoint, in their order; each is read when it is come to."""

    source: Source
    found: tuple[tuple[str, Layout], ...]
    heads: int | None = None

    @property
    def family(self) -> str:
        return ", ".join(dict.fromkeys(layout.family for _, layout in self.found))

    def __len__(self) -> int:
        return len(self.found)

    def __iter__(self) -> Iterator[ForeignLayer]:
        for at, layout in self.found:
            place = Place(self.source, at, self.heads)
            yield built(place, layout.read(place))


def foreign(path: str | Path, heads: int | None = None) -> Foreign:
    """The attention layers in a checkpoint that others trained: safetensors, or torch's own files.

    The family is told by the names of the tensors, the number of heads by shapes, by the
    config.json beside the file or by ``heads``. Nothing is fetched, and nothing in the file is run.

    Errors: ``FactrankError`` for a file that is no checkpoint, or none with attention known here;
    when a layer is come to: for a part that is missing, packed in integers, of another shape or not
    finite, and where nothing, or not one thing, tells the number of heads.

    >>> import tempfile, torch
    >>> path = Path(tempfile.mkdtemp()) / "attention.pt"
    >>> torch.save(torch.nn.MultiheadAttention(8, 2).state_dict(), path)
    >>> (layer,) = foreign(path, heads=2)
    >>> layer.n_heads, layer.d_head_qk, layer.d_head_vo, layer.d_model
    (2, 4, 4, 8)
    """
    source = opened(path)
    found: dict[str, Layout] = {}
    for mark in dict.fromkeys(it.mark for it in LAYOUTS):
        known = [it for it in LAYOUTS if it.mark == mark]
        for name in source.shapes:
            if name == mark or name.endswith(f".{mark}"):
                at = name.removesuffix(mark)
                fit = next((it for it in known if at + it.beside in source.shapes), known[0])
                found.setdefault(at, fit)
    if not found:
        names = sorted(source.shapes, key=lambda it: (not re.search("att|qkv|query", it), it))
        raise FactrankError(
            f"{path}: expected attention laid out as {', '.join(it.family for it in LAYOUTS)}, "
            f"found none among {len(names)} tensors such as {', '.join(names[:2])}"
        )
    return Foreign(source, tuple(sorted(found.items(), key=lambda it: _order(it[0]))), heads)


def _order(name: str) -> list[tuple[bool, int, str]]:
    """Numbers within names by their size: layer 10 after layer 9."""
    parts = re.findall(r"\d+|\D+", name)
    return [(not it.isdigit(), int(it) if it.isdigit() else 0, it) for it in parts]
