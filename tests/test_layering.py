"""A room imports only rooms above it; facts and rank start with the standard library and flint."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

SRC = Path(__file__).resolve().parent.parent / "src"
PACKAGE, COMPANION = SRC / "factrank", SRC / "companion"
# Each may import those before it; what stands beside them, in the hall, they all may.
ROOMS = (
    "factrank.facts", "factrank.rank", "factrank.layer", "factrank.practice", "factrank.cli",
    "companion.engine", "companion.studies", "companion.exercises", "companion.entrance",
)  # fmt: skip
HALL = {f"factrank.{name}" for name in ("errors", "face", "files", "packages", "__version__")}
MODULES = sorted(SRC.rglob("*.py"))


def name_of(path: Path) -> str:
    """Return the dotted name of a module."""
    return ".".join(path.relative_to(SRC).with_suffix("").parts).removesuffix(".__init__")


def room_of(path: Path) -> str | None:
    """Return the room a module stands in, None for those in the hall."""
    room = ".".join(name_of(path).split(".")[:2])
    return room if room in ROOMS else None


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
    """Return what one of our modules imports."""
    package = ".".join(path.relative_to(SRC).parent.parts)
    return imports(path.read_text(encoding="utf-8"), package, types=types)


def trespasses(room: str, names: set[str]) -> list[str]:
    """Return the names of this project that a module of `room` must not import."""
    open_to = HALL | set(ROOMS[: ROOMS.index(room) + 1])
    if room.startswith("companion."):
        open_to.add("factrank")  # the library's face, which loads a room when it is asked for it
    ours = (name for name in names if name.split(".")[0] in ("factrank", "companion"))
    return sorted(name for name in ours if ".".join(name.split(".")[:2]) not in open_to)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_room_imports_only_rooms_above_it(path: Path):
    room = room_of(path)
    if room:
        assert trespasses(room, imports_of(path)) == []


def test_the_check_itself_sees_every_way_to_trespass():
    facts, rank = "factrank.facts", "factrank.rank"
    assert trespasses(facts, imports("from factrank.rank.algebra.exact import rank", facts))
    assert trespasses(facts, imports("def f():\n    import factrank.rank", facts))
    assert trespasses(facts, imports("from ..rank import exact", facts))
    assert trespasses(rank, imports("from companion import pictures", rank))
    assert trespasses(rank, imports("import factrank", rank))
    assert trespasses("factrank.cli", imports("import companion.engine.sweeps", "factrank.cli"))
    studies = "companion.studies"
    assert trespasses(studies, imports("from companion.entrance import facts", studies))
    assert not trespasses(studies, imports("import factrank as fr", studies))
    assert not trespasses(rank, imports("from factrank.facts import x", rank))
    assert not trespasses(rank, imports("from . import exact", rank))
    assert not trespasses(facts, imports("from ..errors import FactrankError", facts))
    assert not trespasses("companion.engine", imports("import factrank.cli", "companion.engine"))


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=name_of)
def test_the_library_imports_nothing_of_its_companion(path: Path):
    assert [name for name in imports_of(path) if name.split(".")[0] == "companion"] == []


def circles(arrows: dict[str, set[str]]) -> set[str]:
    """Return the names that can be left by an arrow and reached again."""
    while ends := {name for name, to in arrows.items() if not to & arrows.keys()}:
        arrows = {name: to for name, to in arrows.items() if name not in ends}
    return set(arrows)


def test_no_module_imports_itself_by_way_of_others():
    """Not within a room either, nor inside of a function: only for types."""
    names = {name_of(path) for path in MODULES}
    arrows = {}
    for path in MODULES:
        found = {n if n in names else n.rpartition(".")[0] for n in imports_of(path, types=False)}
        arrows[name_of(path)] = found & names - {name_of(path)}
    assert circles(arrows) == set()
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set()}) == {"a", "b", "c"}


DRAWING = sorted((COMPANION / "pictures").glob("*.py"))
SHARED = "factrank.practice.html.strokes"


@pytest.mark.parametrize("path", DRAWING, ids=name_of)
def test_drawing_imports_no_room(path: Path):
    imported = imports_of(path, types=False)
    assert [it for it in imported if it.startswith(ROOMS) and not it.startswith(SHARED)] == []


CHECKER = sorted((PACKAGE / "rank" / "verify").glob("*.py"))


@pytest.mark.parametrize("path", CHECKER, ids=name_of)
def test_the_checker_stands_alone(path: Path):
    """Its modules import one another, the database, and nothing of the search."""
    for name in imports_of(path):
        first = name.split(".")[0]
        allowed = first in sys.stdlib_module_names or first == "flint"
        ours = ("factrank.rank.verify.", "factrank.facts.", "factrank.errors")
        assert allowed or name.startswith(ours), name


def test_the_checker_has_the_parts_that_its_page_names():
    named = {
        "__init__",
        "algebra",
        "cases",
        "checker",
        "minor",
        "pencil",
        "space",
        "spanning",
        "table",
    }
    named |= {"turns", "upper", "work"}
    assert {path.stem for path in CHECKER} == named


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
    return [name for name in map(name_of, MODULES) if f"{name}.".startswith(f"{room}.")]


def foreign(loaded: set[str]) -> set[str]:
    """Return what is neither ours nor the standard library's."""
    tops = {name.split(".")[0] for name in loaded}
    return tops - set(sys.stdlib_module_names) - {"factrank", "companion"}


def test_facts_start_with_the_standard_library_alone():
    loaded = loaded_by(modules_of("factrank.facts"))
    assert "factrank.facts.database" in loaded
    assert foreign(loaded) == set()


def test_rank_starts_with_the_standard_library_and_flint():
    loaded = loaded_by(modules_of("factrank.rank"))
    assert "factrank.rank.interval" in loaded
    assert "flint" in loaded
    assert foreign(loaded) - foreign(loaded_by(["flint"])) == set()


def test_every_module_of_the_command_starts_without_an_extra():
    loaded = loaded_by(modules_of("factrank.cli"))
    assert "factrank.cli.layer_answers" in loaded
    assert foreign(loaded) - foreign(loaded_by(["click", "flint"])) == set()


def test_importing_the_package_or_its_command_loads_no_room():
    for module in ("factrank", "factrank.cli"):
        rooms = set(ROOMS) - {module}
        assert loaded_by([module]) & rooms == set(), module


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_name_is_defined_twice_in_a_module(path: Path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    names = [it.name for it in tree.body if isinstance(it, kinds)]
    assert sorted(names) == sorted(set(names))
