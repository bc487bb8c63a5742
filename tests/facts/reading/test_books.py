"""Tables in Excel workbooks, Parquet files and SQLite databases: row n is line n, a part has a
name, and what is hostile in them is one sentence."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import os
import random
import re
import signal
import sqlite3
import sys
import threading
import tracemalloc
import zipfile
from decimal import Decimal

import pytest

from factrank import FactrankError, read
from factrank.facts.reading import packed, tables, typed
from factrank.facts.reading.books import sqlite_rows
from factrank.facts.reading.read import parse_rows, read_rows
from factrank.facts.reading.typed import text_of

ROWS = [["name", "capital", "area"], ["Norway", "Oslo", 385207.0], ["Chad\n", None, 1.5]]
FACTS = [
    ("Norway", "capital", "Oslo", 2), ("Norway", "area", "385207", 2), ("Chad\n", "area", "1.5", 3)
]  # fmt: skip


def facts(data, name, **options):
    return [row[:4] for row in parse_rows(data, name, **options)]


def sentence(data, name, **options):
    with pytest.raises(FactrankError) as caught:
        parse_rows(data, name, **options)
    assert "\n" not in str(caught.value) and str(caught.value).isprintable()
    return str(caught.value)


# ---- SQLite ---------------------------------------------------------------------------------


def database(*statements, **tables):
    with sqlite3.connect(":memory:") as connection:
        for name, (head, *rows) in tables.items():
            marks = ", ".join("?" * len(head))
            columns = ", ".join(f'"{it}"' for it in head)
            connection.execute(f'create table "{name}" ({columns})')
            connection.executemany(f'insert into "{name}" values ({marks})', rows)
        for it in statements:
            connection.execute(it)
        connection.commit()
        return connection.serialize()


@pytest.fixture
def base(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    view = "create view wide as select name, area from lands where area > 2"
    (tmp_path / "f.db").write_bytes(database(view, lands=ROWS, other=[["k", "r"], ["a", "x"]]))
    return tmp_path


def test_row_n_is_line_n_whatever_the_cells_hold():
    rows = [["k", "r"], ["a\nb", "x\r\n"], ["\r", "y"], ["c", "z"]]
    assert sentence(database(t=rows), "f.db").startswith("f.db:3: found an empty key")
    rows[2][0] = "d\r"
    assert [it[3] for it in facts(database(t=rows), "f.db")] == [2, 3, 4]
    told = parse_rows(database(t=[*rows, ["a\nb", "w"]]), "f.db").told
    assert "line 5 has the key 'a\\nb' again" in told[0]


LETTERS = "\n\r\U000f0000\U000f0001\U000f0002x"


@pytest.mark.parametrize("seed", range(40))
def test_no_letter_of_a_cell_is_taken_for_a_line_end(seed):
    rng = random.Random(seed)
    rows = [["k", "r"], ["a\nb" if seed % 2 else "ab", "c\U000f0000" if seed % 4 > 1 else "c"]]
    rows += [[f"{n}", "".join(rng.choices(LETTERS, k=4)) + "."] for n in range(8)]
    assert any("\n" in it[1] for it in rows) and any("\U000f0000" in it[1] for it in rows)
    wanted = [(key, "r", value, line) for line, (key, value) in enumerate(rows[1:], 2)]
    assert facts(database(t=rows), "f.db") == wanted


def test_a_table_is_read_row_by_row(monkeypatch):
    rows = ([f"person number {n // 5}", f"relation {n % 5}", n * 7919 % 991] for n in range(20_000))
    data = database(t=[["key", "query", "value"], *rows])
    peaks = []

    def rows_of_table(*told):
        peaks.append(tracemalloc.get_traced_memory()[1])
        return tables.rows_of_table(*told)

    assert facts(database(lands=ROWS), "f.db") == FACTS  # what is imported first is not counted
    monkeypatch.setattr(typed, "rows_of_table", rows_of_table)
    tracemalloc.start()
    try:
        assert len(parse_rows(data, "f.db")) == 20_000
    finally:
        tracemalloc.stop()
    assert peaks[0] < 5 * len(data), "of the cells at once there would be nine times as much"


def refused(source):
    with pytest.raises(FactrankError) as caught:
        read_rows(source)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_table_of_a_database(base):
    assert [row[:4] for row in read_rows("f.db::lands")] == FACTS
    assert read_rows("f.db::lands").name == "f.db::lands"
    assert facts(database(lands=ROWS), "any.csv") == FACTS  # by its first bytes
    assert facts(gzip.compress(database(lands=ROWS)), "f.db.gz") == FACTS
    assert [row[:3] for row in read_rows("f.db::wide")] == [("Norway", "area", "385207")]
    asked = "f.db::SELECT name AS key, 'size' AS query, area + 1 AS value FROM lands"
    assert [row[:3] for row in read_rows(asked)][1] == ("Chad\n", "size", "2.5")
    assert refused("f.db") == (
        "f.db: expected one table, named, found 2: lands, other (f.db::NAME names one)"
    )
    assert refused("f.db::nope") == (
        "f.db: expected one of its tables (lands, other, wide), found 'nope'"
    )


def test_a_table_may_be_called_like_a_query():
    data = database(**{"with x": ROWS, "select": ROWS})
    for part in ("with x", "select"):
        assert len(list(sqlite_rows(data, "f.db", part))) == len(ROWS)


@pytest.mark.parametrize(
    "asked",
    [
        "select 1 a, 2 b; drop table lands",
        "with x as (select 1) insert into lands select 1, 2, 3",
        "with x as (select 1) delete from lands",
        "with x as (select 1) update lands set name = 1",
        "select load_extension('x'), 2",
        "select * from lands; attach 'g.db' as g",
    ],
)
def test_sql_that_does_more_than_read_is_refused(base, asked):
    before = (base / "f.db").read_bytes()
    assert refused(f"f.db::{asked}").startswith("f.db: expected one SELECT that only reads, found ")
    assert (base / "f.db").read_bytes() == before and os.listdir() == ["f.db"]


@pytest.mark.parametrize("asked", ["attach 'g.db' as g", "pragma writable_schema", "drop table t"])
def test_no_other_sql_is_run(base, asked):
    assert "expected one of its tables" in refused(f"f.db::{asked}")
    assert os.listdir() == ["f.db"]


def test_faults_of_sql_and_of_cells(base):
    assert "found: no such column: x" in refused("f.db::select x from lands")
    data = database(t=[["k", "r"], ["a", b"\xff"], ["b", "x\0y"], ["c", "z"]])
    found = parse_rows(data, "f.db", skip_bad=True)
    assert [row[:4] for row in found] == [("c", "r", "z", 4)]
    assert found.skipped_count == 2
    assert found.skipped[0] == (
        "f.db:2: column 2: found bytes, expected text, a number, a date or a truth value"
    )
    data = database("insert into t values ('b', cast(x'ff' as text))", t=[["k", "r"], ["a", "x"]])
    assert "f.db:3: column 2: found bytes that are no UTF-8 text" in sentence(data, "f.db")


def test_a_database_that_is_written_to_is_not_read_in_part(tmp_path):
    path = tmp_path / "f.db"
    with sqlite3.connect(path) as writer:
        writer.execute("pragma journal_mode = wal")
        writer.execute("create table t (k, r)")
        writer.execute("insert into t values ('a', 'x')")
        writer.commit()
        with pytest.raises(FactrankError, match=r"no program writes to, found its log .*f\.db-wal"):
            read_rows(path)
    writer.close()
    assert [row[:3] for row in read_rows(path)] == [("a", "r", "x")]  # its header still says wal
    assert [it.name for it in tmp_path.iterdir()] == ["f.db"]


def test_broken_databases():
    data = database(lands=ROWS[:1] + ROWS[1:] * 50)
    for end in (16, 17, 20, 99, 100, 5000, len(data) - 1):
        assert "expected a whole SQLite database" in sentence(data[:end], "f.db") or end < 100
    hostile = data.replace(b"CREATE TABLE", b"CREATE TRICK")
    assert "expected a SQLite database to read" in sentence(hostile, "f.db")
    empty = database("create view v as select 1 as a, 2 as b")
    assert sentence(empty, "f.db") == "f.db: expected one table, named, found no table"


def test_rows_without_end_are_refused_and_ctrl_c_is_heard(base, monkeypatch):
    monkeypatch.setattr(packed, "MOST", 10**5)
    endless = "with recursive n(a) as (select 1 union all select a + 1 from n) select a, a from n"
    assert "million characters and cells" in refused(f"f.db::{endless}")
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        read_rows(f"f.db::{endless} where a < 0")


def test_a_part_of_a_text_is_refused(tmp_path):
    (tmp_path / "f.csv").write_text("a,b\nx,y\n")
    assert refused(f"{tmp_path}/f.csv::b").endswith(
        "expected a part of a workbook, a SQLite database or a zip, found 'b' of text"
    )
    for options, what in (({"encoding": "latin-1"}, "an encoding"), ({"delimiter": ";"}, "a deli")):
        assert f"expected {what}" in sentence(database(lands=ROWS), "f.db", **options)
    assert "expected that format for text only" in sentence(
        database(lands=ROWS), "f.db", format="jsonl"
    )


# ---- Excel ----------------------------------------------------------------------------------


def workbook(**sheets):
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    return saved(book)


def saved(book):
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def changed(data, member, change):
    """A workbook with one of its parts changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            new.writestr(name, change(text) if name == member else text)
    return out.getvalue()


