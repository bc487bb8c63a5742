"""Pictures of what is proved of a rank: pivots, bounds, intervals, seconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes

from companion.pictures.trained import lined
from factrank.practice.html.strokes import (
    COLOURS,
    INK,
    KEY,
    MINUS,
    PAPER,
    PLUS,
    QUERY,
    canvas,
    column_labels,
    frame,
    grid,
    light,
    name_lines,
    page,
    row_labels,
)


def draw_substituted(
    known: Sequence[Sequence[float]],
    rows: Sequence[str],
    columns: Sequence[str],
    pivots: Sequence[tuple[int, int]] = (),
) -> Axes:
    """An unfolding after slices were removed: nan is an unknown cell, pivots carry their number.

    >>> ax = draw_substituted([[float("nan"), 1], [1, 0]], "ab", "xy", [(1, 0), (0, 1)])
    >>> [text.get_text() for text in ax.texts]
    ['?', '2', '1', 'a', 'b', 'x', 'y']
    """
    ax = canvas(len(columns), len(rows))
    order = {cell: str(n) for n, cell in enumerate(pivots, 1)}
    cells = {}
    for i, row in enumerate(known):
        for j, x in enumerate(row):
            if x:  # nan too
                cells[i, j] = (PLUS, order.get((i, j), "1")) if x == x else (COLOURS[6], "?")
    grid(ax, 0, 0, (len(rows), len(columns)), cells)
    for (i, j), number in order.items():
        if number == "1":  # which the grid leaves out
            ax.text(j + 0.5, i + 0.5, "1", ha="center", va="center_baseline", size=9, color=PAPER)
    row_labels(ax, 0, rows, KEY)
    column_labels(ax, 0, len(rows), columns, QUERY)
    return frame(ax, len(columns), len(rows))


def draw_ladder(lower: Mapping[str, int], upper: Mapping[str, int]) -> Axes:
    """The bounds of one database, one line each: what is at least the rank, what is at most."""
    names = [*lower, *upper]
    ax = page(5.4, 0.28 * len(names) + 0.7)
    best = max(lower.values()), min(upper.values())
    ax.axvspan(best[0] - 0.08, best[1] + 0.08, color="#E3E9EE", zorder=0)
    for y, name in enumerate(names):
        value = lower[name] if name in lower else upper[name]
        mark, shade = (">", PLUS) if name in lower else ("<", MINUS)
        ax.plot([value], [y], mark, color=shade, markersize=8)
        ax.annotate(
            str(value), (value, y), (8, 0), textcoords="offset points", va="center", size=10,
            color=INK,
        )  # fmt: skip
    ax.set_yticks(range(len(names)), names, size=10)
    ax.set(ylim=(len(names) - 0.4, -0.6), xlabel="rank:  \u25b6 at least    \u25c0 at most")
    ax.set_xlim(0, max(upper.values()) + 1)
    ax.locator_params(axis="x", integer=True)
    return light(ax)


def draw_intervals(groups: Mapping[str, Sequence[tuple[int, int, int]]]) -> Axes:
    """Every interval of an experiment: a group a setting, a case (lower, upper, facts) a seed.

    A closed interval is a dot, an open one a bar; the small grey tick is the number of facts.
    """
    ax = page(6.2, 3.8)
    ticks: list[float] = []
    left = 0
    for cases in groups.values():
        for x, (low, high, facts) in enumerate(cases, left):
            ax.plot([x - 0.35, x + 0.35], [facts, facts], color="#8C8C8C", linewidth=1.4)
            if low == high:
                ax.plot([x], [low], "o", color=COLOURS[2], markersize=4)
            else:
                ax.plot([x, x], [low, high], color=MINUS, linewidth=2.2, solid_capstyle="butt")
        ticks.append(left + (len(cases) - 1) / 2)
        left += len(cases) + 2
    ax.plot([], [], "o", color=COLOURS[2], markersize=4, label="closed: lower = upper")
    ax.plot([], [], color=MINUS, linewidth=2.2, label="open: lower to upper")
    ax.plot([], [], color="#8C8C8C", linewidth=1.4, label="number of facts")
    ax.legend(frameon=False, fontsize=9, loc="upper left")
    ax.set_xticks(ticks, list(groups), size=10)
    ax.set_ylim(bottom=0)
    ax.set_ylabel("rank", size=10)
    return light(ax)


def draw_scale(lines: Mapping[str, Sequence[tuple[int, float]]]) -> Axes:
    """Seconds against facts on logarithmic axes: one line per family of databases.

    >>> ax = draw_scale({"zipf": [(1000, 0.1), (10000, 1.0)]})
    >>> ax.get_xscale(), ax.get_yscale()
    ('log', 'log')
    """
    ax = lined(lines, 3.4)
    ax.set(xscale="log", yscale="log", xlabel="facts", ylabel="seconds")
    name_lines(ax, loc="upper left")
    return light(ax)
