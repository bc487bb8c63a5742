"""Whatever is handed to the command: one clear message or an answer, never a traceback."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import os
import re
import sqlite3
import tempfile
from pathlib import Path

import click
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factrank import FactrankError, cli
from factrank.facts.reading.read import parse, parse_rows, read

HEADER = b"key,query,value\n"
TURTLE = b"@prefix e: <http://e/> .\n"


def run(*args):
    """The command in this process: (status, stdout, stderr)."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            cli.main([os.fspath(arg) for arg in args])
        except SystemExit as exit:
            return exit.code, out.getvalue(), err.getvalue()
    raise AssertionError("the command ends by exiting")


# ---- one by one -----------------------------------------------------------------------------

REFUSED = {
    "empty file": ("f.csv", b"", "{f}:1: found no text, expected a header line and facts\n"),
    "header only": ("f.csv", HEADER, "{f}:1: found no fact, expected at least one\n"),
    "ragged rows": (
        "f.csv",
        HEADER + b"a,r\nb,r,x\nc,r,x,y\n",
        "{f}:2: found 2 cells, expected 3: key, query, value\n"
        "{f}:4: found 4 cells, expected 3: key, query, value\n",
    ),
    "wrong delimiter": (
        "f.csv",
        b"key|query|value\na|r|x\n",
        "{f}:1: found 1 column, expected a key column and at least one relation "
        "(parted by ','; another delimiter?)\n",
    ),
    "binary file": ("f", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "{f}:1: found the byte 0x89, expected"),
    "wrong encoding": (
        "f.csv",
        HEADER + b"a,r,caf\xe9\n",
        "{f}:2: found the byte 0xe9, expected UTF-8 text (byte 8 of the line; --encoding cp1252 "
        "reads 'a,r,café', and if that looks wrong, it is another)\n",
    ),
    "NUL bytes": ("f.csv", HEADER + b"a,r,\0\n", "{f}:2: found a NUL byte, expected text\n"),
    "a cell of a million characters": (
        "f.csv",
        HEADER + b"a,r," + b"x" * 10**6 + b"\n",
        "{f}:2: found a cell of over 131072 characters, expected less (is a quote left open?)\n",
    ),
    "duplicate header": (
        "f.csv",
        b"name,r,r\na,x,y\n",
        "{f}:1: found the column name 'r' in columns 2 and 3, expected every name once\n",
    ),
    "missing column": (
        "f.csv",
        b"subject,relation\na,r\n",
        "{f}:1: found the header subject,relation, expected the header subject,relation,object "
        "(or the format 'wide', if this is a table)\n",
    ),
    "empty labels": (
        "f.csv",
        HEADER + b",r,x\na, ,x\na,r,\n",
        "{f}:2: found an empty key, expected a label\n"
        "{f}:3: found an empty query, expected a label\n"
        "{f}:4: found an empty value, expected a label\n",
    ),
    "unknown ending": (
        "f.doc",
        HEADER,
        "{f}: found the ending .doc, expected one of .csv .tsv .tab .txt .dat .jsonl .ndjson .nt "
        ".ttl .turtle .json .nq .sms .xlsx .xlsm .parquet .pq .db .sqlite .sqlite3, packed as .gz, "
        ".bz2, .xz or .zip or not (or the format: triples, wide, jsonl, ntriples, turtle, json, "
        "nquads)\n",
    ),
    "no workbook": (
        "f.xlsx",
        HEADER,
        "{f}: expected an Excel workbook, found none by its first bytes (--format triples, wide, "
        "... reads it, if it is text)\n",
    ),
    "a zip cut off": ("f.zip", b"PK\3\4", "{f}: expected a zip archive, found a fault in it ("),
    "malformed Turtle": ("f.ttl", TURTLE + b"e:a e:r .\n", "{f}:2: found a fault at column"),
    "malformed N-Triples": ("f.nt", b"<a:a> <a:r>\n", "{f}:1: found a fault at column"),
    "unclosed quote": (
        "f.csv",
        HEADER + b'a,r,x\nb,r,"y\nc,r,z\n',
        "{f}:3: found a quoted cell that never ends, expected a closing quote\n",
    ),
    "terminal control": (
        "f.csv",
        b"\x1b[31m,key,\x1b[31m\na,b,c\n",
        "{f}:1: found the column name '\\x1b[31m' in columns 1 and 3, expected every name once\n",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_one_clear_message(tmp_path, name):
    file, data, expected = REFUSED[name]
    path = tmp_path / file
    path.write_bytes(data)
    status, out, err = run("rank", path)
    assert (status, out) == (2, "")
    expected = expected.replace("{f}", str(path))
    assert err == expected if expected.endswith("\n") else err.startswith(expected)
    assert path.read_bytes() == data


TAKEN = {
    "numbers and dates": (b"1,2024-01-31,3.10\n1,2024-02-01,0x1F\n2,1e5,-0\n", 3),
    "one fact": (b"a,r,x\n", 1),
    "one relation": (b"a,r,x\nb,r,y\nc,r,x\n", 3),
    "all contradictory": (b"a,r,x\na,r,y\nb,r,x\nb,r,y\n", 4),
    "a cell like a formula": (b"a,r,=cmd()\nb,r,+1\nc,r,@sum(a1)\nd,r,-1+1\n", 4),
    "markup": (b'<script>alert(1)</script>,<b>,"&amp; ""q"""\n', 1),
}


@pytest.mark.parametrize("name", TAKEN)
def test_taken_as_it_stands(tmp_path, name):
    data, count = TAKEN[name]
    path = tmp_path / "f.csv"
    path.write_bytes(HEADER + data)
    status, out, err = run("rank", path, "--json")
    assert (status, err) == (0, "")
    assert json.loads(out)["facts"] == count
    labels = {label for triple in read(path).triples() for label in triple}
    written = data.decode().replace('"&amp; ""q"""', '&amp; "q"')
    assert labels == {cell for line in written.splitlines() for cell in line.split(",")}
    assert run("explain", path)[0] == 0


@pytest.mark.parametrize("path", ["nowhere.csv", ".", "a\0b", "", "\udcff.csv", "x" * 5000])
def test_paths_that_cannot_be_read(path):
    status, out, err = run("rank", path)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "expected a file of facts" in err


def test_skipped_lines_are_told_and_the_answer_stands(tmp_path):
    path = tmp_path / "f.csv"
    path.write_bytes(HEADER + b"a,r,x\nb\n,r,x\nc,r,y\n")
    status, out, err = run("rank", path, "--json", "--skip-bad")
    assert status == 0 and json.loads(out)["facts"] == 2
    assert err == (
        f"{path}:3: found 1 cell, expected 3: key, query, value\n"
        f"{path}:4: found an empty key, expected a label\n"
        f"{path}: 2 bad lines skipped, 2 facts read\n"
    )
    path.write_bytes(HEADER + b"a,r,x\n" + b"b\n" * 50)
    err = run("rank", path, "--skip-bad")[2]
    assert err.count("\n") == 21
    assert err.endswith(": 50 bad lines skipped (the first 20 above), 1 fact read\n")
    assert run("rank", path, "--strict")[2].count("\n") == 1
    assert "without format" in run("rank", "library:example", "--encoding", "utf-8")[2]
    status, out, err = run("rank", path, "--strict", "--skip-bad")
    assert (status, out) == (2, "") and "found both" in err


def test_every_command_that_takes_facts_takes_every_option_of_reading():
    import inspect

    from factrank.cli.options import READING

    cli.app.list_commands(click.Context(cli.app))  # loads them all
    taking = [
        it for it in cli.app.commands.values()
        if {"facts", "FACTS"} & set(inspect.signature(it.callback).parameters)
    ]  # fmt: skip
    assert len(taking) >= 3
    for command in taking:
        assert set(READING) <= set(inspect.signature(command.callback).parameters)


# ---- anything at all ------------------------------------------------------------------------

ENDINGS = ["", ".csv", ".tsv", ".jsonl", ".json", ".nt", ".nq", ".ttl", ".zip", ".db", ".csv.gz"]
OPTIONS = st.sampled_from(
    [
        [],
        ["--skip-bad"],
        ["--strict"],
        ["--no-header"],
        ["--header"],
        ["--format", "wide"],
        ["--format", "jsonl", "--skip-bad"],
        ["--format", "ntriples", "--skip-bad"],
        ["--format", "turtle"],
        ["--delimiter", "|"],
        ["--delimiter", "\N{SNOWMAN}", "--skip-bad"],
        ["--encoding", "latin-1", "--skip-bad"],
        ["--encoding", "utf-16"],
        ["--encoding", "utf-7"],
    ]
)


def database():
    with sqlite3.connect(":memory:") as connection:
        connection.execute("create table facts (key text, query text, value)")
        connection.execute("insert into facts values ('a', 'r', 1.5), ('b', 'r', null)")
        return connection.serialize()


DATABASE = database()
VALID = [
    b'key,query,value,source\na,r,x,one\na,r,y,two\n"b""\nb",s,"x,",\n',
    'name;likes;has\nÅnn;tea;a cat\nBob;;"a\n dog"\n'.encode(),
    b'{"key": "a", "query": "r", "value": 1.5}\n["b", "r", "\\u00e9"]\n{"name": "c", "s": null}\n',
    b'<http://a> <http://r> "x\\n"@en .\n_:b <http://r> <http://c> .\n# note\n',
    b"@prefix e: <http://e/> .\ne:a e:r e:x, 'y' ; e:s [ e:t ( 1 2.0 ) ] .\n",
    b'[{"key": "a", "query": "r", "value": 1.5},\n["b", "r", "\\u00e9"], ["c", "s", "t"]]\n',
    b'<http://a> <http://r> "x\\n"@en <http://g> .\n_:b <http://r> <http://c> _:g .\n',
    b'# of us, by us\nsep=;\n#key;query;value;\na;r;x;\nb;r;"y\nz";\n',
    b'a\tr\t"x\nb\tr\ty"\nc\tr\t5" disc\t\n',
    gzip.compress(b"key,query,value\na,r,x\n", mtime=0),
    DATABASE,
    'key\tquery\tvalue\r\né\tr\tx\r\nb\tr\t"y"\r\n'.encode("utf-16"),
]


@st.composite
def mutated(draw):
    """A valid file with a few slices removed, doubled, or replaced by bytes that matter."""
    data = draw(st.sampled_from(VALID))
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 12)))
        new = draw(
            st.one_of(
                st.sampled_from([b"", b'"', b",", b"\n", b"\r", b"\0", b"\xff", b"\xef\xbb\xbf",
                                 b"[", b"{", b"}", b"<", b">", b".", b"'", b'"""', b"\\ud800",
                                 b"\xed\xa0\x80", b"\xe2\x80\xa8", b"\x85", b"@base <", b";;"]),
                st.binary(max_size=4),
                st.just(data[start:end] * 2),
            )
        )  # fmt: skip
        data = data[:start] + new + data[end:]
    return data


