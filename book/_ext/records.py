"""Which recorded result a cell of a chapter reads, found by following its variables.

A record is a pair of files ``notebooks/results/NAME.csv`` and ``NAME.json``, or the latter alone. A
cell reads it when it names the file, loads it by name, or uses a variable that came from it.
"""

from __future__ import annotations

import ast
import json
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

#: Not a result but the seconds of the chapters, and of the steps: each has a table of its own.
TIMES = ("execution", "steps")
#: Functions that read a record by its name.
LOADS = {"load", "load_bench"}


@dataclass(frozen=True)
class Record:
    """One recorded result: its name and its files, the JSON file with the provenance first."""

    name: str
    files: tuple[Path, ...]

    @cached_property
    def about(self) -> dict:
        """What the JSON file says: command, seconds, machine, versions and more."""
        return json.loads(self.files[0].read_text(encoding="utf-8"))

    @property
    def command(self) -> str:
        """The command that makes the record."""
        return self.about["command"]

    @property
    def bytes(self) -> int:
        """What its files weigh."""
        return sum(path.stat().st_size for path in self.files)


def records(folder: Path) -> dict[str, Record]:
    """Return the records of `folder` by name, in alphabetical order."""
    found = {}
    for path in sorted(folder.glob("*.json")):
        if path.stem not in TIMES:
            table = path.with_suffix(".csv")
            found[path.stem] = Record(path.stem, (path, *[table] * table.exists()))
    return found


@dataclass(frozen=True)
class Cell:
    """One code cell of a chapter: its place among all cells, its tags, the records it reads."""

    index: int
    tags: tuple[str, ...]
    records: tuple[Record, ...]


def cells(notebook: Path, found: dict[str, Record]) -> list[Cell]:
    """Return the code cells of a recorded chapter, in order, with what they read of `found`."""
    code = _code(notebook, notebook.stat().st_mtime_ns)
    read = reads([text for _, _, text in code], set(found))
    return [
        Cell(place, tags, tuple(found[it] for it in sorted(names)))
        for (place, tags, _), names in zip(code, read, strict=True)
    ]


@lru_cache(maxsize=64)  # like the analysis below: asked for by each figure and each claim
def _code(notebook: Path, changed: int) -> tuple[tuple[int, tuple[str, ...], str], ...]:
    """The code cells of a notebook as it was at a time: place, tags, source."""
    every = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return tuple(
        (place, tuple(cell["metadata"].get("tags", ())), "".join(cell["source"]))
        for place, cell in enumerate(every)
        if cell["cell_type"] == "code"
    )


def reads(texts: list[str], names: set[str]) -> list[set[str]]:
    """Return, cell by cell, the records among `names` that it reads.

    >>> reads(['t = load("speed", "results")', "a = 1", "u = t.mean()", "t = u = 0; t"], {"speed"})
    [{'speed'}, set(), {'speed'}, set()]
    """
    return [set(found) for found in _reads(tuple(texts), frozenset(names))]


@lru_cache(maxsize=256)  # a chapter is asked for by each figure and each claim that points into it
def _reads(texts: tuple[str, ...], names: frozenset[str]) -> tuple[frozenset[str], ...]:
    origin: dict[str, set[str]] = {}  # the records that a variable came from
    modules: set[str] = set()  # what is imported: calling it changes nothing
    return tuple(frozenset(_cell(text, set(names), origin, modules)) for text in texts)


def _cell(text: str, names: set[str], origin: dict[str, set[str]], modules: set[str]) -> set[str]:
    lines = ("" if line.lstrip().startswith(("%", "!")) else line for line in text.splitlines())
    found: set[str] = set()
    for statement in ast.parse("\n".join(lines)).body:
        read = _named(statement, names)
        for name in _used(statement):
            read |= origin.get(name, set())
        plain = isinstance(statement, (ast.Assign, ast.FunctionDef, ast.Import, ast.ImportFrom))
        for name in _bound(statement):
            origin[name] = read | (set() if plain else origin.get(name, set()))
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            modules |= _bound(statement)
        for name in _changed(statement) - modules:
            origin[name] = read | origin.get(name, set())
        found |= read
    return found


def _named(statement: ast.stmt, names: set[str]) -> set[str]:
    """The records that a statement names, as a file or beside a call of ``load``."""
    texts = {
        node.value
        for node in ast.walk(statement)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    calls = [node.func for node in ast.walk(statement) if isinstance(node, ast.Call)]
    called = {getattr(call, "id", getattr(call, "attr", "")) for call in calls}
    loads = bool(called & LOADS)
    files = {f"{name}.{kind}": name for name in names for kind in ("csv", "json")}
    found = {files[last] for text in texts if (last := text.rpartition("/")[2]) in files}
    return found | (texts & names if loads else set())


def _used(statement: ast.stmt) -> set[str]:
    """The names that a statement looks up, a function's own arguments left out."""
    own = {node.arg for node in ast.walk(statement) if isinstance(node, ast.arg)}
    loads = (node for node in ast.walk(statement) if isinstance(node, ast.Name))
    return {node.id for node in loads if isinstance(node.ctx, ast.Load)} - own


def _bound(statement: ast.stmt) -> set[str]:
    """The names that a statement gives a value; of a function only its own."""
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
        return {statement.name}
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return {alias.asname or alias.name.partition(".")[0] for alias in statement.names}
    stores = (node for node in ast.walk(statement) if isinstance(node, ast.Name))
    return {node.id for node in stores if isinstance(node.ctx, ast.Store)}


def _changed(statement: ast.stmt) -> set[str]:
    """The names whose value a statement may change in place: ``x[i] = ...``, ``x.add(...)``."""
    found = set()
    for node in ast.walk(statement):
        part = isinstance(node, (ast.Subscript, ast.Attribute)) and isinstance(node.ctx, ast.Store)
        if part and isinstance(node.value, ast.Name):
            found.add(node.value.id)
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        call = statement.value.func
        if isinstance(call, ast.Attribute) and isinstance(call.value, ast.Name):
            found.add(call.value.id)
    return found
