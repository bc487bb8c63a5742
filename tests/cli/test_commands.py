"""What a command takes for granted, notes and refuses."""

from __future__ import annotations

import inspect
import json
import sys
import time
from dataclasses import replace
from importlib import import_module

import pytest

from companion.engine import catalogue, results, sweeps
from companion.engine.store import Store
from factrank import FactrankError, cli
from factrank.practice.trial.page import drawing
from tests.companion.engine import toys


class Called(Exception):
    """What a function was given."""


@pytest.mark.parametrize(
    ("words", "place", "names"),
    [
        (["try"], "factrank.practice.trial.splits.attempt", "parameters seeds seed steps trained"),
        (
            ["compile"],
            "factrank.layer.building.recipes.compile_database",
            "tau embeddings allow_sets",
        ),
    ],
)
def test_a_command_takes_for_granted_what_its_function_does(
    monkeypatch, tmp_path, words, place, names
):
    module, name = place.rsplit(".", 1)
    known = inspect.signature(getattr(import_module(module), name))

    def function(*args, **options):
        raise Called(known.bind(*args, **options).arguments)

    monkeypatch.setattr(place, function)
    monkeypatch.setenv("FACTRANK_TRACEBACK", "1")
    to = ["-o", str(tmp_path / "layer")] if words == ["compile"] else []
    with pytest.raises(Called) as told:
        cli.main([*words, "library:example", *to])
    given = told.value.args[0]
    for it in names.split():
        assert given.get(it, known.parameters[it].default) == known.parameters[it].default, it


def test_a_run_notes_its_layers_workers_and_seconds_once(run, tmp_path, monkeypatch):
    toy = sweeps.Experiment("toy", toys.items, toys.square, toys.judge, lambda c: 0)
    monkeypatch.setattr(catalogue, "experiment", lambda name: toy)
    store = tmp_path / "s.sqlite"
    for _ in range(2):  # the second finds everything done
        assert run("run", "toy", "--workers", 1, "--store", store)[0] == 0
    with Store(store, toy.source) as kept:
        (noted,) = kept.runs()
    assert noted.keys() == {"layers", "seconds", "processor", "workers"}
    assert (noted["layers"], noted["workers"]) == (4, 1)


def test_a_figure_without_matplotlib_is_refused_before_the_work(run, tmp_path, monkeypatch):
    def never(*_, **__):
        pytest.fail("nothing is trained before")

    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setattr("factrank.practice.trial.splits.attempt", never)
    status, out, err = run("try", "library:example", "-o", tmp_path / "f.svg")
    assert (status, out) == (2, "") and "expected the package matplotlib" in err
    with pytest.raises(FactrankError, match="expected the package matplotlib"):
        drawing(None, "svg")


def test_what_compile_and_ask_tell_a_person(run, tmp_path):
    layer = tmp_path / "layer"
    told = run("compile", "library:example", "--method", "gates", "-o", layer)[1]
    assert told.startswith("8 facts in 1 head, d_model 7, ")
    told = run("ask", layer, "Astrid", "born_in")[1]
    assert told.startswith("Astrid born_in: Singapore ") and "votes on Singapore, logit " in told
    for least in (0, 1):
        assert run("recall", layer, "library:example", "--require", least)[0] == 0


@pytest.mark.parametrize("command", ["rank", "audit"])
def test_who_watches_sees_what_is_under_way_and_gets_the_same_answer(run, monkeypatch, command):
    words = (command, "library:matrices-2x2x2", "--effort", "quick", "--json")
    quiet = run(*words)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    status, out, err = run(*words)
    assert (quiet[0], quiet[2]) == (status, "") == (0, "")
    answers = [{**json.loads(text), "seconds": 0} for text in (quiet[1], out)]
    assert answers[0] == answers[1]
    assert err.startswith("\r\x1b[K") and err.endswith("\r\x1b[K")


def test_a_run_on_a_terminal_shows_its_bar_notes_the_processor_and_is_recorded(
    run, tmp_path, monkeypatch
):
    items = [{"n": n, "seed": n % 2} for n in range(4)]
    toy = sweeps.Experiment("toy", lambda _: items, toys.seeded, toys.judge, lambda _: 0)
    monkeypatch.setattr(catalogue, "experiment", lambda name: toy)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    real = sweeps.run

    def told(*args, progress, **options):
        return real(*args, progress=lambda it: progress(replace(it, processor=3.26)), **options)

    monkeypatch.setattr(sweeps, "run", told)
    words = ("run", "toy", "--workers", 1, "--store", tmp_path / "s.sqlite", "--export", tmp_path)
    started = time.perf_counter()
    status, out, err = run(*words)
    assert (status, out) == (0, "met     squares are squares: 4 rows\n"), err
    assert err.startswith("\r\x1b[K[-") and "] 4/4 " in err and err.endswith("\r\x1b[K")
    kept = results.load("toy", tmp_path)
    about = kept.about
    assert kept.frame["square"].tolist() == [0, 1, 4, 9] and about["command"].startswith("factrank")
    assert (about["experiment"], about["layers"], about["seeds"]) == ("toy", 4, [0, 1])
    assert [noted["processor"] for noted in about["runs"]] == [3.3]
    assert 0 <= about["runs"][0]["seconds"] <= time.perf_counter() - started + 0.1
    assert about["criteria"] == [
        {"criterion": "squares are squares", "found": "4 rows", "met": True}
    ]


def test_the_seconds_told_are_those_of_the_ranking(run):
    started = time.perf_counter()
    found = json.loads(run("rank", "library:example", "--json")[1])
    assert 0 <= found["seconds"] <= time.perf_counter() - started
