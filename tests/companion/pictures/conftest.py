"""Pictures are drawn without a screen."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

collect_ignore_glob = [] if find_spec("matplotlib") else ["test_*.py"]


@pytest.fixture(autouse=True)
def no_screen() -> None:
    import matplotlib.pyplot as plt

    plt.switch_backend("Agg")
