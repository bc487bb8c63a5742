"""Pictures of trained layers, every seed a mark: recall against a size, rates over seeds, parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain
from statistics import median
from typing import Any, NamedTuple

import matplotlib.pyplot as plt
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.legend import Legend

from factrank.practice.html.strokes import (
    COLOURS,
    DPI,
    INK,
    PAPER,
    columns,
    inside,
    join,
    light,
    marked,
    name_lines,
    page,
)

MARKS = "osD^vPX"
BENEATH: dict[str, Any] = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.15)}
Points = Sequence[tuple[float, Sequence[float]]]


def draw_panels(
    panels: Mapping[str, Mapping[str, Points]], *, xlabel: str,
    ylabel: str = "share of facts recalled", top: float | None = 1.0,
) -> Axes:  # fmt: skip
    """Panels, two a row; in each a line a setting, every seed a mark, joined through the means.

    Two are as many as a phone shows with letters that can be read.
    The x axis goes by powers of two where its numbers do. Returns the first axes.

    >>> ax = draw_panels({"F": {"1 head": [(1, [0.2, 0.3]), (2, [0.5, 0.6])]}}, xlabel="width")
    >>> ax.get_title(), len(ax.figure.axes)
    ('F', 1)
    """
    across = min(2, len(panels))
    rows = -(-len(panels) // across)
    size = (max(4.2, 2.9 * across), 2.7 * rows + 0.7)
    figure, axes = plt.subplots(
        rows, across, figsize=size, dpi=DPI, facecolor=PAPER, sharey=True, squeeze=False
    )
    shades = {name: n for n, name in enumerate(dict.fromkeys(chain(*panels.values())))}
    for ax, (name, lines) in zip(axes.flat, panels.items(), strict=False):
        _lines(ax, lines, shades)
        ax.set_title(name, size=10, color=INK)
        _powers(ax, sorted({x for points in lines.values() for x, _ in points}))
        ax.set_xlabel(xlabel, size=10)
        if top is not None:
            ax.set_ylim(-0.04, top + 0.04)
        light(ax)
    for ax in axes.flat[len(panels) :]:
        ax.remove()
    for row in axes:
        row[0].set_ylabel(ylabel, size=10)
    marks: dict[str, Artist] = {}
    for ax in figure.axes:
        marks |= dict(zip(*reversed(ax.get_legend_handles_labels()), strict=True))
    shown = [name for name in shades if name in marks]
    side = columns(shown, size[0])
    figure.legend(
        [marks[name] for name in shown], shown, loc="lower center", ncols=side,
        frameon=False, fontsize=10, markerscale=1.5,
    )  # fmt: skip
    figure.tight_layout(rect=(0, 0.35 / size[1] * -(-len(shown) // side), 1, 1))
    first: Axes = axes.flat[0]
    return first


def _powers(ax: Axes, places: Sequence[float]) -> None:
    """An axis by powers of two where its numbers go far, and not more ticks than can be read."""
    if places[0] > 0 and places[-1] >= 4 * places[0]:
        ax.set_xscale("log", base=2)
        kept, apart = [places[0]], (places[-1] / places[0]) ** 0.13  # a share of the axis
        for x in places[1:]:
            if x >= apart * kept[-1]:
                kept.append(x)
        ax.set_xticks(kept, [f"{x:g}" for x in kept])
        ax.minorticks_off()
    elif len(places) < 7:
        ax.set_xticks(places, [f"{x:g}" for x in places])


def seeded(
    ax: Axes, points: Points, mark: str, shade: str, by: float = 0.0,
    size: float = 4.2, alpha: float = 0.75,
) -> None:  # fmt: skip
    """Every seed's value a mark, so far beside its place."""
    for x, values in points:
        ax.plot([x + by] * len(values), values, mark, color=shade, ms=size, alpha=alpha, mew=0)


def labelled(ax: Axes, xlabel: str, ylabel: str) -> Axes:
    """The axes with their words, drawn lightly."""
    ax.set_xlabel(xlabel, size=11)
    ax.set_ylabel(ylabel, size=11)
    return light(ax)


def lined(
    lines: Mapping[str, Sequence[tuple[float, float]]], tall: float, wide: float = 6.2, **more: Any
) -> Axes:
    """A new page with lines, each in its colour, with its mark and its name."""
    ax = page(wide, tall)
    for (name, points), shade, mark in zip(lines.items(), COLOURS, MARKS, strict=False):
        style: dict[str, Any] = {"color": shade, "marker": mark, "linewidth": 1.6} | more
        ax.plot(*zip(*points, strict=True), label=name, **style)
    return ax


def beneath(ax: Axes, ncols: int = 2, y: float = -0.15, **more: Any) -> Legend:
    """The names of the lines under the axes, which keep their width."""
    place = BENEATH | {"bbox_to_anchor": (0.5, y)}
    return ax.legend(frameon=False, fontsize=10, ncols=ncols, **place, **more)


