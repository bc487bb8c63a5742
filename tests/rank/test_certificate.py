"""Certificates as files: written whole or not at all, a line a term, true when read back."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factrank import FactrankError, rank_interval, read
from factrank.facts.database import Database
from factrank.rank.algebra.terms import Term
from factrank.rank.certificate import certificate, write
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
