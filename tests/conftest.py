"""Settings shared by all tests: no test is judged by its wall time."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator

import pytest
from hypothesis import settings

settings.register_profile("factrank", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("factrank")


@pytest.fixture(autouse=True)
def hears_interrupts() -> Iterator[None]:
    """A command that was interrupted ignores further ones, for its process ends; ours goes on."""
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def run(capsys) -> Callable[..., tuple[int, str, str]]:
    """The command as a person types it: its status, what it prints, and what it says beside."""

    def call(*args: object) -> tuple[int, str, str]:
        from factrank import cli

        with pytest.raises(SystemExit) as done:
            cli.main([str(arg) for arg in args])
        told = capsys.readouterr()
        return done.value.code, told.out, told.err

    return call


@pytest.fixture
def no_numba(monkeypatch) -> Iterator[None]:
    """A machine without numba; what was compiled before and is found missing now are forgotten."""
    from factrank.rank.upper import mod2, walk

    def forget() -> None:
        walk.compiled.cache_clear()
        mod2.compiled.cache_clear()

    forget()
    monkeypatch.setitem(sys.modules, "numba", None)
    yield
    forget()
