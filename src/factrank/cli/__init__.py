"""The command ``factrank``: parse, call, print. Rooms are imported inside the commands.

One module a room registers its commands when it is imported, which ``edge`` does for the one typed.
"""

from factrank.cli.edge import app, main

__all__ = ["app", "main"]
