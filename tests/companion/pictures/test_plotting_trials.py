"""The picture of the small experiment: every seed is drawn, and says what it is."""

from __future__ import annotations

import pytest

from companion import pictures


def test_every_seed_is_a_line_over_the_splits_and_the_mean_another():
    arms = [(1, 3, [0.5, 0.7]), (2, 2, [0.5, 0.5]), (3, 1, [0.2, 0.4])]
    ax = pictures.draw_splits(arms, "25 layers")
    first, second, mean, _ = ax.lines
    assert list(first.get_ydata()) == [0.5, 0.5, 0.2]
    assert list(second.get_ydata()) == [0.7, 0.5, 0.4]
    assert list(mean.get_ydata()) == pytest.approx([0.6, 0.5, 0.3])
    ticks = [text.get_text() for text in ax.get_xticklabels()]
    assert ticks == ["1 : 3", "2 : 2", "3 : 1"]
    assert ax.get_title(loc="left") == "25 layers" and ax.get_ylim()[0] < 0 < 1 < ax.get_ylim()[1]
    assert {t.get_text() for t in ax.get_legend().get_texts()} == {"mean", "one seed"}


def test_a_long_title_ends_within_the_picture():
    ax = pictures.draw_splits([(1, 3, [0.5]), (3, 1, [0.2])], "25 layers of one size, " * 12)
    ax.figure.draw_without_rendering()
    (title,) = [it for it in ax.get_children() if it is ax._left_title]
    assert title.get_window_extent().x1 <= ax.figure.bbox.x1
