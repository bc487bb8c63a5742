"""Pictures of rates: every seed a mark, the mean with its interval over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from factrank.practice.html.strokes import COLOURS, INK, light, marked, page

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MARKS = "osD^vPX"


class Rate(NamedTuple):
    """What is drawn at one x: the shares of all seeds, their mean, the ends of its interval."""

    x: float
    seeds: Sequence[float]
    mean: float
    low: float
    high: float


def draw_rates(
    lines: Mapping[str, Sequence[Rate]],
    marks: Mapping[str, float],
    *,
    level: Mapping[str, float] | None = None,
    xlabel: str = "total width w",
    ylabel: str = "share of held-out pairs",
    ax: Axes | None = None,
) -> Axes:
    """A line a setting: small marks for the seeds, a large one for the mean, a bar its interval.

    ``marks`` are named places on the x axis, ``level`` named heights, such as chance.

    >>> ax = draw_rates({"said": [Rate(4, [0.2, 0.6], 0.4, 0.1, 0.7)]}, {"rank": 4})
    >>> [float(y) for y in ax.get_ylim()]
    [-0.04, 1.04]
    """
    ax = ax or page(6.0, 4.1)
    places = [rate.x for rates in lines.values() for rate in rates]
    step = 0.011 * (max(places) - min(places)) or 0.09
    shift = [step * (n - (len(lines) - 1) / 2) for n in range(len(lines))]
    for (name, rates), shade, mark, by in zip(lines.items(), COLOURS, MARKS, shift, strict=False):
        for rate in rates:
            x = [rate.x + by] * len(rate.seeds)
            ax.plot(x, rate.seeds, mark, color=shade, markersize=3.0, alpha=0.5, mew=0)
        x = [rate.x + by for rate in rates]
        ax.vlines(x, [r.low for r in rates], [r.high for r in rates], color=shade, linewidth=1.2)
        mean = [rate.mean for rate in rates]
        ax.plot(x, mean, color=shade, marker=mark, linewidth=1.2, markersize=5.5, label=name)
    for name, height in (level or {}).items():
        ax.axhline(height, color=INK, linewidth=0.9, linestyle=":")
        side = (1.0, height), (-2, 2)
        ax.annotate(
            name,
            *side,
            xycoords=ax.get_yaxis_transform(),
            textcoords="offset points",
            ha="right",
            size=9,
            color=INK,
        )
    marked(ax, marks)
    ax.set_ylim(-0.04, 1.04)
    ax.set_xlabel(xlabel, size=11)
    ax.set_ylabel(ylabel, size=11)
    ax.legend(frameon=False, fontsize=10, ncols=2, loc="upper center", bbox_to_anchor=(0.5, -0.15))
    return light(ax)


def draw_parts(
    bars: Mapping[str, Mapping[str, float]], *, xlabel: str = "share", ax: Axes | None = None
) -> Axes:
    """A bar a row, cut into named parts that may be negative; those start left of zero.

    >>> ax = draw_parts({"uniform": {"direct": 0.4, "layer 1": 0.8, "layer 2": -0.2}})
    >>> len(ax.patches), [label.get_text() for label in ax.get_yticklabels()]
    (3, ['uniform'])
    """
    ax = ax or page(6.0, 0.9 + 0.42 * len(bars))
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
    return light(ax)