def test_a_sheet_of_a_workbook(tmp_path):
    data = workbook(Lands=ROWS, Empty=[], Other=[["k", "r"], ["a", "x"]])
    rows = parse_rows(data, "f.xlsx")
    assert [row[:4] for row in rows] == FACTS
    assert rows.told == ("f.xlsx: read the sheet 'Lands', not Other (f.xlsx::SHEET names another)",)
    (tmp_path / "f.xlsx").write_bytes(data)
    assert [row[:3] for row in read_rows(f"{tmp_path}/f.xlsx::Other")] == [("a", "r", "x")]
    with pytest.raises(FactrankError, match=r"expected one of its sheets \(Lands, Empty, Other\)"):
        read(f"{tmp_path}/f.xlsx::None")
    assert sentence(workbook(A=[]), "f.xlsx").endswith("expected a header line and facts")


def test_blank_rows_and_columns_around_a_table_are_no_cells():
    rows = [[], [None, None, "name", "r", None], [None, None, "a", "x"], [], [None, "", "b", "y"]]
    assert facts(workbook(A=rows), "f.xlsx") == [("a", "r", "x", 3), ("b", "r", "y", 5)]


def test_kinds_of_cells_of_a_sheet():
    row = [
        "a", 3.0, 0.1, True, dt.date(2024, 5, 31), dt.datetime(2024, 5, 31, 12, 30), dt.time(7, 5),
        " padded ", "12",
    ]  # fmt: skip
    data = workbook(A=[["k", *(f"c{n}" for n in range(len(row) - 1))], row])
    assert [row[2] for row in facts(data, "f.xlsx")] == [
        "3", "0.1", "True", "2024-05-31", "2024-05-31T12:30:00", "07:05:00", " padded ", "12"
    ]  # fmt: skip


