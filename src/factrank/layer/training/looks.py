"""What is looked at while layers train: the goal, what a seed reached, how long it may take."""

from __future__ import annotations

from dataclasses import dataclass

from factrank.errors import FactrankError
from factrank.layer.attention import AttentionLayer

UNTIL = ("recalled", "held")


@dataclass(frozen=True)
class Goal:
    """When a layer has learned enough: all facts ``recalled``, or all ``held`` at ``tau``.

    >>> Goal("learned")
    Traceback (most recent call last):
    ...
    factrank.errors.FactrankError: until: expected one of recalled, held, found 'learned'
    """

    until: str = "held"
    tau: float = 0.9

    def __post_init__(self) -> None:
        if self.until not in UNTIL:
            raise FactrankError(f"until: expected one of {', '.join(UNTIL)}, found {self.until!r}")
        if not 0 < self.tau < 1:
            raise FactrankError(
                f"tau: expected a probability above 0 and below 1, found {self.tau!r}"
            )


@dataclass(frozen=True, eq=False)
class Fit:
    """The best that one seed reached: a layer in float64, the shares of the facts it recalls and
    holds, its least margin in logits, the step of that best and the steps trained. Not ``finite``
    is one that was ended since its loss was no number any more."""

    seed: int
    layer: AttentionLayer
    recalled: float
    held: float
    margin: float
    step: int
    steps: int
    reached: bool
    finite: bool = True


@dataclass(frozen=True)
class Look:
    """What is told while layers train: steps done of all that there may be, summed over layers;
    layers done, best recall, seconds since the start; seconds a step of late, once known."""

    step: int
    steps: int
    done: int
    layers: int
    recalled: float
    seconds: float
    pace: float | None = None

    @property
    def left(self) -> float:
        """Seconds left at most, at the pace of late, or at that since the start."""
        pace = self.seconds / max(self.step, 1) if self.pace is None else self.pace
        return pace * (self.steps - self.step)


class Pace:
    """Seconds a step over the later half of the steps made, or more of them; None after one look.

    The first step warms up, and a busy machine calms down: what is foretold from the start is
    wrong for as long as these weigh.

    >>> pace = Pace()
    >>> [pace(step, seconds) for step, seconds in ((1, 60), (2, 61), (4, 63), (8, 65), (9, 66))]
    [None, 1.0, 1.0, 0.5, 0.6]
    """

    def __init__(self) -> None:
        self._since = self._next = (0, 0.0)

    def __call__(self, step: int, seconds: float) -> float | None:
        if step >= 2 * self._next[0]:
            self._since, self._next = self._next, (step, seconds)
        since, then = self._since
        return (seconds - then) / (step - since) if 0 < since < step else None
