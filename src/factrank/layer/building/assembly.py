"""From heads told by numbers on tokens to embeddings and weights that realize them.

Heads are functions of tokens before they are weights: what each key and query asks and says. Numpy
in float64: these are the numbers of a construction, not of a training run.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch

from factrank.errors import FactrankError
from factrank.facts.strict import one_of
from factrank.layer.attention import AttentionLayer, Weights
from factrank.layer.config import LayerConfig


@dataclass(frozen=True)
class Heads:
    """H heads on K keys, Q queries and V values, in arrays stacked over heads.

    ``ask`` (H, Q, i): what a query looks for; ``key`` (H, K, i) and ``own`` (H, Q, i): how a key
    and the query itself look to it, s_qk = <ask, key>, s_qq = <ask, own>; ``x`` (H, K, r) and
    ``y`` (H, Q, r): what they say; ``out`` (H, r, V): the directions they say it in.
    """

    ask: np.ndarray
    key: np.ndarray
    own: np.ndarray
    x: np.ndarray
    y: np.ndarray
    out: np.ndarray

    @property
    def shape(self) -> tuple[int, int, int]:
        """(K, Q, V)."""
        return self.x.shape[1], self.y.shape[1], self.out.shape[2]

    def times(self, scale: float) -> Heads:
        """The same heads, each saying that much more."""
        return replace(self, out=scale * self.out)

    def and_also(self, other: Heads) -> Heads:
        """Both lots of heads, the narrower padded with zeros to the width of the wider."""
        pairs = zip(vars(self).items(), vars(other).values(), strict=True)
        padded = {name: _join(a, b, 1 if name == "out" else 2) for (name, a), b in pairs}
        return Heads(**padded)


def _join(a: np.ndarray, b: np.ndarray, axis: int) -> np.ndarray:
    width = max(a.shape[axis], b.shape[axis])
    grown = []
    for array in (a, b):
        pad = [(0, 0)] * 3
        pad[axis] = (0, width - array.shape[axis])
        grown.append(np.pad(array, pad))
    return np.concatenate(grown)


def tanh_heads(ask: np.ndarray, key: np.ndarray, out: np.ndarray) -> Heads:
    """A4b: heads that write tanh(<ask, key>/2) (x) out, one direction each, and leave no constant.

    Every key says +1 and every query -1, and a query does not see itself (s_qq = 0): then
    A x + (1 - A) y = 2A - 1 = tanh(s_qk / 2). ``ask`` (H, Q, i), ``key`` (H, K, i),
    ``out`` (H, V). [ours]
    """
    H, Q, width = ask.shape
    K = key.shape[1]
    ones = np.ones((H, K, 1)), -np.ones((H, Q, 1))
    return Heads(ask, key, np.zeros((H, Q, width)), *ones, out[:, None, :])


def gated_heads(gate: np.ndarray, x: np.ndarray, out: np.ndarray) -> Heads:
    """Heads whose attention on any key is ``gate`` (H, Q), strictly between 0 and 1.

    Attention that does not depend on the key: s_qk = 0, s_qq = log((1 - gate)/gate). Queries say
    nothing; keys say ``x`` (H, K, r) in the directions ``out`` (H, r, V).
    """
    H, Q = gate.shape
    K, r = x.shape[1:]
    ask = np.log1p(-gate) - np.log(gate)
    key = np.zeros((H, K, 1))
    return Heads(ask[:, :, None], key, np.ones((H, Q, 1)), x, np.zeros((H, Q, r)), out)


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
    one_of("embeddings", embeddings, EMBEDDINGS)
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