def _lines(ax: Axes, lines: Mapping[str, Points], shades: Mapping[str, int]) -> None:
    for name, points in lines.items():
        n = shades[name]
        shade, mark = COLOURS[n % len(COLOURS)], MARKS[n % len(MARKS)]
        middle = [(x, sum(values) / len(values)) for x, values in points]
        join(ax, middle, shade, mark, name)
        seeded(ax, points, mark, shade, size=3.4, alpha=0.55)


def draw_ranks(
    points: Mapping[str, Sequence[tuple[float, float]]], *, xlabel: str, ylabel: str
) -> Axes:
    """Every layer a mark, larger where several coincide; the diagonal is equality.

    >>> ax = draw_ranks({"L": [(2, 2), (2, 2), (3, 5)]}, xlabel="rank of D", ylabel="rank of L")
    >>> [line.get_linestyle() for line in ax.lines if len(line.get_xdata()) == 2]
    ['--']
    """
    ax = page(5.2, 4.4)
    most = max(max(pair) for pairs in points.values() for pair in pairs)
    ax.plot([0, most], [0, most], "--", color="#8C8C8C", linewidth=0.9, zorder=0.8)
    step = 0.012 * most
    for n, (name, pairs) in enumerate(points.items()):
        counts = Counter(pairs)
        shift = step * (n - (len(points) - 1) / 2)
        ax.scatter(
            [x + shift for x, _ in counts], [y for _, y in counts],
            s=[10 + 6 * many**0.5 for many in counts.values()],
            color=COLOURS[n % len(COLOURS)], marker=MARKS[n % len(MARKS)], alpha=0.65,
            linewidths=0, label=name,
        )  # fmt: skip
    ax.legend(frameon=False, fontsize=10, loc="upper left")
    return labelled(ax, xlabel, ylabel)


def draw_seeds(
    lines: Mapping[str, Points], marks: Mapping[str, float], *, limit: float | None = None,
    xlabel: str = "total width w", ylabel: str = "relative error of L to D",
) -> Axes:  # fmt: skip
    """A line a setting: at each x the values of all seeds as marks, joined through the median.

    ``marks`` are named places on the x axis, such as the rank; below ``limit``, a dotted line,
    a seed has succeeded. The y axis is logarithmic.

    >>> ax = draw_seeds({"free": [(8, [0.5, 0.6]), (9, [0.02, 0.03])]}, {"rank": 9}, limit=0.05)
    >>> ax.get_yscale(), [text.get_text() for text in ax.texts]
    ('log', ['rank', 'free'])
    """
    ax = page(6.0, 4.3)
    places = [x for points in lines.values() for x, _ in points]
    step = 0.006 * (max(places) - min(places)) or 0.09  # marks of one width stand side by side
    shift = [step * (n - (len(lines) - 1) / 2) for n in range(len(lines))]
    for (name, points), shade, mark, by in zip(lines.items(), COLOURS, MARKS, shift, strict=False):
        middle = [(x, median(values)) for x, values in points]
        join(ax, middle, shade, mark, name)
        seeded(ax, points, mark, shade, by)
    ax.set_yscale("log")
    if limit is not None:
        ax.axhline(limit, color=INK, linewidth=0.9, linestyle=":")
    return _finish(ax, marks, xlabel, ylabel)


def draw_shares(
    lines: Mapping[str, Sequence[tuple[float, float]]], marks: Mapping[str, float]
) -> Axes:
    """A line a setting: at each x the share of the seeds that succeed, from 0 to 1.

    >>> ax = draw_shares({"least squares": [(8, 0.0), (9, 1.0)]}, {"rank": 9})
    >>> ax.lines[0].get_ydata().tolist()
    [0.0, 1.0]
    """
    ax = lined(lines, 3.9, 6.0, linewidth=1.4, markersize=4.5)
    ax.set_ylim(-0.04, 1.04)
    return _finish(ax, marks, "total width w", "share of seeds that succeed")


def _finish(ax: Axes, marks: Mapping[str, float], xlabel: str, ylabel: str) -> Axes:
    marked(ax, marks)
    name_lines(ax, ncols=2, markerscale=1.4, **BENEATH)
    return labelled(ax, xlabel, ylabel)


class Rate(NamedTuple):
    """What is drawn at one x: the shares of all seeds, their mean, the ends of its interval."""

    x: float
    seeds: Sequence[float]
    mean: float
    low: float
    high: float


