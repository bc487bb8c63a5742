"""Chapter 17, a design guide."""

from __future__ import annotations

from companion.exercises import exercise, require
from companion.exercises._kinds import FACTS, LITTLE, WHOLE, require_functional, several
from factrank.facts.database import Database
from factrank.facts.words import counted
from factrank.rank.interval import rank_interval

FEWEST, MOST = 8, 16  # facts of a table whose plan takes a second or two


@exercise(several(WHOLE, 2, "two whole numbers (bits, d_model)"), 5, "easy")
def first_estimate(answer: tuple[int, int]) -> str:
    """Relations of 64, 64, 30 facts and 16, 2, 8 values: bits, and the least d_model for them.

    >>> first_estimate((158, 8))
    Not yet: bits: 158 is the number of facts; each says log2 of the values of its relation.
    """
    bits, d_model = answer
    each = "each says log2 of the values of its relation"
    require(bits != 158, f"bits: 158 is the number of facts; {each}.")
    require(bits != 1392, f"bits: that adds up the values themselves; {each}.")
    require(bits == 410, f"bits: {bits} is not the sum over the facts; {each}.")
    require(d_model > 0 and d_model % 4 == 0, f"d_model: {d_model} is no multiple of four.")
    has = f"d_model: {d_model} has {attention(d_model)} attention parameters"
    require(attention(d_model) >= bits, f"{has}, fewer than {bits}.")
    require(attention(d_model - 4) < bits, f"{has}; a smaller multiple of four has enough.")
    return "256 + 64 + 90 bits, and 480 attention parameters; at d_model 8 there are 256."


def attention(d_model: int) -> int:
    """Return the attention parameters of the chapter's layer, for a d_model it divides evenly.

    >>> attention(4), attention(8)
    (64, 256)
    """
    from companion.studies.layer_size import D_HEAD_QK, heads

    return 2 * d_model * (heads(d_model) * D_HEAD_QK + d_model)


@exercise(FACTS, 10, "medium")
def certain_and_smaller(answer: Database) -> str:
    """A table that a certain layer holds with fewer parameters than training is expected to need.

    >>> certain_and_smaller([("a", "r", "x"), ("b", "r", "y")])
    Not yet: 2 facts; at least 8, please.
    """
    from factrank.practice.plan.layers import plan

    require_functional(answer)
    told = counted(len(answer), "fact")
    require(len(answer) >= FEWEST, f"{told}; at least {FEWEST}, please.")
    require(len(answer) <= MOST, f"{told}; {MOST} at most, please.")
    require(len(answer.values) > 1, "there is one value only, and every answer is known before.")
    found = plan(answer, interval=lambda db: rank_interval(db, LITTLE))
    choices = [it for it in (found.certified, found.expected) if it]
    require(len(choices) == 2, "the plan recommends no layer of one of the two kinds.")
    sure, hoped = (it.parameters["all"] for it in choices)
    sizes = f"the smallest certain layer has {sure} parameters, the expected one {hoped}"
    require(sure < hoped, f"{sizes}.")
    return f"{sizes}."
