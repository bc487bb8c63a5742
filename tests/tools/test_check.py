"""`make test` itself: who waits for whom, what is printed, what is ended."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tools import check, house
from tools.check import STAGES, Stage
from tools.house import ROOT

PYTHON = (sys.executable, "-S", "-c")
#: Notes when it begins and when it ends; says what it is given; returns a status.
NOTES = """
import sys, time, pathlib
name, status, folder = sys.argv[1:]
seen = pathlib.Path(folder)
(seen / f"{name}.begun").write_text(" ".join(sorted(it.name for it in seen.iterdir())))
print(f"{name} speaks", flush=True)
time.sleep(0.2)
print(f"{name} errs", file=sys.stderr, flush=True)
(seen / f"{name}.ended").touch()
raise SystemExit(int(status))
"""


def stage(name: str, folder: Path, status: int = 0, **how) -> Stage:
    """A short stage that writes into a folder what it finds there."""
    return Stage((*PYTHON, NOTES, name, str(status), str(folder)), **how)


def found(name: str, folder: Path) -> set[str]:
    """What had begun or ended when a stage began."""
    return {*(folder / f"{name}.begun").read_text().split()}


def test_a_stage_waits_for_those_it_needs_and_for_a_core(tmp_path: Path):
    check.run({
        "site": stage("site", tmp_path, status=1),
        "small": stage("small", tmp_path),
        "reads": stage("reads", tmp_path, after=("site", "wide")),
        "wide": stage("wide", tmp_path, cores=2),
        "last": stage("last", tmp_path),
    })  # fmt: skip
    assert {"site.ended", "small.ended"} & found("wide", tmp_path)
    assert {"site.ended", "wide.ended"} <= found("reads", tmp_path)
    assert "wide.ended" in found("last", tmp_path)  # it took both cores


def test_a_wide_stage_starts_where_one_core_is_free():
    wide = {"wide": Stage(("true",), cores=2)}
    assert check.startable(wide, set(), 1) == check.startable(wide, set(), 2) == "wide"
    assert check.startable(wide, set(), 0) is check.startable(wide, set(), -1) is None


def test_all_run_each_speaks_as_one_piece_and_the_order_is_kept(tmp_path, monkeypatch, capsys):
    names = ("one", "two", "three")
    made = {it: stage(it, tmp_path, status=3 * (it == "two")) for it in names}
    monkeypatch.setattr(check, "STAGES", made)
    assert check.main() == 1
    said = capsys.readouterr().out
    for it in names:
        assert f"{it} speaks\n{it} errs\n" in said
    summary = said.partition("== summary\n")[2].splitlines()
    assert [re.sub(r" +\d+ s ", "", it) for it in summary] == [
        "passed one", "FAILED two", "passed three", " in all",
    ]  # fmt: skip
    monkeypatch.setattr(check, "STAGES", {"one": made["one"]})
    assert check.main() == 0


CHILD = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-S', '-c', sys.argv[1]])"
WAITS = """
import os, pathlib, signal, time
{ignored}
pathlib.Path({folder!r}, str(os.getpid())).touch()
time.sleep(60)
"""
MAIN = """
import sys
from pathlib import Path
from tools import check
check.PATIENCE = 0.5
check.STAGES = {{"waits": check.Stage((sys.executable, "-S", "-c", {parent!r}, {child!r}))}}
raise SystemExit(check.main())
"""


def alive(pid: str) -> bool:
    """Whether a process runs; one that only waits to be told of is over."""
    try:
        return Path("/proc", pid, "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc on this system")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("ignored", ["", "signal.signal(signal.SIGINT, signal.SIG_IGN)"])
def test_an_interrupt_ends_the_children_of_the_children(tmp_path: Path, how, ignored: str):
    child = WAITS.format(folder=str(tmp_path), ignored=ignored)
    main = MAIN.format(parent=f"{CHILD}; time.sleep(60)", child=child)
    process = subprocess.Popen(
        [sys.executable, "-c", main], cwd=ROOT, stdout=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),  # as a shell's `&` does
    )  # fmt: skip
    while not (begun := [*tmp_path.iterdir()]):
        assert process.poll() is None
        time.sleep(0.02)
    os.kill(process.pid, how)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 130 and "== interrupted: waits" in said
    until = time.monotonic() + 20  # what was killed is gone a little later, on a busy machine
    while alive(begun[0].name) and time.monotonic() < until:
        time.sleep(0.02)
    assert len(begun) == 1 and not alive(begun[0].name)


def test_each_stage_can_start_and_the_browser_reads_the_book_that_was_built():
    names = [*STAGES]
    for at, it in enumerate(STAGES.values()):
        assert it.cores <= check.CORES and {*it.after} <= {*names[:at]}
    browser = STAGES["that book in a browser"]
    book = STAGES["book into an empty folder"]
    assert browser.after == ("book into an empty folder",)
    assert browser.command[-1] == f"{book.command[-1]}/_build/html"


def test_children_keep_what_python_compiles_and_nothing_of_the_user_s(monkeypatch):
    for name in ("PYTHONDONTWRITEBYTECODE", *house.FOREIGN):
        monkeypatch.setenv(name, "1")
    assert not {"PYTHONDONTWRITEBYTECODE", *house.FOREIGN} & {*house.surroundings()}
