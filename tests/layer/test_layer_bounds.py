"""A1, A2, A5 as functions, against layers that are measured: the two do not share code."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from factrank.errors import FactrankError
from factrank.layer import bounds, readout
from factrank.layer.attention import AttentionLayer
from factrank.layer.config import LayerConfig

TOLERANCE = 1e-10


def random_layer(seed: int, **sizes: int) -> AttentionLayer:
    return AttentionLayer.random(LayerConfig(**sizes), seed=seed)


def measured(matrix: torch.Tensor) -> int:
    return int(torch.linalg.matrix_rank(matrix, rtol=TOLERANCE))


@given(
    st.integers(0, 999),
    st.fixed_dictionaries(
        {
            "keys": st.integers(1, 8),
            "queries": st.integers(1, 6),
            "values": st.integers(1, 8),
            "d_model": st.integers(1, 8),
            "n_heads": st.integers(1, 3),
            "d_head_qk": st.integers(1, 2),
            "d_head_vo": st.integers(1, 3),
            "residual": st.booleans(),
        }
    ),
)
@settings(deadline=None)
def test_no_random_layer_exceeds_the_bounds(seed, sizes):
    layer = random_layer(seed, **sizes)
    config = layer.config
    A = layer.attention()[0]
    a_ranks = [measured(head) for head in A]
    rest = [measured(1 - head) for head in A]
    direct = measured(layer.residual_vote()[0])
    ranks = readout.unfolding_ranks(layer.layer_tensor()[0], TOLERANCE)
    most = max(int(r) for r in ranks.values())  # a lower bound on the rank of L
    loose = bounds.rank_bound(config)
    tight = bounds.rank_bound(config, a_ranks, rest, direct)
    assert most <= tight <= loose
    assert tight <= bounds.rank_bound(config, a_ranks, residual_rank=direct) <= loose
    assert tight <= bounds.rank_bound(config, None, rest, direct) <= loose
    assert int(ranks["V"]) <= bounds.value_rank_bound(config, direct)
    assert bounds.value_rank_bound(config, direct) <= bounds.value_rank_bound(config)


def test_the_bound_on_the_value_unfolding_is_reached():
    layer = random_layer(0, keys=20, queries=6, values=20, d_model=16, n_heads=2, d_head_qk=1,
                         d_head_vo=3)  # fmt: skip
    found = readout.unfolding_ranks(layer.layer_tensor()[0], TOLERANCE)["V"]
    assert int(found) == bounds.value_rank_bound(layer.config) == 6


def test_attention_of_rank_one_makes_the_bound_small():
    config = LayerConfig(50, 6, 20, 32, n_heads=2, d_head_qk=1, d_head_vo=3)
    # each path at most 3 * 1 and 3 * 1 where A and J - A have rank one, and never above 3 * 6
    assert bounds.rank_bound(config, [1, 1], [1, 1]) == 12
    assert bounds.rank_bound(config) == 36


def test_the_width_needed_by_case():
    assert bounds.width_needed(4, 9) == 4
    assert bounds.width_needed(4, 9, key_independent=True) == 5
    assert bounds.width_needed(4, 9, key_independent=True, query_silent=True) == 9
    assert bounds.width_needed(4, 9, query_silent=True) == 4  # A4b (ii) reaches it


def test_a_list_of_ranks_of_another_length_is_refused():
    config = LayerConfig(5, 2, 5, 4, n_heads=2, d_head_qk=1, d_head_vo=1)
    with pytest.raises(FactrankError, match="attention_ranks: expected one rank for each of 2"):
        bounds.rank_bound(config, [1])


def test_a_head_wider_than_the_stream_or_the_values_counts_no_more_than_these():
    wide = LayerConfig(9, 5, 3, d_model=7, n_heads=2, d_head_qk=1, d_head_vo=6)
    assert bounds.rank_bound(wide) == bounds.rank_bound(replace(wide, d_head_vo=3)) == 2 * (9 + 5)
    narrow = replace(wide, d_model=2, values=30)
    assert bounds.rank_bound(narrow) == bounds.rank_bound(replace(narrow, d_head_vo=2)) == 2 * 2 * 5
