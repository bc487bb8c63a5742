"""Measure what each step takes a newcomer: `python -m tools.steps setup read book test`.

The steps run in that order in a fresh copy of the tracked files, under build/steps; a later call
may go on in it. Wall-clock seconds, what the step adds to the folder, the machine and how busy it
was go to notebooks/results/steps.json, from which the book's page on reproduction is made.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from tools import machine
from tools.house import BUILD, ROOT, STEPS, surroundings

COPY = BUILD / "steps"
KNOWN = ("setup", "read", "book", "test", "pdf")


def megabytes(folder: Path) -> float:
    """Return what the files below a folder take, in millions of bytes; links count nothing."""
    found = (path.lstat() for path in folder.rglob("*") if not path.is_symlink())
    return sum(it.st_blocks * 512 for it in found) / 1e6


def fresh(copy: Path) -> None:
    """Copy what git tracks, as it stands in this checkout, into an empty folder."""
    shutil.rmtree(copy, ignore_errors=True)
    names = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    for name in filter(None, names):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)


def measure(step: str, copy: Path) -> dict | None:
    """Run one step in the copy; return what it took, or None if it failed."""
    before, started = megabytes(copy), time.perf_counter()
    status = subprocess.run(["make", step], cwd=copy, env=surroundings()).returncode
    if status:
        return None
    return {
        "command": f"make {step}",
        "seconds": round(time.perf_counter() - started, 1),
        "megabytes": round(megabytes(copy) - before),
        "load": round(os.getloadavg()[0], 1),
        "machine": machine.machine(),
    }


def note(step: str, taken: dict, target: Path) -> None:
    """Merge one step into the record, in the order of the steps."""
    old = json.loads(target.read_text(encoding="utf-8")) if target.exists() else {}
    new = {name: taken if name == step else old.get(name) for name in KNOWN}
    kept = {name: entry for name, entry in new.items() if entry}
    target.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Measure the steps asked for; return 1 at the first that fails, which is not noted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("step", nargs="+", choices=KNOWN)
    wanted = parser.parse_args(arguments).step
    if "setup" in wanted:
        fresh(COPY)
    elif not COPY.exists():
        print("there is no copy to go on in: name the step `setup` first", file=sys.stderr)
        return 2
    for step in (it for it in KNOWN if it in wanted):
        taken = measure(step, COPY)
        if taken is None:
            print(f"make {step} failed in {COPY}: nothing is noted of it", file=sys.stderr)
            return 1
        note(step, taken, STEPS)
        print(f"make {step}: {taken['seconds']} s, {taken['megabytes']} MB", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
