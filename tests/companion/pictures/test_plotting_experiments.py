"""Pictures of experiments: every seed is drawn at its place, and the axes are named."""

from __future__ import annotations

import pytest

from companion import pictures


def test_every_seed_is_a_mark_and_the_line_runs_through_the_medians():
    lines = {"one": [(8, [0.5, 0.7, 0.6]), (9, [0.02])], "two": [(8, [0.1, 0.2])]}
    ax = pictures.draw_seeds(lines, {"rank": 9}, limit=0.05)
    dots = [line for line in ax.lines if line.get_linestyle() == "None"]
    drawn = sorted(float(y) for line in dots for y in line.get_ydata())
    assert drawn == sorted(y for points in lines.values() for _, ys in points for y in ys)
    assert {round(float(x)) for line in dots for x in line.get_xdata()} == {8, 9}
    joined = [line for line in ax.lines if line.get_label() in lines]
    assert [line.get_ydata().tolist() for line in joined] == [
        pytest.approx([0.6, 0.02]),
        pytest.approx([0.15]),
    ]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["one", "two"]
    assert [line.get_linestyle() for line in ax.get_legend().get_lines()] == ["-", "-"]
    assert [line.get_marker() for line in ax.get_legend().get_lines()] == ["o", "s"]
    assert [text.get_text() for text in ax.texts] == ["rank"]
    limits = [line for line in ax.lines if line.get_linestyle() == ":"]
    assert [line.get_ydata()[0] for line in limits] == [0.05]


def test_shares_are_drawn_as_given():
    lines = {"one": [(1, 0.0), (2, 0.5), (3, 1.0)]}
    ax = pictures.draw_shares(lines, {"rank": 2, "other": 3})
    assert ax.lines[0].get_xydata().tolist() == [[1, 0.0], [2, 0.5], [3, 1.0]]
    assert [text.get_text() for text in ax.texts] == ["rank", "other", "one"]
    assert ax.get_xlabel() and ax.get_ylabel()


def test_names_stand_at_the_ends_of_lines_that_end_apart_and_else_in_a_legend():
    apart = {"one": [(1, 0.0), (3, 1.0)], "two": [(1, 0.0), (3, 0.8)]}
    touching = {"one": [(1, 0.0), (3, 1.0)], "two": [(1, 0.0), (3, 0.99)]}
    short = {"one": [(1, 0.0), (3, 1.0)], "two": [(1, 0.0), (2, 0.5)]}
    ax = pictures.draw_shares(apart, {})
    assert {text.get_text(): text.xy for text in ax.texts} == {"one": (3, 1.0), "two": (3, 0.8)}
    assert [text.get_color() for text in ax.texts] == [line.get_color() for line in ax.lines]
    assert ax.get_legend() is None
    ax.figure.draw_without_rendering()
    one, two = (text.get_window_extent() for text in ax.texts)
    assert not one.overlaps(two)
    for lines in (touching, short):
        ax = pictures.draw_shares(lines, {})
        assert [text.get_text() for text in ax.get_legend().get_texts()] == ["one", "two"]
        assert not ax.texts
