"""The book's small Sphinx extensions, apart from the ledger's."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

EXTENSIONS = Path(__file__).resolve().parent.parent / "book" / "_ext"


@pytest.fixture
def extensions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the tests import the extensions as Sphinx does."""
    monkeypatch.setattr(sys, "path", [str(EXTENSIONS), *sys.path])


def entry(seconds: float, cpu: str) -> dict:
    """Return one notebook's record."""
    machine = {"cpu": cpu, "cores": 2, "system": "Debian"}
    return {"seconds": seconds, "machine": machine, "versions": {"python": "3.11.7"}}


def texts(table) -> list[list[str]]:
    """Return a docutils table as lists of text."""
    from docutils import nodes

    return [
        [cell.astext() for cell in row.findall(nodes.entry)] for row in table.findall(nodes.row)
    ]


@pytest.mark.usefixtures("extensions")
def test_statistics_name_each_setting_once_and_sum_the_seconds():
    import statistics_page

    record = {"01_a": entry(1.25, "X"), "02_b": entry(2.0, "Y"), "03_c": entry(3.0, "X")}
    assert texts(statistics_page.seconds_table(record))[1:] == [
        ["01_a", "1.2", "A"],
        ["02_b", "2.0", "B"],
        ["03_c", "3.0", "A"],
        ["all", "6.2", ""],
    ]
    assert texts(statistics_page.settings_table(record))[1:] == [
        ["A", "X, 2 cores, Debian.", "python 3.11.7."],
        ["B", "Y, 2 cores, Debian.", "python 3.11.7."],
    ]


@pytest.mark.usefixtures("extensions")
def test_docstrings_mean_what_they_say():
    import docstrings

    assert docstrings.plain(["|K| and D_(V), 2*m"]) == [r"\|K\| and D\_(V), 2\*m"]
    hanging = ["As text:", "", "P1  one", "    |V| more", "", "end"]
    shown = ["As text:", "", "| P1  one", r"|     \|V\| more", "", "end"]
    assert docstrings.plain(hanging) == shown
    untouched = ["``|K|`` and a_name and `text <x>`_ stay", "", ">>> 2*3", "6*|x|", ""]
    untouched += ["Args:", "    a: one", "        two", "", "- a list", "  goes on"]
    assert docstrings.plain(untouched) == untouched


@pytest.mark.usefixtures("extensions")
def test_mathjax_is_one_file_of_an_installed_wheel():
    import offline

    found = offline.mathjax_file()
    assert found.name == "tex-svg.js"
    assert found.stat().st_size > 1_000_000


@pytest.mark.usefixtures("extensions")
def test_the_interface_page_finds_modules_by_itself():
    import interface

    found = interface.modules("factrank.facts")
    assert found[0] == "factrank.facts"
    assert "factrank.facts.database" in found
