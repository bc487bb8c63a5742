"""Reading facts: both layouts, and every fault in a sentence with its line."""

from __future__ import annotations

import csv
import io
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factrank import Database, FactrankError, read
from factrank.facts.reading.read import parse, parse_rows

TRIPLES = [("Ann", "likes", "tea"), ("Bob", "likes", "tea"), ("Ann", "has", "a cat")]
LABEL = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=6)
LABEL = LABEL.filter(lambda text: text.strip() != "" and "\ufeff" not in text)


def sentence(data, **options):
    with pytest.raises(FactrankError) as caught:
        parse(data, "f.csv", **options)
    return str(caught.value)


# ---- layouts --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header",
    ["key,query,value", "subject,predicate,object", "head,relation,tail", "Key, QUERY ,Value"],
)
def test_triple_headers(header):
    db = parse(header + "\nAnn,likes,tea\nBob,likes,tea\nAnn,has,a cat\n")
    assert db == Database.from_triples(TRIPLES)


def test_any_other_header_is_a_wide_table():
    db = parse("name,capital,currency\nNorway,Oslo,NOK\n")
    assert db.queries == ("capital", "currency")
    assert list(db.triples()) == [("Norway", "capital", "Oslo"), ("Norway", "currency", "NOK")]


def test_wide_empty_cells_are_missing_facts_and_labels_stay():
    db = parse("name,likes,has,sees\nAnn,tea,a cat,\nBob,tea, ,\nCid,,,\n")
    assert set(db.triples()) == set(TRIPLES)
    assert db.keys == ("Ann", "Bob", "Cid")
    assert db.queries == ("likes", "has", "sees")


def test_equal_text_is_one_value_across_columns_and_text_is_not_trimmed():
    db = parse("name,born,lives\nAnn,Oslo,Oslo\nBob, Oslo,Oslo\n")
    assert db.values == ("Oslo", " Oslo")


def test_duplicates_are_no_fault_and_two_values_are_two_facts():
    db = parse("key,query,value\na,r,x\na,r,x\na,r,y\n")
    assert len(db) == 2
    assert not db.functional
    assert not parse_rows("k,r\na,x\na,y\n").database().functional


def test_format_overrides_the_header():
    text = "key,query,value\na,r,x\n"
    assert parse(text, format="wide").queries == ("query", "value")
    rows = parse_rows("von,nach,was\na,r,x\n", format="triples")
    assert rows.queries == ("r",) and "the header of key, query, value" in rows.told[0]


def test_no_header():
    assert len(parse("a,r,x\nb,r,y\n", header=False)) == 2
    db = parse("a,x,y\nb,x,\n", header=False, format="wide")
    assert db.queries == ("column 2", "column 3")
    assert len(db) == 3


def test_the_corner_of_a_wide_table_may_be_empty():
    assert parse(",likes\nAnn,tea\n").queries == ("likes",)


# ---- text -----------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", ",;\t")
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_delimiters_newlines_and_bom(delimiter, newline, bom):
    rows = [("key", "query", "value"), *TRIPLES]
    text = newline.join(delimiter.join(row) for row in rows)
    assert parse(bom + text.encode()) == Database.from_triples(TRIPLES)


def test_tsv_suffix_means_tabs(tmp_path):
    path = tmp_path / "f.TSV"
    path.write_text("a,b\tr\nAnn\tx,y\n")
    assert list(read(path).triples()) == [("Ann", "r", "x,y")]


def test_a_delimiter_inside_quotes_does_not_decide():
    assert parse('"a,b,c";r\n1;x\n').queries == ("r",)


def test_quoted_cells_blank_lines_and_the_line_of_a_later_fault():
    text = 'key,query,value\n\n"A, ""B""","r\ns",x\n   \nshort,r\n'
    assert sentence(text) == "f.csv:6: found 2 cells, expected 3: key, query, value"
    db = parse(text.removesuffix("short,r\n"))
    assert list(db.triples()) == [('A, "B"', "r\ns", "x")]


@given(st.lists(st.tuples(LABEL, LABEL, LABEL), min_size=1, max_size=8), st.sampled_from(",;\t"))
def test_what_csv_writes_is_read_back(triples, delimiter):
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(["key", "query", "value"])
    writer.writerows(triples)
    assert parse(text.getvalue().encode()) == Database.from_triples(triples)


@given(st.binary(max_size=60), st.booleans(), st.sampled_from([None, "wide", "triples"]))
def test_any_bytes_give_facts_or_a_sentence(data, header, format):
    try:
        db = parse(data, "f.csv", format=format, header=header)
    except FactrankError as error:
        assert str(error).startswith("f.csv:")
        assert "found" in str(error) and "expected" in str(error)
    else:
        assert len(db) > 0


# ---- faults ---------------------------------------------------------------------------------

