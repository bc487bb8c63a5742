"""The ten pages before the chapters: their numbers, and their pictures that can be touched.

One file a page. Each has ``numbers()``, what the page's text is told, and ``scene()``, its picture.
Nothing stands here twice: both are computed from facts, proofs and records, as in the chapters.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pandas import DataFrame, Series


FOLDER = Path(__file__).resolve().parents[3] / "notebooks" / "results"


@cache
def record(name: str) -> DataFrame:
    """The recorded table of an experiment, wherever the page is made from."""
    from companion.engine.results import load

    return load(name, FOLDER).frame


def onward(shares: Series) -> int:
    """The least width, their index, from which on more than half succeed.

    >>> import pandas as pd
    >>> onward(pd.Series({1: 0.0, 2: 0.9, 3: 0.5, 4: 1.0, 5: 0.6}))
    4
    """
    from companion.engine.thresholds import MOST, edge

    return int(edge(shares > MOST)[1])
