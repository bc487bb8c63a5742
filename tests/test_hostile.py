"""Files that someone else wrote: each is read as what it says, or refused in one sentence."""

from __future__ import annotations

import csv
import json
import math
import random
import re
import sqlite3
from dataclasses import replace

import pytest
import torch
from safetensors.torch import save as to_bytes

from companion.engine import catalogue, sweeps
from companion.engine.store import Store, key_of
from factrank import FactrankError
from factrank.facts.database import Database
from factrank.layer import file
from factrank.layer.building.recipes import compile_database
from factrank.layer.edit import set_fact
from factrank.layer.model import NamedLayer, recall
from factrank.practice import pool
from tests.companion.engine import toys

CLEAR = "\x1b[2J\x1b]0;title\x07"  # clears a terminal, and names its window
HOSTILE = CLEAR + "\x7f\x9b31m\u202e\ud7ff\u2028two\nlines\rover"


def harmless(text: str) -> bool:
    return text.replace("\n", "").isprintable()


def refused(run, *args: object) -> str:
    """The one sentence, which no terminal obeys."""
    status, out, err = run(*args)
    assert (status, out, err.count("\n")) == (2, "", 1), err
    assert harmless(err) and "a fault of its own" not in err and "expected" in err, err
    return err


# ---- labels that a terminal would obey -----------------------------------------------------------


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_facts(path: str, mark: str) -> None:
    with open(path, "w", newline="", encoding="utf-8") as out:
        rows = [[f"k{k}{mark}", f"q{q}{mark}", f"v{k * q % 4}{mark}"]
                for k in range(4) for q in range(3)]  # fmt: skip
        csv.writer(out).writerows([["key", "query", "value"], *rows])


def every_command(run, mark: str) -> list[tuple[int, str, str]]:
    write_facts("f.csv", mark)
    pair = f"k1{mark}", f"q1{mark}"
    with open("d.toml", "w", encoding="utf-8") as out:
        out.write(f'[[decision]]\nrule = "drop"\nkey = {json.dumps(pair[0])}\n')
    commands = [
        ("rank", "f.csv"), ("explain", "f.csv"), ("audit", "f.csv"), ("plan", "f.csv"),
        ("compile", "f.csv", "-o", "layer"), ("recall", "layer", "f.csv"),
        ("ask", "layer", *pair), ("ask", "layer", *pair, "--json"),
        ("edit", "layer", "set", *pair, f"new{mark}"), ("ask", "layer", *pair),
        ("edit", "layer", "delete", *pair), ("ask", "layer", *pair),
        ("ask", "layer", f"k{mark}", "q1"), ("recall", "layer", "library:example"),
        ("normalize", "f.csv", "-o", "clean.csv", "--decisions", "d.toml"),
        ("normalize", "clean.csv", "-o", "back.csv", "--undo", "clean.csv.trail.jsonl"),
        ("train", "f.csv", "-o", "trained", "--seeds", "1", "--steps", "2"),
    ]  # fmt: skip
    return [run(*command) for command in commands]


def test_no_command_prints_what_a_terminal_obeys(folder, run, tmp_path_factory, monkeypatch):
    hostile = every_command(run, HOSTILE)
    monkeypatch.chdir(tmp_path_factory.mktemp("plain"))
    plain = every_command(run, "")
    for (status, out, err), (usual, said, told) in zip(hostile, plain, strict=True):
        assert harmless(out) and harmless(err), (out, err)
        assert status == usual and out.count("\n") >= said.count("\n")
        assert err.count("\n") == told.count("\n")  # no label breaks a sentence
    assert [status for status, _, _ in plain].count(0) == len(plain) - 2


def test_json_stays_json_and_an_answer_is_not_cut(folder, run):
    mark = "\x7f" + "long" * 20
    write_facts("f.csv", mark)
    run("compile", "f.csv", "-o", "layer")
    pair = "k1" + mark, "q1" + mark
    record = json.loads(run("ask", "layer", *pair, "--json")[1])
    assert record["answer"].startswith("v1\x7flong") and len(record["answer"]) > 80
    assert record["answer"].replace("\x7f", r"\x7f") in run("ask", "layer", *pair)[1]


