"""The strokes that the pictures of this package share: paper, grids, labels, colours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
from matplotlib.patches import Rectangle

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = ("#0072B2", "#B34700", "#00795A", "#A8467E", "#8A6100", "#5A4FA2", "#4D4D4D")
INK, LINE, PAPER = "#222222", "#BBBBBB", "#FFFFFF"
PLUS, MINUS = COLOURS[0], COLOURS[1]
KEY, QUERY, VALUE = "#0B5A8F", "#8A4B08", "#1B6B45"  # their names, on every page of the book
TONES = {"K": KEY, "Q": QUERY, "V": VALUE, "-": INK}
KINDS = (COLOURS[5], COLOURS[3], COLOURS[6])  # squares of facts: none is a tone of a name
CELL = 0.22  # inches per unit square
PHONE = 28  # cells abreast, 6.2 inches: on a phone letters of 10 points are still 8 pixels high
DPI = 180
Cells = Mapping[tuple[int, int], tuple[str, str]]


def colour(index: int) -> str:
    """The colour of the facts of query number ``index``; it comes again after three: add a name.

    >>> colour(0), colour(0) == colour(3)
    ('#5A4FA2', True)
    """
    return KINDS[index % len(KINDS)]


def canvas(width: float, height: float) -> Axes:
    """The axes of a new white figure of so many cells, which reach its edges."""
    return page(width * CELL, height * CELL, full=True)


def page(width: float, height: float, *, full: bool = False) -> Axes:
    """The axes of a new white figure, in inches; ``full`` axes reach its edges."""
    figure, ax = plt.subplots(figsize=(width, height), dpi=DPI, facecolor=PAPER)
    if full:
        figure.subplots_adjust(0, 0, 1, 1)
    return ax


def abreast(count: int, step: float, beside: float = 0.0) -> int:
    """How many of ``count`` panels stand in a row, each ``step`` cells with its gap, ``beside``
    cells at their left: as many as a phone shows, the rows alike.

    >>> abreast(3, 8), abreast(4, 8), abreast(8, 8), abreast(2, 90)
    (3, 2, 3, 1)
    """
    most = max(1, int((PHONE - beside) / step))
    return -(-count // -(-count // most))


def columns(names: Iterable[str], inches: float) -> int:
    """In how many columns a legend of 10 points fits, four at most; a mark is as six letters.

    >>> columns(["1 head", "2 heads", "4 heads"], 6), columns(["a name of many letters"] * 4, 6)
    (3, 2)
    """
    letters = [len(name) + 6 for name in names]
    return max(1, min(4, len(letters), int(12 * inches / max(letters, default=1))))


def inside(ax: Axes) -> None:
    """Long names at the left narrow the axes, and not the page widens; a legend may hang out."""
    legend: Any = ax.get_legend()
    legend.set_in_layout(False)
    ax.figure.tight_layout()  # type: ignore[union-attr]  # axes of ours are on no subfigure
    legend.set_in_layout(True)


def marked(ax: Axes, marks: Mapping[str, float]) -> None:
    """Dashed vertical lines, each named above the plot."""
    for name, x in marks.items():
        ax.axvline(x, color="#8C8C8C", linewidth=0.9, linestyle="--", zorder=0.8)
        ax.annotate(
            name,
            (x, 1.0),
            (0, 3),
            xycoords=ax.get_xaxis_transform(),
            textcoords="offset points",
            ha="center",
            size=10,
            color=INK,
        )


def grid(ax: Axes, left: float, top: float, size: tuple[int, int], cells: Cells) -> None:
    """A grid of unit squares with its filled cells; row 0 is at ``top``, y grows downwards.

    ``cells`` maps (row, column) to (colour, text); the text "1" is left out.
    """
    rows, columns = size
    ax.add_patch(Rectangle((left, top), columns, rows, facecolor=PAPER, edgecolor="none"))
    for (row, column), (shade, text) in cells.items():
        corner = (left + column, top + row)
        ax.add_patch(Rectangle(corner, 1, 1, facecolor=shade, edgecolor="none"))
        if text != "1":
            ax.text(
                corner[0] + 0.5,
                corner[1] + 0.5,
                text,
                ha="center",
                va="center_baseline",
                size=9,
                color=PAPER,
            )
    ax.vlines([left + j for j in range(columns + 1)], top, top + rows, color=LINE, linewidth=0.6)
    ax.hlines([top + i for i in range(rows + 1)], left, left + columns, color=LINE, linewidth=0.6)


def title(ax: Axes, left: float, width: float, text: str, shade: str, *, top: float = 0.0) -> None:
    """A name above the grid that starts at ``left`` and ``top``."""
    ax.text(left + width / 2, top - 0.35, text, ha="center", va="bottom", size=10.5, color=shade)


def row_labels(ax: Axes, top: float, names: Iterable[str], shade: str = INK) -> None:
    """Names at the left of the rows that start at ``top``."""
    for row, name in enumerate(names):
        ax.text(-0.3, top + row + 0.5, name, ha="right", va="center", size=10, color=shade)


def column_labels(
    ax: Axes, left: float, bottom: float, names: Iterable[str], shade: str = INK
) -> None:
    """Names under the columns that start at ``left``, read upwards."""
    style: dict[str, Any] = {"rotation": 90, "ha": "center", "va": "top", "color": shade}
    for column, name in enumerate(names):
        ax.text(left + column + 0.5, bottom + 0.25, name, size=9.5, **style)


def length(names: Iterable[str]) -> float:
    """Room for the longest name, in cells."""
    return 0.37 * max(map(len, names)) + 0.5


def frame(ax: Axes, width: float, height: float) -> Axes:
    """Square cells, no axes, limits just outside the grids."""
    ax.set(xlim=(-0.1, width + 0.1), ylim=(height + 0.1, -0.1), aspect="equal")
    ax.set_axis_off()
    return ax


def light(ax: Axes) -> Axes:
    """Two spines and a pale grid (at 0.5) behind the data; lines to compare with stand at 0.8."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(axis="both", color="#EEEEEE", linewidth=0.7, zorder=0)
    ax.set_axisbelow(True)
    return ax


