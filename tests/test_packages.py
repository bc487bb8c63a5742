"""Every third-party import is brought by the extras that reach it; a command asks for it first."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from packaging.requirements import Requirement

from factrank.cli import main
from factrank.packages import EXTRAS
from tests.test_layering import COMPANION, MODULES, PACKAGE, SHARED, for_types_only, name_of
from tools import environment, matrix, promises

ROOT = PACKAGE.parent.parent
OURS = ("factrank", "companion")
MODULE = {"python-flint": "flint"}  # imported under another name
BRINGS = {"numba": "llvmlite"}  # its compiler, of the very version that it asks for
# the extra whose installation is to import all of a room; None: the base
ROOMS = {
    "factrank.facts": None, "factrank.rank": None, "factrank.layer": "layer",
    "factrank.practice": "layer", "companion.engine": "experiments",
    "companion.studies": "experiments", "companion.pictures": "book",
}  # fmt: skip


class Reach(NamedTuple):
    """What some code imports: third-party packages, modules of ours; extras it asked for."""

    foreign: frozenset[str]
    ours: frozenset[str]
    asked: frozenset[str]


@cache
def brought(extra: str | None) -> set[str]:
    """The modules that an extra installs by its own words, with the base."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found, wanted = set(), [*project["dependencies"]]
    wanted += project["optional-dependencies"][extra] if extra else []
    for text in wanted:
        if own := re.match(r"factrank\[(.+)\]$", text):
            found |= set().union(*map(brought, own[1].split(",")))
        else:
            name = re.match(r"[\w-]+", text)[0]
            found |= {MODULE.get(name, name), BRINGS.get(name, name)}
    return found


def calls(tree: ast.AST) -> list[ast.Call]:
    """The calls of ``needed`` in some code."""
    found = (n for n in ast.walk(tree) if isinstance(n, ast.Call))
    return [n for n in found if ast.unparse(n.func) == "needed"]


def asked_for(tree: ast.AST) -> frozenset[str]:
    """The extras of which ``needed`` is called, written out in its second argument."""
    texts = (n for call in calls(tree) for n in ast.walk(call.args[1]))
    return frozenset(n.value for n in texts if isinstance(n, ast.Constant))


def tried(tree: ast.AST) -> set[ast.AST]:
    """What stands in a ``try`` that goes on where an import fails."""
    tries = (n for n in ast.walk(tree) if isinstance(n, ast.Try))
    going = (n for n in tries if any("Import" in ast.unparse(h.type or n) for h in n.handlers))
    return {inner for block in going for stmt in block.body for inner in ast.walk(stmt)}


def reach(tree: ast.AST, left: frozenset[ast.AST] = frozenset()) -> Reach:
    """What code imports anywhere in it, but for types, and in ``left``.

    A package that it tries to import, and does without, is optional to it wherever it stands.
    """
    names = imported(set(ast.walk(tree)) - for_types_only(tree) - left)
    ours = {n if path_of(n) else n.rpartition(".")[0] for n in names if n.startswith(OURS)}
    tops = {n.partition(".")[0] for n in names} - set(sys.stdlib_module_names)
    foreign = tops - {*OURS} - {n.partition(".")[0] for n in imported(tried(tree))}
    return Reach(frozenset(foreign), frozenset(ours), asked_for(tree))


def imported(nodes: Iterable[ast.AST]) -> set[str]:
    """The dotted names that some nodes import; of ``from a import b`` both a and a.b."""
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def path_of(name: str) -> Path | None:
    """The file of one of our modules, or None where the name is none."""
    base = PACKAGE.parent.joinpath(*name.split("."))
    either = base.with_suffix(".py"), base / "__init__.py"
    return next((path for path in either if path.is_file()), None)


@cache
def module(name: str) -> Reach:
    """What a module of ours imports."""
    return reach(ast.parse(path_of(name).read_text(encoding="utf-8")))


def missing(start: Reach, extra: str | None) -> set[tuple[str, str]]:
    """Pairs (module, package): what is reached, and neither brought nor asked for."""
    seen, todo, bad = set(), [("here", start, frozenset())], set()
    while todo:
        name, here, above = todo.pop()
        asked = here.asked | above  # who asks, asks for all that it calls
        bad |= {(name, it) for it in here.foreign - brought(extra).union(*map(brought, asked))}
        next_ = {(it, asked) for it in here.ours} - seen
        todo += [(it, module(it), asked) for it, asked in next_]
        seen |= next_
    return bad


