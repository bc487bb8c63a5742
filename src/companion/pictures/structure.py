"""Pictures of structured databases: facts and rank that grow, waves, cycles, runaway fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import cos, pi, sin

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import StrMethodFormatter

from factrank.practice.html.strokes import (
    COLOURS,
    INK,
    KEY,
    LINE,
    MINUS,
    PLUS,
    QUERY,
    VALUE,
    canvas,
    frame,
    light,
    page,
)


def draw_growth(sizes: Sequence[int], curves: Mapping[str, Sequence[int]]) -> Axes:
    """Several counts against one size m, on a logarithmic axis, each ending in its name and last.

    >>> ax = draw_growth([2, 3], {"facts": [4, 9], "rank": [2, 4]})
    >>> [text.get_text() for text in ax.texts]
    ['facts: 9', 'rank: 4']
    """
    ax = light(page(4.4, 2.7))
    for (name, numbers), shade, mark in zip(curves.items(), COLOURS, "osD^vx", strict=False):
        ax.plot(sizes, numbers, color=shade, marker=mark, markersize=4, linewidth=1.2)
        ax.annotate(f"{name}: {numbers[-1]:,}", (sizes[-1], numbers[-1]), (7, 0),
                    textcoords="offset points", va="center", size=9.5, color=shade)  # fmt: skip
    ax.set(yscale="log", xlim=(sizes[0] - 0.3, sizes[-1] + 0.3))
    ax.set_xlabel("m", size=10, style="italic")
    ax.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    return ax


def draw_waves(
    terms: Sequence[tuple[Sequence[float], Sequence[float], Sequence[float]]], names: Sequence[str]
) -> Axes:
    """A decomposition term by term: each vector as a row of bars, up for plus, down for minus.

    A row is a term; its three groups are keys, queries, values, each scaled to its largest entry.
    """
    n = len(terms[0][0])
    step, tall = n + 1.6, 2.4
    ax = canvas(3 * step - 1.6, len(terms) * tall)
    for t, term in enumerate(terms):
        middle = t * tall + tall / 2
        ax.text(-0.4, middle, names[t], ha="right", va="center", size=9.5, color=INK)
        for g, vector in enumerate(term):
            left, most = g * step, max(map(abs, vector))
            ax.hlines(middle, left, left + n, color=LINE, linewidth=0.7)
            for i, x in enumerate(vector):
                if x:
                    high = -0.95 * x / most
                    bar = Rectangle((left + i + 0.15, middle), 0.7, high, linewidth=0)
                    bar.set_facecolor(PLUS if x > 0 else MINUS)
                    ax.add_patch(bar)
            if g < 2:
                ax.text(left + n + 0.8, middle, "\N{CIRCLED TIMES}", ha="center", va="center",
                        size=10, color=INK)  # fmt: skip
    for g, (name, tone) in enumerate((("keys", KEY), ("queries", QUERY), ("values", VALUE))):
        ax.text(g * step + n / 2, -0.1, name, ha="center", va="bottom", size=10, color=tone)
    return frame(ax, 3 * step - 1.6, len(terms) * tall)


def draw_cycles(cycles: Sequence[Sequence[str]]) -> Axes:
    """The cycles of a permutation, side by side: an arrow from each label to its image."""
    wide = [max(2.6, 0.9 * len(cycle)) + 1.4 if len(cycle) > 1 else 1.8 for cycle in cycles]
    tall = max(wide) - 0.6
    ax = canvas(1.6 * sum(wide), 1.6 * tall)
    left = 0.0
    for cycle, width, shade in zip(cycles, wide, COLOURS * len(cycles), strict=False):
        radius = (width - 1.4) / 2 if len(cycle) > 1 else 0.0
        spots = [
            (left + width / 2 + radius * sin(2 * pi * i / len(cycle)),
             tall / 2 - radius * cos(2 * pi * i / len(cycle)))
            for i in range(len(cycle))
        ]  # fmt: skip
        for i, (label, spot) in enumerate(zip(cycle, spots, strict=True)):
            ax.text(*spot, label, ha="center", va="center", size=10, color=INK)
            after = spots[(i + 1) % len(cycle)]
            bend = {"arrowstyle": "-|>", "color": shade, "shrinkA": 9, "shrinkB": 9,
                    "connectionstyle": "arc3,rad=-0.25"}  # fmt: skip
            if len(cycle) == 1:  # a loop above the label
                (x, y), bend = spot, bend | {"shrinkA": 0, "shrinkB": 0}
                spot, after = (x - 0.3, y - 0.35), (x + 0.3, y - 0.35)
                bend["connectionstyle"] = "arc3,rad=-1.9"
            ax.annotate("", after, spot, arrowprops=bend)
        left += width
    ax.set(xlim=(0, sum(wide)), ylim=(tall, 0), aspect="equal")
    ax.set_axis_off()
    return ax


def draw_runaway(steps: Sequence[int], curves: Mapping[str, Sequence[float]]) -> Axes:
    """Numbers of an iteration against its steps, both axes logarithmic, each curve named."""
    ax = light(page(4.4, 2.7))
    for (name, numbers), shade, dash in zip(
        curves.items(), COLOURS, ("-", "--", ":"), strict=False
    ):
        ax.plot(steps, numbers, dash, color=shade, linewidth=1.6)
        ax.annotate(name, (steps[-1], numbers[-1]), (6, 0), textcoords="offset points",
                    va="center", size=9.5, color=shade)  # fmt: skip
    ax.set(xscale="log", yscale="log")
    ax.set_xlabel("steps", size=10)
    return ax
