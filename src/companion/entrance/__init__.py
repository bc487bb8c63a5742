"""The ten pages before the chapters: their numbers, and their pictures that can be touched.

One file a page. Each has ``numbers()``, what the page's text is told, and ``scene()``, its picture.
Nothing stands here twice: both are computed from facts, proofs and records, as in the chapters.
"""

from __future__ import annotations

from collections.abc import Sequence
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


def onward(shares: Sequence[tuple[int, float]]) -> int:
    """The least width from which on, at every width tried, more than half succeed.

    >>> onward([(1, 0.0), (2, 0.9), (3, 0.5), (4, 1.0), (5, 0.6)])
    4
    """
    short = max((width for width, share in shares if share <= 0.5), default=0)
    return min(width for width, _ in shares if width > short)
