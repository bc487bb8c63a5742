"""Chapter 10, the rank threshold."""

from __future__ import annotations

from collections import Counter
from math import sqrt

from companion.exercises import exercise, require
from companion.exercises._kinds import FACTS, NUMBER, WHOLE, require_functional, several
from factrank.facts.database import Database

SUCCESS = 0.05  # the relative error below which a layer in the record has succeeded


@exercise(several(WHOLE, 2, "two whole numbers (disjoint, copies)"), 3, "easy")
def thresholds(answer: tuple[int, int]) -> str:
    """The widths of the criteria 1 and 2: ranges of 2, 3 and 4 values; three copies of range 4.

    >>> thresholds((4, 4))
    Not yet: width 4 holds one relation; the ranges have no value in common.
    """
    disjoint, copies = answer
    require(disjoint != 4, "width 4 holds one relation; the ranges have no value in common.")
    require(disjoint == 9, f"disjoint: {disjoint} is not the number of used values.")
    require(copies != 12, "copies: a repeated relation adds to the ranges, not to the rank.")
    require(copies == 4, f"copies: {copies} is not the rank of one relation with four values.")
    return "9 used values; and a copied relation costs nothing, so 4."


@exercise(NUMBER, 4, "medium")
def floor_of_width(answer: float) -> str:
    """The least relative error at width 2, where values occur 5, 3, 1 and 1 times.

    >>> floor_of_width(0.2)
    Not yet: that is the squared error; the floor is its root.
    """
    require(abs(answer - 0.2) > 1e-6, "that is the squared error; the floor is its root.")
    require(abs(answer - sqrt(0.8)) > 1e-6, "that counts the values held, not those left out.")
    require(abs(answer - sqrt(0.5)) > 1e-6, "width 2 can hold two values, not only one.")
    off = "which facts are left out when the two commonest values are held?"
    require(abs(answer - sqrt(0.2)) < 5e-4, f"{answer:.4g} is not the floor: {off}")
    return "two facts of ten are left out: the root of 2/10."


@exercise(FACTS, 8, "hard")
def unseen_failure(answer: Database) -> str:
    """A functional database in which a width below rank D_(V) may have an error below 0.05.

    >>> unseen_failure([("a", "r", "x"), ("a", "r", "y")])
    Not yet: a r has the values x and y: not functional.
    """
    require_functional(answer)
    counts = sorted(Counter(v for *_, v in answer.facts).values())
    told = f"the rarest value occurs in {counts[0]} of {len(answer)} facts"
    floor = sqrt(counts[0] / len(answer))
    require(len(counts) > 1, "there is one value only, and a layer of width 0 says nothing.")
    seen = f"{told}: one width less leaves an error of {floor:.4f} at least"
    require(floor < SUCCESS, f"{seen}, and {SUCCESS} is asked.")
    return f"{told}: a layer without it may have an error of {floor:.4f}, and count as a success."
