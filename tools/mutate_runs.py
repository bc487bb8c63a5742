"""pytest for `make mutate`: a process that has imported the libraries, and forks for each request.

So a mutant costs the seconds of its tests and not those of importing torch.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from tools.house import ROOT, surroundings

LIBRARIES = (
    "pytest", "hypothesis", "yaml", "nbformat", "flint", "click", "click.testing", "numba", "numpy",
    "torch", "scipy.optimize", "pandas", "tensorly", "matplotlib.pyplot", "safetensors.torch",
)  # fmt: skip
OUT_OF_TIME = -1


def environment(tree: Path) -> dict[str, str]:
    """What the tests of a tree and their children see: its package, and always the same draws."""
    package = os.pathsep.join([str(tree / "src"), str(ROOT)])
    # Two mutants of a line may have one length and one second: nothing compiled is kept of them.
    return surroundings() | {"PYTHONPATH": package, "CI": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def options(notes: Path, scratch: str) -> list[str]:
    """The arguments of pytest: tests and examples, with our plugin, everything it writes aside."""
    return [
        *("-q", "--tb=no", "-p", "tools.mutate_tests", "-o", f"cache_dir={notes}/cache"),
        *("--doctest-modules", "--doctest-glob=README.md", f"--basetemp={scratch}/tmp"),
    ]


class Runner:
    """Runs tests of a tree, given with the processor's seconds each may take; logs in ``notes``."""

    def __init__(self, tree: Path, notes: Path) -> None:
        self.tree, self.notes = tree, notes
        self._server: subprocess.Popen | None = None

    def __enter__(self) -> Runner:
        command = [sys.executable, "-B", "-m", "tools.mutate_runs", str(self.notes)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self._server = subprocess.Popen(
            command, cwd=self.tree, env=environment(self.tree), start_new_session=True, **pipes
        )
        return self

    def __exit__(self, kind: type | None, error: object, trace: TracebackType | None) -> None:
        self._server.stdin.close()
        if kind is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._server.pid, signal.SIGTERM)
        self._server.wait()

    def __call__(self, limits: Mapping[str, float]) -> int:
        """The status of pytest, minus the signal that ended it, or ``OUT_OF_TIME``."""
        print(json.dumps(limits), file=self._server.stdin, flush=True)
        return int(self._server.stdout.readline())


def serve(notes: Path) -> None:
    """Answer every line of stdin, tests with their limits, by a line with the status."""
    for name in LIBRARIES:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    gc.freeze()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())  # ends the tests under way too
    for line in sys.stdin:
        print(_forked(notes, json.loads(line)), flush=True)


def _forked(notes: Path, limits: dict[str, float]) -> int:
    with tempfile.TemporaryDirectory(dir=notes) as scratch:
        if not (child := os.fork()):
            os._exit(_tested(notes, scratch, limits))
        try:
            return _ended(child, time.monotonic() + 60 + sum(limits.values()))
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)


def _tested(notes: Path, scratch: str, limits: dict[str, float]) -> int:
    """In the child: what pytest says of the tests."""
    os.setsid()
    log = os.open(notes / "pytest.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for number, opened in enumerate((os.open(os.devnull, os.O_RDONLY), log, log)):
        os.dup2(opened, number)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.environ["MUTATE_SELECT"] = json.dumps(limits)
    files = dict.fromkeys(name.split("::")[0] for name in limits)
    import pytest

    return int(pytest.main(["-x", *options(notes, scratch), *files]))


def _ended(child: int, until: float) -> int:
    while time.monotonic() < until:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return OUT_OF_TIME


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
