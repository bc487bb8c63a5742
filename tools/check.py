"""`make test`: every check of the project, stage by stage; all run, even after one failed."""

from __future__ import annotations

import subprocess
import sys
import time

from tools.house import ROOT, surroundings

PYTHON = [sys.executable, "-m"]
STAGES = {
    "lint": [*PYTHON, "ruff", "check", "--quiet", "."],
    "format": [*PYTHON, "ruff", "format", "--check", "--quiet", "."],
    "types": [*PYTHON, "mypy"],
    "tests (with the pair, layering and ledger checks)": [
        *PYTHON, "pytest", "-q", "-n", "2", "tests", "--ignore=tests/browser",
    ],
    "doctests": [
        *PYTHON, "pytest", "-q", "-n", "2", "--doctest-modules", "--doctest-glob=README.md",
        "src", "tools", "book/_ext", "book/_static/explorer", "README.md",
    ],
    "notebooks against their record": [*PYTHON, "tools.rerun"],
    "book into an empty folder": [*PYTHON, "tools.book", "--empty", "--into", "build/test-book"],
    "that book in a browser": [*PYTHON, "tools.browser", "--site", "build/test-book/_build/html"],
}  # fmt: skip


def main() -> int:
    """Run the stages; print how each went; return 1 if one failed."""
    lines, failed = [], 0
    for number, (name, command) in enumerate(STAGES.items(), 1):
        print(f"\n== {number}/{len(STAGES)} {name}", flush=True)
        started = time.perf_counter()
        status = subprocess.run(command, cwd=ROOT, env=surroundings()).returncode
        failed += status != 0
        verdict = "FAILED" if status else "passed"
        lines.append(f"{verdict}  {time.perf_counter() - started:5.0f} s  {name}")
    print("\n== summary", *lines, sep="\n", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