def join(ax: Axes, points: Iterable[tuple[float, float]], shade: str, mark: str, name: str) -> None:
    """The line through the middle of many marks; its name stands with line and mark."""
    style: dict[str, Any] = {"linewidth": 1.2, "alpha": 0.7, "markersize": 4.2, "markevery": []}
    ax.plot(*zip(*points, strict=True), color=shade, marker=mark, label=name, **style)


def name_lines(ax: Axes, **legend: object) -> None:
    """Name each line at its right end, or all in a legend where two ends would touch.

    >>> ax = page(4, 3)
    >>> _ = ax.plot([0, 1], [0, 1], label="up"), ax.plot([0, 1], [0, 0], label="level")
    >>> name_lines(ax)
    >>> [text.get_text() for text in ax.texts], ax.get_legend()
    (['up', 'level'], None)
    """
    lines = [line for line in ax.lines if not str(line.get_label()).startswith("_")]
    right, _ = ax.get_xlim()[1], ax.get_ylim()  # asked for, the limits are up to date
    paths: list[Any] = [line.get_xydata() for line in lines]
    ends = [path[-1] for path in paths]
    x, y = zip(*map(ax.transData.transform, ends), strict=True) if ends else ((), ())
    edge, point = ax.transData.transform((right, ends[0][1]))[0] if ends else 0, ax.figure.dpi / 72
    apart = all(b - a > 11 * point for a, b in pairwise(sorted(y)))
    if apart and all(edge - at < 36 * point for at in x):
        at: Any = {"textcoords": "offset points", "va": "center", "annotation_clip": False}
        style = at | {"size": 10}
        for line, end in zip(lines, ends, strict=True):
            ax.annotate(str(line.get_label()), end, (14, 0), color=line.get_color(), **style)
    else:
        ax.legend(**{"frameon": False, "fontsize": 10} | legend)


def draw_splits(
    arms: Sequence[tuple[int, int, Sequence[float]]], about: str = "", ax: Axes | None = None
) -> Axes:
    """Recall of every seed at every split (d_head_qk, d_head_vo, one share a seed), and the means.

    The thin line joins one seed's layers, the thick one the means; ``about`` stands below.

    >>> ax = draw_splits([(1, 3, [0.5, 0.7]), (3, 1, [0.2, 0.4])])
    >>> ax.lines[2].get_ydata().round(2).tolist()
    [0.6, 0.3]
    """
    ax = ax or page(6.0, 4.0)
    places = range(len(arms))
    for seed in zip(*(recalled for *_, recalled in arms), strict=True):
        ax.plot(places, seed, "o-", color=COLOURS[0], alpha=0.35, linewidth=0.8, markersize=4)
    means = [sum(recalled) / len(recalled) for *_, recalled in arms]
    ax.plot(places, means, "s-", color=COLOURS[1], linewidth=2, markersize=6, label="mean")
    ax.plot([], [], "o-", color=COLOURS[0], alpha=0.5, linewidth=0.8, label="one seed")
    ax.set_xticks(places, [f"{qk} : {vo}" for qk, vo, _ in arms], size=10)
    ax.set_xlabel("d_head_qk : d_head_vo, from the widest value-output part", size=11)
    ax.set_ylabel("share of the facts recalled", size=11)
    ax.set_ylim(-0.04, 1.04)
    ax.legend(frameon=False, fontsize=10, loc="lower left")
    if about:
        ax.set_title(about, size=9.5, color=INK, loc="left", wrap=True)
    return light(ax)