@pytest.mark.parametrize("space", [" " * 8, "\r\n" * 4, "\t" * 8])
def test_a_certificate_behind_eight_spaces_is_no_layer(folder, run, space):
    write_facts("f.csv", "")
    run("rank", "f.csv", "--certificate", "proof.json")
    (folder / "proof.json").write_text(space + (folder / "proof.json").read_text())
    assert run("verify", "f.csv", "proof.json")[1].startswith("verified: ")


# ---- trails and decisions ------------------------------------------------------------------------


@pytest.fixture
def trail(folder, run):
    with open("d.toml", "w", encoding="utf-8") as out:
        out.write('[[decision]]\nrule = "drop"\nkey = "k1"\n')
    write_facts("f.csv", "")
    run("normalize", "f.csv", "-o", "clean.csv", "--decisions", "d.toml")
    return folder / "clean.csv.trail.jsonl"


def undo(run) -> str:
    return refused(run, "normalize", "clean.csv", "-o", "b.csv", "--undo", "clean.csv.trail.jsonl")


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("rows", 10**15, "expected 9 rows to stay, found 999999999999997"),
        ("rows", 10**4000, "expected 9 rows to stay, found 99999"),
        ("rows", -1, "expected a row below -1, found 3"),
        ("facts", CLEAR, "'\\x1b[2J"),
        ("format", CLEAR, "found '\\x1b[2J"),
        ("sha256_rows", "0", "expected changes that lead back to 'f.csv', found others"),
        ("notes", None, "expected notes as list, found None"),
    ],
)
def test_a_trail_with_a_hostile_head(trail, run, name, value, sentence):
    first, *others = trail.read_text().splitlines()
    head = json.loads(first) | {name: value}
    if name == "facts":
        head["sha256_rows"] = "0"
    trail.write_text("\n".join([json.dumps(head), *others]) + "\n")
    assert sentence in undo(run)


def test_mutated_trails_are_refused_or_lead_back(trail, run):
    lines = trail.read_text().splitlines()
    rng = random.Random(3)
    for _ in range(300):
        records = [json.loads(line) for line in lines]
        for _ in range(rng.randint(1, 2)):
            n = rng.randrange(len(records))
            records[n] = mutated(records[n], rng)
        trail.write_text("\n".join(map(json.dumps, records)) + "\n")
        (trail.parent / "b.csv").unlink(missing_ok=True)
        args = ("normalize", "clean.csv", "-o", "b.csv", "--undo", trail.name)
        status, _, err = run(*args)
        assert status in (0, 2) and "a fault of its own" not in err, err
        assert err.count("\n") == (status == 2) and harmless(err), err


@pytest.mark.parametrize(
    "text",
    ["version = " + "9" * 5000, "version = 0x" + "f" * 5000, "[[decision]]\nrule = 0x" + "f" * 5000,
     '[[decision]]\nrule = "drop"\nkey = 0x' + "f" * 5000, "a = " + "[" * 10_000,
     f'"{CLEAR.encode("unicode_escape").decode().replace(chr(92) + "x", chr(92) + "u00")}" = 1'],
)  # fmt: skip
def test_hostile_decisions_are_one_sentence(folder, run, text):
    write_facts("f.csv", "")
    (folder / "d.toml").write_text(text)
    refused(run, "normalize", "f.csv", "-o", "clean.csv", "--decisions", "d.toml")
    assert not (folder / "clean.csv").exists()


# ---- layers whose digest is right ----------------------------------------------------------------

JUNK = (None, True, False, 0, 1, -1, 2, 0.5, 10**400, math.nan, math.inf, "", "x", CLEAR,
        [], {}, [[]], [0], ["x"], {"x": 1}, 1e308)  # fmt: skip


def mutated(data: object, rng: random.Random) -> object:
    """A copy in which one node, anywhere, is another thing, is gone, or is there twice."""
    if isinstance(data, dict) and data and rng.random() < 0.8:
        name = rng.choice(sorted(data))
        rest = {x: y for x, y in data.items() if x != name}
        change = rng.random()
        if change < 0.1:
            return rest
        if change < 0.2:
            return {**rest, name + "_": data[name]}
        return {**data, name: mutated(data[name], rng)}
    if isinstance(data, list) and data and rng.random() < 0.8:
        n, change = rng.randrange(len(data)), rng.random()
        if change < 0.1:
            return data[:n] + data[n + 1 :]
        if change < 0.2:
            return data[: n + 1] + data[n:]
        return [*data[:n], mutated(data[n], rng), *data[n + 1 :]]
    if isinstance(data, (dict, list)):
        return rng.choice(JUNK)
    return rng.choice([*JUNK, data, str(data), [data]])


