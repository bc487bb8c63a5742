"""Certificates as files: written whole or not at all, a line a term, true when read back."""

from __future__ import annotations

import ast
import itertools
import json
import os
import random
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factrank import FactrankError, explain, rank_interval, read
from factrank.facts.database import Database
from factrank.rank.algebra.reduction import distinct
from factrank.rank.algebra.terms import Term
from factrank.rank.certificate import certificate, write
from factrank.rank.lower.bounds import LowerBound, unfolding
from factrank.rank.lower.cases import best_by_cases
from factrank.rank.lower.koszul import best_koszul
from factrank.rank.lower.spanning import best_spanning
from factrank.rank.lower.turns import best_in_turn
from factrank.rank.verify.checker import load, verify
from tests.strategies import databases


@pytest.fixture
def example():
    database = read("library:example")
    return database, rank_interval(database, "quick")


def test_the_certificate_of_the_example(example):
    database, found = example
    data = certificate(database, found)
    assert list(data) == [
        "format", "version", "database", "lower", "upper", "field", "lower_proof", "upper_terms",
    ]  # fmt: skip
    assert (data["lower"], data["upper"], data["field"]) == (5, 5, "R")
    assert data["lower_proof"] == found.proof.document()
    assert len(data["upper_terms"]) == 5
    assert verify(database, data).message == "verified: 5 <= rank <= 5 over R"


def test_numbers_are_whole_or_fractions_and_zeros_are_left_out(example):
    database = Database.from_triples([("a", "r", "x"), ("b", "r", "y")])
    half = Fraction(1, 2)
    terms = (
        Term({0: half, 1: 0}, {0: Fraction(2)}, {0: 1}),
        Term({1: -half}, {0: -2}, {1: Fraction(4, 4)}),
    )
    found = replace(rank_interval(database), upper=2, terms=terms)
    data = certificate(database, found)
    assert data["upper_terms"] == [
        {"keys": {"a": "1/2"}, "queries": {"r": 2}, "values": {"x": 1}},
        {"keys": {"b": "-1/2"}, "queries": {"r": -2}, "values": {"y": 1}},
    ]
    assert verify(database, data).valid


def test_an_upper_bound_without_its_terms_has_no_certificate(example):
    database, found = example
    with pytest.raises(FactrankError) as error:
        certificate(database, replace(found, upper=4))
    assert str(error.value) == ("certificate: expected as many terms as the upper bound 4, found 5")


# ---- equal slices --------------------------------------------------------------------------------

EQUAL_SLICES = (  # q0 and q4 have equal slices; found by P11 upon P7, when there is little time
    "033 034 120 121 130 210 220 222 310 314 330 400 420 423 440 500 501 540 541"
)


def copied(triples: Iterable[Sequence[str]], mode: int, copies: int) -> Database:
    """The facts, and so many copies of each label of a mode, some before it and some after it."""
    new = [
        [*fact[:mode], f"{'az'[n % 2]}{n}-{fact[mode]}" if n else fact[mode], *fact[mode + 1 :]]
        for fact in triples
        for n in range(copies + 1)
    ]
    return Database.from_triples(new)


def proved(database: Database, bound: LowerBound) -> dict:
    """A certificate with this lower bound, found as the search finds it: without equal slices."""
    found = rank_interval(database, "quick")
    return certificate(database, replace(found, lower=bound.value, proof=bound))


def test_a_slice_that_another_one_equals_does_not_loosen_a_proof():
    named = [(f"k{k}", f"q{q}", f"v{v}") for k, q, v in EQUAL_SLICES.split()]
    database = Database.from_triples(named)
    small, _ = distinct(database)
    assert len(small.queries) == len(database.queries) - 1
    bound = best_by_cases(small, 8, 0)
    assert (bound.theorem, bound.data["inner"]["theorem"]) == ("P11", "P7")
    assert verify(database, proved(database, bound)).message == "verified: 8 <= rank <= 9 over R"


