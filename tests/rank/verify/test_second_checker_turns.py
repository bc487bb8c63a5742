"""P10 and P11 in the second checker: certificates made by hand, and what must be refused."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.rank.verify.test_second_checker import Case, digest, theirs

W = [["0", "0", "1"], ["0", "1", "0"], ["1", "0", "0"]]
NO_CORE = {"prime": 2, "rows": [], "columns": []}


def cubic() -> list[list[str]]:
    """The products of polynomials modulo x³: border rank 3."""
    return [[str(i), str(j), str(i + j)] for i in range(3) for j in range(3 - i)]


def minor(*pivots: tuple[str, str, str]) -> dict[str, Any]:
    """A minor of pivots only, each a row and the two labels of its column."""
    return {"pivots": [[row, [x, y]] for row, x, y in pivots], "core": NO_CORE}


def turns() -> dict[str, Any]:
    """P10: a value, then a key of W are removed; the fact (0, 1, 0) is left."""
    return {
        "theorem": "P10",
        "steps": [
            {"mode": "V", "labels": ["1"], "minor": minor(("1", "0", "0"))},
            {"mode": "K", "labels": ["1"], "minor": minor(("1", "0", "0"))},
        ],
        "unfolding": "Q",
        **minor(("1", "0", "0")),
    }


def node(times: Any, rows: str, columns: str, forms: Any, weights: Any, *cases: Any) -> Any:
    """A node with one minor."""
    return {
        "minors": [{"times": times, "rows": list(rows), "columns": list(columns)}],
        "forms": forms,
        "times": weights,
        "cases": list(cases),
    }


def form(*entries: tuple[str, str, Any]) -> list[Any]:
    """A form from two labels and a number for each of its columns."""
    return [[[x, y], number] for x, y, number in entries]


def square() -> dict[str, Any]:
    """P11 on P1: along the keys the slices of W span [[y, x], [x, 0]], with the minor -x²."""
    return {
        "theorem": "P11",
        "inner": {"theorem": "P1", "mode": "K", **minor(("1", "0", "0"), ("0", "0", "1"))},
        "mode": "K",
        "flattenings": [],
        "cases": node(-2, "01", "01", [form(("0", "1", 2))], ["1/2"], None),
    }


def product() -> dict[str, Any]:
    """The same with a product of two forms, each the other's case."""
    proof = square()
    forms = [form(("0", "1", "2/3")), form(("1", "0", "-3/2"))]
    proof["cases"] = node(1, "01", "01", forms, None, None, None)
    return proof


def chain() -> dict[str, Any]:
    """P11 on P1 for polynomials modulo x³: c, then b is 0 in [[a, b, c], [b, c, 0], [c, 0, 0]]."""
    last = node(-1, "01", "01", [form(("0", "1", 1))], [1], None)
    pivots = minor(("0", "0", "0"), ("1", "0", "1"), ("2", "0", "2"))
    return {
        "theorem": "P11",
        "inner": {"theorem": "P1", "mode": "V", **pivots},
        "mode": "V",
        "flattenings": [],
        "cases": node(-1, "12", "01", [form(("1", "1", 1))], [1], last),
    }


def flattened() -> dict[str, Any]:
    """P11 on P7: two vectors in the kernel leave the matrices [[y, x], [x, 0]]."""
    vectors = [{"0": 1}, {"1": 1}, {"0": 1, "1": 1}]
    kernel = [
        [[[0, 1], "0", 1], [[0, 1], "1", 1], [[0, 2], "1", -1], [[1, 2], "0", 1]],
        [[[0, 1], "1", "1/2"], [[1, 2], "1", "1/2"]],
    ]
    return {
        "theorem": "P11",
        "inner": {"theorem": "P7", "value": 2, "mode": "K", "map": vectors, "prime": 101},
        "mode": "Q",
        "flattenings": [{"map": copy.deepcopy(vectors), "kernel": kernel}],
        "cases": node(-2, "01", "01", [form(("1", "0", 2))], ["1/2"], None),
    }


def mirrored() -> dict[str, Any]:
    """The same along the values, where the values 0 and 1 of W change names."""
    proof = flattened()
    exchange = {"0": "1", "1": "0"}
    for holder in (proof["inner"], proof["flattenings"][0]):
        holder["map"] = [{exchange[x]: u for x, u in it.items()} for it in holder["map"]]
    proof["inner"]["mode"] = "V"
    # the matrices of keys and values are [[x, y], [0, x]]
    proof["cases"] = node(-2, "01", "10", [form(("0", "0", 2), ("1", "0", 7))], ["1/2"], None)
    return proof