def check(data, ending, options):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"f{ending}"
        path.write_bytes(data)
        status, out, err = run("rank", path, "--json", "--effort", "quick", *options)
        told = run("explain", path, "--effort", "quick", *options)
    assert status in (0, 1, 2) and (told[0], told[2]) == (status, err)
    assert "Traceback" not in err and "a fault of its own" not in err
    if status == 2:
        assert out == "" and err.endswith("\n")
        lines = err.replace(str(path), "f").splitlines()
        assert 1 <= len(lines) <= 21 and all(line.isprintable() for line in lines)
        assert all("found" in line or line.endswith("shown") for line in lines)
    else:
        assert json.loads(out)["facts"] > 0
        told = [
            line
            for line in err.splitlines()
            if not re.search(": (read|kept|passed over|left out) ", line)
        ]
        assert bool(told) <= ("--skip-bad" in options)


@settings(max_examples=200)
@given(st.binary(max_size=80), st.sampled_from(ENDINGS), OPTIONS)
def test_any_bytes(data, ending, options):
    check(data, ending, options)


@settings(max_examples=400)
@given(mutated(), st.sampled_from(ENDINGS), OPTIONS)
def test_any_mutation_of_a_valid_file(data, ending, options):
    check(data, ending, options)


LINES = {
    "f.csv": (
        ["a,r,x", '"a, b",r,"x"', "a,r, x", "=1,r,<b>"],
        ["a,r", "a,r,x,y", ",r,x", 'a,r,"x', 'a,r,"x"y', "a,r,\xff", "a,\0,x", ",,"],
    ),
    "f.jsonl": (
        ['["a", "r", 1]', '{"key": "a", "query": "r", "value": "x"}', '["\\u00e9", "r", "x"]'],
        [
            "[",
            "{}",
            "[1]",
            '["a", "r", null]',
            '["a", "\xff", "x"]',
            "\0",
            "[[[",
            '{"a": 1, "a": 1}',
        ],
    ),
    "f.nt": (
        ["<a:a> <a:b> <a:c> .", '_:x <a:b> "c"@en.', '<a:a> <a:b> "\\u00e9" . # note'],
        ["<a:a> <a:b> .", "a b c .", '<a:a> <a:b> "c .', "\xff", "<a:a> <a:b> <a:\0> .", "<a:a>"],
    ),
}


