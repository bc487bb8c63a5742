"""The pictures of compiled layers draw the numbers they are given."""

from __future__ import annotations

from matplotlib.colors import to_hex, to_rgb

from companion import pictures
from companion.pictures.compiled import WIDE


def test_numbers_write_every_cell_that_is_not_the_middle():
    panels = {"one": [[0.5, 0.75], [0.25, 0.5]], "two": [[1.0, 0.5], [0.5, 12.34]]}
    ax = pictures.draw_numbers(panels, ["k", "l"], ["p", "q"], middle=0.5)
    step = 2 * WIDE + 1.4
    at = {text.get_position(): text.get_text() for text in ax.texts}
    assert at[WIDE * 1.5, 0.5] == ".75" and at[WIDE * 0.5, 1.5] == ".25"
    assert at[step + WIDE * 0.5, 0.5] == "1.00" and at[step + WIDE * 1.5, 1.5] == "12.3"
    written = [text.get_text() for text in ax.texts]
    assert ".50" not in written and {"one", "two", "k", "l"} <= set(written)


def test_numbers_in_rows_of_panels_do_not_touch():
    panels = {f"a wide {name}": [[float(i + 1)] * 2] * 3 for i, name in enumerate("ABCDE")}
    ax = pictures.draw_numbers(panels, ["k", "l", "m"], ["first", "second"], across=2)
    step = 2 * WIDE + 1.4
    lefts = {round(patch.get_x(), 6) for patch in ax.patches}
    assert lefts == {round(x, 6) for x in (0, WIDE, step, step + WIDE)}
    written = [text.get_text() for text in ax.texts]
    assert written.count("k") == 3 and written.count("first") == 5
    ax.figure.draw_without_rendering()
    titles = {t.get_text(): t.get_window_extent() for t in ax.texts if t.get_text() in panels}
    labels = [t.get_window_extent() for t in ax.texts if t.get_text() in ("first", "second")]
    a, b, c, _, e = titles.values()
    assert a.y0 == b.y0 > c.y1 > e.y1
    assert not any(box.overlaps(label) for box in titles.values() for label in labels)


def test_numbers_are_blue_above_the_middle_and_brown_below():
    ax = pictures.draw_numbers({"A": [[-1.0, 0.0, 1.0]]}, ["k"], ["p", "q", "r"])
    below, middle, above = (to_rgb(patch.get_facecolor()) for patch in ax.patches)
    assert below[0] > below[2] and above[2] > above[0] and to_hex(middle) == "#ffffff"
    assert "\u22121.00" in [text.get_text() for text in ax.texts]


def test_the_exchange_draws_what_is_used_and_what_is_padded():
    ladders = {"db": [(4, 16, 16), (7, 15, 28), (13, 13, 13)], "other": [(2, 3, 4)]}
    ax = pictures.draw_exchange(ladders)
    drawn = [list(zip(*line.get_data(), strict=True)) for line in ax.lines]
    assert drawn[0] == [(4, 16), (7, 15), (13, 13)] and drawn[1] == [(4, 16), (7, 28), (13, 13)]
    assert drawn[2] == [(2, 3)] and drawn[3] == [(2, 4)]
    assert ax.get_xlim()[0] == 0 and ax.get_xlim()[1] > 13 and ax.get_ylim()[0] == 0
    legend = ax.get_legend()
    assert len(legend.get_texts()) == 4
    ax.figure.draw_without_rendering()
    assert legend.get_window_extent().y0 >= ax.get_window_extent().y1  # above every line


def test_norms_and_counts_draw_every_point_under_its_name():
    lines = {"2 dimensions": [(8, 9.8), (16, 38.0)], "n dimensions": [(8, 4.1), (16, 4.9)]}
    for draw, scale in ((pictures.draw_norm, "log"), (pictures.draw_counts, "linear")):
        ax = draw(lines)
        drawn = {line.get_label(): list(zip(*line.get_data(), strict=True)) for line in ax.lines}
        assert drawn == lines
        assert [text.get_text() for text in ax.texts] == list(lines)
        assert ax.get_legend() is None  # each name stands at its line's end
        assert ax.get_xscale() == "log" and ax.get_yscale() == scale


def test_side_effects_draw_every_change_and_the_approximate_edit_first():
    changes = {"approximate": [3.0, 2.0, 0.0], "exact": [0.0, 0.0, 0.0]}
    ax = pictures.draw_side_effects(changes)
    assert {line.get_label(): line.get_ydata().tolist() for line in ax.lines} == changes
    assert ax.lines[0].get_xdata().tolist() == [1, 2, 3]
