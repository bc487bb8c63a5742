"""Pictures of capacity: every layer is drawn at its place, and the axes are named."""

from __future__ import annotations

from companion import pictures


def test_every_layer_is_a_mark():
    points = [(0.5, 1.0), (1.0, 0.9), (1.0, 0.95)]
    ax = pictures.draw_recall({"tiny": points, "small": points[:1]}, {"2 bits": 2.0})
    assert ax.lines[0].get_xydata().tolist() == [list(point) for point in points]
    assert ax.lines[2].get_xdata()[0] == 2.0 and ax.texts[0].get_text() == "2 bits"
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["tiny", "small"]


def test_most_seeds_filled_and_all_seeds_hollow():
    ax = pictures.draw_density({"F": [(32, 0.9, 0.7), (192, 1.5, float("nan"))]}, {"two": 2.0})
    assert ax.lines[0].get_xydata().tolist() == [[32, 0.9], [192, 1.5]]
    assert ax.lines[1].get_ydata()[0] == 0.7 and ax.lines[1].get_markerfacecolor() == "#FFFFFF"
    assert ax.get_ylim()[0] == 0 and ax.lines[2].get_ydata()[0] == 2.0


def test_families_stand_side_by_side():
    ax = pictures.draw_parameters(["a", "b"], {"x": [[1, 2], [3]], "y": [[4], [5]]}, ylabel="all")
    marks, between = ax.lines[:4], ax.lines[4:]
    assert sorted(y for line in marks for y in line.get_ydata()) == [1, 2, 3, 4, 5]
    assert [round(x) for line in marks for x in line.get_xdata()] == [0, 0, 1, 0, 1]
    assert [line.get_xdata()[0] for line in between] == [0.5]
    assert [t.get_text() for t in ax.get_xticklabels()] == ["a", "b"]
    assert (ax.get_yscale(), ax.get_ylabel()) == ("log", "all")


def test_kept_facts_run_through_the_mean():
    ax = pictures.draw_kept({"A7": [(2, [0.5, 0.75]), (8, [1.0])]})
    assert ax.lines[0].get_xydata().tolist() == [[2, 0.625], [8, 1.0]]
    assert sorted(y for line in ax.lines[1:] for y in line.get_ydata()) == [0.5, 0.75, 1.0]


def test_cited_counts_stand_in_the_first_panel_and_levels_in_all():
    panels = {"some": {"gates": [(32, 0.5), (64, 2.0)]}, "all": {"gates": [(32, 0.25)]}}
    ax = pictures.draw_filled(panels, {"theirs": [(32, 1.0), (64, 0.5)]}, {"float32": 32.0})
    first, second = ax.figure.axes
    assert first is ax and [line.get_ydata()[0] for line in first.lines] == [0.5, 32.0, 1.0]
    assert [line.get_ydata()[0] for line in second.lines] == [0.25, 32.0]
    assert [text.get_text() for text in first.texts] == ["float32", "theirs"]
    assert (ax.get_xscale(), ax.get_yscale(), second.get_title()) == ("log", "log", "all")
    (legend,) = ax.figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["gates"]


def test_a_line_to_compare_with_is_drawn_over_the_grid():
    for ax in (
        pictures.draw_recall({"tiny": [(0.5, 1.0)]}, {"2 bits": 2.0}),
        pictures.draw_density({"F": [(32, 0.9, 0.7)]}, {"two": 2.0}),
    ):
        (dashed,) = (line for line in ax.lines if line.get_linestyle() == "--")
        assert ax.get_axisbelow() is True  # which puts the grid at 0.5
        assert 0.5 < dashed.get_zorder() < 2
