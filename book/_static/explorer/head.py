"""One attention head by hand, in plain Python: the layer tensor, softmax and argmax.

Token k, then token q; the head reads at q. A softmax over two positions is one number A[k][q], the
attention on the key; the query keeps the rest.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import exp

Matrix = Sequence[Sequence[float]]


def layer_tensor(A: Matrix, X: Matrix, Y: Matrix) -> list[list[list[float]]]:
    """``L[k][q][v] = A[k][q] X[k][v] + (1 - A[k][q]) Y[q][v]``.

    ``A``: keys x queries, in [0, 1]; ``X``: keys x values; ``Y``: queries x values.

    >>> layer_tensor([[0.5]], [[2, 0]], [[0, 1]])
    [[[1.0, 0.5]]]
    """
    return [
        [[a * x + (1 - a) * y for x, y in zip(X[k], Y[q], strict=True)] for q, a in enumerate(row)]
        for k, row in enumerate(A)
    ]


def softmax(scores: Sequence[float], temperature: float = 1.0) -> list[float]:
    """``exp(s / t)`` divided by their sum, with the largest taken out first.

    >>> softmax([0, 0]), softmax([1000, 0])
    ([0.5, 0.5], [1.0, 0.0])
    """
    top = max(scores)
    weights = [exp((s - top) / temperature) for s in scores]
    return [w / sum(weights) for w in weights]


def argmax(scores: Sequence[float], tolerance: float = 1e-12) -> int | None:
    """The place of the largest score, or None if two share it.

    >>> argmax([1, 3, 2]), argmax([3, 3, 2])
    (1, None)
    """
    best = [v for v, s in enumerate(scores) if s >= max(scores) - tolerance]
    return best[0] if len(best) == 1 else None


def gates(n: int) -> tuple[list[float], list[float], list[float]]:
    """Gates and values with which attention alone selects: g, X row, Y row (A7). [ours]

    ``g_v = (v + 1/2)/n``, ``X = 2 g - g^2``, ``Y = -g^2`` give ``L = A^2 - (A - g)^2``: the value
    whose gate is nearest to the attention wins.

    >>> gates(1)
    ([0.5], [0.75], [-0.25])
    """
    g = [(v + 0.5) / n for v in range(n)]
    return g, [2 * x - x * x for x in g], [-x * x for x in g]


def answer(request: str) -> str:
    """Return as JSON what the page shows of the head in a JSON request."""
    asked = json.loads(request)
    if "gates" in asked:
        return json.dumps(gates(asked["gates"]))
    L = layer_tensor(asked["A"], asked["X"], asked["Y"])
    t = asked["temperature"]
    return json.dumps(
        {
            "L": L,
            "softmax": [[softmax(scores, t) for scores in row] for row in L],
            "argmax": [[argmax(scores) for scores in row] for row in L],
        }
    )