@pytest.mark.parametrize("room", ROOMS)
def test_the_extra_of_a_room_brings_all_that_the_room_reaches(room: str):
    for name in (it for it in map(name_of, MODULES) if f"{it}.".startswith(f"{room}.")):
        both = module(name)
        if name.startswith(SHARED):  # pictures, asked for by who draws
            both = both._replace(asked=both.asked | {"book"})
        assert missing(both, ROOMS[room]) == set(), name


def test_the_exercises_reach_nothing_beyond_book_and_experiments():
    for path in sorted((COMPANION / "exercises").glob("ch*.py")):
        both = module(f"companion.exercises.{path.stem}")
        both = both._replace(asked=both.asked | {"book"})
        assert missing(both, "experiments") == set(), path.name


COMMANDS = [
    (path, node)
    for path in sorted([*(PACKAGE / "cli").glob("*.py"), COMPANION / "command.py"])
    for node in ast.parse(path.read_text(encoding="utf-8")).body
    if isinstance(node, ast.FunctionDef)
    and any(ast.unparse(it).split("(")[0] == "command" for it in node.decorator_list)
]


def test_every_command_is_asked():
    from factrank.cli.edge import HOMES

    assert {node.name.strip("_") for _, node in COMMANDS} == {*HOMES, "experiments", "run"}


@pytest.mark.parametrize(("path", "node"), COMMANDS, ids=[node.name for _, node in COMMANDS])
def test_a_command_asks_for_its_packages_before_it_reads_anything(path, node):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {it.name for at, it in COMMANDS if at == path}
    commands = {it for it in tree.body if isinstance(it, ast.FunctionDef) and it.name in names}
    rest = reach(tree, frozenset(inner for it in commands for inner in ast.walk(it)))
    own = reach(node)
    start = Reach(own.foreign | rest.foreign, own.ours | rest.ours, own.asked)
    assert missing(start, None) == set()
    reads = [n.lineno for n in ast.walk(node) if isinstance(n, ast.Name) and "database_of" in n.id]
    assert not (calls(node) and reads) or max(n.lineno for n in calls(node)) < min(reads)


def test_the_check_sees_a_package_that_no_extra_brings():
    found = missing(module("companion.studies.whole_block_judge"), "layer")
    assert ("companion.engine.thresholds", "scipy") in found
    here = reach(ast.parse("def f():\n    import torch\n    from scipy.stats import t"))
    assert missing(here, "layer") == {("here", "scipy")}
    tries = "try:\n    import torch\nexcept ImportError:\n    x = 1"
    assert missing(reach(ast.parse(tries)), None) == set()


def test_the_table_of_extras_is_that_of_pyproject():
    for extra, names in EXTRAS.items():
        assert set(names) <= brought(extra), extra
    sources = "\n".join(path.read_text(encoding="utf-8") for path in MODULES)
    for name in set().union(*EXTRAS.values()):
        assert re.search(rf"^ *(import|from) {name}\b", sources, re.M), name


def test_the_lock_meets_every_bound_and_names_no_host():
    lock = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert "://" not in lock and "factrank" not in lock
    pins = dict(re.findall(r"^([\w.-]+)==([^ \n]+)", lock, re.M))
    for text in (text for texts in matrix.declared().values() for text in texts):
        if not text.startswith("factrank["):
            asked = Requirement(text)
            assert asked.specifier.contains(pins[asked.name]), text


def test_conda_and_set_up_install_the_same_extras():
    conda = (ROOT / "environment.yml").read_text(encoding="utf-8")
    assert f"-e .[{','.join(environment.EXTRAS)}]" in conda
    assert f".[{','.join(environment.EXTRAS)}]" in environment.commands([])[-2]


def test_every_extra_has_a_promise_and_a_place_in_the_matrix():
    extras = list(matrix.declared())
    assert set(promises.PROMISES) == set(extras)
    found = list(matrix.combinations(extras, matrix.PYTHONS))
    alone = {it.extra for it in found if it.kind == "alone"}
    assert alone == set(extras)
    assert {it.python for it in found if it.kind == "newest"} == set(matrix.PYTHONS)


