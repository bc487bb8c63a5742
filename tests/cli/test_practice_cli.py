"""factrank audit and factrank normalize: what they print and write, and what they refuse."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

FACTS = """\
key,query,value,source
Oslo,country,Norway,a
Oslo,country,norway,b
Oslo,mayor,=cmd(),a
Paris,country,France,a
Paris,country,Frankreich,b
"""
MERGE = """\
[[decision]]
rule = "merge"
mode = "value"
labels = ["Norway", "norway"]
into = "Norway"
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("f.csv").write_text(FACTS, "utf-8")
    Path("d.toml").write_text(MERGE, "utf-8")
    return tmp_path


def tree():
    return {path.name: path.read_bytes() for path in Path().iterdir() if path.is_file()}


# ---- audit ----------------------------------------------------------------------------------


def test_audit_tells_the_counts(run, folder):
    status, out, err = run("audit", "f.csv")
    assert (status, err) == (0, "")
    assert (
        out
        == """\
f.csv: 5 facts in 5 rows
  2 keys x 2 queries x 5 values
  rows by source: a 3, b 2; 0 facts in more than one
rank is exactly 3 over R
  set-valued: U3 does not apply, so the interval may be wider
recall of single answers can reach 0.6000: 3 pairs for 5 facts
2 pairs with several values (2 between sources, 0 within one):
  Oslo country: Norway in line 2 (a); norway in line 3 (b)
  Paris country: France in line 5 (a); Frankreich in line 6 (b)
no fact given twice by one source
1 of 4 cells (key, query) without a value
  mayor 1: Paris
1 pair of labels spelled nearly alike:
  value Norway ~ norway: 100, 1 fact in common
no pair of keys that share rare values
1 odd label:
  value "=cmd()" begins like a formula of a spreadsheet
no value shared by two relations
rank that goes if a relation is dropped (its rank alone; terms that serve only it):
  country 2 (2; 2)
  mayor 1 (1; 1)
no pair of relations that nearly agree
"""
    )


CITIES = "person,born,lives\nAnn,Lisbon,lisbon\nBob,Rome,ROME\nCid,Paris,paris\n"


def test_audit_finds_one_spelling_spread_over_relations_and_normalize_heals_the_rank(run, folder):
    Path("w.csv").write_text(CITIES)
    assert run("rank", "w.csv")[1].startswith("rank is exactly 6")
    status, out, _ = run("audit", "w.csv", "--decisions", "w.toml", "--html", "w.html")
    assert status == 0 and "no pair of labels" not in out
    assert "3 pairs of labels spelled nearly alike:\n" in out
    assert "  value Lisbon ~ lisbon: 100, under different relations\n" in out
    assert "no value shared by two relations in one form\n" in out
    assert "under different relations" in Path("w.html").read_text("utf-8")
    draft = Path("w.toml").read_text("utf-8").replace("apply = false", "apply = true")
    Path("w.toml").write_text(draft, "utf-8")
    status, _, err = run("normalize", "w.csv", "-o", "c.csv", "--decisions", "w.toml")
    assert (status, err) == (0, "")
    assert run("rank", "c.csv")[1].startswith("rank is exactly 3")


def test_audit_says_what_it_did_not_compare_and_what_it_left_out(run, folder, monkeypatch):
    Path("w.csv").write_text("name,capital,river\nSpain,Lerida,Lérida\n")
    out = run("audit", "w.csv", "--html", "w.html")[1]
    assert (
        "no pair of labels spelled nearly alike, within these limits:\n  values: 1 pair alike in "
        "letters, accents, marks or words not listed: no relation takes both\n"
    ) in out
    page = Path("w.html").read_text("utf-8")
    assert "None, within these limits." in page and "no relation takes both." in page
    monkeypatch.setattr("factrank.facts.likeness.WORK", 0)
    Path("w.csv").write_text(CITIES)
    out = run("audit", "w.csv")[1]
    assert "no pair of labels spelled nearly alike, within these limits:\n  values: every" in out
    assert "stopped after 0 comparisons" in out


def test_keys_and_values_in_another_form_are_told(run, folder):
    Path("w.csv").write_text("head,relation,tail\nAnn,near,Bob\nBob,near,ann\nann\u200b,in,Rome\n")
    status, out, _ = run("audit", "w.csv", "--html", "w.html")
    told = "keys and values: 2 pairs alike but for case, Unicode or blanks not listed, as Ann ~ ann"
    assert (
        status == 0 and f"  {told}\n" in out and f"{told[1:]}." in Path("w.html").read_text("utf-8")
    )
    found = json.loads(run("audit", "w.csv", "--json")[1])["across"]
    assert found == [["Ann", "ann"], ["ann\u200b", "ann"]]
    Path("w.csv").write_text("head,relation,tail\nAnn,near,Bob\nBob,near,Ann\n")
    assert "keys and values" not in run("audit", "w.csv")[1]


