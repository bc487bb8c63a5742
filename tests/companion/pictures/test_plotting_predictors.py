"""Pictures of predictors: every estimate and every point is drawn at its place."""

from __future__ import annotations

from companion import pictures


def test_every_estimate_has_its_mark_and_its_interval():
    rows = {"width": {"within": (0.8, 0.7, 0.9), "across": (0.6, 0.5, 0.65)}, "facts": {}}
    ax = pictures.draw_predictors(rows)
    spans = {tuple(map(float, line.get_xdata())) for line in ax.lines if len(line.get_xdata()) == 2}
    assert {(0.7, 0.9), (0.5, 0.65)} <= spans
    marks = {float(line.get_xdata()[0]) for line in ax.lines if len(line.get_xdata()) == 1}
    assert marks == {0.8, 0.6}
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["within", "across"]


def test_points_that_coincide_are_one_larger_mark():
    panels = {"one": {"F": [(1, 2), (1, 2), (2, 4)]}, "two": {"T": [(3, 1)]}}
    one, two = pictures.draw_against(panels, xlabel=["a", "b"], log=True, diagonal=True)
    [dots] = one.collections
    assert dots.get_offsets().tolist() == [[1, 2], [2, 4]]
    assert dots.get_sizes()[0] > dots.get_sizes()[1]
    assert (one.get_xlabel(), two.get_xlabel()) == ("a", "b")
    assert [text.get_text() for text in one.figure.legends[0].get_texts()] == ["F", "T"]
