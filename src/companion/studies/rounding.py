"""A layer in less precision: another dtype, or weights on a grid of k bits."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from factrank.errors import FactrankError
from factrank.layer.attention import AttentionLayer, Weights

DTYPES = {"float64": torch.float64, "float32": torch.float32, "bfloat16": torch.bfloat16}
BITS = (8, 6, 5, 4, 3, 2)
PRECISIONS = (*DTYPES, *(f"{k} bits" for k in BITS))


def in_precision(layer: AttentionLayer, precision: str) -> Tensor:
    """L[k, q, v] of one layer in a precision, given back in float64.

    A dtype rounds the weights and does all arithmetic in it. ``k bits`` rounds the weights only,
    see ``rounded``, and computes in float64. [ours]

    Errors: ``FactrankError`` for a precision that is not in ``PRECISIONS``.
    """
    if precision not in PRECISIONS:
        raise FactrankError(
            f"precision: expected one of {', '.join(PRECISIONS)}, found {precision!r}"
        )
    if precision in DTYPES:
        rough = layer.to(DTYPES[precision])
    else:
        k = int(precision.split()[0])
        rough = replace(layer, weights=Weights(*(rounded(w, k) for w in layer.weights)))
    return rough.layer_tensor()[0].double()


def rounded(weight: Tensor, bits: int) -> Tensor:
    """A weight on the grid of 2^bits - 1 equal steps around 0 that just holds its largest entry.

    >>> rounded(torch.tensor([1.0, 0.4, -0.2]), 2)
    tensor([1., 0., -0.])
    >>> rounded(torch.tensor([1.0, 0.4, -0.2]), 3)
    tensor([ 1.0000,  0.3333, -0.3333])
    """
    if bits < 2:
        raise FactrankError(f"bits: expected at least 2, found {bits!r}")
    most = float(weight.abs().max())
    if not most:
        return weight
    step = most / (2 ** (bits - 1) - 1)
    return (weight / step).round() * step  # type: ignore[no-any-return]  # torch says Any
