"""The three forms of every notebook agree cell by cell, and what is recorded was really run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import twins
from tools.house import masters

MASTERS = masters()


def test_there_are_notebooks_and_every_twin_has_a_master():
    assert MASTERS
    assert twins.strangers() == []


@pytest.mark.parametrize("master", MASTERS, ids=lambda path: path.stem)
def test_twins_agree_with_the_master(master: Path):
    assert twins.differences(master) == []


@pytest.mark.parametrize("master", MASTERS, ids=lambda path: path.stem)
def test_recorded_outputs_are_complete_and_clean(master: Path):
    assert twins.faults(master.with_suffix(".ipynb")) == []
