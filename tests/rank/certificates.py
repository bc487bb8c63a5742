"""Certificates written by hand, one for each theorem, and the ways to tamper with them."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator
from typing import Any, NamedTuple

from factrank.facts.database import Database

PRIME = 7
EMPTY = {"prime": PRIME, "rows": [], "columns": []}


class Case(NamedTuple):
    database: Database
    certificate: dict[str, Any]


def facts(text: str) -> Database:
    """`"a r x; b r y"` as a database."""
    return Database.from_triples([fact.split() for fact in text.split(";")])


def ones(*labels: str) -> dict[str, int]:
    return dict.fromkeys(labels, 1)


def fact_terms(database: Database) -> list[dict[str, Any]]:
    """The decomposition that no one can get wrong: one term a fact."""
    return [
        {"keys": ones(k), "queries": ones(q), "values": ones(v)} for k, q, v in database.triples()
    ]


def wrap(database: Database, proof: Any, lower: int, terms: list | None = None) -> dict[str, Any]:
    terms = fact_terms(database) if terms is None else terms
    return {
        "format": "factrank-certificate",
        "version": 1,
        "database": database.digest(),
        "lower": lower,
        "upper": len(terms),
        "field": "R",
        "lower_proof": proof,
        "upper_terms": terms,
    }


def p1() -> Case:
    """The opening example: five keys, each with a column of its own in its turn."""
    db = facts(
        "A born S; B born S; C born M; A lives M; B lives S; C lives M; M currency R; S currency D"
    )
    proof = {
        "theorem": "P1",
        "mode": "K",
        "pivots": [
            ["S", ["currency", "D"]],
            ["M", ["currency", "R"]],
            ["C", ["born", "M"]],
            ["A", ["lives", "M"]],
            ["B", ["born", "S"]],
        ],
        "core": EMPTY,
    }
    terms = [
        {"keys": ones("A", "B"), "queries": ones("born", "lives"), "values": ones("S")},
        {"keys": ones("C"), "queries": ones("born", "lives"), "values": ones("M")},
        {"keys": ones("A"), "queries": ones("lives"), "values": {"M": 1, "S": -1}},
        {"keys": ones("M"), "queries": ones("currency"), "values": ones("R")},
        {"keys": ones("S"), "queries": ones("currency"), "values": ones("D")},
    ]
    return Case(db, wrap(db, proof, 5, terms))


def p1_core() -> Case:
    """A triangle: no row or column of the square is alone, and its determinant is 2."""
    db = facts("a r x; b r x; b s x; c s x; a t x; c t x; d t y")
    proof = {
        "theorem": "P1",
        "mode": "K",
        "pivots": [["d", ["t", "y"]]],
        "core": {
            "prime": PRIME,
            "rows": ["a", "b", "c"],
            "columns": [["r", "x"], ["s", "x"], ["t", "x"]],
        },
    }
    terms = [
        {"keys": ones("a"), "queries": ones("r", "t"), "values": ones("x")},
        {"keys": ones("b"), "queries": ones("r", "s"), "values": ones("x")},
        {"keys": ones("c"), "queries": ones("s", "t"), "values": ones("x")},
        {"keys": ones("d"), "queries": ones("t"), "values": ones("y")},
    ]
    return Case(db, wrap(db, proof, 4, terms))


def p3() -> Case:
    """One value apart, and two that swap: two terms with halves, three in all."""
    db = facts("a r x; b r y; b s z; c r z; c s y")
    inner = {
        "theorem": "P1",
        "mode": "K",
        "pivots": [["b", ["r", "y"]], ["c", ["r", "z"]]],
        "core": EMPTY,
    }
    proof = {
        "theorem": "P3",
        "values": ["x"],
        "keys": ["b", "c"],
        "queries": ["r", "s"],
        "inner": inner,
    }
    terms = [
        {"keys": ones("a"), "queries": ones("r"), "values": ones("x")},
        {"keys": ones("b", "c"), "queries": ones("r", "s"), "values": {"y": "1/2", "z": "1/2"}},
        {
            "keys": {"b": 1, "c": -1},
            "queries": {"r": 1, "s": -1},
            "values": {"y": "1/2", "z": "-1/2"},
        },
    ]
    return Case(db, wrap(db, proof, 3, terms))


W = "0 0 1; 0 1 0; 1 0 0"  # rank 3, every unfolding has rank 2
W_PROOF = {
    "theorem": "P6",
    "substitute": {"mode": "V", "labels": ["1"], "minor": None},
    "unfolding": "K",
    "pivots": [["1", ["0", "0"]], ["0", ["1", "0"]]],
    "core": EMPTY,
}


TRIANGLE = "a r x; a r z; b r x; b r y; c r y; c r z"  # each value meets each other somewhere
TRIANGLE_MINOR = {
    "pivots": [],
    "core": {
        "prime": PRIME,
        "rows": ["x", "y", "z"],
        "columns": [["a", "r"], ["b", "r"], ["c", "r"]],
    },
}


def p3_minor() -> Case:
    """Three values without a fact of their own, independent by a determinant of 2; a also is u."""
    db = facts(TRIANGLE + "; d s w; a s u")
    inner = {
        "theorem": "P1",
        "mode": "K",
        "pivots": [["d", ["s", "w"]], ["a", ["s", "u"]]],
        "core": EMPTY,
    }
    proof = {
        "theorem": "P3",
        "values": ["x", "y", "z"],
        "keys": ["a", "d"],
        "queries": ["s"],
        "inner": inner,
        "minor": TRIANGLE_MINOR,
    }
    return Case(db, wrap(db, proof, 5))


def p5_sets() -> Case:
    """The same three are cleared in P5, where key a, which touches two of them, does not count."""
    db = facts(TRIANGLE + "; d s w; a s u")
    proof = {
        "theorem": "P5",
        "substitute": {"mode": "V", "labels": ["x", "y", "z"], "minor": TRIANGLE_MINOR},
        "unfolding": "K",
        "pivots": [["d", ["s", "w"]]],
        "core": EMPTY,
    }
    return Case(db, wrap(db, proof, 4))


def p4() -> Case:
    """Three blocks, the middle one proved by P6; a fact across blocks is left out of the lists."""
    db = facts(W + "; a r x; a s y; b t z; far t x")
    one = {"theorem": "P1", "mode": "Q", "pivots": [["r", ["a", "x"]], ["s", ["a", "y"]]]}
    two = {"theorem": "P1", "mode": "V", "pivots": [["z", ["b", "t"]]]}
    proof = {
        "theorem": "P4",
        "blocks": [
            {"keys": ["a"], "queries": ["r", "s"], "values": ["x", "y"],
             "proof": {**one, "core": EMPTY}},
            {"keys": ["0", "1"], "queries": ["0", "1"], "values": ["0", "1"], "proof": W_PROOF},
            {"keys": ["b"], "queries": ["t"], "values": ["z"], "proof": {**two, "core": EMPTY}},
        ],
    }  # fmt: skip
    return Case(db, wrap(db, proof, 6))


def p5() -> Case:
    """Three values are cleared; key b touches none of them."""
    db = facts("a r x; a s y; c r x; b t z; b r u; c s w")
    proof = {
        "theorem": "P5",
        "substitute": {"mode": "V", "labels": ["x", "y", "w"], "minor": None},
        "unfolding": "K",
        "pivots": [["b", ["t", "z"]]],
        "core": EMPTY,
    }
    return Case(db, wrap(db, proof, 4))


def p6() -> Case:
    db = facts(W)
    return Case(db, wrap(db, W_PROOF, 3))


def p6_queries() -> Case:
    """Query slices are cleared, so their independence is proved; key rows remain."""
    db = facts("0 1 0; 0 0 1; 1 0 0; 2 2 0")  # W with keys 0, 1 and one fact more
    proof = {
        "theorem": "P6",
        "substitute": {
            "mode": "Q",
            "labels": ["1", "2"],
            "minor": {"pivots": [["1", ["0", "0"]], ["2", ["2", "0"]]], "core": EMPTY},
        },
        "unfolding": "K",
        "pivots": [["1", ["0", "0"]], ["0", ["0", "1"]]],
        "core": EMPTY,
    }
    return Case(db, wrap(db, proof, 4))


def p6_keys() -> Case:
    """Key slices are cleared in a set-valued database; a core of values remains."""
    db = facts("o p x; o p y; a r x; a s y; a t z; b r y; b s z; b t x; c u w")
    proof = {
        "theorem": "P6",
        "substitute": {
            "mode": "K",
            "labels": ["o"],
            "minor": {"pivots": [["o", ["p", "x"]]], "core": EMPTY},
        },
        "unfolding": "V",
        "pivots": [["w", ["c", "u"]]],
        "core": {
            "prime": PRIME,
            "rows": ["x", "y", "z"],
            "columns": [["a", "r"], ["b", "r"], ["b", "s"]],
        },
    }
    return Case(db, wrap(db, proof, 5))


def p7() -> Case:
    """Three relations on three keys and values: a skew matrix of 9 x 9 that is regular."""
    db = facts("a r x; b s y; c t z; a s z; b t x; c r y")
    proof = {
        "theorem": "P7",
        "value": 4,
        "mode": "Q",
        "map": [{"r": 1}, {"s": 1}, {"t": 1}],
        "prime": PRIME,
    }
    return Case(db, wrap(db, proof, 4))


def p8() -> Case:
    """A chain of two facts in each of two relations, and a swap: wide 1, then x^2 - 1."""
    db = facts("a r x; a s y; b r u; c r v; b s v; c s u")
    proof = {
        "theorem": "P8",
        "value": 4,
        "mode": "Q",
        "slices": [ones("r"), ones("s")],
        "rows": [ones("a"), ones("b"), ones("c")],
        "columns": [ones("x"), ones("y"), ones("u"), ones("v")],
        "wide": [1],
        "tall": [],
        "companion": [[-1, 0]],
    }
    return Case(db, wrap(db, proof, 4))


def p8_real() -> Case:
    """The steps of the Fibonacci numbers: x^2 - x - 1 has real roots, no rational ones."""
    db = facts("a r x; b r y; a s y; b s x; b s y")
    proof = {
        "theorem": "P8",
        "value": 2,
        "mode": "Q",
        "slices": [ones("r"), ones("s")],
        "rows": [ones("a"), ones("b")],
        "columns": [ones("x"), ones("y")],
        "wide": [],
        "tall": [],
        "companion": [[-1, -1]],
    }
    twice = db.with_fact("far", "t", "z")
    part = {
        "keys": {"a": "a", "b": "b"},
        "queries": {"r": "r", "s": "s"},
        "values": {"x": "x", "y": "y"},
        "proof": proof,
    }
    blocks = [
        {"keys": ["a", "b"], "queries": ["r", "s"], "values": ["x", "y"], "proof": proof},
        {"keys": ["far"], "queries": ["t"], "values": ["z"],
         "proof": {"theorem": "P1", "mode": "K", "pivots": [["far", ["t", "z"]]], "core": EMPTY}},
    ]  # fmt: skip
    data = wrap(twice, {"theorem": "P4", "blocks": blocks}, 3)
    data["upper_proof"] = {
        "parts": [part],
        "terms": [{"keys": ones("far"), "queries": ones("t"), "values": ones("z")}],
    }
    return Case(twice, {**data, "upper": 3})


def p9() -> Case:
    """The W-state without substitution: its one minor is minus a square."""
    db = facts(W)
    inner = {"theorem": "P1", "mode": "K", "pivots": [["1", ["0", "0"]], ["0", ["1", "0"]]]}
    proof = {
        "theorem": "P9",
        "inner": {**inner, "core": EMPTY},
        "mode": "Q",
        "form": {"0": 1},
        "minors": [{"times": -1, "rows": ["0", "1"], "columns": ["0", "1"]}],
    }
    return Case(db, wrap(db, proof, 3))


def p10() -> Case:
    """The W-state in two steps: what the first leaves unknown, the second removes in part."""
    db = facts(W)
    steps = [
        {"mode": "V", "labels": ["1"],
         "minor": {"pivots": [["1", ["0", "0"]]], "core": EMPTY}},
        {"mode": "K", "labels": ["1"],
         "minor": {"pivots": [["1", ["0", "0"]]], "core": EMPTY}},
    ]  # fmt: skip
    proof = {"theorem": "P10", "steps": steps, "unfolding": "Q", "core": EMPTY,
             "pivots": [["1", ["0", "0"]]]}  # fmt: skip
    return Case(db, wrap(db, proof, 3))


def p10_sets() -> Case:
    """Three values by a core, a key beside what they leave unknown, and a core of what is left."""
    db = facts(TRIANGLE + "; d s w; a s u")
    steps = [
        {"mode": "V", "labels": ["z", "x", "y"], "minor": TRIANGLE_MINOR},
        {"mode": "K", "labels": ["d"], "minor": {"pivots": [["d", ["s", "w"]]], "core": EMPTY}},
    ]
    core = {"prime": PRIME, "rows": ["u"], "columns": [["a", "s"]]}
    proof = {"theorem": "P10", "steps": steps, "unfolding": "V", "pivots": [], "core": core}
    return Case(db, wrap(db, proof, 5))


def p11_wrap(text: str, r: int, inner: Any, mode: str, cases: Any, flat: Any = ()) -> Case:
    db = facts(text)
    proof = {"theorem": "P11", "inner": inner, "mode": mode, "flattenings": list(flat),
             "cases": cases}  # fmt: skip
    return Case(db, wrap(db, proof, r + 1))


def p1_of(mode: str, *pivots: str) -> dict[str, Any]:
    """P1 by pivots, each written as its three labels: the row's first."""
    cells = [pivot.split() for pivot in pivots]
    return {"theorem": "P1", "mode": mode, "pivots": [[i, [x, y]] for i, x, y in cells],
            "core": EMPTY}  # fmt: skip


