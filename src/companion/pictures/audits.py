"""Pictures of an audit: where values are, and what a table weighs before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from factrank.practice.html.strokes import COLOURS, INK, LINE, MINUS, PLUS, light, page

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_coverage(
    strips: Mapping[str, Sequence[int]], ax: Axes | None = None, *, keys: str = "keys"
) -> Axes:
    """One strip a relation, one cell a key: the number of its values, 0, 1 or more.

    >>> ax = draw_coverage({"capital": [1, 0, 2]})
    >>> len(ax.containers), [text.get_text() for text in ax.get_yticklabels()]
    (2, ['capital'])
    """
    width = max(map(len, strips.values()))
    ax = ax or page(6.6, 0.3 * len(strips) + 0.9)
    for shade, several in ((PLUS, False), (MINUS, True)):
        places = [
            (x, y)
            for y, counts in enumerate(strips.values())
            for x, n in enumerate(counts)
            if n and (n > 1) == several
        ]
        name = "one value" if shade == PLUS else "several"
        ax.barh([y for _, y in places], 1, left=[x for x, _ in places], height=0.72, color=shade,
                label=name, linewidth=0)  # fmt: skip
    ax.set_yticks(range(len(strips)), list(strips), size=10)
    ax.set(xlim=(0, width), ylim=(len(strips) - 0.4, -0.6), xlabel=f"{keys}, in the file's order")
    ax.legend(frameon=False, fontsize=9, ncols=2, loc="lower right", bbox_to_anchor=(1, 1))
    ax.spines[:].set_color(LINE)
    return ax


def draw_weights(
    tables: Mapping[str, Mapping[str, tuple[int, int]]], ax: Axes | None = None
) -> Axes:
    """Some sizes of some tables side by side; a size is (at least, at most).

    >>> ax = draw_weights({"before": {"facts": (9, 9), "rank": (4, 5)}})
    >>> [text.get_text() for text in ax.texts]
    ['9', '4 to 5']
    """
    names = list(next(iter(tables.values())))
    ax = ax or page(6.2, 0.3 * len(names) * len(tables) + 1.0)
    step = 0.8 / len(tables)
    for n, ((table, sizes), shade) in enumerate(zip(tables.items(), COLOURS, strict=False)):
        y = [i + (n - (len(tables) - 1) / 2) * step for i in range(len(names))]
        low = [sizes[name][0] for name in names]
        high = [sizes[name][1] for name in names]
        ax.barh(y, low, height=0.9 * step, color=shade, label=table)
        gap = [b - a for a, b in zip(low, high, strict=True)]
        ax.barh(y, gap, left=low, height=0.9 * step, color=shade, alpha=0.35)
        for at, a, b in zip(y, low, high, strict=True):
            told = str(a) if a == b else f"{a} to {b}"
            ax.annotate(told, (b, at), (4, 0), textcoords="offset points", va="center", size=9,
                        color=INK)  # fmt: skip
    ax.set_yticks(range(len(names)), names, size=10)
    ax.set(ylim=(len(names) - 0.45, -0.55), xlim=(0, None))
    ax.margins(x=0.12)
    ax.legend(frameon=False, fontsize=9, ncols=2, loc="lower right", bbox_to_anchor=(1, 1))
    return light(ax)
