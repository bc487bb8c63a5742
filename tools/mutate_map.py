"""The map of `make mutate`: which test of a copy of the project executes which line, how fast."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.mutate_runs import environment, options

# Tests of the machinery around the package, or slow and of its text only.
ASIDE = ("mutate", "wheel", "course_build", "tools", "reading", "steps", "pdf", "notebook_pairs")


@dataclass(frozen=True)
class Place:
    """A tree to test: its root, the folder of the package in it, and where notes are kept."""

    root: Path
    notes: Path
    package: str = "src"

    def modules(self) -> dict[str, str]:
        """The text of every module, by its path in the package."""
        top = self.root / self.package
        return {p.relative_to(top).as_posix(): p.read_text("utf-8") for p in top.rglob("*.py")}

    def test_files(self) -> list[str]:
        """The files whose tests are asked, with the examples in docstrings and in the README."""
        found = (self.root / "tests").rglob("test_*.py")
        tests = (p for p in found if p.stem[5:] not in ASIDE and p.parent.name != "browser")
        sources = (p for p in (self.root / self.package).rglob("*.py") if ">>>" in p.read_text())
        readme = [p for p in (self.root / "README.md",) if p.exists()]
        return [p.relative_to(self.root).as_posix() for p in sorted([*tests, *sources, *readme])]


# ---- the copy -------------------------------------------------------------------------------


def copy(checkout: Path, tree: Path) -> None:
    """Bring ``tree`` up to date: the files that git tracks or would, and no other Python."""
    asked = ["git", "ls-files", "-coz", "--exclude-standard"]
    listed = subprocess.run(asked, cwd=checkout, capture_output=True, text=True, check=True).stdout
    wanted = {name for name in listed.split("\0") if name and (checkout / name).is_file()}
    for old in [p for p in tree.rglob("*.py") if p.relative_to(tree).as_posix() not in wanted]:
        old.unlink()
    for name in wanted:
        source, target = checkout / name, tree / name
        if not target.exists() or source.read_bytes() != target.read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)


# ---- which test executes which line -----------------------------------------------------------


def coverage_map(place: Place) -> dict[str, dict]:
    """Of every passing test its seconds and the lines it executes: a bit a line, by module."""
    kept = place.notes / "map.json"
    known = json.loads(kept.read_text()) if kept.exists() else {"digests": {}, "tests": {}}
    now = _digests(place)
    changed = {name for name, digest in now.items() if known["digests"].get(name) != digest}
    changed |= known["digests"].keys() - now.keys()
    prefix = place.package + "/"
    stale = [
        name
        for name in place.test_files()
        if name in changed
        or any(prefix + m in changed for t in _tests_of(known, name) for m in t["lines"])
    ]
    if stale:
        print(f"the lines that each test executes: {len(stale)} files of tests", flush=True)
        fresh = _record(place, stale)
        old = {t: v for t, v in known["tests"].items() if t.split("::")[0] in now}
        old = {t: v for t, v in old.items() if t.split("::")[0] not in stale}
        known = {"digests": now, "tests": old | fresh}
        kept.write_text(json.dumps(known))
    return known["tests"]


def _tests_of(known: dict, file: str) -> list[dict]:
    return [it for name, it in known["tests"].items() if name.split("::")[0] == file]


def _digests(place: Place) -> dict[str, str]:
    """What each module and file of tests says; the helpers of the tests count for all of them."""
    helpers = sorted(p for p in (place.root / "tests").rglob("*.py") if p.name[:5] != "test_")
    common = b"".join(p.read_bytes() for p in helpers)
    names = {*place.test_files(), *(f"{place.package}/{name}" for name in place.modules())}
    return {
        name: hashlib.sha256((place.root / name).read_bytes() + common).hexdigest()
        for name in sorted(names)
    }


def _record(place: Place, files: Sequence[str]) -> dict[str, dict]:
    from coverage import Coverage, CoverageData

    raw, notes, settings = (place.notes / it for it in (".coverage", "noted.json", "coverage.ini"))
    for old in place.notes.glob(".coverage*"):
        old.unlink()
    settings.write_text(
        f"[run]\ndata_file = {raw}\nparallel = true\npatch = _exit\n"
        f"source = {place.root / place.package}\ncontext = ${{MUTATE_TEST-}}\n"
        "disable_warnings = no-data-collected, module-not-imported, couldnt-parse\n"
    )
    env = {"MUTATE_RECORD": str(notes), "COVERAGE_PROCESS_START": str(settings)}  # children too
    log = place.notes / "pytest.log"
    with tempfile.TemporaryDirectory(dir=place.notes) as scratch, log.open("w") as told:
        command = [sys.executable, "-m", "pytest", *options(place.notes, scratch), *files]
        done = subprocess.run(
            command, cwd=place.root, env=environment(place.root) | env, stdout=told, stderr=told
        )
    if done.returncode not in (0, 1):
        raise SystemExit(f"the tests could not be run: {log} says why")
    Coverage(config_file=str(settings)).combine([str(place.notes)])
    data = CoverageData(str(raw))
    data.read()
    executed: dict[str, dict[str, int]] = {}
    for path in data.measured_files():
        name = Path(path).relative_to(place.root / place.package).as_posix()
        for line, contexts in data.contexts_by_lineno(path).items():
            for test in contexts:
                lines = executed.setdefault(test, {})
                lines[name] = lines.get(name, 0) | 1 << line
    if not executed:
        raise SystemExit("coverage measured nothing: expected its .pth file beside it")
    noted = json.loads(notes.read_text())
    found = {}
    for test, fixtures in noted["fixtures"].items():
        if noted["seconds"].get(test) is None:
            continue
        lines = dict(executed.get(test, {}))
        for fixture in fixtures:
            for name, mask in executed.get(fixture, {}).items():
                lines[name] = lines.get(name, 0) | mask
        seconds = noted["seconds"][test] + sum(noted["seconds"].get(f) or 0 for f in fixtures)
        found[test] = {"seconds": round(seconds, 3), "lines": {k: hex(v) for k, v in lines.items()}}
    return found
