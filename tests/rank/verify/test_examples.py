"""The format as it is written down: a page that names all of it, and certificates to try."""

from __future__ import annotations

import ast
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from factrank import FactrankError
from factrank.facts import strict
from factrank.facts.database import Database
from factrank.rank.verify import cases, checker, pencil, space, spanning, table, turns, work
from factrank.rank.verify.checker import load, verify
from tests.rank.verify.slow_verify import holds
from tools.house import ROOT

HERE = Path(__file__).parent / "examples"
PAGE = (ROOT / "book" / "certificate.md").read_text(encoding="utf-8")
REFUSED = json.loads((HERE / "refused.json").read_text(encoding="utf-8"))
NAMES = sorted({path.name.split(".")[0] for path in HERE.iterdir()} - {"refused"})
THEOREM = re.compile(r"[PC][0-9]+")


def text_of(name: str) -> str:
    return (HERE / f"{name}.json").read_bytes().decode()


def facts_of(name: str) -> Database:
    triples = json.loads((HERE / f"{name}.facts.json").read_text(encoding="utf-8"))
    return Database.from_triples(triples)


def small_enough(data: Any) -> bool:
    """The slow reading divides by every number up to the root of a prime."""
    return not re.search(r'"prime": [0-9]{12}', json.dumps(data))


# ---- the examples --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_accepted(name):
    database, data = facts_of(name), load(HERE / f"{name}.json")
    verdict = verify(database, data)
    assert verdict.message == f"verified: {data['lower']} <= rank <= {data['upper']} over R"
    if small_enough(data):
        assert holds(database, data)


@pytest.mark.parametrize("change", REFUSED, ids=lambda x: f"{x['certificate']}: {x['reason']}")
def test_a_changed_example_is_refused_at_its_place(change, tmp_path):
    text = text_of(change["certificate"])
    for old, new in change["changes"]:
        assert text.count(old) == 1
        text = text.replace(old, new)
    path = tmp_path / "changed.json"
    path.write_bytes(text.encode())
    database = facts_of(change["certificate"])
    try:
        message = verify(database, data := load(path)).message
        assert not small_enough(data) or not holds(database, data)
    except FactrankError as error:
        message = str(error)
    place, found = message.split(": expected ", 1)
    assert found
    place = re.sub(rf"^{re.escape(str(path))}(:[0-9]+)?(: )?", "", place)
    assert (place or "the file") == change["place"]


def test_the_changes_are_of_all_kinds():
    assert {change["certificate"] for change in REFUSED} <= set(NAMES)
    assert len({change["reason"] for change in REFUSED}) > 100
    assert {tuple(sorted(change)) for change in REFUSED} == {
        ("certificate", "changes", "place", "reason")
    }
    assert list(REFUSED[0]) == fields_of(PAGE.partition("## Examples")[2])


# ---- the page names what the code reads ----------------------------------------------------------


