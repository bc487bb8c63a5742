"""The independent checker: it reads a certificate, multiplies, compares, and never searches.

It shares no code with the search. D is the 0/1 tensor of the facts, a proof about some of them
with zeros elsewhere. MINOR: minor.py, P7 and P8: pencil.py, P9: spanning.py, P10: turns.py, P11:
cases.py, C4 and C7: table.py, C8: algebra.py, upper bounds: upper.py, the work, counted before it
is done: work.py.

P1  A sum of r simple tensors has unfoldings of rank <= r, so rank D >= the size of a good minor.
P2  If slice s of D is not 0, some scalars t_j give rank D >= 1 + rank(D_j - t_j D_s, j != s):
    write D = sum a_r (x) B_r, some a_r(s) is not 0, project along that a_r. Nobody chooses t_j.
    Once for each of |S| linearly independent slices: rank D >= |S| + rank D', with
    D'_j = D_j - sum_s t_js D_s for j outside S.
P3  Value slices are independent if each has a fact where no other of them has one, or if a good
    minor has their rows. On keys x queries that meet no fact with a value in S, D' is D without S.
P4  If the facts on the listed labels split into blocks, P2 along the rows of one block's minor
    leaves the other blocks as they are: sizes add, and one block may be proved by any theorem.
    Blocks by C7, or by C8 in one mode, are one algebra, the direct product: their bounds add.
P5, P6  In D', the cell at row i and column (j, z) is "unknown" where some slice s in S has a fact
    at (i, z), else it is the cell of D. Hence rank D >= |S| + the size of a good minor of D'.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from factrank.errors import FactrankError
from factrank.facts import strict
from factrank.facts.database import MODES, Database
from factrank.facts.strict import show, wrong
from factrank.rank.verify import algebra, cases, pencil, spanning, table, turns
from factrank.rank.verify.minor import Minors
from factrank.rank.verify.upper import Sides
from factrank.rank.verify.work import Work

Facts = Sequence[tuple[int, int, int]]
Rows = set[int]
EXACT = {"P8": pencil.pencil, "C4": table.bijections, "C7": table.group}
NESTED = 30  # proofs inside one another; the search writes three


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
        self.index = [{x[i]: i for i in database.used(MODES[n])} for n, x in enumerate(self.names)]
        self.axes = list(zip(("keys", "queries", "values"), self.index, strict=True))
        self.work = Work()
        self.minors = Minors(self.index, self.work)

    def proof(self, at: str, data: Any, facts: Facts) -> int:
        """Check a lower bound on the rank of these facts, theorem by theorem; its value."""
        if at.count(".inner") + at.count(".proof") >= NESTED:  # its place says how deep it is
            wrong("lower_proof", f"at most {NESTED} proofs inside one another", "one more")
        self.work.take(at, 1 + len(facts))
        rules = {"P1": self.p1, "P3": self.p3, "P4": self.p4, "P5": self.p6, "P6": self.p6}
        rules |= {"P9": self.p9, "P10": self.p10, "P11": self.p11}
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
        return len(self.minors.rows(at, data, facts, mode))

    def p3(self, at: str, data: Any, facts: Facts) -> int:
        strict.fields(at, data, "theorem values keys queries inner" + " minor" * ("minor" in data))
        keys, queries, values = self.block(at, data)
        self.independent(at, "values", data.get("minor"), values, facts, 2)
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
        self.independent(there, "labels", first["minor"], gone, facts, a)
        rows = self.minors.rows(at, data, facts, b, a, gone)
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

    def p11(self, at: str, data: Any, facts: Facts) -> int:
        strict.fields(at, data, "theorem inner mode flattenings cases")
        value = self.proof(f"{at}.inner", data["inner"], facts)
        strict.one_of(f"{at}.inner.theorem", data["inner"]["theorem"], ("P1", "P7"))
        cases.Cases(at, data, facts, self.index, self.work).check(value)
        return value + 1

    def p10(self, at: str, data: Any, facts: Facts) -> int:
        strict.fields(at, data, "theorem steps unfolding pivots core")
        left, total = turns.Left(facts), 0
        steps = strict.items(f"{at}.steps", data["steps"])
        if not steps:
            wrong(f"{at}.steps", "at least one step", "none")
        for n, step in enumerate(steps):
            strict.fields(there := f"{at}.steps[{n}]", step, "mode labels minor")
            a = MODES.index(strict.one_of(f"{there}.mode", step["mode"], MODES))
            gone = strict.positions(f"{there}.labels", step["labels"], self.index[a])
            if not gone:
                wrong(f"{there}.labels", "at least one label", "none")
            minor = strict.fields(f"{there}.minor", step["minor"], "pivots core")
            if self.minors.left(f"{there}.minor", minor, left, a) != gone:
                wrong(f"{there}.minor", "rows that are exactly the labels", "other rows")
            left.remove(there, a, gone, self.work)
            total += len(gone)
        b = MODES.index(strict.one_of(f"{at}.unfolding", data["unfolding"], MODES))
        return total + len(self.minors.left(at, data, left, b))

    def independent(self, at: str, name: str, minor: Any, gone: Rows, facts: Facts, a: int) -> None:
        """Slices are independent by a minor; values without one if each has a fact of its own."""
        if minor is not None or MODES[a] != "V":
            strict.fields(f"{at}.minor", minor, "pivots core")
            if self.minors.rows(f"{at}.minor", minor, facts, a) != gone:
                wrong(f"{at}.minor", f"rows that are exactly the {name}", "other rows")
            return
        inside = [f for f in facts if f[2] in gone]
        there = Counter(f[:2] for f in inside)
        for v in gone - {f[2] for f in inside if there[f[:2]] == 1}:
            rule = "values of facts, each at a key and query with no other of them"
            wrong(f"{at}.{name}", rule, show(self.names[2][v]))

    def block(self, at: str, data: Any) -> list[set[int]]:
        return [strict.positions(f"{at}.{x}", data[x], index) for x, index in self.axes]

    def show(self, fact: tuple[int, int, int]) -> str:
        return repr(tuple(names[i] for names, i in zip(self.names, fact, strict=True)))
