"""A room imports only rooms above it; facts and rank start with the standard library and flint."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "src" / "factrank"
ROOMS = ("facts", "rank", "layer", "experiments", "practice", "exercises")
MODULES = sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str | None:
    """Return the room a module of the package stands in, None for those in the hall."""
    first = path.relative_to(PACKAGE).parts[0]
    return first if first in ROOMS else None


def for_types_only(tree: ast.Module) -> set[ast.AST]:
    """Return the nodes under `if TYPE_CHECKING:`."""
    blocks = (n for n in ast.walk(tree) if isinstance(n, ast.If))
    named = (n for n in blocks if ast.unparse(n.test).endswith("TYPE_CHECKING"))
    return {inner for block in named for stmt in block.body for inner in ast.walk(stmt)}


def imports(source: str, package: str, *, types: bool = True) -> set[str]:
    """Return the dotted names that `source`, a module of `package`, imports anywhere in it.

    `from a import b` counts as `a.b`, which is right for modules and harmless for other names.
    """
    tree, found = ast.parse(source), set()
    skipped = set() if types else for_types_only(tree)
    for node in ast.walk(tree):
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1]
            origin = ".".join([*(above if node.level else []), *filter(None, [node.module])])
            found |= {f"{origin}.{alias.name}" for alias in node.names}
    return found


def imports_of(path: Path, *, types: bool = True) -> set[str]:
    """Return what a module of the package imports."""
    package = ".".join(["factrank", *path.relative_to(PACKAGE).parent.parts])
    return imports(path.read_text(encoding="utf-8"), package, types=types)


def trespasses(room: str, names: set[str]) -> list[str]:
    """Return the names of this project that a module of `room` must not import."""
    open_to = {"errors", "packages", "__version__", *ROOMS[: ROOMS.index(room) + 1]}
    ours = (name for name in names if name.split(".")[0] == "factrank")
    return sorted(name for name in ours if (*name.split("."), "")[1] not in open_to)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_imports_only_rooms_above_it(path: Path):
    room = room_of(path)
    if room:
        assert trespasses(room, imports_of(path)) == []


def test_the_check_itself_sees_every_way_to_trespass():
    assert trespasses(
        "facts", imports("from factrank.rank.algebra.exact import rank", "factrank.facts")
    )
    assert trespasses("facts", imports("def f():\n    import factrank.rank", "factrank.facts"))
    assert trespasses("facts", imports("from ..rank import exact", "factrank.facts"))
    assert trespasses("rank", imports("from factrank import plotting", "factrank.rank"))
    assert trespasses("rank", imports("import factrank", "factrank.rank"))
    assert not trespasses("rank", imports("from factrank.facts import x", "factrank.rank"))
    assert not trespasses("rank", imports("from . import exact", "factrank.rank"))
    assert not trespasses("facts", imports("from ..errors import FactrankError", "factrank.facts"))


DRAWING = sorted((PACKAGE / "plotting").glob("*.py"))


@pytest.mark.parametrize("path", DRAWING, ids=lambda path: path.name)
def test_drawing_imports_no_room(path: Path):
    imported = imports_of(path, types=False)
    assert [it for it in imported if it.startswith(tuple(f"factrank.{r}" for r in ROOMS))] == []


CHECKER = sorted((PACKAGE / "rank").glob("verify*.py"))


@pytest.mark.parametrize("path", CHECKER, ids=lambda path: path.name)
def test_the_checker_stands_alone(path: Path):
    """Its modules import one another, the database, and nothing of the search."""
    parts = {f"factrank.rank.{part.stem}" for part in CHECKER}
    for name in imports_of(path):
        first = name.split(".")[0]
        ours = name in parts or name.rpartition(".")[0] in parts  # `from a import b` is a.b
        allowed = first in sys.stdlib_module_names or first == "flint" or ours
        assert allowed or name.startswith(("factrank.facts.", "factrank.errors")), name


def test_the_checker_has_the_parts_that_its_page_names():
    named = {"verify.py", "verify_pencil.py", "verify_spanning.py", "verify_table.py",
             "verify_upper.py", "verify_work.py"}  # fmt: skip
    assert {path.name for path in CHECKER} == named


def loaded_by(modules: list[str]) -> set[str]:
    """Return the top-level names that importing `modules` adds, in a Python of their own."""
    code = (
        "import sys, json, importlib\n"
        "before = set(sys.modules)\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
        "print(json.dumps(sorted(set(sys.modules) - before)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


def modules_of(room: str) -> list[str]:
    """Return the dotted names of every module of a room."""
    paths = [path.relative_to(PACKAGE.parent).with_suffix("") for path in MODULES]
    names = [".".join(path.parts).removesuffix(".__init__") for path in paths]
    return [name for name in names if name.startswith(f"factrank.{room}")]


def foreign(loaded: set[str]) -> set[str]:
    """Return what is neither ours nor the standard library's."""
    tops = {name.split(".")[0] for name in loaded}
    return tops - set(sys.stdlib_module_names) - {"factrank"}


def test_facts_start_with_the_standard_library_alone():
    loaded = loaded_by(modules_of("facts"))
    assert "factrank.facts.database" in loaded
    assert foreign(loaded) == set()


def test_rank_starts_with_the_standard_library_and_flint():
    loaded = loaded_by(modules_of("rank"))
    assert "factrank.rank.interval" in loaded
    assert "flint" in loaded
    assert foreign(loaded) - foreign(loaded_by(["flint"])) == set()


def test_importing_the_package_or_its_command_loads_no_room():
    for module in ("factrank", "factrank.cli"):
        rooms = {f"factrank.{room}" for room in ROOMS}
        assert loaded_by([module]) & rooms == set(), module