def sources() -> list[ast.Module]:
    folder = Path(checker.__file__).parent
    return [ast.parse(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.py"))]


def fields_read() -> set[str]:
    """The names that the checker asks objects for: x["name"], "name" in x, x.get, strict.fields."""
    found = set[str]()
    for node in (node for tree in sources() for node in ast.walk(tree)):
        match node:
            case ast.Subscript(slice=ast.Constant(value=str(name))):
                found.add(name)
            case ast.Compare(left=ast.Constant(value=str(name)), ops=[ast.In()]):
                found.add(name)
            case ast.Call(func=ast.Attribute(attr="get"), args=[ast.Constant(value=str(n)), *_]):
                found.add(n)
            case ast.Call(func=ast.Attribute(attr="fields"), args=[_, _, *names], keywords=more):
                found.update(words_in([*names, *(keyword.value for keyword in more)]))
    return found


def words_in(nodes: list[ast.expr]) -> Iterator[str]:
    """The words of the texts in an expression, also of texts that got a name before."""
    given = [x for tree in sources() for x in ast.walk(tree) if isinstance(x, ast.Assign)]
    for node in (inner for outer in nodes for inner in ast.walk(outer)):
        if isinstance(node, ast.Constant) and type(node.value) is str:
            yield from node.value.split()
        elif isinstance(node, ast.Name):
            for x in given:
                if any(isinstance(t, ast.Name) and t.id == node.id for t in x.targets):
                    yield from words_in([x.value])


def theorems_read() -> set[str]:
    constants = (x.value for tree in sources() for x in ast.walk(tree) if type(x) is ast.Constant)
    return {x for x in constants if type(x) is str and THEOREM.fullmatch(x)}


def fields_of(page: str) -> list[str]:
    """The names in the first column of the tables of fields."""
    found, inside = list[str](), False
    for line in page.splitlines():
        first = line.split("|")[1] if line.startswith("|") else ""
        inside = first.startswith(" Field") or (inside and bool(first))
        found += re.findall(r"`(\w+)`", first) if inside else []
    return found


def named(data: Any) -> Iterator[str]:
    """Fields and theorems of a certificate; also some labels, where objects have them as names."""
    if isinstance(data, dict):
        yield from data
        yield from (x for x in [data.get("theorem")] if x)
    for item in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
        yield from named(item)


def test_the_fields_that_the_checker_reads_are_found_in_its_code():
    assert {"format", "upper_proof", "theorem", "substitute", "companion", "times"} <= fields_read()
    assert {"P1", "P3", "P4", "P5", "P6", "P7", "P8", "P9"} <= theorems_read()
    assert {"P10", "P11", "C4", "C7", "C8"} <= theorems_read()


def test_the_page_names_every_field_and_no_other():
    in_examples = {"certificate", "changes", "place", "reason"}
    assert set(fields_of(PAGE)) - in_examples == fields_read() - {"theorem"}
    assert "the field `theorem`" in PAGE


def test_the_page_has_every_theorem_and_its_proof():
    titles = " ".join(re.findall(r"^### ([^:]*):", PAGE, re.MULTILINE))
    assert set(THEOREM.findall(titles)) == theorems_read()
    for theorem in theorems_read():
        assert f"{{prf:ref}}`claim-{theorem.lower()}`" in PAGE


def test_the_examples_have_every_field_and_theorem():
    seen = {name for example in NAMES for name in named(json.loads(text_of(example)))}
    assert fields_read() | theorems_read() <= seen
    changed = {x for change in REFUSED for x in named(json.loads(text_of(change["certificate"])))}
    assert theorems_read() <= changed


# ---- the page is right ---------------------------------------------------------------------------


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_the_digest_of_the_page_is_the_digest():
    lines, digits = blocks("text")
    assert bytes.fromhex(digits) == lines.encode()
    facts = [json.loads(line) for line in lines.splitlines()]
    database = Database.from_triples(facts[::-1])
    assert f"the digest `{database.digest()}`" in PAGE
    assert hashlib.sha256(lines.encode()).hexdigest() == database.digest()
    assert f"give {len(lines)} bytes" in PAGE and facts[0][2] < facts[1][2]


def test_the_certificate_of_the_page_is_one():
    (data,) = map(json.loads, blocks("json"))
    database = facts_of("p6")
    assert verify(database, data).message == "verified: 3 <= rank <= 3 over R"


def test_the_limits_of_the_page_are_the_checkers():
    flat = " ".join(PAGE.split())
    for limit in (
        f"at most {strict.DIGITS} digits",
        f"at most {checker.NESTED} proofs inside one another",
        f"1 ≤ n ≤ {table.ELEMENTS}",
        f"d = |S| + 2, at most {spanning.DEGREE}.",
        f"| {work.DIGITS} digits |",
        f"{pencil.SLICE:,} entries",
        f"at most {cases.NODES} in all, and at most {cases.DEEPEST} inside one another",
        f"{space.VARIABLES} entries; 10^5 entries",
        f"| {space.DIGITS} digits |",
    ):
        assert limit in flat, limit
    for times, power, number in (
        (1, 9, strict.BYTES),
        (4, 8, work.STEPS),
        (4, 7, work.WORDS),
        (4, 6, pencil.CELLS),
        (2, 5, spanning.MONOMIALS),
        (4, 6, spanning.PRODUCTS),
        (1, 6, turns.CELLS),
        (1, 5, space.CELLS),
    ):
        assert times * 10**power == number
        assert re.search((f"{times} · " if times > 1 else "") + rf"10\^{power}\b", flat)