def write_layer(path, meta: dict, weights: dict) -> None:
    """What ``file.save`` writes, of whatever is given, with the digest of it."""
    texts = {part: text if isinstance(text, str) else json.dumps(text)
             for part, text in meta.items()}  # fmt: skip
    texts |= {"format": file.FORMAT, "digest": file._digest(texts, weights)}
    path.write_bytes(to_bytes(weights, metadata=texts))


@pytest.fixture
def parts(tmp_path):
    """The metadata and the weights of a layer that was edited."""
    db = Database.from_triples([("a", "r", "x"), ("a", "s", "y"), ("b", "r", "y")])
    named = set_fact(compile_database(db, "terms"), "b", "s", "x")
    file.save(tmp_path / "layer", named)
    texts, weights = file._open(tmp_path / "layer")
    weights = {name: weight.clone() for name, weight in weights.items()}  # the file changes below
    return {part: json.loads(texts[part]) for part in file.PARTS}, weights


def good(named: NamedLayer) -> bool:
    """Whether the layer can be asked, judged, edited and written."""
    facts = Database.from_triples([(named.keys[0], named.queries[0], named.values[0])])
    assert 0 <= recall(named, facts).recalled <= 1
    try:
        edited = set_fact(named, named.keys[0], named.queries[0], "new")
    except FactrankError as error:  # it says that it is exact, for other facts or another scale
        return named.exact is not None and str(error).startswith("edit: expected ")
    return edited.edits[-1]["set"][2] == "new"


def test_metadata_with_a_right_digest_is_a_good_layer_or_one_sentence(tmp_path, parts):
    meta, weights = parts
    rng, path, seen = random.Random(0), tmp_path / "layer", {True: 0, False: 0}
    for _ in range(1500):
        other = dict(meta)
        for _ in range(rng.randint(1, 2)):
            part = rng.choice(file.PARTS)
            other[part] = mutated(other[part], rng)
        write_layer(path, other, weights)
        try:
            named = file.load(path)
        except FactrankError as error:
            assert str(error).startswith(f"{path}: ") and "\n" not in str(error)
            assert "expected" in str(error), str(error)
            seen[False] += 1
            continue
        assert good(named)
        seen[True] += 1
    assert min(seen.values()) > 20


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"labels": [["a", "b"], ["r", "s"], ["x", 7]]}, "value 2: expected a non-empty text"),
        ({"labels": [["a", "b"], ["r", "s"]]}, "labels: expected a list of 3, found"),
        ({"labels": "{"}, "labels: expected JSON, found Expecting"),
        ({"edits": "[" * 100_000}, "edits: expected JSON, found"),
        ({"edits": "9" * 5000}, "edits: expected JSON, found Exceeds the limit"),
        ({"edits": [7]}, "layer: expected an edit as an object, found 7"),
        ({"origin": {"database": "", "method": "", "scale": math.nan}}, "expected a scale above 0"),
        ({"origin": {"database": "", "method": 7, "scale": 1}}, "expected method as a text"),
        ({"origin": {}}, "origin: expected the field 'database', found none"),
        ({"config": []}, "config: expected an object, found []"),
    ],
)
def test_what_is_wrong_in_a_layer_is_told(tmp_path, parts, run, change, sentence):
    meta, weights = parts
    path = tmp_path / "layer"
    write_layer(path, meta | change, weights)
    said = refused(run, "ask", path, "a", "r")
    assert said.startswith(f"{path}: ") and sentence in said


@pytest.mark.parametrize(
    ("name", "weight", "sentence"),
    [
        ("U", torch.tensor(1.0), "expected U of shape"),
        ("U", torch.zeros(1, 4, 2, dtype=torch.complex64), "U: expected one of torch.float64"),
        ("U", torch.zeros(1, 4, 2, dtype=torch.int64), "U: expected one of torch.float64"),
        ("E_K", torch.zeros(0, 2, 4, dtype=torch.float64), "shape"),
    ],
)
def test_weights_of_another_kind_are_told(tmp_path, parts, run, name, weight, sentence):
    meta, weights = parts
    path = tmp_path / "layer"
    write_layer(path, meta, weights | {name: weight})
    assert sentence in refused(run, "ask", path, "a", "r")