def test_audit_names_measured_numbers_and_how_the_table_was_read(run, folder):
    text = "place,height,kind\n" + "".join(f"p{n},{n}.25,hill\n" for n in range(12))
    Path("w.csv").write_text(text + "p1,99.5,\n")
    status, out, err = run("audit", "w.csv", "--html", "w.html")
    assert status == 0 and err.startswith("w.csv: read 13 rows as 12 keys: line 14 has the key")
    told = "1 relation of numbers, nearly every one different: their rank is a count\n  height\n"
    assert told in out
    page = Path("w.html").read_text("utf-8")
    assert (
        "whose rank is a count: <span><bdi>height</bdi></span>." in page
        and "read 13 rows" in page.lower()
    )


def test_audit_never_says_none_of_what_was_too_much(run, folder, monkeypatch):
    Path("w.csv").write_text("key,query,value\n" + "".join(f"a,q{n},x\n" for n in range(9)))
    monkeypatch.setattr("factrank.practice.findings.counts.PAIRED", 3)
    out = run("audit", "w.csv", "--counting", "--html", "w.html")[1]
    assert "1 of 1 value shared by relations:\n  not all pairs were counted" in out
    assert "Not all pairs were counted" in Path("w.html").read_text("utf-8")


def test_audit_json_is_one_object(run, folder):
    status, out, err = run("audit", "f.csv", "--json")
    assert (status, err, out.count("\n")) == (0, "", 1)
    data = json.loads(out)
    assert (data["facts"], data["pairs"], data["missing"]) == (5, 3, 1)
    places = data["several"][0]["values"][1][1]
    assert places == [{"line": 3, "source": "b", "date": ""}]


def test_audit_reads_standard_input(folder):
    run = [sys.executable, "-m", "factrank", "audit", "-"]
    done = subprocess.run(run, input=FACTS.encode(), capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"stdin: 5 facts in 5 rows\n")


def test_audit_of_bad_facts_is_as_in_every_command(run, folder):
    Path("bad.csv").write_text("key,query,value\na,r\n")
    status, out, err = run("audit", "bad.csv", "--html", "r.html")
    assert (status, out) == (2, "") and err.startswith("bad.csv:2: found 2 cells")
    assert not Path("r.html").exists()
    status, out, err = run("audit", "f.csv", "--effort", "none")
    assert (status, out) == (2, "") and "--effort" in err


def test_audit_writes_a_page_and_a_draft(run, folder):
    status, out, _ = run("audit", "f.csv", "--html", "r.html", "--decisions", "n.toml")
    assert status == 0 and out.startswith("f.csv: 5 facts")
    assert Path("r.html").read_text("utf-8").startswith("<!doctype html>")
    assert Path("n.toml").read_text("utf-8").count("apply = false") == 5


def test_audit_never_writes_over_a_reviewed_file(run, folder):
    before = tree()
    for option in ("--decisions", "--html"):
        status, out, err = run("audit", "f.csv", option, "d.toml")
        assert (status, out) == (2, "")
        assert err == (
            "d.toml: expected the path of a new file, found one that exists (--force writes over "
            "it)\n"
        )
        status, _, err = run("audit", "f.csv", option, "f.csv", "--force")
        assert status == 2 and "found the same file (no input is written over)" in err
        status, _, err = run("audit", "f.csv", option, ".")
        assert (status, err) == (2, ".: expected the path of a new file, found a directory\n")
    status, _, err = run("audit", "f.csv", "--html", "x", "--decisions", "x")
    assert (status, err) == (2, "x: expected two different paths, found one twice\n")
    assert tree() == before
    assert run("audit", "f.csv", "--html", "d.toml", "--force")[0] == 0


# ---- normalize ------------------------------------------------------------------------------


def test_normalize_writes_a_table_and_a_trail_and_undo_takes_it_back(run, folder):
    args = ("normalize", "f.csv", "-o", "c.csv", "--decisions", "d.toml")
    status, out, err = run(*args)
    assert (status, err) == (0, "")
    assert (
        out
        == """\
c.csv: 4 facts from 5 rows
  decision 1: relabelled 1, left out 0: merge value Norway, norway into Norway
  left out 1: they repeat a fact
  pairs with several values: 2 before, 1 after
trail: c.csv.trail.jsonl
"""
    )
    assert Path("f.csv").read_text("utf-8") == FACTS
    assert Path("c.csv").read_text("utf-8") == FACTS.replace("Oslo,country,norway,b\n", "")
    trail = [json.loads(line) for line in Path("c.csv.trail.jsonl").read_text("utf-8").splitlines()]
    assert [(c["line"], c["rule"]) for c in trail[1:]] == [(3, "merge"), (3, "repeat")]
    status, out, err = run("normalize", "c.csv", "-o", "b.csv", "--undo",
                              "c.csv.trail.jsonl")  # fmt: skip
    assert (status, out, err) == (0, "b.csv: the 5 rows before the decisions\n", "")
    assert Path("b.csv").read_text("utf-8") == FACTS


def test_normalize_json(run, folder):
    args = ("normalize", "f.csv", "-o", "c.tsv", "--decisions", "d.toml", "--trail", "t", "--json")
    data = json.loads(run(*args)[1])
    assert (data["facts"], data["rows"], data["several_after"]) == (4, 5, 1)
    assert data["decisions"][0]["relabelled"] == 1
    assert Path("c.tsv").read_text("utf-8").startswith("key\tquery\tvalue\tsource\n")
    assert Path("t").exists()


