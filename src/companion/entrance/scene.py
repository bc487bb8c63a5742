"""A picture with states: drawn once, at build time, and made live by switching its parts on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


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
