"""The command ``factrank``: parse, call, print. Rooms are imported inside the commands.

One module a room: it registers its commands on ``app`` when it is imported here. Other packages add
theirs by an entry point of the group ``factrank.commands``: a module that registers on import.
"""

from importlib.metadata import entry_points

from factrank.cli import capacity as _capacity  # noqa: F401
from factrank.cli import edit as _edit  # noqa: F401
from factrank.cli import heads as _heads  # noqa: F401
from factrank.cli import layer as _layer  # noqa: F401
from factrank.cli import plan as _plan  # noqa: F401
from factrank.cli import practice as _practice  # noqa: F401
from factrank.cli import rank as _rank  # noqa: F401
from factrank.cli import train as _train  # noqa: F401
from factrank.cli import trial as _trial  # noqa: F401
from factrank.cli.edge import app, main

for _point in entry_points(group="factrank.commands"):
    _point.load()

__all__ = ["app", "main"]
