"""The heads of one attention layer that others trained, in our terms."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from factrank.errors import FactrankError


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