def minor_of(times: object, rows: str, columns: str) -> dict[str, Any]:
    return {"times": times, "rows": rows.split(), "columns": columns.split()}


def form_of(**numbers: object) -> list[Any]:
    """A form by entries: x01=2 is twice the entry at "0", "1"."""
    return [[[x[1], x[2]], number] for x, number in numbers.items()]


def p11() -> Case:
    """The W-state: a matrix of its span has rank one only where t is 0, for its minor is -t^2."""
    square = {"minors": [minor_of(-1, "0 1", "0 1")], "forms": [form_of(x01=1)], "times": [1],
              "cases": [None]}  # fmt: skip
    return p11_wrap(W, 2, p1_of("K", "1 0 0", "0 1 0"), "K", square)


def p11_squares() -> Case:
    """Two slices, a pencil without real roots: no matrix of its span has rank one."""
    squares = {"minors": [minor_of(1, "0 1", "1 0")], "times": [1, "3/4"], "cases": [None],
               "forms": [form_of(x01=1, x00="-1/2"), form_of(x00=1)]}  # fmt: skip
    text = "0 0 0; 0 0 1; 0 1 0; 1 0 1; 1 1 0; 1 1 1"
    return p11_wrap(text, 2, p1_of("K", "0 0 0", "1 1 0"), "K", squares)


