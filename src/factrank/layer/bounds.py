"""What theory says of L: bounds on rank(L), the width that L = D needs, and the least scale of
logits that holds every fact at tau. Nothing is measured.

Proofs: chapter "What bounds the rank of a layer" and, for A5, "Facts compiled into weights". The
scales: ``hold_scale`` for L = beta D, ``circle_scale`` for values on a circle (S2), ``gate_scale``
for nearest gates (A7).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, exp, log, pi, sin

from factrank.errors import FactrankError
from factrank.facts.words import counted
from factrank.layer.config import LayerConfig


def rank_bound(
    config: LayerConfig,
    attention_ranks: Sequence[int] | None = None,
    complement_ranks: Sequence[int] | None = None,
    residual_rank: int | None = None,
) -> int:
    """A1: an upper bound on rank(L).

    rank(L) <= sum_h min(r min(K, Q), min(K, r rank A^h) + min(Q, r rank(J - A^h)))
    plus rank(E_Q U) with the residual path; J is all ones, and r = min(d_vo, d_model, V), which
    rank(W_O U) cannot exceed. ``attention_ranks`` and
    ``complement_ranks`` are rank A^h and rank(J - A^h), one a head; without them the largest,
    min(K, Q), and for one of them alone the other is at most one more. ``residual_rank`` is
    rank(E_Q U), at most min(Q, V, d_model). [paper, ours]

    >>> rank_bound(LayerConfig(50, 6, 20, d_model=32, n_heads=2, d_head_qk=1, d_head_vo=3))
    36
    >>> rank_bound(LayerConfig(50, 6, 20, 32, 2, 1, 3), attention_ranks=[1, 1])
    18
    """
    K, Q = config.keys, config.queries
    r = min(config.d_head_vo, config.d_model, config.values)
    full = [min(K, Q)] * config.n_heads
    A = _ranks(config, attention_ranks, "attention_ranks")
    rest = _ranks(config, complement_ranks, "complement_ranks")
    A_ranks = A or [n + 1 for n in rest or full]
    rest_ranks = rest or [n + 1 for n in A or full]
    heads = sum(
        min(r * min(K, Q), min(K, r * min(a, min(K, Q))) + min(Q, r * min(b, min(K, Q))))
        for a, b in zip(A_ranks, rest_ranks, strict=True)
    )
    return heads + _residual(config, residual_rank)


def value_rank_bound(config: LayerConfig, residual_rank: int | None = None) -> int:
    """A2: rank L_(V) <= min(d_model, n_heads d_vo + rank(E_Q U) with the residual path, V).

    So L = D needs d_model and a total width of at least rank D_(V). [paper, ours]

    >>> value_rank_bound(LayerConfig(50, 6, 20, d_model=32, n_heads=2, d_head_qk=1, d_head_vo=3))
    6
    """
    return min(config.d_model, config.width + _residual(config, residual_rank), config.values)


def width_needed(
    value_rank: int, rank_lower: int, *, key_independent: bool = False, query_silent: bool = False
) -> int:
    """A2, A5: the least total value-output width that L = D needs, without the residual path.

    At least ``value_rank`` = rank D_(V) (A2). If attention does not depend on the key: at least
    rank(D) where the query path is silent (Y = 0), else at least rank(D)/2, rounded up (A5).
    ``rank_lower`` is a certified lower bound on rank(D). [ours]

    >>> width_needed(2, 3), width_needed(2, 3, key_independent=True, query_silent=True)
    (2, 3)
    """
    if not key_independent:
        return value_rank
    return max(value_rank, rank_lower if query_silent else -(-rank_lower // 2))


def _ranks(config: LayerConfig, ranks: Sequence[int] | None, name: str) -> list[int] | None:
    if ranks is None:
        return None
    if len(ranks) != config.n_heads:
        raise FactrankError(
            f"{name}: expected one rank for each of {counted(config.n_heads, 'head')}, "
            f"found {len(ranks)}"
        )
    return list(ranks)


def _residual(config: LayerConfig, rank: int | None) -> int:
    if not config.residual:
        return 0
    most = min(config.queries, config.values, config.d_model)
    return most if rank is None else min(rank, most)


def hold_scale(values: int, tau: float, several: int = 1) -> float:
    """The least beta for which L = beta D holds every fact at tau / s, each pair with s values.

    exp(beta) / (s exp(beta) + V - s) >= tau / s, so beta = log((V - s) tau / (s (1 - tau))). This
    falls with s: where pairs differ, those with the fewest values decide.

    >>> round(hold_scale(74, 0.9), 3)
    6.488
    """
    check_tau(tau)
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
    check_tau(tau)
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
    check_tau(tau)

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


def check_tau(tau: float) -> None:
    """Errors: ``FactrankError`` for no probability between 0 and 1."""
    if not 0 < tau < 1:
        raise FactrankError(f"tau: expected a probability between 0 and 1, found {tau!r}")
