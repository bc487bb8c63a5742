"""Chapter 23, the classics."""

from __future__ import annotations

from companion.exercises import exercise, require
from companion.exercises._kinds import WHOLE, several


@exercise(several(WHOLE, 2, "two whole numbers (with seven products, the usual way)"), 4, "easy")
def three_times(answer: tuple[int, int]) -> str:
    """Multiplications for 8 x 8 matrices, by seven products used three times; the usual way.

    >>> three_times((21, 512))
    Not yet: 21 adds the sevens; each product of blocks becomes seven smaller ones.
    """
    seven, usual = answer
    require(seven != 21, "21 adds the sevens; each product of blocks becomes seven smaller ones.")
    require(seven == 343, f"with seven products: {seven} is not 7 for each of 7 for each of 7.")
    require(usual != 64, "the usual way: 64 counts the entries; each is a sum of 8 products.")
    require(usual == 512, f"the usual way: {usual} is not 8 products for each of 64 entries.")
    return "7 * 7 * 7 = 343 against 8 * 8 * 8 = 512."


@exercise(several(WHOLE, 2, "two whole numbers (at least, at most)"), 6, "medium")
def hexagon(answer: tuple[int, int]) -> str:
    """Rank of the group of a hexagon: four copies of R, two of the 2 x 2 matrices, 12 elements.

    >>> hexagon((18, 20))
    Not yet: at most: 20 takes eight products for a pair of matrices, and seven are enough.
    """
    least, most = answer
    require(least != 20, "at least: 20 takes t = 4; the matrices are simple algebras too.")
    require(least == 18, f"at least: {least} is not 2 * 12 less the number of simple algebras.")
    eight = "takes eight products for a pair of matrices, and seven are enough."
    require(most != 20, f"at most: 20 {eight}")
    require(most == 18, f"at most: {most} is not 4 * 1 + 2 * 7.")
    return "24 - 6 = 18 = 4 + 14, so the rank of these 144 facts is known."