def p11_product() -> Case:
    """Two cases: a space of two dimensions, and one where two squares leave one of them."""
    squares = {"minors": [minor_of(-1, "1 0", "2 1")], "times": [1, 1], "cases": [None],
               "forms": [form_of(x12=1), form_of(x11=1)]}  # fmt: skip
    product = {"minors": [minor_of(1, "1 0", "2 0")], "times": None, "cases": [None, squares],
               "forms": [form_of(x12=1), form_of(x11=-1, x02=1)]}  # fmt: skip
    text = "0 0 2; 0 1 1; 1 0 0; 1 0 2; 1 1 2; 2 0 0; 2 0 1; 2 0 2"
    return p11_wrap(text, 3, p1_of("K", "2 0 1", "1 0 0", "0 0 2"), "K", product)


def p11_turned() -> Case:
    """Three dimensions turned into a line: one real root of three, and no form leaves more."""
    turn = {
        "minors": [[minor_of(1, "1 2", "1 0")], [], [minor_of(1, "1 0", "1 0")]],
        "forms": [form_of(x11=1), form_of(x10=1)],
        "times": None,
        "cases": [None],
        "columns": [["1", "1"], ["1", "0"], ["0", "0"]],
        "matrix": [[1, 0, 1], [1, 0, 0], [1, 1, 0]],
    }
    text = "0 0 1; 0 1 0; 1 0 1; 1 1 1; 1 2 0; 1 2 1; 2 0 0; 2 2 1"
    return p11_wrap(text, 3, p1_of("K", "2 0 0", "1 2 1", "0 0 1"), "K", turn)


