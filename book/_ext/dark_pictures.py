"""Pictures for the dark page: each drawn picture again, in partner colours on the page's ground.

A picture is recorded once, as drawn on white. A point of it is ``white - a (white - c)``, the share
``a`` of a stroke's colour c. Here it becomes ``ground + a (c' - ground)``, with the partner c' of
c: what drawing in c' would have given, exactly where one colour lies on white, and between the
neighbours in hue where two meet. So no chapter is recorded twice, and both pictures are one.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from PIL import Image
from sphinx.application import Sphinx

from factrank.practice.html.strokes import COLOURS, INK, KEY, QUERY, VALUE

#: The ground and the ink of the theme's dark page; greys lie between them.
GROUND = "#121212"
PARTNERS = {
    **dict(
        zip(
            COLOURS[:6],
            ("#4b9be6", "#e97f45", "#3fb98f", "#e07ab2", "#c99b35", "#9d90f0"),
            strict=True,
        )
    ),
    KEY: "#7cc0f0",
    QUERY: "#e5ab6a",
    VALUE: "#7fd3a5",
    INK: "#ced6dd",
}
#: How hard to press a picture: the last two steps take four times as long, for 3 in 100 bytes.
PRESSED = 7
DRAWN = re.compile(r'<img\b[^>]*\bsrc="[^"]*_images/[^"/]+\.png"[^>]*>')


def rgb(colour: str) -> np.ndarray:
    """Return ``#rrggbb`` as three numbers from 0 to 255."""
    return np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)], dtype=float)


def redrawn(points: np.ndarray) -> np.ndarray:
    """Return what points (n, 3) of a picture on white are on the dark ground.

    >>> redrawn(np.array([[255.0, 255.0, 255.0], [34.0, 34.0, 34.0]])).round().tolist()
    [[18.0, 18.0, 18.0], [206.0, 214.0, 221.0]]
    """
    drawn = 255 - np.array([rgb(colour) for colour in PARTNERS])
    depth = np.linalg.norm(drawn, axis=1)
    partner = np.array([rgb(colour) for colour in PARTNERS.values()]) - rgb(GROUND)
    away = 255 - points
    far = np.linalg.norm(away, axis=1)
    hue = away / np.maximum(far, 1)[:, None]
    apart = ((hue[:, None] - (drawn / depth[:, None])[None]) ** 2).sum(axis=2)
    near = 1 / (apart + 1e-9) ** 2
    stroke = (near / near.sum(axis=1, keepdims=True)) @ (partner / depth[:, None])
    return np.clip(rgb(GROUND) + far[:, None] * stroke, 0, 255)


def dark(picture: Image.Image) -> Image.Image:
    """Return the picture as the dark page shows it; each of its colours is worked out once."""
    paper = Image.new("RGBA", picture.size, "white")
    points = np.asarray(Image.alpha_composite(paper, picture.convert("RGBA")))
    # Four bytes are one number: a point is compared, and put in its place, at once.
    kinds, where = np.unique(points.view(np.uint32), return_inverse=True)
    table = kinds.view(np.uint8).reshape(-1, 4)
    table[:, :3] = redrawn(table[:, :3].astype(float)).round()
    return Image.fromarray(kinds[where].view(np.uint8).reshape(points.shape)).convert("RGB")


def opaque(picture: Image.Image) -> Image.Image:
    """Return the same picture without a channel that hides nothing: an eighth less to load."""
    whole = picture.convert("RGBA").getchannel("A").getextrema() == (255, 255)
    return picture.convert("RGB") if whole else picture


def pair(image: re.Match[str]) -> str:
    """Return a page's image as two, of which the style shows one; a hidden one is not loaded."""
    light, night = image[0], image[0].replace('.png"', '.dark.png" loading="lazy"')
    return _classed(light, "by-day") + _classed(night, "by-night dark-light")


def _classed(image: str, name: str) -> str:
    if 'class="' in image:
        return image.replace('class="', f'class="{name} ', 1)
    return image.replace("<img", f'<img class="{name}"', 1)


def show_both(app: Sphinx, page: str, template: str, context: dict, doctree: object) -> None:
    """Put the dark picture beside each drawn one."""
    if "body" in context:
        context["body"] = DRAWN.sub(pair, context["body"])


def draw(app: Sphinx, error: Exception | None) -> None:
    """Write the dark pictures beside the light ones, and these with fewer bytes."""
    if error is None and app.builder.format == "html":
        for path in (Path(app.outdir) / "_images").glob("*.png"):
            if path.suffixes != [".dark", ".png"]:
                picture = Image.open(path)
                dark(picture).save(path.with_suffix(".dark.png"), compress_level=PRESSED)
                opaque(picture).save(path, compress_level=PRESSED)


def setup(app: Sphinx) -> dict[str, bool]:
    """Act when a page's text is set, and again when the light pictures lie in the site."""
    app.connect("html-page-context", show_both)
    app.connect("build-finished", draw)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
