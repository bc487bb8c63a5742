"""Chapter 14, bits for each parameter."""

from __future__ import annotations

from companion.exercises import exercise, require
from companion.exercises._kinds import FACTS, NUMBER, known_rank, require_functional, several
from factrank.facts.bits import bits, share_at_most
from factrank.facts.database import Database


@exercise(several(NUMBER, 2, "two numbers (counted, said)"), 4, "easy")
def two_counts(answer: tuple[float, float]) -> str:
    """Ten keys with 4 values, five with 8, and a copy of the first: the sum, and the entropy."""
    counted, said = answer
    require(counted != 35, "counted: the sum takes the copy for news, too.")
    require(counted != 25, "counted: that is the number of facts; each says two or three bits.")
    require(abs(counted - 55) < 1e-6, f"counted: {counted:g} is not the sum over all facts.")
    require(said != 55, "said: the copy follows from the first relation.")
    require(abs(said - 35) < 1e-6, f"said: {said:g} is not what the first two relations say.")
    return "20 + 15 + 20 bits are counted, and the copy says nothing new."


@exercise(NUMBER, 4, "medium")
def largest_share(answer: float) -> str:
    """The share of databases of 125 bits that layers of 30 weights of 4 bits recall at most."""
    share = share_at_most(125, 120)
    require(0 <= answer <= 1, "a share lies between 0 and 1.")
    require(abs(answer - 120 / 125) > 1e-6, "that is a ratio of bits; count layers and databases.")
    require(abs(answer - 2.0**-95) > 1e-30, "30 weights of 4 bits store 120 bits, not 30.")
    off = "how many layers are there, and how many databases?"
    require(abs(answer - share) < 1e-4, f"{answer:.4g} is not the bound: {off}")
    return "2^120 layers, 2^125 databases: one in 32 at most."


@exercise(several(FACTS, 2, "two databases, each a list of facts (key, query, value)"), 7, "hard")
def more_bits_less_rank(answer: tuple[Database, Database]) -> str:
    """Two functional databases: the first says more bits by the sum and has a smaller rank."""
    first, second = answer
    require_functional(first)
    require_functional(second)
    more, less = bits(first), bits(second)
    told = f"the first has {more:.1f} bits by the sum, the second {less:.1f}"
    require(more > less, f"{told}; the first should have more.")
    small, large = known_rank(first, "the first"), known_rank(second, "the second")
    ranks = f"its rank is {small}, that of the second {large}"
    require(small < large, f"{told}; {ranks}: it should be smaller.")
    return f"{told}; {ranks}."
