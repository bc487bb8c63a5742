"""The face of a package: names found at their homes on first use, so that nothing loads early."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module


def face(package: str, homes: Mapping[str, str]) -> Callable[[str], object]:
    """The ``__getattr__`` of a package: each name with its module, below the package.

    ``module:other`` is a name that is called otherwise there, and ``module:`` the module itself.
    Errors: ``AttributeError`` for a name without a home.

    >>> find = face("factrank", {"Database": "facts.database", "smaller": "facts.library:"})
    >>> find("Database").__name__, find("smaller").__name__
    ('Database', 'factrank.facts.library')
    >>> find("plots")
    Traceback (most recent call last):
    AttributeError: module 'factrank' has no attribute 'plots'
    """

    def find(name: str) -> object:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module, part, other = homes[name].partition(":")
        found = import_module(f"{package}.{module}")
        return found if part and not other else getattr(found, other or name)

    return find
