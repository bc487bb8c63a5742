"""``python -m factrank`` is the command ``factrank``."""

from factrank.cli import main

main()