def test_formulas_without_a_value_errors_and_merged_cells_are_told():
    data = workbook(A=[["k", "r"], ["a", "=1+1"], ["b", "#N/A"], ["c", "z"]])
    rows = parse_rows(data, "f.xlsx", skip_bad=True)
    assert [row[:4] for row in rows] == [("c", "r", "z", 4)]
    assert [text.split(", expected")[0] for text in rows.skipped] == [
        "f.xlsx:2: column 2: found a formula without a value (a program that computes saves it)",
        "f.xlsx:3: column 2: found the error #N/A",
    ]
    sheet = "xl/worksheets/sheet1.xml"
    known = changed(data, sheet, lambda it: re.sub(rb"<v ?/>|<v></v>", b"<v>2</v>", it))
    assert parse_rows(known, "f.xlsx", skip_bad=True)[0][:4] == ("a", "r", "2", 2)
    empty = changed(data, sheet, lambda it: it.replace(b'<c r="B2">', b'<c r="B2" t="str">'))
    assert [it.split(":")[1] for it in parse_rows(empty, "f.xlsx", skip_bad=True).skipped] == ["3"]
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(workbook(A=[["k", "r"], ["a", "x"], ["b", "y"]])))
    book.active.merge_cells("B2:B3")
    rows = parse_rows(saved(book), "f.xlsx")
    assert len(rows) == 1 and rows.told[0].startswith("f.xlsx: has merged cells")


