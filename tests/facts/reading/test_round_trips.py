"""A database that another program wrote is read back equal, whatever its labels hold."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import lzma
import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factrank import Database
from factrank.facts.reading.read import parse

HEAD = ("key", "query", "value")
LETTERS = st.one_of(
    st.sampled_from("ab,;|'\"#\t\n\r =+:[]{}<>\\\u00e9\u8a9e\U0001f600\u2028\x85"),
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
)
LABEL = st.text(LETTERS, min_size=1, max_size=6).filter(str.strip)
FACTS = st.lists(st.tuples(LABEL, LABEL, LABEL), min_size=1, max_size=6).filter(
    lambda facts: HEAD not in facts  # which is a header again, and told
)


def written(facts, **how):
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, **how).writerows([HEAD, *facts])
    return out.getvalue().encode()


def sqlite_of(facts):
    with sqlite3.connect(":memory:") as connection:
        connection.execute("create table facts (key text, query text, value text)")
        connection.executemany("insert into facts values (?, ?, ?)", facts)
        connection.commit()
        return connection.serialize()


def rdf_of(facts, format):
    import pyoxigraph as ox

    made = [
        ox.Quad(ox.NamedNode(f"http://k/{k.encode().hex()}"),
                ox.NamedNode(f"http://r/{q.encode().hex()}"), ox.Literal(v))
        for k, q, v in facts
    ]  # fmt: skip
    return ox.serialize(made, format=format)


TEXTS = {
    "f.csv": lambda facts: written(facts),
    "f.tsv": lambda facts: written(facts, delimiter="\t"),
    "f.csv.gz": lambda facts: gzip.compress(written(facts)),
    "f.tsv.bz2": lambda facts: bz2.compress(written(facts, delimiter="\t")),
    "f.csv.xz": lambda facts: lzma.compress(written(facts, delimiter=";")),
    "f.json": lambda facts: json.dumps([dict(zip(HEAD, it, strict=True)) for it in facts]).encode(),
    "f": lambda facts: sqlite_of(facts),
    "f.jsonl": lambda facts: "\n".join(map(json.dumps, facts)).encode(),
    "utf-16": lambda facts: written(facts).decode().encode("utf-16"),
}


@pytest.mark.parametrize("name", TEXTS)
@settings(max_examples=150)
@given(facts=FACTS)
def test_a_database_is_read_back_equal(name, facts):
    assert parse(TEXTS[name](facts), name) == Database.from_triples(facts)


@settings(max_examples=100)
@given(FACTS)
def test_json_lists_indented_or_not_and_of_lists(facts):
    db = Database.from_triples(facts)
    for indent in (None, 1):
        assert parse(json.dumps(facts, indent=indent, ensure_ascii=False), "f.json") == db


@settings(max_examples=100)
@given(FACTS)
def test_n_quads_and_n_triples_say_the_same(facts):
    import pyoxigraph as ox

    quads = parse(rdf_of(facts, ox.RdfFormat.N_QUADS), "f.nq")
    assert quads == parse(rdf_of(facts, ox.RdfFormat.N_TRIPLES), "f.nt")
    assert len(quads.values) == len({v for _, _, v in facts})


@settings(max_examples=100)
@given(FACTS)
def test_parquet(facts):
    import pyarrow as pa
    from pyarrow import parquet as pq

    out = io.BytesIO()
    columns = zip(*facts, strict=True)
    pq.write_table(pa.table({name: list(it) for name, it in zip(HEAD, columns, strict=True)}), out)
    assert parse(out.getvalue(), "f.parquet") == Database.from_triples(facts)


# what XML can hold: no control characters, and a carriage return comes back as a line end
CELL = st.text(
    st.one_of(st.sampled_from('ab,"\t\n #'), st.characters(exclude_categories=["Cs", "Cc", "Cn"])),
    min_size=1, max_size=6,
).filter(lambda it: it.strip() and not it.startswith(("=", "#")))  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=4))
def test_excel(facts):
    import openpyxl

    book = openpyxl.Workbook()
    for row in [HEAD, *facts]:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    assert parse(out.getvalue(), "f.xlsx") == Database.from_triples(facts)
