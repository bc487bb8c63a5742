"""The checker's account of its work: counted before it is done, and refused above a budget.

A step is about what a line of Python costs. Whoever writes a certificate chooses what it costs to
check it; so each part of the checker says beforehand how many steps it is about to take, and how
many long numbers it is about to keep. Long ones are flint's: their products cost far less.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import lcm
from typing import Any

from flint import fmpz

from factrank.facts.strict import wrong

STEPS = 4 * 10**8  # minutes; a million facts, proved by the search, take 2 * 10^7 or so
WORDS = 4 * 10**7  # machine words of long numbers kept, 320 MB; what the search writes has 10^6
DIGITS = 3000  # of a common denominator
FLINT = 500  # multiplications modulo a prime, inside flint, in the time of a step


@dataclass
class Work:
    """The steps so far, of one certificate, and the machine words of long numbers kept."""

    done: int = 0
    kept: int = 0

    def take(self, at: str, steps: int) -> None:
        """Account for so many steps to come; ``FactrankError`` if they are too many in all."""
        self.done += steps
        if self.done > STEPS:
            wrong(at, f"at most {STEPS} steps of work in all", f"{float(self.done):.2g}")

    def keep(self, at: str, numbers: int, long: int, *, now: bool = False) -> None:
        """Account for so many numbers of ``long`` words each; with ``now``, for a while."""
        held = self.kept + numbers * (long - 1)
        if held > WORDS:
            wrong(at, f"at most {WORDS} machine words of long numbers", f"{float(held):.2g}")
        self.kept = self.kept if now else held


def words(numbers: Iterable[Any]) -> int:
    """How many machine words the longest of these whole numbers or fractions has, at least 1."""
    longest = 1
    for x in numbers:
        longest = max(longest, x.numerator.bit_length(), x.denominator.bit_length())
    return (longest + 63) // 64


def product_steps(x: int, y: int) -> int:
    """Steps for a product of whole numbers of x and y machine words, and to subtract it."""
    return (x + y) // 10 + x * y // 60


def common(at: str, denominators: Iterable[int]) -> int:
    """Their least common multiple, if it is not too long."""
    found = 1
    for d in denominators:
        if d > 1:
            found = lcm(found, d)
            if found >= 10**DIGITS:
                wrong(at, f"a common denominator of at most {DIGITS} digits", "a longer one")
    return found


def cleared(at: str, numbers: Iterable[Any], work: Work) -> tuple[list[Any], int]:
    """Whole numbers, and the one denominator that gives back the fractions.

    >>> from fractions import Fraction
    >>> cleared("vector", [Fraction(1, 2), 3], Work())
    ([1, 6], 2)
    """
    given = list(numbers)
    d = common(at, (x.denominator for x in given))
    long = words(given) + words([d]) - 1
    work.take(at, long * len(given))
    work.keep(at, len(given), long)
    whole = fmpz if long > 1 else int
    return [whole(x.numerator * (d // x.denominator)) for x in given], d
