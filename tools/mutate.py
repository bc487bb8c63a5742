"""`make mutate`: do the tests notice? Small changes of the package, one at a time, in a copy of it.

One run of the tests under coverage says which test executes which line, and how fast; it is kept in
build/mutate, and later only the test files run again that changed or whose code did. A mutant then
runs the tests that execute its line, quick files first, until one fails. Killed: a test failed, or
took far longer than it had. Survived: all passed. Not executed: no test runs the line.

Every difference from the checkout is made in build/mutate/tree, which each run brings up to date
first: an interruption leaves nothing behind.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import json
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from tools.house import BUILD, ROOT
from tools.mutants import Mutant, mutants
from tools.mutate_map import Place, copy, coverage_map
from tools.mutate_runs import OUT_OF_TIME, Runner

WEIGHTS = {
    "facts": 4, "rank": 4, "layer": 4, "practice": 4, "cli": 4, "engine": 2, "studies": 2,
    "exercises": 1, "pictures": 1,
}  # fmt: skip
PATIENCE, ATTEMPTS = 20, 10  # a test may take 20 s more than 10 times what it took
FIRST, MOST = 5.0, 30.0  # seconds of tests: those tried first, and all that one mutant is given
GOOD = 0.9  # the share killed that is wanted
COMPILED = (
    "factrank/layer/training/lanes.py",
    "factrank/rank/upper/mod2_steps.py",
    "factrank/rank/upper/walk_steps.py",
)  # by numba: coverage sees little of them
EQUIVALENT = Path(__file__).with_name("mutants.yml")


# ---- the sample -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """A mutant of a module, and a name that is the same wherever its line moves to."""

    module: str
    mutant: Mutant
    name: str


def cases_of(module: str, text: str) -> Iterator[Case]:
    """The mutants of a module; where two read alike, the second is #2."""
    seen: Counter[str] = Counter()
    for mutant in mutants(text):
        seen[mutant.change] += 1
        again = f" #{seen[mutant.change]}" if seen[mutant.change] > 1 else ""
        yield Case(module, mutant, f"{module}: {mutant.change}{again}")


def cases(place: Place) -> list[Case]:
    """Every mutant of the package, less the numbers in pictures: these are looks."""
    found = [case for name, text in place.modules().items() for case in cases_of(name, text)]
    return [it for it in found if not ("/pictures/" in it.module and it.mutant.new.isdigit())]


def sample(everything: Sequence[Case], number: int, seed: int, room: str | None) -> list[Case]:
    """``number`` mutants by chance, every room its share."""
    rng, rooms = random.Random(seed), {}
    for case in sorted(everything, key=lambda it: (it.module, it.mutant.start, it.mutant.new)):
        rooms.setdefault(_room(case.module), []).append(case)
    weights = {name: WEIGHTS.get(name, 1) for name in rooms if room in (None, name)}
    chosen = []
    while weights and len(chosen) < number:
        (name,) = rng.choices(list(weights), list(weights.values()))
        chosen.append(rooms[name].pop(rng.randrange(len(rooms[name]))))
        if not rooms[name]:
            del weights[name]
    return chosen


def _room(module: str) -> str:
    """The folder that a module stands in, of its package."""
    parts = module.split("/")
    return parts[1] if len(parts) > 2 else parts[0]


# ---- one mutant -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Executed:
    """Which tests to ask: the map, the lines inside functions, and who imports whom."""

    tests: dict[str, dict]
    bodies: dict[str, int]
    importers: dict[str, set[str]]

    @classmethod
    def of(cls, place: Place, tests: dict[str, dict]) -> Executed:
        modules = {name: ast.parse(text) for name, text in place.modules().items()}
        bodies = {name: _body_lines(tree) for name, tree in modules.items()}
        importers: dict[str, set[str]] = {name: set() for name in modules}
        above = place.package.removeprefix("src").lstrip("/")  # of the names that are imported
        for name, tree in modules.items():
            named = {it.removeprefix(f"{above}/") for it in _imported(tree)}
            for other in named & modules.keys():
                importers[other].add(name)
        return cls(tests, bodies, importers)

    def asked(self, case: Case) -> dict[str, float]:
        """The tests that execute the mutant and their seconds, quick files first.

        What runs at import, or as machine code, is asked of the tests that execute a function of
        the module or of one that imports it.
        """
        lines = case.mutant.lines
        seen = self._running(case.module, self.bodies[case.module])
        names = self._running(case.module, sum(1 << line for line in lines or [case.mutant.line]))
        if lines is None or case.module in COMPILED:
            names |= seen.union(
                *(self._running(it, self.bodies[it]) for it in self.importers[case.module])
            )
        return self._in_order(names, case.module)

    def _running(self, module: str, mask: int) -> set[str]:
        return {n for n, it in self.tests.items() if int(it["lines"].get(module, "0"), 16) & mask}

    def _in_order(self, names: set[str], module: str) -> dict[str, float]:
        """Files named like the module first, then those of quick tests; quick tests first."""
        files: dict[str, list[tuple[float, str]]] = {}
        for name in names:
            files.setdefault(name.split("::")[0], []).append((self.tests[name]["seconds"], name))
        own = Path(module).stem.strip("_")

        def rank(file: str) -> tuple[bool, float]:
            seconds = [taken for taken, _ in files[file]]
            return own not in Path(file).stem, sum(seconds) / len(seconds)

        order = sorted(sorted(files), key=rank)
        return {name: seconds for file in order for seconds, name in sorted(files[file])}


