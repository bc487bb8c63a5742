"""Items are told as plain data and made again of it, in the order of the record's columns."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from companion.engine.catalogue import CATALOGUE, experiment
from companion.engine.results import load
from companion.studies.item import Item

ONE = Item(
    "uniform", 8, 2, 4, part="a", n_heads=2, d_model=4, d_head_qk=1, width=4, steps=9, seed=0
)


def test_an_item_is_told_and_made_again():
    told = ONE.told()
    assert Item(**told) == ONE and told["part"] == "a" and "size" not in told
    assert told["beta"] is None, "no bound is something to say"
    with pytest.raises(TypeError, match="d_modle"):
        Item(**told, d_modle=3)
    with pytest.raises(FrozenInstanceError):
        ONE.width = 3  # type: ignore[misc]  # that is what is asked


@pytest.mark.parametrize("name", [it for it in CATALOGUE if it != "constructions"])
def test_names_stand_in_the_order_of_the_record(name):
    """But where two kinds of rows share a table."""
    columns = {column: n for n, column in enumerate(load(name).frame)}
    for item in {tuple(it): it for it in experiment(name).expand("full")}.values():
        places = [columns[it] for it in item]
        assert places == sorted(places)
