"""Decisions: what a file may say, what each rule does, and that every change can be taken back."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factrank import FactrankError
from factrank.facts.reading.read import parse_rows, read_rows
from factrank.practice.cleaning import draft as drafting
from factrank.practice.cleaning.decisions import RULES, Decisions, load, parse
from factrank.practice.cleaning.draft import draft, text
from factrank.practice.cleaning.normalize import normalize, rows_digest
from factrank.practice.cleaning.trail import table_text, trail_lines, undo
from factrank.practice.findings.counted import audit

FACTS = """\
key,query,value,source,date
Oslo,country,Norway,old,2019
Oslo,country,norway,new,2024-05
Oslo,mayor,Ann,old,2019-01-02
Oslo,mayor,Bob,new,2023-11-30
Rome,country,Italy,old,2019
Rome,country,Italy,new,2024
Rome,mayor,n/a,new,
Paris,mayor,Cid,old,
"""


def block(rule, **fields):
    lines = ["[[decision]]", f'rule = "{rule}"']
    for name, value in fields.items():
        lines.append(f"{name} = {json.dumps(value, ensure_ascii=False)}")
    return "\n".join(lines) + "\n"


def clean(*blocks, facts=FACTS):
    return normalize(parse_rows(facts, "f.csv"), parse("".join(blocks), "d.toml"))


def triples(found):
    return [labels for labels, _ in found.facts]


# ---- the rules ------------------------------------------------------------------------------


def test_without_an_applied_decision_only_repeats_go():
    found = clean("[[decision]]\napply = false\nrule = 'drop'\nkey = 'Oslo'\n")
    assert len(found.facts) == 7
    assert [(c.line, c.rule, c.after) for c in found.changes] == [(7, "repeat", None)]
    assert found.several == (2, 2)


def test_merge():
    found = clean(block("merge", mode="value", labels=["Norway", "norway"], into="Norway"))
    assert ("Oslo", "country", "norway") not in triples(found)
    assert found.counts(1) == (1, 0)
    assert found.counts(0) == (0, 2)  # that made Oslo's two lines one fact
    change = found.changes[0]
    assert (change.line, change.before[2], change.after[2]) == (3, "norway", "Norway")
    found = clean(block("merge", mode="key", labels=["Paris"], into="Oslo"))
    assert found.several[1] == 2 and found.empty == (0, 0)
    found = clean(block("merge", mode="query", labels=["mayor"], into="mayor of"))
    assert {q for _, q, _ in triples(found)} == {"country", "mayor of"}


def test_merge_values_under_one_query_only():
    facts = "key,query,value\na,r,x\nb,s,x\n"
    merge = block("merge", mode="value", labels=["x"], into="y", query="s")
    assert triples(clean(merge, facts=facts)) == [("a", "r", "x"), ("b", "s", "y")]


def test_keep():
    found = clean(block("keep", key="Oslo", query="mayor", value="Bob"))
    assert ("Oslo", "mayor", "Ann") not in triples(found)
    assert found.several == (2, 1)


def test_prefer():
    found = clean(block("prefer", sources=["new", "old"]))
    assert ("Oslo", "mayor", "Bob") in triples(found) and found.several == (2, 0)
    assert ("Paris", "mayor", "Cid") in triples(found)  # not contested: it stays
    found = clean(block("prefer", sources=["old"], query="country"))
    assert ("Oslo", "country", "Norway") in triples(found) and found.several == (2, 1)


def test_prefer_keeps_all_values_of_the_preferred_source_and_agreeing_lines():
    facts = "key,query,value,source\na,r,x,s\na,r,y,s\na,r,z,t\na,r,x,t\n"
    found = clean(block("prefer", sources=["s"]), facts=facts)
    assert [c.line for c in found.changes if c.decision == 1] == [4]
    assert triples(found) == [("a", "r", "x"), ("a", "r", "y")]


def test_newest_by_date_and_by_line():
    found = clean(block("newest"))
    assert {("Oslo", "mayor", "Bob"), ("Oslo", "country", "norway")} <= set(triples(found))
    facts = "key,query,value\na,r,x\na,r,y\na,r,x\nb,r,x\nb,r,y\n"
    found = clean(block("newest"), facts=facts)  # without dates the last line is the newest
    assert triples(found) == [("a", "r", "x"), ("b", "r", "y")]


def test_dates_are_compared_as_dates_and_must_be_some():
    facts = "key,query,value,date\na,r,x,2024-05-31\na,r,y,31.5.2025\n"
    with pytest.raises(FactrankError) as caught:
        clean(block("newest"), facts=facts)
    assert str(caught.value) == (
        "d.toml:1: decision 1: expected dates written 2024, 2024-05 or 2024-05-31 for newest by "
        "date, found '31.5.2025' in f.csv:3"
    )


def test_drop():
    assert len(clean(block("drop", value="n/a")).facts) == 6
    assert clean(block("drop", source="old", query="mayor")).counts(1) == (0, 2)
    found = clean(block("drop", key="Paris"))
    assert found.empty == (1, 0)
    old = block("drop", source="old")
    found = clean(old, old)  # the second finds all done
    assert (found.counts(1), found.counts(2)) == ((0, 4), (0, 0))
    with pytest.raises(FactrankError, match="expected a row of the facts, found none that is"):
        clean(old, block("drop", source="older"))


@pytest.mark.parametrize(
    ("decision", "told"),
    [
        (
            block("merge", mode="value", labels=["Ann", "Bob"], into="Cid"),
            "merge value Ann, Bob into Cid",
        ),
        (
            block("merge", mode="value", labels=["Ann"], into="Cid", query="born"),
            "merge value Ann into Cid under born",
        ),
        (block("keep", key="Ann", query="born", value="Rome"), "keep Ann born Rome"),
        (block("prefer", sources=["s", "t"]), "prefer s, then t"),
        (block("prefer", sources=["s"], query="r"), "prefer s under r"),
        (block("newest"), "newest"),
        (block("newest", by="date", query="r"), "newest by date under r"),
        (block("drop", key="a", source="s"), "drop key a, source s"),
    ],
)
def test_a_decision_is_told_in_words(decision, told):
    (found,) = parse(decision).apply
    assert str(found) == told


def test_decisions_work_on_what_those_before_left():
    merge = block("merge", mode="value", labels=["norway"], into="Norway")
    assert clean(merge, block("drop", value="Norway")).counts(2) == (0, 2)
    assert clean(merge, block("drop", value="norway")).counts(2) == (0, 0)  # merged away by now
    twice = [block("keep", key="Oslo", query="mayor", value=name) for name in ("Ann", "Bob")]
    with pytest.raises(FactrankError) as caught:
        clean(*twice)
    assert str(caught.value) == (
        "d.toml:6: decision 2: expected a value of the pair ('Oslo', 'mayor'), found none that is "
        "'Bob', which an earlier decision took away"
    )


NOT_THERE = [
    (block("merge", mode="key", labels=["Lima"], into="Oslo"),
     "expected a key of the facts, found none that is 'Lima'"),
    (block("merge", mode="value", labels=["Ann"], into="A", query="country"),
     "expected a value of the facts under the query 'country', found none that is 'Ann'"),
    (block("keep", key="Lima", query="mayor", value="Ann"),
     "expected a pair (key, query) of the facts, found none that is ('Lima', 'mayor')"),
    (block("keep", key="Oslo", query="mayor", value="Cid"),
     "expected a value of the pair ('Oslo', 'mayor'), found none that is 'Cid'"),
    (block("prefer", sources=["odl"]), "expected a source of the facts, found none that is 'odl'"),
    (block("newest", query="mayr"), "expected a query of the facts, found none that is 'mayr'"),
    (block("drop", key="Oslo", value="Cid"),
     "expected a row of the facts, found none that is {'key': 'Oslo', 'value': 'Cid'}"),
]  # fmt: skip


@pytest.mark.parametrize(("decision", "sentence"), NOT_THERE)
def test_what_is_not_there_gets_a_sentence(decision, sentence):
    with pytest.raises(FactrankError) as caught:
        clean(decision)
    assert str(caught.value) == f"d.toml:1: decision 1: {sentence}"


@pytest.mark.parametrize(
    ("decision", "sentence"),
    [
        (block("prefer", sources=["a"]), "facts with a column source for the rule prefer"),
        (block("drop", source="a"), "facts with a column source to drop one"),
        (block("newest", by="date"), "facts with a column date for the rule newest by date"),
    ],
)
def test_a_column_that_is_missing_gets_a_sentence(decision, sentence):
    with pytest.raises(FactrankError, match=sentence):
        clean(decision, facts="key,query,value\na,r,x\n")


def test_a_table_that_would_be_empty_is_refused():
    with pytest.raises(FactrankError, match=r"expected that some fact stays, found none left"):
        clean(block("drop", key="a"), facts="key,query,value\na,r,x\n")


# ---- the file -------------------------------------------------------------------------------

BROKEN = {
    "": "d.toml: expected at least one [[decision]] block, found none",
    "decision = 3": "d.toml: expected at least one [[decision]] block, found none",
    "decision = [3]": "d.toml: decision 1: expected a block of fields, found 3",
    "x = 1": "d.toml: expected version, facts, sha256 and [[decision]] blocks, found 'x'",
    "version = 2\n[[decision]]\n": "d.toml: expected version 1, found 2",
    "version = true\n[[decision]]\n": "d.toml: expected version 1, found True",
    "version = 1.0\n[[decision]]\n": "d.toml: expected version 1, found 1.0",
    "\n" + "a." * 20_000 + "a = 1": "d.toml:2: expected TOML, found a key of very many names",
    "[[decision]]\nx = {'a'" + ' . "b"' * 20_000 + " = 1}": "d.toml:2: expected TOML, found a key "
    "of very many names",
    "sha256 = 5\n[[decision]]\n": "d.toml: expected sha256 as a text, found 5",
    "[[decision]]\nrule =": "d.toml: expected TOML, found: Invalid value (at end of document)",
    "\n[[decision]\n": "d.toml:2: expected TOML, found: Expected ']]' at the end of an array "
    "declaration",
    "[[decision]]\n": "d.toml:1: decision 1: expected a rule among merge, keep, prefer, newest, "
    "drop, found none",
    "\n[[decision]]\nrule = 'guess'\n": "d.toml:2: decision 1: expected a rule among merge, keep, "
    "prefer, newest, drop, found 'guess'",
    "[[decision]]\nrule = ['drop']\n": "d.toml:1: decision 1: expected a rule among merge, keep, "
    "prefer, newest, drop, found ['drop']",
    "[[decision]]\nrule = 'drop'\n": "d.toml:1: decision 1: expected at least one of key, query, "
    "value, source for the rule drop, found none",
    "[[decision]]\nrule = 'drop'\nkey = 5\n": "d.toml:1: decision 1: expected key as a text that "
    "is not empty, found 5",
    "[[decision]]\nrule = 'drop'\nkye = 'a'\n": "d.toml:1: decision 1: expected for the rule drop "
    "the fields key, query, value, source, found 'kye'",
    "[[decision]]\nrule = 'keep'\nkey = 'a'\n": "d.toml:1: decision 1: expected the field 'query' "
    "for the rule keep, found none",
    "[[decision]]\nrule = 'prefer'\nsources = []\n": "d.toml:1: decision 1: expected sources as a "
    "list of different texts, found []",
    "[[decision]]\nrule = 'prefer'\nsources = ['a', 'a']\n": "d.toml:1: decision 1: expected "
    "sources as a list of different texts, found ['a', 'a']",
    "[[decision]]\nrule = 'newest'\nby = 'luck'\n": "d.toml:1: decision 1: expected by as one of "
    "date, line, found 'luck'",
    "[[decision]]\nrule = 'newest'\napply = 'yes'\n": "d.toml:1: decision 1: expected apply = true "
    "or apply = false, found 'yes'",
    block("merge", mode="row", labels=["a"], into="b"): "d.toml:1: decision 1: expected mode as "
    "one of key, query, value, found 'row'",
    block("merge", mode="key", labels=["b"], into="b"): "d.toml:1: decision 1: expected a label "
    "other than that to merge into, found ['b']",
    block("merge", mode="key", labels=["a"], into=" "): "d.toml:1: decision 1: expected into as a "
    "text that is not empty, found ' '",
    block("merge", mode="key", labels=["a"], into="b", query="r"): "d.toml:1: decision 1: expected "
    "query only beside mode = \"value\", found mode = 'key'",
    "[[decision]]\nrule = 'drop'\nkey = \"a\\u0000\"\n": "d.toml:1: decision 1: expected key "
    "without a NUL character, found 'a\\x00'",
}  # fmt: skip


@pytest.mark.parametrize("written", BROKEN)
def test_a_broken_file_gets_a_sentence_with_its_line(written):
    with pytest.raises(FactrankError) as caught:
        parse(written, "d.toml")
    assert str(caught.value) == BROKEN[written]


def test_a_label_of_very_many_dots_is_a_label():
    label = "1." * 300
    (found,) = parse(block("merge", mode="key", labels=[label], into="b")).apply
    assert found.fields["labels"] == [label]


def test_a_file_that_cannot_be_read_gets_a_sentence(tmp_path):
    with pytest.raises(FactrankError, match=r"expected a file of decisions, found: no such file"):
        load(str(tmp_path / "none.toml"))
    with pytest.raises(FactrankError, match=r"expected a file of decisions, found: Is a directory"):
        load(str(tmp_path))
    (tmp_path / "b.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(FactrankError, match=r"expected UTF-8 text"):
        load(str(tmp_path / "b.toml"))


@given(st.text(max_size=80) | st.sampled_from(sorted(BROKEN)).flatmap(
    lambda s: st.builds(lambda i, c: s[:i] + c + s[i:], st.integers(0, len(s)), st.text(max_size=3))
))  # fmt: skip
def test_any_text_is_decisions_or_one_sentence(written):
    try:
        assert isinstance(parse(written), Decisions)
    except FactrankError as error:
        assert "expected" in str(error)


def test_decisions_drafted_from_other_facts_are_refused():
    rows = parse_rows(FACTS, "f.csv")
    other = parse_rows(FACTS.replace("Cid", "Dan"), "g.csv")
    decisions = parse(f'sha256 = "{rows_digest(rows)}"\n' + block("drop", key="Paris"), "d.toml")
    assert normalize(rows, decisions).counts(1) == (0, 1)
    with pytest.raises(FactrankError, match=r"from these facts, found the sha256 of others"):
        normalize(other, decisions)


# ---- the draft ------------------------------------------------------------------------------

LABEL = st.text(
    st.characters(codec="utf-8", exclude_characters="\0") | st.sampled_from('"\\\r\n=,;\t\x7f<'),
    min_size=1,
    max_size=6,
).filter(str.strip)


@given(LABEL)
def test_any_label_is_written_and_read_alike(label):
    (decision,) = parse(f"[[decision]]\nrule = 'drop'\nkey = {text(label)}\n").apply
    assert decision.fields == {"key": label}


@settings(max_examples=60)
@given(st.lists(st.tuples(LABEL, LABEL, LABEL, LABEL), min_size=1, max_size=8))
def test_a_draft_is_a_file_of_decisions_that_changes_nothing(facts):
    rows = parse_rows(written(facts, ["source"]), "f.csv")
    drafted = draft(rows, audit(rows))
    if "\n[[decision]]\n" not in drafted:
        return
    found = parse(drafted, "d.toml")
    assert found.apply == () and found.written and found.sha256 == rows_digest(rows)
    assert normalize(rows, found).counts(0)[1] == len(facts) - len({f[:3] for f in facts})


def test_a_draft_of_countries_applied_whole_settles_every_pair():
    rows = read_rows("library:countries")
    drafted = draft(rows, audit(rows))
    applied = parse(drafted.replace("apply = false", "apply = true"), "d.toml")
    assert {decision.rule for decision in applied.apply} == set(RULES)
    assert normalize(rows, applied).several[1] == 0


def test_a_draft_says_which_line_is_the_newest():
    lines = "key,query,value\na,r,x\na,r,y\n"
    dates = "key,query,value,date\na,r,x,2024\na,r,y,2023\n"
    for facts, by, why in ((lines, "line", "the last line"), (dates, "date", "the newest date")):
        rows = parse_rows(facts, "f.csv")
        told = draft(rows, audit(rows))
        assert f'by = "{by}"' in told and f"# {why} wins" in told


def test_a_draft_does_not_join_labels_that_contradict_each_other():
    rows = read_rows("library:countries")
    merges = [d.fields for d in parse(draft(rows, audit(rows)).replace("= false", "= true")).apply
              if d.rule == "merge"]  # fmt: skip
    groups = [set(fields["labels"]) for fields in merges]
    assert {"Eswatini", "Swaziland"} in groups
    assert not any({"Cocos Islands", "Cook Islands"} <= group for group in groups)


# ---- the trail ------------------------------------------------------------------------------


def written(facts, notes):
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([["key", "query", "value", *notes], *facts])
    return out.getvalue()


@st.composite
def decided(draw):
    """Facts with a source and some decisions that fit them."""
    label = st.sampled_from(["a", "b", "a\rb", 'c"', "=d()", "é\n", "x,y;z\t"])
    source = st.sampled_from(["s", "t", ""])
    facts = draw(st.lists(st.tuples(label, label, label, source), min_size=1, max_size=10))
    blocks = []
    for _ in range(draw(st.integers(0, 4))):
        k, q, v, s = draw(st.sampled_from(facts))
        into = draw(st.sampled_from(["b", "new", "a\rb"]))
        blocks.append(draw(st.sampled_from([
            block("merge", mode="key", labels=[k], into=into if into != k else "k"),
            block("merge", mode="value", labels=[v], into=into if into != v else "v", query=q),
            block("keep", key=k, query=q, value=v),
            block("prefer", sources=[s]),
            block("newest", by="line"),
            block("drop", key=k, value=v),
            block("drop", source=s, query=q),
        ])))  # fmt: skip
    return facts, "".join(blocks) or block("newest", by="line")


@settings(max_examples=200)
@given(case=decided(), name=st.sampled_from(["c.csv", "c.tsv"]))
def test_every_normalization_can_be_undone_exactly(case, name, tmp_path_factory):
    facts, blocks = case
    rows = parse_rows(written(facts, ["source"]), "f.csv")
    decisions = parse(blocks)
    try:
        found = normalize(rows, decisions)
    except FactrankError:
        return  # an earlier decision took what this one needs
    folder = tmp_path_factory.mktemp("undo")
    out = folder / name
    clean_text = table_text(found.facts, found.notes, str(out))
    out.write_text(clean_text, encoding="utf-8", newline="")
    lines = list(trail_lines(rows, decisions, found, clean_text))
    (folder / "trail").write_text("".join(lines), encoding="utf-8", newline="")
    back, number = undo(str(out), str(folder / "trail"), "back.csv")
    assert number == len(facts)
    assert rows_digest(parse_rows(back, "back.csv")) == rows_digest(rows)
    assert set(parse_rows(clean_text, name, format="triples").database().triples()) == {
        labels for labels, _ in found.facts
    }
    assert len({labels for labels, _ in found.facts}) == len(found.facts)
    # every row is told: it stands in the clean table or the trail says why not
    gone = {change.row for change in found.changes if change.after is None}
    assert len(gone) + len(found.facts) == len(facts)


@pytest.fixture
def undone(tmp_path):
    """A clean table and its trail, as files."""
    rows = parse_rows(FACTS, "f.csv")
    decisions = parse(block("drop", value="n/a") + block("merge", mode="key", labels=["Rome"],
                                                         into="Roma"))  # fmt: skip
    found = normalize(rows, decisions)
    text = table_text(found.facts, found.notes, "c.csv")
    (tmp_path / "c.csv").write_text(text, encoding="utf-8", newline="")
    (tmp_path / "t").write_text("".join(trail_lines(rows, decisions, found, text)), "utf-8")
    return tmp_path


def back(folder):
    return undo(str(folder / "c.csv"), str(folder / "t"), "b.csv")[0]


def test_undo_gives_the_rows_with_their_notes(undone):
    assert back(undone) == FACTS


def test_undo_refuses_a_table_changed_since(undone):
    path = undone / "c.csv"
    path.write_text(path.read_text("utf-8").replace("Cid", "Dan"), "utf-8")
    with pytest.raises(FactrankError, match=r"found a file that is another or was changed since"):
        back(undone)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('"factrank trail 1"', '"diary"', "expected an audit trail"),
        ('{"row": 6', '{"row": 66', "expected a row below 8, found 66"),
        ('{"row": 6', '{"row": -1', "expected a row below 8, found -1"),
        ('{"row": 6', '{"row": "6"', "expected row as int, found '6'"),
        ('{"row": 6', '{"row": true', "expected row as int, found True"),
        ('{"row": 6', '{"row": 5', "expected"),
        ('"before": ["Rome", "mayor", "n/a"]', '"before": ["Rome", "mayor", "x"]',
         "expected changes that lead back to 'f.csv', found others"),
        ('"before": ["Rome", "mayor", "n/a"]', '"before": ["Rome"]', "before and after of a fact"),
        ('"before": ["Rome", "mayor", "n/a"]', '"before": [1, 2, 3]', "expected a list of texts"),
        ('"after": null', '"afters": null', "expected before and after of a fact"),
        ('"after": ["Roma", "country"', '"after": ["Oslo", "country"',
         "expected the row as the change left it"),
        ('"rows": 8', '"rows": 9', "expected 6 rows to stay, found 7"),
        ('{"row": 6', '[{"row": 6', "expected JSON"),
        ('{"row": 6', '{"row": 5, "row": 6', "expected JSON, found: a name twice in one object"),
        ('"rows": 8', '"rows": 9, "rows": 8', "expected JSON, found: a name twice in one object"),
        ('{"row": 6', '7 {"row": 6', "expected JSON"),
    ],
)  # fmt: skip
def test_a_broken_trail_gets_a_sentence(undone, old, new, sentence):
    path = undone / "t"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(FactrankError, match=sentence):
        back(undone)


def test_an_absent_or_empty_trail_gets_a_sentence(undone):
    (undone / "t").write_text("", "utf-8")
    with pytest.raises(FactrankError, match=r"expected an audit trail, .* found no line"):
        back(undone)
    (undone / "t").unlink()
    with pytest.raises(FactrankError, match=r"expected an audit trail, found: no such file"):
        back(undone)


def test_a_draft_of_nothing_to_decide_says_so_and_shows_a_block():
    rows = parse_rows("key,query,value\na,r,x\nb,s,y\n", "f.csv")
    told = draft(rows, audit(rows))
    assert "nothing to decide" in told and '# rule = "drop"' in told


@pytest.mark.parametrize("more", [0, 1])
def test_a_draft_counts_the_pairs_it_does_not_list(more, monkeypatch):
    monkeypatch.setattr(drafting, "MOST", 2)
    facts = "".join(f"k{n},r,x\nk{n},r,y\n" for n in range(2 + more))
    rows = parse_rows("key,query,value\n" + facts, "f.csv")
    told = draft(rows, audit(rows))
    assert told.count('rule = "keep"') == 2
    assert ("more pair" in told) == bool(more) == ("# and 1 more pair with" in told)


@pytest.mark.parametrize(
    "date",
    [
        "\uff12\uff10\uff12\uff14",
        "\u0662\u0660\u0662\u0664",
        "2024-99-99",
        "2024-00",
        "2024-13-01",
        "2024-01-32",
    ],
)
def test_a_date_of_other_digits_or_none_at_all_is_refused(date):
    facts = f"key,query,value,date\na,r,x,2024-05-31\na,r,y,{date}\n"
    with pytest.raises(FactrankError, match="expected dates written 2024, 2024-05 or 2024-05-31"):
        clean(block("newest"), facts=facts)


def test_a_key_that_is_gone_is_counted_whatever_else_of_it_was_relabelled():
    facts = "key,query,value\nOslo,in,norway\nOslo,pop,1\nRome,in,Norway\nRome,pop,2\n"
    merge = block("merge", mode="value", labels=["norway"], into="Norway")
    for decisions in (block("drop", key="Oslo"), merge + block("drop", key="Oslo")):
        assert clean(decisions, facts=facts).empty == (1, 0)


def test_decisions_may_begin_with_a_mark_of_their_encoding(tmp_path):
    path = tmp_path / "d.toml"
    path.write_text(block("drop", key="Oslo"), encoding="utf-8-sig")
    assert len(load(path).apply) == 1
