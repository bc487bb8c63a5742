"""From heads told by numbers on tokens to embeddings and weights that realize them."""

from __future__ import annotations

import numpy as np
import torch

from factrank.errors import FactrankError
from factrank.layer.attention import AttentionLayer, Weights
from factrank.layer.building.heads import Heads
from factrank.layer.config import LayerConfig

MOST_WEIGHTS = 100_000_000  # 0.8 GB in float64
EMBEDDINGS = ("smallest", "one-hot")
NEGLIGIBLE = 1e-11  # of the largest singular value: what float64 makes of zero


def assemble(heads: Heads, embeddings: str = "smallest") -> AttentionLayer:
    """The layer in which the heads are weights: float64, no residual path, frozen embeddings.

    Keys and queries live in dimensions of their own. "one-hot": a dimension a token,
    d_model = max(K, V) + Q. "smallest": an orthonormal basis of what is read of the keys and one of
    what is read of the queries; values share the keys' dimensions. Because queries have no part in
    those, E_Q U = 0: the residual path would change nothing.

    Errors: ``FactrankError`` beyond ``MOST_WEIGHTS`` numbers.
    """
    if embeddings not in EMBEDDINGS:
        raise FactrankError(
            f"embeddings: expected one of {', '.join(EMBEDDINGS)}, found {embeddings!r}"
        )
    K, Q, V = heads.shape
    H, i, r = len(heads.ask), heads.ask.shape[2], heads.x.shape[2]
    if embeddings == "one-hot":
        E_K, E_Q, U = np.eye(K), np.eye(Q), np.eye(V)
    else:
        E_K = _basis(heads.key, heads.x)
        E_Q = _basis(heads.ask, heads.own, heads.y)
        U = _basis(heads.out.transpose(0, 2, 1)).T
    content, control = max(E_K.shape[1], len(U)), E_Q.shape[1]
    d = content + control
    config = LayerConfig(K, Q, V, d, H, i, r)
    numbers = sum(config.parameters()[part] for part in ("attention", "embedding"))
    if numbers > MOST_WEIGHTS:
        raise FactrankError(
            f"layer: expected at most {MOST_WEIGHTS} weights, found {numbers} "
            f"({H} heads, d_model {d}); choose another method or fewer facts"
        )
    weights = {name: np.zeros(shape) for name, shape in config.shapes.items()}
    weights["E_K"][:, : E_K.shape[1]] = E_K
    weights["E_Q"][:, content:] = E_Q
    weights["U"][: len(U)] = U
    # E has orthonormal columns, so E.T finds the coordinates of what is read
    weights["W_Q"][:, content:] = E_Q.T @ heads.ask * i**0.5
    for name, on_key, on_query in (("W_K", heads.key, heads.own), ("W_V", heads.x, heads.y)):
        weights[name][:, : E_K.shape[1]] = E_K.T @ on_key
        weights[name][:, content:] = E_Q.T @ on_query
    weights["W_O"][:, :, : len(U)] = heads.out @ U.T
    stacked = {name: torch.from_numpy(weight).unsqueeze(0) for name, weight in weights.items()}
    return AttentionLayer(config, Weights(**stacked))


def _basis(*readings: np.ndarray) -> np.ndarray:
    """An orthonormal basis (n, dim) of the span of all columns of (H, n, width) arrays."""
    flat = [part.transpose(1, 0, 2).reshape(part.shape[1], -1) for part in readings]
    columns = np.concatenate(flat, axis=1)
    columns = columns[:, np.abs(columns).max(0) > 0]
    if not columns.size:
        return np.eye(len(columns))[:, :1]
    columns = np.unique(columns / np.abs(columns).max(0), axis=1)
    left, sigma, _ = np.linalg.svd(columns, full_matrices=False)
    return left[:, sigma > NEGLIGIBLE * sigma[0]]
