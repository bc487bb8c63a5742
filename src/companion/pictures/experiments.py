"""Pictures of experiments: every seed a mark, the criterion a line, the predicted width marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import TYPE_CHECKING

from factrank.practice.html.strokes import COLOURS, INK, join, light, marked, name_lines, page

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MARKS = "osD^vPX"


def draw_seeds(
    lines: Mapping[str, Sequence[tuple[float, Sequence[float]]]],
    marks: Mapping[str, float],
    *,
    limit: float | None = None,
    xlabel: str = "total width w",
    ylabel: str = "relative error of L to D",
    ax: Axes | None = None,
) -> Axes:
    """A line a setting: at each x the values of all seeds as marks, joined through the median.

    ``marks`` are named places on the x axis, such as the rank; below ``limit``, a dotted line,
    a seed has succeeded. The y axis is logarithmic.

    >>> ax = draw_seeds({"free": [(8, [0.5, 0.6]), (9, [0.02, 0.03])]}, {"rank": 9}, limit=0.05)
    >>> ax.get_yscale(), [text.get_text() for text in ax.texts]
    ('log', ['rank', 'free'])
    """
    ax = ax or page(6.0, 4.3)
    places = [x for points in lines.values() for x, _ in points]
    step = 0.006 * (max(places) - min(places)) or 0.09  # marks of one width stand side by side
    shift = [step * (n - (len(lines) - 1) / 2) for n in range(len(lines))]
    for (name, points), shade, mark, by in zip(lines.items(), COLOURS, MARKS, shift, strict=False):
        middle = [(x, median(values)) for x, values in points]
        join(ax, middle, shade, mark, name)
        style = {"color": shade, "markersize": 4.2, "alpha": 0.75, "markeredgewidth": 0}
        for x, values in points:
            ax.plot([x + by] * len(values), values, mark, **style)
    ax.set_yscale("log")
    if limit is not None:
        ax.axhline(limit, color=INK, linewidth=0.9, linestyle=":")
    return _finish(ax, marks, xlabel, ylabel)


def draw_shares(
    lines: Mapping[str, Sequence[tuple[float, float]]],
    marks: Mapping[str, float],
    *,
    xlabel: str = "total width w",
    ylabel: str = "share of seeds that succeed",
    ax: Axes | None = None,
) -> Axes:
    """A line a setting: at each x the share of the seeds that succeed, from 0 to 1.

    >>> ax = draw_shares({"least squares": [(8, 0.0), (9, 1.0)]}, {"rank": 9})
    >>> ax.lines[0].get_ydata().tolist()
    [0.0, 1.0]
    """
    ax = ax or page(6.0, 3.9)
    for (name, points), shade, mark in zip(lines.items(), COLOURS, MARKS, strict=False):
        x, y = zip(*points, strict=True)
        ax.plot(x, y, marker=mark, color=shade, linewidth=1.4, markersize=4.5, label=name)
    ax.set_ylim(-0.04, 1.04)
    return _finish(ax, marks, xlabel, ylabel)


def _finish(ax: Axes, marks: Mapping[str, float], xlabel: str, ylabel: str) -> Axes:
    marked(ax, marks)
    ax.set_xlabel(xlabel, size=11)
    ax.set_ylabel(ylabel, size=11)
    place = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.15)}  # the plot keeps its width
    name_lines(ax, ncols=2, markerscale=1.4, **place)
    return light(ax)
