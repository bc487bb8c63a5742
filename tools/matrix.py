"""Every extra alone in an empty environment: `make matrix`, before a release.

Three kinds: `alone`, each extra by itself; `oldest`, the least versions that the bounds allow, each
extra by itself and all with the package's own tests; `newest`, all at their newest with the same
tests. The first two on the oldest Python, the last on every Python at hand; one that is not at
hand is named. One line a combination. What passed is not tried again until the package changes
(`--again`); an environment goes once it has passed, and files are linked, not copied.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from tools.house import BUILD, ROOT, surroundings

PLACE = BUILD / "matrix"
PYTHONS = ("3.11", "3.12", "3.13")
KINDS = ("alone", "oldest", "newest")
TOGETHER = "book,cities,practice,rdf,sweep,tables,test"  # what the tests below reach
TESTS = (
    "database", "readers", "formats", "near", "exact", "certificate", "hints", "rounding",
    "matching", "walk", "pencil", "compile", "layer_file", "edit", "results", "store",
    "cli", "cli_layer", "practice_cli", "plotting",
    "plotting_layer", "plotting_trials",
)  # fmt: skip
# what pip is told by its surroundings, uv is told too
TOLD = {
    "PIP_INDEX_URL": "UV_DEFAULT_INDEX",
    "PIP_EXTRA_INDEX_URL": "UV_INDEX",
    "PIP_FIND_LINKS": "UV_FIND_LINKS",
    "PIP_CERT": "SSL_CERT_FILE",
}
MINUTES = 30  # of one step, at most


class Combination(NamedTuple):
    """One environment: how its versions are chosen, its extra or extras, its Python."""

    kind: str
    extra: str
    python: str

    def __str__(self) -> str:
        return f"{self.python}  {self.kind:6}  {self.extra}"

    @property
    def resolution(self) -> list[str]:
        """What uv is asked for."""
        least = ["--resolution", "lowest-direct"]
        return least if self.kind == "oldest" else ["--upgrade"]

    @property
    def together(self) -> bool:
        """True if the tests run in it, and not one extra's promise."""
        return self.extra == TOGETHER


class Failed(Exception):
    """Why a combination failed, in one line."""


def combinations(extras: Sequence[str], pythons: Sequence[str]) -> Iterator[Combination]:
    """All of them, the quick ones first."""
    for kind in ("alone", "oldest"):
        for extra in extras:
            yield Combination(kind, extra, pythons[0])
    yield Combination("oldest", TOGETHER, pythons[0])
    for python in pythons:
        yield Combination("newest", TOGETHER, python)


def at_hand(python: str) -> Path | None:
    """The interpreter of that version: on the path, of pyenv, or this one."""
    roots = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    kept = sorted(roots.glob(f"{python}.*/bin/python"), reverse=True)
    for found in (*kept, shutil.which(f"python{python}"), sys.executable):
        if found and _version(found) == python:
            return Path(found)
    return None


def _version(python: str | Path) -> str:
    told = "import sys, venv; print('%d.%d' % sys.version_info[:2])"
    done = subprocess.run([python, "-c", told], capture_output=True, text=True)
    return done.stdout.strip()


def digest() -> str:
    """What tells one state of the package, its tests and this tool from another."""
    sha = hashlib.sha256()
    folders = ("src", "tests")
    paths = [it for folder in folders for it in (ROOT / folder).rglob("*.py")]
    mine = [ROOT / "tools" / name for name in ("matrix.py", "promises.py")]
    for path in (*sorted(paths), *mine, ROOT / "pyproject.toml"):
        sha.update(path.read_bytes())
    return sha.hexdigest()[:16]


def call(command: Sequence[str | Path], where: Path, env: dict[str, str]) -> str:
    """What a step prints. Errors: ``Failed`` with the line that says why it failed."""
    try:
        done = subprocess.run(
            command, cwd=where, env=env, capture_output=True, text=True, timeout=60 * MINUTES
        )
    except subprocess.TimeoutExpired:
        raise Failed(f"not done after {MINUTES} minutes") from None
    if done.returncode:
        lines = (done.stdout + done.stderr).strip().splitlines() or ["no word"]
        telling = [it for it in lines if it.startswith(("FAILED", "ERROR", "error", "  × "))]
        raise Failed("; ".join(dict.fromkeys(it.strip() for it in (*telling[:3], lines[-1]))))
    return done.stdout


def uv() -> str:
    """An own copy of uv, by pip, in a folder of its own."""
    home = PLACE / "uv"
    if not (home / "bin" / "uv").exists():
        call([sys.executable, "-m", "venv", home], ROOT, dict(os.environ))
        pip = [home / "bin" / "python", "-m", "pip", "install", "-qq"]
        pip += ["--disable-pip-version-check", "-c", "constraints.txt"]
        call([*pip, "uv"], ROOT, dict(os.environ))
    return str(home / "bin" / "uv")


def wheel(env: dict[str, str]) -> Path:
    """The wheel of this checkout, built afresh."""
    into = PLACE / "wheel"
    shutil.rmtree(into, ignore_errors=True)
    call([uv(), "build", "-q", "--wheel", "-o", into, ROOT], ROOT, env)
    return next(into.glob("*.whl"))


