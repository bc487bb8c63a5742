"""Chapter 24, a whole block."""

from __future__ import annotations

from companion.exercises import exercise, require
from companion.exercises._kinds import WHOLE, several


@exercise(several(WHOLE, 2, "two whole numbers (in 32 dimensions, in 12)"), 4, "easy")
def value_rank(answer: tuple[int, int]) -> str:
    """The bound on rank L_(V) of a block: three heads of d_vo 2, an MLP of 5 neurons, 4 queries.

    >>> value_rank((10, 10))
    Not yet: 10 leaves out the MLP: each of its neurons writes in one direction.
    """
    wide, narrow = answer
    require(wide != 10, "10 leaves out the MLP: each of its neurons writes in one direction.")
    require(wide != 11, "11 leaves out the query's own vector, four of them.")
    require(wide != 19, "19: the heads read in d_qk and d_vo dimensions, and write in d_vo.")
    require(wide == 15, f"{wide} is not what queries, heads and MLP write in together.")
    require(narrow <= 12, f"{narrow} is more than the narrow stream has dimensions.")
    require(narrow == 12, f"in 12 dimensions {narrow} is less than the bound allows.")
    return "four queries, three heads of two, five neurons, unless the stream is narrower."


@exercise(several(WHOLE, 2, "two whole numbers (one head, two heads)"), 6, "medium")
def two_switches(answer: tuple[int, int]) -> str:
    """How many of the 16 tables of two switches and two answers a block without an MLP can hold.

    >>> two_switches((16, 16))
    Not yet: one head: 16 counts the staircase too, and its opposite.
    """
    one, two = answer
    require(one != 16, "one head: 16 counts the staircase too, and its opposite.")
    require(
        one != 15, "one head: if a table is out of reach, so is the one with exchanged answers."
    )
    require(one <= 16, f"there are 16 tables: {one} is more.")
    require(one == 14, f"one head: {one} is not the number of tables that a sum f(a) + g(b) holds.")
    require(two != 14, "two heads hold the staircase: that was done by hand.")
    require(two == 16, f"two heads: {two} is not the number of tables that they hold.")
    return "all but the staircase and its opposite; with two heads these too."
