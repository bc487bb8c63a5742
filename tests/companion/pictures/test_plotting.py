"""The pictures: what is drawn is what was given, and the palette can be told apart and read."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, pairwise

import pytest
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle

from companion import pictures
from factrank.facts.database import Database
from factrank.practice.html import strokes
from factrank.rank.algebra.terms import Term

FACTS = [("Ann", "likes", "tea"), ("Bob", "likes", "milk"), ("Bob", "owns", "milk")]


@pytest.fixture
def database() -> Database:
    return Database.from_triples(FACTS)


def squares(ax) -> list[tuple[float, float]]:
    """The corners of the filled unit squares, without the white papers under the grids."""
    paper = to_rgb(strokes.PAPER)
    return [
        patch.get_xy()
        for patch in ax.patches
        if isinstance(patch, Rectangle) and to_rgb(patch.get_facecolor()[:3]) != paper
    ]


def words(ax) -> list[str]:
    return [text.get_text() for text in ax.texts]


def test_slices_draw_one_square_per_fact_at_its_place(database):
    ax = pictures.draw_slices(database)
    step = 2 + 1.2  # values of a slice and the gap
    expected = {(q * step + v, k) for k, q, v in database.facts}
    assert {tuple(at) for at in squares(ax)} == expected
    assert len(squares(ax)) == len(database)
    assert set(words(ax)) == {"Ann", "Bob", "likes", "owns", "tea", "milk"}


def test_names_of_keys_queries_and_values_have_each_one_colour(database):
    tone = dict.fromkeys(("Ann", "Bob"), strokes.KEY) | dict.fromkeys(
        ("likes", "owns"), strokes.QUERY
    )
    tone |= dict.fromkeys(("tea", "milk"), strokes.VALUE)
    term = Term({0: 1}, {0: 1}, {0: 1})
    for ax in (
        pictures.draw_slices(database),
        pictures.draw_unfoldings(database),
        pictures.draw_terms([term], database),
    ):
        drawn = [(text.get_text(), text.get_color()) for text in ax.texts]
        assert {it for it in drawn if it[0] in tone} == set(tone.items())
    assert not {*tone.values()} & {strokes.colour(n) for n in range(9)}  # no square has them


def test_unfoldings_draw_every_fact_three_times(database):
    ax = pictures.draw_unfoldings(database)
    assert len(squares(ax)) == 3 * len(database)
    lines = sorted({y for _, y in squares(ax)})  # a line of squares a label, each below the last
    assert len(lines) == sum(database.shape)
    assert all(b - a >= 1 for a, b in pairwise(lines)) and max(lines) <= max(ax.get_ylim()) - 1


def test_a_signed_term_shows_its_minus(database):
    terms = [
        Term({0: 1, 1: 1}, {0: 1}, {0: 1}),
        Term({1: 1}, {0: 1}, {0: -1, 1: 1}),
        Term({1: 2}, {1: Fraction(1, 2)}, {1: 1}),
    ]
    ax = pictures.draw_terms(terms, database)
    assert len(squares(ax)) == 2 + 2 + 1 + len(database)
    assert words(ax).count("\u2212") == 1
    assert words(ax).count("=") == 1
    assert set(database.queries) <= set(words(ax))
    below = max(y for _, y in squares(ax)) + 1
    named = [it for it in ax.texts if it.get_text() in database.values]
    assert len(named) == 4 * len(database.values)
    assert all(it.get_position()[1] >= below for it in named)


def test_waves_go_up_for_plus_and_down_for_minus_and_fill_the_picture():
    ax = pictures.draw_waves([([1, -2], [2, 1], [-1, -1])], ["one"])
    up = {bar.get_facecolor() for bar in ax.patches if bar.get_height() < 0}
    down = {bar.get_facecolor() for bar in ax.patches if bar.get_height() > 0}
    assert len(ax.patches) == 6 and len(up) == len(down) == 1 and up != down
    last = max(bar.get_x() + bar.get_width() for bar in ax.patches)
    assert last < ax.get_xlim()[1] < last + 1


def test_a_number_that_is_not_one_is_written_out():
    database = Database.from_triples([("a", "r", "x")])
    halves = [Term({0: Fraction(1, 2)}, {0: 1}, {0: 1})] * 2
    assert words(pictures.draw_terms(halves, database)).count("1/2") == 2


def test_the_table_has_a_mark_per_fact_and_names_every_query(database):
    ax = pictures.draw_table(database)
    assert sum(len(marks.get_offsets()) for marks in ax.collections) == len(database)
    assert {"likes"} <= set(words(ax))


def test_the_ladder_names_every_bound_and_shades_what_is_left_open():
    ax = pictures.draw_ladder({"P1": 3, "P2": 4}, {"U1": 9, "U2": 5})
    assert [label.get_text() for label in ax.get_yticklabels()] == ["P1", "P2", "U1", "U2"]
    assert words(ax) == ["3", "4", "9", "5"]
    shade = ax.patches[0].get_extents().transformed(ax.transData.inverted())
    assert shade.x0 == pytest.approx(3.92) and shade.x1 == pytest.approx(5.08)


def test_intervals_draw_closed_ones_as_dots_and_open_ones_as_bars():
    ax = pictures.draw_intervals({"sparse": [(2, 2, 3), (1, 2, 2)], "dense": [(4, 6, 9)]})
    drawn = [line.get_ydata().tolist() for line in ax.lines if len(line.get_ydata())]
    assert [2] in drawn and [1, 2] in drawn and [4, 6] in drawn
    assert [9, 9] in drawn
    assert [label.get_text() for label in ax.get_xticklabels()] == ["sparse", "dense"]


def test_unknown_cells_ask_and_pivots_are_numbered():
    known = [[float("nan"), 1, 0], [1, 0, 1]]
    ax = pictures.draw_substituted(known, ["a", "b"], ["x", "y", "z"], [(1, 0), (0, 1)])
    assert set(squares(ax)) == {(0, 0), (1, 0), (0, 1), (2, 1)}
    at = {text.get_text(): text.get_position() for text in ax.texts}
    assert at["?"] == (0.5, 0.5) and at["1"] == (0.5, 1.5) and at["2"] == (1.5, 0.5)


def luminance(colour: str) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_every_colour_reads_as_text_on_white():
    for colour in (*strokes.COLOURS, strokes.INK):
        assert 1.05 / (luminance(colour) + 0.05) >= 4.5, colour


def seen_without_red_green(colour: str) -> tuple[float, ...]:
    """A deuteranope's view: red and green mix (Vienot, Brettel and Mollon 1999, linear part)."""
    r, g, b = to_rgb(colour)
    mixed = 0.29 * r + 0.71 * g
    return mixed, mixed, b


