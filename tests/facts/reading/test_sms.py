"""The tensor as numbers in text: there and back, and one sentence for all that is none."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factrank import FactrankError, rank_interval, read
from factrank.facts.database import Database
from factrank.facts.reading.read import parse
from factrank.facts.reading.sms import sms_lines
from tests.strategies import crowded, databases


@given(databases() | crowded())
def test_what_is_written_is_read_again(db):
    text = "".join(sms_lines(db))
    again = parse(text, name="a.sms")
    numbered = {(f"{k + 1}", f"{q + 1}", f"{v + 1}") for k, q, v in db.facts}
    assert set(again.triples()) == numbered
    assert text.splitlines()[0].split() == [*map(str, db.shape), "M"]


def test_a_file_packed_or_not_has_the_same_rank(tmp_path):
    db = Database.from_triples([("0", "0", "1"), ("0", "1", "0"), ("1", "0", "0")])
    text = "".join(sms_lines(db))
    (tmp_path / "w.sms").write_text(text.replace("\n", "\r\n") + "\n\n")
    (tmp_path / "w.sms.gz").write_bytes(gzip.compress(text.encode()))
    for name in ("w.sms", "w.sms.gz"):
        assert rank_interval(read(tmp_path / name)).lower == 3


def test_an_entry_of_zero_is_no_fact():
    db = parse("2 1 1 M\n01 1 1 1\n2 1 1 0\n0 0 0 0\n", name="a.sms")
    assert list(db.triples()) == [("1", "1", "1")]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "a.sms:1: found '', expected three sizes and M: a tensor, not a matrix"),
        ("2 2 M\n1 1 1\n0 0 0\n",
         "a.sms:1: found a matrix, expected three sizes and M: a tensor, not a matrix"),
        ("2 2 2 R\n",
         "a.sms:1: found '2 2 2 R', expected three sizes and M: a tensor, not a matrix"),
        ("2 2 2 M\n1 1 1 -1\n0 0 0 0\n",
         "a.sms:2: found '1 1 1 -1', expected four numbers: k q v entry"),
        ("2 2 2 M\n1 1 1\n0 0 0 0\n",
         "a.sms:2: found '1 1 1', expected four numbers: k q v entry"),
        ("2 2 2 M\n1 1 1 1/2\n0 0 0 0\n",
         "a.sms:2: found '1 1 1 1/2', expected four numbers: k q v entry"),
        ("2 2 2 M\n1 1 1 2\n0 0 0 0\n",
         "a.sms:2: found the entry 2, expected 0 or 1: a tensor of facts"),
        ("2 2 2 M\n1 3 1 1\n0 0 0 0\n",
         "a.sms:2: found '1 3 1 1', expected indices from 1 to '2 2 2'"),
        ("2 2 2 M\n0 1 1 1\n0 0 0 0\n",
         "a.sms:2: found '0 1 1 1', expected indices from 1 to '2 2 2'"),
        ("2 2 2 M\n1 1 1 1\n1 1 1 1\n0 0 0 0\n",
         "a.sms:3: found the cell '1 1 1' again, expected each once"),
        ("2 2 2 M\n1 1 1 1\n", "a.sms:3: found the end, expected a line 0 0 0 0 before it"),
        ("2 2 2 M\n0 0 0 0\n1 1 1 1\n",
         "a.sms:3: found '1 1 1 1' after the line of zeros, expected the end"),
        ("2 2 2 M\n0 0 0 0\n", "a.sms:1: found no fact, expected at least one"),
    ],
)  # fmt: skip
def test_what_is_no_tensor_of_facts_is_one_sentence(text, sentence):
    with pytest.raises(FactrankError) as error:
        parse(text, name="a.sms")
    assert str(error.value) == sentence


def test_it_has_no_columns():
    with pytest.raises(FactrankError, match="for tables only, found a tensor in SMS"):
        parse("1 1 1 M\n1 1 1 1\n0 0 0 0\n", name="a.sms", delimiter="tab")


@given(st.text(max_size=30) | st.text("0123 M\n-/", max_size=40))
def test_no_text_makes_the_reader_stumble(text):
    try:
        found = parse(text, name="a.sms")
    except FactrankError:
        return
    assert found.facts and set("".join(found.keys)) <= set("0123456789")


def test_the_command_writes_what_it_reads_again(run, tmp_path):
    to = tmp_path / "example.sms"
    status, first, _ = run("rank", "library:example", "--write-sms", to)
    assert (status, to.read_text().splitlines()[0]) == (0, "5 3 4 M")
    read_again = run("rank", to)[1]
    assert "rank is exactly 5 over R" in first and "rank is exactly 5 over R" in read_again
    status, _, told = run("rank", "library:example", "--write-sms", to)
    assert status == 2 and "example.sms" in told  # what is there stays, without --force
