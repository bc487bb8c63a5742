"""The checker's part for MINOR: rows that are independent whatever the unknown cells are.

MINOR (pivots, then a core). Number its rows and columns 0, 1, 2, ... in that order. It is "good"
if each pivot cell (m, m) is known and nonzero, its row or its column holds only known zeros
beyond m, and the core is known with det(core) nonzero modulo a prime. Expanding along that row or
column, pivot by pivot: det = +- product of the pivot cells x det(core), which is nonzero, and no
unknown cell enters. So a good minor is nonsingular whatever its unknown cells are.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from flint import fmpz, nmod_mat

from factrank.facts import strict
from factrank.facts.strict import show, wrong
from factrank.rank.verify.turns import Left
from factrank.rank.verify.work import FLINT, Work

Facts = Sequence[tuple[int, int, int]]
Rows = set[int]
Cells = set[tuple[int, int]]


class Minors:
    """Checks minors of unfoldings; every method raises at the first fault."""

    def __init__(self, index: Sequence[Mapping[str, int]], work: Work) -> None:
        self.index, self.work = index, work

    def rows(
        self, at: str, data: Any, facts: Facts, b: int, a: int = -1, gone: Collection[int] = ()
    ) -> Rows:
        """Check that MINOR is good in the unfolding along b, after P2 along a; its rows."""
        self.work.take(at, len(facts))
        x, y = (axis for axis in range(3) if axis != b)
        rows, columns, size, core = self.read(at, data, b, x, y)
        facts = [f for f in facts if f[b] in rows]
        kept = [f for f in facts if f[a] not in gone and (f[x], f[y]) in columns]
        known = {(rows[f[b]], columns[f[x], f[y]]) for f in kept}
        # If (m, z) is touched, row m is unknown in all columns (., z): the last of them tells all.
        touched = sorted({(rows[f[b]], f[3 - a - b]) for f in facts if f[a] in gone})
        z_of = [column[a == x] for column in columns]  # a column is (j, z) or (z, j)
        last_row = {z: m for m, z in touched}
        last_column = {z: n for n, z in enumerate(z_of)}
        unknown = {(m, last_column[z]) for m, z in touched if z in last_column}
        unknown |= {(last_row[z], n) for n, z in enumerate(z_of) if z in last_row}
        unknown |= {(m, m) for m, z in touched if z_of[m] == z}
        self.good(at, known, unknown, size, core)
        return set(rows)

    def left(self, at: str, data: Any, left: Left, b: int) -> Rows:
        """Check that MINOR is good in the unfolding of what is left; its rows."""
        x, y = (axis for axis in range(3) if axis != b)
        self.work.take(at, len(left.known) + len(left.unknown))
        rows, columns, size, core = self.read(at, data, b, x, y)
        known, unknown = (
            {(rows[f[b]], columns[f[x], f[y]]) for f in cells
             if f[b] in rows and (f[x], f[y]) in columns}
            for cells in (left.known, left.unknown)
        )  # fmt: skip
        self.good(at, known, unknown, size, core)
        return set(rows)

    def good(self, at: str, known: Cells, unknown: Cells, size: int, core: Any) -> None:
        """Check that these cells of a minor, by number, make it good."""
        right, below = bytearray(size), bytearray(size)
        for m, n in known | unknown:
            if m < min(n, size):
                right[m] = 1
            elif n < min(m, size):
                below[n] = 1
            elif m >= size:
                core[m - size, n - size] = 1
                if (m, n) in unknown:
                    wrong(f"{at}.core", "known cells", "an unknown one")
        for m in range(size):
            if (m, m) not in known or (m, m) in unknown:
                wrong(f"{at}.pivots[{m}]", "a known cell with a fact", "none")
            if right[m] and below[m]:
                wrong(f"{at}.pivots[{m}]", "known zeros beyond it in row or column", "neither")
        if core.nrows() and core.det() == 0:
            wrong(f"{at}.core", "a determinant that is not 0 modulo the prime", "0")

    def read(self, at: str, data: Any, b: int, x: int, y: int) -> tuple[Any, Any, int, Any]:
        """The rows and the columns of MINOR, numbered; its number of pivots; an empty core."""
        core = strict.fields(f"{at}.core", data["core"], "prime rows columns")
        p, found = core["prime"], strict.items(f"{at}.core.rows", core["rows"])
        if type(p) is not int or not 1 < p < 2**63 or not fmpz(p).is_prime():
            wrong(f"{at}.core.prime", "a prime number below 2^63", show(p))
        self.work.take(f"{at}.core.rows", len(found) ** 3 // FLINT)
        others = strict.items(f"{at}.core.columns", core["columns"], len(found))
        pivots = strict.items(f"{at}.pivots", data["pivots"])
        rows, columns = dict[int, int](), dict[tuple[int, int], int]()
        for n, cell in enumerate([*pivots, *map(list, zip(found, others, strict=True))]):
            there = f"{at}.pivots[{n}]" if n < len(pivots) else f"{at}.core, row {n - len(pivots)}"
            row, column = strict.items(there, cell, 2)
            labels = zip((row, *strict.items(there, column, 2)), (b, x, y), strict=True)
            i, *pair = (strict.position(there, label, self.index[axis]) for label, axis in labels)
            c = pair[0], pair[1]
            if i in rows or c in columns:
                wrong(there, "a row and a column not used before", show(cell))
            rows[i] = columns[c] = n
        return rows, columns, len(pivots), nmod_mat(len(found), len(found), p)