def certificate(facts: list[list[str]], proof: Any, lower: int) -> str:
    """A certificate with a term for each fact."""
    terms = [{"keys": {k: 1}, "queries": {q: 1}, "values": {v: 1}} for k, q, v in facts]
    return json.dumps(
        {
            "format": "factrank-certificate",
            "version": 1,
            "field": "R",
            "database": digest(facts),
            "lower": lower,
            "upper": len(facts),
            "lower_proof": proof,
            "upper_terms": terms,
        }
    )


PROOFS: dict[Callable[[], Any], tuple[list[list[str]], int]] = {
    turns: (W, 3),
    square: (W, 3),
    product: (W, 3),
    chain: (cubic(), 4),
    flattened: (W, 3),
    mirrored: ([["0", "0", "0"], ["0", "1", "1"], ["1", "0", "1"]], 3),
}


def nested(proof: Any, more: int) -> Any:
    """Nodes with no minors and no forms around the cases: they change nothing."""
    for _ in range(more):
        around = {"minors": [], "forms": [], "times": [], "cases": [proof["cases"]]}
        proof["cases"] = around
    return proof


def changed(made: Callable[[], Any], *at: Any, to: Any) -> Any:
    """A proof with one place changed: to a value, or by a function of the old one."""
    proof = copy.deepcopy(made())
    holder = proof
    for it in at[:-1]:
        holder = holder[it]
    holder[at[-1]] = to(holder[at[-1]]) if callable(to) else to
    return proof


def double(made: Any) -> Any:
    """A list twice."""
    return [*made, *copy.deepcopy(made)]


REFUSED = {
    "no steps": (turns, "steps", []),
    "no minor": (turns, "steps", 0, "minor", None),
    "no labels": (turns, "steps", 0, lambda it: {**it, "labels": [], "minor": minor()}),
    "a step twice": (turns, "steps", lambda it: [it[0], it[0]]),
    "a field that is not listed": (turns, "steps", 0, lambda it: {**it, "note": ""}),
    # the key 0 has an unknown cell for every value at the query 0, so (1, 0, 0) is unknown
    "what was unknown counts": (
        turns,
        lambda it: {
            **it,
            "steps": [
                it["steps"][0],
                {"mode": "K", "labels": ["0"], "minor": minor(("0", "1", "0"))},
            ],
            **minor(("0", "1", "0")),
        },
    ),
    "an unknown pivot": (turns, "pivots", [["0", ["0", "0"]]]),
    "a row that is removed": (
        turns,
        lambda it: {**it, "unfolding": "K", "pivots": [["1", ["0", "0"]]]},
    ),
    "a column that is removed": (turns, "pivots", [["0", ["1", "0"]]]),
    "an unknown core": (
        turns,
        lambda it: {
            **it,
            "pivots": [],
            "core": {"prime": 2, "rows": ["0"], "columns": [["0", "0"]]},
        },
    ),
    "another mode than that of P1": (square, "mode", "V"),
    "flattenings with P1": (square, "flattenings", [{"map": [], "kernel": []}]),
    "a leaf with all slices": (square, "cases", None),
    "a number below 0": (
        square,
        "cases",
        lambda it: {**it, **node(2, "01", "01", it["forms"], ["-1/2"], None)},
    ),
    "another number": (square, "cases", "times", [1]),
    "fewer numbers than forms": (square, "cases", "times", []),
    "a form twice, with the numbers of one": (square, "cases", "forms", double),
    "an empty form": (
        square,
        "cases",
        lambda it: {**it, "forms": [*it["forms"], []], "times": ["1/2", 1]},
    ),
    "a column twice in a form": (square, "cases", "forms", 0, double),
    "a label that is none": (square, "cases", "forms", 0, 0, 0, ["0", "2"]),
    "another minor": (square, "cases", "minors", 0, "rows", ["1", "0"]),
    "two cases for squares": (square, "cases", "cases", double),
    "one case for two forms": (product, "cases", "cases", [None]),
    "three forms": (product, "cases", "forms", lambda it: [*it, it[0]]),
    "another form": (product, "cases", "forms", 1, 0, 1, "3/2"),
    "a case with all slices": (
        product,
        "cases",
        lambda it: {**it, "minors": [], "forms": [form(("0", "1", 1), ("1", "0", -1))] * 2},
    ),
    "a minor that is none before the form": (chain, "cases", lambda it: it["cases"][0]),
    "the mode of P7": (flattened, "mode", "K"),
    "a map of one vector": (
        flattened,
        "flattenings",
        lambda it: [*it, {"map": [{"0": 1}], "kernel": []}],
    ),
    "a fraction in a map": (flattened, "flattenings", 0, "map", 0, {"0": "1/2"}),
    "too small a rank": (
        flattened,
        "flattenings",
        lambda it: [*it, {"map": [{"1": 1}] * 3, "kernel": []}],
    ),
    "not in the kernel": (flattened, "flattenings", 0, "kernel", 0, 0, 2, 2),
    "not ascending": (
        flattened,
        "flattenings",
        0,
        "kernel",
        1,
        lambda it: [*it, [[1, 0], "1", 1]],
    ),
    "too large a number in a set": (
        flattened,
        "flattenings",
        0,
        "kernel",
        1,
        lambda it: [*it, [[0, 3], "1", 1]],
    ),
    "a place twice": (flattened, "flattenings", 0, "kernel", 1, double),
    "too few equations": (flattened, "flattenings", 0, "kernel", []),
}


