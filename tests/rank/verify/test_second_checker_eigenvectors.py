"""P11 in the second checker: spaces that are turned, and how the cases end, by hand."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from tests.rank.verify import test_second_checker_turns as other
from tests.rank.verify.test_second_checker import Case, compared, mutants, named, theirs
from tests.rank.verify.test_second_checker_turns import (
    W,
    certificate,
    changed,
    double,
    form,
    minor,
    node,
    square,
    turns,
)

# Along the values the slices span [[p + q, p], [q, p + q]]; the minor p² + pq + q² is never 0.
PLANE = [["0", "0", "0"], ["1", "0", "0"], ["1", "1", "0"]]
PLANE += [["0", "0", "1"], ["0", "1", "1"], ["1", "1", "1"]]
TWO = [[str(i), str(j), str((i + j) % 2)] for i in range(2) for j in range(2)]
THREE = [[str(i), str(j), str((i + j) % 3)] for i in range(3) for j in range(3)]
# PLANE and W at once: [[Y, X], [X, 0]] with such matrices X and Y
FOUR = [
    [str(2 * i + int(k)), str(2 * j + int(q)), str(2 * n + int(v))]
    for i, j, n in ((0, 1, 0), (1, 0, 0), (0, 0, 1))
    for k, q, v in PLANE
]
# a direct sum, its keys side by side: its rank is 6
WIDE = [[str(i), str(j), str(3 * j + i)] for j in range(2) for i in range(3)]
MORE = [*W, ["2", "2", "2"]]
T0, T1 = form(("0", "0", 1)), form(("0", "1", 1))
ZERO = form(("0", "1", 1), ("1", "0", -1))  # where X is symmetric
UNITS: list[Any] = [{"0": 1}, {"1": 1}, {"2": 1}]


def times(number: Any, rows: str, columns: str) -> dict[str, Any]:
    """A weighted minor."""
    return {"times": number, "rows": list(rows), "columns": list(columns)}


def turned(minors: Any, forms: Any, columns: str, matrix: Any, case: Any = None) -> dict[str, Any]:
    """A node that turns its space; the columns as two letters each."""
    return {
        "minors": minors,
        "forms": forms,
        "times": None,
        "cases": [case],
        "columns": [list(it) for it in columns.split()],
        "matrix": matrix,
    }


def by_minor(pivots: dict[str, Any], cases: Any) -> dict[str, Any]:
    """P11 on a minor along the values."""
    inner = {"theorem": "P1", "mode": "V", **pivots}
    return {"theorem": "P11", "inner": inner, "mode": "V", "flattenings": [], "cases": cases}


def plane() -> dict[str, Any]:
    """Times a third root of one: p is ω q, and there is no such real p."""
    forms = [form(("0", "1", 1)), form(("1", "0", 1))]
    cases = turned([[times(1, "01", "01")], []], forms, "01 10", [[-1, -1], [1, 0]])
    return by_minor(minor(("0", "1", "0"), ("1", "0", "1")), cases)


def fractions() -> dict[str, Any]:
    """The same with fractions everywhere."""
    proof = plane()
    forms = [form(("0", "1", "1/3")), form(("1", "0", "2/3"))]
    minors = [[times("1/3", "01", "01"), times(5, "00", "01"), times("5/7", "01", "11")], []]
    proof["cases"] = turned(minors, forms, "01 10", [["-1/2", "-1/2"], ["1/2", 0]])
    return proof


def divided() -> dict[str, Any]:
    """Turned twice, below a node that divides: a form that is 0 leaves all of the space."""
    zero = form(("0", "0", 1), ("1", "1", -1))
    return apart(plane, [zero, zero], plane()["cases"], fractions()["cases"])


def nothing() -> dict[str, Any]:
    """A space of dimension 0 is turned once more, by a matrix without rows."""
    return changed(plane, "cases", "cases", to=[turned([], [T0, T1], "", [])])


def three() -> dict[str, Any]:
    """Addition modulo 3, times a third root of one: one real eigenvector and [t₂]."""
    minors = [[], [times(-1, "01", "01")], [times(1, "02", "10")]]
    forms = [form(("0", "1", 1)), form(("0", "0", 1))]
    cases = turned(minors, forms, "00 01 02", [[0, 1, 0], [0, 0, 1], [1, 0, 0]])
    return by_minor(minor(("0", "0", "0"), ("1", "0", "1"), ("2", "0", "2")), cases)


LAST = node(1, "01", "21", [form(("0", "2", 1))], [1], None)  # where only t₂ is left, it is 0


def deeper() -> dict[str, Any]:
    """The same, where the case is divided: one eigenvector and nothing else."""
    return changed(three, "cases", "cases", to=[LAST])


def apart(made: Callable[[], Any], forms: Any, *cases: Any) -> dict[str, Any]:
    """Two cases of two forms whose product is 0, as one of them is."""
    proof = made()
    proof["cases"] = {"minors": [], "forms": forms, "times": None, "cases": list(cases)}
    return proof


def both() -> dict[str, Any]:
    """The turned space beside [t₁, t₂], where t₁ is 0 as well: both leave [t₂]."""
    return apart(three, [ZERO, T0], three()["cases"], node(-1, "01", "01", [T1], [1], None))


def kernel(facts: list[list[str]], a: int, b: int, vectors: Any) -> list[Any]:
    """A basis of the kernel of a Koszul flattening of three vectors, as entries [J, z, number]."""
    c = 3 - a - b
    sets = list(itertools.combinations(range(3), 2))
    places = [(list(it), z) for it in sets for z in sorted({fact[c] for fact in facts})]
    rows = []
    for i, y in itertools.product(range(3), sorted({fact[b] for fact in facts})):
        row = dict.fromkeys(range(len(places)), Fraction(0))
        for n, (pair, z) in enumerate(places):
            if i in pair:
                (other,) = set(pair) - {i}
                u = vectors[other]
                cells = [u.get(it[a], 0) for it in facts if (it[b], it[c]) == (y, z)]
                row[n] += (-1) ** (i < other) * sum(cells)
        rows.append(row)
    basis = [{n: Fraction(1)} for n in range(len(places))]
    for row in rows:
        values = [sum((row[n] * x for n, x in it.items()), Fraction(0)) for it in basis]
        at = next((k for k, x in enumerate(values) if x), None)
        if at is None:
            continue
        out, top = basis.pop(at), values.pop(at)
        for it, value in zip(basis, values, strict=True):
            for n, x in out.items():
                it[n] = it.get(n, Fraction(0)) - value / top * x
    return [[[*places[n], number(x)] for n, x in it.items() if x] for it in basis]


def number(value: Fraction) -> Any:
    """A number as the page has it."""
    return value.numerator if value.denominator == 1 else str(value)


def by_flattening(facts: list[list[str]], r: int, b: str, vectors: Any, cases: Any) -> Any:
    """P11 on a flattening along the keys, with all of its kernel."""
    found = kernel(facts, 0, "KQV".index(b), vectors)
    return {
        "theorem": "P11",
        "inner": {"theorem": "P7", "value": r, "mode": "K", "map": vectors, "prime": 101},
        "mode": b,
        "flattenings": [{"map": vectors, "kernel": found}],
        "cases": cases,
    }


def flat() -> dict[str, Any]:
    """The plane by a flattening along the keys."""
    return by_flattening(PLANE, 2, "V", [*UNITS[:2], {"0": 1, "1": 1}], plane()["cases"])


def wide(left_out: tuple[int, ...] = ()) -> dict[str, Any]:
    """The kernel leaves the span of both slices, and 2 are less than r: U has all slices."""
    proof = by_flattening(WIDE, 3, "Q", UNITS, None)
    for i in left_out[::-1]:
        del proof["flattenings"][0]["kernel"][i]
    return proof


def loose() -> dict[str, Any]:
    """A vector less leaves [[a, x, b], [x, 0, c], [0, 0, d]]: four dimensions with x = 0, no x."""
    cases = node(-1, "01", "01", [T1], [1], None)
    proof = by_flattening(MORE, 3, "V", UNITS, cases)
    del proof["flattenings"][0]["kernel"][0]
    return proof


PROOFS: dict[Callable[[], Any], tuple[list[list[str]], int]] = {
    plane: (PLANE, 3),
    fractions: (PLANE, 3),
    divided: (PLANE, 3),
    nothing: (PLANE, 3),
    three: (THREE, 4),
    deeper: (THREE, 4),
    both: (THREE, 4),
    flat: (PLANE, 3),
    wide: (WIDE, 4),
    loose: (MORE, 4),
}


def test_proofs_made_by_hand_are_accepted_with_their_values_only(tmp_path):
    cases = [
        Case(facts, certificate(facts, made(), value + more), made.__name__)
        for made, (facts, value) in PROOFS.items()
        for more in (0, -1, 1)
    ]
    said = theirs(cases, tmp_path)
    for i, (made, (facts, value)) in enumerate(PROOFS.items()):
        assert said[3 * i] == f"accepted: {value} <= rank <= {len(facts)}", made.__name__
        assert [it[:9] for it in said[3 * i + 1 : 3 * i + 3]] == ["refused: "] * 2


def four(matrix: Any) -> dict[str, Any]:
    """FOUR turned by a matrix; each equation holds for one with ω twice."""
    minors = [
        [times(1, "01", "23")],
        [],
        [times(1, "01", "03"), times(1, "03", "03")],
        [times(-1, "01", "02"), times(1, "13", "02")],
    ]
    forms = [form(("0", "3", 1)), form(("1", "2", 1))]
    cases = turned(minors, forms, "03 12 01 10", matrix)
    pivots = minor(("0", "1", "2"), ("1", "0", "3"), ("2", "1", "0"), ("3", "0", "1"))
    return by_minor(pivots, cases)


def twice() -> dict[str, Any]:
    """W turned by a matrix with 0 twice: x y = y x and x² is a minor."""
    proof = square()
    forms = [form(("0", "1", 1)), form(("0", "0", 1))]
    proof["cases"] = turned([[times(-1, "01", "01")], []], forms, "01 00", [[0, 0], [1, 0]])
    return proof


def two() -> dict[str, Any]:
    """Addition modulo 2, whose rank is 2: two real eigenvectors, and no slice is 0."""
    forms = [form(("0", "1", 1)), form(("0", "0", 1))]
    cases = turned([[], [times(-1, "01", "01")]], forms, "00 01", [[0, 1], [1, 0]])
    return by_minor(minor(("0", "0", "0"), ("1", "0", "1")), cases)


def in_block(proof: Any) -> dict[str, Any]:
    """The proof as that of a block of two labels of each mode."""
    names = ["0", "1"]
    block = {"keys": names, "queries": names, "values": names, "proof": proof}
    return {"theorem": "P4", "blocks": [block]}


def more_columns(columns: Any) -> Any:
    """The columns, and one more."""
    return [*columns, ["1", "1"]]


def node_of(made: Callable[[], Any], **fields: Any) -> Any:
    """A proof with other fields in its first node; None leaves a field out."""
    proof = made()
    proof["cases"] = {**proof["cases"], **fields}
    return proof


def without(made: Callable[[], Any], name: str) -> Any:
    """A proof whose first node has not this field."""
    proof = made()
    del proof["cases"][name]
    return proof


BY_P6 = {
    "theorem": "P6",
    "substitute": {"mode": "V", "labels": ["1"], "minor": minor(("1", "0", "0"))},
    "unfolding": "K",
    **minor(("1", "0", "0"), ("0", "1", "0")),
}

REFUSED: dict[str, tuple[list[list[str]], Any]] = {
    # the table
    "columns without a matrix": (PLANE, without(plane, "matrix")),
    "a matrix without columns": (PLANE, without(plane, "columns")),
    "null for columns": (PLANE, node_of(plane, columns=None)),
    "null for a matrix": (PLANE, node_of(plane, matrix=None)),
    "turned by squares": (PLANE, node_of(plane, times=[1, 1])),
    "turned, two cases": (PLANE, node_of(plane, cases=[None, None])),
    "turned, no case": (PLANE, node_of(plane, cases=[])),
    "turned, one form": (PLANE, changed(plane, "cases", "forms", to=lambda it: it[:1])),
    "turned, three forms": (PLANE, changed(plane, "cases", "forms", to=lambda it: [*it, T0])),
    "minors that are one list": (PLANE, node_of(plane, minors=[times(1, "01", "01")])),
    "fewer minors": (PLANE, changed(plane, "cases", "minors", to=lambda it: it[:1])),
    "more minors": (PLANE, changed(plane, "cases", "minors", to=lambda it: [*it, []])),
    "a column that is no list": (PLANE, node_of(plane, columns=["01", ["1", "0"]])),
    "a column of one label": (PLANE, node_of(plane, columns=[["0"], ["1", "0"]])),
    "a column of no label": (PLANE, node_of(plane, columns=[["0", "1"], ["1", "2"]])),
    "a zero as a text": (PLANE, node_of(plane, matrix=[[-1, -1], [1, "0"]])),
    "a fraction that is none": (PLANE, node_of(plane, matrix=[["-2/2", -1], [1, 0]])),
    "a matrix with a longer row": (PLANE, node_of(plane, matrix=[[-1, -1, 0], [1, 0]])),
    "a matrix with a shorter row": (PLANE, node_of(plane, matrix=[[-1, -1], [1]])),
    "a matrix with one row more": (PLANE, node_of(plane, matrix=[[-1, -1], [1, 0], [0, 0]])),
    "a matrix with one row less": (PLANE, node_of(plane, matrix=[[-1, -1]])),
    # the polynomials
    "another matrix": (PLANE, node_of(plane, matrix=[[-1, -1], [1, 1]])),
    "the transpose": (PLANE, node_of(plane, matrix=[[-1, 1], [-1, 0]])),
    "exchanged forms": (PLANE, changed(plane, "cases", "forms", to=lambda it: it[::-1])),
    "exchanged columns": (PLANE, changed(plane, "cases", "columns", to=lambda it: it[::-1])),
    "exchanged minors": (PLANE, changed(plane, "cases", "minors", to=lambda it: it[::-1])),
    "no minor": (PLANE, node_of(plane, minors=[[], []])),
    "a minor twice": (PLANE, changed(plane, "cases", "minors", 0, to=double)),
    "a minor times 2": (PLANE, changed(plane, "cases", "minors", 0, 0, "times", to=2)),
    "a fraction of a form": (PLANE, changed(fractions, "cases", "forms", 0, 0, 1, to="2/3")),
    "a fraction of a matrix": (PLANE, changed(fractions, "cases", "matrix", 1, 0, to="1/3")),
    "a fraction of a minor": (
        PLANE,
        changed(fractions, "cases", "minors", 0, 0, "times", to="1/2"),
    ),
    # the columns: [t₀ + t₁ + t₂ = 0] is an eigenvector's complement only if x tells all of Y
    "fewer columns than dimensions": (
        PLANE,
        node_of(plane, minors=[], columns=[], matrix=[]),
    ),
    "one column more than dimensions": (
        THREE,
        node_of(
            deeper,
            minors=[[], [times(-1, "01", "01")], [times(1, "02", "10")], []],
            columns=[["0", "0"], ["0", "1"], ["0", "2"], ["1", "2"]],
            matrix=[[0, 1, 0, 0], [0, 0, 1, 0], [1, 0, 0, 0], [0, 1, 0, 0]],
        ),
    ),
    "one column more than rows": (THREE, changed(three, "cases", "columns", to=more_columns)),
    "columns at which a matrix is 0": (
        THREE,
        node_of(
            deeper,
            minors=[[], [], []],
            forms=[T0, T0],
            columns=[["0", "0"], ["1", "2"], ["2", "1"]],
            cases=[node(-1, "01", "01", [T1], [1], LAST)],
        ),
    ),
    # the roots
    "a real root twice": (W, twice()),
    "a complex root twice": (
        FOUR,
        four([[-1, -1, 0, 0], [1, 0, 0, 0], [1, 0, -1, -1], [0, 1, 1, 0]]),
    ),
    "as many real roots as terms": (TWO, two()),
    "one real root in each of two nodes": (
        THREE,
        apart(three, [ZERO, ZERO], three()["cases"], three()["cases"]),
    ),
    "a real root beside two dimensions": (
        THREE,
        apart(three, [ZERO, T0], three()["cases"], None),
    ),
    # the end
    "as many dimensions as terms": (WIDE, wide((0, 3))),
    "all slices in as many dimensions": (MORE, changed(loose, "cases", to=None)),
    # the inner proof, otherwise of the right value
    "inner by P6": (W, changed(square, "inner", to=BY_P6)),
    "inner by P10": (W, changed(square, "inner", to=turns())),
    "inner by P4": (PLANE, changed(plane, "inner", to=in_block)),
    "inner by P11": (PLANE, {**plane(), "inner": plane()}),
}


def test_what_breaks_one_rule_is_refused_with_any_value(tmp_path):
    cases = [
        Case(facts, certificate(facts, proof, n), what)
        for what, (facts, proof) in REFUSED.items()
        for n in range(2, 7)
    ]
    said = theirs(cases, tmp_path)
    assert len(said) == len(cases)
    faults = [
        f"{case.what}: {it}" for case, it in zip(cases, said, strict=True) if it[:7] != "refused"
    ]
    assert not faults, "\n".join(faults)


def test_columns_have_labels_of_the_proofs_own_facts(tmp_path):
    facts = [*PLANE, ["2", "2", "2"]]
    proofs = [plane(), changed(plane, "cases", "columns", 0, to=["0", "2"])]
    cases = [Case(facts, certificate(facts, in_block(it), 3), "") for it in proofs]
    said = theirs(cases, tmp_path)
    assert said[0] == "accepted: 3 <= rank <= 7"
    assert "is in no fact of the proof" in said[1]


def test_both_say_the_same_of_proofs_made_by_hand_and_of_their_mutants(tmp_path):
    proofs = {**other.PROOFS, **PROOFS}
    found = {
        f"{i} {made.__name__}": (facts, certificate(facts, made(), value))
        for i, (made, (facts, value)) in enumerate(proofs.items())
    }
    whole = [Case(facts, text, name) for name, (facts, text) in found.items()]
    broken = [
        Case(facts, certificate(facts, proof, n), what)
        for what, (facts, proof) in REFUSED.items()
        for n in (3, 4)
    ]
    cases = [*whole, *broken, *mutants(600, 4, found)]
    said, faults = compared(cases, tmp_path)
    assert not faults, "\n".join(faults)
    for answer in ("accepted: ", "refused: "):
        kind = [it for it, one in zip(cases, said, strict=True) if one.startswith(answer)]
        assert len(kind) >= 100
        assert named(kind) >= {"P10", "P11"}
