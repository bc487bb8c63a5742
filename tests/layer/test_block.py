"""A whole block against a plain torch module and the two-token layer, and its proved bounds."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional

from factrank.errors import FactrankError
from factrank.layer.attention import AttentionLayer
from factrank.layer.block import (
    BlockConfig,
    BlockWeights,
    block_logits,
    read_out,
    streams,
)
from factrank.layer.config import LayerConfig
from factrank.layer.training.blocks import first_blocks

CONFIG = BlockConfig(7, 5, 4, d_model=6, n_heads=3, d_head_qk=2, d_head_vo=3, d_mlp=9)
HEADLESS = BlockConfig(7, 5, 4, d_model=6, n_heads=0, d_head_qk=1, d_head_vo=1, d_mlp=9)
NO_MLP = BlockConfig(7, 5, 4, d_model=6, n_heads=3, d_head_qk=2, d_head_vo=3, d_mlp=0)


class Plain(nn.Module):
    """One block as one writes it: torch's modules, all positions, a causal mask."""

    def __init__(self, config, weights):
        super().__init__()
        d, self.config = config.d_model, config
        self.token, self.place = nn.Embedding(config.tokens, d), nn.Embedding(config.positions, d)
        norm = nn.LayerNorm if config.norm else nn.Identity
        arguments = {"elementwise_affine": False} if config.norm else {}
        self.before, self.between, self.after = (norm(d, **arguments) for _ in range(3))
        for name in ("W_Q", "W_K", "W_V", "W_O"):
            setattr(self, name, nn.Parameter(getattr(weights, name)[0].clone()))
        self.into = nn.Linear(d, config.d_mlp, bias=False)
        self.out = nn.Linear(config.d_mlp, d, bias=False)
        self.unembed = nn.Linear(d, config.values, bias=False)
        for module, name in (
            (self.token, "E"), (self.place, "P"), (self.into, "W_in"), (self.out, "W_out"),
            (self.unembed, "U"),
        ):  # fmt: skip
            weight = getattr(weights, name)[0]
            module.weight = nn.Parameter(weight if name in "EP" else weight.T)

    def attend(self, x):
        if not self.config.n_heads:  # uniform causal attention that passes on what it sees
            n = x.shape[1]
            return torch.ones(n, n, dtype=x.dtype).tril().div(torch.arange(1, n + 1)[:, None]) @ x
        x = x.unsqueeze(1)
        said = functional.scaled_dot_product_attention(
            x @ self.W_Q, x @ self.W_K, x @ self.W_V, is_causal=True
        )
        return (said @ self.W_O).sum(1)

    def forward(self, prompts):
        x = self.token(prompts) + self.place(torch.arange(prompts.shape[1]))
        x = x + self.attend(self.before(x))
        x = x + self.out(functional.relu(self.into(self.between(x))))
        return self.unembed(self.after(x))[:, -1]


def prompts(config, models=3, count=20, seed=5):
    draw = torch.Generator().manual_seed(seed)
    shape = models, count, config.positions
    return torch.randint(0, config.tokens, shape, generator=draw)


def one(weights, model):
    return BlockWeights(*(w[model : model + 1] for w in weights))


@pytest.mark.filterwarnings("ignore:Initializing zero-element")  # no MLP is one of no neurons
@pytest.mark.parametrize("norm", [True, False])
@pytest.mark.parametrize("config", [CONFIG, HEADLESS, NO_MLP])
def test_it_is_what_a_plain_module_computes_one_at_a_time(config, norm):
    config = BlockConfig(**{**vars(config), "norm": norm})
    weights, asked = first_blocks(config, range(3)), prompts(config)
    L = block_logits(weights, asked, norm=norm)
    for m in range(3):
        alone = Plain(config, one(weights, m)).double()(asked[m])
        assert torch.allclose(L[m], alone, rtol=0, atol=1e-10)


def test_gradients_are_those_of_the_plain_module():
    weights, asked = first_blocks(CONFIG, range(2)), prompts(CONFIG, 2)
    free = BlockWeights(*(w.clone().requires_grad_() for w in weights))
    block_logits(free, asked).square().sum().backward()
    for m in range(2):
        alone = Plain(CONFIG, one(weights, m)).double()
        alone(asked[m]).square().sum().backward()
        for name, theirs in (
            ("E", alone.token.weight), ("P", alone.place.weight), ("W_K", alone.W_K),
            ("W_O", alone.W_O), ("W_in", alone.into.weight), ("U", alone.unembed.weight),
        ):  # fmt: skip
            mine = getattr(free, name).grad[m]
            wanted = theirs.grad if name in ("E", "P") or theirs.ndim == 3 else theirs.grad.T
            assert torch.allclose(mine, wanted, rtol=1e-9, atol=1e-10), name


def test_shorter_prompts_and_prompts_for_all_models():
    weights, asked = first_blocks(CONFIG, range(3)), prompts(CONFIG)[0, :, :3]
    L = block_logits(weights, asked)
    for m in range(3):
        alone = Plain(CONFIG, one(weights, m)).double()(asked)
        assert torch.allclose(L[m], alone, rtol=0, atol=1e-10)


