"""Re-execute the recorded notebooks and compare every output strictly with the record (nbval).

`make test` always runs all of them; `make book` runs those of which the notebook, the package, the
tables under notebooks/results or the lock changed since it last passed here.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from tools.house import BUILD, NOTEBOOKS, ROOT, STATISTICS, STEPS, surroundings

WORKERS = 2
PASSED = BUILD / "cache" / "notebooks.json"
STRICT = ["-c", "pyproject.toml", "--nbval", "--nbval-current-env", "--nbval-cell-timeout=600"]
# What these bring no notebook asks for; to load them takes as long as nbval.
STRICT += ["-p", "no:hypothesispytest", "-p", "no:xdist"]


def shared_inputs() -> list[Path]:
    """Return the files, other than itself, that any notebook may depend on."""
    package = [path for path in (ROOT / "src").rglob("*") if "__pycache__" not in path.parts]
    results = [path for path in STATISTICS.parent.rglob("*") if path not in (STATISTICS, STEPS)]
    lock = [ROOT / "pyproject.toml", ROOT / "constraints.txt", Path(__file__)]
    return sorted(path for path in [*package, *results, *lock] if path.is_file())


def digest(paths: list[Path]) -> str:
    """Return a digest of the names and contents of `paths` and of the Python that runs them."""
    total = hashlib.sha256(platform.python_version().encode())
    for path in paths:
        total.update(f"\n{path.relative_to(ROOT)}\n".encode())
        total.update(path.read_bytes())
    return total.hexdigest()


def strictly(notebook: Path) -> tuple[bool, float, str]:
    """Run one notebook against its record; return success, seconds and pytest's last words."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "pytest", "-q", *STRICT, str(notebook)]
    done = subprocess.run(command, cwd=ROOT, env=surroundings(), capture_output=True, text=True)
    return done.returncode == 0, time.perf_counter() - started, done.stdout + done.stderr


def load() -> dict[str, str]:
    """Return which digest each notebook last passed with."""
    try:
        return json.loads(PASSED.read_text())
    except (OSError, ValueError):
        return {}


def longest_first(notebooks: list[Path]) -> list[Path]:
    """Order notebooks by the seconds that recording them took: a long one does not end alone."""
    took = json.loads(STATISTICS.read_text(encoding="utf-8")) if STATISTICS.exists() else {}
    return sorted(notebooks, key=lambda path: -took.get(path.stem, {}).get("seconds", 0))


def rerun(notebooks: list[Path], *, always: bool) -> list[str]:
    """Re-execute what must be, a line of progress each; return the names that did not pass."""
    shared, passed, failed = digest(shared_inputs()), load(), []
    keys = {path.stem: digest([path]) + shared for path in notebooks}
    todo = [path for path in notebooks if always or passed.get(path.stem) != keys[path.stem]]
    for path in notebooks:
        if path not in todo:
            print(f"{path.stem}  unchanged since it passed here: not run again", flush=True)
    pool = ThreadPoolExecutor(max_workers=WORKERS)
    try:
        running = {pool.submit(strictly, path): path.stem for path in longest_first(todo)}
        for future in as_completed(running):
            name, (fine, seconds, words) = running[future], future.result()
            verdict = words.strip().splitlines()[-1].split(" in ")[0].strip("= ")
            print(f"{name}  {verdict}  {seconds:.1f} s", flush=True)
            passed.pop(name, None)
            if fine:
                passed[name] = keys[name]
            else:
                failed.append(name)
                print(words, flush=True)
    finally:
        pool.shutdown(cancel_futures=True)  # after Ctrl-C no further notebook starts
    PASSED.parent.mkdir(parents=True, exist_ok=True)
    PASSED.write_text(json.dumps({name: passed[name] for name in keys if name in passed}))
    return sorted(failed)


def main(arguments: list[str] | None = None) -> int:
    """Re-execute the notebooks; return 1 if one differs from its record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--changed", action="store_true", help="only what changed since it passed")
    options = parser.parse_args(arguments)
    failed = rerun(sorted(NOTEBOOKS.glob("[0-9]*.ipynb")), always=not options.changed)
    if failed:
        print(f"not as recorded: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
