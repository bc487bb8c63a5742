"""The independent checker: it reads a certificate, multiplies, compares, and never searches.

It shares no code with the search, only database, strict JSON and flint. D is the 0/1 tensor of the
facts. A proof is about some of them, with zeros elsewhere. P7 and P8 stand in pencil.py, P9 in
spanning.py, C4, C7 in table.py, C8 in algebra.py, upper bounds in upper.py; work.py counts work.

MINOR (pivots, then a core). Number its rows and columns 0, 1, 2, ... in that order. It is "good"
if each pivot cell (m, m) is known and nonzero, its row or its column holds only known zeros
beyond m, and the core is known with det(core) nonzero modulo a prime. Expanding along that row or
column, pivot by pivot: det = +- product of the pivot cells x det(core), which is nonzero, and no
unknown cell enters. So a good minor is nonsingular whatever its unknown cells are.

P1  A sum of r simple tensors has unfoldings of rank <= r, so rank D >= the size of a good minor.
P2  If slice s of D is not 0, some scalars t_j give rank D >= 1 + rank(D_j - t_j D_s, j != s):
    write D = sum a_r (x) B_r, some a_r(s) is not 0, project along that a_r. Nobody chooses t_j.
    Once for each of |S| linearly independent slices: rank D >= |S| + rank D', with
    D'_j = D_j - sum_s t_js D_s for j outside S.
P3  Value slices that each have a fact where no other of them has one are independent: all used
    ones of a functional database are. On keys x queries that meet no fact with a value in S, D' is
    D without S.
P4  If the facts on the listed labels split into blocks, P2 along the rows of one block's minor
    leaves the other blocks as they are: sizes add, and one block may be proved by any theorem.
    Several blocks by C7, or by C8 in one mode, are one algebra, a direct product: bounds add.
P5, P6  In D', the cell at row i and column (j, z) is "unknown" where some slice s in S has a fact
    at (i, z), else it is the cell of D. Hence rank D >= |S| + the size of a good minor of D'.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flint import fmpz, nmod_mat

from factrank.errors import FactrankError
from factrank.facts import strict
from factrank.facts.database import MODES, Database
from factrank.facts.strict import show, wrong
from factrank.rank.verify import algebra, pencil, spanning, table
from factrank.rank.verify.upper import Sides
from factrank.rank.verify.work import FLINT, Work

Facts = Sequence[tuple[int, int, int]]
Rows = set[int]
EXACT = {"P8": pencil.pencil, "C4": table.bijections, "C7": table.group}


@dataclass(frozen=True)
class Verdict:
    """``valid`` with what is proved, ``lower <= rank <= upper``; or not, and then None, None."""

    valid: bool
    lower: int | None
    upper: int | None
    field: str
    message: str

    def __bool__(self) -> bool:
        return self.valid


def load(path: str | Path) -> dict[str, Any]:
    """The certificate in a JSON file; ``FactrankError``, one sentence, if it holds none. [ours]"""
    return _head(strict.load_json(path), f"{path}: ")


def verify(database: Database, certificate: object) -> Verdict:
    """Does the certificate prove ``lower <= rank(D) <= upper`` over R for this database? [ours]

    ``certificate`` is parsed JSON. Nothing is raised: ``message`` is ``verified: ...`` or the
    first thing that is wrong, with its place, the rule and the value found.

    >>> verify(Database.from_triples([("a", "r", "x")]), {}).message
    "certificate: expected the field 'format', found none"
    """
    try:
        if not isinstance(database, Database):
            wrong("database", "a Database", f"a {type(database).__name__}")
        data, checker = _head(certificate), _Checker(database)
        strict.same("database", data["database"], database.digest(), ", the digest of these facts")
        lower = checker.proof("lower_proof", data["lower_proof"], database.facts)
        strict.same("lower", data["lower"], lower, ", the value of lower_proof")
        upper = checker.upper(data)
    except FactrankError as error:
        said = str(error)  # what is found may be nested
        return Verdict(False, None, None, "R", said if len(said) <= 500 else f"{said[:500]}...")
    except RecursionError:
        return Verdict(False, None, None, "R", "lower_proof: expected less nesting, found too much")
    return Verdict(True, lower, upper, "R", f"verified: {lower} <= rank <= {upper} over R")


def _head(data: Any, place: str = "") -> dict[str, Any]:
    top = "format version database lower upper field lower_proof upper_terms"
    more = " upper_proof" if type(data) is dict and "upper_proof" in data else ""
    head = strict.fields(f"{place}certificate", data, top + more)
    for name, value in (("format", "factrank-certificate"), ("version", 1), ("field", "R")):
        strict.same(f"{place}{name}", head[name], value)
    return head


class _Checker:
    """Checks proofs and terms about one database; every method raises at the first fault."""

    def __init__(self, database: Database) -> None:
        self.facts = database.facts
        self.names = [database.labels(mode) for mode in MODES]
        self.index = [{label: i for i, label in enumerate(names)} for names in self.names]
        self.axes = list(zip(("keys", "queries", "values"), self.index, strict=True))
        self.work = Work()

    def proof(self, at: str, data: Any, facts: Facts) -> int:
        """Check a lower bound on the rank of these facts, theorem by theorem; its value."""
        self.work.take(at, 1 + len(facts))
        rules = {"P1": self.p1, "P3": self.p3, "P4": self.p4, "P5": self.p6, "P6": self.p6}
        rules |= {"P9": self.p9}
        others = {"P7": pencil.koszul, "C8": algebra.algebra, **EXACT}
        theorem = data.get("theorem") if type(data) is dict else None
        if (known := strict.one_of(f"{at}.theorem", theorem, [*rules, *others])) in rules:
            return rules[known](at, data, facts)
        return others[known](at, data, facts, self.index, self.work)

    def upper(self, data: dict[str, Any]) -> int:
        """Check the upper bound: the terms, and the theorem where there is one; its value."""
        sides = Sides(self.axes, self.show, self.work)
        bound = sides.total("upper_terms", data["upper_terms"], self.facts)
        why = ", the number of upper_terms"
        if "upper_proof" in data:
            real = sides.parts("upper_proof", data["upper_proof"], self.facts, EXACT)
            if real >= bound:
                wrong("upper_proof", f"a value below {bound}, the number of terms", str(real))
            bound, why = real, ", the value of upper_proof"
        strict.same("upper", data["upper"], bound, why)
        return bound

    def p1(self, at: str, data: Any, facts: Facts) -> int:
        strict.fields(at, data, "theorem mode pivots core")
        mode = MODES.index(strict.one_of(f"{at}.mode", data["mode"], MODES))
        return len(self.minor(at, data, facts, mode))

    def p3(self, at: str, data: Any, facts: Facts) -> int:
        strict.fields(at, data, "theorem values keys queries inner")
        keys, queries, values = self.block(at, data)
        self.used_values(f"{at}.values", values, facts)
        inner = [f for f in facts if f[0] in keys and f[1] in queries]
        for f in inner:
            if f[2] in values:
                wrong(at, "no fact of these keys and queries with these values", self.show(f))
        return len(values) + self.proof(f"{at}.inner", data["inner"], inner)

    def p4(self, at: str, data: Any, facts: Facts) -> int:
        blocks = strict.items(f"{at}.blocks", strict.fields(at, data, "theorem blocks")["blocks"])
        home: tuple[dict[int, int], ...] = ({}, {}, {})  # label -> its block, for each mode
        for n, block in enumerate(blocks):
            strict.fields(f"{at}.blocks[{n}]", block, "keys queries values proof")
            for axis, labels in enumerate(self.block(f"{at}.blocks[{n}]", block)):
                for i in labels:
                    if home[axis].setdefault(i, n) != n:
                        wrong(f"{at}.blocks[{n}]", "no shared label", show(self.names[axis][i]))
        parts: list[list[tuple[int, int, int]]] = [[] for _ in blocks]
        for f in facts:
            found = [of.get(i, -1) for i, of in zip(f, home, strict=True)]
            if min(found) >= 0:  # a fact with a label outside all blocks is left out
                if min(found) != max(found):
                    wrong(f"{at}.blocks", "each fact inside one block", self.show(f))
                parts[found[0]].append(f)
        total, beyond, modes = 0, set[str](), set[str]()
        for n, (block, part) in enumerate(zip(blocks, parts, strict=True)):
            total += self.proof(f"{at}.blocks[{n}].proof", block["proof"], part)
            if (theorem := block["proof"]["theorem"]) != "P1":
                modes |= {block["proof"]["mode"]} if theorem == "C8" else set()
                if beyond and (not beyond | {theorem} <= {"C7", "C8"} or len(modes) > 1):
                    rule = "P1 in all blocks but one, or but those by C7 and C8 in one mode"
                    wrong(f"{at}.blocks[{n}].proof.theorem", rule, theorem)
                beyond.add(theorem)
        return total

    def p6(self, at: str, data: Any, facts: Facts) -> int:
        strict.fields(at, data, "theorem substitute unfolding pivots core")
        first = strict.fields(there := f"{at}.substitute", data["substitute"], "mode labels minor")
        p5 = data["theorem"] == "P5"
        a = MODES.index(strict.one_of(f"{there}.mode", first["mode"], "V" if p5 else MODES))
        others = "K" if p5 else MODES.replace(MODES[a], "")
        b = MODES.index(strict.one_of(f"{at}.unfolding", data["unfolding"], others))
        gone = strict.positions(f"{there}.labels", first["labels"], self.index[a])
        if first["minor"] is None and MODES[a] == "V":
            self.used_values(f"{there}.labels", gone, facts)
        else:
            strict.fields(f"{there}.minor", first["minor"], "pivots core")
            if self.minor(f"{there}.minor", first["minor"], facts, a) != gone:
                wrong(f"{there}.minor", "rows that are exactly the labels", "other rows")
        rows = self.minor(at, data, facts, b, a, gone)
        for f in facts if p5 else ():
            if f[0] in rows and f[2] in gone:
                wrong(at, "rows that touch no substituted value in P5", self.show(f))
        return len(gone) + len(rows)

    def p9(self, at: str, data: Any, facts: Facts) -> int:
        strict.fields(at, data, "theorem inner mode form minors")
        value = self.proof(f"{at}.inner", data["inner"], facts)
        strict.one_of(f"{at}.inner.theorem", data["inner"]["theorem"], ("P1", "P5", "P6"))
        spanning.identity(at, data, facts, self.index, self.work)
        return value + 1

    def used_values(self, at: str, values: set[int], facts: Facts) -> None:
        """Slices are independent if each has a fact where no other of them has one."""
        inside = [f for f in facts if f[2] in values]
        there = Counter(f[:2] for f in inside)
        for v in values - {f[2] for f in inside if there[f[:2]] == 1}:
            rule = "values of facts, each at a key and query with no other of them"
            wrong(at, rule, show(self.names[2][v]))

    def minor(self, at: str, data: Any, facts: Facts, b: int, a: int = -1, gone: Any = ()) -> Rows:
        """Check that MINOR is good in the unfolding along b, after P2 along a; its rows."""
        self.work.take(at, len(facts))
        x, y = (axis for axis in range(3) if axis != b)
        rows, columns, size, core = self.read_minor(at, data, b, x, y)
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
        good, right, below = known - unknown, bytearray(size), bytearray(size)
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
            if (m, m) not in good:
                wrong(f"{at}.pivots[{m}]", "a known cell with a fact", "none")
            if right[m] and below[m]:
                wrong(f"{at}.pivots[{m}]", "known zeros beyond it in row or column", "neither")
        if core.nrows() and core.det() == 0:
            wrong(f"{at}.core", "a determinant that is not 0 modulo the prime", "0")
        return set(rows)

    def read_minor(self, at: str, data: Any, b: int, x: int, y: int) -> tuple[Any, Any, int, Any]:
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

    def block(self, at: str, data: Any) -> list[set[int]]:
        return [strict.positions(f"{at}.{x}", data[x], index) for x, index in self.axes]

    def show(self, fact: tuple[int, int, int]) -> str:
        return repr(tuple(names[i] for names, i in zip(self.names, fact, strict=True)))
