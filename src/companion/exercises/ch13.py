"""Chapter 13, the additive motif."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from companion.exercises import exercise, require
from companion.exercises._kinds import array, one_of, several

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

DRINKS = ("tea", "milk", "juice")
BALLOT = ((5, 1, 4), (1, 3, 0), (3, 1, 1), (0, 1, 2))  # heads 1 and 2, each through key and query
WORDS = one_of(*DRINKS, "none")


def named(logits: Sequence[float]) -> str:
    """Return the drink with the one largest logit, or none for a tie.

    >>> named((1, 2, 0)), named((2, 2, 0))
    ('milk', 'none')
    """
    largest = [n for n, logit in enumerate(logits) if logit == max(logits)]
    return DRINKS[largest[0]] if len(largest) == 1 else "none"


@exercise(several(WORDS, 3, "three answers, each 'tea', 'milk', 'juice' or 'none'"), 5, "easy")
def votes_taken_away(answer: tuple[str, str, str]) -> str:
    """The answers without head 1's vote through the key, without head 2's, and without head 2.

    >>> votes_taken_away(("juice", "tea", "tea"))
    Not yet: without head 1's vote through the key: juice is not the one largest logit then.
    """
    cases = {
        "without head 1's vote through the key": (0,),
        "without head 2's vote through the key": (2,),
        "without head 2": (2, 3),
    }
    for (case, gone), told in zip(cases.items(), answer, strict=True):
        left = [vote for n, vote in enumerate(BALLOT) if n not in gone]
        found = named([sum(column) for column in zip(*left, strict=True)])
        require(told != "none" or found == "none", f"{case}: one logit is larger than all others.")
        require(told == found, f"{case}: {told} is not the one largest logit then.")
    return (
        "a vote of head 2 is missed, and the whole head is not: its other vote spoke against tea."
    )


@exercise(array((3, 3), "three votes (rows) on three values"), 10, "hard")
def three_together(answer: np.ndarray) -> str:
    """Three votes: alone and two together they do not name value 1; all three do.

    >>> three_together([[6, 4, 0], [0, 4, 6], [0, 0, 0]])
    Not yet: votes 0 and 1 together name value 1 (rows and columns are counted from 0).
    """
    counted = "(rows and columns are counted from 0)"
    for some in (*combinations(range(3), 1), *combinations(range(3), 2)):
        told = " and ".join(map(str, some))
        names = f"vote {told} alone names" if len(some) == 1 else f"votes {told} together name"
        require(not names_middle(answer[list(some)]), f"{names} value 1 {counted}.")
    total = answer.sum(axis=0)
    shown = ", ".join(f"{x:g}" for x in total)
    require(names_middle(answer), f"the sum is {shown}: value 1 is not its one largest entry.")
    return f"the sum {shown} names what no two of the votes name."


def names_middle(votes: np.ndarray) -> bool:
    """Return whether value 1 leads in the sum of the votes, by more than rounding."""
    total = votes.sum(axis=0)
    return bool(total[1] - max(total[0], total[2]) > 1e-9 * max(1.0, abs(votes).max()))
