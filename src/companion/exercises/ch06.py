"""Chapter 6, the layer tensor."""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING

from companion.exercises import exercise, require
from companion.exercises._kinds import NUMBER, array

if TYPE_CHECKING:
    import numpy as np

KEYS, QUERIES = ("Astrid", "Bernard", "Colin"), ("born_in", "lives_in")
VALUES = ("Singapore", "Malaysia")


@exercise(array((2,), "two numbers [first logit, second logit]"), 4, "easy")
def two_logits(answer: np.ndarray) -> str:
    """The logits of a head with scores log 6 and log 2 that hears (4, 0) and (0, 8).

    >>> two_logits([1, 6])
    Not yet: the weights are the wrong way round: log 6 is the score at the key.
    """
    found = tuple(answer.round(6).tolist())
    require(found != (1, 6), "the weights are the wrong way round: log 6 is the score at the key.")
    require(found != (4, 8), "both are heard in full; the two weights have the sum 1.")
    require(found != (2, 4), "the weights are not 1/2: the scores differ.")
    for logit, one, weight in zip(found, (4, 8), (3, 1), strict=True):
        is_right = abs(logit - one * weight / 4) < 1e-6
        told = f"the logit {logit:g} would be {logit / one:g} times {one}"
        require(is_right, f"{told}; which weight has a softmax of log 6 and log 2?")
    return "the weights are 6/8 and 2/8, so the key adds 3 and the query 2."


@exercise(NUMBER, 6, "medium")
def factor_of_exception(answer: float) -> str:
    """The factor in o when the exception's score is log 2 instead of log 3.

    >>> factor_of_exception(2)
    Not yet: the head would add 0.667 at Astrid, lives_in, not 1.
    """
    adds = answer / 3
    require(abs(answer - 1.5) > 1e-9, "the key says 2/3 of o, and the query takes a part away.")
    require(abs(adds - 1) < 1e-9, f"the head would add {adds:.3g} at Astrid, lives_in, not 1.")
    return "2/3 o from the key and -1/3 o from the query leave o/3."


def tensor(more: np.ndarray) -> np.ndarray:
    """Return L (3, 2, 2) of the layer by hand, with `more` (7) added to W_K of its head 2.

    Every token has a dimension of its own: keys, queries, values. Only lives_in asks, with 1.
    """
    import numpy as np

    W_K = np.array([log(3), 0, 0, 0, 0, 0, 0]) + more
    s_qk, s_qq = np.outer(W_K[:3], [0, 1]), np.array([0, 1]) * W_K[3:5]
    A = 1 / (1 + np.exp(-(s_qk - s_qq)))
    o = 2 * np.array([-1.0, 1.0])
    rule = np.array([[1.0, 0], [1, 0], [0, 1]])  # the place of birth
    return rule[:, None, :] + (2 * A - 1)[:, :, None] * o


@exercise(array((7,), "seven numbers, one for each dimension"), 10, "hard")
def same_tensor(answer: np.ndarray) -> str:
    """What can be added to W_K of head 2 so that the layer by hand keeps its L.

    >>> same_tensor([0, 0, 0, 0, 0, 0, 0])
    Not yet: seven zeros change no weight.
    """
    import numpy as np

    require(answer.any(), "seven zeros change no weight.")
    require(abs(answer).max() <= 100, "numbers between -100 and 100, please.")
    heard = answer[:5].any()
    require(heard, "no key or query has a number in the last two dimensions; use the others.")
    change = abs(tensor(answer) - tensor(np.zeros(7)))
    k, q, v = np.unravel_index(change.argmax(), change.shape)
    cell = f"({KEYS[k]}, {QUERIES[q]}, {VALUES[v]})"
    require(change.max() < 1e-9, f"L changes by {change.max():.2g} at {cell}.")
    return "other weights, the same tensor: only differences of scores count."
