"""The figure of the small experiment, as a file."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from factrank.files import replacing
from factrank.packages import needed

if TYPE_CHECKING:
    from factrank.practice.trial.splits import Trial


def write(path: str, found: Trial, told: str, **how: Any) -> None:
    """Draw it to a path that ends in .html, .svg or .png, whole or not at all.

    ``how`` (force, inputs) as for ``replacing``.

    Errors: ``FactrankError`` without matplotlib, and if the path cannot be written.
    """
    from factrank.practice.trial.page import page

    kind = path.lower().rpartition(".")[2]
    if kind == "html":
        content = page(found, told, drawing(found, "svg").decode()).encode()
    else:
        content = drawing(found, kind)
    with replacing(path, "wb", **how) as file:
        file.write(content)


def can_draw() -> None:
    """A sentence where matplotlib is not installed."""
    needed("try", "book", ["matplotlib"])


def drawing(found: Trial, format: str) -> bytes:
    """The figure as SVG or PNG; the same trial gives the same bytes."""
    can_draw()
    import matplotlib
    from matplotlib.figure import Figure

    from factrank.practice.trial.page import about
    from factrank.practice.trial.picture import draw_splits

    figure = Figure(figsize=(6.4, 4.4), dpi=160, facecolor="white", layout="constrained")
    arms = [(arm.d_head_qk, arm.d_head_vo, arm.recalled) for arm in found.arms]
    draw_splits(arms, about(found), figure.add_subplot())
    file = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "factrank", "svg.fonttype": "path"}):
        nothing = {"Date": None} if format == "svg" else None
        figure.savefig(file, format=format, metadata=nothing)
    return file.getvalue()
