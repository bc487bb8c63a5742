"""What every exercise's checker must do: pass right answers, and say of wrong ones what is wrong.

A module of tests names what these return: ``test_right_answers_pass = passing(RIGHT)``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest


def passing(cases: Sequence[tuple[Any, Any]]) -> Callable[..., None]:
    """A test over pairs of a checker and an answer that is right."""

    @pytest.mark.parametrize(("checker", "answer"), cases)
    def test(checker, answer):
        verdict = checker.verdict(answer)
        assert verdict.right, verdict.says

    return test


def told(cases: Sequence[tuple[Any, Any, str]]) -> Callable[..., None]:
    """A test over a checker, an answer that is wrong, and words that must be said of it."""

    @pytest.mark.parametrize(("checker", "answer", "sentence"), cases)
    def test(checker, answer, sentence):
        verdict = checker.verdict(answer)
        assert not verdict.right
        assert sentence in verdict.says, verdict.says

    return test
