"""Pictures with states, their strokes as SVG; colours are names that the page's style gives.

A key is blue, a query brown, a value green, wherever they stand. `ink` and `soft` are the page's
own two tones, `plus` and `minus` the two signs of a number.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

Shown = Iterable[int] | None


@dataclass(frozen=True)
class Scene:
    """What the page shows: a drawing whose parts know in which states they are seen.

    ``title`` says in words what is drawn, ``drawing`` is SVG (see `marks`), ``size`` its width and
    height in units that are dots on a phone. ``states`` are the sentences beneath it, one a state,
    ``start`` the one shown first, on paper too. ``asks`` names the slider; where ``names`` are
    given there are buttons instead. ``beneath`` is HTML after the drawing.
    """

    title: str
    drawing: str
    size: tuple[int, int]
    states: tuple[str, ...] = ()
    asks: str = ""
    names: tuple[str, ...] = ()
    start: int = 0
    beneath: str = ""


def seen(states: Iterable[int] | None) -> str:
    """The attribute of a part that is seen in some states only; none for what is always seen.

    >>> seen([0, 2]), seen(None)
    (' data-seen="0 2"', '')
    """
    return "" if states is None else f' data-seen="{" ".join(map(str, states))}"'


def text(
    x: float, y: float, words: str, tone: str = "ink", *, at: str = "start", size: float = 12,
    bold: bool = False, turn: float = 0, shown: Shown = None, more: str = "",
) -> str:  # fmt: skip
    """Words whose baseline starts, has its middle or ends at (x, y).

    >>> text(1, 2, "a < b", "key", at="end")
    '<text x="1" y="2" class="t-key" text-anchor="end" font-size="12">a &lt; b</text>'
    """
    kept = f' text-anchor="{at}"' if at != "start" else ""
    kept += f' font-size="{size:g}"' + (' font-weight="600"' if bold else "")
    kept += f' transform="rotate({turn:g} {x:g} {y:g})"' if turn else ""
    place = f'x="{x:g}" y="{y:g}" class="t-{tone}"'
    return f"<text {place}{kept}{seen(shown)}{more}>{escape(words)}</text>"


def box(
    x: float, y: float, wide: float, tall: float, tone: str, *, shown: Shown = None,
    round_: float = 0, more: str = "",
) -> str:  # fmt: skip
    """A rectangle."""
    size = f'x="{x:g}" y="{y:g}" width="{wide:g}" height="{tall:g}"'
    corner = f' rx="{round_:g}"' if round_ else ""
    return f'<rect {size}{corner} class="t-{tone}"{seen(shown)}{more}></rect>'


def dot(x: float, y: float, r: float, tone: str) -> str:
    """A filled circle."""
    return f'<circle cx="{x:g}" cy="{y:g}" r="{r:g}" class="t-{tone}"/>'


def line(
    points: Sequence[tuple[float, float]], tone: str, *, wide: float = 1, dash: str = "",
    shown: Shown = None,
) -> str:  # fmt: skip
    """A line through points, not filled."""
    way = " ".join(f"{x:.2f},{y:.2f}".replace(".00", "") for x, y in points)
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    style = f'class="t-line-{tone}" stroke-width="{wide:g}"{dashed}'
    return f'<polyline points="{way}" {style}{seen(shown)}/>'


def group(parts: Iterable[str], *, shown: Shown = None) -> str:
    """Parts that are seen together."""
    return f"<g{seen(shown)}>{''.join(parts)}</g>"


def grid(x: float, y: float, rows: int, columns: int, side: float) -> str:
    """The lines of an empty grid of squares."""
    wide, tall = columns * side, rows * side
    across = (f"M{x:g} {y + i * side:g}h{wide:g}" for i in range(rows + 1))
    down = (f"M{x + j * side:g} {y:g}v{tall:g}" for j in range(columns + 1))
    return f'<path d="{"".join([*across, *down])}" class="t-line-faint" stroke-width="1"/>'


def named_rows(x: float, y: float, names: Sequence[str], side: float) -> str:
    """Names at the left of a grid's rows."""
    return "".join(
        text(x - 5, y + (i + 0.5) * side + 4, name, "key", at="end") for i, name in enumerate(names)
    )


def named_columns(x: float, y: float, names: Sequence[str], side: float, tone: str) -> str:
    """Names under a grid's columns, read upwards."""
    return "".join(
        text(x + (j + 0.5) * side + 4, y + 6, name, tone, at="end", turn=-90)
        for j, name in enumerate(names)
    )


class Axis:
    """Numbers along one side: where a value stands.

    >>> axis = Axis(0, 10, 100, 200)
    >>> axis(5), axis.ticks([0, 10])
    (150.0, [(0, 100.0), (10, 200.0)])
    """

    def __init__(self, low: float, high: float, start: float, end: float) -> None:
        self.low, self.high, self.start, self.end = low, high, start, end

    def __call__(self, value: float) -> float:
        """Return the place of a value."""
        share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self, values: Iterable[float]) -> list[tuple[float, float]]:
        """Return values with their places."""
        return [(value, self(value)) for value in values]
