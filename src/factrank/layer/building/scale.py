"""The least scale of logits that holds every fact at tau, for three layouts of the values.

Standard library only. ``hold_scale`` for L = beta D, ``circle_scale`` for values on a circle (S2),
``gate_scale`` for nearest gates (A7).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, exp, log, pi, sin

from factrank.errors import FactrankError


def hold_scale(values: int, tau: float, several: int = 1) -> float:
    """The least beta for which L = beta D holds every fact at tau / s, each pair with s values.

    exp(beta) / (s exp(beta) + V - s) >= tau / s, so beta = log((V - s) tau / (s (1 - tau))). This
    falls with s: where pairs differ, those with the fewest values decide.

    >>> round(hold_scale(74, 0.9), 3)
    6.488
    """
    _check(tau)
    rest = values - several
    return max(0.0, log(rest * tau / (several * (1 - tau)))) if rest > 0 else 0.0


def circle_scale(values: int, tau: float) -> float:
    """beta*: the least scale that holds every fact at tau, values equally spaced on a circle (S2).

    The root of sum_{j=1}^{n-1} exp(-beta (1 - cos(2 pi j/n))) = (1 - tau)/tau. [ours]

    >>> low, high = circle_bounds(50, 0.9)
    >>> low <= circle_scale(50, 0.9) <= high
    True
    """
    return _least([1 - cos(2 * pi * j / values) for j in range(1, values)], tau)


def circle_bounds(values: int, tau: float) -> tuple[float, float]:
    """log(2 tau/(1-tau))/g <= beta* <= log((n-1) tau/(1-tau))/g with g = 2 sin^2(pi/n), n >= 3."""
    if values < 3:
        raise FactrankError(f"circle: expected at least 3 values, found {values}")
    _check(tau)
    g = 2 * sin(pi / values) ** 2
    odds = tau / (1 - tau)
    return log(2 * odds) / g, log((values - 1) * odds) / g


def gate_scale(values: int, tau: float) -> float:
    """The least beta with every fact held at tau by L = beta (A^2 - (A - g_v)^2), A at its gate.

    Gates stand 1/n apart, so the logits fall short by beta (j/n)^2 at the j-th neighbour; the
    middle gate has the nearest neighbours. [ours]

    >>> round(gate_scale(2, 0.9), 2) == round(4 * log(9), 2)
    True
    """
    middle = values // 2
    return _least([((middle - w) / values) ** 2 for w in range(values) if w != middle], tau)


def _least(gaps: Sequence[float], tau: float) -> float:
    """The least beta >= 0 with sum exp(-beta gap) <= (1 - tau)/tau, by bisection, rounded up."""
    _check(tau)

    def enough(beta: float) -> bool:
        return sum(exp(-beta * gap) for gap in gaps) <= (1 - tau) / tau

    if enough(0.0):
        return 0.0
    low, high = 0.0, 1.0
    while not enough(high):  # every gap is positive, so this ends
        low, high = high, 2 * high
    while high - low > 1e-13 * high:
        middle = (low + high) / 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _check(tau: float) -> None:
    if not 0 < tau < 1:
        raise FactrankError(f"tau: expected a probability between 0 and 1, found {tau!r}")
