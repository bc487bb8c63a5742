"""Chapter 20, several layers."""

from __future__ import annotations

from companion.exercises import exercise, require
from companion.exercises._kinds import NUMBER, WHOLE, several


@exercise(several(WHOLE, 2, "two whole numbers (in 32 dimensions, in 16)"), 4, "easy")
def value_rank(answer: tuple[int, int]) -> str:
    """The bound on rank L_(V) of three layers with two heads of width 3, four relations, 40 values.

    >>> value_rank((18, 16))
    Not yet: 18 leaves out the residual path, which adds E_Q U.
    """
    wide, narrow = answer
    require(wide != 18, "18 leaves out the residual path, which adds E_Q U.")
    require(wide <= 32, f"{wide} is more than the stream has dimensions.")
    require(wide != 10, "10 counts one layer; the widths of all three add.")
    require(wide == 22, f"{wide} is not rank(E_Q U) and the three total widths together.")
    require(narrow <= 16, f"{narrow} is more than the narrow stream has dimensions.")
    require(narrow == 16, f"in 16 dimensions {narrow} is less than the bound allows.")
    return "four relations and three layers of total width 6, unless the stream is narrower."


@exercise(several(NUMBER, 2, "two numbers (L, the part through both)"), 6, "medium")
def through_both(answer: tuple[float, float]) -> str:
    """L of two layers in one dimension, A = 1/2, x_k = x_q = 1, OV = 1 and 2; its composed part.

    >>> through_both((4, 2))
    Not yet: L: 4 is not what direct path, layer 1 and layer 2 add up to.
    """
    L, both = answer
    require(L == 6, f"L: {L:g} is not what direct path, layer 1 and layer 2 add up to.")
    require(both != 4, "through both: 4 is all of layer 2, also what it makes of the embeddings.")
    require(both == 2, f"through both: {both:g} is not what layer 2 makes of layer 1's writing.")
    return "1 direct, 1 by layer 1, 2 by layer 2 on the embeddings, 2 through both."