def test_a_sheet_that_lies_about_its_size_is_read_whole():
    data = workbook(A=[["k", "r"], *([f"a{n}", "x"] for n in range(50))])
    small = changed(
        data, "xl/worksheets/sheet1.xml",
        lambda it: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:B3"', it),
    )  # fmt: skip
    assert small != data and len(parse_rows(small, "f.xlsx")) == 50


ENTITIES = b'<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaaaaaaaa">' + b"".join(
    b'<!ENTITY %c "%s">' % (98 + n, (b"&%c;" % (97 + n)) * 10) for n in range(9)
) + b"]>"  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        lambda it: b"",
        lambda it: it[: len(it) // 2],
        lambda it: b"<" * 10_000,
        lambda it: it.replace(b'r="2"', b'r="99999999999"'),
        lambda it: it.replace(b"<sheetData>", b"<sheetData>" + b"<row>" * 1000),
        lambda it: ENTITIES + it.replace(b"<sheetData>", b"<sheetData>&j;"),
        lambda it: it.replace(b't="n"', b't="s"').replace(b"<v>2", b"<v>99"),
    ],
)
def test_hostile_sheets_are_one_sentence(change):
    data = workbook(A=[["k", "r"], ["a", "x"], ["b", 2]])
    hostile = changed(data, "xl/worksheets/sheet1.xml", change)
    assert sentence(hostile, "f.xlsx").startswith("f.xlsx:")


def test_a_sheet_that_claims_more_than_is_there_is_cut_short():
    data = bytearray(workbook(A=[["k", "r"], *([f"a{n * n}", n] for n in range(500))]))
    listed = data.rfind(b"PK\1\2", 0, data.rfind(b"xl/worksheets/sheet1.xml"))
    data[listed + 20 : listed + 24] = (10**8).to_bytes(4, "little")
    found = sentence(bytes(data), "f.xlsx")
    assert found == "f.xlsx: expected an Excel workbook, found: EOFError: cut short"


def test_a_workbook_that_grows_is_refused(monkeypatch):
    data = workbook(A=[["k", "r"], *([f"a{n}", "x"] for n in range(200))])
    monkeypatch.setattr(packed, "MOST", 5000)
    assert "expected a workbook of at most 0 MiB when unpacked, found more" in sentence(
        data, "f.xlsx"
    )


# ---- Parquet --------------------------------------------------------------------------------


def parquet(columns, **metadata):
    import pyarrow as pa
    from pyarrow import parquet as pq

    out = io.BytesIO()
    pq.write_table(pa.table(columns).replace_schema_metadata(metadata or None), out)
    return out.getvalue()


def test_a_parquet_file():
    columns = {
        name: list(it) for name, it in zip(ROWS[0], zip(*ROWS[1:], strict=True), strict=True)
    }
    assert facts(parquet(columns), "f.parquet") == FACTS
    assert facts(gzip.compress(parquet(columns)), "f.parquet.gz") == FACTS
    assert facts(parquet(columns), "f.csv") == FACTS