def p11_kernel() -> Case:
    """A flattening of rank 6, that of three terms: what it leaves does not hold all slices."""
    vectors = [{"c": 1}, {"b": 1}, {"a": 1}]
    inner = {"theorem": "P7", "value": 3, "mode": "K", "map": vectors, "prime": PRIME}
    kernel = [
        [[[0, 1], "z", -1]],
        [[[0, 2], "w", "1/2"]],
        [[[0, 2], "y", -1]],
        [[[0, 1], "w", 1], [[0, 2], "z", -1]],
        [[[0, 2], "x", 1], [[1, 2], "x", -1]],
        [[[0, 2], "x", 1], [[1, 2], "y", -1]],
    ]
    flat = {"map": vectors, "kernel": kernel}
    text = "a s z; b r x; b r y; b s w; c r x"
    return p11_wrap(text, 3, inner, "Q", None, [flat])


def p11_kernel_square() -> Case:
    """Equations from a kernel, and a minor that is minus a square where they hold."""
    vectors = [{"1": 1}, {"2": 1}, {"0": 1}]
    inner = {"theorem": "P7", "value": 5, "mode": "Q", "map": vectors, "prime": PRIME}
    kernel = [[[[0, 2], "1", 1], [[1, 2], "3", -1]], [[[1, 2], "1", -1]]]
    square = {"minors": [minor_of(-1, "3 1", "1 2")], "forms": [form_of(x32=1)], "times": [1],
              "cases": [None]}  # fmt: skip
    text = "3 1 0; 3 2 2; 0 2 0; 0 2 2; 0 2 1; 0 0 3; 2 1 3; 2 1 1; 2 0 0; 1 1 2"
    return p11_wrap(text, 5, inner, "V", square, [{"map": vectors, "kernel": kernel}])