def attempt(it: Combination, python: Path, package: Path, env: dict[str, str]) -> str:
    """Install it in an empty environment and try it there; return the versions it got."""
    home = PLACE / f"{it.python}-{it.kind}-{it.extra.replace(',', '-')}"
    shutil.rmtree(home, ignore_errors=True)
    call([uv(), "venv", "-q", "-p", python, home / "venv"], PLACE, env)
    mine, work = home / "venv" / "bin" / "python", home / "work"
    # All by name: what a wheel asks for is not direct, and would be taken at its newest.
    wanted = [f"factrank @ {package.as_uri()}", *requirements(it.extra)]
    install = [uv(), "pip", "install", "-q", "-p", mine, "--link-mode", "hardlink"]
    call([*install, *it.resolution, *env.get("PIP_ARGS", "").split(), *wanted], PLACE, env)
    got = installed(call([uv(), "pip", "list", "-p", mine, "--format", "json"], PLACE, env))
    if it.kind == "oldest" and (newer := above(got, it.extra)):
        raise Failed(f"not the oldest that the bounds allow: {', '.join(newer)}")
    work.mkdir()
    if it.together:
        tests = [next((ROOT / "tests").rglob(f"test_{name}.py")) for name in TESTS]
        call([mine, "-m", "pytest", "-q", *tests], ROOT, env)
    else:
        call([mine, ROOT / "tools" / "promises.py", it.extra], work, env)
    shutil.rmtree(home)
    direct = {re.match(r"[\w-]+", text)[0] for text in chain(*declared().values())}
    return ", ".join(f"{n} {v}" for n, v in got.items() if n in direct and n != "factrank")


def installed(listed: str) -> dict[str, str]:
    """The version of each package, of what uv lists."""
    return {it["name"]: it["version"] for it in json.loads(listed)}


def above(got: dict[str, str], extras: str) -> list[str]:
    """The packages that are newer than their least version, which then has not been tried.

    A bound of 1.11 is kept by 1.11.1, where there was no 1.11.0 for this machine.

    >>> above({"numba": "0.61.0", "numpy": "2.4.6", "python-flint": "0.8.0"}, "none")
    ['numpy 2.4.6']
    """
    bounds = dict(
        re.match(r"([\w-]+)[=>]=([\w.]+)", text).groups() for text in requirements(extras)
    )
    parts = {
        n: (v.split("+")[0].split("."), bounds[n].split(".")) for n, v in got.items() if n in bounds
    }
    return [f"{n} {got[n]}" for n, (v, least) in parts.items() if v[: len(least)] != least]


def declared() -> dict[str, list[str]]:
    """What pyproject.toml asks for, by extra; "none" is the base."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {"none": project["dependencies"], **project["optional-dependencies"]}


def requirements(extras: str) -> list[str]:
    """What some extras, with commas between them, ask for with the base; their own extras too.

    >>> wanted = requirements("sweep")
    >>> [name for name in ("click", "torch", "pandas", "factrank") if name in str(wanted)]
    ['click', 'torch', 'pandas']
    """
    found = dict.fromkeys(declared()["none"])
    for text in chain(*(declared()[extra] for extra in extras.split(","))):
        own = re.fullmatch(r"factrank\[(.+)\]", text)
        found |= dict.fromkeys(requirements(own[1]) if own else [text])
    return list(found)


def main(arguments: list[str] | None = None) -> int:
    """Try the combinations asked for, one line each; return 1 if one failed."""
    extras = list(declared())
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", choices=KINDS)
    parser.add_argument("--extra", choices=[*extras, TOGETHER])
    parser.add_argument("--python", choices=PYTHONS)
    parser.add_argument("--again", action="store_true", help="what passed before, too")
    options = parser.parse_args(arguments)
    PLACE.mkdir(parents=True, exist_ok=True)
    return report(wanted(combinations(extras, PYTHONS), options), options.again)


def wanted(all_: Iterator[Combination], options: argparse.Namespace) -> list[Combination]:
    """Those of the kind, the extra and the Python that were asked for."""
    asked = {"kind": options.kind, "extra": options.extra, "python": options.python}
    return [it for it in all_ if all(not v or getattr(it, n) == v for n, v in asked.items())]


def report(chosen: Sequence[Combination], again: bool) -> int:
    """Try them in turn; print what passed, what failed and why, and what could not be tried."""
    env = surroundings() | {"PYTHONDONTWRITEBYTECODE": "1"}
    env |= {theirs: env[ours] for ours, theirs in TOLD.items() if ours in env}
    pythons = {python: at_hand(python) for python in {it.python for it in chosen}}
    record, state, package, lines = PLACE / "passed.json", digest(), None, Counter()
    kept = json.loads(record.read_text(encoding="utf-8")) if record.exists() else {}
    passed = kept.get(state, {})
    for it in chosen:
        started, python = time.perf_counter(), pythons[it.python]
        if python is None:
            word, told = "NOT TRIED", f"there is no Python {it.python} at hand"
        elif str(it) in passed and not again:
            word, told = "passed before", passed[str(it)]
        else:
            try:
                package = package or wheel(env)
                told = passed[str(it)] = attempt(it, python, package, env)
                word = "passed"
                record.write_text(json.dumps({state: passed}, indent=1) + "\n", encoding="utf-8")
            except Failed as why:
                word, told = "FAILED", str(why)
        lines[word] += 1
        print(f"{word:13}  {it}  {time.perf_counter() - started:4.0f} s  {told}", flush=True)
    print("; ".join(f"{number} {word}" for word, number in lines.items()), flush=True)
    return 1 if lines["FAILED"] else 0


if __name__ == "__main__":
    sys.exit(main())