def test_the_first_three_colours_and_the_two_signs_differ_for_the_colour_blind():
    pairs = [*combinations(strokes.COLOURS[:3], 2), (strokes.PLUS, strokes.MINUS)]
    for one, other in pairs:
        views = seen_without_red_green(one), seen_without_red_green(other)
        assert sum(abs(x - y) for x, y in zip(*views, strict=True)) > 0.25, (one, other)


def test_scale_draws_every_point_of_every_line():
    lines = {"zipf": [(1000, 0.1), (10_000, 1.0)], "uniform": [(1000, 0.2)]}
    ax = pictures.draw_scale(lines)
    drawn = {line.get_label(): list(zip(*line.get_data(), strict=True)) for line in ax.lines}
    assert drawn == lines


# ---- structure ---------------------------------------------------------------------------------


def test_growth_draws_every_point_and_names_every_curve():
    curves = {"facts": [4, 9, 16], "rank": [2, 4, 5]}
    ax = pictures.draw_growth([2, 3, 4], curves)
    drawn = {line.get_color(): list(line.get_ydata()) for line in ax.lines}
    assert list(drawn.values()) == list(curves.values())
    assert words(ax) == ["facts: 16", "rank: 5"] and ax.get_yscale() == "log"


def test_waves_draw_a_bar_for_each_number_with_its_sign():
    terms = [([1, 0, -2], [1, 1, 1], [3, 0, 0]), ([0, 0, 1], [-1, 0, 0], [1, -1, 0])]
    ax = pictures.draw_waves(terms, ["one", "two"])
    bars = [p for p in ax.patches if isinstance(p, Rectangle)]
    numbers = [x for term in terms for vector in term for x in vector if x]
    assert len(bars) == len(numbers)
    for bar, x in zip(bars, numbers, strict=True):
        assert (bar.get_height() < 0) == (x > 0)  # y grows downwards
        shade = strokes.PLUS if x > 0 else strokes.MINUS
        assert to_rgb(bar.get_facecolor()[:3]) == to_rgb(shade)
    assert {"one", "two", "keys", "queries", "values"} <= set(words(ax))


def test_cycles_draw_each_label_once_and_an_arrow_from_each_to_the_next():
    ax = pictures.draw_cycles([["a", "b", "c"], ["d"]])
    assert [w for w in words(ax) if w] == ["a", "b", "c", "d"]
    assert sum(w == "" for w in words(ax)) == 4  # the last is a loop


def test_a_runaway_fit_is_drawn_on_two_logarithmic_axes():
    ax = pictures.draw_runaway([10, 100], {"size": [2.0, 4.0], "error": [0.1, 0.01]})
    assert [list(line.get_ydata()) for line in ax.lines] == [[2.0, 4.0], [0.1, 0.01]]
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")


# ---- audits ------------------------------------------------------------------------------------


def test_coverage_draws_each_cell_that_has_a_value():
    ax = pictures.draw_coverage({"capital": [1, 0, 2], "code": [1, 1, 1]})
    one, several = ax.containers
    assert [(bar.get_x(), round(bar.get_y() + bar.get_height() / 2)) for bar in one] == [
        (0, 0), (0, 1), (1, 1), (2, 1),
    ]  # fmt: skip
    assert [bar.get_x() for bar in several] == [2]


def test_weights_draw_the_interval_and_tell_it():
    ax = pictures.draw_weights({"before": {"rank": (4, 6)}, "after": {"rank": (3, 3)}})
    assert words(ax) == ["4 to 6", "3"]
    assert [[bar.get_width() for bar in bars] for bars in ax.containers] == [[4], [2], [3], [0]]
    before, _, after, _ = (bars[0].get_y() for bars in ax.containers)
    assert before < after and ax.yaxis_inverted()  # as in the legend, the first on top


def test_an_unfolding_has_the_columns_of_each_pair_where_its_fact_is():
    one = Database.from_triples([("a", "r", "x"), ("b", "r", "y"), ("c", "r", "y")])
    ax = pictures.draw_unfoldings(one)
    keys = sorted(squares(ax), key=lambda it: it[1])[:3]  # the first of the three
    assert [x for x, _ in keys] == [keys[0][0], keys[0][0] + 1, keys[0][0] + 1]
