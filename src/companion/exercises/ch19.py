"""Chapter 19, off the facts."""

from __future__ import annotations

from companion.exercises import exercise, require
from companion.exercises._kinds import FACTS, WHOLE, require_functional, several
from factrank.facts.database import Database
from factrank.facts.words import counted


@exercise(several(WHOLE, 2, "two whole numbers (artifacts, hallucinations)"), 4, "easy")
def made_up(answer: tuple[int, int]) -> str:
    """30 pairs, 24 facts, all said at 0.9; of the other answers two are true.

    >>> made_up((30, 28))
    Not yet: artifacts: 30 counts the facts too.
    """
    artifacts, hallucinations = answer
    require(artifacts != 30, "artifacts: 30 counts the facts too.")
    require(artifacts == 6, f"artifacts: {artifacts} is not the number of answers off the facts.")
    require(hallucinations != 6, "hallucinations: a true artifact is a generalization.")
    off = "which artifacts are not true?"
    require(hallucinations == 4, f"hallucinations: {hallucinations} is not the number: {off}")
    return "30 - 24 = 6 artifacts, two of them generalizations, four hallucinations."


@exercise(FACTS, 6, "medium")
def no_single_head(answer: Database) -> str:
    """Two facts that no tensor with rank T_(Q) = 1 agrees with.

    >>> no_single_head([("a", "r", "x"), ("b", "s", "y")])
    Not yet: no key has different answers in two relations: T = g_q X[k, v] can agree.
    """
    require_functional(answer)
    require(len(answer) == 2, f"{counted(len(answer), 'fact')}, and two are asked.")
    (k, _, v), (other, _, w) = answer.facts
    free = "no key has different answers in two relations: T = g_q X[k, v] can agree."
    require(k == other and v != w, free)
    key = answer.keys[k]
    return f"at {key} one slice would be a multiple of the other, and the answers differ."
