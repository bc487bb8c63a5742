"""Pictures of predictors: intervals of several numbers side by side, one size against another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from companion.pictures.trained import MARKS
from factrank.practice.html.strokes import COLOURS, DPI, INK, PAPER, columns, inside, light, page


def draw_predictors(
    rows: Mapping[str, Mapping[str, tuple[float, float, float]]],
    *,
    chance: float | None = 0.5,
    xlabel: str = "AUC",
) -> Axes:
    """A row a predictor, from the top; in it a mark with its interval for each kind of estimate.

    An estimate is (value, low, high). ``chance``, a dotted line, is what guessing
    reaches.

    >>> ax = draw_predictors({"width": {"within": (0.8, 0.7, 0.9)}, "facts": {}})
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['width', 'facts']
    """
    kinds = list(dict.fromkeys(kind for marks in rows.values() for kind in marks))
    ax = page(6.2, 0.9 + max(0.36, 0.19 * len(kinds)) * len(rows))
    step = min(0.24, 0.7 / max(len(kinds), 1))  # a row's marks stay nearer than the rows
    for n, kind in enumerate(kinds):
        shift = step * (n - (len(kinds) - 1) / 2)
        for y, marks in enumerate(rows.values()):
            if kind in marks:
                value, low, high = marks[kind]
                ax.plot([low, high], [y + shift] * 2, color=COLOURS[n], linewidth=1.3)
                ax.plot(value, y + shift, MARKS[n], color=COLOURS[n], markersize=5)
        ax.plot([], [], MARKS[n] + "-", color=COLOURS[n], markersize=5, label=kind)
    if chance is not None:
        ax.axvline(chance, color=INK, linewidth=0.9, linestyle=":")
    ax.set_yticks(range(len(rows)), rows, size=10)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_xlabel(xlabel, size=11)
    if kinds:
        place: dict[str, Any] = {"loc": "lower center", "bbox_to_anchor": (0.4, 1.0)}
        ax.legend(frameon=False, fontsize=10, ncols=columns(kinds, 6.2), **place)
        inside(ax)
    return light(ax)


def draw_against(
    panels: Mapping[str, Mapping[str, Sequence[tuple[float, float]]]], *,
    xlabel: str | Sequence[str] = "rank of D", ylabel: str = "rank of L", log: bool = False,
    diagonal: bool = False,
) -> Sequence[Axes]:  # fmt: skip
    """Panels, two a row, with one y axis: a mark a point, a colour and a shape a group.

    Where points coincide the mark is larger. ``diagonal`` draws the line y = x.

    >>> axes = draw_against({"one": {"F": [(1, 2), (2, 2)]}, "two": {"F": [(3, 1)]}})
    >>> [ax.get_title() for ax in axes]
    ['one', 'two']
    """
    across, rows = min(2, len(panels)), -(-len(panels) // 2)
    size = (2.6 * across + 0.6, 2.9 * rows + 0.3)
    figure, grid = plt.subplots(
        rows, across, figsize=size, dpi=DPI, facecolor=PAPER, sharey=True, squeeze=False
    )
    axes = list(grid.flat[: len(panels)])
    for ax in grid.flat[len(panels) :]:
        ax.remove()
    groups = list(dict.fromkeys(name for panel in panels.values() for name in panel))
    labels = [xlabel] * len(panels) if isinstance(xlabel, str) else xlabel
    for ax, (title, panel), label in zip(axes, panels.items(), labels, strict=True):
        for name, points in panel.items():
            n = groups.index(name)
            often = {point: points.count(point) for point in dict.fromkeys(points)}
            ax.scatter(
                [x for x, _ in often], [y for _, y in often],
                [18 + 5 * (count - 1) for count in often.values()], color=COLOURS[n % len(COLOURS)],
                marker=MARKS[n % len(MARKS)], alpha=0.6, linewidths=0,
            )  # fmt: skip
        if log:
            ax.set_xscale("log", base=2)
            ax.set_yscale("log", base=2)
            for axis in (ax.xaxis, ax.yaxis):
                axis.set_major_formatter("{x:g}")
        if diagonal:
            ax.axline((1, 1), (2, 2), color=INK, linewidth=0.9, linestyle=":")
        ax.set_title(title, size=10.5)
        ax.set_xlabel(label, size=10.5)
        light(ax)
    for row in grid:
        row[0].set_ylabel(ylabel, size=10.5)
    for n, name in enumerate(groups):
        shade, mark = COLOURS[n % len(COLOURS)], MARKS[n % len(MARKS)]
        axes[0].plot([], [], mark, color=shade, label=name, markersize=5)
    figure.legend(
        *axes[0].get_legend_handles_labels(), frameon=False, fontsize=9.5,
        ncols=min(len(groups), 4), loc="upper center", bbox_to_anchor=(0.5, 0.0),
    )  # fmt: skip
    figure.tight_layout()
    return axes