def _body_lines(tree: ast.Module) -> int:
    mask = 0
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            mask |= sum(1 << i for i in range(node.body[0].lineno, node.end_lineno + 1))
    return mask


def _imported(tree: ast.Module) -> set[str]:
    """The modules that one of them names in its imports, by path."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{it.name}" for it in node.names)}
        elif isinstance(node, ast.Import):
            names |= {it.name for it in node.names}
    return {name.replace(".", "/") + ".py" for name in names}


def verdict(place: Place, run: Runner, case: Case, asked: dict[str, float]) -> str:
    """What the tests say of a mutant; the module is as before afterwards."""
    if not asked:
        return "not executed"
    path = place.root / place.package / case.module
    before, times = path.read_bytes(), path.stat()
    path.write_text(case.mutant.of(before.decode()), "utf-8")
    try:
        for part in _parts(asked):
            status = run({name: PATIENCE + ATTEMPTS * seconds for name, seconds in part.items()})
            if status in (OUT_OF_TIME, -signal.SIGPROF):
                return "killed by time"
            if status not in (0, 5):
                return "killed"
        return "survived"
    finally:
        path.write_bytes(before)  # of the same age too, so that what was compiled of it still holds
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def _parts(asked: dict[str, float]) -> Iterator[dict[str, float]]:
    """The tests in two parts: those of three files at first, and the rest up to the most."""
    files = list(dict.fromkeys(name.split("::")[0] for name in asked))[:3]
    first, rest, total = {}, {}, 0.0
    for name, seconds in asked.items():
        total += seconds
        if not first or (total <= FIRST and name.split("::")[0] in files):
            first[name] = seconds
        elif total <= MOST:
            rest[name] = seconds
    yield first
    if rest:
        yield rest


# ---- all of them ----------------------------------------------------------------------------


def equivalents(file: Path = EQUIVALENT) -> dict[str, str]:
    """Mutants that change nothing a user could notice, by name, each with the reason."""
    listed = yaml.safe_load(file.read_text("utf-8")) or {}
    return {f"{module}: {it['change']}": it["why"] for module in listed for it in listed[module]}


def main(argv: Sequence[str] | None = None, place: Place | None = None) -> int:
    """Sample, ask, print each that was not killed and the score; 1 where under the wanted score."""
    parser = argparse.ArgumentParser(prog="make mutate", description=__doc__.split("\n")[0])
    parser.add_argument("--sample", type=int, default=300, help="how many mutants (300)")
    parser.add_argument("--seed", type=int, default=0, help="of the sample (0)")
    parser.add_argument("--room", choices=sorted(WEIGHTS), help="of this room only")
    parser.add_argument("--resume", action="store_true", help="go on where the last run ended")
    parser.add_argument("--again", action="store_true", help="those not killed the last time")
    chosen = parser.parse_args(argv)
    if place is None:
        place = Place(BUILD / "mutate" / "tree", BUILD / "mutate")
        place.root.mkdir(parents=True, exist_ok=True)
        copy(ROOT, place.root)
    executed = Executed.of(place, coverage_map(place))
    last = place.notes / "last.json"
    said = json.loads(last.read_text()) if chosen.again or chosen.resume else {}
    if chosen.again:
        alive = {name for name, told in said.items() if told[:6] != "killed"}
        todo, said = [case for case in cases(place) if case.name in alive], {}
    else:
        todo = sample(cases(place), chosen.sample, chosen.seed, chosen.room)
    return _all(place, executed, todo, said, last)


def _all(
    place: Place, executed: Executed, todo: Sequence[Case], said: dict[str, str], last: Path
) -> int:
    known = equivalents()
    with contextlib.suppress(KeyboardInterrupt), Runner(place.root, place.notes) as run:
        for number, case in enumerate(todo, 1):
            if case.name in said:
                continue
            started = time.perf_counter()
            asked = executed.asked(case)
            told = "equivalent" if case.name in known else verdict(place, run, case, asked)
            said[case.name] = told
            last.write_text(json.dumps(said, indent=1))
            took = f"{number}/{len(todo)}  {time.perf_counter() - started:4.0f} s"
            print(f"{took}  {told}", flush=True)
            if told[:6] != "killed":
                print(f"  {place.package}/{case.module}:{case.mutant.line}")
                print("  - {}\n  + {}".format(*case.mutant.change.split(" => ", 1)), flush=True)
    return _score(Counter(said[it.name] for it in todo if it.name in said), len(todo))


def _score(counts: Counter, wanted: int) -> int:
    killed = counts["killed"] + counts["killed by time"]
    alive = counts["survived"] + counts["not executed"]
    print(*(f"{number:5} {told}" for told, number in counts.most_common()), sep="\n")
    if (done := counts.total()) < wanted:
        print(f"interrupted: {done} of {wanted} mutants tried")
    share = killed / (killed + alive) if killed + alive else 1.0
    print(f"score: {killed} of {killed + alive} killed, {share:.1%}")
    return 0 if share >= GOOD else 1


if __name__ == "__main__":
    sys.exit(main())