def draw_rates(
    lines: Mapping[str, Sequence[Rate]], marks: Mapping[str, float], *,
    level: Mapping[str, float] | None = None, xlabel: str = "total width w",
    ylabel: str = "share of held-out pairs",
) -> Axes:  # fmt: skip
    """A line a setting: small marks for the seeds, a large one for the mean, a bar its interval.

    ``marks`` are named places on the x axis, ``level`` named heights, such as chance.

    >>> ax = draw_rates({"said": [Rate(4, [0.2, 0.6], 0.4, 0.1, 0.7)]}, {"rank": 4})
    >>> [float(y) for y in ax.get_ylim()]
    [-0.04, 1.04]
    """
    ax = page(6.0, 4.1)
    places = [rate.x for rates in lines.values() for rate in rates]
    step = 0.011 * (max(places) - min(places)) or 0.09
    shift = [step * (n - (len(lines) - 1) / 2) for n in range(len(lines))]
    for (name, rates), shade, mark, by in zip(lines.items(), COLOURS, MARKS, shift, strict=False):
        seeded(ax, [rate[:2] for rate in rates], mark, shade, by, size=3.0, alpha=0.5)
        x = [rate.x + by for rate in rates]
        ax.vlines(x, [r.low for r in rates], [r.high for r in rates], color=shade, linewidth=1.2)
        mean = [rate.mean for rate in rates]
        ax.plot(x, mean, color=shade, marker=mark, linewidth=1.2, markersize=5.5, label=name)
    for name, height in (level or {}).items():
        ax.axhline(height, color=INK, linewidth=0.9, linestyle=":")
        where: dict[str, Any] = {"xycoords": ax.get_yaxis_transform(), "ha": "right", "size": 9}
        ax.annotate(name, (1.0, height), (-2, 2), textcoords="offset points", color=INK, **where)
    marked(ax, marks)
    ax.set_ylim(-0.04, 1.04)
    beneath(ax)
    return labelled(ax, xlabel, ylabel)


def draw_parts(bars: Mapping[str, Mapping[str, float]], *, xlabel: str = "share") -> Axes:
    """A bar a row, cut into named parts that may be negative; those start left of zero.

    >>> ax = draw_parts({"uniform": {"direct": 0.4, "layer 1": 0.8, "layer 2": -0.2}})
    >>> len(ax.patches), [label.get_text() for label in ax.get_yticklabels()]
    (3, ['uniform'])
    """
    ax = page(6.2, 0.9 + 0.42 * len(bars))
    names = list(dict.fromkeys(name for parts in bars.values() for name in parts))
    for y, parts in enumerate(bars.values()):
        right = left = 0.0
        for shade, name in zip(COLOURS, names, strict=False):
            part = parts.get(name, 0.0)
            start = right if part >= 0 else left
            ax.barh(
                y, part, left=start, color=shade, height=0.7, edgecolor="white", linewidth=0.8,
                label=None if y else name,
            )  # fmt: skip
            if abs(part) >= 0.08:
                text = f"{100 * part:.0f}"
                ax.text(start + part / 2, y, text, ha="center", va="center", size=9, color="white")
            right, left = right + max(part, 0), left + min(part, 0)
    ax.set_yticks(range(len(bars)), list(bars))
    ax.invert_yaxis()
    ax.axvline(0, color=INK, linewidth=0.9)
    ax.set_xlabel(xlabel, size=11)
    ax.legend(
        frameon=False, fontsize=10, ncols=3, loc="upper center",
        bbox_to_anchor=(0.4, -0.75 / (0.9 + 0.42 * len(bars))),
    )  # fmt: skip
    inside(ax)
    return light(ax)


def draw_least(
    lines: Mapping[str, Sequence[tuple[float, float | None, float]]], *, apart: float = 1.0
) -> Axes:
    """A mark for each (x, least, tried): the least width that was enough, both axes logarithmic.

    Where none was, ``least`` is None, and an open triangle stands at the widest ``tried``: the
    least lies above it. A colour and a shape a name; each name stands further right than the one
    before by the factor ``apart``, the middle one at its place.

    >>> ax = draw_least({"cities": [(100, 3, 2), (1000, None, 8)]})
    >>> [line.get_ydata().tolist() for line in ax.lines if line.get_marker() == "^"]
    [[8]]
    """
    ax = page(6.0, 3.9)
    for n, (name, points) in enumerate(lines.items()):
        mark, shade = "osDvPX"[n % 6], COLOURS[n % len(COLOURS)]
        aside = apart ** (n - (len(lines) - 1) / 2)
        style: dict[str, Any] = {"color": shade, "markersize": 6, "alpha": 0.75, "linestyle": ""}
        found = [(x * aside, least) for x, least, _ in points if least is not None]
        above = [(x * aside, tried) for x, least, tried in points if least is None]
        ax.plot(*zip(*found, strict=True) if found else ([], []), mark, label=name, **style)
        if above:
            ax.plot(*zip(*above, strict=True), "^", fillstyle="none", **style)
    ax.set_xscale("log")
    ax.set_yscale("log", base=2)
    ax.yaxis.set_major_formatter("{x:g}")
    beneath(ax, 3, -0.16)
    return labelled(ax, "facts", "least $d_{model}$")