def test_weights_that_overflow_are_one_sentence(tmp_path, parts, run):
    meta, weights = parts
    path = tmp_path / "layer"
    write_layer(path, meta, {name: torch.full_like(w, 1e200) for name, w in weights.items()})
    for args in (("ask", path, "a", "r"), ("recall", path, "f.csv"), ("edit", path, "delete", "a")):
        if args[0] == "recall":
            (tmp_path / "f.csv").write_text("key,query,value\na,r,x\n")
            args = ("recall", path, tmp_path / "f.csv")
        args = (*args, "r") if args[0] == "edit" else args
        assert "expected finite logits" in refused(run, *args)
    half = {name: w.to(torch.bfloat16) for name, w in weights.items()}
    write_layer(path, meta, half)
    assert run("ask", path, "a", "r")[0] == 0
    said = refused(run, "edit", path, "set", "a", "r", "y")
    assert re.search(r"expected weights in float64 or float32, found torch\.bfloat16", said)


# ---- stores --------------------------------------------------------------------------------------


SQUARES = replace(toys.experiment(), outcomes=("square",), measured=())


@pytest.fixture
def store(tmp_path):
    path = tmp_path / "toy.sqlite"
    with Store(path) as kept:
        sweeps.run(SQUARES, "quick", kept, pool.InProcess())
    return path


def rerun(path) -> list:
    with Store(path) as kept:
        return sweeps.run(SQUARES, "quick", kept, pool.InProcess())["square"].tolist()


def changed(path, *statements: tuple) -> None:
    with sqlite3.connect(path) as db:
        for statement, *values in statements:
            db.execute(statement, values)


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("{", "expected rows as objects, found '{'"),
        ("[" * 100_000, "expected rows as objects, found"),
        ("9" * 5000, "expected rows as objects, found"),
        ("[]", "expected rows as objects, found []"),
        (b"\xff", "expected rows as objects, found b'"),
        ("{}", "expected a row with square, found one without"),
        ('{"n": 7, "square": 49}', "in the row of that item, found 7"),
        ('{"n": 1, "square": "' + "\\u001b" + '"}', "expected square as a number, found '\\x1b'"),
        ('{"n": 1, "square": []}', "expected square as a number, found []"),
        ('{"square": 1}', "expected a row with n, found one without"),
        ('{"n": 1, "square": NaN}', "expected square as a number, found nan"),
        ('{"n": 1, "square": 1e999}', "expected square as a number, found inf"),
        ('{"n": 1, "square": 1, "steps": 1' + "0" * 400 + "}", "expected steps as a number, found"),
    ],
)
def test_a_wrong_row_of_a_store_is_one_sentence(store, row, sentence):
    assert rerun(store) == [0, 1, 4, 9]
    key = key_of({"n": 1, "tier": "quick"})
    changed(store, ("update items set row = ? where key = ?", row, key))
    with pytest.raises(FactrankError) as caught:
        rerun(store)
    assert str(caught.value).startswith(f"{store}: ") and sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_rows_that_no_judge_can_read_are_one_sentence(folder, run):
    path, experiment = folder / "s.sqlite", catalogue.experiment("rank-threshold")
    with Store(path, experiment.source) as kept:
        for item in experiment.expand("quick"):
            kept.add(item, {"seed": 0})
    said = refused(run, "run", "rank-threshold", "--store", path)
    assert "s.sqlite: " in said


def test_a_database_of_something_else_is_left_alone(folder, run):
    changed("other.sqlite", ("create table addresses (name text)",))
    before = (folder / "other.sqlite").read_bytes()
    said = refused(run, "run", "rank-threshold", "--store", "other.sqlite")
    assert "expected a store of results, found a database of 'addresses'" in said
    assert (folder / "other.sqlite").read_bytes() == before
    changed("half.sqlite", ("create table items (key text)",))
    refused(run, "run", "rank-threshold", "--store", "half.sqlite")
