"""Pictures of compiled layers: patterns in the attention, the exchange of widths, norms, edits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.patches import Rectangle

from companion.pictures.trained import lined
from factrank.practice.html.strokes import (
    COLOURS,
    INK,
    LINE,
    MINUS,
    PAPER,
    PLUS,
    TONES,
    abreast,
    canvas,
    column_labels,
    frame,
    length,
    light,
    name_lines,
    page,
    row_labels,
)

WIDE = 1.9  # a cell that holds a number is wider than high


def draw_numbers(
    panels: Mapping[str, Sequence[Sequence[float]]], rows: Sequence[str], columns: Sequence[str], *,
    middle: float = 0.0, across: int | None = None, sides: str = "---",
) -> Axes:  # fmt: skip
    """Matrices of one shape side by side, every number written; blue above ``middle``, brown below.

    A number equal to ``middle`` (to two decimals) stays a white cell without text. At most
    ``across`` matrices stand in a row, or else as many as a phone shows. ``sides`` says what
    titles, rows and columns name: K, Q, V or nothing of these.

    >>> ax = draw_numbers({"A": [[0.5, 0.75]]}, ["k"], ["p", "q"], middle=0.5)
    >>> [text.get_text() for text in ax.texts]
    ['.75', 'A', 'p', 'q', 'k']
    """
    n, m = len(rows), len(columns)
    step = m * WIDE + 1.4
    beside = length(map(str, rows)) if rows else 0.0
    across = max(1, min(across or abreast(len(panels), step, beside), len(panels)))
    width = across * step - 1.4
    letters = max((len(str(label)) for label in columns), default=0)
    drop = n + 2.2 + 0.33 * letters  # room for the labels below and the title above
    height = n + drop * ((len(panels) - 1) // across)
    ax = canvas(width, height)
    for p, (name, matrix) in enumerate(panels.items()):
        left, top = p % across * step, p // across * drop
        far = max((abs(x - middle) for row in matrix for x in row), default=0) or 1
        for i, row in enumerate(matrix):
            for j, x in enumerate(row):
                _number(ax, (left + j * WIDE, top + i), float(x), middle, far)
        style: dict[str, Any] = {
            "ha": "center", "va": "bottom", "size": 10.5, "color": TONES[sides[0]],
        }  # fmt: skip
        ax.text(left + m * WIDE / 2, top - 0.35, name, **style)
        for j, label in enumerate(columns):
            at = left + j * WIDE + (WIDE - 1) / 2
            column_labels(ax, at, top + n, [label], TONES[sides[2]])
        if not p % across:
            row_labels(ax, top, rows, TONES[sides[1]])
    return frame(ax, width, height)


def _number(ax: Axes, corner: tuple[float, float], x: float, middle: float, far: float) -> None:
    strength = abs(x - middle) / far  # pale: a number in ink reads on every shade, by day and night
    shade = _mixed(PLUS if x > middle else MINUS, 0.5 * strength)
    ax.add_patch(Rectangle(corner, WIDE, 1, facecolor=shade, edgecolor=LINE, linewidth=0.6))
    if round(x - middle, 2):
        where = corner[0] + WIDE / 2, corner[1] + 0.5
        ax.text(*where, _short(x), ha="center", va="center_baseline", size=8, color=INK)


def _short(x: float) -> str:
    """Two decimals, one for numbers of two digits; no zero before the point."""
    text = (f"{x:.2f}" if abs(x) < 10 else f"{x:.1f}").replace("-", "\u2212")
    return text.replace("0.", ".", 1) if abs(x) < 1 else text


def _mixed(shade: str, strength: float) -> str:
    """The shade on white paper: 0 is white, 1 the shade itself."""
    r, g, b = (1 - strength * (1 - part) for part in to_rgb(shade))
    return to_hex((r, g, b))


def draw_exchange(ladders: Mapping[str, Sequence[tuple[int, int, int]]]) -> Axes:
    """Layers of one database: value-output width against query-key width, one mark a layer.

    Each rung is (total value-output width, total query-key width in use, the same with every head
    padded to the widest): a filled mark for the second, a hollow one for the third.

    >>> ax = draw_exchange({"db": [(4, 16, 16), (13, 13, 13)]})
    >>> [line.get_xdata().tolist() for line in ax.lines][:2]
    [[4, 13], [4, 13]]
    """
    ax = page(6.2, 4.2)
    for (name, rungs), shade, mark in zip(ladders.items(), COLOURS, "osD^v", strict=False):
        width, used, padded = zip(*rungs, strict=True)
        style: dict[str, Any] = {"color": shade, "marker": mark, "markersize": 4}
        ax.plot(width, used, linewidth=1.6, label=f"{name}: in use", **style)
        hollow: dict[str, Any] = {"markerfacecolor": PAPER, "linestyle": "--", "linewidth": 1.0}
        ax.plot(width, padded, label=f"{name}: one $d_{{qk}}$ for all heads", **style, **hollow)
    ax.set(xlabel="total value-output width", ylabel="total query-key width", ylim=(0, None))
    ax.set_xlim(0, None)
    ax.legend(  # above the axes: the lines climb through every corner inside
        frameon=False,
        fontsize=8.5,
        ncols=2,
        loc="lower left",
        bbox_to_anchor=(-0.1, 1.0),
        borderaxespad=0.2,
    )
    return light(ax)


def draw_norm(lines: Mapping[str, Sequence[tuple[int, float]]]) -> Axes:
    """The least scale of the logits against the number of values, on logarithmic axes.

    >>> ax = draw_norm({"2 dimensions": [(8, 9.8), (16, 38.0)]})
    >>> ax.get_xscale(), ax.get_yscale(), ax.lines[0].get_ydata().tolist()
    ('log', 'log', [9.8, 38.0])
    """
    ax = lined(lines, 3.4, markersize=4)
    ax.set(xscale="log", yscale="log", xlabel="values", ylabel=r"least scale $\beta^*$")
    name_lines(ax)
    return light(ax)


def draw_counts(lines: Mapping[str, Sequence[tuple[float, int]]]) -> Axes:
    """How many singular values of the probabilities can be seen, against the scale of the logits.

    >>> ax = draw_counts({"rank 2": [(0.1, 1), (10.0, 5)]})
    >>> ax.get_xscale(), ax.lines[0].get_ydata().tolist()
    ('log', [1, 5])
    """
    ax = lined(lines, 3.4, markersize=4)
    ax.set(xscale="log", xlabel=r"scale $\beta$", ylabel="visible singular values", ylim=(0, None))
    name_lines(ax)
    return light(ax)


def draw_side_effects(changes: Mapping[str, Sequence[float]]) -> Axes:
    """How much every other cell of L moves under an edit, the largest change first.

    >>> ax = draw_side_effects({"exact": [0.0, 0.0], "approximate": [2.0, 0.5]})
    >>> ax.lines[1].get_ydata().tolist()
    [2.0, 0.5]
    """
    ax = page(6.2, 3.2)
    marks = zip("os", (5.0, 2.2), strict=True)  # the first shows around the second
    for (name, sizes), shade, (mark, size) in zip(
        changes.items(), COLOURS[1::-1], marks, strict=False
    ):
        places = range(1, len(sizes) + 1)
        ax.plot(places, sizes, mark + "-", ms=size, color=shade, linewidth=1.2, label=name)
    ax.set(xlabel="other questions, most changed first", ylabel="change of their logits")
    ax.legend(frameon=False, fontsize=9)
    return light(ax)
