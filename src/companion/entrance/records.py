"""The records that the pages are told from: tables of trained layers, read once."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pandas import DataFrame

FOLDER = Path(__file__).resolve().parents[3] / "notebooks" / "results"


@cache
def record(name: str) -> DataFrame:
    """The recorded table of an experiment, wherever the page is made from."""
    from companion.engine.results import load

    return load(name, FOLDER).frame
