"""Chapter 12, query-key width against value-output width."""

from __future__ import annotations

from itertools import combinations

from companion.exercises import exercise, require
from companion.exercises._kinds import FACTS, MOST_FACTS, WHOLE, require_functional, several
from factrank.facts.database import Database


@exercise(several(WHOLE, 3, "three whole numbers (parameters, d_vo, total width)"), 5, "easy")
def equal_parameters(answer: tuple[int, int, int]) -> str:
    """d_model 24, four heads, both widths 8: the attention parameters; d_vo if d_qk is 2.

    >>> equal_parameters((3072, 8, 32))
    Not yet: d_vo: with d_qk = 2 and d_vo = 8 the layer has 1920 attention parameters, not 3072.
    """
    count, d_vo, width = answer
    require(count != 1536, "parameters: each head has four matrices, not two.")
    require(count != 768, "parameters: that is one head; there are four.")
    require(count == 3072, f"parameters: {count} is not 2 d_model H (d_qk + d_vo).")
    other = 2 * 24 * 4 * (2 + d_vo)
    told = f"d_vo: with d_qk = 2 and d_vo = {d_vo} the layer has {other} attention parameters"
    require(other == count, f"{told}, not {count}.")
    require(width != d_vo, "width: that is one head; the total width counts all four.")
    require(width == 4 * d_vo, f"width: {width} is not H d_vo.")
    return "a column costs the same on either side, and only d_vo widens the layer: 32 to 56."


@exercise(FACTS, 10, "hard")
def attention_without_swap(answer: Database) -> str:
    """A functional database with no swap that constant attention cannot recall.

    >>> attention_without_swap([("a", "r", "x"), ("a", "s", "y"), ("b", "r", "y")])
    Not yet: there is a layer whose attention is always 1/2 and that recalls every fact.
    """
    require_functional(answer)
    require(len(answer) <= MOST_FACTS, f"{len(answer)} facts; {MOST_FACTS} at most, please.")
    found = swap(answer)
    told = "{} and {} swap their values from {} to {}".format(*found) if found else ""
    require(not found, f"{told}: a swap.")
    recalls = blind_margin(answer) > 1e-6
    require(
        not recalls, "there is a layer whose attention is always 1/2 and that recalls every fact."
    )
    return f"no votes of keys and queries alone recall the {len(answer)} facts, and no two swap."


def swap(db: Database) -> tuple[str, str, str, str] | None:
    """Return two keys and two queries with f(a) = g(b), f(b) = g(a), two values; if any.

    >>> swap(Database.from_triples([(*"arx",), (*"bry",), (*"asy",), (*"bsx",)]))
    ('a', 'b', 'r', 's')
    """
    f = {(k, q): v for k, q, v in db.facts}
    for (a, x), (b, y) in combinations(enumerate(db.keys), 2):
        for (q, r), (p, s) in combinations(enumerate(db.queries), 2):
            corners = [f.get(pair) for pair in ((a, q), (b, q), (b, p), (a, p))]
            here, there, *crossed = corners
            if None not in corners and here != there and crossed == [here, there]:
                return x, y, r, s
    return None


def blind_margin(db: Database) -> float:
    """Return the best margin of logits x_kv + m_qv at the facts, entries from -1 to 1.

    A layer with constant attention has such logits, and all such logits have a layer. The facts
    can be recalled if and only if the margin is positive.
    """
    import numpy as np
    from scipy.optimize import linprog

    K, Q, V = db.shape
    rows = []
    for k, q, v in db.facts:
        for w in set(range(V)) - {v}:
            row = np.zeros((K + Q, V))
            row[[k, K + q], v], row[[k, K + q], w] = -1, 1
            rows.append([*row.ravel(), 1])
    if not rows:
        return 1.0
    goal = np.zeros((K + Q) * V + 1)
    goal[-1] = -1
    bounds = [(-1, 1)] * (len(goal) - 1) + [(None, 1)]
    return float(-linprog(goal, np.array(rows), np.zeros(len(rows)), bounds=bounds).fun)