def test_normalize_takes_a_wide_table(run, folder):
    Path("w.csv").write_text("city,country,mayor\nOslo,Norway,n/a\nRome,,\n")
    Path("d.toml").write_text('[[decision]]\nrule = "drop"\nvalue = "n/a"\n')
    status, out, _ = run("normalize", "w.csv", "-o", "c.csv", "--decisions", "d.toml")
    assert status == 0 and "1 key without a fact: not in this table" in out
    assert "1 query without a fact: not in this table" in out
    assert Path("c.csv").read_text() == "key,query,value\nOslo,country,Norway\n"


BAD = [
    (["-o", "c.csv"], "normalize: expected either --decisions or --undo, found none"),
    (["-o", "c.csv", "--decisions", "d.toml", "--undo", "t"],
     "normalize: expected either --decisions or --undo, found both"),
    (["-o", "c.json", "--decisions", "d.toml"],
     "c.json: expected a path that ends in .csv or .tsv for the table"),
    (["-o", "f.csv", "--decisions", "d.toml", "--force"],
     "f.csv: expected another path than that of f.csv, found the same file (no input is written "
     "over)"),
    (["-o", "old.csv", "--decisions", "d.toml"],
     "old.csv: expected the path of a new file, found one that exists (--force writes over it)"),
    (["-o", "c.csv", "--decisions", "d.toml", "--trail", "old.csv"],
     "old.csv: expected the path of a new file, found one that exists (--force writes over it)"),
    (["-o", "c.csv", "--decisions", "d.toml", "--trail", "d.toml", "--force"],
     "d.toml: expected another path than that of d.toml, found the same file (no input is written "
     "over)"),
    (["-o", "c.csv", "--decisions", "d.toml", "--trail", "c.csv"],
     "c.csv: expected different paths, found one twice"),
    (["-o", "none/c.csv", "--decisions", "d.toml"],
     "none/c.csv: expected a directory to write in, found no none"),
    (["-o", "c.csv", "--decisions", "none.toml"],
     "none.toml: expected a file of decisions, found: no such file"),
    (["-o", "c.csv", "--decisions", "f.csv"], "f.csv:1: expected TOML, found:"),
    (["-o", "c.csv", "--decisions", "there.toml"],
     "there.toml:2: decision 1: expected a row of the facts, found none that is {'key': 'Lima'}"),
    (["-o", "c.csv", "--undo", "none"], "none: expected an audit trail, found: no such file"),
    (["-o", "c.csv", "--undo", "f.csv"], "f.csv:1: expected JSON, found:"),
    (["-o", "c.csv", "--undo", "t", "--trail", "x"],
     "normalize: expected no --trail beside --undo, found one"),
]  # fmt: skip


@pytest.mark.parametrize(("args", "sentence"), BAD)
def test_normalize_refuses_with_a_sentence_and_nothing_changes(run, folder, args, sentence):
    Path("old.csv").write_text("what stood here")
    Path("there.toml").write_text('\n[[decision]]\nrule = "drop"\nkey = "Lima"\n')
    before = tree()
    status, out, err = run("normalize", "f.csv", *args)
    assert (status, out) == (2, "")
    assert err.startswith(sentence) and err.count("\n") == 1
    assert tree() == before


def test_undo_on_a_changed_table(run, folder):
    run("normalize", "f.csv", "-o", "c.csv", "--decisions", "d.toml")
    with Path("c.csv").open("a") as file:
        file.write("Rome,country,Italy,a\n")
    args = ("normalize", "c.csv", "-o", "b.csv", "--undo", "c.csv.trail.jsonl")
    status, out, err = run(*args)
    assert (status, out) == (2, "")
    assert err == (
        "c.csv: expected the table that c.csv.trail.jsonl was written for, found a file that is "
        "another or was changed since\n"
    )
    assert not Path("b.csv").exists()


# ---- size -----------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [["--counting"], ["--effort", "quick"]])
def test_an_audit_of_a_large_table_says_what_it_did_not_compare(folder, options):
    """A hundred thousand facts by counting, fifty thousand with their rank, near-equal labels and
    page included. Labels of letters only are the worst case for the search of neighbours."""
    rng = Random(1)
    names = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=10)) for _ in range(50_000)]
    with Path("big.csv").open("w") as file:
        file.write("key,query,value\n")
        for i, key in enumerate(names):
            file.write(f"{key},r{i % 10},{names[rng.randrange(25_000)]}\n")
            file.write(f"{key},s{i % 7},s{i % 7} {names[rng.randrange(300)]}\n")
    if options[0] != "--counting":  # of relations that share values at random the rank is dear
        lines = Path("big.csv").read_text().splitlines(keepends=True)
        Path("big.csv").write_text("".join(line for line in lines if ",r" not in line))
    run = [sys.executable, "-m", "factrank", "audit", "big.csv", "--html", "big.html", *options]
    done = subprocess.run(run, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stderr) == (0, "")
    assert "not every pair" in done.stdout
    assert Path("big.html").stat().st_size < 1_000_000
