"""Pictures of votes: what each adds to the winning margin, and what goes when it is taken away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from matplotlib.axes import Axes

from companion.pictures.trained import BENEATH, MARKS, beneath, labelled, seeded
from factrank.practice.html.strokes import COLOURS, INK, PAPER, join, light, name_lines, page


def draw_margins(
    added: Sequence[Sequence[float]], voters: Sequence[str], facts: Sequence[str]
) -> Axes:
    """A bar a fact: what each voter adds to the margin, to the right; what it takes, to the left.

    ``added`` (fact, voter); a diamond marks the sum, the margin itself. Voters of one head share a
    colour; every second one, its query, is hatched.

    >>> ax = draw_margins([[3.0, -1.0]], ["key", "query"], ["a, r"])
    >>> [float(bar.get_width()) for bar in ax.patches], ax.lines[-1].get_xdata().tolist()
    ([3.0, 1.0], [2.0])
    """
    ax = page(6.2, 0.42 * len(facts) + 1.7)
    ax.use_sticky_edges = False  # the leftmost bar keeps off the axis too
    right, left = [0.0] * len(facts), [0.0] * len(facts)
    for n, voter in enumerate(voters):
        widths = [row[n] for row in added]
        starts = []
        for i, width in enumerate(widths):
            starts.append(right[i] if width >= 0 else left[i] + width)
            right[i] += max(width, 0.0)
            left[i] += min(width, 0.0)
        ax.barh(
            range(len(facts)), [abs(width) for width in widths], 0.62, starts,
            color=COLOURS[n // 2 % len(COLOURS)], hatch="////" if n % 2 else None, edgecolor=PAPER,
            linewidth=0.6, label=voter,
        )  # fmt: skip
    ax.axvline(0, color=INK, linewidth=0.9)
    totals = [sum(row) for row in added]
    style: dict[str, Any] = {"color": INK, "markeredgecolor": PAPER, "markersize": 7}
    ax.plot(totals, range(len(facts)), "D", label="sum: the margin", **style)
    ax.set_yticks(range(len(facts)), list(facts), size=9.5)
    ax.set_ylim(len(facts) - 0.4, -0.6)
    ax.set_xlabel("added to the winning margin", size=11)
    beneath(ax, 3, -0.75 / (0.42 * len(facts) + 1.0), markerscale=1.2)
    ax.grid(visible=False, axis="y")
    return light(ax)


def draw_taken(cells: Mapping[str, Sequence[tuple[float, int, int]]]) -> Axes:
    """Votes by size: (size, answers lost as predicted, answers lost as seen), a ring and a dot.

    >>> ax = draw_taken({"keys": [(2.0, 5, 5), (1.0, 1, 1)]})
    >>> [line.get_ydata().tolist() for line in ax.lines]
    [[5, 1], [5, 1]]
    """
    ax = page(6.0, 3.8)
    for (name, votes), shade, mark in zip(cells.items(), COLOURS, MARKS, strict=False):
        size, predicted, seen = zip(*votes, strict=True)
        ring: dict[str, Any] = {"markersize": 10, "markerfacecolor": "none", "markeredgewidth": 1.3}
        ax.plot(size, predicted, mark, color=shade, label=f"{name}, predicted", **ring)
        ax.plot(size, seen, mark, color=shade, markersize=4.5, label=f"{name}, seen")
    ax.set_ylim(bottom=-1)
    ax.locator_params(axis="y", integer=True)
    beneath(ax, 2, -0.17, markerscale=1.2)
    return labelled(ax, "size of the vote", "answers lost without it")


def draw_strips(
    lines: Mapping[str, Sequence[tuple[str, Sequence[float]]]], *, xlabel: str, ylabel: str,
    limit: float | None = None,
) -> Axes:  # fmt: skip
    """A line a setting over named places: the values of all seeds, joined through their medians.

    >>> ax = draw_strips({"F": [("1", [0.6, 0.5]), ("2", [0.1])]}, xlabel="heads", ylabel="share")
    >>> [label.get_text() for label in ax.get_xticklabels()]
    ['1', '2']
    """
    ax = page(6.0, 3.9)
    places = [place for place, _ in next(iter(lines.values()))]
    for n, (name, points) in enumerate(lines.items()):
        shade, by = COLOURS[n % len(COLOURS)], 0.07 * (n - (len(lines) - 1) / 2)
        middle = [median(values) for _, values in points]
        join(ax, list(enumerate(middle)), shade, MARKS[n % 7], name)
        values = [(x, at) for x, (_, at) in enumerate(points)]
        seeded(ax, values, MARKS[n % 7], shade, by)
    if limit is not None:
        ax.axhline(limit, color=INK, linewidth=0.9, linestyle=":")
    ax.set_xticks(range(len(places)), places)
    name_lines(ax, ncols=2, **BENEATH)
    return labelled(ax, xlabel, ylabel)
