"""The pictures of a layer: what is drawn is what was given."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from companion import pictures
from companion.pictures import layer
from factrank.practice.html import strokes

EXTENSIONS = Path(__file__).resolve().parents[3] / "book" / "_ext"
NAMES = ("Ann", "Bob", "Cyd"), ("likes", "owns"), ("tea", "milk", "rum", "gin")
RNG = np.random.default_rng(0)
A = RNG.uniform(size=(2, 3, 2))
X, Y = RNG.normal(size=(2, 3, 4)), RNG.normal(size=(2, 2, 4))
L = np.einsum("hkq,hkv->kqv", A, X) + np.einsum("hkq,hqv->kqv", 1 - A, Y)


def grids(ax) -> list[np.ndarray]:
    """The matrices that are shaded, in the order of drawing."""
    return [np.asarray(image.get_array()) for image in ax.images]


def words(ax) -> list[str]:
    return [text.get_text() for text in ax.texts]


def contrast(one: np.ndarray, other: np.ndarray) -> float:
    """The contrast ratio of two colours, from 1 to 21, as web pages define it."""
    bright = []
    for rgb in (one, other):
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        bright.append(float(linear @ (0.2126, 0.7152, 0.0722)) + 0.05)
    return max(bright) / min(bright)


def test_a_layer_shows_every_number_of_every_head_and_the_slices_of_its_tensor():
    ax = pictures.draw_layer(A, X, Y, L, NAMES)
    expected = [part[h] for h in range(2) for part in (A, X, Y)] + [L[:, q] for q in range(2)]
    assert len(grids(ax)) == len(expected)
    for drawn, given in zip(grids(ax), expected, strict=True):
        np.testing.assert_array_equal(drawn, given)
    assert {"$A^1$", "$X^2$", "$Y^2$", "$L$: likes", "$L$: owns"} <= set(words(ax))


def test_an_attention_pattern_is_shaded_from_zero_to_one():
    ax = pictures.draw_layer(A / 2, X, Y, L, NAMES)
    assert ax.images[0].get_clim() == (-2, 2)  # half of the colour for 1: see below


def test_grids_of_a_layer_do_not_overlap_and_lie_inside_the_picture():
    ax = pictures.draw_layer(A, X, Y, L, NAMES)
    boxes = [image.get_extent() for image in ax.images]
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    for n, (a, b, low, high) in enumerate(boxes):
        assert left <= a < b <= right and top <= high < low <= bottom
        for c, d, lower, higher in boxes[:n]:
            assert b <= c or d <= a or low <= higher or lower <= high
    # the slices of L stand below the heads, with words below them
    assert low + layer.length(NAMES[2]) == pytest.approx(bottom - 0.1)


def test_every_cell_of_the_votes_carries_its_number():
    votes = np.array([[1.0, 0.0], [-1.5, 1.5], [1 / 3, 0.123]])
    ax = pictures.draw_votes(votes, ["a", "b", "c"], ["x", "y"], votes.sum(0))
    np.testing.assert_array_equal(grids(ax)[0], votes)
    np.testing.assert_array_equal(grids(ax)[1], votes.sum(0)[None])
    cells = [text for text in words(ax) if text not in ("a", "b", "c", "x", "y", "sum")]
    assert cells[:6] == ["1", "0", "\u22123/2", "3/2", "1/3", "0.12"]
    assert grids(ax)[0].shape == (3, 2) and "sum" in words(ax)


@pytest.mark.parametrize("values", [["x"], ["tea", "milk"]])
def test_words_of_votes_lie_inside_the_picture_and_off_each_other(values):
    votes = np.tile([[1.5], [-1 / 3]], (1, len(values)))
    ax = pictures.draw_votes(votes, ["a", "b"], values, votes.sum(0))
    ax.figure.draw_without_rendering()
    whole, boxes = ax.figure.bbox, [text.get_window_extent() for text in ax.texts]
    for n, box in enumerate(boxes):
        assert whole.x0 <= box.x0 and box.x1 <= whole.x1
        assert whole.y0 <= box.y0 and box.y1 <= whole.y1
        assert not any(box.overlaps(other) for other in boxes[:n])


def test_votes_and_their_sum_share_one_scale():
    votes = np.array([[3.0], [-1.0]])
    ax = pictures.draw_votes(votes, ["a", "b"], ["x"], votes.sum(0))
    assert {image.get_clim() for image in ax.images} == {(-6.0, 6.0)}


def test_a_number_in_ink_reads_on_every_shade_by_day_and_by_night(monkeypatch):
    monkeypatch.syspath_prepend(str(EXTENSIONS))
    import dark_pictures

    ax = pictures.draw_votes(np.array([[1.0, -1.0]]), ["a"], ["x", "y"], np.array([0.1, 0.0]))
    assert {text.get_color() for text in ax.texts} <= {strokes.INK, strokes.VALUE}
    by_night = lambda colour: dark_pictures.redrawn(np.array([colour[:3]]) * 255)[0] / 255  # noqa: E731
    for part in np.linspace(-1, 1, 41):
        (low, high), ink = ax.images[0].get_clim(), np.array(to_rgb(strokes.INK))
        shade = np.array(layer.SIGNED((part - low) / (high - low))[:3])
        assert contrast(ink, shade) > 4.5 and contrast(by_night(ink), by_night(shade)) > 4.5, part
    assert contrast(np.zeros(3), np.ones(3)) == pytest.approx(21)


def test_the_signs_of_the_formula_stand_between_the_grids():
    ax = pictures.draw_layer(A, X, Y, L, NAMES)
    at = {text.get_text(): text.get_position()[0] for text in ax.texts}
    down = {text.get_text(): text.get_position()[1] for text in ax.texts}
    first, second, third = (image.get_extent()[:2] for image in ax.images[:3])
    assert first[1] < at[r"$\cdot$"] < second[0]
    assert second[1] < at[r"$+\ (1 - A^1)\ \cdot$"] < third[0]
    assert at["="] == at["+"] < first[0] and words(ax).count("+") == len(A) - 1
    assert down[r"$+\ (1 - A^2)\ \cdot$"] < down["$L$: likes"] < down["="]


def test_patterns_are_drawn_side_by_side_on_one_scale():
    given = {"low": A[0] / 3, "high": A[1]}
    ax = pictures.draw_patterns(given)
    for drawn, pattern in zip(grids(ax), given.values(), strict=True):
        np.testing.assert_array_equal(drawn, pattern)
    assert [image.get_clim() for image in ax.images] == [(-1, 1)] * 2
    assert words(ax).count("queries") == 2 and {"low", "high", "keys"} <= set(words(ax))


def test_spectra_draw_every_singular_value():
    given = {"a": [3.0, 1.0, 0.01], "b": [2.0, 0.5]}
    ax = pictures.draw_spectra(given)
    drawn = {line.get_label(): list(line.get_ydata()) for line in ax.lines}
    assert drawn == given and ax.get_yscale() == "log"


def test_tightness_draws_every_case_a_dot_where_hint_and_bound_agree():
    groups = {"one": [(3, 3), (3, 5)], "two": [(4, 4), (2, 6)]}
    ax = pictures.draw_tightness(groups)
    drawn = [tuple(line.get_xdata()) for line in ax.lines if len(line.get_xdata())]
    assert drawn == [(3,), (3, 5), (4,), (2, 6)]
    heights = [float(line.get_ydata()[0]) for line in ax.lines if len(line.get_ydata())]
    assert heights == sorted(set(heights))  # no case hides another
    assert [label.get_text() for label in ax.get_yticklabels()] == ["one", "two"]
