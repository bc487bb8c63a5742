"""The dark page's pictures: every stroke has a partner, and the picture is the one drawn in it."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("sphinx")
pytest.importorskip("matplotlib")

import numpy as np
from PIL import Image

from factrank.practice.html import strokes

EXTENSIONS = Path(__file__).resolve().parents[2] / "book" / "_ext"
EVERY = [*strokes.COLOURS, strokes.INK, strokes.KEY, strokes.QUERY, strokes.VALUE]


@pytest.fixture
def pictures(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(EXTENSIONS))
    import dark_pictures

    return dark_pictures


def luminance(points: np.ndarray) -> float:
    part = np.asarray(points) / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


def night(pictures, colour: str) -> np.ndarray:
    """The colour as the dark page shows it."""
    return pictures.redrawn(pictures.rgb(colour)[None])[0]


@pytest.mark.parametrize("colour", EVERY)
def test_every_stroke_has_a_partner_that_reads_as_text_on_the_dark_ground(pictures, colour: str):
    partner, ground = night(pictures, colour), pictures.rgb(pictures.GROUND)
    assert (luminance(partner) + 0.05) / (luminance(ground) + 0.05) >= 4.5
    if colour in pictures.PARTNERS:
        assert np.abs(partner - pictures.rgb(pictures.PARTNERS[colour])).max() < 1


def test_partners_are_as_far_apart_as_the_strokes_for_the_colour_blind(pictures):
    """A deuteranope's view: red and green mix (Vienot, Brettel and Mollon 1999, linear part)."""
    for one, other in combinations(strokes.COLOURS[:3], 2):
        views = [night(pictures, colour) / 255 for colour in (one, other)]
        seen = [np.array([0.29 * r + 0.71 * g] * 2 + [b]) for r, g, b in views]
        assert np.abs(seen[0] - seen[1]).sum() > 0.25, (one, other)


@pytest.mark.parametrize("colour", EVERY)
def test_an_edge_of_a_stroke_is_what_drawing_in_the_partner_gives(pictures, colour: str):
    for share in (0.25, 0.5, 0.75):
        drawn = 255 - share * (255 - pictures.rgb(colour))
        ground = pictures.rgb(pictures.GROUND)
        expected = ground + share * (night(pictures, colour) - ground)
        assert np.abs(pictures.redrawn(drawn[None])[0] - expected).max() < 1.5


def test_a_picture_keeps_its_size_and_its_white_becomes_the_ground(pictures):
    picture = Image.new("RGBA", (3, 2), (0, 0, 0, 0))
    picture.putpixel((1, 0), (*(int(x) for x in pictures.rgb(strokes.PLUS)), 255))
    shown = np.asarray(pictures.dark(picture))
    assert shown.shape == (2, 3, 3)
    assert shown[1, 2].tolist() == pictures.rgb(pictures.GROUND).tolist()
    assert np.abs(shown[0, 1] - night(pictures, strokes.PLUS)).max() <= 1


def test_a_drawn_picture_stands_on_the_page_twice_and_any_other_once(pictures, tmp_path: Path):
    drawn = '<img alt="a" class="wide" src="../_images/ab.png" />'
    other = '<img alt="b" src="../_static/c.png" /><img src="../_images/d.svg" />'
    bare = '<img src="../_images/e.png" />'
    context = {"body": drawn + other + bare}
    pictures.show_both(None, "page", "", context, None)
    assert context["body"] == (
        '<img alt="a" class="by-day wide" src="../_images/ab.png" />'
        '<img alt="a" class="by-night dark-light wide" src="../_images/ab.dark.png" '
        'loading="lazy" />' + other + '<img class="by-day" src="../_images/e.png" />'
        '<img class="by-night dark-light" src="../_images/e.dark.png" loading="lazy" />'
    )
    images = tmp_path / "_images"
    images.mkdir()
    Image.new("RGB", (2, 2), "white").save(images / "ab.png")
    app = SimpleNamespace(outdir=tmp_path, builder=SimpleNamespace(format="html"))
    for _ in range(2):  # a second build draws no night of the night
        pictures.draw(app, None)
    assert sorted(path.name for path in images.iterdir()) == ["ab.dark.png", "ab.png"]


@pytest.mark.parametrize(("alpha", "mode"), [(255, "RGB"), (254, "RGBA")])
def test_a_light_picture_loses_only_a_channel_that_hides_nothing(pictures, tmp_path, alpha, mode):
    (tmp_path / "_images").mkdir()
    path = tmp_path / "_images" / "a.png"
    drawn = Image.radial_gradient("L").convert("RGBA")
    drawn.putpixel((3, 4), (10, 20, 30, alpha))
    drawn.save(path)
    before = path.stat().st_size
    pictures.draw(SimpleNamespace(outdir=tmp_path, builder=SimpleNamespace(format="html")), None)
    kept = Image.open(path)
    assert kept.mode == mode and path.stat().st_size <= before
    assert np.array_equal(np.asarray(kept.convert("RGBA")), np.asarray(drawn))
