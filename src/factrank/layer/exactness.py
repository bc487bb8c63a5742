"""How far a layer is from the facts: the largest |L - scale D|, and what rounding adds to it.

A running error analysis of one layer. Let u be the unit roundoff of the layer's dtype and
gamma(n) = n u / (1 - n u). A sum of n products in floating point, in whatever order and with fused
operations or without, is off by at most gamma(n) times the sum of the absolute products (Higham,
Accuracy and Stability of Numerical Algorithms, chapter 3). That rule is followed here from the
weights to the logits; the proof stands in the chapter "Facts compiled into weights". What it takes
on trust: products, sums, quotients and square roots are those of IEEE 754, and the library's exp is
off by 4 units in the last place at most.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

from factrank.facts import strict
from factrank.facts.database import Database
from factrank.layer.attention import AttentionLayer, Weights

SIGMOID = 16  # roundings: exp by 4 units in the last place (8 roundings), a sum, a quotient
SLACK = 1.01  # the bound itself is a sum of positive numbers in float64: off by far less than this


class Logits(NamedTuple):
    """``L`` (K, Q, V) as computed, in float64; ``rounding`` (K, Q, V), how far that is at most from
    the L of the weights in exact arithmetic."""

    L: Tensor
    rounding: Tensor


def logits(layer: AttentionLayer) -> Logits:
    """The logits of the first model of a stack, computed in the layer's dtype. [cited rule]

    >>> from factrank.layer.config import LayerConfig
    >>> found = logits(AttentionLayer.random(LayerConfig(4, 3, 5, 8, 2, 1, 3), seed=0))
    >>> bool((found.rounding < 1e-12).all())
    True
    """
    kind = torch.finfo(layer.weights.E_K.dtype)
    u, tiny = kind.eps / 2, kind.tiny  # a product that underflows is off by less than tiny
    L = layer.model(0).layer_tensor()[0].double()
    w = Weights(*(weight[0].double() for weight in layer.weights))
    most_m, off_m, out, off_out, d = _said(w, u, tiny)
    heads, width = out.shape[:2]
    rounding = _summed(_gamma(heads * width + 2, u) * most_m + off_m, _most(out, off_out))
    rounding += _summed(most_m, off_out)
    if layer.config.residual:
        rounding += _gamma(d, u) * (w.E_Q.abs() @ w.U.abs())
    return Logits(L, SLACK * rounding + (heads * width + d) * tiny)


def most(layer: AttentionLayer) -> Tensor:
    """At least the absolute value of L[k, q, v], for every v, as (K, Q), in exact arithmetic: what
    heads say, with its rounding, times the largest number of each direction. [ours]

    Nothing of the size of L is computed. Close where heads say nearly nothing, far off where they
    cancel one another. Without the residual path.

    >>> from factrank.layer.config import LayerConfig
    >>> layer = AttentionLayer.random(LayerConfig(4, 3, 5, 8, 2, 1, 3), seed=0)
    >>> bool((layer.layer_tensor()[0].abs().amax(-1) <= most(layer)).all())
    True
    """
    kind = torch.finfo(layer.weights.E_K.dtype)
    u, tiny = kind.eps / 2, kind.tiny
    w = Weights(*(weight[0].double() for weight in layer.weights))
    said, _, out, off_out, d = _said(w, u, tiny)
    each = _most(out, off_out).amax(-1)  # h r
    return SLACK * torch.einsum("hkqr,hr->kq", said, each) + (each.numel() + d) * tiny


def _said(w: Weights, u: float, tiny: float) -> tuple[Tensor, Tensor, Tensor, Tensor, int]:
    """At least the absolute value of m = y + A (x - y), what a head says (h, k, q, r), and how far
    it is off; the directions W_O U (h, r, v), and how far they are; and how many terms they sum."""
    A, off_A = _gates(w, u, tiny)
    d = w.E_K.shape[1] + 2  # a product and a difference more: answers to single pairs take it
    (x, off_x), (y, off_y) = (_product(E, w.W_V, d, u, tiny) for E in (w.E_K, w.E_Q))
    X, Y, G = x.unsqueeze(2), y.unsqueeze(1), A.unsqueeze(-1)
    both = _most(x, off_x).unsqueeze(2) + 2 * _most(y, off_y).unsqueeze(1)
    off_m = off_A.unsqueeze(-1) * both + _gamma(3, u) * both
    off_m += G * off_x.unsqueeze(2) + (1 - G) * off_y.unsqueeze(1)
    off_m += 3 * tiny
    most_m = (Y + G * (X - Y)).abs() + 3 * off_m
    return most_m, off_m, *_product(w.W_O, w.U, d, u, tiny), d


def _gates(w: Weights, u: float, tiny: float) -> tuple[Tensor, Tensor]:
    """A (h, k, q), and how far it is off: the slope of the sigmoid is at most 1/4."""
    d, width = w.E_K.shape[1] + 2, w.W_Q.shape[2]
    ask, off_ask = _product(w.E_Q, w.W_Q, d, u, tiny)
    key, off_key = _product(w.E_K, w.W_K, d, u, tiny)
    own, off_own = _product(w.E_Q, w.W_K, d, u, tiny)
    asks, keys, owns = _most(ask, off_ask), _most(key, off_key), _most(own, off_own)
    g = _gamma(width + 1, u)
    off = (g * keys + off_key) @ asks.mT + keys @ off_ask.mT  # h k q
    off += ((g * owns + off_own) * asks + owns * off_ask).sum(-1).unsqueeze(1)
    t = (key @ ask.mT - (ask * own).sum(-1).unsqueeze(1)) / width**0.5
    off_t = off / width**0.5 + 2 * (width + 1) * tiny
    off_t += _gamma(4, u) * (t.abs() + 2 * off_t)
    return torch.sigmoid(t), (off_t / 4 + SIGMOID * u).clamp(max=1.0)


def _product(
    left: Tensor, right: Tensor, terms: int, u: float, tiny: float
) -> tuple[Tensor, Tensor]:
    """A matrix product, and how far its computed entries are off at most."""
    return left @ right, _gamma(terms, u) * (left.abs() @ right.abs()) + terms * tiny


def _most(computed: Tensor, off: Tensor) -> Tensor:
    """At least the absolute value, whether exact or as rounded in either dtype."""
    return computed.abs() + 3 * off


def _summed(said: Tensor, out: Tensor) -> Tensor:
    """sum over h, r of said[h, k, q, r] out[h, r, v], as (k, q, v)."""
    h, k, q, r = said.shape
    return (said.permute(1, 2, 0, 3).reshape(k * q, h * r) @ out.flatten(0, 1)).view(k, q, -1)


def _gamma(n: int, u: float) -> float:
    return n * u / (1 - n * u) if n * u < 0.5 else float("inf")


TOLERANCE = 1e-9  # of the logit of a fact: what a layer may be off and still be called exact
BLOCK = 4_000_000  # intermediate numbers of a block; several arrays of that size are needed


@dataclass(frozen=True)
class Exactness:
    """``error`` is the largest |L - scale D| over all cells, D the tensor of the ``facts`` with
    that digest and L as computed; ``bound`` is what no cell of the L of the weights, in exact
    arithmetic, is off by more: the same with the rounding of each cell added."""

    error: float
    bound: float
    facts: str

    def within(self, tolerance: float, scale: float) -> bool:
        """Whether no cell is off by more than that part of the logit of a fact."""
        return self.bound <= tolerance * abs(scale)

    def to_dict(self) -> dict[str, object]:
        """As plain data, for a file; JSON has no infinity."""
        return {
            name: value if not isinstance(value, float) or math.isfinite(value) else None
            for name, value in asdict(self).items()
        }

    @classmethod
    def from_dict(cls, data: Any) -> Exactness:
        """What ``to_dict`` wrote. Errors: ``FactrankError`` for anything else."""
        strict.fields("exact", data, "error bound facts")
        for name in ("error", "bound"):
            if type(data[name]) is not float or not 0 <= data[name] < math.inf:
                strict.wrong(f"exact.{name}", "a number of at least 0", strict.show(data[name]))
        if type(data["facts"]) is not str:
            strict.wrong("exact.facts", "a text", strict.show(data["facts"]))
        return cls(**data)


def exactness(layer: AttentionLayer, database: Database, scale: float = 1.0) -> Exactness:
    """Compare every cell of L with scale times D, keys in blocks. [ours]

    The facts are the reference, numbered as the layer numbers its labels: not the terms or weights
    that were made from them.

    >>> from factrank.layer.building.compile import compile_values
    >>> db = Database.from_triples([("a", "r", "x"), ("b", "r", "y")])
    >>> exactness(compile_values(db), db).within(1e-12, 1.0)
    True
    """
    error = bound = 0.0
    for keys, found in in_blocks(layer):
        off = (found.L - scale * facts_of(database, keys, found.L)).abs()
        error = larger(error, off)
        bound = larger(bound, off + found.rounding)
    return Exactness(error, bound, database.digest())


def in_blocks(layer: AttentionLayer) -> Iterator[tuple[range, Logits]]:
    """(keys, their logits with rounding), in order."""
    for keys in layer.blocks(BLOCK):
        yield keys, logits(layer.on(keys, range(layer.config.queries)))


def facts_of(database: Database, keys: range, like: Tensor) -> Tensor:
    """D restricted to some keys, as numbers like those of ``like``."""
    D = like.new_zeros(like.shape)
    first, last = (bisect_left(database.facts, (k,)) for k in (keys.start, keys.stop))
    for k, q, v in database.facts[first:last]:
        D[k - keys.start, q, v] = 1
    return D


def larger(worst: float, numbers: Tensor) -> float:
    """The largest of all; infinite if one is no number."""
    most = float(numbers.max())
    return math.inf if math.isnan(most) else max(worst, most)
