"""What tests and doctests share: no picture stays open after the one that drew it."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def no_open_figures() -> Iterator[None]:
    """Close what was drawn, if anything was."""
    yield
    if (plt := sys.modules.get("matplotlib.pyplot")) is not None:
        plt.close("all")