def test_the_matrix_says_what_passed_what_failed_and_what_was_not_tried(
    tmp_path, monkeypatch, capsys
):
    made = []

    def attempt(it, python, package, env):
        made.append(it.extra)
        if it.extra == "rdf":
            raise matrix.Failed("no reader")
        return "numpy 2"

    monkeypatch.setattr(matrix, "PLACE", tmp_path)
    monkeypatch.setattr(matrix, "at_hand", lambda it: None if it == "3.13" else Path("python"))
    monkeypatch.setattr(matrix, "wheel", lambda env: Path("it.whl"))
    monkeypatch.setattr(matrix, "attempt", attempt)
    assert matrix.main(["--kind", "newest"]) == 0
    said = capsys.readouterr().out
    assert re.search(r"NOT TRIED +3\.13 .* there is no Python 3\.13 at hand", said)
    assert said.endswith("2 passed; 1 NOT TRIED\n")
    assert matrix.main(["--kind", "alone", "--extra", "rdf"]) == 1
    assert re.search(r"FAILED +3\.11  alone   rdf .* no reader\n", capsys.readouterr().out)
    before = len(made)
    assert matrix.main(["--kind", "newest"]) == 0
    assert len(made) == before and "2 passed before" in capsys.readouterr().out
    assert matrix.main(["--kind", "newest", "--again"]) == 0
    assert len(made) == before + 2


def test_a_step_that_fails_is_told_in_its_telling_line(tmp_path):
    fails = "print('many lines'); raise SystemExit('error: no such version')"
    with pytest.raises(matrix.Failed, match=r"^error: no such version$"):
        matrix.call([sys.executable, "-c", fails], tmp_path, {})


@pytest.mark.parametrize(
    ("package", "extra", "asked"),
    [
        ("torch", "layer", ["plan", "facts.csv"]),
        ("torch", "layer", ["compile", "facts.csv", "-o", "l.safetensors"]),
        ("safetensors", "layer", ["recall", "l.safetensors", "facts.csv"]),
        ("torch", "layer", ["ask", "l.safetensors", "Ann", "likes"]),
        ("torch", "layer", ["edit", "l.safetensors", "delete", "Ann", "likes"]),
        ("torch", "layer", ["train", "facts.csv", "-o", "l.safetensors"]),
        ("torch", "layer", ["try", "facts.csv"]),
        ("matplotlib", "book", ["try", "facts.csv", "-o", "it.svg"]),
        ("scipy", "experiments", ["run", "completions"]),
        ("pandas", "experiments", ["run", "completions"]),
        ("distributed", "sweep", ["run", "completions", "--scheduler", "tcp://127.0.0.1:1"]),
    ],
    ids=lambda it: it if isinstance(it, str) else it[0],
)
def test_a_missing_package_is_one_sentence_before_any_work(
    package, extra, asked, monkeypatch, capsys, tmp_path
):
    """Before the facts are read, even: there is no facts.csv here."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(SystemExit) as stopped:
        main(asked)
    assert stopped.value.code == 2
    assert capsys.readouterr().err == (
        f"{asked[0]}: expected the package {package}, found none; pip install 'factrank[{extra}]'\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_an_import_that_nobody_asked_for_is_a_sentence_too(monkeypatch, capsys):
    def fails():
        raise ModuleNotFoundError("No module named 'scipy'", name="scipy.stats")

    monkeypatch.setattr("factrank.facts.library.names", fails)
    with pytest.raises(SystemExit) as stopped:
        main(["library"])
    assert stopped.value.code == 2
    assert capsys.readouterr().err == (
        "factrank: expected the package scipy, found none; pip install 'factrank[experiments]'\n"
    )


def test_a_layer_needs_no_matplotlib_but_for_what_is_drawn():
    """As the matrix imports them, in an installation without the extra book."""
    told = (
        "import sys; sys.modules['matplotlib'] = None\nfrom tools import promises\n"
        "{}promises.modules('factrank.layer', 'factrank.practice')"
    )
    for first, status in (("", 0), ("promises.DRAWN = ()\n", 1)):
        command = [sys.executable, "-c", told.format(first)]
        assert subprocess.run(command, cwd=ROOT, capture_output=True).returncode == status
