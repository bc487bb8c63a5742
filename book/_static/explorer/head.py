"""One attention head by hand, in plain Python: the layer tensor, softmax and argmax.

Token k, then token q; the head reads at q. A softmax over two positions is one number A[k][q], the
attention on the key; the query keeps the rest.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import combinations, count, islice
from math import exp

Matrix = Sequence[Sequence[float]]
Fact = tuple[int, int, int]


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


def corner(
    keys: Sequence[str], queries: Sequence[str], values: Sequence[str], facts: Sequence[Fact]
) -> tuple[list[list[str]], list[list[list[int]]]]:
    """Two keys, two queries, the values of their facts, and which of these each cell asks for.

    The first two queries that two keys answer both, and the first two keys that do; at least three
    values. Letters stand in for labels that are not there.

    >>> corner(["Ann"], ["was", "is"], ["x", "y"], [(0, 1, 1)])
    ([['Ann', 'k1'], ['was', 'is'], ['y', 'x', 'v1']], [[[], [0]], [[], []]])
    """
    answered = [{k for k, q, _ in facts if q == query} for query in range(len(queries))]
    pairs = combinations(range(len(queries)), 2)
    both = {pair: answered[pair[0]] & answered[pair[1]] for pair in pairs}
    best = max(both, key=lambda pair: min(2, len(both[pair])), default=(0,))
    first = sorted(range(len(keys)), key=lambda k: -sum(k in answered[q] for q in best))[:2]
    near = [(first.index(k), best.index(q), v) for k, q, v in facts if k in first and q in best]
    shown = [*dict.fromkeys(v for *_, v in near)]
    shown += [v for v in range(len(values)) if v not in shown][: max(0, 3 - len(shown))]
    wanted = [
        [[shown.index(v) for i, j, v in near if (i, j) == (k, q)] for q in (0, 1)] for k in (0, 1)
    ]
    named = [filled([keys[k] for k in first], "k", 2), filled([queries[q] for q in best], "q", 2)]
    return [*named, filled([values[v] for v in shown], "v", 3)], wanted


def filled(labels: Sequence[str], letter: str, least: int) -> list[str]:
    """The labels, and numbered letters until there are enough.

    >>> filled(["k1"], "k", 2)
    ['k1', 'k2']
    """
    fresh = (name for n in count(1) if (name := f"{letter}{n}") not in labels)
    return [*labels, *islice(fresh, max(0, least - len(labels)))]


def votes(wanted: Sequence[Sequence[Sequence[int]]], n: int) -> tuple[Matrix, Matrix]:
    """Votes X of the keys and Y of the queries that answer alone, at one attention for all cells.

    A perceptron: where ``X[k] + Y[q]`` does not put the wanted value first by 1, both learn it. It
    ends where such votes exist; where they do not, some cell stays wrong.

    >>> votes([[[0], [0]], [[1], [1]]], 2)
    ([[2.0, -2.0], [-2.0, 2.0]], [[0.0, 0.0], [0.0, 0.0]])
    """
    X, Y = ([[0] * n for _ in wanted], [[0] * n for _ in wanted[0]])
    for _ in range(200):
        wrong = False
        for x, row in zip(X, wanted, strict=True):
            for y, asked in zip(Y, row, strict=True):
                scores = [a + b for a, b in zip(x, y, strict=True)]
                if not asked:
                    continue
                rival = max((v for v in range(n) if v != asked[0]), key=scores.__getitem__)
                if scores[asked[0]] < scores[rival] + 1:
                    wrong = True
                    for vote in (x, y):
                        vote[asked[0]] += 1
                        vote[rival] -= 1
        if not wrong:
            break
    most = max(1, *(abs(vote) for row in (*X, *Y) for vote in row)) / 2
    return [[x / most for x in row] for row in X], [[y / most for y in row] for row in Y]


def opened(setting: str, corner_of: Sequence) -> dict[str, object]:
    """The head that a setting begins with: facts in the attention (A7), or in the votes."""
    (keys, queries, values), wanted = corner(*corner_of)
    if setting == "attention":
        g, x, y = gates(len(values))
        A = [[g[asked[0]] if asked else 0.5 for asked in row] for row in wanted]
        state = {"A": A, "X": [x, x], "Y": [y, y], "temperature": 0.1}
    else:
        X, Y = votes(wanted, len(values))
        state = {"A": [[0.5, 0.5], [0.5, 0.5]], "X": X, "Y": Y, "temperature": 0.5}
    return {"keys": keys, "queries": queries, "values": values, "wanted": wanted} | state


def seen(A: Matrix, X: Matrix, Y: Matrix, temperature: float) -> dict[str, object]:
    """What the page shows of a head."""
    L = layer_tensor(A, X, Y)
    return {
        "L": L,
        "softmax": [[softmax(scores, temperature) for scores in row] for row in L],
        "argmax": [[argmax(scores) for scores in row] for row in L],
    }


def answer(request: str) -> str:
    """Return as JSON a head as the page's sliders hold it, or one that it opens with."""
    asked = json.loads(request)
    found = opened(asked["open"], asked["facts"]) if "open" in asked else asked
    state = {name: found[name] for name in ("A", "X", "Y", "temperature")}
    return json.dumps(found | seen(**state))
