"""Every recorded experiment is the one that the code would run, judged as the code judges it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pandas as pd
import pytest

from companion.engine import catalogue
from companion.engine.results import load

RESULTS = Path(__file__).resolve().parents[3] / "notebooks" / "results"


@pytest.mark.parametrize("name", catalogue.CATALOGUE)
def test_the_full_tier_is_the_grid_that_is_recorded(name):
    items = pd.DataFrame(catalogue.experiment(name).items("full"))
    recorded = load(name, RESULTS).frame
    assert len(items) == len(recorded)
    if "most_steps" in recorded:  # what was asked; how many were made stands in steps
        recorded["steps"] = recorded["most_steps"]
    for column in items:  # what an item leaves open, its row may tell
        assert ((items[column] == recorded[column]) | items[column].isna()).all(), column


@pytest.mark.parametrize("name", catalogue.CATALOGUE)
def test_the_record_is_judged_as_it_says(name):
    found = load(name, RESULTS)
    again = [asdict(judgement) for judgement in catalogue.experiment(name).judge(found.frame)]
    assert again == found.about["criteria"]
