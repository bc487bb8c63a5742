"""The checker's part for P10: what several substitutions in turn leave.

P10 A step is P2 for a set S of slices of a mode, in what the steps before it left: these slices are
    independent there, whatever its unknown cells are, by a good minor. A cell outside S keeps its
    value if the slices of S are known to be 0 beside it, and is unknown afterwards if not.
    rank D >= |S| of all steps + the size of a good minor of what is left.
"""

from __future__ import annotations

from collections.abc import Iterable

from factrank.facts.strict import wrong
from factrank.rank.verify.work import Work

CELLS = 10**6  # unknown ones: each is kept
Cell = tuple[int, int, int]


class Left:
    """The cells that are left: ``known`` are 1, ``unknown`` may be anything, all others are 0."""

    def __init__(self, facts: Iterable[Cell]) -> None:
        self.known, self.unknown = set(facts), set[Cell]()
        self.labels = [{fact[axis] for fact in self.known} for axis in range(3)]

    def remove(self, at: str, axis: int, gone: set[int], work: Work) -> None:
        """Substitute the slices ``gone`` of a mode, all of them left."""
        x, y = (m for m in range(3) if m != axis)
        reached = {(f[x], f[y]) for f in (*self.known, *self.unknown) if f[axis] in gone}
        self.labels[axis] -= gone
        if (most := len(self.labels[axis]) * len(reached) + len(self.unknown)) > CELLS:
            wrong(at, f"at most {CELLS} unknown cells", f"{most}")
        work.take(at, most + len(self.known))
        stay = {f for f in self.known if f[axis] not in gone}
        self.known = {f for f in stay if (f[x], f[y]) not in reached}
        self.unknown = {f for f in self.unknown if f[axis] not in gone}
        for i in self.labels[axis]:
            for j, m in reached:
                cell = {axis: i, x: j, y: m}
                self.unknown.add((cell[0], cell[1], cell[2]))
