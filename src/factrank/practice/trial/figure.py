"""The figure of the small experiment, as a file."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from factrank.files import replacing
from factrank.packages import needed
from factrank.practice.html.tongue import ENGLISH

if TYPE_CHECKING:
    from factrank.practice.trial.splits import Trial


def write(
    path: str, found: Trial, language: str = ENGLISH, sample: int | None = None, **how: Any
) -> None:
    """Draw it to a path that ends in .html, .svg or .png, whole or not at all.

    ``language`` and ``sample`` are those of the page; ``how`` (force, inputs) as for ``replacing``.

    Errors: ``FactrankError`` without matplotlib, and if the path cannot be written.
    """
    from factrank.practice.trial.page import page

    kind = path.lower().rpartition(".")[2]
    if kind == "html":
        picture = drawing(found, "svg", words=False).decode()
        content = page(found, picture, language, sample).encode()
    else:
        content = drawing(found, kind)
    with replacing(path, "wb", **how) as file:
        file.write(content)


def can_draw() -> None:
    """A sentence where matplotlib is not installed."""
    needed("try", "book", ["matplotlib"])


def drawing(found: Trial, format: str, *, words: bool = True) -> bytes:
    """The figure as SVG or PNG; the same trial gives the same bytes. Without ``words`` it speaks
    no language: its page says them."""
    can_draw()
    import matplotlib
    from matplotlib.figure import Figure

    from factrank.practice.trial.page import about
    from factrank.practice.trial.picture import draw_splits

    size = 6.4, 4.4 if words else 3.4
    figure = Figure(figsize=size, dpi=160, facecolor="white", layout="constrained")
    arms = [(arm.d_head_qk, arm.d_head_vo, arm.recalled) for arm in found.arms]
    ax = draw_splits(arms, about(found) if words else "", figure.add_subplot())
    if not words:
        ax.set(xlabel="", ylabel="")
        ax.get_legend().remove()  # type: ignore[union-attr]  # draw_splits made it
    file = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "factrank", "svg.fonttype": "path"}):
        nothing = {"Date": None} if format == "svg" else None
        figure.savefig(file, format=format, metadata=nothing)
    return file.getvalue()
