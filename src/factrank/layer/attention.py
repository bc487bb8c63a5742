"""AttentionLayer: many layers of one shape at once, and the tensor L of each.

Two tokens, key k then query q, read at q. Row vectors stand on the left, as in
x W_Q. A softmax over two positions is a sigmoid of the difference of two scores. ``PlainLayer`` is
the same layer as one would write it by hand: a torch module around torch's own attention.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from factrank.errors import FactrankError
from factrank.layer.config import LayerConfig


class Weights(NamedTuple):
    """The seven weights, each with a leading axis over models: shapes in ``LayerConfig.shapes``."""

    E_K: Tensor
    E_Q: Tensor
    U: Tensor
    W_Q: Tensor
    W_K: Tensor
    W_V: Tensor
    W_O: Tensor


@dataclass(frozen=True, eq=False)
class AttentionLayer:
    r"""A stack of attention layers of one shape, each a map from (key, query) to logits.

    .. math::
        A^h_{kq} &= \sigma(s^h_{qk} - s^h_{qq}), \quad
        s^h_{qk} = \langle E_Q[q] W_Q^h, E_K[k] W_K^h \rangle / \sqrt{d_{qk}} \\
        L_{kqv} &= \textstyle\sum_h A^h_{kq} X^h_{kv} + (1 - A^h_{kq})\, Y^h_{qv}
            \;(+\, (E_Q U)_{qv})

    with X = E_K W_V W_O U and Y = E_Q W_V W_O U [paper; the two-token form is ours].
    Every method keeps the axis over models in front; one model is a stack of one.

    Errors: ``FactrankError`` for a weight of another shape, of another dtype than the others, or
    with an entry that is not finite, and for a tie that the weights do not keep.

    >>> layer = AttentionLayer.random(LayerConfig(4, 3, 5, 8, 2, 1, 3), seed=0)
    >>> layer.layer_tensor().shape
    torch.Size([1, 4, 3, 5])
    """

    config: LayerConfig
    weights: Weights

    def __post_init__(self) -> None:
        models = self.weights.E_K.shape[:1]
        for name, shape in self.config.shapes.items():
            weight = getattr(self.weights, name)
            if tuple(weight.shape) != (*models, *shape):
                raise FactrankError(
                    f"layer: expected {name} of shape {(*models, *shape)}, "
                    f"found {tuple(weight.shape)}"
                )
            if weight.dtype != self.weights.E_K.dtype:
                raise FactrankError(
                    f"layer: expected {name} in {self.weights.E_K.dtype}, found {weight.dtype}"
                )
            if not torch.isfinite(weight).all():
                raise FactrankError(f"layer: expected finite weights, found others in {name}")
        for key, value in self.config.tied:
            if not torch.equal(self.weights.U[:, :, value], self.weights.E_K[:, key]):
                raise FactrankError(
                    f"layer: expected U[:, {value}] tied to E_K[{key}], found another vector"
                )

    @classmethod
    def random(
        cls,
        config: LayerConfig,
        models: int = 1,
        seed: int = 0,
        *,
        std: float = 1.0,
        dtype: torch.dtype = torch.float64,
    ) -> AttentionLayer:
        """Normal weights: embeddings of the given ``std``, the others 1/sqrt(fan in)."""
        generator = torch.Generator().manual_seed(seed)
        drawn = {}
        for name, shape in config.shapes.items():
            scale = std if name in ("E_K", "E_Q", "U") else shape[-2] ** -0.5
            drawn[name] = scale * torch.randn((models, *shape), generator=generator, dtype=dtype)
        for key, value in config.tied:
            drawn["U"][:, :, value] = drawn["E_K"][:, key]
        return cls(config, Weights(**drawn))

    # ---- what it computes -------------------------------------------------------------------

    def attention(self) -> Tensor:
        """A[m, h, k, q], the weight on the key token; 1 - A is the weight on the query itself."""
        return attention(self.weights)

    def value_paths(self) -> tuple[Tensor, Tensor]:
        """X[m, h, k, v] and Y[m, h, q, v]: what a key and a query say if all attention is theirs.

        Both have rank at most d_head_vo: they share the rows of W_O U.
        """
        x, y, out = value_factors(self.weights)
        return torch.einsum("mhkr,mhrv->mhkv", x, out), torch.einsum("mhqr,mhrv->mhqv", y, out)

    def residual_vote(self) -> Tensor:
        """(E_Q U)[m, q, v], what the residual path adds; zero without that path."""
        direct = self.weights.E_Q @ self.weights.U
        return direct if self.config.residual else torch.zeros_like(direct)

    def layer_tensor(self) -> Tensor:
        """L[m, k, q, v], the logits of all pairs; see ``layer_tensor``."""
        return layer_tensor(self.weights, residual=self.config.residual)

    def votes(self) -> Tensor:
        """votes[m, h, s, k, q, v]: head h through source s (0 the key, 1 the query).

        Their sum over h and s, plus ``residual_vote``, is L: the additive motif [paper].
        Its size is 2 n_heads times that of L; ``votes_of`` gives those of single pairs.
        """
        A, (X, Y) = self.attention(), self.value_paths()
        by_key = torch.einsum("mhkq,mhkv->mhkqv", A, X)
        by_query = torch.einsum("mhkq,mhqv->mhkqv", 1 - A, Y)
        return torch.stack([by_key, by_query], dim=2)

    def votes_of(self, tokens: Tensor) -> Tensor:
        """votes[m, n, h, s, v] of the pairs ``tokens`` (n, 2) of key and query indices."""
        gate, x, y, out = self._gated(tokens)
        sources = torch.stack([gate.unsqueeze(-1) * x, (1 - gate).unsqueeze(-1) * y], dim=3)
        return torch.einsum("mhnsr,mhrv->mnhsv", sources, out)

    def forward(self, tokens: Tensor) -> Tensor:
        """Logits (m, n, v) of the pairs ``tokens`` (n, 2): rows of L, without building L."""
        gate, x, y, out = self._gated(tokens)
        mixed = gate.unsqueeze(-1) * x + (1 - gate).unsqueeze(-1) * y
        logits = torch.einsum("mhnr,mhrv->mnv", mixed, out)
        if self.config.residual:
            logits = logits + self.weights.E_Q[:, tokens[:, 1]] @ self.weights.U
        return logits

    def _gated(self, tokens: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The attention on the key (m, h, n), and the value factors of the pairs."""
        k, q = self._pairs(tokens)
        E_K, E_Q, _, W_Q, W_K, W_V, _ = self.weights
        key, query = E_K[:, None, k], E_Q[:, None, q]
        difference = (key - query) @ W_K
        scores = (query @ W_Q * difference).sum(-1) / W_Q.shape[-1] ** 0.5
        out = self.weights.W_O @ self.weights.U.unsqueeze(1)
        return torch.sigmoid(scores), key @ W_V, query @ W_V, out

    def _pairs(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        if tokens.ndim != 2 or tokens.shape[1] != 2:
            raise FactrankError(
                f"tokens: expected pairs of shape (n, 2), found {tuple(tokens.shape)}"
            )
        k, q = tokens.to(self.weights.E_K.device).unbind(1)
        inside = (k >= 0) & (k < self.config.keys) & (q >= 0) & (q < self.config.queries)
        if not inside.all():
            wrong = tokens[int((~inside).nonzero()[0])].tolist()
            raise FactrankError(
                f"tokens: expected (key, query) below "
                f"{(self.config.keys, self.config.queries)}, found {tuple(wrong)}"
            )
        return k, q

    # ---- copies -----------------------------------------------------------------------------

    @property
    def models(self) -> int:
        """How many layers are stacked."""
        return self.weights.E_K.shape[0]

    def parameters(self) -> dict[str, int]:
        """Numbers in one model, as ``LayerConfig.parameters`` counts them."""
        return self.config.parameters()

    def to(self, where: str | torch.device | torch.dtype) -> AttentionLayer:
        """The same layer on another device, or in another dtype."""
        return replace(self, weights=Weights(*(weight.to(where) for weight in self.weights)))

    def on(self, keys: Sequence[int], queries: Sequence[int]) -> AttentionLayer:
        """The layer that knows only these keys and queries: a part of L, where all is too large.

        >>> layer = AttentionLayer.random(LayerConfig(4, 3, 5, 8, 2, 1, 3), seed=0)
        >>> bool((layer.on([2], [0, 1]).layer_tensor() == layer.layer_tensor()[:, [2], :2]).all())
        True
        """
        k, q = (slice(it.start, it.stop, it.step) if isinstance(it, range) else list(it)
                for it in (keys, queries))  # fmt: skip
        weights = self.weights._replace(E_K=self.weights.E_K[:, k], E_Q=self.weights.E_Q[:, q])
        config = replace(self.config, keys=len(keys), queries=len(queries), tied=())
        part = copy(self)  # of weights that were looked at when the whole was made: not once a part
        object.__setattr__(part, "config", config)
        object.__setattr__(part, "weights", weights)
        return part

    def on_pair(self, k: int, q: int) -> AttentionLayer:
        """The layer that knows only this key and this query: one row of L."""
        return self.on([k], [q])

    def blocks(self, most: int = 20_000_000) -> Iterator[range]:
        """Ranges of keys in order, each with at most ``most`` intermediate numbers, or one key."""
        config = self.config
        row = self.models * config.queries * max(config.values, config.width)
        step = max(1, most // row)
        for start in range(0, config.keys, step):
            yield range(start, min(start + step, config.keys))

    def model(self, index: int) -> AttentionLayer:
        """One layer of the stack, as a stack of one; numbers below 0 count from the last.

        Errors: ``FactrankError`` for a layer that is not there.
        """
        if not -self.models <= index < self.models:
            raise FactrankError(f"model: expected one of {self.models}, found {index}")
        index %= self.models
        return replace(
            self, weights=Weights(*(weight[index : index + 1] for weight in self.weights))
        )


# ---- the same as functions of the weights, for training ------------------------------------------


def attention(weights: Weights) -> Tensor:
    """A[m, h, k, q] = sigmoid(s_qk - s_qq)."""
    ask = weights.E_Q.unsqueeze(1) @ weights.W_Q  # m h q i
    key = weights.E_K.unsqueeze(1) @ weights.W_K  # m h k i
    own = weights.E_Q.unsqueeze(1) @ weights.W_K  # m h q i
    s_qk = key @ ask.transpose(-1, -2)  # m h k q
    s_qq = (ask * own).sum(-1).unsqueeze(-2)  # m h 1 q
    return torch.sigmoid((s_qk - s_qq) / weights.W_Q.shape[-1] ** 0.5)


def value_factors(weights: Weights) -> tuple[Tensor, Tensor, Tensor]:
    """x = E_K W_V (m, h, k, r), y = E_Q W_V (m, h, q, r) and W_O U (m, h, r, v)."""
    x = weights.E_K.unsqueeze(1) @ weights.W_V
    y = weights.E_Q.unsqueeze(1) @ weights.W_V
    return x, y, weights.W_O @ weights.U.unsqueeze(1)


def layer_tensor(weights: Weights, *, residual: bool = False) -> Tensor:
    """L[m, k, q, v] of the weights, differentiable.

    Heads and their widths are summed in one product, so that no tensor of the size of
    ``votes`` is built. What is mixed, y + A (x - y), is laid out as that product reads it: it is
    the largest tensor here, and every pass over it counts.
    """
    A = attention(weights).permute(0, 2, 3, 1)  # m k q h
    x, y, out = value_factors(weights)
    x, y = x.transpose(1, 2).contiguous(), y.transpose(1, 2).contiguous()  # m k h r, m q h r
    m, k, q, _ = A.shape
    y = y.unsqueeze(1)
    mixed = torch.addcmul(y, A.contiguous().unsqueeze(-1), x.unsqueeze(2) - y)  # m k q h r
    L = (mixed.view(m, k * q, -1) @ out.flatten(1, 2)).view(m, k, q, -1)
    return L + (weights.E_Q @ weights.U).unsqueeze(1) if residual else L


class PlainLayer(nn.Module):
    """One model, its weights named as in ``Weights``: embed two tokens, attend, unembed.

    Nothing here is shared with ``AttentionLayer``: the sequence goes through torch's
    ``scaled_dot_product_attention`` with a causal mask, so that the two check each other.
    Token t < keys is key t, token keys + q is query q.

    >>> layer = AttentionLayer.random(LayerConfig(4, 3, 5, 8, 2, 1, 3), seed=0)
    >>> PlainLayer.of(layer)(torch.tensor([[3, 4 + 1]])).shape
    torch.Size([1, 5])
    """

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Tensor: ...

    def __init__(self, config: LayerConfig, weights: Weights) -> None:
        super().__init__()
        self.config = config
        for name, weight in zip(Weights._fields, weights, strict=True):
            learns = config.trainable_embeddings or name.startswith("W_")
            setattr(self, name, nn.Parameter(weight.clone(), requires_grad=learns))

    @classmethod
    def of(cls, layer: AttentionLayer, index: int = 0) -> PlainLayer:
        """A copy of one model of a stack."""
        return cls(layer.config, Weights(*(weight[index] for weight in layer.weights)))

    def forward(self, tokens: Tensor) -> Tensor:
        """Logits (n, v) read at the second of the two ``tokens`` (n, 2)."""
        stream = torch.cat([self.E_K, self.E_Q])[tokens].unsqueeze(1)  # n 1 2 d
        mixed = functional.scaled_dot_product_attention(
            stream @ self.W_Q, stream @ self.W_K, stream @ self.W_V, is_causal=True
        )
        update = (mixed @ self.W_O).sum(1)  # n 2 d
        read = update[:, 1] + stream[:, 0, 1] * self.config.residual
        return read @ self.unembedding()

    def unembedding(self) -> Tensor:
        """U, with the vectors of tied tokens taken from E_K."""
        if not self.config.tied:
            return self.U
        keys, values = (list(side) for side in zip(*self.config.tied, strict=True))
        columns = torch.arange(self.config.values)
        columns[values] = self.config.values + torch.arange(len(values))
        return torch.cat([self.U, self.E_K[keys].T], dim=1)[:, columns]
