"""Pictures of votes: bars add up to the margin, rings and dots are where they belong."""

from __future__ import annotations

import pytest

from companion import pictures


def test_bars_add_up_to_the_margin():
    added = [[2.0, -1.0, 0.5, 0.25], [-1.0, -2.0, 4.0, 1.0]]
    ax = pictures.draw_margins(added, ["a", "b", "c", "d"], ["one", "two"])
    assert ax.lines[-1].get_xdata().tolist() == [1.75, 2.0]
    for i, row in enumerate(added):
        bars = [bar for bar in ax.patches if abs(bar.get_y() + bar.get_height() / 2 - i) < 0.01]
        assert [bar.get_width() for bar in bars] == [abs(x) for x in row]
        right = [bar for bar in bars if bar.get_x() >= 0]
        assert sum(b.get_width() for b in right) == sum(x for x in row if x > 0)
        assert min(bar.get_x() for bar in bars) == sum(x for x in row if x < 0)


def test_predictions_are_rings_around_what_was_seen():
    ax = pictures.draw_taken({"keys": [(2.0, 5, 4)], "queries": [(1.0, 1, 1)]})
    assert [line.get_xydata().tolist() for line in ax.lines] == [
        [[2, 5]], [[2, 4]], [[1, 1]], [[1, 1]]
    ]  # fmt: skip
    assert ax.lines[0].get_markerfacecolor() == "none" != ax.lines[1].get_markerfacecolor()


def test_every_seed_is_a_mark():
    lines = {"F": [("1", [0.5, 0.7, 0.6]), ("2", [0.1])], "T": [("1", [0.2]), ("2", [0.3])]}
    ax = pictures.draw_strips(lines, xlabel="heads", ylabel="share", limit=0.5)
    dots = [line for line in ax.lines if line.get_linestyle() == "None"]
    assert sorted(float(y) for line in dots for y in line.get_ydata()) == [
        0.1, 0.2, 0.3, 0.5, 0.6, 0.7
    ]  # fmt: skip
    assert [line.get_ydata()[0] for line in ax.lines if line.get_linestyle() == ":"] == [0.5]
    assert [text.get_text() for text in ax.texts] == ["F", "T"]


def test_strips_are_joined_through_their_medians():
    lines = {"F": [("1", [0.5, 0.7, 0.6, 0.9]), ("2", [0.1])]}
    ax = pictures.draw_strips(lines, xlabel="heads", ylabel="share")
    assert ax.lines[0].get_ydata() == pytest.approx([0.65, 0.1])


def test_the_leftmost_bar_keeps_off_the_axis():
    ax = pictures.draw_margins([[3.0, -2.0], [1.0, 0.5]], ["key", "query"], ["one", "two"])
    assert ax.get_xlim()[0] < -2.0
