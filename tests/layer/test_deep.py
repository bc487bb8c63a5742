"""Layers upon layers: the stack against a plain torch module, its votes, its bound."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional

from factrank.layer.attention import AttentionLayer
from factrank.layer.config import LayerConfig
from factrank.layer.deep import deep_tensor, deep_votes, passes, stacked

CONFIG = LayerConfig(5, 3, 4, d_model=6, n_heads=2, d_head_qk=2, d_head_vo=3, residual=True)


class Plain(nn.Module):
    """One model, written by hand around torch's own attention."""

    def __init__(self, weights, model):
        super().__init__()
        for name, weight in zip(weights._fields, weights, strict=True):
            setattr(self, name, nn.Parameter(weight[model].clone()))

    def forward(self, tokens):
        stream = torch.cat([self.E_K, self.E_Q])[tokens]  # n 2 d
        for W_Q, W_K, W_V, W_O in zip(self.W_Q, self.W_K, self.W_V, self.W_O, strict=True):
            x = stream.unsqueeze(1)
            mixed = functional.scaled_dot_product_attention(
                x @ W_Q, x @ W_K, x @ W_V, is_causal=True
            )
            stream = stream + (mixed @ W_O).sum(1)
        return stream[:, 1] @ self.U


def pairs(keys=5, queries=3):
    return torch.tensor([(k, keys + q) for k in range(keys) for q in range(queries)])


def random(layers, models=3, config=CONFIG):
    return stacked(*(AttentionLayer.random(config, models, seed=10 + n) for n in range(layers)))


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_the_stack_is_what_a_plain_module_computes_one_at_a_time(layers):
    weights = random(layers)
    L = deep_tensor(weights)
    for model in range(3):
        alone = Plain(weights, model)(pairs()).view(5, 3, 4)
        assert torch.allclose(L[model], alone, rtol=0, atol=1e-11)


def test_gradients_are_those_of_the_plain_module():
    weights = random(2)
    free = type(weights)(*(w.clone().requires_grad_() for w in weights))
    deep_tensor(free).square().sum().backward()
    for model in range(3):
        alone = Plain(weights, model)
        alone(pairs()).square().sum().backward()
        for name in weights._fields:
            mine, theirs = getattr(free, name).grad[model], getattr(alone, name).grad
            assert torch.allclose(mine, theirs, rtol=1e-9, atol=1e-9)


def test_one_layer_and_a_second_of_zeros_are_the_layer_with_its_residual_path():
    layer = AttentionLayer.random(CONFIG, 2, seed=4)
    weights = random(2, models=2)
    for depth in (1, 2):
        zeros = [torch.zeros_like(w) for w in layer.weights]
        nothing = AttentionLayer(CONFIG, type(layer.weights)(*zeros))
        both = stacked(*[layer, nothing][:depth])
        assert torch.allclose(deep_tensor(both), layer.layer_tensor(), rtol=0, atol=1e-12)
    assert not torch.allclose(deep_tensor(weights), deep_tensor(random(1, models=2)))


def test_votes_sum_to_the_logits_and_say_where_they_come_from():
    weights = random(2)
    votes = deep_votes(weights)
    assert torch.allclose(sum(votes.values()), deep_tensor(weights), rtol=0, atol=1e-11)
    # without layer 1 nothing passes through it; without layer 2 nothing but the first two paths
    for gone, silent in ((0, ("1", "2 on 1")), (1, ("2", "2 on 1"))):
        W_O = weights.W_O.clone()
        W_O[:, gone] = 0
        for (path, token), vote in deep_votes(weights._replace(W_O=W_O)).items():
            assert (vote.abs().max() == 0) == (path in silent), (path, token)


def test_a_token_that_is_silent_casts_no_vote():
    weights = random(2)
    mute = deep_votes(weights._replace(E_K=torch.zeros_like(weights.E_K)))
    assert all(v.abs().max() == 0 for (_, token), v in mute.items() if token == "key")
    mute = deep_votes(weights._replace(E_Q=torch.zeros_like(weights.E_Q)))
    assert all(v.abs().max() == 0 for (_, token), v in mute.items() if token == "query")


def test_after_the_first_layer_the_query_knows_the_key():
    one, two = passes(random(2))
    assert (one.query == one.query[:, :1]).all()
    assert not torch.allclose(two.query, two.query[:, :1].expand_as(two.query))
    assert two.key.shape == one.key.shape
