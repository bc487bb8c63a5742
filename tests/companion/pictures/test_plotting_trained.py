"""Pictures of trained layers: every seed a mark, every interval a line, nothing left out."""

from __future__ import annotations

from companion import pictures


def test_every_panel_has_every_seed_and_the_means():
    panels = {
        name: {"1 head": [(1, [0.1, 0.3]), (8, [0.9, 1.0])], "2 heads": [(1, [0.5, 0.5])]}
        for name in ("4 values", "8 values", "32 values", "64 values", "128 values")
    }
    first = pictures.draw_panels(panels, xlabel="width")
    axes = [ax for ax in first.figure.axes if ax.axison]
    assert [ax.get_title() for ax in axes] == list(panels)
    for ax in axes:
        dots = [line for line in ax.lines if line.get_linestyle() == "None"]
        drawn = sorted(float(y) for line in dots for y in line.get_ydata())
        assert drawn == [0.1, 0.3, 0.5, 0.5, 0.9, 1.0]
        joined = [line for line in ax.lines if line.get_linestyle() == "-"]
        assert [line.get_ydata().tolist() for line in joined] == [[0.2, 0.95], [0.5]]
        assert [text.get_text() for text in ax.get_xticklabels()] == ["1", "8"]
    places = [ax.get_subplotspec() for ax in axes]  # two a row, in the order that is given
    assert [(it.rowspan.start, it.colspan.start) for it in places] == [
        divmod(n, 2) for n in range(len(panels))
    ]
    legend = first.figure.legends[0]
    assert [text.get_text() for text in legend.get_texts()] == ["1 head", "2 heads"]


def test_coinciding_layers_are_one_larger_mark():
    ax = pictures.draw_ranks({"L": [(2, 2)] * 9 + [(3, 5)]}, xlabel="D", ylabel="L")
    (marks,) = ax.collections
    assert marks.get_offsets().tolist() == [[2, 2], [3, 5]]
    large, small = marks.get_sizes()
    assert large > small


def test_a_least_width_that_was_not_found_stays_in_the_picture():
    lines = {str(n): [(10.0**n, 3 + n, 2)] for n in range(7)} | {"far": [(1e9, None, 16)]}
    ax = pictures.draw_least(lines)
    drawn = {(line.get_label(), *map(float, xy)) for line in ax.lines for xy in line.get_xydata()}
    assert {(str(n), 10.0**n, 3.0 + n) for n in range(7)} <= drawn
    (above,) = (line for line in ax.lines if line.get_marker() == "^")
    moved = pictures.draw_least({"a": [(100, 3, 2)], "b": [(100, 3, 2)]}, apart=4.0)
    assert [line.get_xdata().tolist() for line in moved.lines] == [[50], [200]]
    assert above.get_xydata().tolist() == [[1e9, 16]] and above.get_fillstyle() == "none"
    assert [it.get_text() for it in ax.get_legend().get_texts()] == list(lines)
