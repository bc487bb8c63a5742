"""The layer's tensor against torch's own attention, its votes, its numbers, its errors."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from factrank.errors import FactrankError
from factrank.facts.database import Database
from factrank.layer.attention import AttentionLayer, PlainLayer, Weights, attention, layer_tensor
from factrank.layer.config import LayerConfig, config_for

sizes = st.integers(1, 5)


@st.composite
def configs(draw: st.DrawFn) -> LayerConfig:
    """Layers of every proportion: widths apart, heads one or several, all options."""
    keys, queries, values, d_model = (draw(sizes) for _ in range(4))
    most = min(keys, values)
    ties = draw(st.integers(0, most))
    return LayerConfig(
        keys,
        queries,
        values,
        d_model,
        n_heads=draw(st.integers(1, 3)),
        d_head_qk=draw(sizes),
        d_head_vo=draw(sizes),
        residual=draw(st.booleans()),
        tied=tuple((keys - 1 - i, i) for i in range(ties)),
        trainable_embeddings=draw(st.booleans()),
    )


def every_pair(config: LayerConfig) -> torch.Tensor:
    return torch.cartesian_prod(torch.arange(config.keys), torch.arange(config.queries))


@given(configs(), st.integers(0, 99))
@settings(deadline=None)
def test_it_is_the_layer_one_would_write_by_hand(config, seed):
    stack = AttentionLayer.random(config, models=2, seed=seed)
    pairs = every_pair(config)
    L = stack.layer_tensor()
    for m in range(2):
        plain = PlainLayer.of(stack, m)
        by_hand = plain(pairs + torch.tensor([0, config.keys]))
        by_hand = by_hand.view(config.keys, config.queries, config.values)
        scale = 1 + by_hand.abs().max()
        assert (L[m] - by_hand).abs().max() <= 1e-12 * scale
    rows = stack.forward(pairs).view(L.shape)
    assert (L - rows).abs().max() <= 1e-12 * (1 + L.abs().max())


def test_the_generator_reaches_what_the_usual_tools_cannot_do():
    seen = []

    @given(configs())
    @settings(deadline=None, derandomize=True, database=None)
    def look(config):
        seen.append(config)

    look()
    assert any(c.d_head_qk < c.d_head_vo for c in seen)
    assert any(c.d_head_qk > c.d_head_vo for c in seen)
    assert any(c.residual and c.tied and c.n_heads > 1 for c in seen)


@given(configs(), st.integers(0, 99))
@settings(deadline=None)
def test_votes_sum_to_the_tensor(config, seed):
    stack = AttentionLayer.random(config, models=2, seed=seed)
    votes = stack.votes()
    assert votes.shape == (2, config.n_heads, 2, config.keys, config.queries, config.values)
    total = votes.sum((1, 2)) + stack.residual_vote().unsqueeze(1)
    L = stack.layer_tensor()
    assert (L - total).abs().max() <= 1e-12 * (1 + L.abs().max())
    pairs = every_pair(config)
    single = stack.votes_of(pairs)  # m n h s v
    listed = votes.permute(0, 3, 4, 1, 2, 5).flatten(1, 2)
    assert (single - listed).abs().max() <= 1e-12 * (1 + L.abs().max())


@given(configs(), st.integers(0, 99))
@settings(deadline=None)
def test_attention_and_value_paths_are_the_formulas(config, seed):
    stack = AttentionLayer.random(config, seed=seed)
    w = Weights(*(weight[0] for weight in stack.weights))
    A, (X, Y) = stack.attention()[0], stack.value_paths()
    for h in range(config.n_heads):
        for k in range(config.keys):
            for q in range(config.queries):
                ask = w.E_Q[q] @ w.W_Q[h]
                pair = torch.stack([ask @ (w.E_K[k] @ w.W_K[h]), ask @ (w.E_Q[q] @ w.W_K[h])])
                weight = torch.softmax(pair / config.d_head_qk**0.5, 0)[0]
                assert A[h, k, q] == pytest.approx(float(weight), abs=1e-12)
    assert torch.allclose(X[0], w.E_K @ w.W_V @ w.W_O @ w.U, atol=1e-12)
    assert torch.allclose(Y[0], w.E_Q @ w.W_V @ w.W_O @ w.U, atol=1e-12)


def test_stacked_layers_do_not_touch_each_other():
    config = LayerConfig(4, 3, 5, 6, 2, 1, 2)
    stack = AttentionLayer.random(config, models=3, seed=1)
    each = torch.cat([stack.model(m).layer_tensor() for m in range(3)])
    assert torch.allclose(stack.layer_tensor(), each, atol=1e-13)


def test_blocks_of_keys_are_rows_of_the_tensor():
    config = LayerConfig(7, 3, 5, 6, 2, 1, 2, residual=True, tied=((0, 1),))
    layer = AttentionLayer.random(config, seed=2)
    blocks = list(layer.blocks(most=2 * 3 * 5))
    assert [len(keys) for keys in blocks] == [2, 2, 2, 1]
    rows = torch.cat([layer.on(keys, range(3)).layer_tensor() for keys in blocks], dim=1)
    assert torch.allclose(rows, layer.layer_tensor(), atol=1e-13)
    assert list(layer.blocks(most=1)) == [range(k, k + 1) for k in range(7)]


@given(configs())
@settings(deadline=None)
def test_parameters_are_the_numbers_in_the_weights(config):
    layer = AttentionLayer.random(config)
    sizes = {name: weight[0].numel() for name, weight in layer.weights._asdict().items()}
    counted = layer.parameters()
    assert counted["attention"] == sum(sizes[n] for n in sizes if n.startswith("W_"))
    ties = len(config.tied) * config.d_model
    assert counted["embedding"] == sizes["E_K"] + sizes["E_Q"] + sizes["U"] - ties
    plain = PlainLayer.of(layer)
    learned = sum(p.numel() for p in plain.parameters() if p.requires_grad)
    assert counted["trained"] == learned - ties * config.trainable_embeddings


def test_a_tied_vector_is_one_vector_to_torch_too():
    config = LayerConfig(3, 2, 3, 4, 1, 1, 1, tied=((0, 2),), trainable_embeddings=True)
    plain = PlainLayer.of(AttentionLayer.random(config))
    plain(torch.tensor([[0, 3]])).sum().backward()
    assert plain.U.grad[:, 2].abs().max() == 0  # the column in use is E_K[0]
    assert plain.U.grad[:, 0].abs().max() > 0


def test_saturated_scores_stay_finite():
    config = LayerConfig(3, 2, 4, 4, 1, 2, 2)
    layer = AttentionLayer.random(config, seed=0)
    loud = layer.weights._replace(W_Q=layer.weights.W_Q * 1e200)
    L = layer_tensor(loud)
    assert torch.isfinite(L).all()
    assert set(attention(loud).unique().tolist()) <= {0.0, 0.5, 1.0}


def test_gradients_reach_every_weight():
    config = LayerConfig(3, 2, 4, 4, 2, 2, 2)
    weights = Weights(
        *(w.clone().requires_grad_() for w in AttentionLayer.random(config, seed=0).weights)
    )
    layer_tensor(weights, residual=True).pow(2).sum().backward()
    assert all(weight.grad.abs().max() > 0 for weight in weights)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"n_heads": 0}, "layer: expected n_heads of at least 1, found 0"),
        ({"d_head_vo": -2}, "layer: expected d_head_vo of at least 1, found -2"),
        ({"d_model": 2.5}, "layer: expected d_model of at least 1, found 2.5"),
        ({"keys": True}, "layer: expected keys of at least 1, found True"),
        ({"tied": ((9, 0),)}, "layer: expected ties (key, value) below (4, 5), found (9, 0)"),
        (
            {"tied": ((0, 0), (1, 0))},
            "layer: expected each value tied to one key, found one tied twice",
        ),
    ],
)
def test_a_wrong_configuration_is_one_sentence(change, sentence):
    good = {
        "keys": 4, "queries": 3, "values": 5, "d_model": 6,
        "n_heads": 2, "d_head_qk": 1, "d_head_vo": 2,
    }  # fmt: skip
    with pytest.raises(FactrankError) as error:
        LayerConfig(**(good | change))
    assert str(error.value) == sentence


def test_wrong_weights_are_one_sentence():
    layer = AttentionLayer.random(LayerConfig(4, 3, 5, 6, 2, 1, 2, tied=((1, 2),)))
    w = layer.weights

    def told(**change) -> str:
        with pytest.raises(FactrankError) as error:
            AttentionLayer(layer.config, w._replace(**change))
        return str(error.value)

    assert told(W_V=w.W_V[:, :1]) == (
        "layer: expected W_V of shape (1, 2, 6, 2), found (1, 1, 6, 2)"
    )
    assert told(W_V=w.W_V.float()) == "layer: expected W_V in torch.float64, found torch.float32"
    assert told(W_V=w.W_V / 0) == "layer: expected finite weights, found others in W_V"
    assert told(U=w.U + 1) == "layer: expected U[:, 2] tied to E_K[1], found another vector"


@pytest.mark.parametrize(
    ("tokens", "found"),
    [([[0, 3]], "(0, 3)"), ([[4, 0]], "(4, 0)"), ([[0, 0], [-1, 0]], "(-1, 0)")],
)
def test_pairs_outside_the_layer_are_told(tokens, found):
    layer = AttentionLayer.random(LayerConfig(4, 3, 5, 6, 2, 1, 2))
    with pytest.raises(FactrankError, match=r"expected \(key, query\) below \(4, 3\)") as error:
        layer.forward(torch.tensor(tokens))
    assert str(error.value).endswith(found)
    with pytest.raises(FactrankError, match=r"shape \(n, 2\), found \(3,\)"):
        layer.forward(torch.tensor([0, 1, 2]))


def test_the_configuration_of_a_database_knows_its_ties():
    db = Database.from_triples([("a", "r", "b"), ("b", "r", "x")])
    assert config_for(db, d_model=4, n_heads=1, d_head_qk=1, d_head_vo=1).tied == ()
    tied = config_for(db, tied=True, d_model=4, n_heads=1, d_head_qk=1, d_head_vo=1)
    assert tied.tied == ((1, 0),)
    with pytest.raises(FactrankError, match="config: expected the field"):
        LayerConfig.from_dict({"keys": 1})


def test_of_a_stack_the_plain_layer_is_the_first_unless_another_is_named():
    stack = AttentionLayer.random(LayerConfig(4, 3, 5, 6, 2, 1, 2), models=2)
    assert torch.equal(PlainLayer.of(stack).W_V, stack.weights.W_V[0])


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_cuda_is_one_word():
    here = AttentionLayer.random(LayerConfig(4, 3, 5, 6, 2, 1, 2))
    assert torch.allclose(here.layer_tensor(), here.to("cuda").layer_tensor().cpu(), atol=1e-10)


def test_one_layer_of_a_stack_is_there_or_refused():
    stack = AttentionLayer.random(LayerConfig(4, 3, 5, 8, 2, 1, 3), models=3)
    assert torch.equal(stack.model(-1).weights.U, stack.weights.U[2:])
    for index in (3, -4):
        with pytest.raises(FactrankError, match=f"model: expected one of 3, found {index}"):
            stack.model(index)


def test_sizes_and_ties_of_other_kinds_are_the_same_layer():
    plain = LayerConfig(4, 3, 5, 8, 2, 1, 3, tied=((0, 1),))
    assert LayerConfig(np.int64(4), 3, 5, 8, 2, 1, 3, tied=[[0, 1]]) == plain
    assert hash(plain) and type(LayerConfig(np.int64(4), 3, 5, 8, 2, 1, 3).keys) is int
    for tied in ([0], None, "ab"):
        with pytest.raises(FactrankError, match="expected ties"):
            LayerConfig(4, 3, 5, 8, 2, 1, 3, tied=tied)
