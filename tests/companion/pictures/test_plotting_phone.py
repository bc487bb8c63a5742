"""Pictures that grow with what they are given stay as narrow as a phone needs them."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from companion import pictures
from factrank import Database
from factrank.rank.algebra.terms import Term

INCHES = 6.5  # at which letters of 10 points are still 7 pixels high on a screen of 375
LONG = [f"a name of rather many letters {n}" for n in range(4)]
TABLE = Database.from_triples([(f"key {n}", "query", f"value {n}") for n in range(5)])
TERMS = [Term({0: Fraction(1)}, {0: Fraction(1)}, {n % 5: Fraction(1)}) for n in range(8)]
POINTS = [(1.0, 0.5), (2.0, 0.7)]
SEEDS = [(1, [0.2, 0.3]), (2, [0.5, 0.6])]
GRIDS = np.ones((2, 3, 2)), np.ones((2, 3, 2)), np.ones((2, 2, 2)), np.ones((3, 2, 2))
NAMES = ["Astrid", "Bernard", "Colin"], ["born_in", "lives_in"], ["Singapore", "Malaysia"]
DRAWN = {
    "terms": lambda: pictures.draw_terms(TERMS, TABLE),
    "numbers": lambda: pictures.draw_numbers(
        {name[-3:]: [[1.0] * 4] * 2 for name in LONG}, ["a", "b"], ["w", "x", "y", "z"]
    ),
    "layer": lambda: pictures.draw_layer(*GRIDS, NAMES),
    "patterns": lambda: pictures.draw_patterns({name[-1]: np.eye(16) for name in LONG}),
    "tightness": lambda: pictures.draw_tightness({name: [(3, 5)] for name in LONG}),
    "predictors": lambda: pictures.draw_predictors(
        {name: {f"width over {n} things": (0.8, 0.7, 0.9) for n in range(4)} for name in LONG}
    ),
    "against": lambda: pictures.draw_against({name: {"F": POINTS} for name in LONG})[0],
    "filled": lambda: pictures.draw_filled({name: {"gates": POINTS} for name in LONG}, {}, {}),
    "panels": lambda: pictures.draw_panels(
        {name: {it: SEEDS for it in LONG} for name in LONG}, xlabel="width"
    ),
    "parts": lambda: pictures.draw_parts({name: {"a": 0.4, "b": 0.6} for name in LONG}),
}


@pytest.mark.parametrize("name", DRAWN)
def test_a_picture_is_no_wider_than_a_phone_needs(name: str):
    figure = DRAWN[name]().figure
    assert figure.get_tightbbox().width <= INCHES


def test_terms_that_go_on_below_touch_nothing():
    ax = pictures.draw_terms(TERMS, TABLE)
    ax.figure.draw_without_rendering()
    titles = {t.get_text(): t.get_window_extent() for t in ax.texts if t.get_text()[:4] == "term"}
    below = [t.get_window_extent() for t in ax.texts if t.get_text()[:5] == "value"]
    assert len({round(box.y0) for box in titles.values()}) > 1
    assert not any(box.overlaps(label) for box in titles.values() for label in below)
    assert [t.get_text() for t in ax.texts].count("=") == 1
