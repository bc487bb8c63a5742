"""What is cleared of a table's text before it is read, and text in other encodings."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factrank import FactrankError
from factrank.facts.reading import cells
from factrank.facts.reading.mend import without_empty, without_quotes
from factrank.facts.reading.read import parse_rows


def facts(text, name="f.csv", **options):
    return [row[:4] for row in parse_rows(text, name, **options)]


def told(text, name="f.csv", **options):
    return parse_rows(text, name, **options).told


def sentence(data, name="f.csv", **options):
    with pytest.raises(FactrankError) as caught:
        parse_rows(data, name, **options)
    return str(caught.value)


# ---- quotes that mean nothing ---------------------------------------------------------------

BENCHMARK = 'Ann\tsays\t"tea\nBob\tsays\tx\n"Cid" B\tsays\tmilk"\nDan\tsays\t5" disc\n'


@pytest.mark.parametrize("name", ["train.txt", "f.tsv", "f"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_bare_quote_swallows_no_line(name, end):
    text = BENCHMARK.replace("\n", end)
    assert facts(text, name) == [
        ("Ann", "says", '"tea', 1), ("Bob", "says", "x", 2), ('"Cid" B', "says", 'milk"', 3),
        ("Dan", "says", '5" disc', 4),
    ]  # fmt: skip
    assert told(text, name)[0] == (
        f"{name}: read quotes as they stand, as one begins a cell of line 1 and ends none (as csv "
        "reads them, they would join or part cells)"
    )
    assert facts(text.encode(), name) == facts(text, name)


def test_quotes_that_hide_the_tabs_of_the_first_line():
    text = 'a5"\tr\tb"b\nc\tr\td\ne\tr\t"f\n'
    assert facts(text, "train.txt", header=False) == [
        ('a5"', "r", 'b"b', 1), ("c", "r", "d", 2), ("e", "r", '"f', 3)
    ]  # fmt: skip
    assert facts('"a\tb",r\n"c\td",x\n', "f.csv") == [("c\td", "r", "x", 2)]


def test_quotes_of_csv_between_tabs_stay_quotes_of_csv():
    assert facts('key\tquery\tvalue\n"a\tb"\tr\t"x ""y"""\n') == [("a\tb", "r", 'x "y"', 2)]
    assert facts('key\tquery\tvalue\n"a\nb"\tr\tx\n') == [("a\nb", "r", "x", 2)]
    # two lines with as many tabs as the others, inside one cell: all of the header is quoted
    text = '"key"\t"query"\t"value"\n"a\t\t\nb\t\t"\t"r"\t"x"\n'
    assert facts(text) == [("a\t\t\nb\t\t", "r", "x", 2)]


CELL = st.text(st.sampled_from('ab" '), min_size=1, max_size=4).filter(str.strip)


@given(st.lists(st.tuples(CELL, st.just("r"), CELL), min_size=2, max_size=6))
def test_tabbed_lines_are_told_apart_by_tabs_alone(rows):
    """Unless every cell that begins with a quote ends with its own, as csv writes it."""
    text = "".join("\t".join(row) + "\n" for row in rows)
    mended, line = without_quotes(text)
    read = list(csv.reader(io.StringIO(mended), delimiter="\t", strict=True))
    if line:
        assert read == [list(row) for row in rows]
    else:
        assert mended == text and len(read) == len(rows)


@given(st.lists(st.tuples(*[st.text(st.sampled_from('a"\t\n\r,'), max_size=5)] * 3), min_size=1))
def test_what_csv_writes_with_quotes_around_all_is_never_taken_apart(rows):
    out = io.StringIO()
    csv.writer(out, delimiter="\t", quoting=csv.QUOTE_ALL).writerows([["k", "q", "v"], *rows])
    assert without_quotes(out.getvalue()) == (out.getvalue(), None)


# ---- columns without a name or a cell -------------------------------------------------------


@pytest.mark.parametrize("between", [",", ";", "\t", "|"])
def test_a_delimiter_at_the_end_of_every_line(between):
    text = 'key,query,value,,\na,r,"x\ny",,\n\nb,r,z,,\nc,r,w\n'.replace(",", between)
    options = {"delimiter": "|"} if between == "|" else {}
    assert facts(text, **options) == [
        ("a", "r", "x\ny", 2), ("b", "r", "z", 5), ("c", "r", "w", 6)
    ]  # fmt: skip
    assert told(text, **options) == ("f.csv: left out the last 2 columns, empty in every line",)


def test_what_is_left_of_the_first_line_does_not_choose_another_delimiter():
    text = "name, full;size, m;;\nAnn, A;1, 2;;\n"
    assert facts(text) == [("Ann, A", "size, m", "1, 2", 2)]


def test_a_last_column_of_empty_quotes_is_empty():
    assert facts('"key","query","value",""\n"a","r","x",""\n') == [("a", "r", "x", 2)]


def test_benchmark_lines_that_end_in_a_tab_are_triples():
    text = "a\tr\tx\t\nb\tr\ty\t\n"
    assert facts(text, "train.txt") == [("a", "r", "x", 1), ("b", "r", "y", 2)]
    assert facts(text, "train.txt", header=False) == facts(text, "train.txt")


