"""Which record a cell reads: found by following its variables."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def extensions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the tests import the extensions as Sphinx does."""
    monkeypatch.setattr(sys, "path", [str(ROOT / "book" / "_ext"), *sys.path])


def read(*cells: str) -> list[list[str]]:
    """Return what each cell reads of the records `speed` and `size`."""
    import records

    return [sorted(found) for found in records.reads(list(cells), {"speed", "size"})]


def test_a_cell_reads_what_it_names_or_loads():
    assert read('p = Path("results/speed.json")') == [["speed"]]
    assert read('t = load("size", "results")') == [["size"]]
    assert read('t = load_bench("size", "results")') == [["size"]]
    assert read('t = pd.read_csv("results/size.csv")') == [["size"]]
    assert read('size = "size"; speed = draw("speed")') == [[]]


def test_a_variable_carries_its_record_until_it_is_given_another_value():
    cells = ('t = load("size", "results")', "u = t.mean() + 1", "print(u)", "t = 3", "t, u", "t")
    assert read(*cells) == [["size"], ["size"], ["size"], [], ["size"], []]


def test_functions_loops_and_changes_in_place_carry_it_too():
    table = 'table = load("speed", "results").frame'
    assert read(table, "def best(n):\n    return table[n]", "x = best(3)")[2] == ["speed"]
    assert read(table, "def other(table):\n    return table", "x = other(3)")[1:] == [[], []]
    assert read(table, "for row in table:\n    last = row", "last") == [["speed"]] * 3
    assert read(table, "rows = []", "rows.append(table)", "rows")[1:] == [[], ["speed"], ["speed"]]
    assert read(table, "d = {}", "d['a'] = table", "d")[2:] == [["speed"], ["speed"]]


def test_a_module_that_draws_a_record_does_not_become_one():
    cells = ('import plotting\nt = load("size", "results")', "plotting.draw(t)", "plotting.show()")
    assert read(*cells) == [["size"], ["size"], []]


def test_two_records_meet_and_magic_lines_are_passed_over():
    cells = ('a = load("size", "r")', '%time\nb = load("speed", "r")', "c = a + b")
    assert read(*cells) == [["size"], ["speed"], ["size", "speed"]]


def test_every_record_of_the_book_says_how_it_was_made():
    import records

    found = records.records(ROOT / "notebooks" / "results")
    assert {"benchmark", "rank-threshold", "real_databases"} <= set(found)
    assert not set(records.TIMES) & set(found)
    for record in found.values():
        assert record.command and record.bytes > 0
        assert [path.suffix for path in record.files] in ([".json"], [".json", ".csv"])


def test_the_chapters_that_read_records_are_seen():
    import records

    found = records.records(ROOT / "notebooks" / "results")
    chapter = ROOT / "notebooks" / "10_rank_threshold.ipynb"
    by_tag = {
        tag: [record.name for record in cell.records]
        for cell in records.cells(chapter, found)
        for tag in cell.tags
        if tag.startswith("check-")
    }
    assert by_tag["check-record-free"] == ["rank-threshold"]
    assert by_tag["check-quick"] == by_tag["check-s5"] == []


def test_places_count_all_cells(tmp_path: Path):
    import records

    kinds = ("markdown", "code", "markdown", "code")
    cells = [{"cell_type": kind, "metadata": {}, "source": ["x = 1"]} for kind in kinds]
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    assert [cell.index for cell in records.cells(path, {})] == [1, 3]


def test_a_chapter_is_read_once_until_it_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    import records

    chapter, parsed = tmp_path / "chapter.ipynb", []
    monkeypatch.setattr(
        records, "json", SimpleNamespace(loads=lambda text: parsed.append(text) or json.loads(text))
    )

    def write(source: str, at: int) -> None:
        cell = {"cell_type": "code", "metadata": {}, "source": [source]}
        chapter.write_text(json.dumps({"cells": [cell]}), encoding="utf-8")
        os.utime(chapter, ns=(at, at))

    found = {"size": records.Record("size", ()), "speed": records.Record("speed", ())}
    write('load("size", "results")', 1)
    for _ in range(3):  # as each figure and each claim of the chapter does
        assert [it.name for it in records.cells(chapter, found)[0].records] == ["size"]
    assert len(parsed) == 1
    write('load("speed", "results")', 2)
    assert [it.name for it in records.cells(chapter, found)[0].records] == ["speed"]
    assert len(parsed) == 2
