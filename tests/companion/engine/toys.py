"""A sweep without training, for tests of the engine: it counts, and says what it began.

As a program, ``python -m tests.companion.engine.toys STORE LOG WORKERS``: run the sweep, and write
to LOG, line by line, each item whose computation began (``begun``) and each that is kept
(``kept``).
"""

from __future__ import annotations

import os
import signal
import sys
import time
from functools import partial

from companion.engine import sweeps
from companion.engine.store import Store, key_of
from factrank.practice import pool

ITEMS = 60
BATCH = 3
BUSY = 0.02  # the processor's seconds of a busy batch


def items(tier):
    return [{"n": n, "tier": tier} for n in range(ITEMS if tier == "full" else 4)]


def square(batch, log=None, pause=0.0):
    if log:
        with open(log, "a", encoding="utf-8", buffering=1) as file:
            file.writelines(f"begun {config['n']}\n" for config in batch)
    time.sleep(pause)
    return [{"n": config["n"], "square": config["n"] ** 2} for config in batch]


def seeded(batch):
    """As ``square``, with the seed that a record asks for."""
    return [row | {"seed": it["seed"]} for row, it in zip(square(batch), batch, strict=True)]


def busy(batch):
    until = time.process_time() + BUSY
    while time.process_time() < until:
        pass
    return square(batch)


def judge(frame):
    right = bool((frame["square"] == frame["n"] ** 2).all())
    return [sweeps.Judgement("squares are squares", f"{len(frame)} rows", right)]


def die_once(batch, flag):
    """Kills its own worker the first time that the batch with item 9 comes along."""
    if any(config["n"] == 9 for config in batch):
        try:
            os.close(os.open(flag, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            pass
        else:
            os.kill(os.getpid(), signal.SIGKILL)
    return square(batch)


def experiment(work=square, batch=BATCH):
    return sweeps.Experiment("toy", items, work, judge, lambda c: c["n"] % 2, batch=batch)


class Logged(Store):
    """Writes down an item after it was kept: what stands in the log must stand in the store."""

    def __init__(self, path, log):
        super().__init__(path)
        self.log = open(log, "a", encoding="utf-8", buffering=1)  # noqa: SIM115

    def add(self, config, row):
        new = super().add(config, row)
        self.log.write(f"kept {config['n']} {key_of(config)}\n")
        return new


if __name__ == "__main__":
    path, log, workers = sys.argv[1], sys.argv[2], int(sys.argv[3])
    with Logged(path, log) as store, pool.local(workers) as executor:
        toy = experiment(partial(square, log=log, pause=0.03))
        sweeps.run(toy, "full", store, executor, in_flight=2 * workers)
