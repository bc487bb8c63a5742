"""Chapter 9, argmax and softmax."""

from __future__ import annotations

from math import exp, log
from typing import TYPE_CHECKING

from companion.exercises import exercise, require
from companion.exercises._kinds import NUMBER, array

if TYPE_CHECKING:
    import numpy as np


@exercise(NUMBER, 4, "easy")
def compass(answer: float) -> str:
    """The least scale at which four values on a circle are held at 4/9.

    >>> compass(0.5)
    Not yet: at 0.5 a fact has probability 0.3875, and 4/9 is 0.4444.
    """
    require(abs(answer) < 100, f"{answer:g} is very loud; at the least scale a fact has 4/9.")
    chance = 1 / (1 + 2 * exp(-answer) + exp(-2 * answer))
    told = f"at {answer:.4g} a fact has probability {chance:.4f}, and 4/9 is {4 / 9:.4f}"
    require(abs(answer - log(2)) < 5e-4, f"{told}.")
    return "with x = exp(-beta), 2x + x² = 5/4 has the root x = 1/2: beta is log 2."


@exercise(array((5, 2), "five output directions in the plane"), 6, "medium")
def five_winners(answer: np.ndarray) -> str:
    """Five values in the plane, each the argmax of some question.

    >>> five_winners([(1, 0), (0, 1), (-1, 0), (0, -1), (0, 0)])
    Not yet: value 4 wins nowhere (rows are counted from 0): it is no corner of the hull of all
    five.
    """
    losers = [v for v in range(5) if margin(answer, v) < 1e-6]
    lost = f"value {losers[0]} wins nowhere (rows are counted from 0)" if losers else ""
    require(not losers, f"{lost}: it is no corner of the hull of all five.")
    return "each is a corner of the hull, so two dimensions recall all five."


def margin(points: np.ndarray, v: int) -> float:
    """Return by how much point v can win, over directions with entries from -1 to 1."""
    import numpy as np
    from scipy.optimize import linprog

    size = abs(points).max() or 1.0
    ahead = (points[v] - np.delete(points, v, axis=0)) / size
    table = np.hstack([-ahead, np.ones((len(ahead), 1))])
    bounds = [(-1, 1), (-1, 1), (None, 1)]
    return float(-linprog([0, 0, -1], table, np.zeros(len(ahead)), bounds=bounds).fun)


@exercise(array((3, 3), "logits of three questions (rows) and three values"), 10, "hard")
def softmax_loses(answer: np.ndarray) -> str:
    """Logits of rank three whose probabilities have rank two.

    >>> softmax_loses([[0, 1, 0], [0, 2, 0], [1, 1, 1]])
    Not yet: the logits have rank 2 (to 1e-6), and 3 is asked.
    """
    import numpy as np

    require(abs(answer).max() <= 50, "logits between -50 and 50, please.")
    raised = np.exp(answer - answer.max(axis=1, keepdims=True))
    chances = raised / raised.sum(axis=1, keepdims=True)
    found = [int(np.linalg.matrix_rank(M, tol=1e-6)) for M in (answer, chances)]
    require(found[0] == 3, f"the logits have rank {found[0]} (to 1e-6), and 3 is asked.")
    require(found[1] == 2, f"the probabilities have rank {found[1]} (to 1e-6), and 2 is asked.")
    return "logits of rank 3, probabilities of rank 2: special logits, as S3 allows."
