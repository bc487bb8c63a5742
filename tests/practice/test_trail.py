"""The trail of a normalization, as a person reads it."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from factrank.errors import FactrankError
from factrank.facts.reading.read import parse_rows
from factrank.practice.cleaning.decisions import parse
from factrank.practice.cleaning.normalize import normalize
from factrank.practice.cleaning.trail import table_text, trail_lines


def test_labels_stand_in_the_trail_as_they_are_written():
    rows = parse_rows("key,query,value\nZürich,Staat,Österreich\nOslo,land,Norge\n", "städte.csv")
    decisions = parse('[[decision]]\nrule = "drop"\nvalue = "Österreich"\n')
    clean = normalize(rows, decisions)
    head, change = trail_lines(rows, decisions, clean, table_text(clean.facts, (), "c.csv"))
    assert '"städte.csv"' in head and '"Österreich"' in head
    assert '"before": ["Zürich", "Staat", "Österreich"]' in change


LABELS = st.text(st.sampled_from('ab"\t\n, #'), min_size=1).filter(lambda it: it == it.strip())


@example([("a\tr\tx\nb", "r", "x")], "out.tsv")  # was two facts, of no label of this one
@given(st.lists(st.tuples(*[LABELS] * 3), min_size=1), st.sampled_from(["out.csv", "out.tsv"]))
def test_what_is_written_is_read_back(facts, path):
    text = table_text([(fact, ()) for fact in facts], (), path)
    assert [row[:3] for row in parse_rows(text, path)] == facts


@pytest.mark.parametrize(
    ("facts", "notes"),
    [
        ([("key", "query", "value"), ("a", "r", "x")], ()),
        ([("a\0", "r", "x")], ()),
        ([("a" * 140_000, "r", "x")], ()),
        ([("a", "r", "x")], ("value",)),
        ([("a", "r", "x")], ("",)),
    ],
)
def test_what_no_table_can_hold_is_not_written(facts, notes):
    with pytest.raises(FactrankError, match=r"^out\.csv: expected facts that a table can hold"):
        table_text([(fact, ["s"] * len(notes)) for fact in facts], notes, "out.csv")


def test_a_note_of_json_is_no_part_of_a_fact():
    line = '{"head": "a", "relation": "r", "tail": "x", "value": 0.9, "": "n", " Key": "k"}'
    rows = parse_rows(line, "f.jsonl")
    assert rows.notes == {"value note": ["0.9"], "note": ["n"], "key note": ["k"]}
    text = table_text([(row[:3], [*row.notes.values()]) for row in rows], [*rows.notes], "c.csv")
    assert parse_rows(text).notes == rows.notes
