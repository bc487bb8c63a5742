"""Several sources as one database, and what the words of a command name."""

from __future__ import annotations

import zipfile

import pytest

from factrank import Database, FactrankError, read
from factrank.facts.reading.read import paths_of, read_rows, sources_of
from factrank.practice.findings.counted import audit


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.txt").write_text("Ann\tlikes\ttea\nBob\tlikes\ttea\nAnn\tlikes\ttea\n")
    (tmp_path / "valid.txt").write_text("Bob\tlikes\ttea\nCid\tlikes\tmilk\n")
    (tmp_path / "wide.csv").write_text("name,likes,has\nAnn,tea,\nDan,,a cat\n")
    return tmp_path


@pytest.mark.filterwarnings("ignore:.*read as triples")
def test_several_sources_are_one_database(folder):
    rows = read_rows("train.txt+valid.txt+wide.csv")
    assert [(row[:4], row.notes["source"]) for row in rows] == [
        (("Ann", "likes", "tea", 1), "train.txt"), (("Bob", "likes", "tea", 2), "train.txt"),
        (("Ann", "likes", "tea", 3), "train.txt"), (("Bob", "likes", "tea", 1), "valid.txt"),
        (("Cid", "likes", "milk", 2), "valid.txt"), (("Ann", "likes", "tea", 2), "wide.csv"),
        (("Dan", "has", "a cat", 3), "wide.csv"),
    ]  # fmt: skip
    assert rows.told[0] == (
        "train.txt+valid.txt+wide.csv: read 3 sources as one, 4 facts, 2 of them in more than one"
    )
    parts = [read(it) for it in ("train.txt", "valid.txt", "wide.csv")]
    assert rows.database() == Database.from_triples([it for db in parts for it in db.triples()])
    assert list(read_rows(["train.txt", folder / "valid.txt"]).line) == [1, 2, 3, 1, 2]
    found = audit(rows)
    assert (found.confirmed, dict(found.sources)) == (
        2, {"train.txt": 3, "valid.txt": 2, "wide.csv": 2}
    )  # fmt: skip


def test_a_source_column_of_their_own_stays(folder):
    (folder / "a.csv").write_text("key,query,value,source,date\nx,r,y,us,2020\n")
    rows = read_rows("a.csv+valid.txt")
    assert rows.notes == {
        "source": ["us", "", ""], "date": ["2020", "", ""],
        "file": ["a.csv", "valid.txt", "valid.txt"],
    }  # fmt: skip


def test_notes_of_any_name_leave_one_for_the_file(folder):
    notes = ["source", "file", "file 2", "file 3"]
    (folder / "a.csv").write_text(f"key,query,value,{','.join(notes)}\nx,r,y,1,2,3,4\n")
    assert read_rows("a.csv+valid.txt").notes["file 4"] == ["a.csv", "valid.txt", "valid.txt"]


def test_faults_of_each_are_told_with_its_name(folder):
    (folder / "bad.csv").write_text("key,query,value\na,r\nb,r,x\n")
    with pytest.raises(FactrankError, match=r"^bad\.csv:2: found 2 cells"):
        read_rows("train.txt+bad.csv")
    rows = read_rows("train.txt+bad.csv", skip_bad=True)
    assert (len(rows), rows.skipped_count, len(rows.skipped)) == (4, 1, 1)
    with pytest.raises(FactrankError, match="expected a source on each side of '\\+', found none"):
        read_rows("train.txt+")
    with pytest.raises(FactrankError, match=r"^none\.csv: found no such file"):
        read_rows("train.txt+none.csv")
    with pytest.raises(FactrankError, match="expected at least one, found none"):
        read_rows([])


def test_a_file_whose_name_has_a_plus_or_colons_is_that_file(folder):
    for name in ("a+b.csv", "a::b.csv", "c++.csv"):
        (folder / name).write_text("k,r\nx,y\n")
        assert len(read(name)) == len(read(folder / name)) == 1
        assert paths_of(name) == [name]
    assert [it.part for it in sources_of("x.db::with a as (select 1) select 1 + 1, 2")] == [
        "with a as (select 1) select 1 + 1, 2"
    ]
    assert paths_of("library:example+-") == ["library:example", "-"]


def test_the_command_takes_them_and_writes_over_none_of_them(folder, run):
    status, out, err = run("rank", "train.txt+valid.txt", "--json")
    assert status == 0 and '"facts": 3' in out
    assert err.startswith("train.txt+valid.txt: read 2 sources as one, 3 facts, 1 of them in more")
    assert run("rank", "library:example+train.txt")[0] == 0
    for own in ("train.txt", "valid.txt", folder / "valid.txt"):
        for command in (
            ("rank", "--certificate"), ("audit", "--html"), ("audit", "--decisions"),
            ("compile", "-o"),
        ):  # fmt: skip
            before = (folder / "valid.txt").read_bytes()
            done = run(command[0], "train.txt+valid.txt", command[1], own, "--force")
            assert done[0] == 2 and "found the same file (no input is written over)" in done[2]
            assert (folder / "valid.txt").read_bytes() == before
    (folder / "pile.csv::x").write_text("a,b\n")
    assert run("plan", "train.txt+wide.csv", "--html", "wide.csv", "--force")[0] == 2


def test_a_blank_node_belongs_to_its_own_file(folder):
    (folder / "a.ttl").write_text('@prefix : <http://x/> .\n[] :p "x" . _:b :p :o .\n')
    (folder / "b.ttl").write_text('@prefix : <http://x/> .\n[] :p "y" . :s :q _:b .\n')
    rows = read_rows("a.ttl+b.ttl")
    assert rows.keys == ("[1] of a.ttl", "_:b of a.ttl", "[1] of b.ttl", "http://x/s")
    assert rows.values[-1] == "_:b of b.ttl"
    assert read("a.ttl").keys == ("[1]", "_:b")


def test_a_part_in_a_list_may_have_a_plus_in_its_name(folder):
    with zipfile.ZipFile(folder / "m.zip", "w") as pile:
        pile.writestr("b+c.csv", "key,query,value\na,r,x\n")
        pile.writestr("d.csv", "key,query,value\na,r,y\n")
    assert list(read(["m.zip::b+c.csv"]).triples()) == [("a", "r", "x")]
