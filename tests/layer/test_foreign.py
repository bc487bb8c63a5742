"""Layers that others trained, against what their own libraries compute of the same weights."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from factrank import FactrankError, compile_facts, read, save
from factrank.layer.foreign.layouts import LAYOUTS, foreign

MADE = Path(__file__).parent / "foreign"  # by transformers itself: foreign/make.py
HUGGING = {"gpt2": "GPT-2-like", "llama": "Llama-like", "bert": "BERT-like",
           "deepseek_v3": "DeepSeek-like, latent"}  # fmt: skip


def turned(x: torch.Tensor, pairs: list[tuple[int, int]], theta: float = 1e4) -> torch.Tensor:
    """Rotary positions: pair n of the coordinates turned by position / theta^(n / pairs)."""
    found = x.clone()
    for n, (i, j) in enumerate(pairs):
        angle = torch.arange(x.shape[-2]) * theta ** (-n / len(pairs))
        z = torch.polar(torch.ones(len(angle), dtype=x.dtype), angle.to(x.dtype))
        z = torch.complex(x[..., i], x[..., j]) * z
        found[..., i], found[..., j] = z.real, z.imag
    return found


def attended(layer, x, *, causal=True, pairs=(), divisors=(1.0, 1.0), scale=None):
    """(A, out) by the matrices of a layer alone; ``divisors`` of queries, of keys and values."""
    x = torch.cat([x, torch.ones_like(x[:, :1])], 1) if layer.biased else x
    free = layer.d_head_qk - (2 * len(pairs) if layer.normed else 0)
    q, k, v = x @ layer.W_Q / divisors[0], x @ layer.W_K, x @ layer.W_V / divisors[1]
    k = torch.cat([k[..., :free] / divisors[1], k[..., free:]], -1)
    q, k = turned(q, list(pairs)), turned(k, list(pairs))
    scores = q @ k.transpose(1, 2) * (scale or layer.d_head_qk**-0.5)
    if causal:
        scores = scores.masked_fill(torch.ones_like(scores).triu(1).bool(), -torch.inf)
    A = scores.softmax(-1)
    out = (A @ v @ layer.W_O).sum(0)
    return A, out if layer.b_O is None else out + layer.b_O


def divisors_of(where: Path, x: torch.Tensor, eps: float) -> tuple[torch.Tensor, torch.Tensor]:
    """By what the two norms within latent attention divide each token."""
    w = {n: it.double() for n, it in load_file(where / "model.safetensors").items()}
    at = "layers.1.self_attn."
    c_q = x @ w[at + "q_a_proj.weight"].T + w[at + "q_a_proj.bias"]
    c = x @ w[at + "kv_a_proj_with_mqa.weight"].T + w[at + "kv_a_proj_with_mqa.bias"]
    c = c[:, : len(w[at + "kv_a_layernorm.weight"])]
    return tuple((it.square().mean(1, keepdim=True) + eps).sqrt() for it in (c_q, c))


@pytest.mark.parametrize("name", HUGGING)
def test_attention_is_what_transformers_computes(name):
    found = foreign(MADE / name / "model.safetensors")
    layer = list(found)[-1]
    seen = {n: it.double() for n, it in load_file(MADE / name / "expected.safetensors").items()}
    how = {"bert": {"causal": False}, "llama": {"pairs": [(0, 2), (1, 3)]}}.get(name, {})
    if layer.normed:
        how = {"pairs": [(3, 4)], "divisors": divisors_of(MADE / name, seen["x"], 1e-6)}
    A, out = attended(layer, seen["x"], **how)
    assert found.family == HUGGING[name] and len(found) == 2
    assert (A - seen["weights"]).abs().max() < 1e-5
    assert (out - seen["out"]).abs().max() < 1e-5 * seen["out"].abs().max()
    assert layer.rotary is (name in ("llama", "deepseek_v3")) and layer.unread == ()
    stored = load_file(MADE / name / "model.safetensors")
    own = [it.numel() for n, it in stored.items() if n.startswith(layer.name) and "Norm" not in n]
    assert sum(layer.counts) == sum(own)  # every number stands on a side, once


def test_latent_attention_has_its_widths_and_needs_no_config(tmp_path):
    whole = MADE / "deepseek_v3" / "model.safetensors"
    save_file(load_file(whole), tmp_path / "it.safetensors")
    layer, _ = foreign(tmp_path / "it.safetensors")
    assert (layer.n_heads, layer.d_head_qk, layer.d_head_vo, layer.normed) == (2, 5, 4, True)
    told, _ = foreign(whole)
    assert torch.equal(told.W_K, layer.W_K)
    with pytest.raises(FactrankError, match="expected one number of heads, found 2 by its shapes"):
        list(foreign(tmp_path / "it.safetensors", heads=3))


def test_grouped_queries_share_keys_and_values():
    layer, _ = foreign(MADE / "llama" / "model.safetensors")
    assert (layer.n_heads, layer.groups, layer.d_head_qk, layer.d_model) == (4, 2, 4, 8)
    assert torch.equal(layer.W_K[0], layer.W_K[1]) and not torch.equal(layer.W_K[1], layer.W_K[2])


@pytest.mark.parametrize("bias", [True, False])
def test_torch_itself(tmp_path, bias):
    torch.manual_seed(1)
    own = torch.nn.MultiheadAttention(6, 3, bias=bias, batch_first=True).double()
    for it in own.parameters():
        torch.nn.init.normal_(it)
    torch.save({"state_dict": {f"a.{n}": it for n, it in own.state_dict().items()}},
               tmp_path / "it.pt")  # fmt: skip
    (layer,) = foreign(tmp_path / "it.pt", heads=3)
    x = torch.randn(4, 6, dtype=torch.float64)
    out, A = own(x[None], x[None], x[None], average_attn_weights=False)
    mine = attended(layer, x, causal=False)
    assert torch.allclose(mine[0], A[0], atol=1e-12) and torch.allclose(mine[1], out[0], atol=1e-12)
    assert layer.rotary is None and layer.biased is bias


def test_gpt2_by_rows_is_gpt2_by_columns(tmp_path):
    """nanoGPT's files have the same names as GPT-2's, and the matrices turned."""
    tensors = load_file(MADE / "gpt2" / "model.safetensors")
    rows = {n: it.T.contiguous() if it.ndim == 2 else it for n, it in tensors.items()}
    torch.save({"model": {f"_orig_mod.{n}": it for n, it in rows.items()}}, tmp_path / "ckpt.pt")
    for a, b in zip(foreign(MADE / "gpt2" / "model.safetensors"),
                    foreign(tmp_path / "ckpt.pt", heads=2), strict=True):  # fmt: skip
        assert all(torch.equal(getattr(a, n), getattr(b, n)) for n in ("W_Q", "W_K", "W_V", "W_O"))


SPLIT = {
    "Llama-like": ("q_proj", "k_proj", "v_proj", "o_proj"),
    "OPT-like": ("q_proj", "k_proj", "v_proj", "out_proj"),
    "BERT-like": ("self.query", "self.key", "self.value", "output.dense"),
    "ViT-like": ("attention.query", "attention.key", "attention.value", "output.dense"),
    "DistilBERT-like": ("q_lin", "k_lin", "v_lin", "out_lin"),
}


@pytest.mark.parametrize("family", SPLIT)
def test_matrices_of_their_own(tmp_path, family):
    """By hand: one key bias, heads of different widths for looking and for speaking."""
    torch.manual_seed(2)
    q, k, v, o = (f"block.0.x.{it}" for it in SPLIT[family])
    w = {f"{q}.weight": torch.randn(6, 5), f"{k}.weight": torch.randn(6, 5),
         f"{v}.weight": torch.randn(9, 5), f"{o}.weight": torch.randn(5, 9),
         f"{k}.bias": torch.randn(6), "block.0.x.q_norm.weight": torch.ones(2)}  # fmt: skip
    save_file(w, tmp_path / "it.safetensors")
    found = foreign(tmp_path / "it.safetensors", heads=3)
    (layer,) = found
    assert found.family == family and (layer.d_head_qk, layer.d_head_vo) == (2, 3)
    assert layer.unread == ("q_norm.weight",)
    x = torch.randn(5).double()
    keys = x @ w[f"{k}.weight"].double().T + w[f"{k}.bias"]
    assert torch.allclose(torch.cat([x, x.new_ones(1)]) @ layer.W_K[1], keys[2:4])
    assert torch.allclose(layer.W_O[2], w[f"{o}.weight"][:, 6:].double().T)
    assert layer.rotary is (True if family == "Llama-like" else None)


def test_our_own_files_and_single_heads(tmp_path):
    db = read("library:example")
    ours = compile_facts(db)
    save(tmp_path / "ours.safetensors", ours)
    (layer,) = foreign(tmp_path / "ours.safetensors")
    W = ours.layer.weights
    assert torch.equal(layer.W_V, W.W_V[0].double()) and torch.equal(layer.W_O, W.W_O[0].double())
    assert layer.n_heads == ours.layer.config.n_heads and layer.rotary is False
    one = {f"W_{it}": torch.randn(4, 4) for it in "QKVO"}
    save_file(one, tmp_path / "one.safetensors")
    (layer,) = foreign(tmp_path / "one.safetensors")
    assert layer.n_heads == 1 and torch.equal(layer.W_Q[0], one["W_Q"].double())
    (layer,) = foreign(tmp_path / "one.safetensors", heads=2)
    assert torch.equal(layer.W_Q[1], one["W_Q"][:, 2:].double())


def test_layer_ten_comes_after_layer_nine(tmp_path):
    w = {f"h.{n}.attn.W_{it}": torch.full((2, 2), float(n)) for n in (10, 9, 1) for it in "QKVO"}
    save_file(w, tmp_path / "it.safetensors")
    assert [it.W_Q[0, 0, 0].item() for it in foreign(tmp_path / "it.safetensors")] == [1, 9, 10]


@pytest.mark.parametrize(("config", "rotary"), [
    (None, None), ({"rotary_dim": 2}, True), ({"rope_theta": 1e4}, True),
    ({"rotary_pct": 0}, False),
    ({"model_type": "roformer", "rotary_value": False}, True), ({"model_type": "opt"}, False),
])  # fmt: skip
def test_rotary_positions_are_told_or_not_known(tmp_path, config, rotary):
    w = {f"x.{it}.weight": torch.eye(2) for it in SPLIT["OPT-like"]}
    save_file(w, tmp_path / "it.safetensors")
    if config is not None:
        (tmp_path / "config.json").write_text(json.dumps(config))
    (layer,) = foreign(tmp_path / "it.safetensors", heads=1)
    assert layer.rotary is rotary


def llama(**changed):
    w = {f"x.{it}.weight": torch.ones(4, 4) for it in SPLIT["Llama-like"]}
    return {n: it for n, it in (w | {f"x.{n}": it for n, it in changed.items()}).items()
            if it is not None}  # fmt: skip


@pytest.mark.parametrize(("tensors", "config", "heads", "told"), [
    (llama(), None, None, "expected config.json beside the file or --heads N"),
    (llama(), {"num_attention_heads": 2}, 4, r"2 by config.json \(num_attention_heads\), 4 by"),
    (llama(), {"n_head": "2"}, None, "expected a number of heads of at least 1 by config.json"),
    (llama(), None, 3, "expected queries, keys, values and outputs of 3 heads of one width"),
    (llama(**{"o_proj.weight": None}), None, 2, "expected the tensor x.o_proj.weight too"),
    (llama(**{"k_proj.weight": torch.ones(4, 4).to(torch.float8_e4m3fn)}), None, 2, "torch.float8"),
    (llama(**{"k_proj.weight": torch.full((4, 4), torch.nan)}), None, 2, "expected finite numb"),
    (llama(**{"k_proj.weight": torch.ones(4, 4, 1)}), None, 2, "k_proj.weight with two axes"),
    (llama(**{"k_proj.bias": torch.ones(3)}), None, 2, r"a bias of 4 numbers, found \(3,\)"),
    ({"h.attn.query_key_value.weight": torch.ones(6, 2)}, None, 2, "such as h.attn.query_key"),
    ({"h.c_attn.weight": torch.ones(4, 6), "h.c_proj.weight": torch.ones(4, 4)}, None, 2,
     "expected c_attn.weight three times as long as wide, found 4 x 6"),
    ({f"W_{it}": torch.ones(*[2] * n) for it, n in zip("QKVO", (3, 3, 3, 2), strict=True)}, None,
     None, "expected W_Q, W_K, W_V and W_O of as many heads each"),
    (llama(), [1], 2, "config.json: expected a JSON object, found a list"),
])  # fmt: skip
def test_a_file_that_is_not_understood_is_one_sentence(tmp_path, tensors, config, heads, told):
    save_file(tensors, tmp_path / "it.safetensors")
    if config is not None:
        (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(FactrankError, match=told) as fault:
        list(foreign(tmp_path / "it.safetensors", heads))
    assert "\n" not in str(fault.value) and str(tmp_path) in str(fault.value)


class Evil:
    def __reduce__(self):
        return os.mkdir, (os.environ["EVIL"],)


def test_what_is_no_checkpoint_is_told_and_not_run(tmp_path, monkeypatch):
    monkeypatch.setenv("EVIL", str(tmp_path / "ran"))
    torch.save({"x.q_proj.weight": Evil()}, tmp_path / "evil.pt")
    whole = (MADE / "gpt2" / "model.safetensors").read_bytes()
    (tmp_path / "cut").write_bytes(whole[:1000])
    (tmp_path / "text").write_text("key,query,value\n")
    (tmp_path / "empty").write_bytes(b"")
    torch.save([1, 2], tmp_path / "list.pt")
    for name in ("evil.pt", "cut", "text", "empty", "list.pt"):
        with pytest.raises(FactrankError, match="expected a safetensors file or a torch file"):
            foreign(tmp_path / name)
    assert not (tmp_path / "ran").exists()
    for name, told in (("absent", "No such file"), ("", "Is a directory")):
        with pytest.raises(FactrankError, match=f"expected a checkpoint, found: {told}"):
            foreign(tmp_path / name)


def test_every_family_is_tried_here():
    tried = {*HUGGING.values(), *SPLIT, "torch's MultiheadAttention", "plain"}
    assert tried == {it.family for it in LAYOUTS}