def as_block(layer: AttentionLayer) -> BlockWeights:
    """The weights of two-token layers as blocks without MLP, without norm, with silent positions.

    Key k is token k, query q token |K| + q. With the residual path the logits are the same.
    """
    w = layer.weights
    silent, none = torch.zeros_like(w.E_Q[:, :1]).expand(-1, 2, -1), w.E_Q[:, :0]
    heads = (w.W_Q, w.W_K, w.W_V, w.W_O)
    return BlockWeights(torch.cat([w.E_K, w.E_Q], 1), silent, w.U, *heads, none.mT, none)


def test_without_mlp_norm_and_places_it_is_the_two_token_layer():
    layer = AttentionLayer.random(LayerConfig(5, 3, 4, 6, 2, 2, 3, residual=True), 2, seed=4)
    pairs = torch.tensor([(k, 5 + q) for k in range(5) for q in range(3)])
    L = block_logits(as_block(layer), pairs, norm=False)
    assert torch.allclose(L.view(2, 5, 3, 4), layer.layer_tensor(), rtol=0, atol=1e-10)


@pytest.mark.parametrize("config", [CONFIG, HEADLESS, NO_MLP])
def test_the_parts_sum_to_the_logits_and_are_silent_where_they_are_absent(config):
    weights, asked = first_blocks(config, range(2)), prompts(config, 2)
    parts = streams(weights, asked)
    assert torch.allclose(
        read_out(weights, parts.total), block_logits(weights, asked), rtol=0, atol=1e-12
    )
    assert parts.heads.shape[1] == max(1, config.n_heads)
    assert bool(parts.mlp.abs().max() > 0) == (config.d_mlp > 0)


def test_bad_input_is_named():
    weights = first_blocks(CONFIG, range(2))
    with pytest.raises(FactrankError, match=r"prompts: expected \(p, n\) or \(2, p, n\) with n"):
        block_logits(weights, torch.zeros(3, 4, 5, dtype=torch.long))
    with pytest.raises(FactrankError, match="prompts: expected tokens from 0 to 6"):
        block_logits(weights, torch.full((4, 5), 7))
    with pytest.raises(FactrankError, match="block: expected n_heads of at least 0, found True"):
        BlockConfig(**{**vars(CONFIG), "n_heads": True})


# ---- what is proved ------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(12))
def test_the_value_rank_is_at_most_the_widths_of_heads_and_mlp_and_the_query(seed):
    heads, r, d_mlp, norm = 1 + seed % 2, 1 + seed % 3, seed % 4, seed % 2 == 0
    config = BlockConfig(30, 4, 14, 13, heads, 2, r, d_mlp, norm)
    weights = first_blocks(config, [seed])
    asked = prompts(config, 1, 300, seed)
    asked[..., -1] %= 2  # two queries
    found = int(torch.linalg.matrix_rank(block_logits(weights, asked, norm=norm)[0], rtol=1e-9))
    most = min(13 - norm, 14)  # a layer norm takes one dimension from the stream
    assert found <= min(most, 2 + heads * r + d_mlp)
    assert found >= min(most, 2 + heads * r + bool(d_mlp))
    assert d_mlp or found == min(most, 2 + heads * r)


@pytest.mark.parametrize("heads", [1, 2, 3])
@pytest.mark.parametrize("norm", [True, False])
def test_times_its_denominators_a_difference_of_logits_has_small_rank(heads, norm):
    """Over both key tokens, for one query and fixed fillers: at most 2^(H + 1) - 2, without MLP."""
    n = 20
    config = BlockConfig(2 * n + 3, 4, 2, 8, heads, 2, 3, 0, norm)
    weights = first_blocks(config, [heads])
    first, second = torch.meshgrid(torch.arange(n), torch.arange(n), indexing="ij")
    rest = torch.tensor([2 * n, 2 * n + 2]).expand(n * n, 2)
    asked = torch.cat([torch.stack([first, n + second], -1).view(-1, 2), rest], 1)
    parts = streams(weights, asked, norm=norm)
    L = parts.total @ weights.U
    table = denominators(weights, asked, norm)
    cleared = ((L[0, :, 0] - L[0, :, 1]) * table.prod(0)).view(n, n)
    assert int(torch.linalg.matrix_rank(cleared, rtol=1e-10)) == 2 ** (heads + 1) - 2


def denominators(weights, asked, norm):
    """The denominators (h, p) of one model, written out."""
    x = (weights.E[0][asked] + weights.P[0][: asked.shape[1]]).double()
    if norm:
        x = functional.layer_norm(x, x.shape[-1:])
    heads = []
    for W_Q, W_K in zip(weights.W_Q[0], weights.W_K[0], strict=True):
        score = ((x[:, -1:] @ W_Q) * (x @ W_K)).sum(-1) / W_Q.shape[-1] ** 0.5
        heads.append(score.exp().sum(1))
    return torch.stack(heads)