def test_a_column_with_a_name_or_one_cell_stays():
    assert parse_rows("name,r,s\na,x,\n").queries == ("r", "s")
    assert "empty header cell in column 4" in sentence("key,query,value,\na,r,x,y\n")
    assert without_empty("a,b,\n1,2,\n3,4,5\n", ",")[1] == 0


# ---- the first lines --------------------------------------------------------------------------


def test_comments_at_the_top():
    text = "# made in 2020, by us, for all\n#\n\nkey,query,value\na,r,#x\n"
    assert facts(text) == [("a", "r", "#x", 5)]
    assert told(text) == ("f.csv: passed over 2 lines that begin with '#' at the top, as comments",)
    assert facts("# one\na\tr\tx\nb\tr\ty\n", "train.txt")[0] == ("a", "r", "x", 2)
    # as many cells as the header, which names a fact all the same
    assert facts("# a, b, c\nkey,query,value\na,r,x\n") == [("a", "r", "x", 3)]


def test_rows_that_begin_with_a_hash_are_no_comments():
    text = "#one\tr\tx\n#two\tr\ty\nthree\tr\tx\n"
    assert [row[0] for row in facts(text, "train.txt")] == ["#one", "#two", "three"]


def test_a_line_behind_a_hash_that_may_be_either_is_told():
    text = "# by us, 2020\n# for all, free\nname,size\na,1\n"
    assert told(text)[:2] == (
        "f.csv: passed over 1 line that begins with '#' at the top, as comments",
        "f.csv: read line 2, though it begins with '#', as it has as many cells as the next (if it "
        "is a comment, take it out)",
    )
    assert told("# name,size\nx,1\n")[0].startswith("f.csv: read line 1, though")
    assert told("#Source: WHO, 2020\nname,size\nx,1\n")[0].startswith("f.csv: read line 1, though")
    assert told("# key,query,value\na,r,x\n") == ()


def test_a_header_behind_a_hash_is_a_header():
    assert facts("#subject\tpredicate\tobject\na\tr\tx\n") == [("a", "r", "x", 2)]
    assert parse_rows("#name,size\na,1\n").queries == ("size",)
    assert facts("# note\n#key,query,value\na,r,x\n") == [("a", "r", "x", 3)]
    assert sentence("# nothing else\n") == (
        "f.csv:1: found 1 column, expected a key column and at least one relation (parted by ','; "
        "another delimiter?)"
    )


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "SEP=;", "\ufeffsep=;"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_delimiter_that_excel_writes_first(first, end):
    text = f"{first}{end}key;query;value{end}a,b;r;x,y{end}"
    assert facts(text.encode()) == [("a,b", "r", "x,y", 3)]
    assert facts("sep=\t\nkey\tquery\tvalue\na\tr\tx\n") == [("a", "r", "x", 3)]


def test_a_header_of_very_many_columns_is_a_wide_table_whatever_their_names():
    text = "key,query,value," + ",".join(f"c{n}" for n in range(10_000)) + "\na,r,x" + ",1" * 10_000
    rows = parse_rows(text)
    assert rows.queries[:3] == ("query", "value", "c0") and len(rows) == 10_002
    assert parse_rows(text, format="triples")[0][:3] == ("a", "r", "x")


# ---- encodings ------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_a_byte_order_mark_is_believed(encoding):
    text = "key,query,value\né,r,語\n"
    assert facts(text.encode(encoding)) == [("é", "r", "語", 2)]
    assert facts(text.encode(encoding), encoding=encoding) == [("é", "r", "語", 2)]
    for name, more in (("f.jsonl", '["é", "r", "語"]'), ("f.json", '[["é", "r", "語"]]')):
        assert facts(more.encode(encoding), name) == [("é", "r", "語", 1)]


@pytest.mark.parametrize(
    ("encoding", "label", "hint"),
    [
        ("cp1252", "café", "cp1252 reads 'a,r,café'"),
        ("latin-1", "Åse", "cp1252 reads 'a,r,Åse'"),
        ("shift_jis", "にほんカタカナ", "shift_jis reads 'a,r,にほんカタカナ'"),
        ("euc_jp", "にほんカタカナ", "euc_jp reads 'a,r,にほんカタカナ'"),
    ],
)
def test_another_encoding_is_told_with_its_place_and_read_when_named(encoding, label, hint):
    data = f"key,query,value\na,r,{label}\n".encode(encoding)
    found = sentence(data)
    assert found.startswith("f.csv:2: found the byte 0x") and f"--encoding {hint}" in found
    at = next(n for n, byte in enumerate(data.split(b"\n")[1], 1) if byte > 127)
    assert f"(byte {at} of the line; " in found
    assert facts(data, encoding=encoding) == [("a", "r", label, 2)]


def test_bytes_of_no_known_encoding_have_no_hint():
    assert sentence(b"a,b\nx,\x81\x01\n").endswith("(byte 3 of the line; or its encoding named)")


@pytest.mark.parametrize(
    ("data", "at"), [(b"a,r,\xe9", 5), (b"\r\xe9", 1), (b"a\rb\xe9", 2), (b"a\n\xe9", 1)]
)
def test_the_byte_of_the_line_counts_from_its_beginning(data, at):
    assert cells._place(data, data.index(b"\xe9")).startswith(f"byte {at} of the line")
