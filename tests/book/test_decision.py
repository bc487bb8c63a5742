"""The page for a decision: each typed number stands in a record, each command does as it says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from companion.entrance import spend
from factrank import read
from factrank.practice.cleaning.decisions import RULES

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "book" / "decision.md").read_text(encoding="utf-8")
PRACTITIONERS = (ROOT / "book" / "practitioners.md").read_text(encoding="utf-8")
CODE, ROLE = re.compile(r"`([^`\n]+)`"), re.compile(r"\{[\w:]+\}`[^`]*`")
MOST_WORDS = 950


def trained() -> tuple[str, ...]:
    """Facts recalled, of how many, the width, numbers in all and in the heads.

    As tests/book/test_practitioners.py finds them.
    """
    numbers = re.search(r"has ([\d,]+) trained numbers\. Only (\d+) of them", PRACTITIONERS)
    count, every = re.search(r"^recalled (\d+) of (\d+) facts", PRACTITIONERS, re.M).groups()
    (width,) = re.findall(r"where training made do with (\d+)\.", PRACTITIONERS)
    return count, every, width, *numbers.groups()


def narrower() -> str:
    """How many relations choose between two answers where a narrower value-output width wins."""
    rows = yaml.safe_load((ROOT / "book" / "claims" / "practice.yml").read_text("utf-8"))["rows"]
    (note,) = (row["note"] for row in rows if row["id"] == "try-small")
    return re.search(r"where (\d+) relations share two values narrower wins", note)[1]


def ceiling() -> str:
    """The share of the pooled countries that one answer a question can recall."""
    facts = read("library:countries").facts
    return f"{len({(key, query) for key, query, _ in facts}) / len(facts):.2%}"


def test_every_typed_number_is_that_of_its_record():
    count, every, width, numbers, heads = trained()
    said = [
        f"{ceiling()} is the most",
        f"{count} of {every} facts, at a total width of {width}.",
        f"Of its {numbers} trained numbers {heads} are in the heads",
        f"Where {narrower()} relations choose between two answers",
    ]
    text = ROLE.sub("", PAGE)
    for sentence in said:
        assert text.count(sentence) == 1, sentence
        text = text.replace(sentence, "")
    text = text.replace("--require 1", "")  # an option: all of the facts
    assert re.findall(r"\d[\d.,]*", text) == []


def test_where_the_advice_fails_it_fails_in_the_record():
    told, width = spend.numbers(), spend.widths(2)
    assert width[1][0] == 2 and width[2][0] == width[2][1]  # two for looking; half and half
    assert spend.mean(2, 1, values=4) < spend.mean(2, 2, values=4)
    lost = [kind for kind, _, sign in spend.contrasts(0, 2) if sign < 0]
    assert lost and all(heads <= 2 for *_, heads in lost)
    assert told["mirror_worse"] == "no" and told["few_values"] == "four"


def test_each_sentence_for_a_meeting_has_its_limit_and_its_place():
    table = PAGE.partition("| you may say |")[2].partition("\n\n")[0].splitlines()[2:]
    assert len(table) == 6
    for line in table:
        _, says, limit, where, _ = line.split("|")
        assert re.search(r"\d|\{told\}", says) and len(limit.split()) >= 5
        (place,) = re.fullmatch(r" \{doc\}`(/?[\w/]+)` ", where).groups()
        assert (ROOT / "book" / f"{place}.md").exists() or (ROOT / f"{place[1:]}.md").exists()


def test_a_minute_or_five_to_read():
    text = re.sub(r"\||-{3,}", " ", ROLE.sub("1", PAGE))
    assert len(text.split()) <= MOST_WORDS


def test_the_commands_options_and_rules_are_there(run):
    checked, commands = 0, set()
    for line in ROLE.sub("", PAGE).splitlines():
        for code in CODE.findall(line):
            if code.startswith("factrank "):
                last, *options = code.split()[1:]
                help_ = run(last, "--help")[1]
                commands.add(last)
            elif code.startswith("--"):
                options = [code.split()[0]]
            else:
                continue
            for option in (it for it in options if it.startswith("--")):
                assert f"{option} " in help_, f"{last} {option}"
                checked += 1
    assert checked == 3
    assert commands == {"audit", "normalize", "plan", "try", "train", "compile", "recall", "edit"}
    assert {"merge", "prefer", "newest", "keep"} <= {*CODE.findall(PAGE)} & {*RULES}


@pytest.fixture
def logged(run, tmp_path):
    """The small table of the practitioners' page, cleaned, written into a layer and edited."""
    for name in ("places.csv", "decisions.toml"):
        text = re.search(rf":caption: {name}\n\n(.*?)```", PRACTITIONERS, re.S)[1]
        (tmp_path / name).write_text(text, encoding="utf-8")
    clean, layer = tmp_path / "clean.csv", tmp_path / "a.layer"
    decided = ("--decisions", tmp_path / "decisions.toml")
    assert run("normalize", tmp_path / "places.csv", "-o", clean, *decided)[0] == 0
    assert run("compile", clean, "-o", layer)[0] == 0
    assert run("edit", layer, "set", "Burundi", "code", "HR")[0] == 0
    return tmp_path


def test_the_logs_hold_what_was_done_and_neither_person_nor_time(logged):
    from factrank.layer.file import load

    first, *changes = map(json.loads, (logged / "clean.csv.trail.jsonl").open(encoding="utf-8"))
    about = "format facts rows sha256_rows notes sha256_clean decisions"
    assert " ".join(first) == about
    known = {"row", "line", "decision", "rule", "before", "after", "notes", "number"}
    assert all({"before", "after"} < {*it} <= known for it in changes)
    assert any(it["after"] is None for it in changes)  # which decision left out which row
    (edit,) = load(logged / "a.layer").edits
    assert edit.keys() == {"set", "off"} and edit["set"] == ["Burundi", "code", "HR"]


def test_source_and_date_stay_with_the_row_and_a_new_layer_has_no_edits(run, logged):
    from factrank.layer.file import load

    header, row, *_ = (logged / "clean.csv").read_text(encoding="utf-8").splitlines()
    assert header.endswith(",source,date") and row.endswith(",register,2024")
    anew = logged / "new.layer"
    assert run("compile", logged / "clean.csv", "-o", anew)[0] == 0 and load(anew).edits == ()


def test_no_proposal_applies_before_somebody_says_so(run, logged):
    draft = logged / "draft.toml"
    assert run("audit", logged / "places.csv", "--decisions", draft)[0] == 0
    said = re.findall(r"^apply = (\w+)$", draft.read_text(encoding="utf-8"), re.M)
    assert said and {*said} == {"false"}
