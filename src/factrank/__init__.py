"""factrank: how large is a database of facts, and what can an attention layer hold?

Rooms, each answering one question: ``facts`` (what is a database?), ``rank`` (how large is it,
with proof?), ``layer`` (what can store it?), ``practice`` (what should I do with my facts?). Names
below are imported on first use, so that one room never loads another.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from factrank.errors import FactrankError
    from factrank.facts.database import Database
    from factrank.facts.reading.read import read
    from factrank.rank.interval import RankInterval, rank_interval

__version__ = "0.1.0"
__all__ = ["Database", "FactrankError", "RankInterval", "__version__", "rank_interval", "read"]

_HOME = {
    "Database": "factrank.facts.database",
    "FactrankError": "factrank.errors",
    "RankInterval": "factrank.rank.interval",
    "rank_interval": "factrank.rank.interval",
    "read": "factrank.facts.reading.read",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'factrank' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
