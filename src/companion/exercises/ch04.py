"""Chapter 4, certified rank."""

from __future__ import annotations

from typing import Any

from companion.exercises import exercise, require, shown
from companion.exercises._kinds import WHOLE, WORD, document, several
from factrank.facts.database import Database
from factrank.facts.reading.read import read
from factrank.facts.words import counted
from factrank.rank.algebra.exact import rank
from factrank.rank.verify.checker import verify

SPEAKERS = Database.from_triples([
    ("Ann", "speaks", "Danish"), ("Ann", "reads", "Dutch"), ("Ann", "writes", "English"),
    ("Bob", "speaks", "French"), ("Cem", "reads", "French"), ("Dan", "writes", "French"),
])  # fmt: skip


@exercise(several(WORD, None, "a list of values, the set S"), 7, "medium")
def chosen_values(answer: tuple[str, ...]) -> str:
    """The set S with which P5 proves six for SPEAKERS.

    >>> chosen_values(["Greek"])
    Not yet: 'Greek' is no value of the six facts.
    """
    for value in answer:
        require(value in SPEAKERS.values, f"{shown(value)} is no value of the six facts.")
    touched = {k for k, _, v in SPEAKERS.facts if SPEAKERS.values[v] in answer}
    free = [k for k in range(len(SPEAKERS.keys)) if k not in touched]
    r, n = rank(SPEAKERS.unfolding("K").select(free)), len(set(answer))
    left = ", ".join(SPEAKERS.keys[k] for k in free) or "nobody"
    told = f"S has {counted(n, 'value')}, and these have none of them: {left}"
    require(n + r == 6, f"{told}: at least {n} + {r}, and more can be proved.")
    return f"{told}: at least {n} + {r}, and six facts are at most six terms."


@exercise(
    several(WHOLE, 3, "three whole numbers (without 0, without 1, without both)"), 10, "medium"
)
def triangle_bounds(answer: tuple[int, int, int]) -> str:
    """What P6 proves for the three facts when value 0, value 1 or both are removed.

    >>> triangle_bounds((4, 3, 2))
    Not yet: with value 0 removed: three facts are three terms, so nothing proves 4.
    """
    for removed, found, bound in zip(("0", "1", "0 and 1"), answer, (2, 3, 2), strict=True):
        name = f"with value {removed} removed" if len(removed) == 1 else "with both removed"
        require(found <= 3, f"{name}: three facts are three terms, so nothing proves {found}.")
        slices = "two slices are" if len(removed) > 1 else "one slice is"
        require(found <= bound, f"{name}: which known cells are the pivots of a bound of {found}?")
        told = f"{slices} worth {len(removed.split(' and '))}, and a known 1 may be left"
        require(found == bound, f"{name}: {told}; more than {found} can be proved.")
    return "the slice with a single fact is the one to remove."


@exercise(document("a certificate, a dictionary"), 13, "hard")
def weaker_claim(answer: dict[str, Any]) -> str:
    """A certificate of the eight facts that is accepted and claims at most 6."""
    verdict = verify(read("library:example"), answer)
    require(verdict.valid, f"refused: {verdict.message}")
    lower, upper = verdict.lower, verdict.upper
    require(upper == 6, f"accepted, but it claims {lower} to {upper}; the upper end should be 6.")
    return f"accepted: {lower} to 6 is true, though not the best that is known."