def c4() -> Case:
    """A cycle of three keys and one of one: the rank is 4 + 1."""
    db = facts("a r x; b r y; c r z; d r w; a s y; b s z; c s x; d s w")
    proof = {
        "theorem": "C4",
        "value": 5,
        "keys": ["a", "b", "c", "d"],
        "queries": ["r", "s"],
        "values": ["x", "y", "z", "w"],
    }
    return Case(db, wrap(db, proof, 5))


def c7() -> Case:
    """Addition modulo 3, under other names, once more for a copy of a key."""
    table = "a r x; a s y; a t z; b r y; b s z; b t x; c r z; c s x; c t y"
    copy_of_b = "; bb r y; bb s z; bb t x"
    db = facts(table + copy_of_b)
    proof = {
        "theorem": "C7",
        "value": 4,
        "keys": ["a", "b", "c"],
        "queries": ["r", "s", "t"],
        "values": ["x", "y", "z"],
    }
    part = {
        "keys": {"a": "a", "b": "b", "c": "c", "bb": "b"},
        "queries": {"r": "r", "s": "s", "t": "t"},
        "values": {"x": "x", "y": "y", "z": "z"},
        "proof": proof,
    }
    data = wrap(db, proof, 4)
    return Case(db, {**data, "upper": 4, "upper_proof": {"parts": [part], "terms": []}})


