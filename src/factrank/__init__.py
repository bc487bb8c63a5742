"""factrank: how large is a database of facts, and what can an attention layer hold?

Rooms, each answering one question: ``facts`` (what is a database?), ``rank`` (how large is it,
with proof?), ``layer`` (what can store it?), ``practice`` (what should I do with my facts?). Names
below are imported on first use, so that one room never loads another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from factrank.face import face

if TYPE_CHECKING:
    from factrank.errors import FactrankError
    from factrank.facts import library
    from factrank.facts.database import Database
    from factrank.facts.frames import from_frame, from_graph, from_tensor
    from factrank.facts.reading.read import read, read_rows
    from factrank.layer.attention import AttentionLayer
    from factrank.layer.building.at_size import compile_facts
    from factrank.layer.config import LayerConfig
    from factrank.layer.edit import delete_fact, insert_fact, set_fact
    from factrank.layer.file import load, save
    from factrank.layer.model import NamedLayer as Layer
    from factrank.layer.model import recall
    from factrank.layer.training.fitting import train
    from factrank.practice.audit.report import report as audit
    from factrank.practice.plan.capacity import capacity
    from factrank.practice.plan.layers import plan
    from factrank.rank.asked import rank_interval
    from factrank.rank.certificate import certificate
    from factrank.rank.explain import explain
    from factrank.rank.interval import RankInterval
    from factrank.rank.verify.checker import verify

__version__ = "0.1.0"
__all__ = [
    "AttentionLayer",
    "Database",
    "FactrankError",
    "Layer",
    "LayerConfig",
    "RankInterval",
    "audit",
    "capacity",
    "certificate",
    "compile_facts",
    "delete_fact",
    "explain",
    "from_frame",
    "from_graph",
    "from_tensor",
    "insert_fact",
    "library",
    "load",
    "plan",
    "rank_interval",
    "read",
    "read_rows",
    "recall",
    "save",
    "set_fact",
    "train",
    "verify",
]

_HOME = {  # name -> its module, and its name there where that is another one
    "AttentionLayer": "layer.attention",
    "Database": "facts.database",
    "FactrankError": "errors",
    "Layer": "layer.model:NamedLayer",
    "LayerConfig": "layer.config",
    "RankInterval": "rank.interval",
    "audit": "practice.audit.report:report",
    "capacity": "practice.plan.capacity",
    "certificate": "rank.certificate",
    "compile_facts": "layer.building.at_size",
    "delete_fact": "layer.edit",
    "explain": "rank.explain",
    "from_frame": "facts.frames",
    "from_graph": "facts.frames",
    "from_tensor": "facts.frames",
    "insert_fact": "layer.edit",
    "library": "facts.library:",
    "load": "layer.file",
    "plan": "practice.plan.layers",
    "rank_interval": "rank.asked",
    "read": "facts.reading.read",
    "read_rows": "facts.reading.read",
    "recall": "layer.model",
    "save": "layer.file",
    "set_fact": "layer.edit",
    "train": "layer.training.fitting",
    "verify": "rank.verify.checker",
}


__getattr__ = face(__name__, _HOME)


def __dir__() -> list[str]:
    return __all__
