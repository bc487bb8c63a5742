"""The compiled step is torch's up to rounding: any shape, loss, mask and tie, in any company."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from factrank.facts.families import random_facts, random_functional, total_functions
from factrank.layer.attention import Weights
from factrank.layer.config import LayerConfig
from factrank.layer.training import layout
from factrank.layer.training import steps as making
from factrank.layer.training.first_weights import first_weights, masks
from factrank.layer.training.layout import View, product
from factrank.layer.training.losses import LOSSES, Targets
from factrank.layer.training.steps import Fused, Recipe, Stacked, tie
from factrank.layer.training.trainer import Trainer, train
from factrank.layer.training.vectors import exponential, njit, products, put, row

NEAR = 1e-7  # AdamW divides by the size of a gradient: one that is only rounding is made larger
ROWS = {np.float32: 3e-7, np.float64: 4e-16}  # the error of an exponential that is promised


@njit
def _exponentials(M):
    for n in range(len(M)):
        put(M, n, exponential(row(M, n)))


@pytest.mark.parametrize("dtype", ROWS)
def test_the_exponential_is_as_near_as_it_says(dtype):
    ends = (-87, 88) if dtype == np.float32 else (-700, 700)
    lanes = 64 // np.dtype(dtype).itemsize
    x = np.random.default_rng(0).uniform(*ends, (20_000, lanes)).astype(dtype)
    x[0, :4], x[1, 0] = [*ends, 0, -0.0], 1e-30
    found, exact = x.copy(), np.exp(x.astype(np.longdouble))
    _exponentials(found)
    assert np.abs(found / exact - 1).max() < ROWS[dtype]
    beyond = np.array([[-1e4, 1e4] * (lanes // 2)], dtype)
    _exponentials(beyond)
    assert (beyond[0, 0] > 0) and np.isfinite(beyond[0, 1])


@given(st.tuples(*[st.integers(1, 19)] * 3), st.booleans(), st.booleans(), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_a_product_of_a_plan_is_that_of_every_lane(sizes, across, beside, seed):
    m, n, k = sizes
    M = np.random.default_rng(seed).normal(size=(3 * 400, 8))
    A = View(0, k, m, m, 1).T if across else View(0, m, k, k, 1)
    B = View(400, n, k, k, 1).T if beside else View(400, k, n, n, 1)
    C = View(800, m, n, n, 1)

    def matrix(view: View, M: np.ndarray) -> np.ndarray:
        at = view.at + np.arange(view.m)[:, None] * view.down + np.arange(view.n) * view.across
        return M[at]

    before = M.copy()
    products(M, np.array([product(C, A, B)]))
    wanted = matrix(C, before) + np.einsum("ikl,kjl->ijl", matrix(A, before), matrix(B, before))
    assert np.abs(matrix(C, M) - wanted).max() < 1e-13
    inside = np.zeros(len(M), bool)
    inside[C.at : C.end] = True
    assert np.array_equal(M[~inside], before[~inside])


def _both(config, recipe, databases, **start):
    weights, models = first_weights(config, range(len(databases)), **start), len(databases)
    given_ = (config, weights, masks(config, models, **start), Targets.of(databases), recipe)
    return Fused(*given_, [0.03] * models), Stacked(*given_, 0.03)


@st.composite
def cases(draw):
    number = st.integers
    K, Q, V, H = draw(number(1, 9)), draw(number(1, 4)), draw(number(1, 9)), draw(number(1, 3))
    d, i, r = draw(number(2, 11)), draw(number(1, 5)), draw(number(1, 4))
    free, residual = draw(st.booleans()), draw(st.booleans())
    loss, models = draw(st.sampled_from(LOSSES)), draw(number(1, 19))
    ties, start = (), {}
    kind = draw(st.sampled_from(["plain", "tied", "widths", "key-independent"]))
    if kind == "tied":
        keys = draw(st.lists(number(0, K - 1), unique=True, max_size=V, min_size=1))
        ties = tuple((key, value) for value, key in enumerate(keys))
    elif kind == "widths":
        start["widths"] = draw(st.lists(number(1, H * r), min_size=models, max_size=models))
    elif kind == "key-independent" and d > Q:
        start["key_independent"] = True
    config = LayerConfig(
        K, Q, V, d, H, i, r, trainable_embeddings=free, residual=residual, tied=ties
    )  # fmt: skip
    made = draw(st.sampled_from([random_functional, random_facts]))  # the second: set-valued
    density = draw(st.sampled_from([0.3, 1.0]))
    databases = [made(K, Q, V, density, seed) for seed in range(models)]
    databases = [it if it.facts else replace(it, facts=((0, 0, 0),)) for it in databases]
    recipe = Recipe(loss, beta=draw(st.sampled_from([0.5, 4.0])) if loss == "bounded" else None)
    return config, recipe, databases, start


def _near(config, one, other):
    pairs = zip(tie(one.weights(), config), tie(other.weights(), config), strict=True)
    return max(float((a - b).abs().max()) for a, b in pairs)


def test_the_same_steps_as_in_torch():
    """Three steps, half of the layers leave, two more: all weights agree."""
    seen = Counter()

    @given(cases())
    @settings(max_examples=150, deadline=None, database=None, derandomize=True)
    def holds(case):
        config, recipe, databases, start = case
        ours, torchs = _both(*case[:3], **start)
        for one in (ours, torchs):
            one.advance([0.5, 1.0])
            one.advance([1.0])
        assert _near(config, ours, torchs) < NEAR
        rest = torch.arange(0, len(databases), 2)
        for one in (ours, torchs):
            one.leave(rest)
            one.advance([0.7, 0.2])
        assert len(ours.weights().E_K) == len(rest) and _near(config, ours, torchs) < NEAR
        seen.update({recipe.loss, f"T{config.trainable_embeddings}", f"R{config.residual}"})
        seen.update({*start, *(["tied"] if config.tied else [])})
        seen.update(["set-valued"] if not all(it.functional for it in databases) else [])
        seen.update(["gaps"] if len(databases[0].facts) < config.keys * config.queries else [])
        seen.update(["many"] if len(databases) > ours.lanes else [])

    holds()
    hard = {*LOSSES, "TTrue", "TFalse", "RTrue", "RFalse", "tied", "widths", "key_independent"}
    assert min(seen[it] for it in hard | {"set-valued", "gaps", "many"}) >= 3, seen


def test_keys_a_few_at_a_time_are_the_same(monkeypatch):
    config = LayerConfig(7, 3, 5, 9, 2, 3, 2, trainable_embeddings=True, residual=True)
    databases = [random_facts(7, 3, 5, 0.4, seed) for seed in range(9)]
    for loss, beta in (("least squares", None), ("bounded", 3.0)):
        found = []
        for near in (10**6, 60, 1):
            monkeypatch.setattr(layout, "NEAR", near)
            ours, torchs = _both(config, Recipe(loss, beta), databases)
            found.append(ours.layout.places.few)
            for one in (ours, torchs):
                one.advance([1.0] * 3)
            assert _near(config, ours, torchs) < 1e-12
        assert found[0] == 7 and found[1] in (1, 2) and found[2] == 1


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_training_by_it_is_training(monkeypatch, dtype):
    """Rates of their own, an early stop, any order: as each alone."""
    databases = [random_functional(5, 3, 4, 0.8, seed) for seed in range(5)]
    config = LayerConfig(5, 3, 4, 9, 2, 2, 3, trainable_embeddings=True)
    recipe = Recipe(steps=150, stop=0.9, look=25)
    rates = [0.03, 0.02, 0.03, 0.05, 0.02]
    inside = {torch.float32: 2e-2, torch.float64: 1e-8}[dtype]
    found = []
    for largest in (10**9, 0):
        monkeypatch.setattr(making, "LARGEST", largest)
        found.append(train(config, databases, recipe, range(5), rates=rates, dtype=dtype))
    assert found[0].steps == found[1].steps and len(set(found[0].steps)) > 1
    for one, other in zip(found[0].layer.weights, found[1].layer.weights, strict=True):
        assert (one - other).abs().max() < inside


def test_it_serves_where_it_is_there_and_faster(monkeypatch):
    small = LayerConfig(16, 4, 16, 16, 2, 4, 4)
    large = LayerConfig(1000, 10, 100, 16, 2, 4, 4)

    def served(config, dtype=torch.float32):
        weights = Weights(*(w.to(dtype) for w in first_weights(config, range(2))))
        return making.serves(config, weights)

    assert served(small) and served(small, torch.float64)
    assert not served(large) and not served(small, torch.bfloat16)
    targets = Targets.of([total_functions(16, 4, 16, 0)] * 2)
    weights, free = first_weights(small, range(2)), [None] * 7
    assert isinstance(Trainer(small, weights, free, targets, Recipe(), [0.03] * 2).steps, Fused)
    monkeypatch.setattr(making, "find_spec", lambda name: None)  # without numba
    assert not served(small)
    assert isinstance(Trainer(small, weights, free, targets, Recipe(), [0.03] * 2).steps, Stacked)
