"""ask with a file of questions: every question a row, every fault a sentence, nothing lost."""

from __future__ import annotations

import csv
import gzip
import json
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from factrank import read
from factrank.facts.database import Database
from factrank.facts.families import random_functional
from factrank.layer import model
from factrank.layer import survey as parts
from factrank.layer.attention import AttentionLayer
from factrank.layer.building.compile import compile_values
from factrank.layer.building.recipes import compile_database
from factrank.layer.config import config_for
from factrank.layer.file import save
from factrank.layer.model import NamedLayer
from tests.strategies import databases

TRIPLES = [("Ann, the first", "likes", 'tea "hot"'), ("Bob", "likes", "milk"), ("Bob", "has", "x")]


@pytest.fixture
def layer(tmp_path: Path) -> Path:
    db = Database.from_triples(TRIPLES)
    path = tmp_path / "layer.safetensors"
    save(path, NamedLayer.of(db, compile_values(db)))
    return path


def rows(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


@settings(max_examples=40)
@given(databases(), st.integers(0, 99), st.booleans(), st.sampled_from([1, 9, 10**6]))
def test_it_says_what_is_said_to_one_question(db, seed, exact, block):
    config = config_for(db, d_model=4, n_heads=2, d_head_qk=1, d_head_vo=2)
    named = NamedLayer.of(db, AttentionLayer.random(config, seed=seed, std=3.0))
    if exact:  # several values of a pair are told too
        named = compile_database(db, "values", allow_sets=True)
    asked = [(k, q) for q in db.queries for k in (*db.keys, "nobody")]
    with pytest.MonkeyPatch.context() as patch:
        for name in ("BLOCK", "MOST", "TOGETHER"):
            patch.setattr(parts, name, block)
        patch.setattr(model, "AT_ONCE", block)
        found = list(model.answered(named, model.Requests.of(named, asked)))
    assert [(it.key, it.query) for it in found] == asked
    for it in found:
        if it.key == "nobody":
            assert it.note == "key 'nobody': expected a key of the layer, found none"
            continue
        assert tuple(value for value, _ in it.values) == named.answers(it.key, it.query)
        p = named.logits(it.key, it.query).softmax(0)
        for value, share in it.values:
            assert share == pytest.approx(float(p[named.index("V", value)]), rel=1e-9)
        assert bool(it.note) != bool(it.values)


def test_a_file_of_questions_and_one_of_answers(run, layer, tmp_path):
    asked, to = tmp_path / "asked.csv", tmp_path / "said.csv"
    text = '\ufeffquery,note,key\nlikes,,"Ann, the first"\nlikes,,Eve\n'
    text += 'has,,"Ann, the first"\n\nhas,,Bob\n'
    asked.write_text(text, encoding="utf-8")
    status, out, err = run("ask", layer, "--questions", asked, "-o", to)
    assert (status, err) == (0, "")
    assert out == (
        "4 questions: 2 answered, 1 without an answer, 1 that the layer does not know\n"
        "  first in line 3: key 'Eve': expected a key of the layer, found none\n"
        f"  written to {to}\n"
    )
    found = rows(to)
    assert found[0] == ["key", "query", "answer", "probability", "note"]
    assert [row[:3] for row in found[1:]] == [
        ["Ann, the first", "likes", 'tea "hot"'],
        ["Eve", "likes", ""],
        ["Ann, the first", "has", ""],
        ["Bob", "has", "x"],
    ]
    assert [row[4] for row in found[1:]] == [
        "", "key 'Eve': expected a key of the layer, found none",
        "no value stands above the others", "",
    ]  # fmt: skip
    lines = tmp_path / "asked.jsonl"
    lines.write_text(
        '{"key": "Bob", "query": "likes"}\n\n["Bob", "likes"]\n{"head":"E","relation":"r"}\n'
    )
    status, out, err = run("ask", layer, "--questions", lines, "-o", to, "--json", "--force")
    assert (status, err) == (0, "")
    assert json.loads(out) == {
        "answers": str(to), "questions": 3, "answered": 2, "no_answer": 0, "unknown": 1,
    }  # fmt: skip
    said = [json.loads(line) for line in to.read_text().splitlines()]
    assert [it["answer"] for it in said] == ["milk", "milk", None] and said[2]["note"]


def test_a_file_of_facts_is_one_of_questions_and_sets_have_a_row_each(run, tmp_path):
    layer, facts, to = tmp_path / "layer", tmp_path / "facts.csv", tmp_path / "said.csv"
    facts.write_text("key,query,value\na,r,x\na,r,y\nb,r,x\n")
    assert run("compile", facts, "-o", layer, "--method", "values", "--allow-sets")[0] == 0
    assert run("ask", layer, "--questions", facts, "-o", to)[0] == 0
    assert [row[:3] for row in rows(to)[1:]] == [
        ["a", "r", "x"], ["a", "r", "y"], ["a", "r", "x"], ["a", "r", "y"], ["b", "r", "x"],
    ]  # fmt: skip


def test_slips_are_one_sentence_and_write_nothing(run, layer, tmp_path):
    to = tmp_path / "said.csv"
    files = {
        "empty.csv": "", "header.csv": "key,query\n", "names.csv": "who,what\na,b\n",
        "cells.csv": "key,query\nBob,likes\nBob\n", "hole.csv": "key,query\nBob, \n",
        "open.csv": 'key,query\n"Bob,likes\n', "bad.jsonl": '{"key": "Bob"}\n', "no.jsonl": "{\n",
    }  # fmt: skip
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "latin.csv").write_bytes(b"key,query\nBj\xf6rn,likes\n")
    cases = [
        ("empty.csv", ":1: found no text, expected a header with key and query"),
        ("header.csv", ":1: found no question, expected at least one"),
        ("names.csv", ":1: found who, what, expected a header with key and query"),
        ("cells.csv", ":3: found 1 cell, expected 2: key, query"),
        ("hole.csv", ":2: found an empty cell, expected a key and a query"),
        ("open.csv", ":2: found a quoted cell that never ends"),
        ("bad.jsonl", ':1: found {"key": "Bob"}, expected texts as key and query'),
        ("no.jsonl", ":1: found no JSON, expected an object with key and query"),
        ("latin.csv", ":2: found the byte 0xf6, expected UTF-8 text"),
        ("nowhere.csv", ": found no such file"),
    ]
    for name, part in cases:
        status, out, err = run("ask", layer, "--questions", tmp_path / name, "-o", to)
        assert (status, out) == (2, ""), name
        assert f"{name}{part}" in err and err.count("\n") == 1, err
    good = tmp_path / "good.csv"
    good.write_text("key,query\nBob,likes\n")
    before = good.read_bytes(), layer.read_bytes()
    for args, part in (
        (("--questions", good, "-o", good, "--force"), "no input is written over"),
        (("--questions", good, "-o", layer, "--force"), "no input is written over"),
        (("--questions", good, "-o", tmp_path / "header.csv"), "--force writes over it"),
        (("--questions", good), "found no -o"),
        (("Bob", "likes", "--questions", good, "-o", to), "found KEY beside it"),
        (("Bob", "likes", "-o", to), "found -o without --questions"),
        (("Bob",), "expected KEY and QUERY"),
    ):
        status, out, err = run("ask", layer, *args)
        assert (status, out) == (2, "") and part in err and err.count("\n") == 1, err
    assert (good.read_bytes(), layer.read_bytes()) == before and not to.exists()