@settings(max_examples=300)
@given(st.data(), st.sampled_from(sorted(LINES)))
def test_every_line_is_a_fact_or_is_told(draw, name):
    good, bad = LINES[name]
    lines = draw.draw(st.lists(st.sampled_from([*good, *bad, "", "  "]), max_size=12))
    header = ["key,query,value"] if name == "f.csv" else []
    kept = [n for n, line in enumerate(lines, 1 + len(header)) if line in good]
    left_out = [n for n, line in enumerate(lines, 1 + len(header)) if line in bad]
    data = "\n".join([*header, *lines]).encode("latin-1")
    try:
        rows = parse_rows(data, name, skip_bad=True)
    except FactrankError as error:
        assert kept == []
        told = [*str(error).split("\n")[:-1]] if "no fact" in str(error) else []
        assert len(told) == len(left_out) or not lines or "no text" in str(error)
        return
    assert [*rows.line] == kept
    assert sorted(int(text.split(":")[1]) for text in rows.skipped) == left_out
    assert rows.skipped_count == len(left_out)


def test_what_the_command_reads_is_what_python_reads(tmp_path):
    for n, data in enumerate(VALID[:2]):
        path = tmp_path / f"{n}.csv"
        path.write_bytes(data)
        assert parse(data, "f.csv") == read(path)
