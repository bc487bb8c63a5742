"""A plugin of pytest for `make mutate`: which test executes what in how long, and tests by name.

With MUTATE_RECORD it notes the seconds of every test that passes, and hands its name to coverage as
the context, also to the processes that the test starts. What a shared fixture executes counts for
every test that asks for it. With MUTATE_SELECT it runs the tests named there, in that order, each
until it took the seconds of the processor given: that ends the process.
"""

from __future__ import annotations

import functools
import json
import os
import signal
import sys
from pathlib import Path

import pytest

RECORD, SELECT = os.environ.get("MUTATE_RECORD"), os.environ.get("MUTATE_SELECT")

noted: dict[str, dict] = {"seconds": {}, "fixtures": {}}
limits: dict[str, float] = json.loads(SELECT) if SELECT else {}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if SELECT:
        order = {name: place for place, name in enumerate(limits)}
        kept = sorted((it for it in items if it.nodeid in order), key=lambda it: order[it.nodeid])
        config.hook.pytest_deselected(items=[it for it in items if it.nodeid not in order])
        items[:] = kept


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item):
    if SELECT:  # of the processor; unhandled, so it ends an endless loop in machine code as well
        signal.setitimer(signal.ITIMER_PROF, limits[item.nodeid])
    if RECORD:
        _forget()
        _switch(item.nodeid)
        noted["fixtures"][item.nodeid] = _fixtures(item)
        started = _seconds()
    result = yield
    if RECORD:
        noted["seconds"].setdefault(item.nodeid, _seconds() - started)
        _switch("")
    return result


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef, request: pytest.FixtureRequest):
    if not RECORD or fixturedef.scope == "function":
        return (yield)
    before, started = os.environ.get("MUTATE_TEST", ""), _seconds()
    name = f"{fixturedef.baseid}::{fixturedef.argname}()"
    _switch(name)
    try:
        return (yield)
    finally:
        noted["seconds"][name] = _seconds() - started
        _switch(before)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if RECORD and report.outcome != "passed":
        noted["seconds"][report.nodeid] = None


def pytest_sessionfinish() -> None:
    signal.setitimer(signal.ITIMER_PROF, 0)
    if RECORD:
        Path(RECORD).write_text(json.dumps(noted))


def _seconds() -> float:
    """Of the processor, child processes included: the same on a busy machine."""
    return sum(os.times()[:4])


def _switch(name: str) -> None:
    import coverage

    os.environ["MUTATE_TEST"] = name  # the static context of a child process
    if (running := coverage.Coverage.current()) is not None:
        running.switch_context(name)


def _fixtures(item: pytest.Item) -> list[str]:
    info = getattr(item, "_fixtureinfo", None)
    found = (it for several in (info.name2fixturedefs.values() if info else ()) for it in several)
    return [f"{it.baseid}::{it.argname}()" for it in found if it.scope != "function"]


def _forget() -> None:
    """Empty the package's caches: what one test has computed, the next one must execute again."""
    names = [name for name in sys.modules if name.split(".")[0] == "factrank"]
    for module in [sys.modules[name] for name in names]:
        for kept in vars(module).values():
            if (
                isinstance(kept, functools._lru_cache_wrapper)
                and module.__name__ == kept.__module__
            ):
                kept.cache_clear()
