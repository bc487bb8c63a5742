"""Settings shared by all tests: no test is judged by its wall time."""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("factrank", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("factrank")
