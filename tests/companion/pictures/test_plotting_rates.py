"""Pictures of rates and of parts: what is drawn is what was given."""

from __future__ import annotations

from companion import pictures
from companion.pictures import Rate


def test_every_seed_is_a_mark_and_the_line_runs_through_the_means():
    lines = {
        "one": [Rate(4, [0.2, 0.6], 0.4, 0.1, 0.7), Rate(8, [1.0], 1.0, 0.9, 1.0)],
        "two": [Rate(4, [0.3], 0.3, 0.0, 1.0)],
    }
    ax = pictures.draw_rates(lines, {"rank": 8}, level={"chance": 0.25})
    marks = [line for line in ax.lines if line.get_markersize() == 3]
    drawn = sorted(float(y) for line in marks for y in line.get_ydata())
    assert drawn == [0.2, 0.3, 0.6, 1.0]
    means = [line.get_ydata() for line in ax.lines if line.get_markersize() == 5.5]
    assert [list(y) for y in means] == [[0.4, 1.0], [0.3]]
    bars = [path.vertices[:, 1].tolist() for c in ax.collections for path in c.get_paths()]
    assert bars == [[0.1, 0.7], [0.9, 1.0], [0.0, 1.0]]
    assert [text.get_text() for text in ax.texts] == ["chance", "rank"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["one", "two"]


def test_parts_stand_side_by_side_and_negative_ones_left_of_zero():
    bars = {"a": {"x": 0.5, "y": -0.2, "z": 0.7}, "b": {"x": 1.0}}
    ax = pictures.draw_parts(bars)
    spans = [(round(p.get_x(), 6), round(p.get_width(), 6)) for p in ax.patches if p.get_width()]
    assert spans == [(0, 0.5), (0, -0.2), (0.5, 0.7), (0, 1.0)]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b"]
    assert [text.get_text() for text in ax.texts] == ["50", "-20", "70", "100"]


def test_negative_parts_do_not_cover_each_other():
    ax = pictures.draw_parts({"a": {"x": -0.25, "y": 0.5, "z": -0.5}})
    spans = [(bar.get_x(), bar.get_width()) for bar in ax.patches]
    assert spans == [(0, -0.25), (0, 0.5), (-0.25, -0.5)]
