"""What a command takes for granted, notes and refuses."""

from __future__ import annotations

import inspect
import sys

import pytest

from factrank.cli.experiments import run as run_command
from factrank.cli.layer import compile_
from factrank.cli.train import train
from factrank.cli.trial import try_
from factrank.experiments import catalogue, sweeps
from factrank.experiments.store import Store
from factrank.layer.recipes import compile_database
from factrank.practice.trial import attempt
from tests import toys


@pytest.mark.parametrize(
    ("command", "function", "names"),
    [
        (try_, attempt, ["parameters", "seed", "seeds", "steps", "trained"]),
        (compile_, compile_database, ["method", "embeddings", "allow_sets"]),
    ],
)
def test_a_command_takes_for_granted_what_its_function_does(command, function, names):
    told, done = (inspect.signature(it).parameters for it in (command, function))
    assert {it: told[it].default for it in names} == {it: done[it].default for it in names}


@pytest.mark.parametrize("command", [compile_, try_, train])
def test_no_command_writes_over_a_file_unless_asked(command):
    assert inspect.signature(command).parameters["force"].default is False


def test_a_run_notes_its_layers_workers_and_seconds_once(run, tmp_path, monkeypatch):
    toy = sweeps.Experiment("toy", "?", toys.items, lambda c: 0, toys.square, toys.judge)
    monkeypatch.setattr(catalogue, "experiment", lambda name: toy)
    store = tmp_path / "s.sqlite"
    for _ in range(2):  # the second finds everything done
        assert run("run", "toy", "--workers", 1, "--store", store)[0] == 0
    with Store(store) as kept:
        (noted,) = kept.runs()
    assert noted.keys() == {"layers", "seconds", "processor", "workers"}
    assert (noted["layers"], noted["workers"]) == (4, 1)


def test_a_run_takes_the_quick_tier_and_two_workers(run):
    told = inspect.signature(run_command).parameters
    assert (told["tier"].default, told["workers"].default) == ("quick", 2)


def test_a_figure_without_matplotlib_is_refused_before_the_work(run, tmp_path, monkeypatch):
    def never(*_, **__):
        pytest.fail("nothing is trained before")

    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setattr("factrank.practice.trial.attempt", never)
    status, out, err = run("try", "library:example", "-o", tmp_path / "f.svg")
    assert (status, out) == (2, "") and "expected the package matplotlib for a figure" in err
