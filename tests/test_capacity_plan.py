"""From a layer to facts: what is proved is built, what is ruled out is searched for, and ``plan``
leads back."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("torch")

from factrank.layer.config import LayerConfig
from factrank.practice.plan import guarantees
from factrank.practice.plan.guarantees import EXACT, TOP, Most
from tests.capacity_layers import fitted, heads_of

NEEDS = [*EXACT, *TOP]
SIZE = st.integers(1, 5)


def check(need, config, full: np.ndarray, most: Most, seed: int = 0) -> None:
    """The layer of these sizes is right on the table's own tokens and relations."""
    keys, queries = np.flatnonzero((full >= 0).any(1)), np.flatnonzero((full >= 0).any(0))
    table = full[np.ix_(keys, queries)]
    if not table.size or (need is guarantees.circle_heads and config.values == 1):
        return
    heads = heads_of(need, table, config, most.queries <= most.keys)
    L = fitted(heads, keys, queries, config, seed).layer_tensor()[0].numpy()
    L = L[np.ix_(keys, queries)]
    D = np.stack([table == v for v in range(config.values)], -1)
    if need in EXACT:
        assert np.abs(L - D).max() < 1e-8
    else:
        wrong = np.where(D, -np.inf, L).max(-1)
        assert (np.where(D, L, np.inf).min(-1) > wrong + 1e-9)[table >= 0].all()


def tables(most: Most, config, rng, count: int):
    """Random tables of at most so many facts on so many keys; first those with most variety."""
    for n in range(count):
        full = np.full((config.keys, config.queries), -1)
        mine = rng.permutation(config.keys)[: most.keys]
        cells = [(k, q) for k in mine for q in range(config.queries)]
        if n == 0:  # along the diagonals: as many tokens and relations as there can be
            cells.sort(key=lambda kq: (list(mine).index(kq[0]) - kq[1]) % len(mine))
        else:
            rng.shuffle(cells)
        values = rng.permutation(config.values) if n % 2 == 0 else rng.integers(0, config.values, 9)
        for j, (k, q) in enumerate(cells[: most.facts]):
            full[k, q] = values[j % len(values)]
        yield full


@settings(max_examples=120, deadline=None)
@given(
    st.sampled_from(NEEDS), SIZE, st.integers(1, 4), SIZE, st.integers(1, 3), st.integers(1, 3),
    st.booleans(), st.integers(1, 20), st.booleans(), st.integers(0, 99),
)  # fmt: skip
def test_what_is_enough_is_built(need, K, Q, V, i, r, trained, n, by_tokens, seed):
    """In a layer with just the heads and the d_model that are said to be enough."""
    rng = np.random.default_rng(seed)
    config = LayerConfig(K, Q, V, 1, 1, i, r, trainable_embeddings=trained)
    t = min(n, K)
    most = Most.of(config, t * Q, t) if by_tokens else Most.of(config, min(n, K * Q))
    heads, d_model = need(config, most)
    config = replace(config, n_heads=max(1, heads), d_model=max(1, d_model))
    for full in tables(most, config, rng, 6):
        check(need, config, full, most, seed)


@pytest.mark.parametrize("need", NEEDS)
@pytest.mark.parametrize("shape", [(2, 2, 2), (3, 1, 3), (1, 3, 3)])
@pytest.mark.parametrize("trained", [True, False])
def test_all_small_tables(need, shape, trained):
    """Every table of every number of facts, in the least layer that is said to be enough; and the
    heads of A4b are no more than the worst table needs."""
    K, Q, V = shape
    every = [np.array(it).reshape(K, Q) for it in product(range(-1, V), repeat=K * Q)]
    for i, r in ((1, 1), (2, 2)):
        for n in range(1, K * Q + 1):
            config = LayerConfig(K, Q, V, 1, 1, i, r, trainable_embeddings=trained)
            most = Most.of(config, n)
            heads, d_model = need(config, most)
            config = replace(config, n_heads=max(1, heads), d_model=max(1, d_model))
            used = 0
            for full in every:
                if (full >= 0).sum() == n:
                    check(need, config, full, most)
                    if need is guarantees.tanh_heads:
                        used = max(used, len(heads_of(need, full, config, Q <= K).ask))
            if need is guarantees.tanh_heads and i == 1:
                assert used == heads