KINDS = {
    "P7": lambda small, goal: best_koszul(small, goal, 3, 0),
    "P9": lambda small, goal: best_spanning(small, goal, 0),
    "P10": lambda small, goal: best_in_turn(small, goal, 100, 0),
    "P11": lambda small, goal: best_by_cases(small, goal, 0),
}


@pytest.mark.parametrize("copies", [1, 60])
@pytest.mark.parametrize("mode", range(3))
@pytest.mark.parametrize("kind", KINDS)
def test_a_proof_that_looks_at_every_cell_holds_beside_equal_slices(kind, mode, copies):
    rng, shown = random.Random(mode), 0
    while shown < 4:
        cells = itertools.product(*(map(str, range(rng.randint(3, 4))) for _ in range(3)))
        triples = [cell for cell in cells if rng.random() < 0.35] or [("0", "0", "0")]
        database = copied(triples, mode, copies)
        small, _ = distinct(database)
        unfolded = max(unfolding(small, m).value for m in "KQV")
        bounds = (KINDS[kind](small, unfolded + more) for more in (1, 2))
        bound = next((it for it in bounds if it and it.value > unfolded), None)
        if bound is None:
            continue
        verdict = verify(database, proved(database, bound))
        assert (verdict.lower, verdict.valid) == (bound.value, True), verdict.message
        shown += 1


# ---- the file ------------------------------------------------------------------------------------


def test_one_pivot_and_one_term_a_line(example, tmp_path):
    database, found = example
    path = tmp_path / "proof.json"
    write(path, certificate(database, found))
    text = path.read_text()
    assert text.startswith('{\n "format": "factrank-certificate",\n "version": 1,\n')
    assert text.endswith("]\n}\n")
    assert '   ["Singapore", ["currency", "Dollar"]],\n' in text
    lines = [line for line in text.splitlines() if line.startswith('  {"keys": {')]
    assert len(lines) == found.upper


@settings(max_examples=60, deadline=None)
@given(databases())
def test_what_is_written_is_read_back(tmp_path_factory, database):
    path = tmp_path_factory.getbasetemp() / "proof.json"
    data = certificate(database, rank_interval(database, "quick"))
    write(path, data)
    assert load(path) == json.loads(json.dumps(data))
    assert verify(database, load(path)).valid


ODD = [
    "New York",
    'a "quote"',
    "back\\slash",
    "línea\nnueva",
    "日本",
    "\U0001f600",
    "\ud800",
    "1/2",
    "x",
]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(*[st.sampled_from(ODD)] * 3), min_size=1, max_size=6))
def test_labels_of_any_kind_survive(tmp_path_factory, triples):
    path = tmp_path_factory.getbasetemp() / "odd.json"
    database = Database.from_triples(triples)
    write(path, certificate(database, rank_interval(database, "quick")))
    assert verify(database, load(path)).valid


def test_a_write_that_fails_leaves_what_was_there(example, tmp_path):
    database, found = example
    path = tmp_path / "proof.json"
    path.write_text("before")
    data = certificate(database, found)
    data["upper_terms"].append({"keys": {"a": object()}})
    with pytest.raises(TypeError):
        write(path, data)
    assert path.read_text() == "before"
    assert os.listdir(tmp_path) == ["proof.json"]


def test_permissions_and_links_are_kept(example, tmp_path):
    database, found = example
    path, link = tmp_path / "proof.json", tmp_path / "link.json"
    write(path, certificate(database, found))
    usual = tmp_path / "usual"
    usual.touch()
    assert path.stat().st_mode == usual.stat().st_mode
    path.chmod(0o640)
    link.symlink_to(path)
    write(link, certificate(database, found))
    assert link.is_symlink() and path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("no/such/folder.json", "expected a directory to write in, found no "),
        (".", "expected the path of a new file, found a directory"),
        ("/dev/null", "expected the path of a new file, found no path of a file"),
        ("a\0b", "expected a file that can be written, found: "),
    ],
)
def test_a_path_that_cannot_be_written_is_one_sentence(example, tmp_path, name, reason):
    path = os.path.join(tmp_path, name)
    with pytest.raises(FactrankError) as error:
        write(path, certificate(*example))
    assert str(error.value).startswith(f"{path}: {reason}")
    assert ("embedded null" in str(error.value)) == ("\0" in name)  # Python 3.13 names the call too
    assert os.listdir(tmp_path) == []


