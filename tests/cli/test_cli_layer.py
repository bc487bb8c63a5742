"""compile, recall, ask, edit as a person types them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from factrank import read
from factrank.layer.building.compile import compile_values
from factrank.layer.building.recipes import compile_database
from factrank.layer.file import save
from factrank.layer.model import NamedLayer


@pytest.fixture
def layer(run, tmp_path: Path) -> Path:
    path = tmp_path / "example.safetensors"
    status, out, err = run("compile", "library:example", "-o", path, "--hold", 0.9)
    assert (status, err) == (0, "")
    assert "8 facts in 5 heads" in out and "total value-output width 5," in out
    return path


def test_facts_go_in_and_come_out(run, layer):
    status, out, _ = run("recall", layer, "library:example", "--require", 1)
    assert status == 0 and out.startswith("recalled 8 of 8 facts (100.0%), held at 0.9: 8 (100.0%)")
    status, out, _ = run("recall", layer, "library:example", "--json")
    found = json.loads(out)
    assert (found["facts"], found["recalled"], found["held"], found["tau"]) == (8, 1.0, 1.0, 0.9)
    assert found["artifacts"] == 0
    status, out, _ = run("ask", layer, "Colin", "born_in")
    assert status == 0 and out.startswith("Colin born_in: Malaysia   (probability 0.9")
    assert "█" in out


def test_votes_of_an_answer_sum_to_its_logit(run, layer):
    _, out, _ = run("ask", layer, "Colin", "born_in", "--json")
    found = json.loads(out)
    assert sum(it["vote"] for it in found["votes"]) == pytest.approx(found["logit"], abs=1e-9)
    assert len(found["votes"]) == 2 * 5
    _, out, _ = run("ask", layer, "Colin", "currency")
    assert out.startswith("Colin currency: no answer")


def test_an_edit_is_asked_for_and_recalled(run, layer, tmp_path):
    new = tmp_path / "new.safetensors"
    status, out, _ = run("edit", layer, "set", "Colin", "born_in", "Singapore", "-o", new)
    assert status == 0 and out.startswith("Colin born_in: Malaysia -> Singapore\n")
    assert run("ask", new, "Colin", "born_in")[1].startswith("Colin born_in: Singapore")
    assert run("ask", layer, "Colin", "born_in")[1].startswith("Colin born_in: Malaysia")
    status, out, _ = run("recall", new, "library:example", "--require", 1)
    assert status == 1 and "recalled 7 of 8" in out
    before = new.read_bytes()
    assert run("edit", new, "delete", "Colin", "born_in")[0] == 0  # in place
    assert new.read_bytes() != before
    assert run("ask", new, "Colin", "born_in")[1].startswith("Colin born_in: no answer")


def test_many_edits_are_compacted(run, layer, tmp_path):
    new, small = tmp_path / "new.safetensors", tmp_path / "small.safetensors"
    for value in ("Singapore", "Malaysia", "Singapore"):
        status, *_ = run("edit", layer, "set", "Colin", "born_in", value, "-o", new, "--force")
        assert status == 0
    before = new.read_bytes()
    status, out, _ = run("compact", new, "-o", small)
    assert status == 0 and "heads -> 4, d_model" in out and f"written to {small}" in out
    assert new.read_bytes() == before
    assert run("ask", small, "Colin", "born_in")[1].startswith("Colin born_in: Singapore")
    assert "recalled 7 of 8" in run("recall", small, "library:example")[1]
    status, _, err = run("compact", new, "-o", small)
    assert status == 2 and "--force writes over it" in err
    assert run("compact", new)[0] == 0 and new.read_bytes() != before  # in place


def test_slips_are_one_sentence_and_lose_nothing(run, layer, tmp_path):
    before = layer.read_bytes()
    two = tmp_path / "two.csv"
    two.write_text("key,query,value\na,r,x\na,r,y\n")
    cases = [
        (("ask", layer, "Colim", "born_in"), "nearest is 'Colin'"),
        (("ask", layer, "Colin", "born"), "nearest is 'born_in'"),
        (("edit", layer, "set", "Colin", "born_in"), "edit set: expected a VALUE, found None"),
        (("edit", layer, "delete", "Colin", "born_in", "x"), "expected no VALUE, found 'x'"),
        (("compile", "library:example", "-o", layer), "--force writes over it"),
        (("compile", two, "-o", tmp_path / "n"), "found 'a' 'r': 'x', 'y'"),
        (("compile", "library:example", "-o", tmp_path / "n", "--hold", 1), "tau: expected"),
        (("recall", layer, two), "key 'a': expected a key of the layer"),
        (("recall", two, two), "expected a layer file"),
        (("recall", layer, "library:example", "--tau", 0), "tau: expected a probability"),
        (("recall", layer, "library:example", "--require", 2), "--require: expected a share"),
        (("compile", "library:example"), "missing option"),
    ]
    for args, part in cases:
        status, out, err = run(*args)
        assert (status, out) == (2, ""), args
        assert part in err and err.count("\n") == 1, err
    assert layer.read_bytes() == before
    assert not (tmp_path / "n").exists()


def test_sets_are_stored_on_request_and_the_scoring_is_said(run, tmp_path):
    path = tmp_path / "trees.safetensors"
    args = ("compile", "library:family-trees", "-o", path, "--method", "values")
    assert run(*args)[0] == 2
    status, out, _ = run(*args, "--allow-sets", "--json")
    assert status == 0 and json.loads(out)["width"] == 24
    assert "recalled if all stand above" in run(*args, "--allow-sets", "--force")[1]
    _, out, _ = run("recall", path, "library:family-trees")
    assert "by one answer a pair at most 92.9%" in out and "recalled if all stand above" in out


OTHERS = "  these are not the facts that the layer was made from"


def test_a_layer_of_other_facts_is_told(run, layer, tmp_path):
    """Recalled in full or not, what is compared is said."""
    assert OTHERS not in run("recall", layer, "library:example")[1].splitlines()
    (tmp_path / "one.csv").write_text("key,query,value\nColin,born_in,Malaysia\n")
    status, out, _ = run("recall", layer, tmp_path / "one.csv", "--require", 1)
    assert status == 0 and OTHERS in out.splitlines()


def test_only_heads_that_vote_are_shown(run, layer):
    """A vote that is nothing beside the largest has no line; the rest is summed."""
    record = json.loads(run("ask", layer, "Colin", "born_in", "--json")[1])
    votes = [abs(it["vote"]) for it in record["votes"]]
    assert votes == sorted(votes, reverse=True)
    heard = sum(vote > 1e-6 for vote in votes)
    assert 0 < heard < 5 < len(votes) - heard
    _, out, _ = run("ask", layer, "Colin", "born_in")
    bars = [line for line in out.splitlines() if "█" in line]
    assert len(bars) == heard and all(line.startswith("  head ") for line in bars)
    assert [line.count("█") for line in bars] == [
        max(1, round(24 * vote / votes[0])) for vote in votes[:heard]
    ]
    assert f"  {len(votes) - heard} more votes sum to " in out


def test_every_answer_to_a_program_is_json_where_no_other_value_is_there(run, tmp_path):
    """The margin over other values is infinite then; JSON has no infinity."""
    facts, layer = tmp_path / "one.csv", tmp_path / "one"
    facts.write_text("key,query,value\na,r,x\nb,r,x\n")
    for args in (
        ("compile", facts, "-o", layer), ("recall", layer, facts), ("ask", layer, "a", "r"),
        ("train", facts, "-o", tmp_path / "two", "--seeds", 1, "--steps", 5), ("plan", facts),
        ("rank", facts), ("audit", facts), ("try", facts, "--steps", 5, "--parameters", 64),
    ):  # fmt: skip
        status, out, err = run(*args, "--json")
        assert (status, err) == (0, ""), args
        json.loads(out, parse_constant=pytest.fail)
    assert json.loads(run("recall", layer, facts, "--json")[1])["margin"] is None


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float32])
def test_ask_reads_as_recall_does_whatever_the_weights_are_kept_in(run, tmp_path, kind):
    """In float16 the sums of these weights overflow; in float64 they answer, and are recalled."""
    db = read("library:example")
    exact = compile_database(db, "values")
    w = exact.layer.weights
    loud = replace(exact.layer, weights=w._replace(W_V=300 * w.W_V, W_O=300 * w.W_O)).to(kind)
    path = tmp_path / "coarse.safetensors"
    save(path, replace(exact, layer=loud, exact=None))
    assert (
        json.loads(run("recall", path, "library:example", "--brief", "--json")[1])["recalled"] == 1
    )
    L = loud.to(torch.float64).layer_tensor()[0]
    for k, q, v in db.facts:
        status, out, err = run("ask", path, db.keys[k], db.queries[q], "--json")
        assert (status, err) == (0, "")
        found = json.loads(out)
        assert found["answer"] == found["best"][0]["value"] == db.values[v]
        assert found["logit"] == pytest.approx(float(L[k, q, v]), rel=1e-12)
        assert sum(it["vote"] for it in found["votes"]) == pytest.approx(found["logit"], rel=1e-9)


def test_the_answer_comes_first_where_probabilities_round_to_a_tie(run, tmp_path):
    db, path = read("library:example"), tmp_path / "quiet.safetensors"
    quiet = NamedLayer.of(db, compile_values(db, scale=1e-20), scale=1e-20)
    save(path, quiet)
    for key, query, value in db.triples():
        found = json.loads(run("ask", path, key, query, "--json")[1])
        assert found["answer"] == found["best"][0]["value"] == value
        assert len(found["best"]) == 3  # the answer and two behind it
        assert found["logit"] == pytest.approx(1e-20)
