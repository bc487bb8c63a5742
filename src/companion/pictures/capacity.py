"""Pictures of capacity: recall against density, density against size, what precision keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from companion.pictures.trained import BENEATH, MARKS, Points, beneath, labelled, seeded
from factrank.practice.html.strokes import COLOURS, DPI, INK, PAPER, light, marked, name_lines, page

WHERE: dict[str, Any] = {"textcoords": "offset points", "size": 10, "color": INK}
DASHED: dict[str, Any] = {"color": "#8C8C8C", "linewidth": 0.9, "linestyle": "--", "zorder": 0.8}


def draw_recall(
    lines: Mapping[str, Sequence[tuple[float, float]]], marks: Mapping[str, float]
) -> Axes:
    """Each layer a mark: bits a trained parameter, and the share of the facts that it recalls.

    ``marks`` are named densities, drawn as upright lines.

    >>> ax = draw_recall({"tiny": [(0.5, 1.0), (2.0, 0.6)]}, {"2 bits": 2.0})
    >>> ax.lines[0].get_ydata().tolist(), [text.get_text() for text in ax.texts]
    ([1.0, 0.6], ['2 bits'])
    """
    ax = page(6.0, 4.0)
    for (name, points), shade, mark in zip(lines.items(), COLOURS, MARKS, strict=False):
        x, y = zip(*points, strict=True)
        style: dict[str, Any] = {"markersize": 3.6, "alpha": 0.45, "markeredgewidth": 0}
        ax.plot(x, y, mark, color=shade, label=name, **style)
    marked(ax, marks)
    for handle in filter(None, beneath(ax, y=-0.16, markerscale=1.8).legend_handles):
        handle.set_alpha(1)
    return labelled(ax, "bits for each trained parameter", "facts recalled")


def draw_density(
    lines: Mapping[str, Sequence[tuple[float, float, float]]], levels: Mapping[str, float]
) -> Axes:
    """Bits a parameter at full recall against the bits of the database, logarithmic in x.

    Each point is (bits, density where most seeds recall all facts, density where all seeds do): a
    filled mark for the second and a hollow one for the third, which may be NaN. ``levels`` are
    named densities, drawn as level lines.

    >>> ax = draw_density({"frozen": [(32, 0.9, 0.7), (192, 1.5, 1.4)]}, {"2 bits": 2.0})
    >>> ax.lines[0].get_ydata().tolist(), ax.lines[1].get_ydata().tolist()
    ([0.9, 1.5], [0.7, 1.4])
    """
    ax = page(6.0, 4.2)
    for (name, points), shade, mark in zip(lines.items(), COLOURS, MARKS, strict=False):
        x, most, every = zip(*points, strict=True)
        style: dict[str, Any] = {"color": shade, "marker": mark, "markersize": 5}
        ax.plot(x, most, linewidth=1.4, label=name, **style)
        ax.plot(x, every, linewidth=0.9, linestyle=":", markerfacecolor=PAPER, **style)
    for name, y in levels.items():
        ax.axhline(y, **DASHED)
        ax.annotate(name, (0.01, y), (0, 3), ax.get_yaxis_transform(), **WHERE)
    ax.set_xscale("log", base=2)
    ax.set_ylim(0, None)
    name_lines(ax, ncols=2, **BENEATH | {"bbox_to_anchor": (0.5, -0.16)})
    return labelled(ax, "bits of the database", "bits for each parameter")


def draw_parameters(
    names: Sequence[str],
    lines: Mapping[str, Sequence[Sequence[float]]],
    *,
    ylabel: str = "attention parameters",
) -> Axes:
    """Parameters of layers side by side for each family: one mark a layer, all seeds.

    ``lines`` gives for each kind of layer its numbers, family by family. The y axis is logarithmic.

    >>> ax = draw_parameters(["disjoint"], {"built": [[240, 240]], "trained": [[96]]})
    >>> ax.get_yscale(), ax.lines[0].get_ydata().tolist()
    ('log', [240, 240])
    """
    ax = page(6.4, 4.4)
    step = 0.8 / max(1, len(lines))
    for n, ((name, groups), shade, mark) in enumerate(
        zip(lines.items(), COLOURS, MARKS, strict=False)
    ):
        shift = step * (n - (len(lines) - 1) / 2)
        seeded(ax, [*enumerate(groups)], mark, shade, shift, size=5.5, alpha=0.8)
        ax.lines[-len(groups)].set_label(name)
    for place in range(1, len(names)):
        ax.axvline(place - 0.5, color="#DDDDDD", linewidth=0.8, zorder=0)
    ax.set_yscale("log")
    ax.set_xticks(range(len(names)), names, rotation=30, ha="right", size=10)
    ax.set_ylabel(ylabel, size=11)
    beneath(ax, y=-0.24)
    light(ax).grid(visible=False, axis="x")  # lines between the families, not through them
    return ax


def draw_kept(lines: Mapping[str, Points]) -> Axes:
    """The share of facts kept against bits a weight: all layers as marks, joined through the mean.

    >>> ax = draw_kept({"A7": [(2, [0.5, 0.7]), (8, [1.0, 1.0])]})
    >>> ax.lines[0].get_ydata().tolist()
    [0.6, 1.0]
    """
    ax = page(6.0, 3.9)
    shift = [0.09 * (n - (len(lines) - 1) / 2) for n in range(len(lines))]
    for (name, points), shade, mark, by in zip(lines.items(), COLOURS, MARKS, shift, strict=False):
        means = [(x, sum(values) / len(values)) for x, values in points]
        ax.plot(*zip(*means, strict=True), color=shade, linewidth=1.3, marker=mark, label=name)
        seeded(ax, points, mark, shade, by, size=3, alpha=0.25)
    beneath(ax, y=-0.16)
    return labelled(ax, "bits for each weight", "facts recalled")


def draw_filled(
    panels: Mapping[str, Mapping[str, Sequence[tuple[float, float]]]],
    cited: Mapping[str, Sequence[tuple[float, float]]],
    levels: Mapping[str, float],
) -> Axes:
    """Bits for each number against bits of the database, a panel below the other, both axes log.

    In a panel a line a construction; ``cited`` lines stand in the first panel, grey and dotted,
    named at their right ends; ``levels`` are lines in all of them. Returns the first axes.

    >>> ax = draw_filled({"all": {"gates": [(32, 0.4), (192, 0.8)]}}, {}, {"float32": 32.0})
    >>> ax.lines[0].get_ydata().tolist(), ax.get_yscale()
    ([0.4, 0.8], 'log')
    """
    shape: dict[str, Any] = {"sharey": True, "squeeze": False, "dpi": DPI, "facecolor": PAPER}
    tall = 3.6 * len(panels) + 0.6
    figure, axes = plt.subplots(len(panels), 1, figsize=(5.6, tall), **shape)
    for ax, (title, lines) in zip(axes[:, 0], panels.items(), strict=True):
        for (name, points), shade, mark in zip(lines.items(), COLOURS, MARKS, strict=False):
            style: dict[str, Any] = {"color": shade, "marker": mark, "markersize": 5}
            ax.plot(*zip(*points, strict=True), linewidth=1.4, label=name, **style)
        ax.set_title(title, size=10, color=INK)
        ax.set_xscale("log", base=2)
        ax.set_yscale("log", base=2)
        ax.set_xlabel("bits of the database", size=10)
        for name, y in levels.items():
            ax.axhline(y, **DASHED)
            ax.annotate(name, (ax.get_xlim()[0], y), (3, 3), **WHERE)
        ax.set_ylabel("bits for each number", size=10)
        light(ax)
    for name, points in cited.items():
        axes[0, 0].plot(*zip(*points, strict=True), color="#6F6F6F", linestyle=":", zorder=0.8)
        place = ((2, 3), "bottom") if points[-1][1] > points[0][1] else ((2, -3), "top")
        axes[0, 0].annotate(name, points[-1], place[0], ha="right", va=place[1], **WHERE)
    handles, names = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, names, loc="lower center", ncols=3, frameon=False, fontsize=10)
    figure.tight_layout(rect=(0, 0.28 / tall * -(-len(names) // 3), 1, 1))
    first: Axes = axes[0, 0]
    return first
