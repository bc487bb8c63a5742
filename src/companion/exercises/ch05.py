"""Chapter 5, structure."""

from __future__ import annotations

from companion.exercises import exercise, require
from companion.exercises._kinds import FACTS, WHOLE, known_rank, require_functional, several
from factrank.facts.database import Database
from factrank.facts.words import counted

CYCLES = ((3, 3, 5), (6, 4, 2), (9, 6, 3))


@exercise(several(WHOLE, 3, "three whole numbers, a rank for each"), 8, "medium")
def ranks_of_cycles(answer: tuple[int, int, int]) -> str:
    """The ranks of two bijections whose cycles have the lengths of CYCLES.

    >>> ranks_of_cycles((10, 13, 21))
    Not yet: cycles of 3, 3 and 5: one bijection of 11 keys alone has rank 11.
    """
    for lengths, found in zip(CYCLES, answer, strict=True):
        n, name = sum(lengths), "cycles of {}, {} and {}".format(*lengths)
        most = max(sum(m % d == 0 for m in lengths) for d in range(3, 10))
        require(found >= n, f"{name}: one bijection of {n} keys alone has rank {n}.")
        more = f"no d from 3 on divides {found - n} of the lengths"
        require(found <= n + most, f"{name}: {more}; d = 1 and d = 2 do not count.")
        less = f"some d from 3 on divides more than {found - n} of the lengths"
        require(found == n + most, f"{name}: {less}.")
    return "d = 3 divides two lengths, then one, then all three."


@exercise(several(WHOLE, 3, "three whole numbers (complex, real, rational)"), 8, "medium")
def clock_of_twelve(answer: tuple[int, int, int]) -> str:
    """The complex, real and rational rank of addition modulo 12.

    >>> clock_of_twelve((18, 17, 12))
    Not yet: a rational decomposition is a real one, and a real one is complex.
    """
    in_c, in_r, in_q = answer
    grows = in_c <= in_r <= in_q
    require(grows, "a rational decomposition is a real one, and a real one is complex.")
    require(in_c == 12, f"complex: there are 12 waves, one term each, and not {in_c}.")
    require(in_r != 18, "real: two of the 12 waves are real already, one term each.")
    require(in_r == 17, f"real: {in_r} is not 2 terms and 3 more for each pair of waves.")
    require(in_q == 18, f"rational: 12 has not {24 - in_q} divisors.")
    return "12 waves; two real ones and five pairs of three; 24 less the six divisors of 12."


@exercise(FACTS, 14, "hard")
def free_relation(answer: Database) -> str:
    """Two different bijections between six keys and six values, of rank six.

    >>> free_relation([("a", "r", "y"), ("a", "s", "x"), ("b", "r", "x")])
    Not yet: 6 keys, 2 queries and 6 values are asked; found 2, 2 and 2.
    """
    require_functional(answer)
    sizes = [len(answer.used(mode)) for mode in "KQV"]
    asked = "6 keys, 2 queries and 6 values are asked"
    require(sizes == [6, 2, 6], "{}; found {}, {} and {}.".format(asked, *sizes))
    require(
        len(answer) == 12,
        f"{counted(len(answer), 'fact')}; every key has a value under both queries.",
    )
    f, g = ({k: v for k, p, v in answer.facts if p == q} for q in answer.used("Q"))
    for q, relation in zip(answer.used("Q"), (f, g), strict=True):
        twice = len(set(relation.values())) < 6
        require(not twice, f"two keys have the same value under {answer.queries[q]}.")
    require(f != g, "the second relation is a copy of the first.")
    longest = max(map(len, cycles(f, g)))
    told = f"the rank is {known_rank(answer)}: a cycle has length {longest}"
    require(longest <= 2, f"{told}, and it costs.")
    return f"{told}, and such cycles cost nothing."


def cycles(f: dict[int, int], g: dict[int, int]) -> list[list[int]]:
    """Return the cycles of the permutation "forth by g, back by f" of the keys."""
    back, left, found = {v: k for k, v in f.items()}, set(f), []
    while left:
        cycle = [left.pop()]
        while (key := back[g[cycle[-1]]]) != cycle[0]:
            left.remove(key)
            cycle.append(key)
        found.append(cycle)
    return found
