"""Every format beside tables, the options of reading, and lines and notes kept with the facts."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factrank import Database, FactrankError
from factrank.facts import library
from factrank.facts.reading.options import Reading
from factrank.facts.reading.read import parse, parse_rows, read, read_rows
from factrank.facts.reading.typed import rows_of_cells
from factrank.facts.rows import rows_of

TRIPLES = [("Ann", "likes", "tea"), ("Bob", "likes", "tea"), ("Ann", "has", "a cat")]
LABEL = st.text(min_size=1, max_size=6).filter(lambda text: text.strip() and "\0" not in text)


def sentence(data, name="f.csv", **options):
    with pytest.raises(FactrankError) as caught:
        parse_rows(data, name, **options)
    return str(caught.value)


# ---- lines and notes ------------------------------------------------------------------------


def test_every_occurrence_has_its_line_and_notes():
    text = (
        'Key,query,value,Source,DATE\na,r,x,one,2024\n\n"b\nb",r,x,,\na,r,x,two,2025\na,r,y,one,\n'
    )
    rows = parse_rows(text)
    assert [row[:4] for row in rows] == [
        ("a", "r", "x", 2), ("b\nb", "r", "x", 4), ("a", "r", "x", 6), ("a", "r", "y", 7)
    ]  # fmt: skip
    assert rows.notes == {"source": ["one", "", "two", "one"], "date": ["2024", "", "2025", ""]}
    assert rows[2].notes == {"source": "two", "date": "2025"}
    assert rows.database() == parse(text)
    assert len(rows.database()) == 3
    assert next(iter(rows.database().triples())) == ("a", "r", "x")


def test_a_wide_row_gives_its_line_to_each_of_its_facts():
    rows = parse_rows("name,r,s\nAnn,x,\nBob,y,z\n")
    assert list(rows.line) == [2, 3, 3]
    assert rows.database().shape == (2, 2, 3)
    assert rows.notes == {}


def test_a_database_made_by_rule_has_no_lines():
    rows = read_rows("library:family-trees")
    assert rows.database() == library.load("family-trees")
    assert (rows.name, set(rows.line)) == ("library:family-trees", {0})


@given(st.lists(st.tuples(LABEL, LABEL, LABEL), min_size=1, max_size=8))
def test_rows_and_database_tell_the_same_facts(triples):
    db = Database.from_triples(triples)
    assert rows_of(db, "made").database() == db
    lines = "\n".join(json.dumps(triple) for triple in triples)
    assert [row[:3] for row in parse_rows(lines, "f.jsonl")] == triples


def test_a_row_of_a_table_with_notes_needs_a_cell_for_each():
    found = sentence("key,query,value,source\na,r,x\n")
    assert found == "f.csv:2: found 3 cells, expected 4: key, query, value, source"
    assert "column name 'source' in columns 4 and 5" in sentence("key,query,value,source,Source\n")
    assert "empty header cell in column 4" in sentence("key,query,value,\na,r,x,y\n")


@pytest.mark.parametrize(
    ("header", "rule"),
    [
        ("key,query", "the header key,query,value"),
        ("relation,object", "the header subject,relation,object"),
        ("predicate,subject", "the header subject,predicate,object"),
    ],
)
def test_a_near_miss_of_a_triple_header_is_no_wide_table(header, rule):
    assert f"expected {rule} (or the format 'wide'" in sentence(header + "\na,b,c,d\n")
    assert len(parse_rows(header + "\n" + "x" + ",y" * header.count(",") + "\n", format="wide"))


def test_key_and_value_alone_are_a_wide_table():
    assert parse("key,value\na,x\n").queries == ("value",)


# ---- delimiter and encoding -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "between"), [("|", "|"), ("tab", "\t"), ("\\t", "\t"), ("comma", ","), (" ", " ")]
)
def test_a_delimiter_may_be_told(told, between):
    text = f"key{between}query{between}value\na;b{between}r{between}x\n"
    rows = parse_rows(text, delimiter=told)
    assert [row[:3] for row in rows] == [("a;b", "r", "x")]


@pytest.mark.parametrize("told", ["", ",,", '"', "\n", "\r", "\0", "\x1b", "colon"])
def test_no_delimiter(told):
    assert sentence("a,b\n", delimiter=told) == (
        f"delimiter: expected one character that is no quote or line end, or 'tab', found {told!r}"
    )


def test_a_wrong_delimiter_is_told():
    for text, options in (("key|query|value\na|r|x\n", {}), ("a,b\nx,y\n", {"delimiter": ";"})):
        found = sentence(text, **options)
        shown = options.get("delimiter", ",")
        assert found.startswith("f.csv:1: found 1 column, expected a key column and at least one")
        assert f"(parted by {shown!r}; another delimiter?)" in found


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16", "utf-16-le", "utf-8-sig"])
def test_an_encoding_may_be_told(encoding):
    data = "clé,né\né,à\n".encode(encoding)
    assert list(parse(data, encoding=encoding).triples()) == [("é", "né", "à")]


def test_wrong_encodings():
    assert sentence(b"a,b\n", encoding="klingon") == (
        "encoding: expected a text encoding that Python knows, as utf-8, utf-16, latin-1 or "
        "cp1252, found 'klingon'"
    )
    assert "expected a text encoding" in sentence(b"a,b\n", encoding="rot13")
    assert "expected a text encoding" in sentence(b"a,b\n", encoding="")
    found = sentence(b"a,b\nx,\xe9\n", encoding="ascii")
    assert found == "f.csv:2: found the byte 0xe9, expected ascii text"
    assert "no utf-7 text" in sentence(b"a,b\n+2AA-,x\n", encoding="utf-7")
    assert "found a NUL byte" in sentence("a,b\nx,\0\n".encode("utf-16"), encoding="utf-16")
    for encoding in ("utf-16-le", "utf-16-be"):
        assert sentence("a,b\nx,y\n".encode(encoding)) == (
            f"f.csv:1: found a zero beside each letter, expected UTF-8 text (--encoding {encoding} "
            "reads it)"
        )


# ---- strict and skip-bad --------------------------------------------------------------------

BAD = b"key,query,value\na,r\nb,r,x\n,r,x\nc,r,\xff\nd,r,\0\ne,r,y\n"


def test_strict_stops_at_the_first_fault():
    assert sentence(b"key,query,value\na,r\n,r,x\n", strict=True).count("\n") == 0
    assert sentence(b"key,query,value\na,r\n,r,x\n").count("\n") == 1
    assert sentence(BAD, strict=True).startswith("f.csv:5: found the byte 0xff")
    assert "found both" in sentence(b"", strict=True, skip_bad=True)


def test_skipped_lines_are_counted_and_named_and_no_other_is_lost():
    rows = parse_rows(BAD, "f.csv", skip_bad=True)
    assert [row[:4] for row in rows] == [("b", "r", "x", 3), ("e", "r", "y", 7)]
    assert rows.skipped_count == 4
    assert [text.split(": ")[0] for text in rows.skipped] == [f"f.csv:{n}" for n in (2, 4, 5, 6)]
    rows = parse_rows("key,query,value\na,r,x\n" + "a\n" * 100, skip_bad=True)
    assert (len(rows.skipped), rows.skipped_count) == (20, 100)


def test_an_open_quote_costs_its_own_line_alone():
    text = 'key,query,value\na,r,x\nb,r,"y\n' + "".join(f"k{n},r,v\n" for n in range(50_000))
    rows = parse_rows(text, skip_bad=True)
    assert (len(rows), rows.skipped_count) == (50_001, 1)
    assert "text:3: found a" in rows.skipped[0]
    text = 'key,query,value\na,r,x\nb,r,"y\nc,r,"z"\n"d\ne",r,w\n'
    rows = parse_rows(text, skip_bad=True)
    assert [row[:4] for row in rows] == [
        ("a", "r", "x", 2), ("c", "r", "z", 4), ("d\ne", "r", "w", 5)
    ]  # fmt: skip


def test_a_record_with_an_undecodable_line_inside_is_left_out_whole():
    rows = parse_rows(b'key,query,value\n"a\n\xff\nb",r,x\nc,r,y\n', skip_bad=True)
    assert [row[:4] for row in rows] == [("c", "r", "y", 5)]
    assert rows.skipped_count == 1


def test_faults_of_a_header_cannot_be_skipped():
    for text in ("a,b,b\n1,2,3\n", "a\nb\n", "key,query\na,b\n", "", "a,r\n1,\n"):
        sentence(text, skip_bad=True)
    found = sentence("key,query,value\na,r\n", skip_bad=True)
    assert "f.csv:2: found 2 cells" in found and "found no fact" in found


# ---- JSON Lines -----------------------------------------------------------------------------


def jsonl(*values):
    return "\n".join(value if isinstance(value, str) else json.dumps(value) for value in values)


def test_json_facts_lists_and_notes():
    rows = parse_rows(
        jsonl(["a", "r", "x"], {"subject": "b", "relation": "r", "object": "y", "Source": "s"},
              "", {"tail": 1, "head": True, "relation": 2.50, "date": None}),
        "f.jsonl",
    )  # fmt: skip
    assert [row[:4] for row in rows] == [
        ("a", "r", "x", 1), ("b", "r", "y", 2), ("true", "2.5", "1", 4)
    ]  # fmt: skip
    assert rows.notes == {"source": ["", "s", ""], "date": ["", "", ""]}


def test_json_records_are_a_wide_table_and_numbers_stay_text():
    text = (
        '{"name": "Oslo", "in": "Norway", "size": 1.0}\n{"in": null, "name": "Rome", "eu": true}\n'
    )
    db = parse(text, "f.ndjson")
    assert list(db.triples()) == [
        ("Oslo", "in", "Norway"), ("Oslo", "size", "1.0"), ("Rome", "eu", "true")
    ]  # fmt: skip
    assert db.shape == (2, 3, 3)
    long = "123456789012345678901234567890"
    db = parse(f'["a", "r", 1e999]\n["a", "r", {long}]\n', "f.jsonl")
    assert db.values == ("1e999", long)


JSON_FAULTS = {
    "": "found no text, expected facts, one JSON object a line",
    "nope": "found Expecting value (column 1), expected one JSON object",
    '{"a": "x"': "found the line's end, expected one JSON object",
    '{"a": 1} {"b": 2}': "found Extra data (column 10), expected one JSON object",
    "[1, 2]": "found a list of 2, expected 3: key, query, value",
    "3": "found a text or a number, expected an object or a list of 3",
    "null": "found null, true or false, expected an object or a list of 3",
    "{}": "found an empty object, expected a fact or a record",
    '["a", "r", null]': "found null as value, expected a label",
    '["a", "", "x"]': "found an empty text as 'query', expected a text or a number",
    '["a", "r", ["x"]]': "found a list as 'value', expected a text or a number",
    '["a", "r", NaN]': "found NaN, expected a number",
    '["a", "r", "\\ud800"]': "found half a character (\\uD800 to \\uDFFF), expected text",
    '{"a": 1, "a": 2}': "found the name 'a' twice, expected every name once",
    '{"a": null, "b": 2}': "found null as 'a', expected a key",
    '{"a": 1, " ": 2}': "found an empty name, expected a relation",
    "[" * 100_000: "found brackets nested too deeply, expected one JSON object",
    '{"key":1,"query":2,"value":3,"n":4,"N":5}': (
        "found two notes whose names differ in capitals only, expected one"
    ),
}


@pytest.mark.parametrize("line", JSON_FAULTS, ids=lambda line: line[:20])
def test_json_faults(line):
    assert sentence(line, "f.jsonl") == f"f.jsonl:1: {JSON_FAULTS[line]}"
    if line:
        rows = parse_rows(jsonl(["a", "r", "x"], line, ["b", "r", "x"]), "f.jsonl", skip_bad=True)
        assert (list(rows.line), rows.skipped_count) == ([1, 3], 1)


def test_json_records_share_their_keys_name():
    found = sentence('{"name": "a", "r": 1}\n{"r": 2}\n', "f.jsonl")
    assert found == "f.jsonl:2: found no 'name', expected it as on the first line (it is the key)"


@pytest.mark.parametrize(("parts", "name"), [(2, "x, y, z"), (3, "x, y, z, w")])
def test_json_keys_of_several_parts_are_never_one_by_accident(parts, name):
    one = {"a": "x, y", "b": "z", "c": "w"}
    two = {"a": "x", "b": "y, z", "c": "w"}
    key = list("abc"[:parts])
    lines = [{it: row[it] for it in key} | {"r": n} for n, row in enumerate((one, one, two))]
    assert len(parse_rows(jsonl(*lines[:2]), "f.jsonl", key=key)) == 2
    found = sentence(jsonl(*lines), "f.jsonl", key=key)
    assert found == f"f.jsonl:3: found the key {name!r} of other parts before, expected one"


# ---- lists in JSON --------------------------------------------------------------------------

LISTS = {
    "": "1: found no text, expected a list of facts or records, [...]",
    '{"a": 1,\n"b": 2}': "1: found one object, expected a list of facts or records, [...]",
    "\n3": "2: found '3', expected a list of facts or records, [...]",
    "[]": "1: found an empty list, expected facts or records",
    '[["a", "r", "x"],\n]': "2: found ']' (Expecting value), expected a JSON list",
    '[["a", "r", "x"]\n["b"]]': "2: found '[\"b\"]]', expected a comma or the end of the list",
    '[["a", "r", "x"]]\n[]': "2: found '[]', expected nothing after the list",
    '[["a", "r", "x"]': "1: found the end of the text, expected a comma or the end of the list",
    "[" * 10**5: "1: found brackets nested too deeply, expected facts or records",
    '[["a", "r", "x"], ["a", "r"]]': "2: found a list of 2, expected 3: key, query, value",
    '[{"a": 1, "b": [2]}]': "1: found a list as 'b', expected a text or a number",
    '[["a", "r", NaN]]': "1: found NaN, expected a number",
}


@pytest.mark.parametrize("text", LISTS, ids=lambda text: text[:20])
def test_faults_of_a_json_list(text):
    assert sentence(text, "f.json") == f"f.json:{LISTS[text]}"
    assert sentence(text.encode(), "f.txt", format="json") == f"f.txt:{LISTS[text]}"


def test_a_json_list_of_facts_or_records_has_a_line_an_element():
    text = '[{"name": "a",\n "r": 1.0, "s": null},\n\n{"name": "b", "r": 10}]'
    assert [row[:4] for row in parse_rows(text, "f.json")] == [
        ("a", "r", "1.0", 1), ("b", "r", "10", 2)
    ]  # fmt: skip
    rows = parse_rows('[["a", "r", "x"], 5, ["b", "r", "y"]]', "f.json", skip_bad=True)
    assert (list(rows.line), rows.skipped_count) == ([1, 3], 1)
    long = "9" * 5000
    assert parse_rows(f'[["a", "r", {long}]]', "f.json").values == (long,)
    assert list(parse_rows(jsonl(*TRIPLES), "f.json")) == list(
        parse_rows(jsonl(*TRIPLES), "f.jsonl")
    )
    assert "a key column for tables" not in sentence("[]", "f.json", key="name")
    assert "expected a delimiter for tables only" in sentence("[]", "f.json", delimiter=";")


# ---- RDF ------------------------------------------------------------------------------------

TTL = """@prefix ex: <http://ex.org/> .
# a comment
ex:a ex:r ex:x ,
  "y" ;
  ex:s "deux"@fr .