def test_an_interrupt_or_a_fault_midway_writes_nothing(run, layer, tmp_path, monkeypatch):
    good, to = tmp_path / "good.csv", tmp_path / "said.csv"
    good.write_text("key,query\n" + 9 * "Bob,likes\n")
    to.write_text("kept")
    monkeypatch.setattr(model, "AT_ONCE", 2)
    real, calls = model._said, []

    def stopped(*args):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(*args)

    monkeypatch.setattr(model, "_said", stopped)
    status, out, err = run("ask", layer, "--questions", good, "-o", to, "--force")
    assert (status, out, err) == (130, "", "factrank: interrupted\n")
    assert to.read_text() == "kept"
    assert {it.name for it in tmp_path.iterdir()} == {"good.csv", "said.csv", "layer.safetensors"}


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16])
def test_coarse_weights_answer_as_they_do_alone(run, tmp_path, kind):
    """In float16 the sums of these weights overflow; they are taken in float64."""
    db, path, to = read("library:example"), tmp_path / "coarse", tmp_path / "said.csv"
    exact = compile_database(db, "values")
    w = exact.layer.weights
    loud = replace(exact.layer, weights=w._replace(W_V=300 * w.W_V, W_O=300 * w.W_O)).to(kind)
    save(path, replace(exact, layer=loud, exact=None))
    assert run("ask", path, "--questions", asked_of(db, tmp_path), "-o", to)[0] == 0
    assert [tuple(row[:3]) for row in rows(to)[1:]] == list(db.triples())


def asked_of(db: Database, folder: Path) -> Path:
    path = folder / "asked.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("key", "query", "value"), *db.triples()])
    return path


def test_many_questions_keep_their_order_and_each_is_counted(run, tmp_path, monkeypatch):
    told = []
    monkeypatch.setattr(
        "factrank.cli.layer_answers.watched", lambda what: nullcontext(lambda *it: told.append(it))
    )
    db, path, to = random_functional(40, 3, 9, 0.8, seed=0), tmp_path / "layer", tmp_path / "said"
    save(path, NamedLayer.of(db, compile_values(db)))
    asked = tmp_path / "asked.csv"
    wanted = [pair for n in range(50) for pair in (*db.triples(), (f"k{n}?", "q0", ""))]
    asked.write_text("key,query\n" + "".join(f"{k},{q}\n" for k, q, _ in wanted))
    status, out, _ = run("ask", path, "--questions", asked, "-o", to)
    assert status == 0 and out.startswith(f"{len(wanted):,} questions: {50 * len(db):,} answered, ")
    assert [tuple(row[:3]) for row in rows(to)[1:]] == wanted
    assert told == [(n, len(wanted)) for n in range(1, len(wanted) + 1)]


@pytest.mark.parametrize("name", ["q.tsv", "q.tsv.gz", "q.csv"])
def test_questions_are_read_as_facts_are(run, layer, tmp_path, name):
    """The quotes joined two lines: one question was lost in silence."""
    text = '# by us\nsubject\tpredicate\tobject\nBob\tlikes\t"x\nBob\thas\ty\n'
    data = text.encode() if name != "q.csv" else b"sep=;\nkey;query\nBob;likes\nBob;has\n"
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    to = tmp_path / "said.csv"
    assert run("ask", layer, "--questions", tmp_path / name, "-o", to)[0] == 0
    assert [row[:3] for row in rows(to)[1:]] == [["Bob", "likes", "milk"], ["Bob", "has", "x"]]
