"""Read every page of the built book in a real browser; say in one line when that cannot be.

``--prepare`` first gets what is missing: the locked extra `browser`, and as root on Debian or
Ubuntu the package chromium.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

from tools.house import BUILD, ROOT, surroundings

BROWSERS = ("chromium", "chromium-browser")
MODULES = ("playwright", "axe_playwright_python")


def missing() -> str:
    """Return what keeps the pages from being read in a browser, as one sentence, or nothing."""
    if not any(map(shutil.which, BROWSERS)):
        return "there is no Chromium on this machine"
    absent = [name for name in MODULES if find_spec(name) is None]
    return f"{' and '.join(absent)} not installed: run `make browser`" if absent else ""


def extra() -> list[str]:
    """Return the requirements of the extra `browser`."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project["optional-dependencies"]["browser"]


def prepare() -> None:
    """Install what is missing, as far as this machine lets us; `missing` tells the outcome."""
    if not any(map(shutil.which, BROWSERS)) and shutil.which("apt-get") and os.geteuid() == 0:
        apt = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for words in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
            subprocess.run(["apt-get", "-qq", *words], env=apt, stdout=subprocess.DEVNULL)
    if any(find_spec(name) is None for name in MODULES):
        pip = [sys.executable, "-m", "pip", "install", "-qq", "-c", "constraints.txt"]
        subprocess.run([*pip, *os.environ.get("PIP_ARGS", "").split(), *extra()], cwd=ROOT)


def main(arguments: list[str] | None = None) -> int:
    """Run tests/browser against the pages in --site; without a browser say so and return 0."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--site", type=Path, default=BUILD / "_build" / "html")
    parser.add_argument("--prepare", action="store_true", help="get what is missing, then stop")
    options = parser.parse_args(arguments)
    if options.prepare:
        prepare()
    if absent := missing():
        print(f"PAGES NOT READ IN A BROWSER: {absent}.", flush=True)
        return 0
    if options.prepare:
        return 0
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadgroup"]
    command += ["tests/browser"]
    env = surroundings() | {"FACTRANK_SITE": str(options.site.resolve())}
    return subprocess.run(command, cwd=ROOT, env=env).returncode


if __name__ == "__main__":
    sys.exit(main())
