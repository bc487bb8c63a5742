"""Checkers for the book's exercises: one module a chapter, one function an exercise.

``from companion.exercises import ch01`` and ``ch01.ones_and_zeros(answer)``. A checker prints one
line: ``Right: ...`` with the reason, or ``Not yet: ...`` with what is wrong, never the solution.
A chapter's module is imported on first use.
"""

from __future__ import annotations

import re
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType


def __getattr__(name: str) -> ModuleType:
    module = f"{__name__}.{name}"
    if not re.fullmatch(r"ch\d\d", name) or find_spec(module) is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module(module)