# ---- the commands --------------------------------------------------------------------------------


def test_rank_writes_and_verify_reads(run, tmp_path):
    path = tmp_path / "proof.json"
    status, out, err = run("rank", "library:example", "--certificate", path, "--json")
    assert (status, err) == (0, "")
    assert json.loads(out)["upper"] == 5
    done = run("verify", "library:example", path)
    assert done == (0, "verified: 5 <= rank <= 5 over R\n", "")
    plain = run("rank", "library:example", "--certificate", path, "--force")
    assert plain == run("rank", "library:example")


def test_verify_in_a_process_of_its_own_never_loads_the_search(tmp_path):
    path = tmp_path / "proof.json"
    database = read("library:elements")
    write(path, certificate(database, rank_interval(database, "quick")))
    code = (
        "import sys\nfrom factrank import cli\n"
        f"try: cli.main(['verify', 'library:elements', {str(path)!r}])\n"
        "except SystemExit as done: assert not done.code\n"
        "print(sorted(m for m in sys.modules if m.startswith('factrank.rank.')))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    said, loaded = done.stdout.splitlines()
    assert said == "verified: 74 <= rank <= 74 over R"
    parts = ["algebra", "cases", "minor", "pencil", "space", "spanning", "table", "turns"]
    parts += ["upper", "work"]
    checker = sorted(["", ".checker", *(f".{part}" for part in parts)])
    assert ast.literal_eval(loaded) == [f"factrank.rank.verify{name}" for name in checker]


def test_a_wrong_certificate_is_status_1_and_says_what_is_wrong(run, tmp_path):
    path = tmp_path / "proof.json"
    run("rank", "library:example", "--certificate", path)
    path.write_text(path.read_text().replace('"lower": 5', '"lower": 6'))
    status, out, err = run("verify", "library:example", path)
    assert (status, err) == (1, "")
    assert out == "not verified: lower: expected 5, the value of lower_proof, found 6\n"
    status, out, err = run("verify", "library:elements", path)
    assert (status, err) == (1, "")
    assert out.startswith("not verified: database: expected ")


def test_bad_input_is_status_2_and_one_sentence(run, tmp_path):
    path = tmp_path / "proof.json"
    for text, reason in (("", "found the end of the file"), ('{"format": 1}', "'version', found")):
        path.write_text(text)
        status, out, err = run("verify", "library:example", path)
        assert (status, out, err.count("\n")) == (2, "", 1)
        assert reason in err
    status, out, err = run("verify", "library:example", tmp_path / "none.json")
    assert (status, out) == (2, "")
    assert err.endswith("none.json: expected a file that can be read, found No such file or "
                        "directory\n")  # fmt: skip
    run("rank", "library:example", "--certificate", path, "--force")
    status, out, err = run("verify", "nowhere.csv", path)
    assert (status, out, err.count("\n")) == (2, "", 1)
    status, out, err = run("rank", "library:example", "--certificate", tmp_path)
    assert (status, out) == (2, "")
    assert "expected the path of a new file, found a directory" in err


def test_the_interval_of_another_database_is_refused():
    database, other = read("library:example"), read("library:elements")
    found = rank_interval(database)
    for tells in (explain, certificate):
        tells(Database.from_triples(database.triples()), found)  # the same facts
        with pytest.raises(
            FactrankError, match=r"interval: expected that of this database \(1054 f"
        ):
            tells(other, found)
