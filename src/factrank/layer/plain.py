"""The same layer as one would write it by hand: a torch module around torch's own attention."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from factrank.layer.attention import AttentionLayer, Weights
from factrank.layer.config import LayerConfig


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
