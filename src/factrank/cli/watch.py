"""Where one waits: how much is done, how long it takes yet, Ctrl-C as a wish to end well."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from factrank.cli.edge import passing

PATIENCE = 2.0  # seconds before anything is said
PACE = 0.5  # seconds between two lines


@contextmanager
def watched(
    what: str, clock: Callable[[], float] = time.monotonic
) -> Iterator[Callable[[int, int], None]]:
    """A function that is told how many are done, of how many; it shows a line on a terminal, from
    ``PATIENCE`` seconds on, and the line is gone in the end."""
    begun = clock()
    last = begun + PATIENCE - PACE
    with passing() as show:

        def tell(done: int, total: int) -> None:
            nonlocal last
            if not done or (now := clock()) < last + PACE:
                return
            last = now
            left = (now - begun) * (total - done) / done
            show(f"{done:,} of {total:,} {what}, about {spoken(left)} left")

        yield tell


def spoken(seconds: float) -> str:
    """A length of time as one says it.

    >>> spoken(7), spoken(400), spoken(9000)
    ('7 s', '7 min', '2.5 h')
    """
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


@contextmanager
def interruptible() -> Iterator[Callable[[], bool]]:
    """Inside, the first interrupt only makes the function given answer True; a second one is the
    usual ``KeyboardInterrupt``. Elsewhere than in the main thread nothing is changed."""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set
        return
    before = signal.getsignal(signal.SIGINT)

    def handle(number: int, frame: object) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    signal.signal(signal.SIGINT, handle)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, before)