def c8() -> Case:
    """Upper triangular matrices of size 2, with a copy of a key: only values can be products."""
    db = facts("a r x; a s y; b t y; c t z; bb t y")
    proof = {
        "theorem": "C8",
        "value": 4,
        "mode": "V",
        "keys": ["a", "b", "c"],
        "queries": ["r", "s", "t"],
        "values": ["x", "y", "z"],
        "units": [{"a": 1, "b": -2, "c": 1}, {"r": 1, "t": 1}],
    }
    terms = [
        {"keys": ones("a"), "queries": ones("r"), "values": ones("x")},
        {"keys": ones("a"), "queries": ones("s"), "values": ones("y")},
        {"keys": ones("b", "bb"), "queries": ones("t"), "values": ones("y")},
        {"keys": ones("c"), "queries": ones("t"), "values": ones("z")},
    ]
    return Case(db, wrap(db, proof, 4, terms))


CASES = {
    make.__name__: make
    for make in (
        p1, p1_core, p3, p3_minor, p4, p5, p5_sets, p6, p6_queries, p6_keys,
        p7, p8, p8_real, p9, p10, p10_sets, p11, p11_squares, p11_product, p11_turned,
        p11_kernel, p11_kernel_square, c4, c7, c8
    )
}  # fmt: skip


# ---- tampering ---------------------------------------------------------------------------------


class Mutant(NamedTuple):
    kind: str  # what was done
    path: tuple  # where
    data: Any


JUNK = (None, True, False, 0, 1, -1, 2, 1.5, float("nan"), 10**5000, "", "1/2", "2/4", [], {}, [[]])


def walk(data: Any, path: tuple = ()) -> Iterator[tuple[tuple, Any]]:
    yield path, data
    if isinstance(data, dict):
        for name, item in data.items():
            yield from walk(item, (*path, name))
    elif isinstance(data, list):
        for n, item in enumerate(data):
            yield from walk(item, (*path, n))


def put(data: Any, path: tuple, item: Any) -> Any:
    """A copy with another item at the path."""
    if not path:
        return item
    new = copy.copy(data)
    new[path[0]] = put(data[path[0]], path[1:], item)
    return new


def mutants(case: Case) -> Iterator[Mutant]:
    """Every node of the tree, changed in every way listed here."""
    database, root = case
    words = sorted({x for mode in "KQV" for x in database.labels(mode)})
    words += [
        "P1",
        "P3",
        "P4",
        "P5",
        "P6",
        "P7",
        "P8",
        "P9",
        "P10",
        "P11",
        "C4",
        "C7",
        "C8",
        "K",
        "Q",
        "V",
        "C",
        "nobody",
    ]
    for path, node in walk(root):
        for kind, item in _changes(node, words):
            yield Mutant(kind, path, put(root, path, item))
    leaves = [(p, x) for p, x in walk(root["lower_proof"], ("lower_proof",)) if type(x) is str]
    for (one, x), (other, y) in itertools.combinations(leaves, 2):
        if x != y:
            yield Mutant("exchange", one, put(put(root, one, y), other, x))


def _changes(node: Any, words: list[str]) -> Iterator[tuple[str, Any]]:
    for item in JUNK:
        if not (type(item) is type(node) and item == node):
            yield "junk", item
    if type(node) is str:
        yield from (("word", word) for word in words if word != node)
        yield from (("word", x) for x in (node + " ", node.lower(), "1/3", "-" + node) if x != node)
    if type(node) is int:
        numbers = {node + 1, node - 1, -node, 2 * node, 3, 4, 5, 11, 2**31 - 1, 2**63} - {node}
        yield from (("number", x) for x in sorted(numbers))
        yield "retype", str(node)
        yield "retype", float(node)
    if isinstance(node, list):
        yield from (("drop", node[:n] + node[n + 1 :]) for n in range(len(node)))
        yield from (("repeat", node[:n] + node[n : n + 1] + node[n:]) for n in range(len(node)))
        for n, m in itertools.combinations(range(len(node)), 2):
            new = list(node)
            new[n], new[m] = node[m], node[n]
            if new != node:
                yield "order", new
        yield "junk", [*node, None]
        yield "retype", tuple(node)
    if isinstance(node, dict):
        for name in node:
            rest = {x: y for x, y in node.items() if x != name}
            yield "drop", rest
            yield "junk", {**rest, name + "_": node[name]}
            yield from (("word", {**rest, w: node[name]}) for w in words if w not in node)
        yield "junk", {**node, "more": 1}
        yield "junk", {**node, 3: 1}
