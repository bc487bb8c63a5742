"""Heads as functions of tokens, before they are weights: what each key and query asks and says.

A head is told by numbers on tokens; ``assembly`` finds embeddings and weights that realize them.
Numpy in float64 throughout: these are the numbers of a construction, not of a training run.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np


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
