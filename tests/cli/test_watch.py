"""The line where a person waits: a forecast, on a terminal, after a while, and gone in the end."""

from __future__ import annotations

import io
import sys

import pytest

from factrank.cli.options import CLEAR, watched


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("screen", [Terminal(), io.StringIO(), None])
def test_a_forecast_after_a_while_on_a_terminal_only(monkeypatch, screen):
    monkeypatch.setattr(sys, "stderr", screen)
    now = [0.0]
    with watched("pairs asked", lambda: now[0]) as tell:
        for second in range(1, 6):
            now[0] = float(second)
            tell(1000 * second, 100_000)
    if screen is not None:
        lines = [
            f"{n:,} of 100,000 pairs asked, about {100 - n // 1000} s left"
            for n in (2000, 3000, 4000, 5000)
        ]
        told = "".join(CLEAR + line for line in lines) + CLEAR
        assert screen.getvalue() == (told if screen.isatty() else "")


def test_a_quick_command_says_nothing(monkeypatch):
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    with watched("pairs asked", lambda: 0.0) as tell:
        tell(1, 1)
    assert screen.getvalue() == ""


def test_the_line_is_gone_after_an_interrupt(monkeypatch):
    screen, now = Terminal(), [0.0]
    monkeypatch.setattr(sys, "stderr", screen)
    with pytest.raises(KeyboardInterrupt), watched("keys compared", lambda: now[0]) as tell:
        now[0] = 10.0
        tell(0, 50)  # nothing done yet: no forecast
        tell(25, 50)
        raise KeyboardInterrupt
    assert screen.getvalue().endswith("25 of 50 keys compared, about 10 s left" + CLEAR)
