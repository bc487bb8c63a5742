"""`make test`: every check of the project; all stages run, even after one failed.

Two cores are kept busy: a stage starts when the ones it needs have ended and a core is free.
What it says is printed as one piece when it ends.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Thread
from typing import IO, NoReturn

from tools.house import ROOT, surroundings

CORES = 2
PATIENCE = 10  # seconds that an interrupted stage has to end by itself
PYTHON = (sys.executable, "-m")
SITE = "build/test-book"


@dataclass(frozen=True)
class Stage:
    """A command, the cores that it keeps busy, and the stages that end before it starts."""

    command: tuple[str, ...]
    cores: int = 1
    after: tuple[str, ...] = ()


# In the order in which they start: the book first, for the browser waits for it; what takes one
# core beside it, and when that is done the tests, which share a core with the book until it ends.
STAGES = {
    "book into an empty folder": Stage((*PYTHON, "tools.book", "--empty", "--into", SITE)),
    "lint": Stage((*PYTHON, "ruff", "check", "--quiet", ".")),
    "format": Stage((*PYTHON, "ruff", "format", "--check", "--quiet", ".")),
    "types": Stage((*PYTHON, "mypy")),
    "doctests": Stage((
        *PYTHON, "pytest", "-q", "--doctest-modules", "--doctest-glob=README.md",
        "src", "tools", "book/_ext", "book/_static/explorer", "README.md",
    )),
    "tests (with the pair, layering and ledger checks)": Stage((
        *PYTHON, "pytest", "-q", "-n", "2", "--dist", "worksteal", "tests",
        "--ignore=tests/browser",
    ), cores=2),
    "notebooks against their record": Stage((*PYTHON, "tools.rerun"), cores=2),
    "that book in a browser": Stage(
        (*PYTHON, "tools.browser", "--site", f"{SITE}/_build/html"),
        cores=2, after=("book into an empty folder",),
    ),
}  # fmt: skip


class Running:
    """A stage at work: its process leads a group of its own, which can be ended as a whole."""

    def __init__(self, name: str, stage: Stage, ended: SimpleQueue[Running]) -> None:
        self.name, self.cores, self.started = name, stage.cores, time.perf_counter()
        self.said: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (read when it has ended)
        self.process = subprocess.Popen(
            stage.command, cwd=ROOT, env=surroundings(), stdin=subprocess.DEVNULL,
            stdout=self.said, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        Thread(target=self._wait, args=(ended,), daemon=True).start()

    def _wait(self, ended: SimpleQueue[Running]) -> None:
        self.process.wait()
        self.seconds = time.perf_counter() - self.started
        ended.put(self)

    @property
    def verdict(self) -> str:
        """How it went, in a line."""
        word = "FAILED" if self.process.returncode else "passed"
        return f"{word}  {self.seconds:5.0f} s  {self.name}"

    def told(self) -> str:
        """All that it has said so far."""
        self.said.seek(0)
        return self.said.read().decode(errors="replace").strip("\n")

    def end(self) -> None:
        """Interrupt the group, and kill what of it does not end by itself."""
        for how, patience in ((signal.SIGINT, PATIENCE), (signal.SIGKILL, None)):
            try:
                os.killpg(self.process.pid, how)
                self.process.wait(patience)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue


def startable(waiting: dict[str, Stage], ended: set[str], free: int) -> str | None:
    """Return the first stage whose forerunners have ended, if a core is free."""
    for name, stage in waiting.items():
        if free > 0 and ended.issuperset(stage.after):
            return name
    return None


def run(stages: dict[str, Stage]) -> list[Running]:
    """Run all; print what each says when it ends; return them in the order of `stages`."""
    waiting, running, done = dict(stages), {}, {}
    ended: SimpleQueue[Running] = SimpleQueue()
    try:
        while waiting or running:
            free = CORES - sum(it.cores for it in running.values())
            if name := startable(waiting, {*done}, free):
                print(f"-- started: {name}", flush=True)
                running[name] = Running(name, waiting.pop(name), ended)
                continue
            it = ended.get()
            done[it.name] = running.pop(it.name)
            print(f"\n== {len(done)}/{len(stages)} {it.name}", flush=True)
            print(*filter(None, (it.told(), it.verdict)), sep="\n", flush=True)
    except BaseException:
        for it in running.values():
            it.end()
            print(f"\n== interrupted: {it.name}", it.told(), sep="\n", flush=True)
        raise
    return [done[name] for name in stages]


def interrupted(*_: object) -> NoReturn:
    """End as after Ctrl-C."""
    raise KeyboardInterrupt


def main() -> int:
    """Run the stages; print how each went; return 1 if one failed, 130 if interrupted."""
    # SIGINT too: who starts us in the background ignores it, and so would every stage
    for it in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(it, interrupted)
    started = time.perf_counter()
    try:
        done = run(STAGES)
    except KeyboardInterrupt:
        return 130
    print("\n== summary", *(it.verdict for it in done), sep="\n")
    print(f"{time.perf_counter() - started:13.0f} s  in all", flush=True)
    return 1 if any(it.process.returncode for it in done) else 0


if __name__ == "__main__":
    sys.exit(main())
