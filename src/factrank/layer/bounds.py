"""What theory says of L: bounds on rank(L), and the width that L = D needs. Nothing is measured.

Proofs: chapter "What bounds the rank of a layer" and, for A5, "Facts compiled into weights".
"""

from __future__ import annotations

from collections.abc import Sequence

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
        min(
            r * min(K, Q),
            min(K, r * min(a, min(K, Q))) + min(Q, r * min(b, min(K, Q))),
        )
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