@pytest.mark.parametrize("made", PROOFS, ids=lambda it: it.__name__)
def test_a_proof_made_by_hand_is_accepted_with_its_value_only(tmp_path, made):
    facts, value = PROOFS[made]
    said = theirs([Case(facts, certificate(facts, made(), n), "") for n in (value, 2)], tmp_path)
    assert said[0] == f"accepted: {value} <= rank <= {len(facts)}"
    assert said[1].startswith("refused: ")


def test_in_one_step_p10_is_p6_and_p11_may_be_the_proof_of_a_block(tmp_path):
    block = {"keys": ["0", "1"], "queries": ["0", "1"], "values": ["0", "1"], "proof": square()}
    step = {"mode": "V", "labels": ["1"], "minor": minor(("1", "0", "0"))}
    last = {"unfolding": "K", **minor(("1", "0", "0"), ("0", "1", "0"))}
    proofs = [
        {"theorem": "P4", "blocks": [block]},
        {"theorem": "P6", "substitute": step, **last},
        {"theorem": "P10", "steps": [step], **last},
    ]
    said = theirs([Case(W, certificate(W, it, 3), "") for it in proofs], tmp_path)
    assert said == ["accepted: 3 <= rank <= 3"] * 3


def test_the_deepest_cases_in_the_deepest_proof_are_read(tmp_path):
    proof = nested(square(), 8)
    names = {"keys": ["0", "1"], "queries": ["0", "1"], "values": ["0", "1"]}
    proofs = []
    for _ in range(29):
        proof = {"theorem": "P4", "blocks": [{**names, "proof": proof}]}
        proofs.append(proof)  # the last has its minor inside 30 others
    texts = [certificate(W, it, 3) for it in proofs[-2:]]
    said = theirs([Case(W, it, "") for it in texts], tmp_path)
    assert said[0] == "accepted: 3 <= rank <= 3"
    assert "is in more than 29 proofs" in said[1]


def test_in_a_block_its_labels_have_variables_and_no_others(tmp_path):
    facts = [*W, ["2", "2", "2"]]
    names = ["0", "1"]
    other = changed(flattened, "flattenings", 0, "map", 2, to=lambda it: {**it, "2": 5})
    proofs = [
        flattened(),
        other,  # labels of all facts may be in a map, and are 0 there
        changed(flattened, "flattenings", 0, "kernel", 0, 0, 1, to="2"),
        changed(flattened, "cases", "forms", 0, to=form(("1", "0", 2), ("1", "2", 1))),
        changed(flattened, "cases", "minors", 0, "rows", to=["0", "2"]),
    ]
    cases = []
    for proof in proofs:
        block = {"keys": names, "queries": names, "values": names, "proof": proof}
        cases.append(
            Case(facts, certificate(facts, {"theorem": "P4", "blocks": [block]}, 3), "in a block")
        )
    said = theirs(cases, tmp_path)
    assert said[:2] == ["accepted: 3 <= rank <= 4"] * 2
    assert all("is in no fact of the proof" in it for it in said[2:]), said


def test_nodes_are_at_most_ten_inside_one_another_and_a_thousand(tmp_path):
    wide = None
    for _ in range(9):  # 1023 nodes: a product of forms that are 0 in both of its cases
        wide = node(1, "01", "01", product()["cases"]["forms"], None, wide, wide)
    proofs = [nested(square(), 8), nested(square(), 9), changed(square, "cases", to=wide)]
    for proof in proofs[2:]:  # half of it is below the limit
        proofs.append({**proof, "cases": proof["cases"]["cases"][0]})
    said = theirs([Case(W, certificate(W, it, 3), "") for it in proofs], tmp_path)
    assert [it.split(":")[0] for it in said] == ["accepted", "refused", "refused", "accepted"]
    assert "in 10 nodes" in said[1]
    assert "more than 1000 nodes" in said[2]


def test_what_breaks_a_rule_is_refused_with_any_value(tmp_path):
    cases = []
    for what, (made, *at, to) in REFUSED.items():
        proof = changed(made, *at, to=to) if at else to(made())
        facts, _ = PROOFS[made]
        cases += [Case(facts, certificate(facts, proof, n), what) for n in range(1, 6)]
    said = theirs(cases, tmp_path)
    assert len(said) == len(cases)
    faults = [
        f"{case.what}: {it}" for case, it in zip(cases, said, strict=True) if it[:7] != "refused"
    ]
    assert not faults, "\n".join(faults)