ex:b ex:n 5 ; ex:m [ ex:o ex:x ] .
_:node ex:r '''two
lines''' .
"""
INTEGER = '"5"^^<http://www.w3.org/2001/XMLSchema#integer>'


def test_turtle_labels_and_lines():
    found = [(row.key, row.query[14:], row.value, row.line) for row in parse_rows(TTL, "f.ttl")]
    assert found == [
        ("http://ex.org/a", "r", "http://ex.org/x", 3),
        ("http://ex.org/a", "r", '"y"', 4),
        ("http://ex.org/a", "s", '"deux"@fr', 5),
        ("http://ex.org/b", "n", INTEGER, 7),
        ("[1]", "o", "http://ex.org/x", 7),
        ("http://ex.org/b", "m", "[1]", 7),
        ("_:node", "r", '"two\\nlines"', 9),
    ]


def test_kinds_of_terms_are_never_the_same_label():
    db = parse(
        '<http://a> <http://p> <http://x> .\n<http://a> <http://p> "http://x" .\n'
        '<http://a> <http://p> "_:x" .\n<http://a> <http://p> _:x .\n'
        '<http://a> <http://p> "http://x"@en .\n',
        "f.nt",
    )
    assert len(db) == len(db.values) == 5


def test_a_blank_node_keeps_the_name_it_has():
    # 32 hexadecimal digits are what the parser calls a node without a name, too
    name = "fab136e5581916d7a02efe445148cb00"
    assert parse(f"_:{name} <a:b> _:x .\n", "f.nt").keys == (f"_:{name}",)
    db = parse("@prefix a: <a:> .\na:b a:c [ a:d a:e ], [ a:d a:f ] .\n", "f.ttl")
    assert db == parse("@prefix a: <a:> .\na:b a:c [ a:d a:e ], [ a:d a:f ] .\n", "f.ttl")
    assert {"[1]", "[2]"} <= {*db.keys} & {*db.values}


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=6), min_size=1))
def test_n_triples_and_turtle_say_the_same(texts):
    import pyoxigraph as ox

    made = [
        ox.Triple(ox.NamedNode(f"http://k/{n}"), ox.NamedNode("http://r"), ox.Literal(text))
        for n, text in enumerate(texts)
    ]
    nt = ox.serialize(made, format=ox.RdfFormat.N_TRIPLES)
    ttl = ox.serialize(made, format=ox.RdfFormat.TURTLE)
    rows = parse_rows(nt, "f.nt")
    assert list(rows.line) == list(range(1, len(texts) + 1))
    assert rows.database() == parse(ttl, "f.ttl")
    assert len(rows.database().values) == len(set(texts))


def test_n_triples_faults_cost_their_lines_alone():
    good = "<http://a> <http://b> <http://c> ."
    text = "\n".join(
        [good, "<http://a> <http://b> .", "", f"{good} {good}", "# note", good, '_:x "']
    )
    rows = parse_rows(text, "f.nt", skip_bad=True)
    assert (list(rows.line), rows.skipped_count) == ([1, 6], 3)
    assert [it.split(":")[1] for it in rows.skipped] == ["2", "4", "7"]
    assert all(it.endswith(", expected N-Triples") for it in rows.skipped)


def test_n_quads_keep_their_graph_as_a_note():
    fact = '<http://a> <http://b> "x"@en'
    text = f"{fact} <http://g> .\n{fact} .\n{fact} _:g .\n<http://a> <http://b> .\n# note\n"
    rows = parse_rows(text, "f.nq", skip_bad=True)
    assert list(rows.line) == [1, 2, 3] and rows.notes == {"graph": ["http://g", "", "_:g"]}
    assert rows.told == ("f.nq: kept the graph as a note, beside the fact of each line",)
    assert len(rows.database()) == 1 and rows.skipped[0].endswith(", expected N-Quads")
    plain = parse_rows(f"{fact} .\n", "f.nq")
    assert (plain.notes, plain.told, plain.values) == ({}, (), ('"x"@en',))
    assert sentence("", "f.nq") == "f.nq:1: found no text, expected N-Quads"
    assert sentence("# x\n", "f.nq") == "f.nq:1: found no fact, expected at least one"
    assert "triple inside a triple" in sentence("<a:a> <a:b> <<( <a:a> <a:b> <a:c> )>> .\n", "f.nq")
    assert "expected a header for tables only" in sentence(text, "f.nq", header=True)


def test_a_fault_of_turtle_cannot_be_skipped():
    # after the first fault the parser passes over the next statement
    text = "@prefix e: <http://e/> .\ne:a e:b .\ne:c e:d e:f .\ne:g e:h 'open .\n"
    for options in ({}, {"skip_bad": True}):
        found = sentence(text, "f.ttl", **options).split("\n")
        assert found[0].startswith("f.ttl:2: found a fault at column")
        assert found[0].endswith(", expected Turtle")
        assert len(found) == 2
    assert "\n" not in sentence(text, "f.ttl", strict=True)


def test_no_rdf_without_facts_and_no_triple_inside_a_triple():
    assert sentence("", "f.ttl") == "f.ttl:1: found no text, expected turtle"
    assert sentence("# x\n", "f.nt") == "f.nt:1: found no fact, expected at least one"
    found = sentence("<a:a> <a:b> <<( <a:a> <a:b> <a:c> )>> .\n", "f.nt")
    assert found.startswith("f.nt:1: found a triple inside a triple, expected")


def test_rdf_without_its_package_says_which(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyoxigraph", None)
    assert sentence("", "f.ttl") == (
        "f.ttl: expected the package pyoxigraph, found none; pip install 'factrank[rdf]'"
    )


# ---- endings and sources --------------------------------------------------------------------


def test_the_ending_or_the_format_decides(tmp_path):
    path = tmp_path / "facts.dir" / "f"
    path.parent.mkdir()
    path.write_text('["a", "r", "x"]\n')
    assert len(read_rows(path, format="jsonl")) == 1
    odd = tmp_path / "f.xyz"
    odd.write_text("key,query,value\na,r,x\n")
    with pytest.raises(
        FactrankError, match=r"f\.xyz: found the ending \.xyz, expected one of \.csv"
    ):
        read(odd)
    assert len(read(odd, format="triples")) == 1
    control = tmp_path / "f\x1b.jsonl"
    control.write_text("nope\n")
    with pytest.raises(FactrankError, match=r"f\\x1b\.jsonl:1: found Expecting value"):
        read(control)
    hidden = tmp_path / ".facts"
    hidden.write_text("key,query,value\na,r,x\n")
    assert len(read(hidden)) == 1


@pytest.mark.parametrize("format", ["jsonl", "ntriples", "turtle"])
def test_options_of_tables_are_for_tables(format):
    for options in ({"header": False}, {"delimiter": ","}):
        assert f"for tables only, found {format}" in sentence("", format=format, **options)


@pytest.mark.parametrize(
    ("options", "data"),
    [
        (["--format", "jsonl"], b'["a", "r", "x"]\n'),
        (["--format", "ntriples"], b"<a:a> <a:r> <a:x> .\n"),
        (["--format", "turtle"], b"@prefix a: <a:> . a:a a:r a:x ."),
        (["--delimiter", "|"], b"key|query|value\na|r|x\n"),
        (["--encoding", "utf-16"], "key,query,value\na,r,x\n".encode("utf-16")),
        (["--strict"], b"key,query,value\na,r,x\n"),
    ],
)
def test_standard_input_in_every_format(options, data):
    run = [sys.executable, "-m", "factrank", "rank", "-", "--json", *options]
    done = subprocess.run(run, input=data, capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["facts"] == 1


# ---- libraries ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["f.jsonl", "f.nt", "f.ttl", "f.csv"])
def test_many_facts_are_read_quickly(name):
    count, started = 50_000, time.process_time()
    facts = [(f"a:k{n % 997}", f"a:r{n % 11}", f"a:v{n}") for n in range(count)]
    if name == "f.jsonl":
        text = "".join(json.dumps(fact) + "\n" for fact in facts)
    elif name == "f.csv":
        text = "key,query,value,source\n" + "".join(",".join(f) + ",s\n" for f in facts)
    else:
        text = "".join("<{}> <{}> <{}> .\n".format(*fact) for fact in facts)
    assert len(parse_rows(text, name)) == count
    assert time.process_time() - started < 5  # about 0.4 s


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
@pytest.mark.parametrize("bad", [b"\xff", b"\0"])
def test_a_bad_line_costs_itself_alone_whatever_ends_the_lines(end, bad):
    lines = [b"key,query,value", b"a,r,x", b"b" + bad + b",r,x", b"c,r,y", b"d,r,z"]
    rows = parse_rows(end.encode().join([*lines, b""]), "f.csv", skip_bad=True)
    assert [(row.key, row.line) for row in rows] == [("a", 2), ("c", 4), ("d", 5)]
    assert rows.skipped[0].startswith("f.csv:3: found ")


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_a_byte_that_begins_its_line_is_told_with_that_line(end):
    text = f"key,query,value{end}a,r,x{end}".encode() + b"\xe9b,r,y"
    assert sentence(text, encoding="ascii").startswith("f.csv:3: found the byte 0xe9")
    wide = "key,query,value\n\u0a0a,r,x\n".encode("utf-16-le") + b"\x00\xd8"
    assert sentence(wide, encoding="utf-16-le").startswith("f.csv:3: found the byte 0x00")


def test_a_line_end_in_the_name_of_a_column_that_is_asked_for():
    text = 'Country,"Deaths\n(total)",Year\nA,3,2000\n'
    for columns in ("Deaths\n(total)", '"Deaths\n(total)"', ["Deaths\n(total)"]):
        rows = parse_rows(text, columns=columns)
        assert [row[:3] for row in rows] == [("A", "Deaths\n(total)", "3")]
        cells = [["Country", "Deaths\n(total)", "Year"], ["A", 3, 2000]]
        typed = rows_of_cells(cells, "sheet", Reading(columns=columns))
        assert [row[:3] for row in typed] == [("A", "Deaths\n(total)", "3")]


def test_names_of_columns_are_texts():
    for told in ({"key": 1}, {"columns": 1}, {"columns": [1]}):
        assert ": expected names of columns" in sentence(b"a,b\nx,y\n", **told)
