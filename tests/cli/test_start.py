"""A command loads its own module and what it needs: the start is held by what is loaded."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec

import click
import pytest

from factrank import cli
from factrank.cli.edge import HOMES

SHARED = {"edge", "options", "typed"}
# command -> its modules of the room cli, and what others made that it may load beside the parser
STARTS = {
    "library": ({"rank"}, set()),
    "rank library:example": ({"rank"}, {"flint"}),
    "explain library:example": ({"rank"}, {"flint"}),
    "audit library:example": ({"practice"}, {"flint", "rapidfuzz"}),
    "plan library:example": ({"plan"}, {"flint", "numpy", "torch"}),
    "recall LAYER library:example": (
        {"layer", "layer_answers"},
        {"flint", "numpy", "safetensors", "torch"},
    ),
    "ask LAYER Astrid born_in": ({"layer", "layer_answers"}, {"numpy", "safetensors", "torch"}),
}
NAMED = set().union(*(packages for _, packages in STARTS.values()))
LOADS = (
    "import importlib, json, sys\n"
    "for name in {!r}: importlib.import_module(name)\n"
    "try: importlib.import_module('factrank.cli').main(sys.argv[1:])\n"
    "except SystemExit as done: assert not done.code, done.code\n"
    "finally: print(json.dumps(sorted(sys.modules)), file=sys.stderr)\n"
)


def loaded(words: list[str], first: set[str]) -> set[str]:
    """The modules that stand in a process after a command, some imported before it."""
    code = LOADS.format(sorted(first))
    run = [sys.executable, "-c", code, *words]
    done = subprocess.run(run, capture_output=True, text=True, check=True)
    return set(json.loads(done.stderr.splitlines()[-1]))


def foreign(modules: set[str]) -> set[str]:
    """The packages among them that are neither ours nor the standard library's."""
    return {it.split(".")[0] for it in modules} - {
        *sys.stdlib_module_names,
        "factrank",
        "companion",
    }


@pytest.fixture(scope="module")
def layer(tmp_path_factory):
    """A compiled layer, in a file."""
    path = tmp_path_factory.mktemp("start") / "layer"
    with pytest.raises(SystemExit, match="0"):
        cli.main(["compile", "library:example", "-o", str(path)])
    return str(path)


@pytest.fixture(scope="module")
def brought():
    """The parser, the packages that are named above, and what these bring themselves."""
    return foreign(loaded(["--version"], {*filter(find_spec, NAMED)}))


@pytest.mark.parametrize("line", STARTS)
def test_a_command_loads_no_other_and_no_package_it_has_no_use_for(line, layer, brought):
    own, packages = STARTS[line]
    words = [layer if it == "LAYER" else it for it in line.split()]
    found = loaded(words, set())
    assert {it.split(".")[2] for it in found if it.startswith("factrank.cli.")} == SHARED | own
    assert foreign(found) & NAMED == {*filter(find_spec, packages)}
    assert foreign(found) - brought == set()


def test_what_is_for_a_list_of_all_commands_is_not_loaded_for_one():
    found = loaded(["rank", "library:example"], set())
    assert not found & {"importlib.metadata", "email", "numpy", "pydantic", "torch", "typer"}


def test_every_command_is_at_its_home_and_every_module_of_commands_is_one():
    context = click.Context(cli.app)
    names = cli.app.list_commands(context)
    assert names[: len(HOMES)] == list(HOMES) and names[len(HOMES) :] == ["experiments", "run"]
    for name in names:
        command = cli.app.get_command(context, name)
        home = f"factrank.cli.{HOMES[name]}" if name in HOMES else "companion.command"
        assert (command.name, command.callback.__module__) == (name, home)


def test_a_shell_completes_commands_and_options():
    def completed(*words):
        told = {"COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1)}
        done = subprocess.run(
            [sys.executable, "-m", "factrank"],
            env={**os.environ, **told, "_FACTRANK_COMPLETE": "bash_complete"},
            capture_output=True,
            text=True,
        )
        return [line.removeprefix("plain,") for line in done.stdout.split()], done.stderr

    assert completed("factrank", "r") == (["recall", "rank", "run"], "")
    assert completed("factrank", "rank", "--ef") == (["--effort"], "")
    assert completed("factrank", "rank", "--effort", "n") == (["normal"], "")