FAULTS = {
    b"": "f.csv:1: found no text, expected a header line and facts",
    b"\xef\xbb\xbf\n \n": "f.csv:1: found no text, expected a header line and facts",
    b'""': "f.csv:1: found no text, expected a header line and facts",
    b"key,query,value\n": "f.csv:1: found no fact, expected at least one",
    b"name,likes\nAnn,\n": "f.csv:1: found no fact, expected at least one",
    b"key,query,value\na,r,x\na,r\n": "f.csv:3: found 2 cells, expected 3: key, query, value",
    b"key,query,value\na,r,x,\n": "f.csv:2: found 4 cells, expected 3: key, query, value",
    b"key,query,value\na, ,x\n": "f.csv:2: found an empty query, expected a label",
    b"key,query,value\n,r,x\n": "f.csv:2: found an empty key, expected a label",
    b"name,r\n,x\n": "f.csv:2: found an empty key, expected a label in the first column",
    b"name,r\na\n": "f.csv:2: found 1 cell, expected 2 as in the first line",
    b"name\na\n": (
        "f.csv:1: found 1 column, expected a key column and at least one relation "
        "(parted by ','; another delimiter?)"
    ),
    b"name,r,,s\na,x,y,z\n": "f.csv:1: found an empty header cell in column 3, expected a name",
    b"name,r,s,r\na,x,y,z\n": (
        "f.csv:1: found the column name 'r' in columns 2 and 4, expected every name once"
    ),
    b"key,query,value\na,r,caf\xe9\n": (
        "f.csv:2: found the byte 0xe9, expected UTF-8 text (byte 8 of the line; --encoding cp1252 "
        "reads 'a,r,café', and if that looks wrong, it is another)"
    ),
    b"key,query,value\na,r,\0\n": "f.csv:2: found a NUL byte, expected text",
    b"\xff\xfek\0e\0y": "f.csv:1: found the byte 0x79, expected utf-16 text",
    b'key,query,value\na,r,x\nb,r,"y\nc,r,z\n': (
        "f.csv:3: found a quoted cell that never ends, expected a closing quote"
    ),
    b'key,query,value\na,r,"x"y\n': (
        "f.csv:2: found text after a closing quote, expected the next cell (double an inner quote)"
    ),
    b"key,query\na,r\n": (
        "f.csv:1: found the header key,query, expected the header key,query,value "
        "(or the format 'wide', if this is a table)"
    ),
    b'key,query,value\na,r,"' + b"x" * 140_000 + b'"\n': (
        "f.csv:2: found a cell of over 131072 characters, expected less (is a quote left open?)"
    ),
}


@pytest.mark.parametrize("data", FAULTS, ids=lambda data: repr(data[:30]))
def test_fault_sentences(data):
    assert sentence(data) == FAULTS[data]


def test_triples_need_a_header_of_three():
    found = sentence("a,b\n1,2,3\n", format="triples")
    assert found == "f.csv:1: found 2 cells, expected a header of 3: key, query, value"


def test_unknown_format():
    expected = (
        "format: expected one of triples, wide, jsonl, ntriples, turtle, json, nquads, found 'long'"
    )
    assert sentence("a,b\n", format="long") == expected


def test_all_faults_are_collected():
    lines = sentence("key,query,value\na,r\na,r,x\n,r,x\nb,s,y,z\n").split("\n")
    assert [line.split(": ")[0] for line in lines] == ["f.csv:2", "f.csv:4", "f.csv:5"]


@pytest.mark.parametrize(("count", "lines"), [(20, 20), (21, 21), (1000, 21)])
def test_at_most_twenty_faults_and_their_number(count, lines):
    found = sentence("key,query,value\n" + "a\n" * count).split("\n")
    assert len(found) == lines
    assert (found[-1] == f"f.csv: {count} faults, the first 20 shown") == (count > 20)


def test_faults_of_encoding_are_collected_too():
    found = sentence(b"key,query,value\na,r,\xff\nb,r,\0\nc,r,x\n").split("\n")
    assert [line[:7] for line in found] == ["f.csv:2", "f.csv:3"]


# ---- sources --------------------------------------------------------------------------------


def test_paths_and_library(tmp_path):
    path = tmp_path / "facts.csv"
    path.write_text("key,query,value\na,r,x\n")
    assert read(path) == read(str(path)) == Database.from_triples([("a", "r", "x")])
    assert len(read("library:example")) == 8


def test_missing_file_directory_and_odd_names(tmp_path):
    cases = {
        "nowhere.csv": "nowhere.csv: found no such file, expected a file of facts",
        "": "'': found no such file, expected a file of facts",
        "a\0b": "a\\x00b: found a file that cannot be read (embedded null byte), "
        "expected a file of facts",
        str(tmp_path): f"{tmp_path}: found a directory, expected a file of facts",
        "library:nothing": "library: found no database 'nothing', expected one of example, "
        "elements, countries, family-trees, cities, modular-addition-M (M >= 1), "
        "matrices-MxNxP, polynomials-MxN, group-NAME",
    }
    for source, expected in cases.items():
        with pytest.raises(FactrankError) as caught:
            read(source)
        assert str(caught.value) == expected


def test_a_library_name_takes_no_format():
    with pytest.raises(FactrankError, match="without format, header"):
        read("library:example", format="wide")


def test_unreadable_file(monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(FactrankError) as caught:
        read("locked.csv")
    assert str(caught.value) == (
        "locked.csv: found a file that cannot be read (Permission denied), expected a file of facts"
    )


def test_closed_standard_input(monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(FactrankError, match="stdin: found it closed"):
        read("-")


def test_many_facts_are_read_quickly():
    count = 100_000
    text = "key,query,value\n" + "".join(f"k{n % 9973},r{n % 11},v{n}\n" for n in range(count))
    started = time.process_time()
    assert len(parse(text)) == count
    assert time.process_time() - started < 5  # about 0.4 s; a quadratic loop would take minutes
