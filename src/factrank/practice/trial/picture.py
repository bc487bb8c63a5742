"""Pictures of the small experiment: one line a seed over the splits of a head."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from factrank.practice.html.strokes import COLOURS, INK, light, page

if TYPE_CHECKING:
    from matplotlib.axes import Axes


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