def test_kinds_of_cells_of_a_parquet_file():
    import pyarrow as pa

    columns = {
        "k": ["a"], "i": pa.array([2**62 + 1]), "f": pa.array([0.1], pa.float32()),
        "d": pa.array([Decimal("1.50")]), "t": pa.array([dt.date(2024, 5, 31)]),
        "c": pa.array(["x"]).dictionary_encode(), "n": pa.array([None], pa.null()),
        "h": pa.array([2.0], pa.float32()), "u": pa.array([float("nan")], pa.float32()),
    }  # fmt: skip
    assert [row[1:3] for row in facts(parquet(columns), "f.parquet")] == [
        ("i", "4611686018427387905"), ("f", "0.1"), ("d", "1.5"), ("t", "2024-05-31"), ("c", "x"),
        ("h", "2"),
    ]  # fmt: skip
    for wrong, kind in (([[1]], "list"), ([{"a": 1}], "dict"), ([b"x"], "bytes")):
        found = sentence(parquet({"k": ["a"], "r": wrong}), "f.parquet")
        assert f"f.parquet:2: column 2: found {kind}, expected text" in found


def test_an_index_that_pandas_kept_is_told():
    told = b'{"index_columns": ["land"]}'
    data = parquet({"r": ["x"], "land": ["a"]}, pandas=told)
    assert "expected a mere numbering as index, found land (reset_index()" in sentence(
        data, "f.parquet"
    )
    fine = b'{"index_columns": [{"kind": "range"}]}'
    assert len(parse_rows(parquet({"k": ["a"], "r": ["x"]}, pandas=fine), "f.parquet")) == 1


def test_broken_parquet_files():
    data = parquet({"k": ["a", "b"] * 100, "r": ["x", "y"] * 100})
    for n in range(4, len(data), 7):
        broken = data[:n] + bytes([data[n] ^ 0xFF]) + data[n + 1 :]
        for hostile in (data[:n], broken):
            try:
                parse_rows(hostile, "f.parquet")
            except FactrankError as error:
                assert str(error).startswith("f.parquet:")


# ---- the extra is not there -------------------------------------------------------------------


def test_a_missing_reader_is_one_sentence_with_its_extra(monkeypatch):
    pile = io.BytesIO()
    with zipfile.ZipFile(pile, "w") as book:
        book.writestr("xl/workbook.xml", "")
    for package, name, data in (
        ("openpyxl", "f.xlsx", pile.getvalue()), ("pyarrow", "f.parquet", b"PAR1PAR1")
    ):  # fmt: skip
        monkeypatch.setitem(sys.modules, package, None)
        assert sentence(data, name) == (
            f"{name}: expected the package {package}, found none; pip install 'factrank[tables]'"
        )


def test_no_digit_and_no_part_of_a_second_is_lost():
    long = Decimal("12345678901234567890.123456789012")
    assert text_of(long) == "12345678901234567890.123456789012"
    assert [text_of(Decimal(it)) for it in ("1.50", "-0.00", "1E+2", "3.0")] == [
        "1.5",
        "0",
        "100",
        "3",
    ]
    late = dt.datetime(2024, 5, 31, microsecond=500)
    assert text_of(late) == "2024-05-31T00:00:00.000500"
    zoned = dt.datetime(2024, 5, 31, tzinfo=dt.timezone(dt.timedelta(hours=9)))
    assert text_of(zoned) == "2024-05-31T00:00:00+09:00"
    assert text_of(dt.datetime(2024, 5, 31)) == "2024-05-31"


def test_a_narrow_file_of_a_wide_sheet_is_refused(monkeypatch):
    from factrank.facts.reading import books

    data = workbook(A=[["k", "r"], ["a", "x"]])
    assert facts(data, "f.xlsx") == [("a", "r", "x", 2)]
    monkeypatch.setattr(books, "CELLS", 3)
    assert sentence(data, "f.xlsx") == "f.xlsx: expected at most 3 cells of a sheet, found more"


def test_a_workbook_that_cannot_come_out_piece_by_piece_is_told():
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook(A=[["k", "r"], ["a", "x"]]))) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_BZIP2) as new,
    ):
        for name in old.namelist():
            new.writestr(name, old.read(name))
    rule = "expected a workbook that is stored or deflated, found another method"
    assert sentence(out.getvalue(), "f.xlsx") == f"f.xlsx: {rule}"
