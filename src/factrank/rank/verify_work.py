"""The checker's account of its work: counted before it is done, and refused above a budget.

A step is about what a line of Python costs. Whoever writes a certificate chooses what it costs to
check it; so each part of the checker says beforehand how many steps it is about to take.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import lcm
from typing import Any

from factrank.facts.strict import wrong

STEPS = 4 * 10**8  # minutes; a million facts, proved by the search, take 2 * 10^7 or so
DIGITS = 3000  # of a common denominator
FLINT = 500  # multiplications modulo a prime, inside flint, in the time of a step


@dataclass
class Work:
    """The steps so far, of one certificate."""

    done: int = 0

    def take(self, at: str, steps: int) -> None:
        """Account for so many steps to come; ``FactrankError`` if they are too many in all."""
        self.done += steps
        if self.done > STEPS:
            wrong(at, f"at most {STEPS} steps of work in all", f"{float(self.done):.2g}")


def words(numbers: Iterable[Any]) -> int:
    """How many machine words the longest of these whole numbers or fractions has, at least 1."""
    longest = 1
    for x in numbers:
        longest = max(longest, x.numerator.bit_length(), x.denominator.bit_length())
    return (longest + 63) // 64


def cleared(at: str, numbers: Iterable[Any]) -> tuple[list[int], int]:
    """Whole numbers, and the one denominator that gives back the fractions.

    >>> from fractions import Fraction
    >>> cleared("vector", [Fraction(1, 2), 3])
    ([1, 6], 2)
    """
    kept, common = list(numbers), 1
    for x in kept:
        if x.denominator > 1:
            common = lcm(common, x.denominator)
            if common >= 10**DIGITS:
                wrong(at, f"a common denominator of at most {DIGITS} digits", "a longer one")
    return [x.numerator * (common // x.denominator) for x in kept], common
