"""Longer prompts: the formula against a plain softmax, what breaks, and marks that hold."""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction
from itertools import combinations_with_replacement, product

import numpy as np
import pytest
import torch

from factrank import rank_interval, read
from factrank.errors import FactrankError
from factrank.facts.database import Database
from factrank.facts.families import random_functional
from factrank.layer.attention import AttentionLayer, Weights
from factrank.layer.building.assembly import assemble, gated_heads
from factrank.layer.building.compile import compile_gates, compile_terms, compile_values
from factrank.layer.building.from_terms import table_of
from factrank.layer.config import LayerConfig
from factrank.layer.context import compile_marked, context_logits


def asked_all(layer, prompts, q):
    keys = torch.tensor(prompts)
    return context_logits(layer.weights, keys, torch.full((len(keys),), q))[0].numpy()


def asked(layer, keys, q):
    return asked_all(layer, [keys], q)[0]


@pytest.mark.parametrize("seed", range(6))
def test_the_formula_is_a_softmax_over_all_tokens_in_any_order(seed):
    config = LayerConfig(5, 3, 4, 6, 2, 2, 3, residual=bool(seed % 2))
    layer = AttentionLayer.random(config, models=2, seed=seed)
    keys, query = torch.tensor([[0, 3, 3, 1], [4, 2, 0, 0]]), torch.tensor([2, 1])
    L = context_logits(layer.weights, keys, query, residual=config.residual)
    for model, (E_K, E_Q, U, *heads) in enumerate(zip(*layer.weights, strict=True)):
        for n in range(2):
            z = torch.cat([E_K[keys[n]], E_Q[query[n]].unsqueeze(0)])
            end = z[-1] * config.residual
            for W_Q, W_K, W_V, W_O in zip(*heads, strict=True):
                weight = torch.softmax(z @ W_K @ W_Q.T @ z[-1] / 2**0.5, 0)
                end = end + weight @ z @ W_V @ W_O
            assert torch.allclose(L[model, n], end @ U, rtol=0, atol=1e-12)
    turned = context_logits(layer.weights, keys.flip(1), query, residual=config.residual)
    assert torch.allclose(L, turned, rtol=0, atol=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_heads_for_values_count_votes(seed):
    """A4b (ii) at any length: the logit is a rising function of the keys that answer v."""
    db = random_functional(5, 3, 4, 0.6, seed)
    table, layer = table_of(db, "test"), compile_values(db)
    e_t = 3.0  # delta = 1/2
    for c, q in product((1, 2, 4), range(3)):
        prompts = list(combinations_with_replacement(range(5), c))
        for keys, L in zip(prompts, asked_all(layer, prompts, q), strict=True):
            votes = np.array([sum(table[k, q] == v for k in keys) for v in range(4)])
            odds = votes * e_t + (c - votes)
            want = 2 * (odds - 1) / (odds + 1)
            want[[v for v in range(4) if v not in db.used("V")]] = 0
            assert np.allclose(L, want, rtol=0, atol=1e-11)


def test_one_key_that_knows_nothing_turns_the_gates_and_the_terms():
    """A7 and A4b (i), right with two tokens, are wrong with a third that has no fact there."""
    db = Database.from_triples([("a", "r", "x"), ("b", "r", "y"), ("c", "s", "x")])
    gates = compile_gates(db)
    assert asked(gates, [0], 0).argmax() == 0 and asked(gates, [0, 2], 0).argmax() == 1
    odds = Fraction(1, 3) + 1  # by hand: the gate 1/4 and the gate 1/2 make 4/7, nearer to 3/4
    assert odds / (1 + odds) == Fraction(4, 7) > Fraction(1, 2)
    eight = read("library:example")  # Astrid, born_in beside Malaysia, which was born nowhere
    k, other, q = (
        n[0].index(n[1])
        for n in ((eight.keys, "Astrid"), (eight.keys, "Malaysia"), (eight.queries, "born_in"))
    )
    layer, by_value = compile_terms(eight.shape, rank_interval(eight).terms), compile_values(eight)
    right = eight.values.index("Singapore")
    assert asked(layer, [k], q).argmax() == right != asked(layer, [k, other], q).argmax()
    assert asked(by_value, [k, other], q).argmax() == right


@pytest.mark.parametrize("c", [1, 2, 5])
def test_key_independent_attention_sums_over_the_keys(c):
    """A4, its gates made for c keys: L is the sum of the facts of all of them."""
    rng = np.random.default_rng(c)
    b, C = rng.uniform(-1, 1, (3, 4)), rng.normal(size=(3, 5, 6))
    total = np.concatenate([C, -C.sum(0, keepdims=True)])
    gate = (1 + 0.5 * np.concatenate([b, np.zeros((1, 4))])) / (2 * c)  # on each key
    each = gate / (1 - (c - 1) * gate)  # what A must be with one key for that with c
    layer = assemble(gated_heads(each, np.eye(5)[None].repeat(4, 0), 4 * c * total))
    keys = rng.integers(0, 5, c).tolist()
    want = np.einsum("gq,gkv->kqv", b, C)[keys].sum(0)
    for q in range(4):
        assert np.allclose(asked(layer, keys, q), want[q], rtol=0, atol=1e-11)


@pytest.mark.parametrize("boost", [0.0, math.log(4)])
def test_a_marked_key_is_answered_whatever_else_stands_there(boost):
    for seed in range(3):
        db = random_functional(4, 3, 4, 0.7, seed)
        D, layer, plain = db.tensor(), compile_marked(db, boost=boost), compile_values(db)
        assert layer.config.width == plain.config.width
        assert layer.config.d_head_qk == plain.config.d_head_qk + (boost > 0)
        for m, q in product((0, 1, 3), range(3)):
            prompts = [
                (*others, 4 + k)
                for k in range(4)
                for others in combinations_with_replacement(range(4), m)
            ]
            said = asked_all(layer, prompts, q)
            for L, prompt in zip(said, prompts, strict=True):
                fact = D[prompt[-1] - 4, q]
                c = L.max() if fact.any() else 1.0
                assert np.allclose(L, c * fact, rtol=0, atol=1e-11)
                assert 1 / (1 + m * math.exp(-boost)) - 1e-12 <= c <= 1 + 1e-12


def test_no_unmarked_layer_beats_the_vote_and_heads_for_values_reach_it():
    """Asked for each of its keys in turn, a prompt has one answer a query."""
    db = random_functional(6, 2, 3, 1.0, 3)
    table, layer = table_of(db, "test"), compile_values(db)
    prompts = list(combinations_with_replacement(range(6), 4))
    for q in range(2):
        for keys, L in zip(prompts, asked_all(layer, prompts, q), strict=True):
            votes = Counter(int(table[k, q]) for k in keys)
            assert votes[int(L.argmax())] == max(votes.values())


@pytest.mark.parametrize("seed", range(20))
def test_the_price_of_m_distractors(seed):
    """gamma <= 2 M e^T/(1 + e^T + m e^-B), and 4 M/(m + 1) if scores do not see the mark."""
    rng = np.random.default_rng(seed)
    H, m = int(rng.integers(1, 4)), int(rng.choice([1, 3, 9, 33]))
    w = np.exp(rng.normal(size=(H, 3)) * 2)  # odds of k, k2, other
    says = rng.uniform(-1, 1, (H, 4, 2))  # k, k2, other, query
    says[:, 0] = rng.choice([-1, 1], (H, 2))

    def L(odds, x, y):  # (H, n), (H, n, 2), (H, 2)
        return ((odds[..., None] * x).sum(1) + y) / (1 + odds.sum(1))[:, None]

    T, B = math.log(max(w.max(), 1)), -math.log(w.min())
    first, second = (
        L(w[:, [k] + [2] * m], says[:, [k] + [2] * m], says[:, 3]).sum(0) for k in (0, 1)
    )
    margin = min(first[0] - first[1], second[1] - second[0])
    assert margin <= 2 * H * math.exp(T) / (1 + math.exp(T) + m * math.exp(-B))
    half = (m + 1) // 2  # m is odd: both keys stand there half times, one of them marked
    marked = rng.choice([-1, 1], (H, 2, 2)).astype(float)
    odds = np.repeat(w[:, :2], half, 1)
    prompts = []
    for k in (0, 1):
        x = np.repeat(says[:, :2], half, 1)
        x[:, k * half] = marked[:, k]
        prompts.append(L(odds, x, says[:, 3]).sum(0))
    margin = min(prompts[0][0] - prompts[0][1], prompts[1][1] - prompts[1][0])
    assert margin <= 4 * H / (m + 1)


def one_head(odds, says):
    """One head, one silent query: keys with these logarithms of odds, which say +x and -x."""
    n = len(odds)
    E = torch.eye(n + 1, dtype=torch.float64)
    W_K, W_V = (torch.tensor([[*row, 0]], dtype=torch.float64).T for row in (odds, says))
    out = torch.tensor([[1, -1]], dtype=torch.float64)  # of v and v'
    U = torch.cat([out, torch.zeros(n, 2, dtype=torch.float64)])
    weights = E[:n], E[n:], U, E[n:].T[None], W_K[None], W_V[None], E[:1][None]
    config = LayerConfig(n, 1, 2, n + 1, 1, 1, 1)
    return AttentionLayer(config, Weights(*(part[None] for part in weights)))


@pytest.mark.parametrize(("T", "B", "m"), [(0, 0, 1), (1, 2, 3), (3, 1, 8), (7, 0, 40)])
def test_the_price_of_distractors_is_reached(T, B, m):
    """One head whose keys say +-M, all others 0; and unmarked keys that speak for the other."""
    M = 1.5
    layer = one_head([T, T, -B], [M, -M, 0])
    for k, sign in ((0, 1), (1, -1)):
        lead = sign * np.subtract(*asked(layer, [k] + [2] * m, 0))
        assert math.isclose(lead, 2 * M * math.exp(T) / (1 + math.exp(T) + m * math.exp(-B)))
    m = 2 * m + 1  # now each key stands there (m + 1)/2 times, one of them marked
    half, layer = (m + 1) // 2, one_head([20] * 4, [-M, M, M, -M])  # k, k', then marked
    for k, sign in ((0, 1), (1, -1)):
        others = [k] * (half - 1) + [1 - k] * half
        lead = sign * np.subtract(*asked(layer, [*others, 2 + k], 0))
        assert 0.999999 * 4 * M / (m + 1) < lead < 4 * M / (m + 1)


@pytest.mark.parametrize("boost", [-1.0, math.nan, math.inf])
def test_a_boost_that_is_none_is_refused(boost):
    db = random_functional(3, 2, 2, 1.0, 0)
    with pytest.raises(FactrankError, match="boost: expected a finite number"):
        compile_marked(db, boost=boost)
    with pytest.raises(FactrankError, match="at least one fact"):
        compile_marked(Database.from_triples([]))


@pytest.mark.parametrize(
    ("keys", "query", "says"),
    [
        ([0], [0], "prompts"),
        ([[0, 1]], [0, 0], "prompts"),
        ([[3]], [0], "keys"),
        ([[0]], [2], "query"),
    ],
)
def test_a_prompt_that_is_none_is_refused(keys, query, says):
    layer = AttentionLayer.random(LayerConfig(3, 2, 2, 4, 1, 1, 1))
    with pytest.raises(FactrankError, match=f"{says}: expected"):
        context_logits(layer.weights, torch.tensor(keys), torch.tensor(query))
